use super::{Hit, Rule, Verdict};
use crate::facts::Case;

/// A filename means the bytes it was first seen with, for ever.
#[derive(Debug)]
pub struct FirstSeenPin;

impl Rule for FirstSeenPin {
    fn name(&self) -> &'static str {
        "first-seen-pin"
    }

    fn describe(&self) -> String {
        "A filename whose bytes changed since it was first seen is refused.".to_owned()
    }

    fn lift(&self) -> String {
        "An operator may except the exact new bytes by their sha256.".to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let Some(file) = case.file else { return Verdict::Pass };
        match (file.pinned, file.sha256) {
            (Some(pinned), Some(now)) if pinned != now => Verdict::File(Hit {
                short: format!("changed its bytes: first sha256 {:.8}, now {:.8}", pinned.hex(), now.hex()),
                sentence: format!(
                    "{} was first seen on {} with sha256 {pinned}; the upstream now gives sha256 {now} under the same name.",
                    file.filename,
                    file.first_seen.date()
                ),
                until: None,
            }),
            _ => Verdict::Pass,
        }
    }
}
