use super::{Case, Finding, Policy};
use crate::facts::TestOutcome;
use crate::item::ItemKind;
use crate::text::list;
use crate::verdict::{Actor, Role, Verdict};

/// Tests that pass in the target suite pass with it.
#[derive(Debug)]
pub struct TestsHold {
    /// Whether the fact is being delivered.
    pub on: bool,
}

impl Policy for TestsHold {
    fn name(&self) -> &'static str {
        "tests"
    }

    fn describe(&self) -> String {
        "Of its own tests and its dependents', those that pass in the target suite pass with it.".to_owned()
    }

    fn lift(&self) -> String {
        "Somebody mends the test or the release, or a release manager waives it for exact bytes.".to_owned()
    }

    fn waivable(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        let Some(outcome) = &item.facts.tests else {
            // Nothing is tested for a removal unless somebody asks for it.
            if item.kind == ItemKind::Removal {
                return Finding::not_applicable("A removal has no tests.");
            }
            return Finding::missing(case, self.on, "tests");
        };
        match outcome {
            TestOutcome::None => Finding::not_applicable("There is nothing to test."),
            TestOutcome::Passed => Finding::pass("All tests passed."),
            TestOutcome::Failed { regression: false, failed } => Finding::pass(format!(
                "Tests of {} fail, as they do in the target suite without it.",
                list(failed)
            )),
            TestOutcome::Failed { regression: true, failed } => Finding::reject(
                Verdict::RejectedPermanently,
                format!("{} breaks tests of {} that pass today.", item.subject(), list(failed)),
                vec![Actor::Role(Role::Maintainer)],
            )
            .since(item.facts.since),
            TestOutcome::Running { since } => Finding::reject(
                Verdict::RejectedTemporarily,
                format!("Tests of {} have been running since {}.", item.subject(), since.minute()),
                vec![Actor::Machine],
            )
            .since(*since),
        }
    }
}
