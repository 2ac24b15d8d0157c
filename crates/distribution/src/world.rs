//! A small distribution for tests, made of entries that [`State::apply`] takes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use packhouse_model::{MaintainerId, RiskClass, Sha256, Timestamp};
use packhouse_trust::{SecretKey, Signer as _};

use crate::act::{
    Affiliation, Approve, Candidate, CandidateFile, Claim, Condition, Conflict, Environment, Exempt, Found,
    IdentityChange, Invite, Join, KeyAdd, KeyRevoke, ProjectAdd, ReleaseMetadata, Review, ReviewRevoke, Role,
    Scope, Steward, StewardAction, SuiteKind, SuiteSet, Thoroughness, Tier, Vendor, Verdict, Withdraw,
};
use crate::dependents::{broken, dependents, digest};
use crate::review::ReviewStatus;
use crate::{Act, Actor, ReadEntry, Refused, Release, State};

/// `2026-01-01`, when every world begins.
pub(crate) const BEGIN: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

pub(crate) struct World {
    pub(crate) state: State,
    /// What the next entry says of when it was signed.
    pub(crate) now: Timestamp,
    number: u64,
    keys: BTreeMap<Actor, String>,
    /// Keys that sign the next entries too.
    pub(crate) also: BTreeSet<String>,
}

pub(crate) fn release(text: &str) -> Release {
    text.parse().expect(text)
}

pub(crate) fn id(text: &str) -> MaintainerId {
    text.parse().expect(text)
}

/// An sdist and a wheel.
pub(crate) fn files(of: &Release) -> Vec<(String, Sha256)> {
    let name = |end: &str| format!("{}-{}{end}", of.project, of.version);
    [name(".tar.gz"), name("-py3-none-any.whl")]
        .into_iter()
        .map(|name| (name.clone(), Sha256::of(name.as_bytes())))
        .collect()
}

pub(crate) fn hashes(of: &str) -> BTreeSet<Sha256> {
    files(&release(of)).into_iter().map(|(_, sha)| sha).collect()
}

pub(crate) fn affiliation(organisation: &str) -> Affiliation {
    Affiliation {
        organisation: organisation.to_owned(),
        domains: Vec::new(),
        accounts: Vec::new(),
        from: Timestamp::from_micros(0),
        until: None,
    }
}

impl World {
    /// Founded, with `manager` (release manager) and `guard-a`, `guard-b` (security).
    pub(crate) fn new() -> Self {
        let mut world = Self {
            state: State::default(),
            now: BEGIN,
            number: 0,
            keys: BTreeMap::new(),
            also: BTreeSet::new(),
        };
        let server_key = world.new_key(Actor::Server);
        world.say("server", Found { name: "Test".to_owned(), server_key }, &[]);
        world.join("manager", &[Role::ReleaseManager, Role::Maintainer], &[]);
        world.join("guard-a", &[Role::Security], &[]);
        world.join("guard-b", &[Role::Security], &[]);
        world
    }

    fn new_key(&mut self, of: Actor) -> String {
        let seed = Sha256::of(of.to_string().as_bytes());
        let line = SecretKey::from_seed(seed.as_bytes()).public_key().to_openssh("test");
        self.keys.insert(of, line.clone());
        line
    }

    pub(crate) fn key_of(&self, person: &str) -> String {
        let line = &self.keys[&person.parse::<Actor>().expect(person)];
        crate::keys::fingerprint(line).expect("a key")
    }

    pub(crate) fn try_say(
        &mut self,
        by: &str,
        act: impl Into<Act>,
        subjects: &[(String, Sha256)],
    ) -> Result<u64, Refused> {
        let entry = self.entry(by, act, subjects);
        let mut next = self.state.clone();
        next.apply(&entry)?;
        self.state.admit(&entry)?;
        self.state = next;
        self.number = entry.number;
        Ok(entry.number)
    }

    /// What somebody would say next.
    pub(crate) fn entry(&self, by: &str, act: impl Into<Act>, subjects: &[(String, Sha256)]) -> ReadEntry {
        let number = self.number + 1;
        ReadEntry {
            number,
            hash: Sha256::of(&number.to_be_bytes()),
            keys: self.also.iter().cloned().chain([self.key_of(by)]).collect(),
            subjects: subjects.to_vec(),
            at: self.now,
            by: by.parse().expect(by),
            act: act.into(),
        }
    }

