use std::time::Duration;

use super::{Case, Finding, Policy};
use crate::facts::{ItemFacts, Lane, TestOutcome};
use crate::item::ItemKind;
use crate::rules::AgeRules;
use crate::text::duration::exact;
use crate::verdict::{Actor, Earliest, Role, Verdict};

/// Time in the source suite, where those who want the newest find what is wrong with it.
#[derive(Debug)]
pub struct Age {
    /// The lengths.
    pub rules: AgeRules,
    /// The stage's own minimum.
    pub minimum: Duration,
    /// Whether the stage grants the bounty.
    pub bounty: bool,
}

impl Age {
    /// The wait of an item, and how it comes about.
    fn wait(&self, kind: ItemKind, facts: &ItemFacts) -> (Duration, String) {
        let rules = &self.rules;
        if let Lane::Security { approvals } = facts.lane
            && approvals >= rules.security_approvals
        {
            return (Duration::ZERO, format!("security fix with {approvals} approvals"));
        }
        let risk = rules.of_risk(facts.risk);
        let mut urgency = rules.of_urgency(facts.urgency);
        if kind == ItemKind::New {
            // Nobody waits for what nobody has: urgency cannot shorten a new project's way.
            urgency = urgency.max(rules.medium);
        }
        let mut wait = risk.max(urgency).max(self.minimum);
        let mut why = format!(
            "risk {:?} {}, urgency {} {}",
            facts.risk,
            exact(risk),
            facts.urgency.word(),
            exact(urgency)
        );
        if !self.minimum.is_zero() {
            why.push_str(&format!(", this stage {}", exact(self.minimum)));
        }
        if self.bounty && self.earned(facts) {
            wait = wait.saturating_sub(rules.bounty).max(rules.floor.min(wait));
            why.push_str(&format!(", less {} for its tests and reviews", exact(rules.bounty)));
        }
        if facts.identity.is_some() {
            wait = wait.saturating_add(rules.identity_penalty);
            why.push_str(&format!(", {} more for a change of identity", exact(rules.identity_penalty)));
        }
        (wait, why)
    }

    fn earned(&self, facts: &ItemFacts) -> bool {
        facts.tests == Some(TestOutcome::Passed)
            && facts.has_tests
            && facts.tests_reach_enough
            && facts.quorum.as_ref().is_some_and(|q| q.organisations >= self.rules.bounty_organisations)
    }
}

impl Policy for Age {
    fn name(&self) -> &'static str {
        "age"
    }

    fn describe(&self) -> String {
        let rules = &self.rules;
        let risks = [rules.r0, rules.r1, rules.r2, rules.r3, rules.r4].map(exact).join("/");
        format!(
            "An item waits the longest of {risks} by risk R0 to R4, {}/{}/{} by urgency low, medium or high, and {} in this stage.",
            exact(rules.low),
            exact(rules.medium),
            exact(rules.high),
            exact(self.minimum)
        )
    }

    fn lift(&self) -> String {
        format!(
            "It ends by itself. {} approvals of the security team end it for a security fix; a release manager may waive it for exact bytes.",
            self.rules.security_approvals
        )
    }

    fn waivable(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        if item.kind == ItemKind::Removal {
            return Finding::not_applicable("A removal does not wait.");
        }
        let (wait, why) = self.wait(item.kind, &item.facts);
        let since = item.facts.since;
        let end = since.plus(wait);
        if case.now >= end {
            return Finding::pass(format!(
                "{} has been in the source suite since {}, longer than {} ({why}).",
                item.subject(),
                since.minute(),
                exact(wait)
            ))
            .since(since);
        }
        let mut actors = vec![Actor::Machine];
        let mut sentence = format!(
            "{} has been in the source suite since {} and waits {} until {} ({why}).",
            item.subject(),
            since.minute(),
            exact(wait),
            end.minute()
        );
        if let Lane::Security { approvals } = item.facts.lane {
            actors.push(Actor::Role(Role::Security));
            sentence.push_str(&format!(
                " With {} more approvals of the security team it would not wait.",
                self.rules.security_approvals.saturating_sub(approvals)
            ));
        }
        Finding::reject(Verdict::RejectedTemporarily, sentence, actors)
            .since(since)
            .earliest(Earliest::At(end))
    }
}
