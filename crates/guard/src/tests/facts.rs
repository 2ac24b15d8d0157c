//! The rules that go by facts beside the page: names and advisories.

use super::*;

fn looks_like(original: &str) -> LooksLike {
    LooksLike {
        original: original.to_owned(),
        relation: "transposed",
        short: format!("looks like {original} (letters changed places)"),
        sentence: format!("reb is a new name, and looks like {original}: letters changed places."),
    }
}

/// reb looks like `rbe` and was first uploaded on this day.
fn look_alike(oldest: &str) -> World {
    let mut world = reb();
    world.project.oldest = Some(time(oldest));
    world.project.looks_like = [looks_like("rbe")].into();
    world
}

#[test]
fn a_new_name_that_looks_like_another_refuses_the_project_until_it_is_old() {
    let world = look_alike("2026-01-01T00:00:00Z");
    let config = PolicyConfig::default();
    let decision = world.decide_project(&policy(&config, &[]));
    assert_eq!(decision.outcome, Outcome::Refuse);
    let hit = decision.reason().expect("a reason");
    assert_eq!((hit.rule, hit.short.as_str()), ("names", "looks like rbe (letters changed places)"));
    assert!(hit.sentence.ends_with("Its first file is of 2026-01-01."), "{}", hit.sentence);
    assert_eq!(decision.until, Some(time("2027-01-01T00:00:00Z")), "time alone ends it");
    check(&world, &config, Outcome::Refuse, Some("names"));
    let old = look_alike("2025-06-02T00:00:00Z");
    check(&old, &config, Outcome::Serve, None);
    let off = PolicyConfig { names: "0".into(), ..PolicyConfig::default() };
    check(&world, &off, Outcome::Serve, None);
}

#[test]
fn a_name_of_unknown_age_is_new() {
    let mut world = look_alike("2020-01-01T00:00:00Z");
    world.project.oldest = None;
    check(&world, &PolicyConfig::default(), Outcome::Refuse, Some("names"));
    assert_eq!(world.decide_project(&policy(&PolicyConfig::default(), &[])).until, None);
}

#[test]
fn a_suite_that_holds_the_project_has_looked_at_its_name() {
    let mut world = look_alike("2026-01-01T00:00:00Z");
    world.project.suite = Some("testing".parse().expect("a suite"));
    world.file.in_suite = true;
    check(&world, &PolicyConfig::default(), Outcome::Serve, None);
}

#[test]
fn an_exception_for_a_version_opens_a_look_alike() {
    let world = look_alike("2026-01-01T00:00:00Z");
    let policy = policy(&PolicyConfig::default(), &[except("reb==1.2", &["names"], "2027-01-01")]);
    assert!(world.decide_project(&policy).serves());
    assert!(world.decide(&policy).serves());
}

fn advisory(id: &str, malware: bool) -> AdvisoryFact {
    AdvisoryFact {
        id: id.to_owned(),
        aliases: vec!["CVE-2026-1".to_owned()],
        summary: "it reads what it should not.".to_owned(),
        malware,
        rating: (!malware).then_some("high"),
        fixed: if malware { vec![] } else { vec!["1.3".to_owned()] },
        unknown: None,
    }
}

fn affected_by(advisory: AdvisoryFact) -> World {
    let mut world = reb();
    world.file.advisories = Advisories { affecting: vec![advisory], fixes: vec![] }.into();
    world
}

#[test]
fn malware_is_refused_whoever_vetted_or_excepted_it() {
    let mut world = affected_by(advisory("MAL-2026-1", true));
    let decision = check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("malware"));
    assert_eq!(decision.because[0].short, "is malware by MAL-2026-1");
    let sentence = "reb 1.2 is malicious by the advisory MAL-2026-1: it reads what it should not.";
    assert_eq!(decision.because[0].sentence, sentence);
    assert_eq!(decision.until, None);
    let hash = format!("sha256:{}", Sha256::of(b"reb"));
    let excepted = policy(&PolicyConfig::default(), &[except(&hash, &[], "2027-01-01")]);
    assert!(!world.decide(&excepted).serves());
    world.project.suite = Some("testing".parse().expect("a suite"));
    world.file.in_suite = true;
    check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("malware"));
}

#[test]
fn what_cannot_be_told_of_malware_is_refused_too() {
    let unknown = Some("the record names no version".to_owned());
    let world = affected_by(AdvisoryFact { unknown, ..advisory("MAL-2026-1", true) });
    let decision = check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("malware"));
    assert_eq!(decision.because[0].short, "may be malware by MAL-2026-1");
}

#[test]
fn an_operator_ignores_an_advisory_by_any_of_its_ids() {
    for id in ["MAL-2026-1", "CVE-2026-1"] {
        let config = PolicyConfig { ignore_advisories: vec![id.to_owned()], ..PolicyConfig::default() };
        check(&affected_by(advisory("MAL-2026-1", true)), &config, Outcome::Serve, None);
    }
    let config = PolicyConfig {
        vulnerabilities: VulnerabilityPolicy::Block,
        ignore_advisories: vec!["CVE-2026-1".to_owned()],
        ..PolicyConfig::default()
    };
    check(&affected_by(advisory("PYSEC-2026-1", false)), &config, Outcome::Serve, None);
}

