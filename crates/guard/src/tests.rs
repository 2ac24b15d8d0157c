mod facts;
mod newcomers;

use std::sync::Arc;
use std::time::Duration;

use packhouse_model::{FileKind, IndexName, ProjectName, Sha256, Timestamp};

use crate::*;

/// A stand-in for an ecosystem: lower case, `_` to `-`, trailing `.0` dropped.
struct Plain;

impl Canonical for Plain {
    fn project(&self, name: &str) -> Result<String, String> {
        if name.is_empty() || name.contains(' ') {
            return Err(format!("`{name}` is not a name"));
        }
        Ok(name.to_lowercase().replace('_', "-"))
    }
    fn version_key(&self, version: &str) -> Result<String, String> {
        Ok(version.trim_end_matches(".0").to_owned())
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn index() -> IndexName {
    "default".parse().expect("a name")
}

fn policy(config: &PolicyConfig, exceptions: &[ExceptionConfig]) -> Policy {
    Policy::compile(&index(), "policy", config, exceptions, &Plain).expect("a policy")
}

struct World {
    project: ProjectFacts,
    release: ReleaseFacts,
    file: FileFacts,
    now: Timestamp,
}

/// reb 1.2, a wheel, uploaded long ago.
fn reb() -> World {
    World {
        project: ProjectFacts {
            name: ProjectName::from_canonical("reb"),
            status: UpstreamStatus::Active,
            status_reason: None,
            suite: None,
            oldest: Some(time("2026-01-01T00:00:00Z")),
            looks_like: Arc::default(),
            known: false,
        },
        release: ReleaseFacts {
            version: "1.2".into(),
            key: "1.2".into(),
            has_wheel: true,
            has_universal_wheel: true,
            publisher: Publisher::default(),
        },
        file: FileFacts {
            filename: "reb-1.2-py3-none-any.whl".into(),
            kind: FileKind::Wheel,
            sha256: Some(Sha256::of(b"reb")),
            pinned: Some(Sha256::of(b"reb")),
            upload_time: Some(time("2026-01-01T00:00:00Z")),
            first_seen: time("2026-06-01T00:00:00Z"),
            not_before: None,
            deleted: None,
            in_suite: false,
            withdrawn: None,
            advisories: Arc::default(),
            inspected: None,
            late: None,
            newcomers: None,
        },
        now: time("2026-06-02T00:00:00Z"),
    }
}

impl World {
    fn decide(&self, policy: &Policy) -> Decision {
        let case = Case {
            project: &self.project,
            release: Some(&self.release),
            file: Some(&self.file),
            now: self.now,
        };
        decide(policy, &case)
    }
    fn decide_project(&self, policy: &Policy) -> Decision {
        decide(policy, &Case { project: &self.project, release: None, file: None, now: self.now })
    }
}

#[track_caller]
fn check(world: &World, config: &PolicyConfig, outcome: Outcome, rule: Option<&str>) -> Decision {
    let decision = world.decide(&policy(config, &[]));
    assert_eq!((decision.outcome, decision.reason().map(|hit| hit.rule)), (outcome, rule), "{decision:#?}");
    decision
}

fn except(what: &str, rules: &[&str], until: &str) -> ExceptionConfig {
    let version = what.split_once("==");
    ExceptionConfig {
        project: version.map(|(name, _)| name.to_owned()),
        version: version.map(|(_, version)| version.to_owned()),
        sha256: what.strip_prefix("sha256:").map(|hex| hex.parse().expect("a digest")),
        rules: rules.iter().map(|&rule| rule.to_owned()).collect(),
        reason: "needed".into(),
        author: "ada".into(),
        until: time(until),
        indexes: vec![],
    }
}

#[test]
fn an_old_wheel_is_served() {
    let decision = check(&reb(), &PolicyConfig::default(), Outcome::Serve, None);
    assert_eq!(decision.until, None);
}

#[test]
fn a_fresh_file_waits_and_the_moment_it_ends_is_said() {
    let mut world = reb();
    world.file.upload_time = Some(time("2026-06-01T10:05:00Z"));
    let decision = check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("cooldown"));
    assert_eq!(decision.until, Some(time("2026-06-08T10:05:00Z")));
    let short = &decision.because[0].short;
    assert_eq!(short, "was uploaded 2026-06-01, cooldown 7d ends 2026-06-08 10:05 UTC");
    world.now = time("2026-06-08T10:05:00Z");
    check(&world, &PolicyConfig::default(), Outcome::Serve, None);
}

#[test]
fn an_unknown_age_counts_from_first_sight() {
    let mut world = reb();
    world.file.upload_time = None;
    let decision = check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("cooldown"));
    assert_eq!(decision.until, Some(time("2026-06-08T00:00:00Z")));
}

