//! The policies: each one small struct with a name, parameters and sentences for people.

mod advisories;
mod age;
mod block;
mod coverage;
mod exemption;
mod identity;
mod quorum;
mod rebuild;
mod retirement;
mod test_results;
mod transition;
mod version;
mod violations;

pub use advisories::NoNewAdvisory;
pub use age::Age;
pub use block::Freeze;
pub use coverage::WheelCoverage;
pub use exemption::ExemptionEnds;
pub use identity::SameIdentity;
pub use quorum::QuorumReached;
pub use rebuild::Reproduces;
pub use retirement::Retired;
pub use test_results::TestsHold;
pub use transition::WholeTransition;
pub use version::NewerVersion;
pub use violations::NoViolation;

use packhouse_model::Timestamp;

use crate::item::Item;
use crate::overrides::{Waiver, WaiverTarget};
use crate::rules::MigrationRules;
use crate::verdict::{Actor, Earliest, PolicyHit, Role, Verdict};

/// What a policy is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The item.
    pub item: &'a Item,
    /// The moment the verdict is for.
    pub now: Timestamp,
}

/// One condition of moving. Policies know one item each: what items are to each other comes after them.
pub trait Policy: std::fmt::Debug + Send + Sync {
    /// The name in excuses and waivers. Never changes.
    fn name(&self) -> &'static str;

    /// What it asks for with the parameters it has, for the policy page.
    fn describe(&self) -> String;

    /// Who may lift a rejection, and how.
    fn lift(&self) -> String;

    /// Whether a waiver of exact bytes lifts it.
    fn waivable(&self) -> bool {
        false
    }

    /// Its word on a case.
    fn check(&self, case: &Case<'_>) -> Finding;
}

/// A policy's word, before waivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// See [`PolicyHit::verdict`].
    pub verdict: Verdict,
    /// See [`PolicyHit::sentence`].
    pub sentence: String,
    /// See [`PolicyHit::actors`].
    pub actors: Vec<Actor>,
    /// See [`PolicyHit::since`].
    pub since: Option<Timestamp>,
    /// See [`PolicyHit::earliest`].
    pub earliest: Earliest,
}

impl Finding {
    pub(crate) fn pass(sentence: impl Into<String>) -> Self {
        Self::fine(Verdict::Pass, sentence)
    }

    pub(crate) fn hinted(sentence: impl Into<String>) -> Self {
        Self::fine(Verdict::PassHinted, sentence)
    }

    pub(crate) fn not_applicable(sentence: impl Into<String>) -> Self {
        Self::fine(Verdict::NotApplicable, sentence)
    }

    fn fine(verdict: Verdict, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self { verdict, sentence, actors: Vec::new(), since: None, earliest: Earliest::Now }
    }

    pub(crate) fn reject(verdict: Verdict, sentence: impl Into<String>, actors: Vec<Actor>) -> Self {
        Self { verdict, sentence: sentence.into(), actors, since: None, earliest: Earliest::Unknown }
    }

    #[must_use]
    pub(crate) fn since(self, since: Timestamp) -> Self {
        Self { since: Some(since), ..self }
    }

    #[must_use]
    pub(crate) fn earliest(self, earliest: Earliest) -> Self {
        Self { earliest, ..self }
    }

    /// A fact that a subsystem owes: nothing to say while it is off, not yet while it is on.
    pub(crate) fn missing(case: &Case<'_>, on: bool, fact: &str) -> Self {
        if on {
            let sentence = format!("{}: the fact `{fact}` is not there yet.", case.item.subject());
            Self::reject(Verdict::RejectedTemporarily, sentence, vec![Actor::Machine])
                .since(case.item.facts.since)
        } else {
            Self::not_applicable(format!("Nothing delivers the fact `{fact}` here."))
        }
    }
}

pub(crate) fn maintainers() -> Vec<Actor> {
    vec![Actor::Role(Role::Maintainer)]
}

pub(crate) fn release_managers() -> Vec<Actor> {
    vec![Actor::Role(Role::ReleaseManager)]
}

/// The policies of `rules`, in the order in which excuses list them.
pub fn policies(rules: &MigrationRules) -> Vec<Box<dyn Policy>> {
    let stage = rules.current().clone();
    vec![
        Box::new(NewerVersion),
        Box::new(Age { rules: rules.age.clone(), minimum: stage.minimum_age, bounty: stage.bounty }),
        Box::new(Freeze {
            stage: rules.stage,
            until: rules.stage_until,
            rules: stage,
            security_approvals: rules.age.security_approvals,
        }),
        Box::new(QuorumReached),
        Box::new(ExemptionEnds),
        Box::new(NoViolation),
        Box::new(SameIdentity),
        Box::new(WheelCoverage { on: rules.subsystems.coverage }),
        Box::new(NoNewAdvisory { on: rules.subsystems.advisories }),
        Box::new(TestsHold { on: rules.subsystems.tests }),
        Box::new(Reproduces { on: rules.subsystems.rebuild, rules: rules.rebuild.clone() }),
        Box::new(WholeTransition),
        Box::new(Retired),
    ]
}

/// A policy's word on a case with the waivers that bind to its bytes.
pub(crate) fn ask(policy: &dyn Policy, case: &Case<'_>) -> PolicyHit {
    let finding = policy.check(case);
    let hit = PolicyHit {
        policy: policy.name(),
        verdict: finding.verdict,
        lift: if finding.verdict.rejects() { policy.lift() } else { String::new() },
        sentence: finding.sentence,
        actors: finding.actors,
        since: finding.since,
        earliest: finding.earliest,
        waived: None,
    };
    if !hit.verdict.rejects() {
        return hit;
    }
    let speaks =
        |waiver: &&Waiver| matches!(&waiver.what, WaiverTarget::Policy(name) if name == policy.name());
    let mut waivers = case.item.facts.waivers.iter().filter(speaks);
    match waivers.clone().find(|waiver| policy.waivable() && waiver.holds(case.item, case.now)) {
        Some(waiver) => PolicyHit {
            verdict: Verdict::PassHinted,
            sentence: format!(
                "{} Waived by {} until {}: {}",
                hit.sentence,
                waiver.by,
                waiver.expires.minute(),
                waiver.reason
            ),
            lift: String::new(),
            actors: Vec::new(),
            earliest: Earliest::Now,
            waived: Some(waiver.clone()),
            ..hit
        },
        None => match waivers.next() {
            Some(waiver) => {
                let why = if !policy.waivable() {
                    "this policy cannot be waived".to_owned()
                } else if case.now >= waiver.expires {
                    format!("it ended on {}", waiver.expires.minute())
                } else {
                    "it names other bytes".to_owned()
                };
                PolicyHit {
                    sentence: format!("{} A waiver by {} does not hold: {why}.", hit.sentence, waiver.by),
                    ..hit
                }
            }
            None => hit,
        },
    }
}
