//! What an act changes is served at once, whatever is under way; and what it does not change stays in memory.

#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use packhouse_app::{AppError, FileKey, ManualClock, Packhouse, PageKey, TokenScope};
use packhouse_distribution::Release;
use packhouse_distribution::act::{Approve, Condition, Note};
use packhouse_distribution::state::rows::CandidateRow;
use packhouse_model::ProjectName;
use packhouse_pypi::negotiate::{Encoding, Format};
use packhouse_testkit::FakeUpstream;
use tempfile::TempDir;

use packhouse_cast::{Person, acts};
use small::{open, person, prepare};

mod small;

const ROUNDS: usize = 15;

/// Two small projects, both in unstable, and the two who say everything.
struct World {
    packhouse: Packhouse,
    clock: Arc<ManualClock>,
    alice: Person,
    bob: Person,
    releases: Vec<(Release, CandidateRow)>,
    upstream: FakeUpstream,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let upstream = FakeUpstream::start();
        let data = folder.path().join("data");
        prepare(&data, &upstream, 2).await;
        let (packhouse, clock, read) = open(&data, &upstream.simple_url()).await;
        read.unwrap();
        let (alice, bob) = (person("alice"), person("bob"));
        let state = packhouse.distribution();
        let releases: Vec<(Release, CandidateRow)> =
            state.candidates.iter().map(|(release, row)| (release.clone(), row.clone())).collect();
        for (release, _) in &releases {
            for person in [&alice, &bob] {
                person.review(&packhouse, acts::acceptance(release)).await.unwrap();
            }
        }
        Self { packhouse, clock, alice, bob, releases, upstream, _folder: folder }
    }

    fn project(&self, number: usize) -> ProjectName {
        self.releases[number].0.project.clone()
    }

    fn key(&self, index: &str, number: usize) -> PageKey {
        PageKey {
            index: index.parse().unwrap(),
            project: self.project(number),
            format: Format::Json,
            encoding: Encoding::Identity,
        }
    }

    /// The page as it goes out now.
    async fn page(&self, index: &str, number: usize) -> String {
        page(&self.packhouse, &self.key(index, number)).await
    }

    fn is_ready(&self, index: &str, number: usize) -> bool {
        self.packhouse.ready_page(&self.key(index, number)).is_some()
    }

    /// By bob, and what needs two by alice too.
    async fn withdraw(&self, number: usize, condition: Condition, two: bool) {
        self.clock.advance(Duration::from_secs(1));
        let state = self.packhouse.distribution();
        let act = acts::withdraw(&state, &self.releases[number].0, condition, "it bites");
        let said = self.bob.say(&self.packhouse, act, &[]).await.unwrap();
        if two {
            let approve = Approve { entry: said.entry.number };
            self.alice.say(&self.packhouse, approve, &[]).await.unwrap();
        }
    }

    async fn file(&self, number: usize) -> Result<(), AppError> {
        let (filename, sha256) = self.releases[number].1.files.iter().next().unwrap();
        let key = FileKey { sha256: *sha256, filename: filename.as_str().into() };
        self.packhouse.file(&key).await.map(|_| ())
    }
}

async fn page(packhouse: &Packhouse, key: &PageKey) -> String {
    let index = packhouse.index(key.index.as_str()).unwrap();
    let page = packhouse.page(&index, key).await.unwrap();
    String::from_utf8(page.body.to_vec()).unwrap()
}

#[tokio::test]
async fn an_act_forgets_only_what_it_changes() {
    let world = World::new().await;
    for index in ["unstable", "testing", packhouse_app::DEFAULT] {
        for number in [0, 1] {
            world.page(index, number).await;
            assert!(world.is_ready(index, number), "{index} {number}");
        }
    }
    // A remark changes no page.
    let note = Note {
        release: world.releases[0].0.clone(),
        path: None,
        line: None,
        text: "fine".to_owned(),
        machine: None,
    };
    world.clock.advance(Duration::from_secs(1));
    world.alice.say(&world.packhouse, note, &[]).await.unwrap();
    assert!(world.is_ready("unstable", 0) && world.is_ready("unstable", 1));
    // A yank changes the pages of its project.
    world.withdraw(0, Condition::Yanked, false).await;
    assert!(!world.is_ready("unstable", 0) && world.is_ready("unstable", 1));
    assert!(world.is_ready("testing", 1) && world.is_ready(packhouse_app::DEFAULT, 1));
    assert!(world.page("unstable", 0).await.contains("it bites"));
    world.packhouse.close().await;
}

/// Pages and files are asked for without an end while a release is withdrawn and given back. Whoever asks after that was
/// said sees it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_withdrawn_while_pages_are_made_is_withdrawn() {
    let world = World::new().await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut asking = Vec::new();
    for index in ["unstable", packhouse_app::DEFAULT] {
        for format in [Format::Json, Format::Html1] {
            let (packhouse, stop) = (world.packhouse.clone(), Arc::clone(&stop));
            let key = PageKey { format, ..world.key(index, 0) };
            asking.push(tokio::spawn(async move {
                let mut asked = 0;
                while !stop.load(Ordering::Relaxed) {
                    page(&packhouse, &key).await;
                    asked += 1;
                    tokio::task::yield_now().await;
                }
                asked
            }));
        }
    }
    for round in 0..ROUNDS {
        // Past the time of every page: while this is said, each is asked of the upstream again, and put together anew.
        world.clock.advance(Duration::from_secs(3600));
        world.withdraw(0, Condition::Quarantined, true).await;
        for index in ["unstable", packhouse_app::DEFAULT] {
            let page = world.page(index, 0).await;
            assert!(page.contains("it bites"), "{index}, round {round}: {page}");
        }
        let refused = world.file(0).await;
        assert!(matches!(refused, Err(AppError::Refused(_))), "round {round}: {refused:?}");
        world.clock.advance(Duration::from_secs(3600));
        world.withdraw(0, Condition::Listed, true).await;
        let page = world.page("unstable", 0).await;
        assert!(!page.contains("it bites"), "round {round}: {page}");
        world.file(0).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for task in asking {
        assert!(task.await.unwrap() > 0, "nobody asked");
    }
    drop(world.upstream);
    world.packhouse.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_tokens_that_are_made_at_the_same_moment_none_is_lost() {
    let world = World::new().await;
    let lasts = Duration::from_secs(3600);
    let making: Vec<_> = (0..8)
        .map(|number| {
            let packhouse = world.packhouse.clone();
            tokio::spawn(async move {
                let name = format!("cron-{number}");
                packhouse.create_token(&name, &[TokenScope::Watch], lasts).await.unwrap();
                let listed = packhouse.tokens().await.unwrap();
                assert!(listed.iter().any(|token| token.name == name), "{name} is not listed");
            })
        })
        .collect();
    for task in making {
        task.await.unwrap();
    }
    assert_eq!(world.packhouse.tokens().await.unwrap().len(), 8);
    world.packhouse.revoke_token("cron-3").await.unwrap();
    assert_eq!(world.packhouse.tokens().await.unwrap().len(), 7);
    world.packhouse.close().await;
}