    /// The server says all that follows from what was said.
    pub(crate) fn do_duties(&mut self) {
        while let Some(act) = crate::duties::next(&self.state, self.now) {
            self.say("server", act, &[]);
        }
    }

    pub(crate) fn suite(&mut self, name: &str, kind: SuiteKind, source: Option<&str>) {
        let act = SuiteSet {
            suite: name.parse().expect(name),
            kind,
            source: source.map(|source| source.parse().expect(source)),
            environments: vec![Environment {
                name: "cp312 manylinux_2_28_x86_64".to_owned(),
                may_lag: false,
            }],
            profiles: Vec::new(),
            supported_until: None,
        };
        self.say("manager", act, &[]);
    }

    pub(crate) fn say(&mut self, by: &str, act: impl Into<Act>, subjects: &[(String, Sha256)]) -> u64 {
        self.try_say(by, act, subjects).unwrap_or_else(|refused| panic!("{refused}"))
    }

    pub(crate) fn pass(&mut self, days: u64) {
        self.now = self.now.plus(Duration::from_secs(days * 24 * 3600));
    }

    pub(crate) fn join(&mut self, person: &str, roles: &[Role], organisations: &[&str]) {
        let key = self.new_key(person.parse().expect(person));
        let by = if person == "manager" { "server" } else { "manager" };
        self.say(by, Invite { maintainer: id(person), key, roles: roles.to_vec() }, &[]);
        let act = Join {
            name: format!("{person} of the test"),
            affiliations: organisations.iter().map(|name| affiliation(name)).collect(),
            accounts: vec![format!("github:{person}")],
            addresses: Vec::new(),
        };
        self.say(person, act, &[]);
    }

    pub(crate) fn maintainers(&mut self, people: &[(&str, &str)]) {
        for (person, organisation) in people {
            let organisations: &[&str] = if organisation.is_empty() { &[] } else { &[organisation] };
            self.join(person, &[Role::Maintainer], organisations);
        }
    }

    pub(crate) fn project(&mut self, name: &str, tier: Tier) {
        let act = ProjectAdd {
            project: packhouse_pypi::normalize(name).expect(name),
            tier,
            series: vec!["(any)".to_owned()],
            versions: Vec::new(),
            needed_by: Vec::new(),
        };
        self.say("manager", act, &[]);
    }

    pub(crate) fn adopt(&mut self, project: &str, who: &str) {
        let act = Steward {
            project: packhouse_pypi::normalize(project).expect(project),
            maintainer: id(who),
            action: StewardAction::Adopt,
        };
        self.say(who, act, &[]);
    }

    pub(crate) fn candidate(&mut self, of: &str, risk: RiskClass) -> u64 {
        self.candidate_by(of, risk, Vendor::default(), Vec::new())
    }

    pub(crate) fn candidate_by(
        &mut self,
        of: &str,
        risk: RiskClass,
        vendor: Vendor,
        identity: Vec<IdentityChange>,
    ) -> u64 {
        let metadata = ReleaseMetadata::default();
        self.candidate_with(of, risk, vendor, identity, metadata)
    }

    /// Requires these, by its metadata.
    pub(crate) fn candidate_requiring(&mut self, of: &str, risk: RiskClass, requires: &[&str]) -> u64 {
        let requires_dist = requires.iter().map(|line| (*line).to_owned()).collect();
        let metadata = ReleaseMetadata { requires_dist, ..ReleaseMetadata::default() };
        self.candidate_with(of, risk, Vendor::default(), Vec::new(), metadata)
    }

    fn candidate_with(
        &mut self,
        of: &str,
        risk: RiskClass,
        vendor: Vendor,
        identity: Vec<IdentityChange>,
        metadata: ReleaseMetadata,
    ) -> u64 {
        let release = release(of);
        let subjects = files(&release);
        let files = subjects
            .iter()
            .map(|(filename, _)| CandidateFile {
                filename: filename.clone(),
                size: 1,
                metadata: None,
                uploaded: self.now,
                provenance: None,
            })
            .collect();
        let act = Candidate {
            release,
            uploaded: self.now,
            files,
            metadata,
            vendor,
            identity,
            risk,
            risk_reasons: Vec::new(),
            base: None,
            lines: 100,
        };
        self.say("server", act, &subjects)
    }

