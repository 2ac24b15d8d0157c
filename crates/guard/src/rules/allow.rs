use super::{Hit, Rule, Verdict, subject};
use crate::facts::Case;
use crate::pattern::Matcher;

/// When there is an allow list, nothing else is handed out.
#[derive(Debug)]
pub struct Allow(pub Vec<Matcher>);

impl Rule for Allow {
    fn name(&self) -> &'static str {
        "allow-list"
    }

    fn describe(&self) -> String {
        let list: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        format!("Only what the allow list names is handed out: {}.", list.join(", "))
    }

    fn lift(&self) -> String {
        "An operator may add it to `policy.allow`, or except exact bytes or an exact version.".to_owned()
    }

    fn holds_for_vetted(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        if self.0.iter().any(|entry| entry.matches(case)) {
            return Verdict::Pass;
        }
        // Before the file is known an entry about one of its versions or hashes may still match.
        let may_match_later = |entry: &Matcher| match entry {
            Matcher::Version { project, .. } => project == case.project.name.as_str(),
            Matcher::Hash(_) => true,
            Matcher::Project(_) | Matcher::Prefix(_) => false,
        };
        let hit = Hit {
            short: "is not on this index's allow list".to_owned(),
            sentence: format!("{} is not on this index's allow list.", subject(case)),
            until: None,
        };
        match case.file {
            Some(_) => Verdict::File(hit),
            None if self.0.iter().any(may_match_later) => Verdict::Pass,
            None => Verdict::Project(hit),
        }
    }
}
