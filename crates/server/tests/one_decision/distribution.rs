//! Random distributions: releases that reached unstable, testing or a released suite, and what is the matter with some.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use packhouse_app::{Clock as _, ManualClock, Packhouse};
use packhouse_cast::{Member, Person, acts, found};
use packhouse_distribution::Release;
use packhouse_distribution::act::{Act, Approve, Condition, ProjectAdd, Role, SuiteKind};
use packhouse_distribution::state::rows::CandidateState;
use packhouse_model::{Sha256, SuiteName};
use proptest::prelude::*;

/// How long before the checks a distribution begins.
pub(crate) const BEFORE: Duration = Duration::from_hours(20 * 24);
const RELEASES: [&str; 6] =
    ["alpha==1.0", "alpha==1.1", "alpha==2.0", "acmecorp==1.0", "sdist-only==1.0", "local==1!2.0+cpu.1"];
const CODENAME: &str = "apricot";

/// How far a release has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Nowhere,
    Candidate,
    Unstable,
    Testing,
}

/// What a distribution is to be like.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    reach: Vec<Reach>,
    released: bool,
    before: Vec<(usize, Condition)>,
    /// What is withdrawn or given back after the first look.
    pub(crate) after: Vec<(usize, Condition)>,
}

/// The suite of an index of the configuration.
pub(crate) fn configured() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "testing", "unstable", CODENAME, "nowhere"])
}

pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let reach = prop::sample::select(vec![
        Reach::Nowhere,
        Reach::Candidate,
        Reach::Unstable,
        Reach::Testing,
        Reach::Testing,
    ]);
    let conditions = || {
        let condition = prop::sample::select(vec![
            Condition::Listed,
            Condition::Deprecated,
            Condition::Delisted,
            Condition::Yanked,
            Condition::Quarantined,
            Condition::Condemned,
        ]);
        prop::collection::vec((0..RELEASES.len(), condition), 0..4)
    };
    (prop::collection::vec(reach, RELEASES.len()), any::<bool>(), conditions(), conditions())
        .prop_map(|(reach, released, before, after)| Plan { reach, released, before, after })
}

impl Plan {
    /// One release in unstable, and nothing else anywhere.
    pub(crate) fn unstable(release: &str) -> Self {
        Self::only(release, Reach::Unstable)
    }

    /// One release in testing, and nothing else anywhere.
    pub(crate) fn testing(release: &str) -> Self {
        Self::only(release, Reach::Testing)
    }

    fn only(release: &str, reach: Reach) -> Self {
        let reach = |one: &&str| if *one == release { reach } else { Reach::Nowhere };
        let reach = RELEASES.iter().map(reach).collect();
        Self { reach, released: false, before: Vec::new(), after: Vec::new() }
    }
}

/// A distribution that was made.
pub(crate) struct Made {
    alice: Person,
    bob: Person,
}

impl Made {
    pub(crate) async fn make(packhouse: &Packhouse, clock: &ManualClock, plan: &Plan) -> Self {
        let [alice, bob] = ["alice", "bob"].map(|name| Person::named(name).expect("a name"));
        let made = Self { alice, bob };
        let member = |person, name, organisation, roles| Member { person, name, organisation, roles };
        let people = [
            member(&made.alice, "Alice", "A", &[Role::ReleaseManager, Role::Maintainer][..]),
            member(&made.bob, "Bob", "B", &[Role::Maintainer, Role::Security]),
        ];
        found(packhouse, "Random", &people).await.expect("a distribution");
        for (name, kind, source) in [
            ("unstable", SuiteKind::Unstable, None),
            ("testing", SuiteKind::Testing, Some("unstable")),
            (CODENAME, SuiteKind::Stable, Some("testing")),
        ] {
            let act = acts::suite(&suite(name), kind, source.map(suite).as_ref(), acts::ENVIRONMENT);
            made.say(packhouse, clock, &made.alice, act).await.expect("a suite");
        }
        made.take_in(packhouse, clock, plan).await;
        made.accept(packhouse, clock, plan, Reach::Testing).await;
        clock.advance(Duration::from_hours(15 * 24));
        packhouse.migrate(&suite("testing")).await.expect("a migration");
        made.accept(packhouse, clock, plan, Reach::Unstable).await;
        let state = packhouse.distribution();
        let until = clock.now().plus(BEFORE);
        let act = acts::release_suite(&state, &suite(CODENAME), "1.0", &suite("testing"), until);
        if let Some(act) = act.filter(|_| plan.released) {
            let entry = made.say(packhouse, clock, &made.alice, act).await.expect("a release");
            made.say(packhouse, clock, &made.bob, Approve { entry }).await.expect("an approval");
        }
        made.withdraw(packhouse, clock, &plan.before).await;
        made
    }