#[test]
fn an_upload_time_that_contradicts_what_we_saw_does_not_count() {
    let mut world = reb();
    world.file.not_before = Some(time("2026-06-01T23:00:00Z"));
    let decision = check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("cooldown"));
    assert_eq!(decision.until, Some(time("2026-06-08T23:00:00Z")));
    assert!(decision.because[0].sentence.contains("claims an upload before"), "{decision:?}");
}

#[test]
fn cooldowns_of_single_projects_win_by_exactness() {
    let mut config = PolicyConfig::default();
    let wait = |text: &str| ProjectConfig { cooldown: Some(text.into()), ..ProjectConfig::default() };
    config.projects =
        [("r*".to_owned(), wait("1h")), ("re*".to_owned(), wait("2h")), ("Reb".to_owned(), wait("0"))].into();
    let mut world = reb();
    world.file.upload_time = Some(world.now);
    check(&world, &config, Outcome::Serve, None);
    config.projects.remove("Reb");
    let decision = check(&world, &config, Outcome::Tombstone, Some("cooldown"));
    assert_eq!(decision.until, Some(world.now.plus(Duration::from_secs(7_200))));
}

#[test]
fn private_names_are_refused_before_the_upstream_is_asked() {
    let config = PolicyConfig { private: vec!["acme-*".into(), "reb".into()], ..Default::default() };
    let policy = policy(&config, &[]);
    for (name, outcome) in [
        ("reb", Outcome::Refuse),
        ("acme-core", Outcome::Refuse),
        ("acme", Outcome::Serve),
        ("acmecorp", Outcome::Serve),
        ("rebar", Outcome::Serve),
    ] {
        let facts = ProjectFacts::unasked(ProjectName::from_canonical(name));
        let decision =
            decide(&policy, &Case { project: &facts, release: None, file: None, now: Timestamp::MIN });
        assert_eq!(decision.outcome, outcome, "{name}");
    }
}

#[test]
fn the_deny_list_matches_names_versions_and_hashes() {
    let hash = format!("sha256:{}", Sha256::of(b"reb"));
    for (entry, project, file) in [
        ("reb", Outcome::Refuse, Outcome::Refuse),
        ("RE*", Outcome::Refuse, Outcome::Refuse),
        ("reb==1.2.0", Outcome::Serve, Outcome::Tombstone),
        ("reb==1.3", Outcome::Serve, Outcome::Serve),
        (hash.as_str(), Outcome::Serve, Outcome::Tombstone),
    ] {
        let config = PolicyConfig { deny: vec![EntryConfig::Text(entry.into())], ..Default::default() };
        let policy = policy(&config, &[]);
        assert_eq!(reb().decide_project(&policy).outcome, project, "{entry}");
        assert_eq!(reb().decide(&policy).outcome, file, "{entry}");
    }
}

#[test]
fn an_allow_list_refuses_the_rest() {
    let hash = format!("sha256:{}", Sha256::of(b"other"));
    for (entry, project, file) in [
        ("reb", Outcome::Serve, Outcome::Serve),
        ("other", Outcome::Refuse, Outcome::Tombstone),
        ("reb==1.2", Outcome::Serve, Outcome::Serve),
        ("reb==2", Outcome::Serve, Outcome::Tombstone),
        (hash.as_str(), Outcome::Serve, Outcome::Tombstone),
    ] {
        let config = PolicyConfig { allow: vec![EntryConfig::Text(entry.into())], ..Default::default() };
        let policy = policy(&config, &[]);
        assert_eq!(reb().decide_project(&policy).outcome, project, "{entry}");
        assert_eq!(reb().decide(&policy).outcome, file, "{entry}");
    }
}

#[test]
fn changed_bytes_missing_hashes_and_quarantine_are_refused() {
    let mut world = reb();
    world.file.pinned = Some(Sha256::of(b"first"));
    check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("first-seen-pin"));
    let mut world = reb();
    world.file.sha256 = None;
    check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("hash-required"));
    let mut world = reb();
    world.project.status = UpstreamStatus::Quarantined;
    check(&world, &PolicyConfig::default(), Outcome::Refuse, Some("upstream-quarantine"));
}

