use super::{Hit, Rule, Verdict};
use crate::facts::{Case, UpstreamStatus};

/// PEP 792: a project that the upstream has quarantined is unsafe, and must offer no files.
#[derive(Debug)]
pub struct UpstreamQuarantine;

impl Rule for UpstreamQuarantine {
    fn name(&self) -> &'static str {
        "upstream-quarantine"
    }

    fn describe(&self) -> String {
        "Projects that the upstream has quarantined are refused.".to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        if case.project.status != UpstreamStatus::Quarantined {
            return Verdict::Pass;
        }
        let why =
            case.project.status_reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        Verdict::Project(Hit {
            short: format!("is quarantined upstream{why}"),
            sentence: format!("The upstream has quarantined {}{why}.", case.project.name),
            until: None,
        })
    }
}