    async fn take_in(&self, packhouse: &Packhouse, clock: &ManualClock, plan: &Plan) {
        let wanted: Vec<Release> = chosen(plan, |reach| reach != Reach::Nowhere);
        for release in &wanted {
            let add = ProjectAdd { series: vec!["(any)".to_owned()], ..acts::add(release) };
            self.say(packhouse, clock, &self.alice, add).await.expect("a project");
        }
        let end = Instant::now() + Duration::from_mins(1);
        while !wanted.iter().all(|release| packhouse.distribution().candidates.contains(release)) {
            assert!(Instant::now() < end, "not all of {wanted:?} was taken in");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn accept(&self, packhouse: &Packhouse, clock: &ManualClock, plan: &Plan, reach: Reach) {
        for release in chosen(plan, |one| one == reach) {
            for person in [&self.alice, &self.bob] {
                clock.advance(Duration::from_secs(1));
                person.review(packhouse, acts::acceptance(&release)).await.expect("a review");
            }
        }
    }

    /// Withdraws releases, or gives them back; what the rules do not allow is left out.
    pub(crate) async fn withdraw(
        &self,
        packhouse: &Packhouse,
        clock: &ManualClock,
        conditions: &[(usize, Condition)],
    ) {
        for (at, condition) in conditions {
            let release: Release = RELEASES[*at].parse().expect("a release");
            let act = acts::withdraw(&release, *condition, "it is so");
            if let Ok(entry) = self.say(packhouse, clock, &self.bob, act).await {
                // Most need no second person, which is said to who agrees.
                let _ = self.say(packhouse, clock, &self.alice, Approve { entry }).await;
            }
        }
    }

    /// The indexes of suites and of snapshots that there are.
    pub(crate) fn indexes(packhouse: &Packhouse) -> Vec<String> {
        let state = packhouse.distribution();
        let suites = state.suites.iter().map(|(name, _)| name.to_string());
        let snapshots = state.snapshots.iter().map(|(id, _)| id.to_string());
        // The first and the last of each suite's snapshots will do.
        let ends = |name: &String| {
            let (suite_name, serial) = name.split_once('@').expect("a snapshot");
            let last = state.suites.get(&suite(suite_name)).expect("a suite").serial.to_string();
            serial == "1" || serial == last
        };
        suites.chain(snapshots.filter(ends)).collect()
    }

    /// The files that a suite has held.
    pub(crate) fn once_held(packhouse: &Packhouse) -> BTreeSet<Sha256> {
        let state = packhouse.distribution();
        let accepted =
            state.candidates.iter().filter(|(_, row)| matches!(row.state, CandidateState::Accepted { .. }));
        accepted.flat_map(|(_, row)| row.files.values().copied()).collect()
    }

    async fn say(
        &self,
        packhouse: &Packhouse,
        clock: &ManualClock,
        who: &Person,
        act: impl Into<Act>,
    ) -> Result<u64, packhouse_app::LedgerError> {
        clock.advance(Duration::from_secs(1));
        who.say(packhouse, act, &[]).await.map(|said| said.entry.number)
    }
}

fn chosen(plan: &Plan, wanted: impl Fn(Reach) -> bool) -> Vec<Release> {
    let all = RELEASES.iter().zip(&plan.reach);
    all.filter(|(_, reach)| wanted(**reach)).map(|(release, _)| release.parse().expect("a release")).collect()
}

fn suite(name: &str) -> SuiteName {
    name.parse().expect("a suite's name")
}
