use super::{Case, Finding, Policy, maintainers};
use crate::item::ItemKind;
use crate::text::list;
use crate::verdict::Verdict;

/// Whoever publishes it is who published the release that people trust, or a full review has said so.
#[derive(Debug)]
pub struct SameIdentity;

impl Policy for SameIdentity {
    fn name(&self) -> &'static str {
        "identity"
    }

    fn describe(&self) -> String {
        "Publisher, owners, repository and addresses are those of the last accepted release, or a full review has cleared the change.".to_owned()
    }

    fn lift(&self) -> String {
        "A full review, not a delta, clears the change; no waiver lifts it.".to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        match &item.facts.identity {
            _ if item.kind == ItemKind::Removal => Finding::not_applicable("A removal is ours."),
            None => Finding::pass("The identity is that of the last accepted release."),
            Some(hold) if hold.cleared => {
                Finding::hinted(format!("A full review has cleared the change of {}.", list(&hold.changed)))
                    .since(hold.since)
            }
            Some(hold) => Finding::reject(
                Verdict::NeedsApproval,
                format!(
                    "{}: {} changed since the last accepted release, and no full review has cleared it.",
                    item.subject(),
                    if hold.changed.is_empty() { "the identity".to_owned() } else { list(&hold.changed) }
                ),
                maintainers(),
            )
            .since(hold.since),
        }
    }
}
