//! Each policy's verdict on each kind of fact.
#![expect(clippy::unnecessary_wraps, reason = "facts are optional: helpers make them ready to assign")]

use std::collections::BTreeMap;
use std::time::Duration;

use packhouse_migration::{
    Actor, Advisories, Earliest, Exemption, IdentityHold, Item, ItemKind, Judgement, Lane, MigrationRules,
    PlatformCoverage, PolicyHit, Rebuild, RebuildLevel, RebuildOutcome, RetirementFacts, Risk, Role, Stage,
    TestOutcome, TransitionFacts, Urgency, Verdict, Violation, Waiver, WaiverTarget, judge,
};
use packhouse_model::{Sha256, Timestamp};

use crate::freeze::block;
use crate::world::{now, time, update, version};

pub(crate) type Edit = fn(&mut Item);

pub(crate) fn rules_at(stage: Stage) -> MigrationRules {
    MigrationRules { stage, ..MigrationRules::default() }
}

pub(crate) fn one(item: &Item, rules: &MigrationRules, now: Timestamp) -> Judgement {
    judge(std::slice::from_ref(item), rules, now).remove(0)
}

pub(crate) fn hit(policy: &str, item: &Item, rules: &MigrationRules) -> PolicyHit {
    let judgement = one(item, rules, now());
    judgement.hits.into_iter().find(|hit| hit.policy == policy).expect(policy)
}

/// Edits an update that passes and compares one policy's verdict; no other policy may reject.
pub(crate) fn check(policy: &str, rules: &MigrationRules, rows: &[(&str, Verdict, Edit)]) {
    for (what, expected, edit) in rows {
        let mut item = update("reb");
        edit(&mut item);
        let judgement = one(&item, rules, now());
        let found = judgement.hits.iter().find(|hit| hit.policy == policy).expect(policy);
        assert_eq!(found.verdict, *expected, "{what}: {}", found.sentence);
        assert_eq!(found.verdict.rejects(), judgement.verdict.rejects(), "{what}: {judgement:#?}");
        assert_eq!(found.lift.is_empty(), !found.verdict.rejects(), "{what}");
        assert_eq!(found.actors.is_empty(), !found.verdict.rejects(), "{what}");
        assert!(!found.sentence.is_empty(), "{what}");
    }
}

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn an_ordinary_update_passes() {
    let judgement = one(&update("reb"), &MigrationRules::default(), now());
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(judgement.earliest, Earliest::Now);
    let names: Vec<&str> = judgement.hits.iter().map(|hit| hit.policy).collect();
    assert_eq!(
        names.join(" "),
        "version age freeze quorum exemption violation identity wheel-coverage advisories tests rebuild transition retirement"
    );
}

#[test]
fn a_suite_goes_forward() {
    let rows: [(&str, Verdict, Edit); 9] = [
        ("newer", Verdict::Pass, |_| {}),
        ("equal", Verdict::RejectedPermanently, |item| item.adds = vec![version("1.0")]),
        ("older", Verdict::RejectedPermanently, |item| item.adds = vec![version("1.dev1")]),
        ("local versions are newer", Verdict::Pass, |item| {
            item.adds = vec![version("1+ph.1")];
        }),
        ("beside the old", Verdict::Pass, |item| item.removes.clear()),
        ("an update of nothing", Verdict::RejectedPermanently, |item| item.adds.clear()),
        ("a removal that adds", Verdict::RejectedPermanently, |item| item.kind = ItemKind::Removal),
        ("new files that replace", Verdict::RejectedPermanently, |item| item.kind = ItemKind::NewFiles),
        ("a removal", Verdict::NotApplicable, |item| {
            item.kind = ItemKind::Removal;
            item.adds.clear();
        }),
    ];
    check("version", &MigrationRules::default(), &rows);
}

#[test]
fn what_was_given_up_leaves_unless_it_was_promised() {
    fn removal(item: &mut Item, promised: &[&str]) {
        item.kind = ItemKind::Removal;
        item.adds.clear();
        item.facts.retired = Some(RetirementFacts {
            since: time("2026-09-01"),
            reason: "nobody took it.".to_owned(),
            promised: promised.iter().map(|suite| (*suite).to_owned()).collect(),
        });
    }
    let rows: [(&str, Verdict, Edit); 3] = [
        ("an update", Verdict::NotApplicable, |_| {}),
        ("given up", Verdict::Pass, |item| removal(item, &[])),
        ("promised", Verdict::RejectedTemporarily, |item| removal(item, &["apricot"])),
    ];
    let rules = MigrationRules::default();
    check("retirement", &rules, &rows);
    let mut item = update("reb");
    removal(&mut item, &["apricot"]);
    assert_eq!(
        hit("retirement", &item, &rules).sentence,
        "reb was retired on 2026-09-01: nobody took it. It stays: apricot was released with it, and point releases are \
         made of this suite."
    );
}

