use super::{Case, Finding, Policy, release_managers};
use crate::facts::RebuildOutcome;
use crate::item::ItemKind;
use crate::rules::RebuildRules;
use crate::verdict::{Actor, Verdict};

/// New projects come out of their source, and what came out of its source goes on doing so.
#[derive(Debug)]
pub struct Reproduces {
    /// Whether the fact is being delivered.
    pub on: bool,
    /// How close is close enough.
    pub rules: RebuildRules,
}

fn word(outcome: RebuildOutcome) -> &'static str {
    match outcome {
        RebuildOutcome::Level(level) => level.word(),
        RebuildOutcome::NotBuilt => "not built",
        RebuildOutcome::Error => "error",
    }
}

/// Smaller is better.
fn rank(outcome: RebuildOutcome) -> u8 {
    match outcome {
        RebuildOutcome::Level(level) => level as u8,
        RebuildOutcome::NotBuilt | RebuildOutcome::Error => u8::MAX,
    }
}

impl Policy for Reproduces {
    fn name(&self) -> &'static str {
        "rebuild"
    }

    fn describe(&self) -> String {
        format!(
            "The rebuild of a new project is at least `{}`; that of an update is no worse than before.",
            self.rules.new_projects.word()
        )
    }

    fn lift(&self) -> String {
        "A release manager may waive it for exact bytes, with a reason.".to_owned()
    }

    fn waivable(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        if item.kind == ItemKind::Removal {
            return Finding::not_applicable("A removal brings nothing to rebuild.");
        }
        let Some(rebuild) = item.facts.rebuild else {
            return Finding::missing(case, self.on, "rebuild");
        };
        let (subject, now) = (item.subject(), rebuild.now);
        if now == RebuildOutcome::Error {
            let sentence = format!("The rebuild of {subject} failed on our side and will be tried again.");
            return Finding::reject(Verdict::RejectedTemporarily, sentence, vec![Actor::Machine])
                .since(item.facts.since);
        }
        let reject = |sentence: String| {
            Finding::reject(Verdict::NeedsApproval, sentence, release_managers()).since(item.facts.since)
        };
        match rebuild.before {
            Some(before) if before != RebuildOutcome::Error && rank(now) > rank(before) => reject(format!(
                "The rebuild of {subject} is `{}`; that of the version it replaces is `{}`.",
                word(now),
                word(before)
            )),
            _ if item.kind == ItemKind::New && rank(now) > self.rules.new_projects as u8 => reject(format!(
                "The rebuild of {subject} is `{}`; a new project's has to be at least `{}`.",
                word(now),
                self.rules.new_projects.word()
            )),
            _ => Finding::pass(format!("Its rebuild is `{}`.", word(now))),
        }
    }
}
