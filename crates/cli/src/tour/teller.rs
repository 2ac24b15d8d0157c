use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output::out;

/// Prints what happens, and counts what did not hold.
pub(super) struct Teller {
    json: bool,
    began: Instant,
    chapter: usize,
    checks: Vec<Value>,
    failed: usize,
}

impl Teller {
    pub(super) fn new(json: bool) -> Self {
        Self { json, began: Instant::now(), chapter: 0, checks: Vec::new(), failed: 0 }
    }

    /// The next chapter.
    pub(super) fn chapter(&mut self, title: &str) {
        self.chapter += 1;
        if !self.json {
            out!("\n{}. {title}", self.chapter);
        }
    }

    /// A line of the story.
    pub(super) fn note(&self, text: &str) {
        if !self.json {
            for line in text.lines() {
                out!("   {line}");
            }
        }
    }

    /// Something that has to hold. Says whether it does.
    pub(super) fn check(&mut self, holds: bool, what: &str) -> bool {
        if !self.json {
            out!("   [{}] {what}", if holds { "held" } else { "FAILED" });
        }
        self.failed += usize::from(!holds);
        self.checks.push(json!({ "chapter": self.chapter, "held": holds, "what": what }));
        holds
    }

    /// The end: what to look at, and how it went. Gives how many checks did not hold.
    pub(super) fn end(&self, url: &str, data: &Path, error: Option<&Failure>) -> usize {
        let seconds = self.began.elapsed().as_secs();
        if self.json {
            let error = error.map(Failure::message);
            let report = json!({
                "checks": self.checks, "failed": self.failed, "error": error, "seconds": seconds, "url": url,
            });
            out!("{report}");
        } else if error.is_none() {
            out!(
                "\n{} of {} checks held, in {seconds} s.",
                self.checks.len() - self.failed,
                self.checks.len()
            );
            out!("The distribution is in {}. Look at it again with", data.display());
            out!("   packhouse serve --data {}", data.display());
        }
        self.failed
    }
}