    pub(crate) fn try_review(
        &mut self,
        by: &str,
        review: Review,
        only: Option<usize>,
    ) -> Result<u64, Refused> {
        let mut subjects = files(&review.release);
        if let Some(index) = only {
            subjects = vec![subjects[index].clone()];
        }
        self.try_say(by, review, &subjects)
    }

    /// Accepts all files after a full review.
    pub(crate) fn accept(&mut self, by: &str, of: &str) -> u64 {
        self.try_review(by, review(of, Verdict::Accept), None).expect("a review")
    }

    /// Accepts all files after reading the difference from all files of `base`.
    pub(crate) fn delta(&mut self, by: &str, base: &str, of: &str) -> u64 {
        self.try_review(by, delta(base, of), None).expect("a review")
    }

    pub(crate) fn violation(&mut self, by: &str, of: &str) -> u64 {
        self.try_review(by, review(of, Verdict::Violation), None).expect("a review")
    }

    pub(crate) fn revoke_review(&mut self, by: &str, entry: u64) {
        self.say(by, ReviewRevoke { entry, reason: "a mistake".to_owned() }, &[]);
    }

    pub(crate) fn revoke_key(&mut self, of: &str, after: u64) {
        let key = self.key_of(of);
        self.say("guard-a", KeyRevoke { key, after, reason: "stolen".to_owned() }, &[]);
    }

    /// A second key of a person, by its fingerprint.
    pub(crate) fn second_key(&mut self, of: &str) -> String {
        let seed = Sha256::of(format!("{of}, second").as_bytes());
        let key = SecretKey::from_seed(seed.as_bytes()).public_key().to_openssh("test");
        let id = crate::keys::fingerprint(&key).expect("a key");
        self.also.insert(id.clone());
        self.say(of, KeyAdd { key, expires: None }, &[]);
        self.also.clear();
        id
    }

    pub(crate) fn conflict(&mut self, of: &str, organisation: &str) {
        let act = Conflict {
            maintainer: id(of),
            affiliation: affiliation(organisation),
            evidence: "seen".to_owned(),
        };
        self.say("guard-a", act, &[]);
    }

    /// What somebody says who withdraws a release and has looked at what requires it now.
    pub(crate) fn withdrawal(&self, of: &str, condition: Condition) -> Withdraw {
        let seen = dependents(&self.state, &release(of), condition);
        Withdraw {
            release: release(of),
            condition,
            reason: "sends tokens away".to_owned(),
            dependents: broken(&seen).into_iter().collect(),
            preflight: digest(&seen),
            advisory: None,
            evidence: None,
        }
    }

    pub(crate) fn approve(&mut self, by: &str, entry: u64) {
        self.say(by, Approve { entry }, &[]);
    }

    pub(crate) fn exempt(&mut self, of: &str, days: u64) -> u64 {
        let release = release(of);
        let subjects = files(&release);
        let act = Exempt {
            release,
            criteria: vec!["safe-to-run".to_owned()],
            until: self.now.plus(Duration::from_secs(days * 24 * 3600)),
            reason: "known for years".to_owned(),
        };
        self.say("manager", act, &subjects)
    }

    pub(crate) fn claim(&mut self, by: &str, of: &str, hours: u64) {
        let until = self.now.plus(Duration::from_secs(hours * 3600));
        self.say(by, Claim { release: release(of), until }, &[]);
    }

    pub(crate) fn status(&self, of: &str) -> ReviewStatus {
        crate::review::status(&self.state, &release(of), self.now).expect(of)
    }
}

pub(crate) fn review(of: &str, verdict: Verdict) -> Review {
    Review {
        release: release(of),
        scope: Scope::Full,
        verdict,
        criteria: vec!["safe-to-run".to_owned()],
        thoroughness: Thoroughness::Medium,
        minutes: 10,
        notes: "read".to_owned(),
        tools: Vec::new(),
    }
}

pub(crate) fn delta(base: &str, of: &str) -> Review {
    let base_files = hashes(base).into_iter().collect();
    Review { scope: Scope::Delta { base: release(base), base_files }, ..review(of, Verdict::Accept) }
}
