//! The chapters of the tour.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use packhouse_app::{Needed, Question};
use packhouse_cast::{Member, Person, acts};
use packhouse_distribution::act::{
    Act, Approve, Because, Condition, Invite, ProjectAdd, Review, Role, SetStage, Stage, SuiteKind,
    Thoroughness,
};
use packhouse_distribution::{Release, review};
use packhouse_model::{ProjectName, SuiteName};
use packhouse_pypi::requirement::Requirement;
use packhouse_pypi::version::Version;

use super::Story;
use crate::exit::Failure;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long the upstream may take for the files of one project and all it needs.
const PATIENCE: Duration = Duration::from_secs(180);
/// The codename of the stable suite.
const CODENAME: &str = "apricot";

type Versions = BTreeMap<String, String>;

impl Story {
    /// Tells the story of `project`.
    pub(super) async fn tell(&mut self, project: &str) -> Result<(), Failure> {
        let (release, newest) = self.choose(project).await?;
        let (needed, lock) = self.before(&release).await?;
        self.people().await?;
        self.suites().await?;
        self.intake(&needed).await?;
        let reviewed = self.reviews(&release, &needed).await?;
        self.testing(&release, &reviewed).await?;
        self.stable(&release, &reviewed).await?;
        self.unseen(&release, newest.as_ref()).await?;
        self.locked(&lock, &reviewed).await?;
        self.withdrawn(&release).await?;
        self.checked().await
    }

    /// The release that the story is about: not the newest, so that there is one that nobody has reviewed.
    async fn choose(&mut self, project: &str) -> Result<(Release, Option<Version>), Failure> {
        let name =
            packhouse_pypi::normalize(project).map_err(|error| Failure::wrong_use(error.to_string()))?;
        let question = Question { index: None, project: name.clone(), version: None };
        let told = self.packhouse.explain(&question).await.map_err(|error| Failure::of(&error))?;
        let mut versions: Vec<Version> = told
            .releases
            .iter()
            .filter_map(|release| Version::parse(&release.version).ok())
            .filter(|version| !version.is_prerelease())
            .collect();
        versions.sort();
        let newest = versions.pop();
        let before = versions.pop();
        let (chosen, newer) = match (before, newest) {
            (Some(before), newest) => (before, newest),
            (None, Some(only)) => (only, None),
            (None, None) => {
                return Err(Failure::wrong_use(format!("{name} has no release upstream that could be used")));
            }
        };
        Ok((Release::new(name, chosen), newer))
    }

    /// What a project that installs from the upstream today looks like: its lockfile.
    async fn before(&mut self, release: &Release) -> Result<(Vec<Needed>, String), Failure> {
        self.told.chapter("Today: installing from the upstream, through the guarded proxy");
        let wanted = Requirement::parse(&release.to_string())
            .map_err(|error| Failure::fault("the release is no requirement", &error))?;
        let needed = self.packhouse.closure(&[wanted]).await.map_err(|error| Failure::of(&error))?;
        let pins: Vec<String> =
            needed.iter().map(|one| format!("{}=={}", one.project, one.version)).collect();
        self.told.note(&format!("{release} needs {} projects: {}", needed.len(), pins.join(", ")));
        let index = format!("{}/simple/", self.url);
        let (ran, lock) = self.pip.lock(&index, &pins).await?;
        let lines = lock.lines().count();
        if !self.told.check(ran.good && lines > 0, &format!("pip made a lockfile with {lines} hashes")) {
            self.told.note(&tail(&ran.text));
        }
        Ok((needed, lock))
    }

    async fn people(&mut self) -> Result<(), Failure> {
        self.told.chapter("People: two maintainers, and one who works for a vendor");
        let member = |person, name, organisation, roles| Member { person, name, organisation, roles };
        let roles = [Role::Maintainer];
        let first = member(
            &self.alice,
            "Alice Example",
            "Example Foundation",
            &[Role::ReleaseManager, Role::Maintainer],
        );
        let second =
            member(&self.bob, "Bob Example", "University of Somewhere", &[Role::Maintainer, Role::Security]);
        let found = packhouse_cast::found(&self.packhouse, "A tour", &[first, second]).await;
        found.map_err(|error| Failure::fault("the distribution could not be founded", &error))?;
        let (maintainer, key) = (self.carol.id.clone(), self.carol.line());
        self.say(&self.alice, Invite { maintainer, key, roles: roles.to_vec() }).await?;
        self.told.note("alice and bob have joined, each by signing with a key of their own.");
        let again = self.packhouse.invite_first(&self.carol.id, &self.carol.line(), &roles).await;
        self.told.check(again.is_err(), "the server cannot invite anybody any more: people invite people");
        self.told.note(&format!("Look: {}/maintainers", self.url));
        Ok(())
    }

