//! What people and the stages of the freeze hold back, and what lifts it.

use std::collections::BTreeSet;

use packhouse_migration::{
    Actor, Block, Earliest, Item, ItemKind, Lane, MigrationRules, Stage, Unblock, Verdict,
};
use packhouse_model::Sha256;

use crate::policies::{Edit, check, hit, rules_at, transition};
use crate::world::{time, update};

fn unblock(item: &mut Item) {
    item.facts.unblocks.push(Unblock {
        by: "rhea".into(),
        reason: "small fix".into(),
        at: time("2026-05-20"),
        hashes: item.hashes.clone(),
    });
}

pub(crate) fn block(item: &mut Item) {
    item.facts.blocks.push(Block {
        by: "ada".into(),
        reason: "wait for the announcement.".into(),
        since: time("2026-05-10"),
        hashes: BTreeSet::new(),
    });
}

#[test]
fn blocks_of_people() {
    let rows: [(&str, Verdict, Edit); 6] = [
        ("blocked", Verdict::NeedsApproval, block),
        ("unblocked later", Verdict::PassHinted, |item| {
            block(item);
            unblock(item);
        }),
        ("unblocked before", Verdict::NeedsApproval, |item| {
            block(item);
            unblock(item);
            item.facts.unblocks[0].at = time("2026-05-09");
        }),
        ("other bytes are blocked", Verdict::Pass, |item| {
            block(item);
            item.facts.blocks[0].hashes = [Sha256::of(b"other")].into();
        }),
        ("other bytes are unblocked", Verdict::NeedsApproval, |item| {
            block(item);
            unblock(item);
            item.facts.unblocks[0].hashes = [Sha256::of(b"other")].into();
        }),
        ("a file came after the unblock", Verdict::NeedsApproval, |item| {
            block(item);
            unblock(item);
            item.hashes.insert(Sha256::of(b"later"));
        }),
    ];
    check("freeze", &MigrationRules::default(), &rows);
    let mut item = update("reb");
    block(&mut item);
    let hit = hit("freeze", &item, &MigrationRules::default());
    assert_eq!(hit.sentence, "reb 2 is blocked by ada: wait for the announcement.");
    assert_eq!((hit.actors, hit.since), (vec![Actor::Person("ada".into())], Some(time("2026-05-10"))));
}

#[test]
fn freeze() {
    use Stage::{Dev, Full, Hard, Released, Soft, ToolchainFreeze};
    use Verdict::{NeedsApproval, Pass, RejectedTemporarily};
    let stages = [Dev, ToolchainFreeze, Soft, Hard, Full, Released];
    let rows: [(&str, Edit, [Verdict; 6]); 10] = [
        ("an update", |_| {}, [Pass, Pass, Pass, Pass, NeedsApproval, NeedsApproval]),
        (
            "a key package",
            |item| item.facts.key_package = true,
            [Pass, Pass, Pass, NeedsApproval, NeedsApproval, NeedsApproval],
        ),
        (
            "without tests",
            |item| item.facts.has_tests = false,
            [Pass, Pass, Pass, NeedsApproval, NeedsApproval, NeedsApproval],
        ),
        (
            "toolchain",
            |item| item.facts.toolchain = true,
            [Pass, NeedsApproval, NeedsApproval, NeedsApproval, NeedsApproval, NeedsApproval],
        ),
        (
            "a new project",
            |item| {
                item.kind = ItemKind::New;
                item.removes.clear();
            },
            [Pass, Pass, RejectedTemporarily, RejectedTemporarily, RejectedTemporarily, RejectedTemporarily],
        ),
        (
            "a new series",
            |item| item.facts.new_series = true,
            [Pass, Pass, RejectedTemporarily, RejectedTemporarily, RejectedTemporarily, RejectedTemporarily],
        ),
        (
            "returning",
            |item| item.facts.returning = true,
            [Pass, Pass, RejectedTemporarily, RejectedTemporarily, RejectedTemporarily, RejectedTemporarily],
        ),
        (
            "new files",
            |item| {
                item.kind = ItemKind::NewFiles;
                item.removes.clear();
            },
            [Pass, Pass, NeedsApproval, NeedsApproval, NeedsApproval, RejectedTemporarily],
        ),
        (
            "a removal",
            |item| {
                item.kind = ItemKind::Removal;
                item.adds.clear();
            },
            [Pass, Pass, Pass, Pass, NeedsApproval, RejectedTemporarily],
        ),
        (
            "a transition",
            transition,
            [Pass, NeedsApproval, NeedsApproval, NeedsApproval, NeedsApproval, NeedsApproval],
        ),
    ];
    for (what, edit, expected) in rows {
        for (stage, expected) in stages.into_iter().zip(expected) {
            check("freeze", &rules_at(stage), &[(what, expected, edit)]);
            let mut item = update("reb");
            edit(&mut item);
            unblock(&mut item);
            let verdict = hit("freeze", &item, &rules_at(stage)).verdict;
            let lifted = if expected == NeedsApproval { Verdict::PassHinted } else { expected };
            assert_eq!(verdict, lifted, "{what}, unblocked, {stage:?}");
        }
    }
    // Two approvals of the security team are as good as an unblock, for updates.
    let mut item = update("reb");
    item.facts.key_package = true;
    item.facts.lane = Lane::Security { approvals: 2 };
    assert_eq!(hit("freeze", &item, &rules_at(Released)).verdict, Verdict::PassHinted);
    // What is closed moves when the stage ends, at best.
    item.facts.new_series = true;
    let mut rules = rules_at(Soft);
    assert_eq!(hit("freeze", &item, &rules).earliest, Earliest::Unknown);
    rules.stage_until = Some(time("2026-07-01"));
    assert_eq!(hit("freeze", &item, &rules).earliest, Earliest::At(time("2026-07-01")));
    // An approved transition has leave.
    let mut item = update("reb");
    transition(&mut item);
    item.facts.transition.as_mut().expect("facts").approved = true;
    assert_eq!(hit("freeze", &item, &rules_at(ToolchainFreeze)).verdict, Pass);
}
