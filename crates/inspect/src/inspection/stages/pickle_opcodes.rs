//! The opcodes of pickles, read and not obeyed (the documentation of `pickletools`).

use std::collections::HashMap;

use crate::inspection::budget::{Budget, Trouble};

/// What is read out of a pickle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pickle {
    /// Modules and names that are imported, as `module.name`, with the place of the opcode.
    pub(super) globals: Vec<(String, usize)>,
    /// Whether something is called: `REDUCE`, `BUILD`, `NEWOBJ`, `INST`, `OBJ`.
    pub(super) calls: bool,
}

/// Texts of the stack and the memo that are kept. A name of a module is no longer.
const LONGEST_NAME: usize = 512;
/// Entries of the memo.
const MEMO: usize = 2_000_000;
/// Globals that are listed.
const GLOBALS: usize = 10_000;

/// Reads one pickle, up to its `STOP`, and says where it ends.
pub(super) fn read(bytes: &[u8], opcodes: usize, budget: &mut Budget) -> Result<(Pickle, usize), Trouble> {
    let mut reader =
        Reader { bytes, at: 0, texts: Vec::new(), memo: HashMap::new(), found: Pickle::default() };
    for count in 0.. {
        if count == opcodes {
            return Err(Trouble::Limit { what: "the number of opcodes of a pickle", limit: opcodes as u64 });
        }
        budget.spend(1)?;
        if reader.step()? {
            return Ok((reader.found, reader.at));
        }
    }
    Err(reader.damaged("it does not end"))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The upper end of the stack, newest last; `None` for whatever is no short text. It is always what a loader has there:
    /// where that is not certain, it is emptied, and names that are taken from beneath are unknown.
    texts: Vec<Option<&'a str>>,
    memo: HashMap<u64, Option<&'a str>>,
    found: Pickle,
}

