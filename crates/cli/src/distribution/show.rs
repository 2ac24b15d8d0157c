//! Words for the terminal.

use packhouse_model::Timestamp;

use crate::exit::{Failure, Outcome};
use crate::output::out;

/// A stranger's text on one line: what could move the cursor or hide something is made visible.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push('\t'),
            c if c.is_control() || is_invisible(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// What turns the reading direction or has no width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The same for a text of several lines.
pub(super) fn plain_lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(plain)
}

/// Prints a document as it came, for `--json`.
pub(super) fn json(document: &serde_json::Value) -> Outcome {
    let text = serde_json::to_string_pretty(document).unwrap_or_default();
    out!("{text}");
    Outcome::Done
}

/// `3 files`, `1 file`.
pub(super) fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// A date of an argument: `2027-01-31`, or a moment in full.
pub(super) fn date(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error| format!("expected a date such as 2027-01-31: {error}"))
}

/// A release of an argument, for messages of clap.
pub(super) fn release(text: &str) -> Result<packhouse_distribution::Release, String> {
    text.parse().map_err(|error: packhouse_distribution::ParseReleaseError| error.to_string())
}

/// A word of an argument as the enum that acts have: their spelling on the command line is that of statements.
pub(super) fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|error| {
        // serde names what it expected; its place in a document that nobody wrote says nothing.
        error.to_string().split(" at line").next().unwrap_or_default().to_owned()
    })
}

/// A name of an argument.
pub(super) fn parsed<T>(what: &str, text: &str) -> Result<T, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| Failure::wrong_use(format!("{what}: {error}")))
}

/// A snapshot of an argument: `apricot@1`.
pub(super) fn snapshot(what: &str, text: &str) -> Result<(packhouse_model::SuiteName, u64), Failure> {
    let split = text.split_once('@');
    let (suite, serial) = split.ok_or_else(|| {
        Failure::wrong_use(format!("{what}: expected a snapshot such as apricot@1, found {text}"))
    })?;
    Ok((parsed(what, suite)?, parsed(what, serial)?))
}

#[cfg(test)]
mod tests {
    use packhouse_distribution::act::{Stage, Tier};

    use super::*;

    #[test]
    fn nothing_on_the_terminal_moves_it() {
        for (text, shown) in [
            ("a\tb", "a\tb"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("ab\u{202e}cd", "ab\\u{202e}cd"),
            ("\u{7f}\r", "\\u{7f}\\u{d}"),
            ("grüße", "grüße"),
        ] {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn words_are_those_of_statements() {
        assert_eq!(word::<Tier>("key"), Ok(Tier::Key));
        assert_eq!(word::<Stage>("soft-freeze"), Ok(Stage::SoftFreeze));
        let error = word::<Tier>("keys").unwrap_err();
        assert!(error.contains("leaf") && error.contains("shared"), "{error}");
    }
}