/// The wait in days of an item made by `edit`.
fn wait(stage: Stage, edit: Edit) -> u64 {
    let mut item = update("reb");
    edit(&mut item);
    let since = now();
    item.facts.since = since;
    let judgement = one(&item, &rules_at(stage), since);
    let found = judgement.hits.iter().find(|hit| hit.policy == "age").expect("age");
    match found.earliest {
        Earliest::Now => 0,
        Earliest::At(end) => {
            assert_eq!(found.verdict, Verdict::RejectedTemporarily);
            assert_eq!(found.since, Some(since));
            let last = Timestamp::from_micros(end.micros() - 1);
            let verdict = |at| {
                let judgement = one(&item, &rules_at(stage), at);
                judgement.hits.into_iter().find(|hit| hit.policy == "age").expect("age").verdict
            };
            assert_eq!((verdict(last), verdict(end)), (Verdict::RejectedTemporarily, Verdict::Pass));
            end.since(since).as_secs() / DAY.as_secs()
        }
        Earliest::Unknown => panic!("a clock always knows"),
    }
}

fn bounty(item: &mut Item) {
    item.facts.tests = Some(TestOutcome::Passed);
    item.facts.tests_reach_enough = true;
    item.facts.quorum.as_mut().expect("a quorum").organisations = 2;
}

#[test]
fn age() {
    let rows: [(&str, Stage, u64, Edit); 19] = [
        ("R0 waits for its urgency", Stage::Dev, 5, |item| item.facts.risk = Risk::R0),
        ("R2", Stage::Dev, 5, |_| {}),
        ("R3", Stage::Dev, 10, |item| item.facts.risk = Risk::R3),
        ("R4", Stage::Dev, 14, |item| item.facts.risk = Risk::R4),
        ("low", Stage::Dev, 10, |item| item.facts.urgency = Urgency::Low),
        ("high", Stage::Dev, 2, |item| {
            item.facts.urgency = Urgency::High;
            item.facts.risk = Risk::R0;
        }),
        ("high does not outrun risk", Stage::Dev, 10, |item| {
            item.facts.urgency = Urgency::High;
            item.facts.risk = Risk::R3;
        }),
        ("high is nothing to a new project", Stage::Dev, 5, |item| {
            item.facts.urgency = Urgency::High;
            item.facts.risk = Risk::R0;
            item.kind = ItemKind::New;
            item.removes.clear();
        }),
        ("bounty", Stage::Dev, 2, bounty),
        ("bounty of R4", Stage::Dev, 11, |item| {
            bounty(item);
            item.facts.risk = Risk::R4;
        }),
        ("the floor ends the bounty", Stage::Dev, 2, |item| {
            bounty(item);
            item.facts.urgency = Urgency::High;
            item.facts.risk = Risk::R0;
        }),
        ("no bounty from one organisation", Stage::Dev, 5, |item| {
            bounty(item);
            item.facts.quorum.as_mut().expect("a quorum").organisations = 1;
        }),
        ("penalty", Stage::Dev, 15, |item| {
            item.facts.identity =
                Some(IdentityHold { changed: vec!["publisher".into()], since: now(), cleared: true });
        }),
        ("security", Stage::Dev, 0, |item| item.facts.lane = Lane::Security { approvals: 2 }),
        ("security with one approval", Stage::Dev, 5, |item| {
            item.facts.lane = Lane::Security { approvals: 1 };
        }),
        ("soft", Stage::Soft, 10, |_| {}),
        ("no bounty in a freeze", Stage::Soft, 10, bounty),
        ("hard", Stage::Hard, 14, |_| {}),
        ("removals", Stage::Dev, 0, |item| {
            item.kind = ItemKind::Removal;
            item.adds.clear();
        }),
    ];
    for (what, stage, days, edit) in rows {
        assert_eq!(wait(stage, edit), days, "{what}");
    }
    let mut item = update("reb");
    item.facts.since = time("2026-05-30T12:00:00Z");
    item.facts.lane = Lane::Security { approvals: 1 };
    let hit = hit("age", &item, &MigrationRules::default());
    assert_eq!(
        hit.sentence,
        "reb 2 has been in the source suite since 2026-05-30 12:00 UTC and waits 5d until 2026-06-04 12:00 UTC \
         (risk R2 5d, urgency medium 5d). With 1 more approvals of the security team it would not wait."
    );
    assert_eq!(hit.actors, [Actor::Machine, Actor::Role(Role::Security)]);
}