    async fn suites(&mut self) -> Result<(), Failure> {
        self.told.chapter("Suites: unstable, testing, and stable by its codename");
        let environment = format!("{} manylinux_2_28_x86_64", self.pip.interpreter);
        let suites = [
            ("unstable", SuiteKind::Unstable, None),
            ("testing", SuiteKind::Testing, Some("unstable")),
            (CODENAME, SuiteKind::Stable, Some("testing")),
        ];
        for (name, kind, source) in suites {
            let source = source.map(suite).transpose()?;
            self.say(&self.alice, acts::suite(&suite(name)?, kind, source.as_ref(), &environment)).await?;
        }
        self.told.note(&format!("Everything in them must install on {environment}."));
        self.told.note(&format!("Look: {}/suites", self.url));
        Ok(())
    }

    async fn intake(&mut self, needed: &[Needed]) -> Result<(), Failure> {
        self.told.chapter("Intake: files are fetched by URL and hash, unpacked and looked into");
        for one in needed {
            let project = ProjectName::from_canonical(&one.project);
            let version = Version::parse(&one.version)
                .map_err(|error| Failure::fault("the closure names a version", &error))?;
            let add = acts::add(&Release::new(project, version));
            let needed_by = one.needed_by.iter().cloned().collect();
            self.say(&self.alice, ProjectAdd { needed_by, ..add }).await?;
        }
        let began = Instant::now();
        while self.packhouse.distribution().candidates.len() < needed.len() && began.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let state = self.packhouse.distribution();
        for (release, row) in state.candidates.iter() {
            let bytes: u64 = row.candidate.files.iter().map(|file| file.size).sum();
            self.told.note(&format!(
                "{release}: {} files, {} kB, risk class {}",
                row.files.len(),
                bytes / 1000,
                row.candidate.risk
            ));
        }
        let all = state.candidates.len() == needed.len();
        self.told.check(all, &format!("{} of {} candidates are here", state.candidates.len(), needed.len()));
        if !all {
            return Err(Failure::of(&packhouse_app::AppError::NotFound {
                what: "not every release could be taken in; --log info says why".to_owned(),
            }));
        }
        self.told.note(&format!("Look: {}/queue", self.url));
        Ok(())
    }

    async fn reviews(&mut self, release: &Release, needed: &[Needed]) -> Result<Versions, Failure> {
        self.told.chapter("Review: signatures on exact bytes, by people independent of the vendor");
        let state = self.packhouse.distribution();
        let row = state.candidates.get(release).ok_or_else(|| gone(release))?;
        let vendor = &row.candidate.vendor;
        let employer = acts::vendor_name(vendor);
        self.told.note(&format!("{release} is made by {employer}, and carol says that she works there."));
        let join = acts::join_as_vendor("Carol Example", &employer, self.packhouse.now());
        self.say(&self.carol, join).await?;
        self.sign(&self.carol, release).await?;
        let counted = self.counted(release);
        self.told.check(counted == 0, "carol's signature is kept, and counts zero");
        let state = self.packhouse.distribution();
        for (release, _) in state.candidates.iter() {
            self.sign(&self.alice, release).await?;
        }
        let waiting = !self.in_suite("unstable")?.contains_key(release.project.as_str());
        self.told.check(waiting, "one signature is not enough for a project that is new: it waits");
        for (release, _) in state.candidates.iter() {
            self.sign(&self.bob, release).await?;
        }
        let unstable = self.in_suite("unstable")?;
        let expected: Versions =
            needed.iter().map(|one| (one.project.clone(), one.version.clone())).collect();
        self.told.check(unstable == expected, "with bob's, all of it is in unstable");
        self.told.note(&format!("Look: {}/review/{}/{}", self.url, release.project, release.version));
        Ok(expected)
    }

    /// A full review of all files of a candidate.
    async fn sign(&self, person: &Person, release: &Release) -> Result<(), Failure> {
        let review = Review {
            thoroughness: Thoroughness::Low,
            notes: "A signature of the tour: nobody has read this.".to_owned(),
            tools: vec![concat!("packhouse ", env!("CARGO_PKG_VERSION")).to_owned()],
            ..acts::acceptance(release)
        };
        let said = person.review(&self.packhouse, review).await;
        let failed = format!("{} could not review {release}", person.id);
        said.map(|_| ()).map_err(|error| Failure::fault(&failed, &error))
    }

