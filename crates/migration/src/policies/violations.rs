use super::{Case, Finding, Policy};
use crate::item::ItemKind;
use crate::verdict::{Actor, Role, Verdict};

/// Nobody says that these bytes, or what their review rests on, break a criterion.
#[derive(Debug)]
pub struct NoViolation;

impl Policy for NoViolation {
    fn name(&self) -> &'static str {
        "violation"
    }

    fn describe(&self) -> String {
        "No violation is open that touches these bytes or the reviews that lead to them.".to_owned()
    }

    fn lift(&self) -> String {
        "Whoever reported it takes it back, or two of the security team resolve it; no waiver lifts it."
            .to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        if item.kind == ItemKind::Removal {
            return Finding::not_applicable("A removal takes the bytes away.");
        }
        let Some(first) =
            item.facts.violations.iter().min_by_key(|violation| (violation.since, &violation.by))
        else {
            return Finding::pass("No violation is open.");
        };
        let mut actors = vec![Actor::Role(Role::Security)];
        actors.extend(item.facts.violations.iter().map(|violation| Actor::Person(violation.by.clone())));
        actors.sort();
        actors.dedup();
        let sentence = format!("{} has an open violation by {}: {}", item.subject(), first.by, first.reason);
        Finding::reject(Verdict::CannotDetermineIfPermanent, sentence, actors).since(first.since)
    }
}
