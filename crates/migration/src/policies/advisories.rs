use super::{Case, Finding, Policy};
use crate::item::ItemKind;
use crate::text::list;
use crate::verdict::{Actor, Role, Verdict};

/// It brings no known vulnerability that the target suite does not have already.
#[derive(Debug)]
pub struct NoNewAdvisory {
    /// Whether the fact is being delivered.
    pub on: bool,
}

impl Policy for NoNewAdvisory {
    fn name(&self) -> &'static str {
        "advisories"
    }

    fn describe(&self) -> String {
        "No advisory is about it that is not about the version it replaces too.".to_owned()
    }

    fn lift(&self) -> String {
        "A fixed release moves instead, or the security team waives it for exact bytes.".to_owned()
    }

    fn waivable(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        if item.kind == ItemKind::Removal {
            return Finding::not_applicable("A removal brings nothing.");
        }
        let Some(advisories) = &item.facts.advisories else {
            return Finding::missing(case, self.on, "advisories");
        };
        let named = |set: &std::collections::BTreeSet<String>| list(&set.iter().collect::<Vec<_>>());
        if !advisories.introduced.is_empty() {
            let sentence = format!(
                "{} brings {}, which the target suite does not have.",
                item.subject(),
                named(&advisories.introduced)
            );
            let actors = vec![Actor::Role(Role::Maintainer), Actor::Role(Role::Security)];
            return Finding::reject(Verdict::RejectedPermanently, sentence, actors).since(item.facts.since);
        }
        if advisories.fixed.is_empty() {
            return Finding::pass("It brings no advisory.");
        }
        Finding::pass(format!("It fixes {}.", named(&advisories.fixed)))
    }
}
