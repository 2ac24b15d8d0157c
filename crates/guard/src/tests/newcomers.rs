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

/// reb 1.2, uploaded with the first file of its project or later.
fn young_project(first: &str, uploaded: &str) -> World {
    let mut world = reb();
    world.project.oldest = Some(time(first));
    world.file.upload_time = Some(time(uploaded));
    world
}

#[test]
fn a_project_waits_until_its_first_file_is_old_enough() {
    let config = PolicyConfig::default();
    // Its first file is of three weeks ago: the cooldown of each file is over, the project's is not.
    let mut world = young_project("2026-05-12T09:30:00Z", "2026-05-20T00:00:00Z");
    let decision = check(&world, &config, Outcome::Tombstone, Some("cooldown"));
    let hit = decision.reason().expect("a hit");
    assert_eq!(hit.short, "is of a new project of 2026-05-12, cooldown 30d ends 2026-06-11 09:30 UTC");
    assert_eq!(
        hit.sentence,
        "reb 1.2 (reb-1.2-py3-none-any.whl) is of a new project, whose first file is of 2026-05-12 09:30 UTC. It is held until \
         2026-06-11 09:30 UTC: this index waits 30d for new projects."
    );
    assert_eq!((decision.because.len(), decision.until), (1, Some(time("2026-06-11T09:30:00Z"))));
    world.now = time("2026-06-11T09:30:00Z");
    check(&world, &config, Outcome::Serve, None);
    // Whichever is later: the file's own wait ends after the project's.
    let mut late = young_project("2026-05-05T00:00:00Z", "2026-06-01T00:00:00Z");
    let decision = check(&late, &config, Outcome::Tombstone, Some("cooldown"));
    assert_eq!(decision.until, Some(time("2026-06-08T00:00:00Z")));
    assert!(decision.because[0].short.starts_with("was uploaded 2026-06-01, cooldown 7d"), "{decision:?}");
    late.now = time("2026-06-08T00:00:00Z");
    check(&late, &config, Outcome::Serve, None);
}

#[test]
fn names_that_were_known_are_no_new_projects_and_neither_is_what_people_vetted() {
    let config = PolicyConfig::default();
    let mut known = young_project("2026-05-12T00:00:00Z", "2026-05-20T00:00:00Z");
    known.project.known = true;
    check(&known, &config, Outcome::Serve, None);
    let mut vetted = young_project("2026-05-12T00:00:00Z", "2026-05-20T00:00:00Z");
    vetted.project.suite = Some("testing".parse().expect("a suite"));
    vetted.file.in_suite = true;
    check(&vetted, &config, Outcome::Serve, None);
}

#[test]
fn a_new_project_of_unknown_age_waits_from_first_sight() {
    let mut world = reb();
    world.file.upload_time = None;
    world.file.first_seen = time("2026-05-12T00:00:00Z");
    for oldest in [Some(time("2026-05-12T00:00:00Z")), None] {
        world.project.oldest = oldest;
        let decision = check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("cooldown"));
        assert_eq!(decision.until, Some(time("2026-06-11T00:00:00Z")), "{oldest:?}");
        let hit = decision.reason().expect("a hit");
        assert_eq!(
            hit.short,
            "has no upload time, first seen 2026-05-12, new project, cooldown 30d ends 2026-06-11 00:00 UTC"
        );
        assert_eq!(
            hit.sentence,
            "reb 1.2 (reb-1.2-py3-none-any.whl) has no upload time upstream, so the age of its project counts from when it was \
             first seen, 2026-05-12 00:00 UTC. It is held until 2026-06-11 00:00 UTC: this index waits 30d for new projects."
        );
    }
    // One whose date contradicts what we saw, and that is all there is of its project.
    world.file.upload_time = Some(time("2025-01-01T00:00:00Z"));
    world.file.not_before = Some(time("2026-05-20T00:00:00Z"));
    world.project.oldest = Some(time("2026-05-20T00:00:00Z"));
    let decision = check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("cooldown"));
    assert!(
        decision.because[0].sentence.contains("claims an upload before 2026-05-20 00:00 UTC"),
        "{decision:?}"
    );
    assert_eq!(decision.until, Some(time("2026-06-19T00:00:00Z")));
}

