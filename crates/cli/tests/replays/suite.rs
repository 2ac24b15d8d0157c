//! The way through a suite: two people have read the last good release, and nothing else of the project is handed out.

use std::time::{Duration, Instant};

use packhouse_app::Packhouse;
use packhouse_cast::{Member, Person, acts, found};
use packhouse_distribution::Release;
use packhouse_distribution::act::{ProjectAdd, Role, SuiteKind};
use packhouse_distribution::state::rows::CandidateState;

use crate::scenario::Project;
use crate::world::{Server, World};

/// The suite's name.
pub(crate) const SUITE: &str = "unstable";

/// A server that stands on a suite which holds what was good until now.
pub(crate) fn serve(world: &World, vetted: &[&Project]) -> Server {
    let server = world.serve(&format!("suite = \"{SUITE}\"\n"));
    let releases: Vec<Release> = vetted
        .iter()
        .map(|project| {
            let newest = project.releases.iter().min_by(|(_, one), (_, other)| one.total_cmp(other));
            let (version, _) = newest.expect("a project has releases");
            format!("{}=={version}", project.name).parse().expect("a release")
        })
        .collect();
    world.runtime.block_on(review(world, &server.packhouse, &releases));
    server
}

async fn review(world: &World, packhouse: &Packhouse, releases: &[Release]) {
    let [alice, bob] = ["alice", "bob"].map(|name| Person::named(name).expect("a name"));
    let people = [
        Member {
            person: &alice,
            name: "Alice",
            organisation: "A",
            roles: &[Role::ReleaseManager, Role::Maintainer],
        },
        Member { person: &bob, name: "Bob", organisation: "B", roles: &[Role::Maintainer] },
    ];
    found(packhouse, "Replays", &people).await.expect("a distribution");
    let tick = || world.clock.advance(Duration::from_secs(1));
    tick();
    let suite = acts::suite(&SUITE.parse().expect("a name"), SuiteKind::Unstable, None, acts::ENVIRONMENT);
    alice.say(packhouse, suite, &[]).await.expect("a suite");
    for release in releases {
        tick();
        let add = ProjectAdd { series: vec!["(any)".to_owned()], ..acts::add(release) };
        alice.say(packhouse, add, &[]).await.expect("a project");
    }
    let end = Instant::now() + Duration::from_mins(1);
    while !releases.iter().all(|release| packhouse.distribution().candidates.contains(release)) {
        assert!(Instant::now() < end, "not all of {releases:?} was taken in");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for release in releases {
        for person in [&alice, &bob] {
            tick();
            person.review(packhouse, acts::acceptance(release)).await.expect("a review");
        }
    }
    let state = packhouse.distribution();
    for release in releases {
        let row = state.candidates.get(release).expect("a candidate");
        assert!(
            matches!(row.state, CandidateState::Accepted { .. }),
            "{release} is not accepted: {:?}",
            row.state
        );
    }
}
