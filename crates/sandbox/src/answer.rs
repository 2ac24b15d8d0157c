//! What goes over the pipes: a word when the process is there, and an answer with its length in front.

use crate::Failed;

/// The first bytes that a process writes, when it waits for its job.
pub const READY: &[u8] = b"ready 1\n";
/// The exit code of a process that could not be confined.
pub const UNCONFINED: u8 = 70;

const MARK: &[u8] = b"answer ";

/// An answer as it is written: its length in decimal digits, a line's end, the bytes.
pub fn frame(answer: &[u8]) -> Vec<u8> {
    let mut framed = [MARK, answer.len().to_string().as_bytes(), b"\n"].concat();
    framed.extend_from_slice(answer);
    framed
}

/// The answer in what was written behind [`READY`]. One that was cut off, or followed by more, is none.
pub(crate) fn unframe(written: &[u8]) -> Result<Vec<u8>, Failed> {
    let garbage = |problem: &str| Failed::Garbage { problem: problem.to_owned() };
    let rest = written.strip_prefix(MARK).ok_or_else(|| garbage("it begins with something else"))?;
    let end = rest.iter().take(20).position(|byte| *byte == b'\n');
    let (length, rest) = rest.split_at(end.ok_or_else(|| garbage("it has no length"))?);
    let length: usize = std::str::from_utf8(length)
        .ok()
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| garbage("its length is no number"))?;
    let answer = &rest[1..];
    if answer.len() != length {
        let problem = format!("{length} bytes were promised, {} came", answer.len());
        return Err(Failed::Garbage { problem });
    }
    Ok(answer.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_answer_is_one() {
        for answer in [&b""[..], b"x", b"answer 1\nx", &[0; 5_000]] {
            assert_eq!(unframe(&frame(answer)).as_deref(), Ok(answer));
        }
        for written in [
            &b""[..],
            b"answer",
            b"answer 3",
            b"answer 3\n",
            b"answer 3\nab",
            b"answer 3\nabcd",
            b"answer -1\n",
            b"answer 99999999999999999999999\nx",
            b"hello\nanswer 1\nx",
            b"answer 1x\nx",
        ] {
            assert!(matches!(unframe(written), Err(Failed::Garbage { .. })), "{written:?}");
        }
    }
}
