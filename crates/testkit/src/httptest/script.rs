//! The text of a test, taken apart. Nothing is substituted or run here.

use std::fmt;

/// One request and what is expected of its response.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    pub(super) line: usize,
    pub(super) request: Sent,
    /// On the connection of the exchange before.
    pub(super) reuse: bool,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug)]
pub(super) enum Sent {
    Raw(String),
    Request { method: String, target: String, headers: Vec<(String, String)>, body: Option<String> },
}

impl Default for Sent {
    fn default() -> Self {
        Self::Raw(String::new())
    }
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) line: usize,
    /// As written, for messages.
    pub(super) text: String,
    pub(super) action: Action,
}

#[derive(Debug)]
pub(super) enum Action {
    Expect { subject: Subject, operator: Operator, value: String },
    Save { name: String, subject: Subject, pattern: Option<String> },
}

/// What a line looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    Status,
    Reason,
    Error,
    Header(String),
    HeaderCount(String),
    /// The bytes as sent, or with their content coding undone.
    Bytes {
        decoded: bool,
        measure: Measure,
    },
    Json(String),
    JsonCount(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Text,
    Length,
    Sha256,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Matches,
    MatchesNot,
    Contains,
    Lacks,
    In,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Present,
    Absent,
}

const OPERATORS: [(&str, Operator); 13] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("=~", Operator::Matches),
    ("!~", Operator::MatchesNot),
    ("contains", Operator::Contains),
    ("lacks", Operator::Lacks),
    ("in", Operator::In),
    ("<", Operator::Less),
    ("<=", Operator::LessOrEqual),
    (">", Operator::Greater),
    (">=", Operator::GreaterOrEqual),
    ("present", Operator::Present),
    ("absent", Operator::Absent),
];

/// A line that says nothing we know.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    pub(super) line: usize,
    pub(super) expected: &'static str,
    pub(super) found: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}; found {:?}", self.expected, self.found)
    }
}

/// Reads a whole test.
pub(super) fn parse(text: &str) -> Result<Vec<Exchange>, BadLine> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for (index, written) in text.lines().enumerate() {
        let (line, statement) = (index + 1, written.trim());
        if statement.is_empty() || statement.starts_with('#') {
            continue;
        }
        let bad = |expected| BadLine { line, expected, found: statement.to_owned() };
        let (word, rest) = split_word(statement);
        if let Some(request) = request_line(word, rest) {
            exchanges.push(Exchange { line, request, ..Exchange::default() });
            continue;
        }
        if word == "raw" {
            let bytes = unquoted(rest).ok_or_else(|| bad("raw \"bytes with \\r\\n\""))?;
            match exchanges.last_mut() {
                Some(Exchange { request: Sent::Raw(before), steps, .. }) if steps.is_empty() => {
                    before.push_str(&bytes);
                }
                _ => exchanges.push(Exchange { line, request: Sent::Raw(bytes), ..Exchange::default() }),
            }
            continue;
        }
        let Some(exchange) = exchanges.last_mut() else {
            return Err(bad("a request before anything else"));
        };
        match (word, &mut exchange.request) {
            (">", Sent::Request { headers, .. }) => {
                let (name, value) = rest.split_once(':').ok_or_else(|| bad("> name: value"))?;
                headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            ("send", Sent::Request { body, .. }) => {
                *body = Some(unquoted(rest).ok_or_else(|| bad("send \"text\""))?);
            }
            ("reuse", _) => exchange.reuse = true,
            _ => {
                let action = action(word, statement, rest).map_err(bad)?;
                exchange.steps.push(Step { line, text: statement.to_owned(), action });
            }
        }
    }
    Ok(exchanges)
}

fn request_line(word: &str, rest: &str) -> Option<Sent> {
    let method = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    method.then(|| Sent::Request {
        method: word.to_owned(),
        target: rest.to_owned(),
        headers: Vec::new(),
        body: None,
    })
}

fn action(word: &str, statement: &str, rest: &str) -> Result<Action, &'static str> {
    if word == "save" {
        let (name, from) = rest.split_once('=').ok_or("save name = subject")?;
        let (subject, rest) = subject(from.trim())?;
        let pattern = match split_word(rest) {
            ("", _) => None,
            ("=~", pattern) => Some(pattern.to_owned()),
            _ => return Err("save name = subject =~ pattern"),
        };
        return Ok(Action::Save { name: name.trim().to_owned(), subject, pattern });
    }
    let (subject, rest) = subject(statement)?;
    let (word, value) = split_word(rest);
    let known = OPERATORS.iter().find(|(sign, _)| *sign == word);
    let (_, operator) = known.ok_or("one of == != =~ !~ contains lacks in < <= > >= present absent")?;
    let value = unquoted(value).filter(|_| !subject.is_json()).unwrap_or_else(|| value.to_owned());
    Ok(Action::Expect { subject, operator: *operator, value })
}

impl Subject {
    /// Whether the value beside it is read as JSON.
    pub(super) fn is_json(&self) -> bool {
        matches!(self, Self::Json(_))
    }
}

fn subject(text: &str) -> Result<(Subject, &str), &'static str> {
    let (word, rest) = split_word(text);
    let (argument, after) = split_word(rest);
    let name = || argument.to_ascii_lowercase();
    Ok(match word {
        "status" => (Subject::Status, rest),
        "reason" => (Subject::Reason, rest),
        "error" => (Subject::Error, rest),
        "header" => (Subject::Header(name()), after),
        "header-count" => (Subject::HeaderCount(name()), after),
        "json" => (Subject::Json(argument.to_owned()), after),
        "json-count" => (Subject::JsonCount(argument.to_owned()), after),
        "body" | "content" => {
            let (measure, rest) = match argument {
                "length" => (Measure::Length, after),
                "sha256" => (Measure::Sha256, after),
                _ => (Measure::Text, rest),
            };
            (Subject::Bytes { decoded: word == "content", measure }, rest)
        }
        _ => {
            return Err(
                "a request, raw, >, send, reuse, save, or one of status reason error header header-count \
                 body content json json-count",
            );
        }
    })
}

fn split_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

/// The text of a JSON string with its quotes; `None` when it is none.
fn unquoted(text: &str) -> Option<String> {
    text.starts_with('"').then(|| serde_json::from_str(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_means_nothing_is_named() {
        for (text, line) in [
            ("status == 200", 1),
            ("GET /\nstatus is 200", 2),
            ("GET /\n\n# comment\nfoo == 1", 4),
            ("GET /\n> no colon", 2),
            ("GET /\nsave etag", 2),
            ("raw GET", 1),
        ] {
            assert_eq!(parse(text).expect_err(text).line, line, "{text}");
        }
    }

    #[test]
    fn raw_lines_join_until_something_is_expected() {
        let exchanges = parse("raw \"GET / HTTP/1.1\\r\\n\"\nraw \"\\r\\n\"\nstatus == 400\nraw \"x\"\n")
            .expect("a test");
        assert_eq!(exchanges.len(), 2);
        let Sent::Raw(bytes) = &exchanges[0].request else { panic!("raw") };
        assert_eq!(bytes, "GET / HTTP/1.1\r\n\r\n");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(GET /|save|json|header|raw|send|body|>|status|[a-z =~\"\\\\\\[\\]{}*:.\n]){0,40}") {
            let _ = parse(&text);
        }
    }
}
