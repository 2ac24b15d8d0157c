//! The rules about projects that nobody knows yet, and about files that come late.

use super::*;

/// reb 1.2 as an sdist without a wheel, of a project whose first file is of 2026-01-01.
fn sdist() -> World {
    let mut world = reb();
    world.file.kind = FileKind::Sdist;
    world.file.filename = "reb-1.2.tar.gz".into();
    world.release.has_wheel = false;
    world.release.has_universal_wheel = false;
    world
}

#[test]
fn an_sdist_of_a_new_project_waits_where_there_is_no_wheel() {
    let config = PolicyConfig::default();
    let decision = check(&sdist(), &config, Outcome::Tombstone, Some("wheels-only"));
    let hit = decision.reason().expect("a hit");
    assert_eq!(hit.short, "is an sdist without a wheel, of a new project");
    assert_eq!(
        hit.sentence,
        "reb-1.2.tar.gz is a source distribution, whose code runs when it is installed; reb 1.2 has no wheel, and reb is a new \
         project: its first file is of 2026-01-01. It is held until 2028-01-01."
    );
    assert_eq!(decision.until, Some(time("2028-01-01T00:00:00Z")), "time alone ends it");
    let mut old = sdist();
    old.now = time("2028-01-01T00:00:00Z");
    check(&old, &config, Outcome::Serve, None);
    let mut known = sdist();
    known.project.known = true;
    check(&known, &config, Outcome::Serve, None);
    let mut undated = sdist();
    undated.project.oldest = None;
    assert_eq!(check(&undated, &config, Outcome::Tombstone, Some("wheels-only")).until, None);
    let mut wheel = reb();
    wheel.release.has_wheel = true;
    check(&wheel, &config, Outcome::Serve, None);
}

#[test]
fn sdists_of_new_projects_follow_their_own_setting_and_the_projects() {
    use SdistPolicy::{Always, Never, UnlessUniversalWheel, UnlessWheel};
    for (sdist_policy, new_sdists, wheel, refused) in [
        (UnlessWheel, "730d", false, true),
        (UnlessWheel, "30d", false, false),
        (UnlessWheel, "0", false, false),
        (UnlessWheel, "0", true, true),
        (UnlessUniversalWheel, "730d", false, true),
        // Who has a wheel for some platforms lets the others build.
        (UnlessUniversalWheel, "730d", true, false),
        (Always, "730d", false, false),
        (Never, "0", false, true),
    ] {
        let mut world = sdist();
        world.release.has_wheel = wheel;
        let config =
            PolicyConfig { sdist: sdist_policy, new_sdists: new_sdists.into(), ..PolicyConfig::default() };
        let expected = if refused { Outcome::Tombstone } else { Outcome::Serve };
        check(&world, &config, expected, refused.then_some("wheels-only"));
    }
    let always = ProjectConfig { sdist: Some(Always), ..ProjectConfig::default() };
    let projects = [("reb".to_owned(), always)].into();
    check(&sdist(), &PolicyConfig { projects, ..PolicyConfig::default() }, Outcome::Serve, None);
    let excepted = policy(&PolicyConfig::default(), &[except("reb==1.2", &["wheels-only"], "2026-07-01")]);
    assert!(sdist().decide(&excepted).serves());
}

fn needs(newcomers: &[(&str, &str)]) -> World {
    let mut world = reb();
    world.file.upload_time = Some(time("2026-05-01T00:00:00Z"));
    let newcomer = |(project, oldest): &(&str, &str)| Newcomer {
        project: (*project).to_owned(),
        oldest: time(oldest),
        before: "1.1".to_owned(),
    };
    world.file.newcomers = Some(newcomers.iter().map(newcomer).collect());
    world
}