impl<'a> Reader<'a> {
    /// One opcode; true for `STOP`.
    fn step(&mut self) -> Result<bool, Trouble> {
        let place = self.at;
        let opcode = self.take(1)?[0];
        match opcode {
            b'.' => return Ok(true),
            // Texts, by the width of their length.
            0x8c | b'U' => self.text(1)?,
            b'X' | b'T' => self.text(4)?,
            0x8d => self.text(8)?,
            b'V' | b'S' => {
                let line = self.line()?;
                let text = std::str::from_utf8(line).ok().map(|text| text.trim_matches(['\'', '"']));
                self.push(text);
            }
            // Bytes and long numbers.
            b'C' | 0x8a => self.skip_sized(1)?,
            b'B' | 0x8b => self.skip_sized(4)?,
            0x8e | 0x96 => self.skip_sized(8)?,
            // Numbers and other arguments.
            b'I' | b'L' | b'F' | b'P' => {
                self.line()?;
                self.push(None);
            }
            b'J' => self.skip(4, true)?,
            b'K' => self.skip(1, true)?,
            b'M' => self.skip(2, true)?,
            b'G' => self.skip(8, true)?,
            0x80 => self.skip(1, false)?,
            0x95 => self.skip(8, false)?,
            0x82 => self.extension(1, place)?,
            0x83 => self.extension(2, place)?,
            0x84 => self.extension(4, place)?,
            // Globals.
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(module, name, place)?;
            }
            b'i' => {
                let (module, name) = (self.line()?, self.line()?);
                self.pop_to_mark();
                self.global(module, name, place)?;
                self.found.calls = true;
            }
            0x93 => {
                let name = self.texts.pop().flatten();
                let module = self.texts.pop().flatten();
                // Names that were computed: nobody can say which they are.
                let (module, name) = (module.unwrap_or("?"), name.unwrap_or("?"));
                self.global(module.as_bytes(), name.as_bytes(), place)?;
            }
            b'R' | 0x81 => self.make(2),
            0x92 => self.make(3),
            b'b' => {
                self.found.calls = true;
                self.pop(1);
            }
            b'o' => {
                self.found.calls = true;
                self.pop_to_mark();
                self.push(None);
            }
            _ => self.arrange(opcode, place)?,
        }
        Ok(false)
    }

    /// Opcodes that move values between the stack, the memo and containers.
    fn arrange(&mut self, opcode: u8, place: usize) -> Result<(), Trouble> {
        match opcode {
            // The memo.
            b'p' => {
                let index = self.decimal()?;
                self.remember(index)?;
            }
            b'q' => {
                let index = self.number(1)?;
                self.remember(index)?;
            }
            b'r' => {
                let index = self.number(4)?;
                self.remember(index)?;
            }
            0x94 => self.remember(self.memo.len() as u64)?,
            b'g' => {
                let index = self.decimal()?;
                self.recall(index);
            }
            b'h' => {
                let index = self.number(1)?;
                self.recall(index);
            }
            b'j' => {
                let index = self.number(4)?;
                self.recall(index);
            }
            // Values, and the mark.
            b'(' | b')' | b']' | b'}' | b'N' | 0x88 | 0x89 | 0x8f | 0x97 => self.push(None),
            b't' | b'l' | b'd' | 0x91 => {
                self.pop_to_mark();
                self.push(None);
            }
            b'u' | b'e' | 0x90 | b'1' => self.pop_to_mark(),
            0x85..=0x87 => {
                self.pop(usize::from(opcode - 0x84));
                self.push(None);
            }
            b'Q' => {
                self.pop(1);
                self.push(None);
            }
            b'0' | b'a' => self.pop(1),
            b's' => self.pop(2),
            b'2' => {
                let last = self.texts.last().copied().flatten();
                self.push(last);
            }
            0x98 => {}
            _ => {
                self.at = place;
                return Err(self.damaged("it has an opcode that does not exist"));
            }
        }
        Ok(())
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Trouble> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let Some(end) = end else { return Err(self.damaged("it is cut off")) };
        let found = &self.bytes[self.at..end];
        self.at = end;
        Ok(found)
    }

    fn number(&mut self, width: usize) -> Result<u64, Trouble> {
        let bytes = self.take(width)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn sized(&mut self, width: usize) -> Result<&'a [u8], Trouble> {
        let size = self.number(width)?;
        let Ok(size) = usize::try_from(size) else { return Err(self.damaged("it is cut off")) };
        self.take(size)
    }

    fn text(&mut self, width: usize) -> Result<(), Trouble> {
        let bytes = self.sized(width)?;
        self.push(std::str::from_utf8(bytes).ok());
        Ok(())
    }

    fn skip_sized(&mut self, width: usize) -> Result<(), Trouble> {
        self.sized(width)?;
        self.push(None);
        Ok(())
    }

    fn skip(&mut self, count: usize, value: bool) -> Result<(), Trouble> {
        self.take(count)?;
        if value {
            self.push(None);
        }
        Ok(())
    }

    fn line(&mut self) -> Result<&'a [u8], Trouble> {
        let rest = &self.bytes[self.at..];
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            return Err(self.damaged("it is cut off"));
        };
        self.at += end + 1;
        Ok(&rest[..end])
    }

    /// A code of `copyreg`, which stands for a global that the pickle does not name.
    fn extension(&mut self, width: usize, place: usize) -> Result<(), Trouble> {
        let code = self.number(width)?;
        self.global(b"copyreg", format!("extension {code}").as_bytes(), place)
    }

    fn global(&mut self, module: &[u8], name: &[u8], place: usize) -> Result<(), Trouble> {
        if self.found.globals.len() == GLOBALS {
            return Err(Trouble::Limit { what: "the number of globals of a pickle", limit: GLOBALS as u64 });
        }
        let part =
            |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST_NAME)]).into_owned();
        self.found.globals.push((format!("{}.{}", part(module), part(name)), place));
        self.push(None);
        Ok(())
    }

    fn push(&mut self, text: Option<&'a str>) {
        // Only the last two matter to `STACK_GLOBAL`; what lies deeper is forgotten, and then unknown.
        if self.texts.len() >= 256 {
            self.texts.drain(..128);
        }
        self.texts.push(text.filter(|text| text.len() <= LONGEST_NAME));
    }

    fn pop(&mut self, count: usize) {
        self.texts.truncate(self.texts.len().saturating_sub(count));
    }

    /// Pops what lies above the last mark. Marks are not told apart from other values, so all is forgotten.
    fn pop_to_mark(&mut self) {
        self.texts.clear();
    }

    /// Calls what was pushed, with what was pushed.
    fn make(&mut self, pops: usize) {
        self.found.calls = true;
        self.pop(pops);
        self.push(None);
    }

    fn decimal(&mut self) -> Result<u64, Trouble> {
        let line = self.line()?;
        let number = std::str::from_utf8(line).ok().and_then(|text| text.trim().parse().ok());
        number.ok_or_else(|| self.damaged("a number is none"))
    }

    fn remember(&mut self, index: u64) -> Result<(), Trouble> {
        if self.memo.len() == MEMO {
            return Err(Trouble::Limit { what: "the memo of a pickle", limit: MEMO as u64 });
        }
        self.memo.insert(index, self.texts.last().copied().flatten());
        Ok(())
    }

    fn recall(&mut self, index: u64) {
        let text = self.memo.get(&index).copied().flatten();
        self.push(text);
    }

    fn damaged(&self, problem: &str) -> Trouble {
        Trouble::Damaged { problem: format!("no pickle: {problem} (at {})", self.at) }
    }
}