#[test]
fn quorum_and_exemption() {
    let rows: [(&str, Verdict, Edit); 5] = [
        ("reached", Verdict::Pass, |_| {}),
        ("uncounted", Verdict::RejectedTemporarily, |item| item.facts.quorum = None),
        ("a signature short", Verdict::NeedsApproval, |item| {
            item.facts.quorum.as_mut().expect("a quorum").signatures_needed = 2;
        }),
        ("an organisation short", Verdict::NeedsApproval, |item| {
            item.facts.quorum.as_mut().expect("a quorum").organisations_needed = 2;
        }),
        ("exempted", Verdict::PassHinted, |item| {
            item.facts.quorum = None;
            item.facts.exemption = exemption("2026-06-02");
        }),
    ];
    check("quorum", &MigrationRules::default(), &rows);
    let rows: [(&str, Verdict, Edit); 3] = [
        ("none", Verdict::NotApplicable, |_| {}),
        ("needless", Verdict::Pass, |item| item.facts.exemption = exemption("2026-01-02")),
        ("live", Verdict::PassHinted, |item| {
            item.facts.quorum = None;
            item.facts.exemption = exemption("2026-06-02");
        }),
    ];
    check("exemption", &MigrationRules::default(), &rows);
    let mut item = update("reb");
    item.facts.quorum.as_mut().expect("a quorum").signatures_needed = 3;
    item.facts.quorum.as_mut().expect("a quorum").organisations_needed = 2;
    item.facts.quorum.as_mut().expect("a quorum").claimed_by = vec!["bea".into()];
    item.facts.exemption = exemption("2026-06-01");
    let hit_quorum = hit("quorum", &item, &MigrationRules::default());
    assert_eq!(
        hit_quorum.sentence,
        "reb 2 needs 2 signatures more, from at least 1 new organisation: it has 1 of 3 signatures and 1 of 2 \
         organisations."
    );
    assert_eq!(hit_quorum.actors, [Actor::Person("bea".into())]);
    let ended = hit("exemption", &item, &MigrationRules::default());
    assert_eq!((ended.verdict, ended.since), (Verdict::NeedsApproval, Some(time("2026-06-01"))));
}

fn exemption(until: &str) -> Option<Exemption> {
    Some(Exemption { by: "ada".into(), reason: "the first import".into(), until: time(until) })
}

#[test]
fn violation_and_identity() {
    let rows: [(&str, Verdict, Edit); 3] = [
        ("none", Verdict::Pass, |_| {}),
        ("open", Verdict::CannotDetermineIfPermanent, violation),
        ("of what goes", Verdict::NotApplicable, |item| {
            violation(item);
            item.kind = ItemKind::Removal;
            item.adds.clear();
        }),
    ];
    check("violation", &MigrationRules::default(), &rows);
    let rows: [(&str, Verdict, Edit); 3] = [
        ("unchanged", Verdict::Pass, |_| {}),
        ("held", Verdict::NeedsApproval, |item| item.facts.identity = identity(false)),
        ("cleared", Verdict::PassHinted, |item| item.facts.identity = identity(true)),
    ];
    check("identity", &MigrationRules::default(), &rows);
    let mut item = update("reb");
    item.facts.identity = identity(false);
    assert_eq!(
        hit("identity", &item, &MigrationRules::default()).sentence,
        "reb 2: publisher and repository changed since the last accepted release, and no full review has cleared it."
    );
}

fn violation(item: &mut Item) {
    item.facts.violations.push(Violation {
        by: "cy".into(),
        reason: "sends the environment home".into(),
        since: time("2026-05-01"),
    });
}

fn identity(cleared: bool) -> Option<IdentityHold> {
    let changed = vec!["publisher".into(), "repository".into()];
    Some(IdentityHold { changed, since: time("2026-01-01"), cleared })
}

fn platform(now: bool, before: bool, required: bool) -> Option<BTreeMap<String, PlatformCoverage>> {
    Some([("musllinux".to_owned(), PlatformCoverage { now, before, required })].into())
}