    /// Somebody says something; gives the number of its entry.
    async fn say(&self, person: &Person, act: impl Into<Act>) -> Result<u64, Failure> {
        let act = act.into();
        let failed = format!("{} could not say {}", person.id, act.word());
        let said = person.say(&self.packhouse, act, &[]).await;
        said.map(|said| said.entry.number).map_err(|error| Failure::fault(&failed, &error))
    }

    fn counted(&self, release: &Release) -> usize {
        review::status(&self.packhouse.distribution(), release, self.packhouse.now())
            .map_or(usize::MAX, |status| {
                status.files.values().map(|file| file.counted.len()).max().unwrap_or(0)
            })
    }

    async fn testing(&mut self, release: &Release, expected: &Versions) -> Result<(), Failure> {
        self.told.chapter("Migration: what has waited, and installs together, moves to testing");
        let testing = suite("testing")?;
        let plan = self.packhouse.migration_plan(&testing, Vec::new()).await;
        let plan = plan.map_err(|error| Failure::of(&error))?;
        let subject = release.to_string();
        let excuse = plan.excuses.iter().find(|excuse| excuse.item_name.as_str() == subject);
        for hit in excuse.iter().flat_map(|excuse| &excuse.policy_info).filter(|hit| hit.verdict.rejects()) {
            self.told.note(&format!("{subject}: {}", hit.sentence));
        }
        self.told.check(plan.accepted.is_empty(), "nothing moves on the first day");
        self.told.note("The clock of this tour goes forward 15 days.");
        self.clock.advance(15 * DAY);
        let plan = self.packhouse.migrate(&testing).await;
        let plan = plan.map_err(|error| Failure::fault("the migration failed", &error))?;
        for excuse in plan.excuses.iter().filter(|excuse| !excuse.accepted) {
            let why: Vec<&str> = excuse.reason.clone();
            self.told.note(&format!("{} waits: {}", excuse.item_name, why.join(", ")));
        }
        let there = self.in_suite("testing")?;
        self.told.check(there == *expected, &format!("all {} projects moved, together", expected.len()));
        self.told.note(&format!("Look: {}/suites/testing/excuses", self.url));
        self.installs("testing", release, expected).await
    }

    async fn installs(&mut self, name: &str, release: &Release, expected: &Versions) -> Result<(), Failure> {
        let index = format!("{}/pypi/{name}/simple/", self.url);
        self.told.note(&format!("pip install --index-url {index} {}", release.project));
        let folder = format!("from-{}", name.replace('@', "-"));
        let (ran, found) = self.pip.install(&index, &folder, &[release.project.as_str()]).await?;
        let right = !found.is_empty()
            && found
                .iter()
                .all(|(project, version)| expected.get(project).is_some_and(|want| same(want, version)));
        if !self
            .told
            .check(ran.good && right, &format!("pip installed exactly the reviewed versions from {name}"))
        {
            self.told.note(&tail(&ran.text));
        }
        Ok(())
    }

    async fn stable(&mut self, release: &Release, expected: &Versions) -> Result<(), Failure> {
        self.told.chapter("Freeze and release: a promise, by two people");
        let testing = suite("testing")?;
        for stage in [Stage::ToolchainFreeze, Stage::SoftFreeze, Stage::HardFreeze, Stage::FullFreeze] {
            let set = SetStage { suite: testing.clone(), stage, reason: "the tour goes on".to_owned() };
            self.say(&self.alice, set).await?;
            self.clock.advance(7 * DAY);
        }
        let state = self.packhouse.distribution();
        let until = self.packhouse.now().plus(730 * DAY);
        let act = acts::release_suite(&state, &suite(CODENAME)?, "1.0", &testing, until);
        let proposed = self.say(&self.alice, act.ok_or_else(|| gone(release))?).await?;
        let alone = self.in_suite(CODENAME)?.is_empty();
        self.told.check(alone, "alice alone cannot release");
        self.say(&self.bob, Approve { entry: proposed }).await?;
        let there = self.in_suite(CODENAME)?;
        self.told.check(there == *expected, &format!("with bob's word, {CODENAME} 1.0 is released"));
        let set = SetStage { suite: testing, stage: Stage::Development, reason: "released".to_owned() };
        self.say(&self.alice, set).await?;
        self.installs(CODENAME, release, expected).await?;
        self.installs(&format!("{CODENAME}@1"), release, expected).await
    }

