use super::{Case, Finding, Policy, maintainers};
use crate::item::ItemKind;
use crate::text::list;
use crate::verdict::Verdict;

/// Whoever gets a wheel today gets one tomorrow, on every platform that the suite promises.
#[derive(Debug)]
pub struct WheelCoverage {
    /// Whether the fact is being delivered.
    pub on: bool,
}

impl Policy for WheelCoverage {
    fn name(&self) -> &'static str {
        "wheel-coverage"
    }

    fn describe(&self) -> String {
        "For each platform of the suite that has a wheel of the replaced version there is a wheel.".to_owned()
    }

    fn lift(&self) -> String {
        "Somebody builds the missing wheel, or a release manager waives it for exact bytes.".to_owned()
    }

    fn waivable(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        if item.kind == ItemKind::Removal {
            return Finding::not_applicable("A removal brings no wheels.");
        }
        let Some(coverage) = &item.facts.coverage else {
            return Finding::missing(case, self.on, "wheel coverage");
        };
        let lost = |required: bool| -> Vec<&String> {
            let lost = |(_, wheels): &(&String, &crate::facts::PlatformCoverage)| {
                wheels.before && !wheels.now && wheels.required == required
            };
            coverage.iter().filter(lost).map(|(platform, _)| platform).collect()
        };
        let (missing, lagging) = (lost(true), lost(false));
        if !missing.is_empty() {
            let sentence = format!(
                "{} has no wheel for {}, and the version it replaces has.",
                item.subject(),
                list(&missing)
            );
            return Finding::reject(Verdict::CannotDetermineIfPermanent, sentence, maintainers())
                .since(item.facts.since);
        }
        if lagging.is_empty() {
            return Finding::pass("It has a wheel wherever the version it replaces has one.");
        }
        Finding::pass(format!("No wheel for {} any more; it may lag.", list(&lagging)))
    }
}
