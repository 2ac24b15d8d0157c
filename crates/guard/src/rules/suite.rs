use super::{Hit, Rule, Verdict, subject};
use crate::facts::Case;

/// A project that a suite holds is served from that suite alone.
#[derive(Debug)]
pub struct SuiteOnly;

impl Rule for SuiteOnly {
    fn name(&self) -> &'static str {
        "suite"
    }

    fn describe(&self) -> String {
        "A project that is vetted in the index's suite is served from that suite alone; other releases of it wait for \
         their review."
            .to_owned()
    }

    fn lift(&self) -> String {
        "A maintainer of the distribution may review the release; it then moves through the suites. A release manager \
         may exempt it until a date."
            .to_owned()
    }

    /// The page of a project in a suite is made of what the ledger says: a file of the upstream that an operator let in would
    /// be handed out and stand on no page.
    fn excusable(&self) -> bool {
        false
    }

    fn holds_for_vetted(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let (Some(suite), Some(file)) = (&case.project.suite, case.file) else { return Verdict::Pass };
        if file.in_suite {
            return Verdict::Pass;
        }
        Verdict::File(Hit {
            short: format!("is not in {suite}: not reviewed"),
            sentence: format!(
                "{} is not in the suite {suite}, which holds the project: no review lets it in yet.",
                subject(case)
            ),
            until: None,
        })
    }
}