#[test]
fn facts_of_subsystems() {
    let mut on = MigrationRules::default();
    on.subsystems.advisories = true;
    on.subsystems.tests = true;
    on.subsystems.rebuild = true;
    let whole: Edit = |item| {
        item.facts.advisories = Some(Advisories::default());
        item.facts.tests = Some(TestOutcome::Passed);
        item.facts.rebuild =
            Some(Rebuild { now: RebuildOutcome::Level(RebuildLevel::Bitwise), before: None });
    };
    let mut off = on.clone();
    off.subsystems =
        packhouse_migration::Subsystems { coverage: false, advisories: false, tests: false, rebuild: false };
    let drops: [(&str, Edit); 4] = [
        ("wheel-coverage", |item| item.facts.coverage = None),
        ("advisories", |item| item.facts.advisories = None),
        ("tests", |item| item.facts.tests = None),
        ("rebuild", |item| item.facts.rebuild = None),
    ];
    for (policy, drop) in drops {
        let mut item = update("reb");
        whole(&mut item);
        assert_eq!(hit(policy, &item, &on).verdict, Verdict::Pass, "{policy}");
        drop(&mut item);
        assert_eq!(hit(policy, &item, &off).verdict, Verdict::NotApplicable, "{policy}");
        let missing = hit(policy, &item, &on);
        assert_eq!(missing.verdict, Verdict::RejectedTemporarily, "{policy}");
        assert_eq!(missing.actors, [Actor::Machine]);
        assert!(missing.sentence.ends_with("is not there yet."), "{}", missing.sentence);
        assert_eq!(one(&item, &on, now()).verdict, Verdict::RejectedTemporarily, "{policy}");
    }
}

#[test]
fn wheel_coverage() {
    let rows: [(&str, Verdict, Edit); 4] = [
        ("kept", Verdict::Pass, |item| item.facts.coverage = platform(true, true, true)),
        ("never there", Verdict::Pass, |item| item.facts.coverage = platform(false, false, true)),
        ("lost where it may lag", Verdict::Pass, |item| item.facts.coverage = platform(false, true, false)),
        ("lost", Verdict::CannotDetermineIfPermanent, |item| {
            item.facts.coverage = platform(false, true, true);
        }),
    ];
    check("wheel-coverage", &MigrationRules::default(), &rows);
}

#[test]
fn advisories_tests_rebuild() {
    let rows: [(&str, Verdict, Edit); 2] = [
        ("fixes", Verdict::Pass, |item| {
            item.facts.advisories =
                Some(Advisories { fixed: ["X-1".to_owned()].into(), ..Advisories::default() });
        }),
        ("brings", Verdict::RejectedPermanently, |item| {
            item.facts.advisories =
                Some(Advisories { introduced: ["X-2".to_owned()].into(), ..Advisories::default() });
        }),
    ];
    check("advisories", &MigrationRules::default(), &rows);
    let rows: [(&str, Verdict, Edit); 5] = [
        ("none", Verdict::NotApplicable, |item| item.facts.tests = Some(TestOutcome::None)),
        ("passed", Verdict::Pass, |item| item.facts.tests = Some(TestOutcome::Passed)),
        ("running", Verdict::RejectedTemporarily, |item| {
            item.facts.tests = Some(TestOutcome::Running { since: time("2026-05-31") });
        }),
        ("failed as before", Verdict::Pass, |item| item.facts.tests = failed(false)),
        ("regression", Verdict::RejectedPermanently, |item| item.facts.tests = failed(true)),
    ];
    check("tests", &MigrationRules::default(), &rows);
    let rows: [(&str, Verdict, Edit); 7] = [
        ("as before", Verdict::Pass, |item| item.facts.rebuild = rebuild(RebuildLevel::Differs, None)),
        ("worse", Verdict::NeedsApproval, |item| {
            item.facts.rebuild = rebuild(RebuildLevel::Archive, Some(RebuildLevel::Bitwise));
        }),
        ("better", Verdict::Pass, |item| {
            item.facts.rebuild = rebuild(RebuildLevel::Archive, Some(RebuildLevel::Differs));
        }),
        ("not built any more", Verdict::NeedsApproval, |item| {
            item.facts.rebuild = Some(Rebuild {
                now: RebuildOutcome::NotBuilt,
                before: Some(RebuildOutcome::Level(RebuildLevel::Payload)),
            });
        }),
        ("our error", Verdict::RejectedTemporarily, |item| {
            item.facts.rebuild = Some(Rebuild { now: RebuildOutcome::Error, before: None });
        }),
        ("new and close", Verdict::Pass, |item| {
            item.kind = ItemKind::New;
            item.removes.clear();
            item.facts.rebuild = rebuild(RebuildLevel::Payload, None);
        }),
        ("new and not close", Verdict::NeedsApproval, |item| {
            item.kind = ItemKind::New;
            item.removes.clear();
            item.facts.rebuild = rebuild(RebuildLevel::Contained, None);
        }),
    ];
    check("rebuild", &MigrationRules::default(), &rows);
}

