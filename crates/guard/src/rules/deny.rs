use super::{Hit, Rule, Verdict, subject};
use crate::facts::Case;
use crate::pattern::Matcher;

/// What the deny list names is never handed out.
#[derive(Debug)]
pub struct Deny(pub Vec<(Matcher, Option<String>)>);

impl Rule for Deny {
    fn name(&self) -> &'static str {
        "deny-list"
    }

    fn describe(&self) -> String {
        let list: Vec<String> = self.0.iter().map(|(what, _)| what.to_string()).collect();
        format!("What the deny list names is refused: {}.", list.join(", "))
    }

    fn lift(&self) -> String {
        "An operator may take the entry out of `policy.deny`, or except exact bytes or an exact version."
            .to_owned()
    }

    fn holds_for_vetted(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let Some((what, reason)) = self.0.iter().find(|(what, _)| what.matches(case)) else {
            return Verdict::Pass;
        };
        let why = reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let hit = Hit {
            short: format!("is denied{why}"),
            sentence: format!("{} is on this index's deny list (`{what}`){why}.", subject(case)),
            until: None,
        };
        if what.is_about_projects() { Verdict::Project(hit) } else { Verdict::File(hit) }
    }
}