#[test]
fn a_vulnerability_is_said_warned_of_or_refused() {
    let world = affected_by(advisory("PYSEC-2026-1", false));
    let with = |vulnerabilities| PolicyConfig { vulnerabilities, ..PolicyConfig::default() };
    let said = check(&world, &with(VulnerabilityPolicy::Inform), Outcome::Serve, None);
    assert_eq!(said.notes[0].short, "is vulnerable by PYSEC-2026-1 (high)");
    let sentence = "reb 1.2 is vulnerable by PYSEC-2026-1 (high): it reads what it should not. Fixed in 1.3.";
    assert_eq!(said.notes[0].sentence, sentence);
    assert_eq!(said.warning(), None);
    let warned = check(&world, &with(VulnerabilityPolicy::Warn), Outcome::Serve, None);
    assert_eq!(warned.warning().map(|note| note.sentence.as_str()), Some(sentence));
    let block = with(VulnerabilityPolicy::Block);
    let refused = check(&world, &block, Outcome::Tombstone, Some("advisories"));
    assert_eq!(refused.because[0].sentence, sentence);
    let excepted = policy(&block, &[except("reb==1.2", &["advisories"], "2027-01-01")]);
    assert!(world.decide(&excepted).serves());
}

#[test]
fn a_vulnerability_that_cannot_be_told_refuses_nothing() {
    let unknown = Some("\"x\" is no version of PyPI".to_owned());
    let world = affected_by(AdvisoryFact { unknown, ..advisory("PYSEC-2026-1", false) });
    let block = PolicyConfig { vulnerabilities: VulnerabilityPolicy::Block, ..PolicyConfig::default() };
    let decision = check(&world, &block, Outcome::Serve, None);
    assert!(decision.notes[0].short.starts_with("may be vulnerable"));
}

#[test]
fn a_version_that_fixes_a_vulnerability_does_not_wait_and_that_is_recorded() {
    let mut world = reb();
    world.file.upload_time = Some(time("2026-06-01T10:05:00Z"));
    world.file.advisories = Advisories { affecting: vec![], fixes: vec!["PYSEC-2026-1".to_owned()] }.into();
    let decision = world.decide(&policy(&PolicyConfig::default(), &[]));
    assert!(decision.serves());
    let hit = &decision.because[0];
    assert_eq!(hit.rule, "cooldown");
    let excused = hit.excused.as_ref().expect("what lifts it");
    assert_eq!(excused.reason, "it fixes PYSEC-2026-1");
    assert_eq!(excused.what.to_string(), "reb==1.2");
    assert_eq!(excused.until, time("2026-06-08T10:05:00Z"));
    // What is malware is no fix of anything.
    world.file.advisories =
        Advisories { affecting: vec![advisory("MAL-2026-1", true)], fixes: vec!["PYSEC-2026-1".to_owned()] }
            .into();
    assert!(!world.decide(&policy(&PolicyConfig::default(), &[])).serves());
}

fn shown(publisher: Publisher, uploaded: &str) -> World {
    let mut world = reb();
    world.now = time("2026-06-02T00:00:00Z");
    world.file.upload_time = Some(time(uploaded));
    world.release.publisher = publisher;
    world
}

fn change(holds: bool) -> Publisher {
    let change = PublisherChange {
        kind: "repository",
        holds,
        short: "names another repository".to_owned(),
        sentence: "Who publishes reb 1.2 changed: 1.1 names a, this release b.".to_owned(),
    };
    Publisher::Known([change].into())
}

#[test]
fn a_release_by_others_waits_longer_than_the_cooldown() {
    let config = PolicyConfig::default();
    let world = shown(change(true), "2026-05-22T00:00:00Z");
    let decision = check(&world, &config, Outcome::Tombstone, Some("publisher"));
    assert_eq!(decision.until, Some(time("2026-06-05T00:00:00Z")));
    assert!(decision.because[0].sentence.ends_with("It is held until 2026-06-05 00:00 UTC."));
    assert_eq!(decision.notes, []);
    let passed = check(&shown(change(true), "2026-05-19T00:00:00Z"), &config, Outcome::Serve, None);
    assert_eq!(passed.notes[0].short, "names another repository", "it is still said");
    let said = check(&shown(change(false), "2026-05-22T00:00:00Z"), &config, Outcome::Serve, None);
    assert_eq!(said.notes.len(), 1);
    let off = PolicyConfig { publisher: "0".into(), ..PolicyConfig::default() };
    check(&world, &off, Outcome::Serve, None);
}

#[test]
fn what_was_not_compared_waits_and_says_which_fact_is_missing() {
    let config = PolicyConfig::default();
    let world = shown(Publisher::Unknown, "2026-05-22T00:00:00Z");
    let decision = check(&world, &config, Outcome::Tombstone, Some("publisher"));
    assert!(decision.because[0].sentence.contains("missing fact: publisher"));
    check(&shown(Publisher::Unknown, "2026-05-19T00:00:00Z"), &config, Outcome::Serve, None);
}

#[test]
fn no_policy_waits_for_a_publisher_longer_than_releases_are_compared() {
    let config = PolicyConfig { publisher: "61d".into(), ..PolicyConfig::default() };
    let error = Policy::compile(&index(), "policy", &config, &[], &Plain).expect_err("too long");
    assert!(error.to_string().starts_with("policy.publisher: at most"), "{error}");
}