fn failed(regression: bool) -> Option<TestOutcome> {
    Some(TestOutcome::Failed { regression, failed: vec!["blue".into()] })
}

fn rebuild(now: RebuildLevel, before: Option<RebuildLevel>) -> Option<Rebuild> {
    Some(Rebuild { now: RebuildOutcome::Level(now), before: before.map(RebuildOutcome::Level) })
}

pub(crate) fn transition(item: &mut Item) {
    item.transition = Some("abi-2".into());
    item.facts.transition = Some(TransitionFacts {
        owner: "dee".into(),
        reason: "a new binary interface".into(),
        opened: time("2026-03-01"),
        deadline: Some(time("2026-05-01")),
        missing: Vec::new(),
        approved: false,
    });
}

#[test]
fn transitions() {
    let rows: [(&str, Verdict, Edit); 3] = [
        ("none", Verdict::NotApplicable, |_| {}),
        ("whole", Verdict::Pass, transition),
        ("without facts", Verdict::RejectedTemporarily, |item| item.transition = Some("abi-2".into())),
    ];
    check("transition", &MigrationRules::default(), &rows);
    let mut item = update("reb");
    transition(&mut item);
    item.facts.transition.as_mut().expect("facts").missing = vec!["blue 2".into()];
    let hit = hit("transition", &item, &MigrationRules::default());
    assert_eq!(hit.verdict, Verdict::WaitingForAnotherItem);
    assert_eq!(
        hit.sentence,
        "The transition `abi-2` (a new binary interface) lacks blue 2; open since 2026-03-01. It was meant to be \
         done by 2026-05-01."
    );
    assert_eq!((hit.actors, hit.since), (vec![Actor::Person("dee".into())], Some(time("2026-03-01"))));
}

#[test]
fn waivers_bind_to_bytes_until_a_day() {
    let waive = |item: &mut Item, policy: &str, expires: &str| {
        item.facts.waivers = vec![Waiver {
            what: WaiverTarget::Policy(policy.into()),
            by: "rhea".into(),
            reason: "agreed".into(),
            expires: time(expires),
            hashes: item.hashes.clone(),
        }];
    };
    let mut item = update("reb");
    item.facts.tests = failed(true);
    waive(&mut item, "tests", "2026-06-02");
    let rules = MigrationRules::default();
    let lifted = hit("tests", &item, &rules);
    assert_eq!((lifted.verdict, lifted.earliest), (Verdict::PassHinted, Earliest::Now));
    assert_eq!(lifted.waived, Some(item.facts.waivers[0].clone()));
    assert_eq!(one(&item, &rules, now()).verdict, Verdict::PassHinted);
    assert_eq!(one(&item, &rules, time("2026-06-02")).verdict, Verdict::RejectedPermanently);
    waive(&mut item, "rebuild", "2026-06-02");
    assert_eq!(hit("tests", &item, &rules).verdict, Verdict::RejectedPermanently);
    waive(&mut item, "tests", "2026-06-02");
    item.hashes.insert(Sha256::of(b"later"));
    let other = hit("tests", &item, &rules);
    assert!(
        other.sentence.ends_with("A waiver by rhea does not hold: it names other bytes."),
        "{}",
        other.sentence
    );
    // No waiver stands for people: signatures, violations, identity, blocks.
    let edits: [(&str, Edit); 4] = [
        ("quorum", |item| item.facts.quorum = None),
        ("violation", violation),
        ("identity", |item| item.facts.identity = identity(false)),
        ("freeze", block),
    ];
    for (policy, edit) in edits {
        let mut item = update("reb");
        edit(&mut item);
        waive(&mut item, policy, "2026-06-02");
        let held = hit(policy, &item, &rules);
        assert!(held.verdict.rejects(), "{policy}");
        assert!(held.sentence.ends_with("this policy cannot be waived."), "{}", held.sentence);
    }
}
