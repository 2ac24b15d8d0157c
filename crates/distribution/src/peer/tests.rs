use std::collections::BTreeSet;
use std::time::Duration;

use packhouse_model::{PeerName, RiskClass, Sha256, Timestamp};
use packhouse_trust::ledger::Problem;
use packhouse_trust::{Entry, Envelope, Head, Recorded, SecretKey, Signer as _};

use super::*;
use crate::act::*;
use crate::review::{ReviewStatus, Reviewer};
use crate::state::State;
use crate::world::{BEGIN, affiliation, delta, files, id, release, review};
use crate::{Actor, Refused, entry};

mod counting;
mod ledgers;

/// A distribution with a ledger of real envelopes.
struct Place {
    name: &'static str,
    state: State,
    head: Head,
    ledger: Vec<Recorded>,
    now: Timestamp,
}

impl Place {
    /// Founded, with a release manager and two of security.
    fn new(name: &'static str) -> Self {
        let mut place =
            Self { name, state: State::default(), head: Head::EMPTY, ledger: Vec::new(), now: BEGIN };
        let server_key = place.key("server").public_key().to_openssh("");
        let statement = entry::founding(&Found { name: name.to_owned(), server_key }, BEGIN);
        let envelope = Envelope::sign(statement.to_bytes().unwrap(), &place.key("server")).unwrap();
        place.append(&envelope).unwrap();
        place.join("manager", &[Role::ReleaseManager, Role::Maintainer], &[]);
        place.join("guard-a", &[Role::Security], &[]);
        place.join("guard-b", &[Role::Security], &[]);
        place
    }

    fn key(&self, of: &str) -> SecretKey {
        SecretKey::from_seed(Sha256::of(format!("{}/{of}", self.name).as_bytes()).as_bytes())
    }

    fn id(&self) -> Sha256 {
        self.state.distribution().expect("a distribution").id
    }

    fn append(&mut self, envelope: &Envelope) -> Result<u64, Refused> {
        let next = Entry::next(&self.head, envelope).unwrap();
        let read = entry::read(&next, &self.state).unwrap();
        let mut after = self.state.clone();
        after.apply(&read)?;
        self.state = after;
        self.head = next.head();
        self.ledger.push(next.record());
        Ok(self.head.number)
    }

    fn try_say(&mut self, by: &str, act: impl Into<Act>, files: &[(String, Sha256)]) -> Result<u64, Refused> {
        let actor: Actor = by.parse().unwrap();
        let statement = entry::statement(self.id(), &act.into(), self.now, &actor, files);
        let envelope = Envelope::sign(statement.to_bytes().unwrap(), &self.key(by)).unwrap();
        self.append(&envelope)
    }

    #[track_caller]
    fn say(&mut self, by: &str, act: impl Into<Act>, files: &[(String, Sha256)]) -> u64 {
        self.try_say(by, act, files).unwrap_or_else(|refused| panic!("{refused}"))
    }

    fn join(&mut self, person: &str, roles: &[Role], organisations: &[&str]) {
        let key = self.key(person).public_key().to_openssh("");
        let by = if person == "manager" { "server" } else { "manager" };
        self.say(by, Invite { maintainer: id(person), key, roles: roles.to_vec() }, &[]);
        let act = Join {
            name: format!("{person} of {}", self.name),
            affiliations: organisations.iter().map(|name| affiliation(name)).collect(),
            accounts: vec![format!("github:{person}-{}", self.name)],
            addresses: Vec::new(),
        };
        self.say(person, act, &[]);
    }

    fn project(&mut self, name: &str, tier: Tier) {
        let act = ProjectAdd {
            project: packhouse_pypi::normalize(name).unwrap(),
            tier,
            series: vec!["(any)".to_owned()],
            versions: Vec::new(),
            needed_by: Vec::new(),
        };
        self.say("manager", act, &[]);
    }

    fn candidate(&mut self, of: &str, vendor: &str) {
        self.candidate_with(of, vendor, &files(&release(of)));
    }

    fn candidate_with(&mut self, of: &str, vendor: &str, subjects: &[(String, Sha256)]) {
        let files = subjects.iter().map(|(filename, _)| CandidateFile {
            filename: filename.clone(),
            size: 1,
            metadata: None,
            uploaded: self.now,
            provenance: None,
        });
        let names = if vendor.is_empty() { BTreeSet::new() } else { [vendor.to_owned()].into() };
        let act = Candidate {
            release: release(of),
            uploaded: self.now,
            files: files.collect(),
            metadata: ReleaseMetadata::default(),
            vendor: Vendor { names, ..Vendor::default() },
            identity: Vec::new(),
            risk: RiskClass::R2,
            risk_reasons: Vec::new(),
            base: None,
            lines: 100,
        };
        self.say("server", act, subjects);
    }

    fn verdict(&mut self, by: &str, of: &str, verdict: Verdict) -> u64 {
        self.say(by, review(of, verdict), &files(&release(of)))
    }

    fn accept(&mut self, by: &str, of: &str) -> u64 {
        self.verdict(by, of, Verdict::Accept)
    }

    fn status(&self, of: &str) -> ReviewStatus {
        crate::review::status(&self.state, &release(of), self.now).expect(of)
    }

    /// Says what is due because of the peer's ledger as it is; how much that was.
    fn fetch(&mut self, peer: &Place) -> usize {
        let mut follower = Follower::new(peer.id());
        follow(&mut follower, &peer.ledger).expect("a ledger that can be believed");
        let mut said = 0;
        loop {
            let due = due(&self.state, &name(), &follower, 2);
            if due.is_empty() {
                return said;
            }
            for due in due {
                self.say("server", due.act, &due.files);
                said += 1;
            }
            assert!(said < 100, "it does not end");
        }
    }

    fn why_not(&self, of: &str) -> Vec<String> {
        let status = self.status(of);
        let mut why: Vec<String> =
            status.files.into_values().flat_map(|file| file.ignored).map(|one| one.why).collect();
        why.dedup();
        why
    }

    fn pass(&mut self, days: u64) {
        self.now = self.now.plus(Duration::from_secs(days * 24 * 3600));
    }
}

fn name() -> PeerName {
    "elsewhere".parse().unwrap()
}

fn follow(follower: &mut Follower, ledger: &[Recorded]) -> Result<(), FollowError> {
    follower.begin();
    ledger.iter().try_for_each(|recorded| follower.push(recorded))?;
    follower.finish()
}

fn subscription(to: &Place) -> PeerSet {
    PeerSet {
        peer: name(),
        distribution: to.id(),
        address: None,
        maintainers: None,
        criteria: [("safe-to-run".to_owned(), ["safe-to-run".to_owned()].into())].into(),
        projects: None,
        exclude: BTreeSet::new(),
        counts: Weight::One,
        reason: "their reviews are good".to_owned(),
    }
}

/// One place that needs a signature for `flask==1.0`, and another where `ben` and `cleo` review.
fn two(tier: Tier) -> (Place, Place) {
    let (mut here, mut there) = (Place::new("here"), Place::new("there"));
    for place in [&mut here, &mut there] {
        place.project("flask", tier);
        place.candidate("flask==1.0", "Pallets");
    }
    here.join("ada", &[Role::Maintainer], &["Acme"]);
    there.join("ben", &[Role::Maintainer], &["Beta"]);
    there.join("cleo", &[Role::Maintainer], &["Gamma"]);
    let act = subscription(&there);
    here.say("manager", act, &[]);
    (here, there)
}
