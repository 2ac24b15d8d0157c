use std::time::Duration;

use bytes::Bytes;

/// One way in which an upstream fails. It takes the place of, or damages, the answer it would have given.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This status with a short text body.
    Status(u16),
    /// This status with `Retry-After` in seconds.
    RetryAfter(u16, u32),
    /// A redirect (302) to this URL.
    Redirect(String),
    /// The connection is closed without an answer.
    Hangup,
    /// The connection is reset after so many bytes of the body.
    Reset(usize),
    /// The connection is closed after so many bytes, though `Content-Length` promised all.
    Truncated(usize),
    /// After so many bytes nothing more comes, and the connection stays open.
    Stalled(usize),
    /// So many bytes at a time, with a pause after each.
    Drip(usize, Duration),
    /// The body, and then zeros without end; no `Content-Length`.
    Endless,
    /// The right length, but the last bytes are others.
    WrongBytes,
    /// The right body under this `Content-Type`.
    WrongContentType(&'static str),
    /// The right answer with a header of so many bytes.
    HugeHeader(usize),
    /// 200 with this content type and body.
    Answer(&'static str, Bytes),
    /// A page that is well formed and says what is not so.
    Lie(Lie),
}

/// What a lying page says. Applies to project pages and to the project's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// The name shown is another than the last segment of the link.
    AnchorText,
    /// Links go to `http://evil.invalid/`.
    OtherHost,
    /// Links are `javascript:` URLs.
    Script,
    /// Names and links climb: `../../etc/…`.
    Traversal,
    /// Each known filename has another hash than before.
    ChangedHash,
    /// No file has a hash.
    NoHash,
    /// Each file stands there twice, with two hashes.
    Twice,
    /// `requires-python` and the yank's reason hold markup.
    Markup,
    /// So many more files than there are.
    ManyFiles(usize),
}

/// A fault and when it strikes.
#[derive(Debug, Clone)]
#[must_use]
pub struct Plan {
    pub(super) fault: Fault,
    pub(super) skip: usize,
    pub(super) times: Option<usize>,
}

impl Fault {
    /// JSON that ends in the middle.
    pub fn garbage_json() -> Self {
        let body = br#"{"meta":{"api-version":"1.4"},"name":"x","files":[{"filename":"x-1.0"#;
        Self::Answer("application/vnd.pypi.simple.v1+json", Bytes::from_static(body))
    }

    /// Strikes only after so many good answers.
    pub fn after(self, good: usize) -> Plan {
        Plan::from(self).after(good)
    }

    /// Strikes so many times, then no more.
    pub fn times(self, times: usize) -> Plan {
        Plan::from(self).times(times)
    }
}

impl Plan {
    /// See [`Fault::after`].
    pub fn after(mut self, good: usize) -> Self {
        self.skip = good;
        self
    }

    /// See [`Fault::times`].
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Counts one request; the fault when it strikes this time.
    pub(super) fn strike(&mut self) -> Option<Fault> {
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        if let Some(times) = &mut self.times {
            *times = times.checked_sub(1)?;
        }
        Some(self.fault.clone())
    }
}

impl From<Fault> for Plan {
    fn from(fault: Fault) -> Self {
        Self { fault, skip: 0, times: None }
    }
}

impl From<Lie> for Plan {
    fn from(lie: Lie) -> Self {
        Fault::Lie(lie).into()
    }
}

/// Whether a path matches a pattern: the path itself, or with one `*` that stands for anything.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, end)) => {
            path.len() >= start.len() + end.len() && path.starts_with(start) && path.ends_with(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, path, expected) in [
            ("/simple/six/", "/simple/six/", true),
            ("/simple/six/", "/simple/six", false),
            ("*", "/", true),
            ("/packages/*", "/packages/a/b", true),
            ("*.whl", "/packages/a.whl", true),
            ("*.whl", "/packages/a.whl.metadata", false),
            ("/a*a", "/a", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_plan_waits_and_ends() {
        let mut plan = Fault::Status(404).after(1).times(2);
        let struck: Vec<bool> = (0..5).map(|_| plan.strike().is_some()).collect();
        assert_eq!(struck, [false, true, true, false, false]);
    }
}
