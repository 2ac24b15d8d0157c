//! What nobody knows yet: sdists of new projects, releases that newly need one, files that come late.

#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod guarded;

use std::time::Duration;

use packhouse_app::config::Config;
use packhouse_app::{AppError, FileKey, Packhouse, Question};
use packhouse_testkit::{Fault, Sdist, Wheel};

use guarded::World;

const DAY: Duration = Duration::from_hours(24);

/// The world's index, which looks into no file.
async fn open(world: &World, change: impl FnOnce(&mut Config)) -> Packhouse {
    world
        .open_with(|config| {
            config.policy.findings = packhouse_guard::FindingsPolicy::Off;
            change(config);
        })
        .await
}

/// Publishes a wheel that requires these.
fn needing(world: &World, name: &str, version: &str, requires: &[&str], at: &str) -> FileKey {
    let wheel = Wheel::named(name).version(version);
    let wheel = requires.iter().fold(wheel, |wheel, requirement| wheel.requires(requirement));
    world.publish(wheel.build(), at)
}

/// The first reason against a file, by its page and by every way to its bytes.
async fn against(packhouse: &Packhouse, key: &FileKey) -> Option<(&'static str, String)> {
    let metadata = key.filename.ends_with(".whl");
    let file = match packhouse.file(key).await {
        Ok(_) => None,
        Err(AppError::Refused(refusal)) => Some(refusal),
        Err(error) => panic!("{error}"),
    };
    assert_eq!(packhouse.file_facts(key).await.is_err(), file.is_some(), "HEAD of {}", key.filename);
    if metadata {
        assert_eq!(
            packhouse.core_metadata(key).await.is_err(),
            file.is_some(),
            "metadata of {}",
            key.filename
        );
    }
    let project = key.filename.split('-').next().unwrap().replace('_', "-");
    let explanation = packhouse.explain(&Question::parse(&project).unwrap()).await.unwrap();
    let mut files = explanation.releases.iter().flat_map(|release| &release.files);
    let listed = files.find(|listed| listed.filename == *key.filename).unwrap();
    assert_eq!(listed.decision.serves(), file.is_none(), "why of {}", key.filename);
    listed.decision.reason().map(|hit| (hit.rule, hit.sentence.clone()))
}

async fn rule(packhouse: &Packhouse, key: &FileKey) -> Option<&'static str> {
    against(packhouse, key).await.map(|(rule, _)| rule)
}

#[tokio::test]
async fn an_sdist_without_a_wheel_waits_while_its_project_is_new() {
    let world = World::new();
    let sdist = |name: &str, version: &str| Sdist::named(name).version(version).build();
    let new = world.publish(sdist("fresh", "1.0"), "2025-01-01T00:00:00Z");
    let old = world.publish(sdist("settled", "1.0"), "2024-05-01T00:00:00Z");
    let popular = world.publish(sdist("requests", "1.0"), "2026-05-01T00:00:00Z");
    let packhouse = open(&world, |_| ()).await;
    assert_eq!(rule(&packhouse, &new).await, Some("wheels-only"));
    assert_eq!(rule(&packhouse, &old).await, None, "its first file is older than two years");
    assert_eq!(rule(&packhouse, &popular).await, None, "everybody knows the name");
    world.clock.advance(400 * DAY);
    assert_eq!(rule(&packhouse, &new).await, None, "it has grown old");
}

#[tokio::test]
async fn what_was_there_when_the_index_was_set_up_is_no_newcomer() {
    let world = World::new();
    world.publish(Sdist::named("fresh").version("1.0").build(), "2026-01-01T00:00:00Z");
    let packhouse = open(&world, |_| ()).await;
    let refused = packhouse.explain(&Question::parse("fresh==1.0").unwrap()).await.unwrap();
    assert_ne!(refused.outcome, packhouse_app::Outcome::Serve);
    packhouse.freeze_names().await.unwrap();
    let served = packhouse.explain(&Question::parse("fresh==1.0").unwrap()).await.unwrap();
    assert_eq!(served.outcome, packhouse_app::Outcome::Serve, "{}", served.sentence);
}

