//! The acts of the stories, with everything that they do not speak of filled in.

use packhouse_distribution::act::{
    Affiliation, Condition, Environment, Hint, HintKind, Join, ProjectAdd, Promise, ReleaseSuite, Review,
    Scope, SetStage, Stage, SuiteKind, SuiteSet, Thoroughness, Tier, Vendor, Verdict, Withdraw,
};
use packhouse_distribution::state::State;
use packhouse_distribution::state::rows::SnapshotId;
use packhouse_distribution::{Release, dependents};
use packhouse_model::{SuiteName, Timestamp};

/// The environment that most stories are told for.
pub const ENVIRONMENT: &str = "cp312 manylinux_2_28_x86_64";

/// Somebody joins who belongs to one organisation since `from`.
pub fn join(name: &str, organisation: &str, from: Timestamp) -> Join {
    let affiliation = Affiliation {
        organisation: organisation.to_owned(),
        domains: Vec::new(),
        accounts: Vec::new(),
        from,
        until: None,
    };
    Join {
        name: name.to_owned(),
        affiliations: vec![affiliation],
        accounts: Vec::new(),
        addresses: Vec::new(),
    }
}

/// What a vendor is called here: its first account, else its first name.
pub fn vendor_name(vendor: &Vendor) -> String {
    vendor.accounts.iter().chain(&vendor.names).next().cloned().unwrap_or_default()
}

/// Somebody joins who declares to work for whoever is [`vendor_name`].
pub fn join_as_vendor(name: &str, vendor: &str, from: Timestamp) -> Join {
    let mut join = join(name, vendor.split_once(':').map_or(vendor, |(_, account)| account), from);
    if vendor.contains(':') {
        join.affiliations[0].accounts.push(vendor.to_owned());
    }
    join
}

/// A suite for one environment.
pub fn suite(name: &SuiteName, kind: SuiteKind, source: Option<&SuiteName>, environment: &str) -> SuiteSet {
    SuiteSet {
        suite: name.clone(),
        kind,
        source: source.cloned(),
        environments: vec![Environment { name: environment.to_owned(), may_lag: false }],
        profiles: Vec::new(),
        supported_until: None,
    }
}

/// A release's project comes under maintenance, the newest version of it, beginning with this one.
pub fn add(release: &Release) -> ProjectAdd {
    ProjectAdd {
        project: release.project.clone(),
        tier: Tier::Leaf,
        series: vec!["(latest)".to_owned()],
        versions: vec![release.version.clone()],
        needed_by: Vec::new(),
    }
}

/// All of a release was read, and is fine.
pub fn acceptance(release: &Release) -> Review {
    Review {
        release: release.clone(),
        scope: Scope::Full,
        verdict: Verdict::Accept,
        criteria: vec!["safe-to-run".to_owned()],
        thoroughness: Thoroughness::Medium,
        minutes: 1,
        notes: String::new(),
        tools: Vec::new(),
    }
}

/// Something is the matter with a release, said by somebody who has looked at what requires it.
pub fn withdraw(state: &State, release: &Release, condition: Condition, reason: &str) -> Withdraw {
    // What is given back breaks nobody.
    let seen = if condition == Condition::Listed {
        Vec::new()
    } else {
        dependents::dependents(state, release, condition)
    };
    Withdraw {
        release: release.clone(),
        condition,
        reason: reason.to_owned(),
        dependents: dependents::broken(&seen).into_iter().collect(),
        preflight: dependents::digest(&seen),
        advisory: None,
        evidence: None,
    }
}

/// A suite's next stage.
pub fn stage(suite: &SuiteName, stage: Stage) -> SetStage {
    SetStage { suite: suite.clone(), stage, reason: "the story goes on".to_owned() }
}

/// A word on a release's way to a suite.
pub fn hint(suite: &SuiteName, release: &Release, kind: HintKind, reason: &str) -> Hint {
    Hint {
        suite: suite.clone(),
        release: release.clone(),
        kind,
        days: None,
        fact: None,
        names: std::collections::BTreeSet::new(),
        until: None,
        reason: reason.to_owned(),
    }
}

/// `suite` is to get what `from` holds now. None while `from` has no snapshot.
pub fn release_suite(
    state: &State,
    suite: &SuiteName,
    version: &str,
    from: &SuiteName,
    supported_until: Timestamp,
) -> Option<ReleaseSuite> {
    let serial = state.suites.get(from)?.serial;
    let snapshot = state.snapshots.get(&SnapshotId::new(from.clone(), serial))?;
    Some(ReleaseSuite {
        suite: suite.clone(),
        version: version.to_owned(),
        from: from.clone(),
        serial,
        contents: snapshot.contents,
        promise: Promise { supported_until },
    })
}
