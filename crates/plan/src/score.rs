//! Which package to vet first: how many people it can hurt, and how easily it is turned against them.
//!
//! Every term and every weight is shown. What is not known of a package is taken as the mean of what is known of the
//! others, and said to be so.

use serde::{Deserialize, Serialize};

/// What is known of a package. `None` is "unknown", never "no".
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Its name.
    pub package: Box<str>,
    /// In a month.
    pub downloads: Option<u64>,
    /// Packages that need it directly.
    pub direct_dependents: u64,
    /// Packages that need it, directly or not.
    pub transitive_dependents: u64,
    /// Accounts that may publish it.
    pub owners: Option<u32>,
    /// People who contributed to it.
    pub developers: Option<u32>,
    /// Whether the account is an organisation with three members or more.
    pub organisation: Option<bool>,
    /// People who did half of the work in the last two years.
    pub bus_factor: Option<u32>,
    /// No release and no commit in two years, though others need it.
    pub dormant: Option<bool>,
    /// It is published with a token that lives long, and not by a trusted publisher.
    pub long_lived_token: Option<bool>,
    /// Its releases say how they were built.
    pub provenance: Option<bool>,
    /// An owner or publisher came in the last 90 days.
    pub new_publisher: Option<bool>,
    /// The domain of an owner's address has expired, or can be had by anybody.
    pub open_domain: Option<bool>,
    /// Releases a year.
    pub releases_a_year: Option<f64>,
    /// Installing it runs its code: only an sdist, build hooks, a `.pth` file.
    pub runs_at_install: Option<bool>,
    /// Packages that its accounts reach together.
    pub account_reach: Option<u64>,
    /// An advisory is open and not fixed.
    pub open_advisory: Option<bool>,
}

/// What a term of fragility is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Term {
    /// 1 / owners; 1/3 for an organisation.
    FewPublishers,
    /// One person did half of the work.
    BusFactor,
    /// Nothing happened in two years.
    Dormant,
    /// Published by a token that lives long.
    LongLivedToken,
    /// No build provenance.
    NoProvenance,
    /// A new owner or publisher.
    NewPublisher,
    /// An owner's domain is open.
    OpenDomain,
    /// More than a release a week.
    Velocity,
    /// Runs code when it is installed.
    RunsAtInstall,
    /// Its accounts reach 10,000 packages or more.
    AccountReach,
    /// An advisory is open.
    OpenAdvisory,
}

impl Term {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::FewPublishers,
        Self::BusFactor,
        Self::Dormant,
        Self::LongLivedToken,
        Self::NoProvenance,
        Self::NewPublisher,
        Self::OpenDomain,
        Self::Velocity,
        Self::RunsAtInstall,
        Self::AccountReach,
        Self::OpenAdvisory,
    ];

    /// How far it applies to a package, from 0 to 1.
    fn of(self, facts: &Facts) -> Option<f64> {
        let sign = |known: Option<bool>| known.map(|yes| f64::from(u8::from(yes)));
        match self {
            Self::FewPublishers if facts.organisation == Some(true) => Some(1.0 / 3.0),
            Self::FewPublishers => {
                facts.owners.filter(|owners| *owners > 0).map(|owners| 1.0 / f64::from(owners))
            }
            Self::BusFactor => sign(facts.bus_factor.map(|people| people <= 1)),
            Self::Dormant => sign(facts.dormant),
            Self::LongLivedToken => sign(facts.long_lived_token),
            Self::NoProvenance => sign(facts.provenance.map(|there| !there)),
            Self::NewPublisher => sign(facts.new_publisher),
            Self::OpenDomain => sign(facts.open_domain),
            Self::Velocity => sign(facts.releases_a_year.map(|releases| releases > 52.0)),
            Self::RunsAtInstall => sign(facts.runs_at_install),
            Self::AccountReach => sign(facts.account_reach.map(|reach| reach >= 10_000)),
            Self::OpenAdvisory => sign(facts.open_advisory),
        }
    }
}

/// How much each term weighs, from 0 to 1, and how much popularity counts by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Weights {
    /// Of [`Term::FewPublishers`].
    pub few_publishers: f64,
    /// Of [`Term::BusFactor`].
    pub bus_factor: f64,
    /// Of [`Term::Dormant`].
    pub dormant: f64,
    /// Of [`Term::LongLivedToken`].
    pub long_lived_token: f64,
    /// Of [`Term::NoProvenance`]: little, since worms have published with valid provenance.
    pub no_provenance: f64,
    /// Of [`Term::NewPublisher`].
    pub new_publisher: f64,
    /// Of [`Term::OpenDomain`].
    pub open_domain: f64,
    /// Of [`Term::Velocity`].
    pub velocity: f64,
    /// Of [`Term::RunsAtInstall`].
    pub runs_at_install: f64,
    /// Of [`Term::AccountReach`].
    pub account_reach: f64,
    /// Of [`Term::OpenAdvisory`].
    pub open_advisory: f64,
    /// f₀ of the priority: what exposure counts without any fragility.
    pub floor: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            few_publishers: 0.5,
            bus_factor: 0.3,
            dormant: 0.25,
            long_lived_token: 0.2,
            no_provenance: 0.1,
            new_publisher: 0.4,
            open_domain: 0.5,
            velocity: 0.15,
            runs_at_install: 0.15,
            account_reach: 0.2,
            open_advisory: 0.2,
            floor: 0.3,
        }
    }
}