#[test]
fn a_release_that_newly_needs_a_new_project_waits_for_it() {
    let config = PolicyConfig::default();
    let world = needs(&[("twig", "2026-04-20T00:00:00Z")]);
    let decision = check(&world, &config, Outcome::Tombstone, Some("new-dependencies"));
    let hit = decision.reason().expect("a hit");
    assert_eq!(hit.short, "newly needs twig, a new project; waits until 2026-07-19 00:00 UTC");
    assert_eq!(
        hit.sentence,
        "reb 1.2 (reb-1.2-py3-none-any.whl) needs twig, which 1.1 did not need and which is a new project: its first file is of \
         2026-04-20. It is held until 2026-07-19 00:00 UTC."
    );
    assert_eq!(decision.until, Some(time("2026-07-19T00:00:00Z")));
    let two = needs(&[("twig", "2026-04-20T00:00:00Z"), ("leaf", "2026-05-01T00:00:00Z")]);
    let decision = check(&two, &config, Outcome::Tombstone, Some("new-dependencies"));
    assert_eq!(decision.until, Some(time("2026-07-30T00:00:00Z")), "the youngest says how long");
    assert!(decision.because[0].sentence.ends_with("As new, and not needed before: twig."), "{decision:?}");
    check(&needs(&[]), &config, Outcome::Serve, None);
    check(&needs(&[("twig", "2026-03-04T00:00:00Z")]), &config, Outcome::Serve, None);
    let off = PolicyConfig { new_dependencies: "0".into(), ..PolicyConfig::default() };
    check(&world, &off, Outcome::Serve, None);
    let excepted = policy(&config, &[except("reb==1.2", &["new-dependencies"], "2026-07-01")]);
    assert!(world.decide(&excepted).serves());
    let mut vetted = world;
    vetted.project.suite = Some("testing".parse().expect("a suite"));
    vetted.file.in_suite = true;
    check(&vetted, &config, Outcome::Serve, None);
}

#[test]
fn no_dependency_counts_as_new_for_longer_than_it_is_remembered() {
    let config = PolicyConfig { new_dependencies: "366d".into(), ..PolicyConfig::default() };
    let error = Policy::compile(&index(), "policy", &config, &[], &Plain).expect_err("too long");
    assert!(error.to_string().starts_with("policy.new-dependencies: a dependency counts"), "{error}");
}

#[test]
fn a_long_name_leaves_room_for_the_rest_of_a_headline() {
    let world = needs(&[(&"x".repeat(200), "2026-04-20T00:00:00Z")]);
    let decision = world.decide(&policy(&PolicyConfig::default(), &[]));
    assert!(decision.reason().is_some_and(|hit| hit.short.len() <= 92), "{decision:#?}");
}

#[test]
fn what_a_file_needs_is_asked_while_it_is_young_and_nobody_has_looked() {
    let asks = |world: &World, config: &PolicyConfig| {
        let case = Case {
            project: &world.project,
            release: Some(&world.release),
            file: Some(&world.file),
            now: world.now,
        };
        policy(config, &[]).asks_what_it_needs(&case)
    };
    let config = PolicyConfig::default();
    let mut young = reb();
    young.file.upload_time = Some(time("2026-05-01T00:00:00Z"));
    assert!(asks(&young, &config));
    check(&young, &config, Outcome::Serve, None);
    assert!(!asks(&needs(&[]), &config), "somebody has looked");
    assert!(!asks(&reb(), &config), "too old to need what is new");
    let off = PolicyConfig { new_dependencies: "0".into(), ..PolicyConfig::default() };
    assert!(!asks(&young, &off));
    young.project.suite = Some("testing".parse().expect("a suite"));
    assert!(!asks(&young, &config), "people have reviewed it");
}

#[test]
fn a_file_that_comes_late_to_an_old_version_waits() {
    let mut world = reb();
    world.file.upload_time = Some(time("2026-05-22T00:00:00Z"));
    world.file.late = Some(time("2018-01-01T00:00:00Z"));
    let config = PolicyConfig::default();
    let decision = check(&world, &config, Outcome::Tombstone, Some("publisher"));
    let hit = decision.reason().expect("a hit");
    assert_eq!(hit.short, "came late to a version of 2018-01-01; waits until 2026-06-05 00:00 UTC");
    assert_eq!(
        hit.sentence,
        "reb 1.2 (reb-1.2-py3-none-any.whl) came on 2026-05-22 to a version that has been there since 2018-01-01: people have \
         looked at that without this file. It is held until 2026-06-05 00:00 UTC."
    );
    assert_eq!(decision.until, Some(time("2026-06-05T00:00:00Z")));
    world.now = time("2026-06-05T00:00:00Z");
    check(&world, &config, Outcome::Serve, None);
    world.now = time("2026-06-02T00:00:00Z");
    let off = PolicyConfig { publisher: "0".into(), ..PolicyConfig::default() };
    check(&world, &off, Outcome::Serve, None);
}
