//! HTTP behaviour as plain text files: requests, and what their responses must be.
//!
//! ```text
//! # A page, and the same page unchanged.
//! GET /simple/six/
//! > accept: application/vnd.pypi.simple.v1+json
//! status == 200
//! header content-type == application/vnd.pypi.simple.v1+json
//! json files[*].filename contains "six-1.17.0-py2.py3-none-any.whl"
//! save etag = header etag
//! save path = json files[0].url =~ ^http://[^/]+(/.*)$
//!
//! GET /simple/six/
//! > if-none-match: {etag}
//! status == 304
//! body length == 0
//! ```
//!
//! | line | meaning |
//! |---|---|
//! | `GET target` | a request on a new connection; any method; a target that starts with `{base}` is cut to its path |
//! | `> name: value` | a request header; `host` is sent unless given |
//! | `send "text"` | the request's body, with its `content-length` |
//! | `raw "bytes"` | instead of a request: these bytes as they are; several such lines join |
//! | `reuse` | this request goes over the connection of the one before |
//! | `save name = subject` | keeps a value, with `=~ pattern` its first group |
//! | `subject operator value` | an expectation |
//!
//! Subjects: `status`, `reason`, `header NAME`, `header-count NAME`, `body` (as sent) and `content` (gzip and zstd
//! undone), each also with `length` or `sha256`, `json PATH`, `json-count PATH`, and `error` (why there is no whole
//! answer). Operators: `==`, `!=`, `=~`, `!~`, `contains`, `lacks`, `in` (a list of words), `<`, `<=`, `>`,
//! `>=`, `present`, `absent`. Beside `json` with `==` and `!=`, the value is JSON; elsewhere it is the rest of the line, or a
//! quoted string with escapes. `{name}` is a variable: `{base}` and `{host}` are always there; `{a*1000}` is a
//! thousand times `a`.

mod expect;
mod json_path;
mod raw;
mod script;

use std::collections::HashMap;
use std::fmt;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub use raw::{Answer, BrokenAnswer, get, request};

use expect::{Outcome, capture, check};
use raw::Connection;
use script::{Action, Exchange, Sent, parse};

/// What came of running one file.
#[derive(Debug)]
pub struct Report {
    /// The file.
    pub path: PathBuf,
    /// Requests sent.
    pub requests: usize,
    /// Expectations compared.
    pub checks: usize,
    /// What was not as expected, in the file's order.
    pub failures: Vec<Failure>,
}

/// An expectation that was not met, or a line that could not be carried out.
#[derive(Debug)]
pub struct Failure {
    /// The line, from 1.
    pub line: usize,
    /// The line's text.
    pub text: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl Report {
    /// Whether something was checked and nothing failed.
    pub fn passed(&self) -> bool {
        self.checks > 0 && self.failures.is_empty()
    }

    /// Panics with the whole report unless it passed.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.passed(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let (requests, checks, failed) = (self.requests, self.checks, self.failures.len());
        write!(f, "{path}: {requests} requests, {checks} checks, {failed} failed")?;
        for failure in &self.failures {
            write!(f, "\n{path}:{}: {}", failure.line, failure.text)?;
            write!(f, "\n    expected: {}\n    found:    {}", failure.expected, failure.found)?;
        }
        Ok(())
    }
}

/// Runs a file against a server. `base` is `http://address:port`; `vars` are further variables.
pub fn run_file(path: impl AsRef<Path>, base: &str, vars: &[(&str, &str)]) -> Report {
    let path = path.as_ref();
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    run_text(path, &text, base, vars)
}

/// Runs a text; `path` is for messages.
pub fn run_text(path: impl AsRef<Path>, text: &str, base: &str, vars: &[(&str, &str)]) -> Report {
    let base = base.trim_end_matches('/');
    let host = base.strip_prefix("http://").unwrap_or(base);
    let mut values: HashMap<String, String> =
        vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    values.insert("base".into(), base.into());
    values.insert("host".into(), host.into());
    let report = Report { path: path.as_ref().into(), requests: 0, checks: 0, failures: Vec::new() };
    let mut runner = Runner { values, report, connection: None };
    match parse(text) {
        Ok(exchanges) => exchanges.iter().for_each(|exchange| runner.run(exchange)),
        Err(bad) => {
            runner.fail(bad.line, &bad.found, bad.expected.to_owned(), "a line that means nothing".into());
        }
    }
    runner.report
}