#[tokio::test]
async fn a_release_that_newly_needs_a_new_project_waits_on_every_route() {
    let world = World::new();
    let before = needing(&world, "stream", "1.0", &["oldleaf"], "2025-01-01T00:00:00Z");
    let after = needing(&world, "stream", "1.1", &["oldleaf", "twig>=0.1"], "2026-05-10T00:00:00Z");
    let extra =
        needing(&world, "stream", "1.2", &["oldleaf", "twig ; extra == 'more'"], "2026-05-11T00:00:00Z");
    world.wheel("oldleaf", "1.0", "2024-01-01T00:00:00Z");
    world.wheel("twig", "0.1", "2026-05-09T00:00:00Z");
    let packhouse = open(&world, |_| ()).await;
    let why = packhouse.explain(&Question::parse("stream==1.1").unwrap()).await.unwrap();
    assert_eq!(why.outcome, packhouse_app::Outcome::Serve, "nobody has asked for the file yet");
    let (rule_name, sentence) = against(&packhouse, &after).await.unwrap();
    assert_eq!(rule_name, "new-dependencies");
    assert_eq!(
        sentence,
        "stream 1.1 (stream-1.1-py3-none-any.whl) needs twig, which 1.0 did not need and which is a new project: its first \
         file is of 2026-05-09. It is held until 2026-08-07 00:00 UTC."
    );
    assert_eq!(rule(&packhouse, &before).await, None);
    assert_eq!(rule(&packhouse, &extra).await, None, "only whoever asks for the extra gets it");
    // What was found stays, also for who opens the same data.
    drop(packhouse);
    let packhouse = open(&world, |_| ()).await;
    let why = packhouse.explain(&Question::parse("stream==1.1").unwrap()).await.unwrap();
    assert_ne!(why.outcome, packhouse_app::Outcome::Serve);
    world.clock.advance(68 * DAY);
    assert_eq!(rule(&packhouse, &after).await, None, "ninety days are over");
}

#[tokio::test]
async fn who_needs_only_what_is_known_asks_the_upstream_for_nothing_more() {
    let world = World::new();
    world.wheel("stream", "1.0", "2025-01-01T00:00:00Z");
    let after = needing(&world, "stream", "1.1", &["requests", "acme-core"], "2026-05-10T00:00:00Z");
    let packhouse = open(&world, |config| {
        config.policy.private = vec!["acme-*".to_owned()];
        config.policy.publisher = "0".to_owned();
        config.upstream.look_ahead = false;
    });
    let packhouse = packhouse.await;
    assert_eq!(rule(&packhouse, &after).await, None);
    for name in ["requests", "acme-core"] {
        assert_eq!(world.upstream.hits(&format!("/simple/{name}/")), 0, "{name}");
    }
}

#[tokio::test]
async fn nothing_goes_out_while_it_cannot_be_known_what_a_file_needs() {
    let world = World::new();
    world.wheel("stream", "1.0", "2025-01-01T00:00:00Z");
    let after = needing(&world, "stream", "1.1", &["twig"], "2026-05-10T00:00:00Z");
    world.wheel("twig", "0.1", "2026-05-09T00:00:00Z");
    world.upstream.fail("/simple/twig/", Fault::Status(500));
    let strict = open(&world, |config| config.upstream.look_ahead = false).await;
    let error = strict.file(&after).await.unwrap_err();
    assert!(!matches!(error, AppError::Refused(_)), "it is a fault, and no word against it: {error}");
    assert!(strict.core_metadata(&after).await.is_err());
    world.upstream.heal_all();
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(rule(&strict, &after).await, Some("new-dependencies"));
}

