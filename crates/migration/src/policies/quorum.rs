use super::{Case, Finding, Policy, maintainers};
use crate::item::ItemKind;
use crate::verdict::{Actor, Verdict};

/// Enough independent people, from enough organisations, have signed for these bytes.
#[derive(Debug)]
pub struct QuorumReached;

impl Policy for QuorumReached {
    fn name(&self) -> &'static str {
        "quorum"
    }

    fn describe(&self) -> String {
        "As many independent maintainers, from as many organisations, have signed as the project's tier and the risk of the difference ask for.".to_owned()
    }

    fn lift(&self) -> String {
        "A maintainer who is not the vendor reviews and signs. No waiver stands for a signature.".to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        let facts = &item.facts;
        if item.kind == ItemKind::Removal {
            return Finding::not_applicable("A removal brings no bytes to review.");
        }
        if let Some(exemption) = &facts.exemption
            && case.now < exemption.until
        {
            return Finding::hinted(format!(
                "An exemption by {} stands in for signatures until {}.",
                exemption.by,
                exemption.until.minute()
            ));
        }
        let Some(quorum) = &facts.quorum else {
            return Finding::missing(case, true, "quorum");
        };
        let signatures = quorum.signatures_needed.saturating_sub(quorum.signatures);
        let organisations = quorum.organisations_needed.saturating_sub(quorum.organisations);
        if signatures == 0 && organisations == 0 {
            return Finding::pass(format!(
                "{} of {} signatures, {} of {} organisations.",
                quorum.signatures,
                quorum.signatures_needed,
                quorum.organisations,
                quorum.organisations_needed
            ));
        }
        let plural =
            |number: u32, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
        let needs = match (signatures, organisations) {
            (0, more) => format!("a signature from {} more", plural(more, "organisation")),
            (more, 0) => format!("{} more", plural(more, "signature")),
            (more, other) => {
                format!(
                    "{} more, from at least {}",
                    plural(more, "signature"),
                    plural(other, "new organisation")
                )
            }
        };
        let actors = if quorum.claimed_by.is_empty() {
            maintainers()
        } else {
            quorum.claimed_by.iter().cloned().map(Actor::Person).collect()
        };
        let sentence = format!(
            "{} needs {needs}: it has {} of {} signatures and {} of {} organisations.",
            item.subject(),
            quorum.signatures,
            quorum.signatures_needed,
            quorum.organisations,
            quorum.organisations_needed
        );
        Finding::reject(Verdict::NeedsApproval, sentence, actors).since(facts.since)
    }
}