    async fn unseen(&mut self, release: &Release, newest: Option<&Version>) -> Result<(), Failure> {
        self.told.chapter("A new upstream release stays invisible until it is reviewed");
        let Some(newest) = newest else {
            self.told.note(&format!("{} has one release only: nothing to show.", release.project));
            return Ok(());
        };
        let index = format!("{}/pypi/{CODENAME}/simple/", self.url);
        let wanted = format!("{}=={newest}", release.project);
        let (ran, _) = self.pip.install(&index, "unseen", &["--no-deps", &wanted]).await?;
        self.told.note(&format!("pip install {wanted}"));
        self.told.note(&tail(&ran.text));
        self.told.check(!ran.good, &format!("{wanted} is there upstream, and not here"));
        Ok(())
    }

    async fn locked(&mut self, lock: &str, expected: &Versions) -> Result<(), Failure> {
        self.told.chapter("The lockfile from before still installs, hash for hash");
        let path = self.packhouse.settings.data.join("tour").join("requirements.lock");
        std::fs::write(&path, lock)
            .map_err(|error| Failure::fault("the lockfile cannot be written", &error))?;
        let path = path.display().to_string();
        let index = format!("{}/pypi/{CODENAME}/simple/", self.url);
        let (ran, found) = self.pip.install(&index, "locked", &["--require-hashes", "-r", &path]).await?;
        let right = found.len() == lock.lines().count()
            && found.iter().all(|(name, version)| expected.get(name).is_some_and(|want| same(want, version)));
        if !self.told.check(ran.good && right, "these are the vendor's very bytes") {
            self.told.note(&tail(&ran.text));
        }
        Ok(())
    }

    async fn withdrawn(&mut self, release: &Release) -> Result<(), Failure> {
        self.told.chapter("A bad release is withdrawn, and the client says why");
        let state = self.packhouse.distribution();
        let other = state.candidates.iter().map(|(other, _)| other).find(|other| *other != release);
        let bad = other.unwrap_or(release).clone();
        let act = acts::withdraw(&state, &bad, Condition::Quarantined, "sends tokens away (tour)");
        let proposed = self.say(&self.bob, act).await?;
        self.say(&self.alice, Approve { entry: proposed }).await?;
        self.told.note(&format!("bob puts {bad} under quarantine, and alice agrees."));
        let index = format!("{}/pypi/{CODENAME}/simple/", self.url);
        let (ran, _) = self.pip.install(&index, "withdrawn", &["--no-deps", &bad.to_string()]).await?;
        self.told.note(&tail(&ran.text));
        let said = ran.text.contains("sends tokens away");
        self.told.check(!ran.good && said, "pip refuses it, and prints the reason");
        self.told.note(&format!("Look: {}/why/{bad}", self.url));
        Ok(())
    }

    async fn checked(&mut self) -> Result<(), Failure> {
        self.told.chapter("Everything was said by somebody, and can be checked");
        let report = self.packhouse.fsck(false, &|_| {}).await;
        let report = report.map_err(|error| Failure::fault("the ledger could not be checked", &error))?;
        let state = self.packhouse.distribution();
        let people: BTreeSet<&str> = state.maintainers.iter().map(|(id, _)| id.as_str()).collect();
        self.told.note(&format!("{} entries by the server and {}", report.entries, people.len()));
        let releases =
            state.snapshots.iter().filter(|(_, row)| matches!(row.because, Because::Release { .. }));
        self.told.note(&format!(
            "{} snapshots, {} of them releases",
            state.snapshots.len(),
            releases.count()
        ));
        self.told.check(report.is_sound(), "fsck: every signature and hash is good, and the tables agree");
        self.told.note(&format!("Look: {}/ledger", self.url));
        Ok(())
    }

    fn in_suite(&self, name: &str) -> Result<Versions, Failure> {
        let contents = self.packhouse.distribution().contents(&suite(name)?);
        Ok(contents
            .into_keys()
            .map(|release| (release.project.to_string(), release.version.to_string()))
            .collect())
    }
}

fn suite(name: &str) -> Result<SuiteName, Failure> {
    name.parse().map_err(|error| Failure::fault("a suite's name", &error))
}

fn same(one: &str, other: &str) -> bool {
    match (Version::parse(one), Version::parse(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn gone(release: &Release) -> Failure {
    Failure::of(&packhouse_app::AppError::NotFound { what: format!("{release} is not there") })
}

/// The end of what a client printed: where it says what went wrong.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(4)..].join("\n")
}