impl Weights {
    /// The weight of a term, within 0 to 1 whatever was configured.
    pub fn of(&self, term: Term) -> f64 {
        let weight = match term {
            Term::FewPublishers => self.few_publishers,
            Term::BusFactor => self.bus_factor,
            Term::Dormant => self.dormant,
            Term::LongLivedToken => self.long_lived_token,
            Term::NoProvenance => self.no_provenance,
            Term::NewPublisher => self.new_publisher,
            Term::OpenDomain => self.open_domain,
            Term::Velocity => self.velocity,
            Term::RunsAtInstall => self.runs_at_install,
            Term::AccountReach => self.account_reach,
            Term::OpenAdvisory => self.open_advisory,
        };
        if weight.is_finite() { weight.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// One term of a package's fragility.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shown {
    /// Which.
    pub term: Term,
    /// Its weight.
    pub weight: f64,
    /// How far it applies, from 0 to 1; the mean of the known ones when it is unknown.
    pub value: f64,
    /// Whether it is known of this package.
    pub known: bool,
}

/// How a package stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// How many it can hurt, from 0 to 1: the geometric mean of downloads and transitive dependents, each on a
    /// logarithmic scale.
    pub exposure: f64,
    /// How easily, from 0 to 1: 1 − Π(1 − weight · value).
    pub fragility: f64,
    /// exposure · (f₀ + (1 − f₀) · fragility).
    pub priority: f64,
    /// The terms of fragility about which something is known in this ecosystem.
    pub terms: Vec<Shown>,
}

/// How to order packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Policy {
    /// By downloads alone.
    #[serde(rename = "downloads")]
    Downloads,
    /// By direct dependents per developer; per owner where developers are not known.
    #[serde(rename = "dependents/developers")]
    DependentsPerDeveloper,
    /// By transitive dependents per owner.
    #[serde(rename = "transitive/owners")]
    TransitivePerOwner,
    /// By priority.
    #[serde(rename = "exposure-fragility")]
    ExposureFragility,
}

impl Policy {
    /// All, by name.
    pub const ALL: [(&'static str, Self); 4] = [
        ("downloads", Self::Downloads),
        ("dependents/developers", Self::DependentsPerDeveloper),
        ("transitive/owners", Self::TransitivePerOwner),
        ("exposure-fragility", Self::ExposureFragility),
    ];

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find_map(|(known, policy)| (*known == name).then_some(*policy))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find_map(|(name, policy)| (*policy == self).then_some(*name)).unwrap_or_default()
    }
}

/// Packages, scored together: what is unknown of one is taken from the others.
#[derive(Debug, Clone)]
pub struct Scored {
    facts: Vec<Facts>,
    scores: Vec<Score>,
    mean_owners: f64,
}

impl Scored {
    /// Scores packages. `unlisted` is how many downloads a package without a count is taken to have: what the tail of
    /// the list has on the average.
    pub fn new(facts: Vec<Facts>, weights: &Weights, unlisted: u64) -> Self {
        let means: Vec<Option<f64>> =
            Term::ALL.iter().map(|term| mean(facts.iter().map(|f| term.of(f)))).collect();
        let downloads = |facts: &Facts| facts.downloads.unwrap_or(unlisted);
        let most_downloads = facts.iter().map(downloads).max().unwrap_or(0);
        let most_dependents = facts.iter().map(|facts| facts.transitive_dependents).max().unwrap_or(0);
        let floor = if weights.floor.is_finite() { weights.floor.clamp(0.0, 1.0) } else { 0.0 };
        let scores = facts.iter().map(|facts| {
            let popular = on_scale(downloads(facts), most_downloads);
            let exposure = (popular * on_scale(facts.transitive_dependents, most_dependents)).sqrt();
            // A term of which nothing is known anywhere says nothing.
            let terms: Vec<Shown> = Term::ALL
                .iter()
                .zip(&means)
                .filter_map(|(term, mean)| {
                    let value = term.of(facts);
                    let known = value.is_some();
                    Some(Shown { term: *term, weight: weights.of(*term), value: value.or(*mean)?, known })
                })
                .collect();
            let fragility = 1.0 - terms.iter().map(|term| 1.0 - term.weight * term.value).product::<f64>();
            let priority = exposure * (floor + (1.0 - floor) * fragility);
            Score { exposure, fragility, priority, terms }
        });
        let mean_owners = mean(facts.iter().map(|facts| facts.owners.map(f64::from))).unwrap_or(1.0);
        Self { scores: scores.collect(), mean_owners, facts }
    }