#[test]
fn sdists_follow_the_policy() {
    use SdistPolicy::{Always, Never, UnlessUniversalWheel, UnlessWheel};
    for (policy, wheel, universal, served) in [
        (Always, true, true, true),
        (UnlessWheel, true, false, false),
        (UnlessWheel, false, false, true),
        (UnlessUniversalWheel, true, false, true),
        (UnlessUniversalWheel, true, true, false),
        (Never, false, false, false),
    ] {
        let mut world = reb();
        world.file.kind = FileKind::Sdist;
        world.release.has_wheel = wheel;
        world.release.has_universal_wheel = universal;
        world.project.known = true;
        let config = PolicyConfig { sdist: policy, ..Default::default() };
        let (outcome, rule) =
            if served { (Outcome::Serve, None) } else { (Outcome::Tombstone, Some("wheels-only")) };
        check(&world, &config, outcome, rule);
    }
}

#[test]
fn an_exception_lifts_its_rules_until_its_day() {
    let mut world = reb();
    world.file.upload_time = Some(world.now);
    let config = PolicyConfig::default();
    for (what, rules, until, served) in [
        ("reb==1.2.0", &[][..], "2026-07-01", true),
        ("reb==1.2", &["cooldown"][..], "2026-07-01", true),
        ("reb==1.2", &["wheels-only"][..], "2026-07-01", false),
        ("reb==1.3", &[][..], "2026-07-01", false),
        ("reb==1.2", &[][..], "2026-06-02", false),
        (&format!("sha256:{}", Sha256::of(b"reb")), &[][..], "2026-07-01", true),
    ] {
        let decision = world.decide(&policy(&config, &[except(what, rules, until)]));
        assert_eq!(decision.serves(), served, "{what} {rules:?} {until}");
        assert_eq!(decision.because.len(), 1, "the hit stays on record");
        assert_eq!(decision.because[0].excused.is_some(), served);
        if served {
            assert_eq!(decision.until, Some(time("2026-07-01")), "looked at again when the exception ends");
        }
    }
}

#[test]
fn an_exception_for_a_version_opens_a_denied_project_for_that_version_alone() {
    let config = PolicyConfig { deny: vec![EntryConfig::Text("reb".into())], ..Default::default() };
    let by_version = policy(&config, &[except("reb==1.2", &[], "2026-07-01")]);
    assert_eq!(reb().decide_project(&by_version).outcome, Outcome::Serve);
    assert_eq!(reb().decide(&by_version).outcome, Outcome::Serve);
    let mut other = reb();
    other.release.key = "1.3".into();
    assert_eq!(other.decide(&by_version).outcome, Outcome::Refuse);
    let by_hash = policy(&config, &[except(&format!("sha256:{}", Sha256::of(b"reb")), &[], "2026-07-01")]);
    assert_eq!(reb().decide_project(&by_hash).outcome, Outcome::Refuse);
    assert_eq!(reb().decide(&by_hash).outcome, Outcome::Refuse, "never served where the page is refused");
}

#[test]
fn a_policy_that_cannot_be_meant_is_an_error_that_says_where() {
    let bad = |config: PolicyConfig, exceptions: &[ExceptionConfig]| {
        Policy::compile(&index(), "policy", &config, exceptions, &Plain)
            .expect_err("must not compile")
            .to_string()
    };
    let config = |edit: fn(&mut PolicyConfig)| {
        let mut config = PolicyConfig::default();
        edit(&mut config);
        config
    };
    for (config, expected) in [
        (config(|c| c.cooldown = "soon".into()), "policy.cooldown: expected a length of time"),
        (config(|c| c.deny = vec![EntryConfig::Text("a b".into())]), "policy.deny[0]: `a b` is not a name"),
        (config(|c| c.private = vec!["reb==1".into()]), "policy.private: `reb==1` is not a name or a prefix"),
        (
            config(|c| c.allow = vec![EntryConfig::Text("sha256:12".into())]),
            "policy.allow[0]: a SHA-256 is 64",
        ),
    ] {
        let message = bad(config, &[]);
        assert!(message.starts_with(expected), "{message}");
    }
    let mut whole = except("reb==1", &[], "2026-07-01");
    whole.version = None;
    assert!(bad(PolicyConfig::default(), &[whole]).contains("exact bytes"));
    let unknown = bad(PolicyConfig::default(), &[except("reb==1", &["cooldwn"], "2026-07-01")]);
    assert!(unknown.contains("there is no rule `cooldwn`"), "{unknown}");
    let fixed = bad(PolicyConfig::default(), &[except("reb==1", &["private-names"], "2026-07-01")]);
    assert!(fixed.contains("cannot be lifted"), "{fixed}");
}