#[test]
fn new_projects_follow_their_own_setting_and_no_cooldown_is_none() {
    let world = young_project("2026-05-12T00:00:00Z", "2026-05-20T00:00:00Z");
    let own = |cooldown: Option<&str>, new: Option<&str>| ProjectConfig {
        cooldown: cooldown.map(str::to_owned),
        cooldown_new_projects: new.map(str::to_owned),
        ..ProjectConfig::default()
    };
    for (cooldown, new, project, until) in [
        ("7d", "0s", own(None, None), None),
        ("7d", "60d", own(None, None), Some("2026-07-11")),
        ("7d", "14d", own(None, None), None),
        // Nothing waits where nothing is to wait.
        ("0", "30d", own(None, None), None),
        ("7d", "30d", own(Some("0"), None), None),
        ("0", "30d", own(Some("1d"), None), Some("2026-06-11")),
        ("7d", "30d", own(None, Some("0")), None),
        ("7d", "0", own(None, Some("25d")), Some("2026-06-06")),
        // The file's own wait stays what it is.
        ("20d", "30d", own(None, Some("0")), Some("2026-06-09")),
    ] {
        let config = PolicyConfig {
            cooldown: cooldown.into(),
            cooldown_new_projects: new.into(),
            projects: [("reb".to_owned(), project.clone())].into(),
            ..PolicyConfig::default()
        };
        let expected = if until.is_some() { Outcome::Tombstone } else { Outcome::Serve };
        let decision = check(&world, &config, expected, until.map(|_| "cooldown"));
        assert_eq!(decision.until, until.map(time), "{cooldown} {new} {project:?}");
    }
    let wrong = PolicyConfig { cooldown_new_projects: "soon".into(), ..PolicyConfig::default() };
    let error = Policy::compile(&index(), "policy", &wrong, &[], &Plain).expect_err("no length");
    assert!(error.to_string().starts_with("policy.cooldown-new-projects: expected a length"), "{error}");
}

#[test]
fn fixes_and_exceptions_open_a_new_project_as_they_open_a_fresh_file() {
    let config = PolicyConfig::default();
    let mut world = young_project("2026-05-12T00:00:00Z", "2026-05-20T00:00:00Z");
    let excepted = policy(&config, &[except("reb==1.2", &["cooldown"], "2026-07-01")]);
    assert!(world.decide(&excepted).serves());
    world.file.advisories = Advisories { affecting: vec![], fixes: vec!["PYSEC-2026-1".to_owned()] }.into();
    let decision = world.decide(&policy(&config, &[]));
    assert!(decision.serves());
    let excused = decision.because[0].excused.as_ref().expect("what lifts it");
    assert_eq!(excused.until, time("2026-06-11T00:00:00Z"));
}

#[test]
fn what_waits_for_its_project_is_told_with_the_rules() {
    let says = |config: &PolicyConfig| {
        let rules = policy(config, &[]).describe();
        rules.into_iter().find(|(rule, _)| *rule == "cooldown").map(|(_, text)| text).expect("the rule")
    };
    let waits = " Where there is a cooldown, files of a project are also held until 30d after its first file, unless the name was \
                 known before.";
    assert!(says(&PolicyConfig::default()).ends_with(waits), "{}", says(&PolicyConfig::default()));
    let none = PolicyConfig { cooldown: "0".into(), ..PolicyConfig::default() };
    assert!(!says(&none).contains("first file"), "{}", says(&none));
    let own =
        |new: &str| ProjectConfig { cooldown_new_projects: Some(new.into()), ..ProjectConfig::default() };
    let projects = [("a".to_owned(), own("0")), ("b*".to_owned(), own("60d"))].into();
    let text = says(&PolicyConfig { projects, ..PolicyConfig::default() });
    assert!(
        text.ends_with(&format!("{waits} For a no new project waits. For b* a new project waits 60d.")),
        "{text}"
    );
}
