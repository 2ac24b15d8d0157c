use super::{Hit, Rule, Verdict, subject};
use crate::config::VulnerabilityPolicy;
use crate::decision::Note;
use crate::facts::{AdvisoryFact, Case};

/// Versions with a known vulnerability: said, warned of, or refused. Most of them are not dangerous to most people, and
/// refusing one that everybody has breaks more than it saves; so the default is to say it.
#[derive(Debug)]
pub struct Vulnerabilities {
    /// What happens.
    pub policy: VulnerabilityPolicy,
    /// Ids of advisories that do not count here.
    pub ignored: Vec<String>,
}

impl Vulnerabilities {
    fn found<'a>(&'a self, case: &Case<'a>) -> impl Iterator<Item = &'a AdvisoryFact> {
        let all = case.file.map(|file| &file.advisories.affecting[..]).unwrap_or_default();
        all.iter().filter(|advisory| !advisory.malware && !self.ignored.iter().any(|id| advisory.is(id)))
    }
}

impl Rule for Vulnerabilities {
    fn name(&self) -> &'static str {
        "advisories"
    }

    fn describe(&self) -> String {
        match self.policy {
            VulnerabilityPolicy::Inform => "Known vulnerabilities are shown, and refuse nothing.",
            VulnerabilityPolicy::Warn => {
                "A version with a known vulnerability is listed as yanked with the reason, and handed out."
            }
            VulnerabilityPolicy::Block => "A version with a known vulnerability is refused.",
        }
        .to_owned()
    }

    fn lift(&self) -> String {
        "A version that fixes it is served. An operator may except exact bytes or an exact version, or name the \
         advisory's id in `policy.ignore-advisories`."
            .to_owned()
    }

    fn holds_for_vetted(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        // What cannot be told is no reason to refuse what everybody has: it is said beside.
        let first = self.found(case).find(|advisory| advisory.unknown.is_none());
        match first {
            Some(advisory) if self.policy == VulnerabilityPolicy::Block => {
                let (short, sentence) = words(case, advisory);
                Verdict::File(Hit { short, sentence, until: None })
            }
            _ => Verdict::Pass,
        }
    }

    fn notes(&self, case: &Case<'_>) -> Vec<Note> {
        let note = |advisory: &AdvisoryFact| {
            let (short, sentence) = words(case, advisory);
            let warns = self.policy == VulnerabilityPolicy::Warn && advisory.unknown.is_none();
            Note { rule: "advisories", warns, short, sentence }
        };
        self.found(case).map(note).collect()
    }
}

fn words(case: &Case<'_>, advisory: &AdvisoryFact) -> (String, String) {
    let AdvisoryFact { id, summary, .. } = advisory;
    let rating = advisory.rating.map(|rating| format!(" ({rating})")).unwrap_or_default();
    let said =
        if summary.is_empty() { String::new() } else { format!(": {}", summary.trim_end_matches('.')) };
    let fixed = match &advisory.fixed[..] {
        [] => "No version is named that fixes it.".to_owned(),
        versions => format!("Fixed in {}.", versions.join(", ")),
    };
    match &advisory.unknown {
        None => (
            format!("is vulnerable by {id}{rating}"),
            format!("{} is vulnerable by {id}{rating}{said}. {fixed}", subject(case)),
        ),
        Some(reason) => (
            format!("may be vulnerable by {id}{rating}"),
            format!(
                "{} may be vulnerable by {id}{rating}{said}; it cannot be told, because {reason}.",
                subject(case)
            ),
        ),
    }
}
