//! Two whole servers on one PostgreSQL database and one folder of files: whatever either of them was told is in the one ledger
//! once, and both say the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use packhouse_app::{Clock as _, SystemClock};
use packhouse_cast::{Person, acts};
use packhouse_client::{Client, ClientError, Problem};
use packhouse_distribution::act::{Because, Exempt, Invite, Note, Role, Snapshot, SuiteKind};
use packhouse_distribution::entry::statement;
use packhouse_distribution::{Act, Actor};
use packhouse_model::{Sha256, SuiteName};
use packhouse_store::testing::TestDb;
use packhouse_testkit::{FakeUpstream, Served, ServedBuilder, Upload, Wheel};
use packhouse_trust::ledger::ExportReader;
use packhouse_trust::{Chain, Envelope, Recorded};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::world::WEEK;

const TWIG: &str = "twig==1.1";
/// What each of the clients says, one after the other.
const ROUNDS: usize = 15;

/// A statement that became an entry: its number, and the SHA-256 of its payload.
type Said = (u64, Sha256);

/// One server as a person's client sees it.
#[derive(Clone)]
struct Talk {
    client: Arc<Client>,
    distribution: Sha256,
}

impl Talk {
    async fn with(served: &Served) -> Self {
        let address = served.url().parse().expect("an address");
        let client = Arc::new(Client::new(address, None).expect("a client"));
        let distribution = client.distribution().await.expect("a distribution").document.id;
        Self { client, distribution }
    }

    fn signed(&self, who: &Person, act: &Act, files: &[(String, Sha256)]) -> Envelope {
        let by = Actor::Maintainer(who.id.clone());
        let statement = statement(self.distribution, act, SystemClock.now(), &by, files);
        Envelope::sign(statement.to_bytes().expect("bytes"), who.key()).expect("a signature")
    }

    async fn send(&self, envelope: &Envelope) -> Result<Said, Problem> {
        match self.client.submit(envelope.to_bytes()).await {
            Ok(answer) => Ok((answer.document.number, envelope.payload_sha256())),
            Err(ClientError::Refused(problem)) => Err(problem),
            Err(error) => panic!("{error}"),
        }
    }

    async fn say(&self, who: &Person, act: impl Into<Act>) -> Said {
        self.send(&self.signed(who, &act.into(), &[])).await.unwrap_or_else(|no| panic!("{}", no.detail))
    }

    /// The whole ledger, line by line as its bytes are.
    async fn export(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.client.export(0, &mut |chunk| bytes.extend_from_slice(chunk)).await.expect("an export");
        bytes
    }
}

fn suite(name: &str) -> SuiteName {
    name.parse().expect(name)
}

fn invitation(name: &str) -> Act {
    let new = Person::named(name).expect("a name");
    Act::from(Invite { maintainer: new.id.clone(), key: new.line(), roles: vec![Role::Trainee] })
}

/// Each sends its statement at the same moment.
async fn at_once<const N: usize>(sent: [(&Talk, Envelope); N]) -> Vec<Result<Said, Problem>> {
    let start = Arc::new(Barrier::new(N));
    let mut tasks = JoinSet::new();
    for (talk, envelope) in sent {
        let (talk, start) = (talk.clone(), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            talk.send(&envelope).await
        });
    }
    tasks.join_all().await
}