struct Runner {
    values: HashMap<String, String>,
    report: Report,
    connection: Option<Connection>,
}

impl Runner {
    fn run(&mut self, exchange: &Exchange) {
        let outcome = match self.bytes(&exchange.request) {
            Ok(bytes) => self.exchange(&bytes, exchange.reuse),
            Err(unknown) => {
                self.fail(exchange.line, "the request", "known variables".into(), unknown);
                return;
            }
        };
        self.report.requests += 1;
        for step in &exchange.steps {
            let done = match &step.action {
                Action::Expect { subject, operator, value } => {
                    self.report.checks += 1;
                    self.filled(value).map(|value| check(&outcome, subject, *operator, &value))
                }
                Action::Save { name, subject, pattern } => {
                    let pattern = pattern.as_deref().map(|pattern| self.filled(pattern)).transpose();
                    pattern.map(|pattern| {
                        let value = capture(&outcome, subject, pattern.as_deref())?;
                        self.values.insert(name.clone(), value);
                        Ok(())
                    })
                }
            };
            match done {
                Ok(Ok(())) => {}
                Ok(Err(difference)) => {
                    self.fail(step.line, &step.text, difference.expected, difference.found);
                }
                Err(unknown) => self.fail(step.line, &step.text, "known variables".into(), unknown),
            }
        }
    }

    fn exchange(&mut self, bytes: &[u8], reuse: bool) -> Outcome {
        let before = self.connection.take().filter(|_| reuse);
        let mut connection = match before {
            Some(connection) => connection,
            None => Connection::open(&self.values["host"])?,
        };
        let answer = connection.exchange(bytes)?;
        self.connection = Some(connection);
        Ok(answer)
    }

    fn bytes(&self, request: &Sent) -> Result<Vec<u8>, String> {
        let (method, target, headers, body) = match request {
            Sent::Raw(bytes) => return Ok(self.filled(bytes)?.into_bytes()),
            Sent::Request { method, target, headers, body } => (method, target, headers, body),
        };
        let target = self.filled(target)?;
        let path = target.strip_prefix(&self.values["base"]).unwrap_or(&target);
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            let _ = write!(text, "host: {}\r\n", self.values["host"]);
        }
        for (name, value) in headers {
            let _ = write!(text, "{name}: {}\r\n", self.filled(value)?);
        }
        let body = body.as_deref().map(|body| self.filled(body)).transpose()?;
        if let Some(body) = &body {
            let _ = write!(text, "content-length: {}\r\n", body.len());
        }
        text.push_str("\r\n");
        text.push_str(body.as_deref().unwrap_or(""));
        Ok(text.into_bytes())
    }

    /// The text with its variables in place. Braces around anything but a name or a repetition stay: they
    /// belong to patterns and to JSON.
    fn filled(&self, text: &str) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let inside = after.split_once('}').map(|(inside, after)| (self.value(inside), after));
            if let Some((Some(value), after)) = inside {
                filled.push_str(&value?);
                rest = after;
            } else {
                filled.push('{');
                rest = after;
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, inside: &str) -> Option<Result<String, String>> {
        if let Some((what, count)) = inside.split_once('*') {
            let count: usize = count.parse().ok()?;
            return Some(Ok(what.repeat(count)));
        }
        let is_name = inside.starts_with(|c: char| c.is_ascii_lowercase())
            && inside.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        is_name
            .then(|| self.values.get(inside).cloned().ok_or_else(|| format!("nothing is named {{{inside}}}")))
    }

    fn fail(&mut self, line: usize, text: &str, expected: String, found: String) {
        self.report.failures.push(Failure { line, text: text.to_owned(), expected, found });
    }
}
