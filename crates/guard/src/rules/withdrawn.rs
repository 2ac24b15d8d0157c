use super::{Hit, Rule, Verdict, subject};
use crate::facts::Case;

/// What the distribution put under quarantine, or condemned, is handed out by no index.
#[derive(Debug)]
pub struct WithdrawnReleases;

impl Rule for WithdrawnReleases {
    fn name(&self) -> &'static str {
        "withdrawn"
    }

    fn describe(&self) -> String {
        "What the distribution has quarantined or condemned is refused by every index.".to_owned()
    }

    fn lift(&self) -> String {
        "Two people of the distribution's security may lift a quarantine; a condemned release stays refused."
            .to_owned()
    }

    fn excusable(&self) -> bool {
        false
    }

    fn holds_for_vetted(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let Some(withdrawn) = case.file.and_then(|file| file.withdrawn.as_ref()) else {
            return Verdict::Pass;
        };
        let condition = withdrawn.condition;
        Verdict::File(Hit {
            short: format!("is {condition}: {}", withdrawn.reason),
            sentence: format!(
                "{} was {condition} on {} by {}: {}.",
                subject(case),
                withdrawn.since.date(),
                withdrawn.by,
                withdrawn.reason.trim_end_matches('.')
            ),
            until: None,
        })
    }
}