/// Of several at once: what was taken, and why nothing else was.
fn one_of(outcomes: Vec<Result<Said, Problem>>) -> (Said, Vec<Problem>) {
    let (taken, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    let refused: Vec<Problem> = refused.into_iter().filter_map(Result::err).collect();
    assert_eq!(taken.len(), 1, "{refused:?}");
    let said = taken.into_iter().find_map(Result::ok).expect("one");
    (said, refused)
}

fn copy_key(from: &Served, to: &Served) {
    std::fs::copy(from.data().join("server-key"), to.data().join("server-key")).expect("a copy of the key");
}

/// On one of the servers: the distribution, its first person, a suite, and one release that is accepted.
async fn found(one: &Served, ada: &Person, ben: &Person) -> Talk {
    let data = one.data().display().to_string();
    one.run(["found", "Test", "--data", &data]).assert_success();
    let line = ada.line();
    one.run(["maintainer", "invite-first", "ada", "--key-line", &line, "--data", &data]).assert_success();
    let talk = Talk::with(one).await;
    talk.say(ada, acts::join("Ada", "Example", SystemClock.now())).await;
    let roles = vec![Role::Maintainer];
    talk.say(ada, Invite { maintainer: ben.id.clone(), key: ben.line(), roles }).await;
    talk.say(ben, acts::join("Ben", "Elsewhere", SystemClock.now())).await;
    talk.say(ada, acts::suite(&suite("unstable"), SuiteKind::Unstable, None, acts::ENVIRONMENT)).await;
    talk
}

/// Until the worker of either server has taken twig in; then it is exempted, and so in unstable.
async fn accept_twig(talk: &Talk, ada: &Person) {
    talk.say(ada, acts::add(&TWIG.parse().expect("a release"))).await;
    let end = Instant::now() + Duration::from_mins(1);
    let release = loop {
        match talk.client.release("twig", "1.1").await {
            Ok(release) => break release.document,
            Err(error) => assert!(Instant::now() < end, "{TWIG} was not taken in: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let files: Vec<(String, Sha256)> =
        release.files.iter().map(|file| (file.filename.clone(), file.sha256)).collect();
    let exempt = Exempt {
        release: TWIG.parse().expect("a release"),
        criteria: vec!["safe-to-run".to_owned()],
        until: SystemClock.now().plus(4 * WEEK),
        reason: "in use for years".to_owned(),
    };
    talk.send(&talk.signed(ada, &exempt.into(), &files)).await.expect("an exemption");
}

async fn serial(talk: &Talk) -> u64 {
    talk.client.suite("unstable").await.expect("a suite").document.serial
}

/// Two servers at once, each with data of its own, and the one database and folder.
struct Place {
    upstream: FakeUpstream,
    files: TempDir,
    database: String,
}

impl Place {
    fn new(database: &TestDb) -> Self {
        let upstream = FakeUpstream::start();
        let twig = Wheel::named("twig").version("1.1").module("twig.py", "def grow():\n    return 1\n");
        upstream.publish(Upload::of(twig.build()).age(WEEK));
        let files = tempfile::tempdir().expect("a folder");
        Self { upstream, files, database: database.address() }
    }

    fn server(&self) -> ServedBuilder {
        Served::program(env!("CARGO_BIN_EXE_packhouse"))
            .args(["--upstream", &self.upstream.simple_url()])
            .env("PACKHOUSE_STORAGE_DATABASE", &self.database)
            .env("PACKHOUSE_STORAGE_FILES", self.files.path())
    }
}

fn assert_sound(served: &Served) {
    let data = served.data().display().to_string();
    served.run(["fsck", "--data", &data]).assert_success().assert_says("sound");
}

#[test]
fn of_two_servers_no_entry_is_numbered_twice() {
    let runtime = Runtime::new().expect("a runtime");
    // Says that it is skipped where there is no server.
    let Some(database) = runtime.block_on(TestDb::postgres()) else { return };
    let place = Place::new(&database);
    let (one, other) = (place.server().start(), place.server().start());
    runtime.block_on(number_together(&one, &other));
    for served in [&one, &other] {
        assert_sound(served);
        let log = served.log();
        assert!(!log.contains("panicked") && !log.contains("a duty was not done"), "{log}");
    }
    drop((one, other));
    runtime.block_on(database.close());
}

async fn number_together(one: &Served, other: &Served) {
    let [ada, ben] = ["ada", "ben"].map(|name| Person::named(name).expect("a name"));
    let talks = [found(one, &ada, &ben).await, Talk::with(other).await];
    copy_key(one, other);
    // What follows from this is for the server that took it.
    accept_twig(&talks[1], &ada).await;
    assert_eq!((serial(&talks[0]).await, serial(&talks[1]).await), (1, 1));

    // Two clients of each, all four at the same moment, again and again: nothing of it conflicts, and all is taken.
    let mut said: Vec<Said> = Vec::new();
    for round in 0..ROUNDS {
        let note = |server: usize| {
            let (release, text) = (TWIG.parse().expect("a release"), format!("{server} sees {round}"));
            talks[server].signed(
                &ben,
                &Note { release, path: None, line: None, text, machine: None }.into(),
                &[],
            )
        };
        let invite =
            |server: usize| talks[server].signed(&ada, &invitation(&format!("new-{server}-{round}")), &[]);
        let sent =
            [(0, note(0)), (0, invite(0)), (1, note(1)), (1, invite(1))].map(|(at, one)| (&talks[at], one));
        for outcome in at_once(sent).await {
            said.push(outcome.unwrap_or_else(|no| panic!("round {round}: {}", no.detail)));
        }
    }

    // Of one and the same statement, sent to both, one is taken.
    let twin = talks[0].signed(&ada, &invitation("twin"), &[]);
    let (taken, refused) = one_of(at_once([(&talks[0], twin.clone()), (&talks[1], twin)]).await);
    said.push(taken);
    assert_eq!(refused[0].status, 409);
    assert!(refused[0].detail.contains("the same statement is in the ledger already"), "{refused:?}");
    // What rests on a state that the other's has changed is told what it is now.
    let contents = talks[0].client.rollback("unstable", 1).await.expect("a preview").document.contents;
    let rollback = |reason: &str| Snapshot {
        suite: suite("unstable"),
        serial: 2,
        adds: Vec::new(),
        removes: Vec::new(),
        because: Because::Rollback { to: 1, reason: reason.to_owned(), left_out: Some(Vec::new()) },
        contents,
    };
    let both = [(&talks[0], "as it was"), (&talks[1], "as it had been")];
    let both = both.map(|(talk, reason)| (talk, talk.signed(&ada, &rollback(reason).into(), &[])));
    let (taken, refused) = one_of(at_once(both).await);
    said.push(taken);
    assert_eq!(refused[0].status, 409);
    assert!(refused[0].detail.contains("unstable is at snapshot 2: the next is 3, not 2"), "{refused:?}");

    is_one_ledger(&talks, &said).await;
}

/// Both show the same ledger, and in it each statement at the number that its sender was told, and nowhere else.
async fn is_one_ledger(talks: &[Talk; 2], said: &[Said]) {
    let export = talks[0].export().await;
    assert!(export == talks[1].export().await, "each shows another ledger");
    let (mut reader, mut chain, mut entries) = (ExportReader::new(), Chain::new(), Vec::<Recorded>::new());
    reader.feed(&export, |entry| entries.push(entry)).expect("an export");
    assert_eq!(reader.finish().expect("a whole export"), entries.len() as u64);
    for entry in &entries {
        chain.push(entry);
    }
    let head = chain.finish().expect("a chain without a gap");
    let numbers: Vec<u64> = entries.iter().map(|one| one.entry.number()).collect();
    assert_eq!(numbers, (1..=head.number).collect::<Vec<u64>>());
    assert_eq!(said.len(), 4 * ROUNDS + 2);
    for (number, payload) in said {
        let at = entries
            .iter()
            .filter(|one| one.entry.envelope().expect("an envelope").payload_sha256() == *payload);
        assert_eq!(at.map(|one| one.entry.number()).collect::<Vec<u64>>(), [*number]);
    }
    // And what they make of it is the same.
    for talk in talks {
        let known = talk.client.distribution().await.expect("a distribution").document.head;
        assert_eq!((known.number, known.hash), (head.number, head.hash));
        let people = talk.client.maintainers().await.expect("people").document;
        assert_eq!(people.len(), 2 + 2 * ROUNDS + 1);
        let twig = talk.client.release("twig", "1.1").await.expect("a release").document;
        assert_eq!(twig.notes.len(), 2 * ROUNDS);
        assert_eq!(serial(talk).await, 2);
    }
}

/// A server whose operator did not copy the key says so, and takes people's word; what follows from it is said with the key.
#[test]
fn a_server_without_the_key_says_what_it_lacks() {
    let runtime = Runtime::new().expect("a runtime");
    let Some(database) = runtime.block_on(TestDb::postgres()) else { return };
    let place = Place::new(&database);
    let one = place.server().start();
    let [ada, ben] = ["ada", "ben"].map(|name| Person::named(name).expect("a name"));
    runtime.block_on(found(&one, &ada, &ben));
    let other = place.server().arg("--no-worker").start();
    other.wait_for_log("server-key is not there, and the distribution was founded with that key");
    runtime.block_on(async {
        let talk = Talk::with(&other).await;
        accept_twig(&talk, &ada).await;
        assert_eq!(serial(&talk).await, 0, "nobody said that it is accepted");
        copy_key(&one, &other);
        talk.say(&ada, invitation("new")).await;
        assert_eq!(serial(&talk).await, 1);
    });
    assert_sound(&other);
    drop((one, other));
    runtime.block_on(database.close());
}