#[tokio::test]
async fn a_name_that_is_still_free_is_looked_at_again() {
    let world = World::new();
    world.wheel("stream", "1.0", "2025-01-01T00:00:00Z");
    let after = needing(&world, "stream", "1.1", &["twig"], "2026-05-10T00:00:00Z");
    let packhouse = open(&world, |_| ()).await;
    assert_eq!(rule(&packhouse, &after).await, None, "nothing can be installed by it yet");
    world.clock.advance(2 * DAY);
    world.wheel("twig", "0.1", "2026-06-02T12:00:00Z");
    assert_eq!(rule(&packhouse, &after).await, Some("new-dependencies"));
}

#[tokio::test]
async fn a_file_that_comes_to_an_old_version_waits_as_for_another_publisher() {
    let world = World::new();
    world.wheel("tool", "1.0", "2018-01-01T00:00:00Z");
    let tagged = Wheel::named("tool").version("1.0").tag("py2-none-any").build();
    let late = world.publish(tagged, "2026-05-22T00:00:00Z");
    let soon = Wheel::named("tool").version("1.1").build();
    let first = world.publish(soon, "2026-05-01T00:00:00Z");
    let second = Wheel::named("tool").version("1.1").tag("py2-none-any").build();
    let second = world.publish(second, "2026-05-14T00:00:00Z");
    let packhouse = open(&world, |_| ()).await;
    let (rule_name, sentence) = against(&packhouse, &late).await.unwrap();
    assert_eq!(rule_name, "publisher");
    assert!(
        sentence.contains("came on 2026-05-22 to a version that has been there since 2018-01-01"),
        "{sentence}"
    );
    // 1.1 is the first in years, and that is said of it as long as it is young.
    assert_eq!(rule(&packhouse, &first).await, None);
    assert_eq!(rule(&packhouse, &second).await, None, "two weeks are no time");
    world.clock.advance(5 * DAY);
    assert_eq!(rule(&packhouse, &late).await, None);
}

/// The attack on ctx: the only file of an old version is deleted, and the same version uploaded again.
#[tokio::test]
async fn a_version_that_is_uploaded_again_is_late_where_it_was_seen_before() {
    let world = World::new();
    // Else the project would be a new one after it.
    world.wheel("tool", "0.9", "2017-01-01T00:00:00Z");
    world.publish(Sdist::named("tool").version("1.0").build(), "2018-01-01T00:00:00Z");
    let packhouse = open(&world, |_| ()).await;
    packhouse.explain(&Question::parse("tool").unwrap()).await.unwrap();
    world.upstream.delete("tool-1.0.tar.gz");
    world.clock.advance(30 * DAY);
    let again = world.wheel("tool", "1.0", "2026-06-23T00:00:00Z");
    assert_eq!(rule(&packhouse, &again).await, Some("publisher"));
}

/// A page, a file and everything beside it wait for the age of their project alike, and end together.
#[tokio::test]
async fn a_new_project_waits_on_every_route_until_its_first_file_is_a_month_old() {
    let world = World::new();
    let first = world.wheel("fresh", "1.0", "2026-05-10T00:00:00Z");
    let second = world.wheel("fresh", "1.1", "2026-05-20T00:00:00Z");
    let popular = world.wheel("requests", "1.0", "2026-05-10T00:00:00Z");
    let packhouse = world.open_with(|_| ()).await;
    let (rule_name, sentence) = against(&packhouse, &first).await.unwrap();
    assert_eq!(rule_name, "cooldown");
    assert!(
        sentence.ends_with("It is held until 2026-06-09 00:00 UTC: this index waits 30d for new projects."),
        "{sentence}"
    );
    assert_eq!(rule(&packhouse, &second).await, Some("cooldown"));
    assert_eq!(rule(&packhouse, &popular).await, None, "everybody knows the name");
    world.clock.advance(8 * DAY);
    for file in [&first, &second] {
        assert_eq!(rule(&packhouse, file).await, None, "{}", file.filename);
    }
}