    /// What was known of them.
    pub fn facts(&self) -> &[Facts] {
        &self.facts
    }

    /// How they stand, in the same order.
    pub fn scores(&self) -> &[Score] {
        &self.scores
    }

    /// What a policy orders by, larger first.
    pub fn worth(&self, policy: Policy, at: usize) -> f64 {
        let facts = &self.facts[at];
        let owners = facts.owners.map_or(self.mean_owners, f64::from).max(1.0);
        match policy {
            Policy::Downloads => facts.downloads.unwrap_or(0) as f64,
            Policy::DependentsPerDeveloper => {
                facts.direct_dependents as f64 / facts.developers.map_or(owners, f64::from).max(1.0)
            }
            Policy::TransitivePerOwner => facts.transitive_dependents as f64 / owners,
            Policy::ExposureFragility => self.scores[at].priority,
        }
    }

    /// The packages in the order of a policy, as places in [`Scored::facts`]. Equal ones are ordered by name.
    pub fn ranked(&self, policy: Policy) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.facts.len()).collect();
        order.sort_unstable_by(|one, other| {
            let by_worth = self.worth(policy, *other).total_cmp(&self.worth(policy, *one));
            by_worth.then_with(|| self.facts[*one].package.cmp(&self.facts[*other].package))
        });
        order
    }
}

/// ln(1 + x) / ln(1 + largest).
fn on_scale(value: u64, largest: u64) -> f64 {
    if largest == 0 { 0.0 } else { (value as f64).ln_1p() / (largest as f64).ln_1p() }
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u32);
    for value in values.flatten() {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, downloads: Option<u64>, dependents: u64, owners: Option<u32>) -> Facts {
        Facts {
            package: name.into(),
            downloads,
            direct_dependents: dependents / 2,
            transitive_dependents: dependents,
            owners,
            ..Facts::default()
        }
    }

    #[test]
    fn each_term_is_shown_and_the_unknown_is_the_mean() {
        let facts = vec![
            package("alone", Some(1_000), 999, Some(1)),
            package("many", Some(1_000), 999, Some(4)),
            package("unknown", Some(1_000), 999, None),
        ];
        let scored = Scored::new(facts, &Weights::default(), 0);
        let shown = |at: usize| scored.scores()[at].terms.clone();
        let term = Term::FewPublishers;
        assert_eq!(shown(0), [Shown { term, weight: 0.5, value: 1.0, known: true }]);
        assert_eq!(shown(1), [Shown { term, weight: 0.5, value: 0.25, known: true }]);
        assert_eq!(shown(2), [Shown { term, weight: 0.5, value: 0.625, known: false }]);
        let fragile: Vec<f64> = scored.scores().iter().map(|score| score.fragility).collect();
        assert_eq!(fragile, [0.5, 0.125, 0.3125]);
        assert!((scored.scores()[0].exposure - 1.0).abs() < 1e-12);
        assert!((scored.scores()[0].priority - 0.65).abs() < 1e-12);
        assert_eq!(scored.ranked(Policy::ExposureFragility), [0, 2, 1]);
    }

    #[test]
    fn policies_differ_as_their_names_say() {
        let facts = vec![
            package("popular", Some(9_000), 10, Some(9)),
            package("base", Some(800), 900, Some(1)),
            package("shared", Some(100), 1_000, Some(3)),
            package("unlisted", None, 30, Some(1)),
        ];
        let scored = Scored::new(facts, &Weights::default(), 5);
        for (name, expected) in [
            ("downloads", [0, 1, 2, 3]),
            ("dependents/developers", [1, 2, 3, 0]),
            ("transitive/owners", [1, 2, 3, 0]),
            ("exposure-fragility", [1, 2, 3, 0]),
        ] {
            let policy = Policy::named(name).expect("a policy");
            assert_eq!(policy.name(), name);
            let found = scored.ranked(policy);
            if name == "exposure-fragility" {
                assert_eq!(found[0], expected[0]);
            } else {
                assert_eq!(found, expected, "{name}");
            }
        }
        assert_eq!(Policy::named("random"), None);
    }

    #[test]
    fn odd_weights_stay_within_bounds() {
        let weights = Weights { few_publishers: f64::NAN, floor: 7.0, ..Weights::default() };
        let scored = Scored::new(vec![package("a", Some(1), 1, Some(1))], &weights, 0);
        assert!(scored.scores().iter().all(|score| (0.0..=1.0).contains(&score.priority)));
        assert!(Scored::new(Vec::new(), &weights, 0).ranked(Policy::Downloads).is_empty());
    }
}
