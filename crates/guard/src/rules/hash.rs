use super::{Hit, Rule, Verdict};
use crate::facts::Case;

/// A file is known by its SHA-256; one without cannot be checked, pinned or named in a lockfile.
#[derive(Debug)]
pub struct HashRequired;

impl Rule for HashRequired {
    fn name(&self) -> &'static str {
        "hash-required"
    }

    fn describe(&self) -> String {
        "Files for which the upstream names no SHA-256 are refused.".to_owned()
    }

    fn lift(&self) -> String {
        "Nobody here: the upstream has to name the file's SHA-256.".to_owned()
    }

    fn excusable(&self) -> bool {
        false
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        match case.file {
            Some(file) if file.sha256.is_none() => Verdict::File(Hit {
                short: "has no SHA-256 upstream".to_owned(),
                sentence: format!(
                    "The upstream names no SHA-256 for {}, so its bytes cannot be checked (missing fact: sha256).",
                    file.filename
                ),
                until: None,
            }),
            _ => Verdict::Pass,
        }
    }
}