#[test]
fn every_rule_is_in_the_list_of_rules() {
    let config = PolicyConfig {
        private: vec!["a".into()],
        allow: vec![EntryConfig::Text("a".into())],
        deny: vec![EntryConfig::Text("a".into())],
        deleted: DeletedPolicy::Refuse,
        ..Default::default()
    };
    let mut names: Vec<_> = policy(&config, &[]).describe().iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    assert_eq!(names, rules::ALL_RULES.map(|(name, _)| name));
}

#[test]
fn what_was_deleted_young_is_refused_and_what_was_in_use_is_kept() {
    let mut world = reb();
    let [default, keep, refuse] = [DeletedPolicy::KeepOld, DeletedPolicy::Keep, DeletedPolicy::Refuse]
        .map(|deleted| PolicyConfig { deleted, ..PolicyConfig::default() });
    assert_eq!(default, PolicyConfig::default());
    // Uploaded on the first of January, and long out of its cooldown.
    for (deleted, by_default) in [
        (None, None),
        (Some("2026-01-05T00:00:00Z"), Some("deleted-upstream")),
        (Some("2026-01-30T23:59:59Z"), Some("deleted-upstream")),
        (Some("2026-01-31T00:00:00Z"), None),
        (Some("2026-05-01T00:00:00Z"), None),
    ] {
        world.file.deleted = deleted.map(time);
        let outcome = |rule: Option<&str>| if rule.is_some() { Outcome::Tombstone } else { Outcome::Serve };
        check(&world, &default, outcome(by_default), by_default);
        check(&world, &keep, Outcome::Serve, None);
        let always = deleted.map(|_| "deleted-upstream");
        check(&world, &refuse, outcome(always), always);
    }
    world.file.deleted = Some(time("2026-01-10T00:00:00Z"));
    let decision = check(&world, &default, Outcome::Tombstone, Some("deleted-upstream"));
    assert_eq!(
        decision.because[0].sentence,
        "reb-1.2-py3-none-any.whl was no longer listed upstream on 2026-01-10, 9d after it came: upstreams delete malware, and \
         nothing says that this was none."
    );
    // Whoever knows why says so.
    let exception = except("reb==1.2", &["deleted-upstream"], "2026-07-01");
    assert_eq!(world.decide(&policy(&default, &[exception])).outcome, Outcome::Serve);
    // Of unknown age: from when it was first seen.
    world.file.upload_time = None;
    world.file.deleted = Some(time("2026-06-20T00:00:00Z"));
    world.now = time("2026-08-01T00:00:00Z");
    check(&world, &default, Outcome::Tombstone, Some("deleted-upstream"));
    world.file.deleted = Some(time("2026-07-15T00:00:00Z"));
    check(&world, &default, Outcome::Serve, None);
    // What people reviewed stays.
    world.file.deleted = Some(time("2026-06-02T00:00:00Z"));
    world.project.suite = Some("testing".parse().expect("a suite"));
    world.file.in_suite = true;
    check(&world, &default, Outcome::Serve, None);
}

#[test]
fn a_project_in_a_suite_is_served_from_it_alone_and_without_waiting() {
    let mut world = reb();
    world.project.suite = Some("testing".parse().expect("a suite"));
    world.file.upload_time = Some(world.now);
    world.file.in_suite = true;
    let policy = PolicyConfig::default();
    check(&world, &policy, Outcome::Serve, None);
    world.file.in_suite = false;
    let decision = check(&world, &policy, Outcome::Tombstone, Some("suite"));
    assert_eq!(decision.because[0].short, "is not in testing: not reviewed");
    let excepted = world.decide(&self::policy(&policy, &[except("reb==1.2", &[], "2026-07-01")]));
    assert_eq!(excepted.outcome, Outcome::Tombstone, "the suite's page could not list it");
    let denied = PolicyConfig { deny: vec![EntryConfig::Text("reb".into())], ..PolicyConfig::default() };
    world.file.in_suite = true;
    check(&world, &denied, Outcome::Refuse, Some("deny-list"));
}

#[test]
fn what_is_quarantined_is_refused_in_a_suite_and_outside_of_it() {
    let mut world = reb();
    world.file.withdrawn = Some(Withdrawn {
        condition: "quarantined",
        reason: "steals tokens".into(),
        by: "alice".into(),
        since: time("2026-06-01T10:00:00Z"),
    });
    let decision = check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("withdrawn"));
    assert_eq!(
        decision.because[0].sentence,
        "reb 1.2 was quarantined on 2026-06-01 by alice: steals tokens."
    );
    world.project.suite = Some("testing".parse().expect("a suite"));
    world.file.in_suite = true;
    check(&world, &PolicyConfig::default(), Outcome::Tombstone, Some("withdrawn"));
}

