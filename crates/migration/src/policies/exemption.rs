use super::{Case, Finding, Policy, maintainers};
use crate::item::ItemKind;
use crate::verdict::Verdict;

/// What came in without a review has a day by which it has one.
#[derive(Debug)]
pub struct ExemptionEnds;

impl Policy for ExemptionEnds {
    fn name(&self) -> &'static str {
        "exemption"
    }

    fn describe(&self) -> String {
        "An exemption from review has not ended.".to_owned()
    }

    fn lift(&self) -> String {
        "Maintainers review it; then the exemption is not needed.".to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let facts = &case.item.facts;
        let Some(exemption) = facts.exemption.as_ref().filter(|_| case.item.kind != ItemKind::Removal) else {
            return Finding::not_applicable("It rests on no exemption.");
        };
        let reviewed = facts.quorum.as_ref().is_some_and(|quorum| {
            quorum.signatures >= quorum.signatures_needed
                && quorum.organisations >= quorum.organisations_needed
        });
        if reviewed {
            return Finding::pass("Signatures have made the exemption needless.");
        }
        let until = exemption.until.minute();
        if case.now < exemption.until {
            return Finding::hinted(format!(
                "Exempted by {} until {until}: {}",
                exemption.by, exemption.reason
            ));
        }
        Finding::reject(
            Verdict::NeedsApproval,
            format!(
                "The exemption of {} by {} ended on {until}, and it is not reviewed.",
                case.item.subject(),
                exemption.by
            ),
            maintainers(),
        )
        .since(exemption.until)
    }
}
