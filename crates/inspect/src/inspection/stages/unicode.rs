//! Characters that show nothing, change the order of what is shown, or look like others (CVE-2021-42574, CVE-2021-42694).

use unicode_security::MixedScript as _;

use super::Result;
use crate::inspection::file::File;
use crate::inspection::report::Class::{High, Info, Review};
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};
use crate::kind::ContentKind;

/// Characters that are never shown, from which on they are a text.
const UNSEEN: usize = 8;

pub(super) fn look(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    let code = file.kind.is_code(&file.key) || file.is_python() || file.is_foreign_program();
    if !file.is_text() || !code || file.bytes.is_ascii() {
        return Ok(());
    }
    let Ok(text) = std::str::from_utf8(file.bytes) else { return Ok(()) };
    sink.budget.spend_bytes(text.len())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut unseen = 0;
    let mut flag_end = 0;
    for (at, character) in text.char_indices().filter(|(_, character)| !character.is_ascii()) {
        if character == FLAG {
            flag_end = at + flag(&text[at..]).unwrap_or_default();
        }
        if at < flag_end {
            continue;
        }
        let (what, classes) = match character {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                // Bundles of other languages have tables of them; here, Python is what is read and run.
                let classes = if file.is_python() { (High, Review) } else { (Review, Info) };
                ("a character that changes the order of the text", classes)
            }
            // Variation selectors of the supplement and tags carry whole texts unseen.
            '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}' => {
                // Patterns name the first and the last of them; whole texts are long.
                unseen += 1;
                let classes = if unseen < UNSEEN { (Info, Info) } else { (High, High) };
                ("a character that is never shown", classes)
            }
            '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{180e}' | '\u{feff}' => {
                ("a character without width", (Review, Info))
            }
            _ => continue,
        };
        let line = text[..at].bytes().filter(|byte| *byte == b'\n').count();
        sink.budget.spend_bytes(at)?;
        let what = format!("{what}, U+{:04X}", u32::from(character));
        let range = at..at + character.len_utf8();
        // In long tables of characters one line says what the others do.
        let subject =
            format!("U+{:04X} {}", u32::from(character), text.lines().nth(line).unwrap_or_default().trim());
        let classes = if file.kind == ContentKind::Doc { (Info, Info) } else { classes };
        sink.add_as(file, &rule::OBFUSCATED, classes, At::Text(text, range), what, &subject)?;
    }
    Ok(())
}

/// The black flag, which tags behind it turn into that of a country without a code of its own.
const FLAG: char = '\u{1f3f4}';

/// The bytes of such a flag (Unicode Technical Standard 51, ED-14a): those of the three that are in use, so that no other text can be
/// in it.
fn flag(text: &str) -> Option<usize> {
    let end = text.find('\u{e007f}')? + '\u{e007f}'.len_utf8();
    let tag = |character: char| u32::from(character).checked_sub(0xe0000).and_then(char::from_u32);
    let country: String = text[..end].chars().skip(1).filter_map(tag).collect();
    ["gbeng\u{7f}", "gbsct\u{7f}", "gbwls\u{7f}"].contains(&&*country).then_some(end)
}

/// What is strange about a name that is not ASCII: that Python reads it as another one, or that it mixes scripts.
pub(super) fn strange_name(name: &str) -> Option<String> {
    let plain: String = unicode_security::skeleton(name).collect();
    if plain.is_ascii() && name.chars().any(|c| c.is_alphabetic() && !c.is_ascii()) && looks_latin(name) {
        return Some(format!("the name `{name}` looks like `{plain}`"));
    }
    (!name.is_single_script()).then(|| format!("the name `{name}` mixes scripts"))
}

/// Whole words of Greek or Cyrillic can look Latin by chance (`μ`, `а`); those that a program is full of are short.
fn looks_latin(name: &str) -> bool {
    name.chars().count() > 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_others() {
        for (name, strange) in [
            ("\u{0435}val", true),
            ("r\u{0435}quests", true),
            ("\u{1d41e}\u{1d431}\u{1d41e}\u{1d41c}", true),
            ("\u{3bc}", false),
            ("caf\u{e9}", false),
            ("\u{4e2d}\u{6587}", false),
            ("gr\u{f6}\u{df}e", false),
        ] {
            assert_eq!(strange_name(name).is_some(), strange, "{name}");
        }
    }
}