fn seen(weight: Weight, unexamined: bool) -> World {
    let mut world = reb();
    world.file.inspected = Some(Inspected {
        weight,
        unexamined,
        rule: "S04".into(),
        place: "reb/__init__.py:3".into(),
        line: "exec(b64decode(PAYLOAD))".into(),
        message: "`exec` runs what was decoded".into(),
        question: "What does the decoded text say?".into(),
        more: 2,
    });
    world
}

#[test]
fn findings_hold_a_file_from_their_weight_on() {
    use FindingsPolicy::{Block, Hold, Off, Review};
    let serve = (Outcome::Serve, None);
    let refuse = (Outcome::Tombstone, Some("findings"));
    for (weight, unexamined, findings, uninspected, expected) in [
        (Weight::Block, false, Off, Uninspected::Hold, serve),
        (Weight::Block, false, Block, Uninspected::Hold, refuse),
        (Weight::Block, false, Review, Uninspected::Hold, refuse),
        (Weight::Block, true, Block, Uninspected::Serve, refuse),
        (Weight::Review, false, Block, Uninspected::Hold, serve),
        (Weight::Review, false, Review, Uninspected::Hold, refuse),
        (Weight::Hold, false, Review, Uninspected::Hold, serve),
        (Weight::Hold, false, Hold, Uninspected::Hold, refuse),
        // What nobody could look at is no better than what somebody saw.
        (Weight::Hold, true, Block, Uninspected::Hold, refuse),
        (Weight::Hold, true, Review, Uninspected::Hold, refuse),
        (Weight::Hold, true, Review, Uninspected::Serve, serve),
        (Weight::Hold, true, Off, Uninspected::Hold, serve),
    ] {
        let config = PolicyConfig { findings, uninspected, ..PolicyConfig::default() };
        check(&seen(weight, unexamined), &config, expected.0, expected.1);
    }
    check(&reb(), &PolicyConfig::default(), Outcome::Serve, None);
}

#[test]
fn a_finding_is_told_with_its_place_its_line_and_the_question() {
    let decision =
        check(&seen(Weight::Block, false), &PolicyConfig::default(), Outcome::Tombstone, Some("findings"));
    let hit = decision.reason().expect("a hit");
    assert_eq!(hit.short, "has a finding (S04) in reb/__init__.py:3");
    assert_eq!(
        hit.sentence,
        "reb 1.2 (reb-1.2-py3-none-any.whl) at reb/__init__.py:3: `exec` runs what was decoded [S04]. \
         The line there: exec(b64decode(PAYLOAD)) To be answered: What does the decoded text say? 2 more findings weigh."
    );
    let mut world = seen(Weight::Block, false);
    world.file.inspected.as_mut().expect("seen").place = format!("{}/x.py:1", "ü".repeat(200));
    let decision = world.decide(&policy(&PolicyConfig::default(), &[]));
    assert!(decision.reason().is_some_and(|hit| hit.short.chars().count() < 90), "{decision:#?}");
}

#[test]
fn findings_of_one_project_can_be_judged_otherwise_and_bytes_can_be_excepted() {
    let lenient = ProjectConfig { findings: Some(FindingsPolicy::Block), ..ProjectConfig::default() };
    let projects = std::collections::BTreeMap::from([("reb".to_owned(), lenient)]);
    let config = PolicyConfig { projects, ..PolicyConfig::default() };
    check(&seen(Weight::Review, false), &config, Outcome::Serve, None);
    check(&seen(Weight::Block, false), &config, Outcome::Tombstone, Some("findings"));
    let excepted = ExceptionConfig {
        project: None,
        version: None,
        sha256: Some(Sha256::of(b"reb")),
        rules: vec!["findings".to_owned()],
        reason: "the decoded text is a picture".to_owned(),
        author: "ada".to_owned(),
        until: time("2027-01-01T00:00:00Z"),
        indexes: Vec::new(),
    };
    let decision = seen(Weight::Block, false).decide(&policy(&PolicyConfig::default(), &[excepted]));
    assert_eq!(decision.outcome, Outcome::Serve);
    // Suites hold what people have reviewed.
    let mut vetted = seen(Weight::Block, false);
    vetted.project.suite = Some("testing".parse().expect("a name"));
    vetted.file.in_suite = true;
    assert_eq!(vetted.decide(&policy(&PolicyConfig::default(), &[])).outcome, Outcome::Serve);
}
