use tokio::task::JoinSet;

use super::*;
use crate::testing::Kind;
use crate::{Appended, LedgerEntry, LedgerPlace, RowsMark, StateChange, Store, both_databases};

/// Rows that were never made again.
const FIRST_ROWS: RowsMark = RowsMark { generation: 0, format: 1 };

/// The entry with this number that says `says`, after the entry with the hash `previous`.
fn entry(number: u64, previous: Sha256, says: &str) -> LedgerEntry {
    LedgerEntry {
        number,
        hash: sha(&format!("{number} {previous} {says}")),
        previous,
        statement: sha(says),
        kind: "note".to_owned(),
        envelope: says.as_bytes().to_vec(),
    }
}

fn first(says: &str) -> LedgerEntry {
    entry(1, Sha256::from_bytes([0; 32]), says)
}

fn after(before: &LedgerEntry, says: &str) -> LedgerEntry {
    entry(before.number + 1, before.hash, says)
}

fn put(kind: &str, key: &str, value: &str) -> StateChange {
    StateChange { kind: kind.to_owned(), key: key.to_owned(), value: Some(value.to_owned()) }
}

fn gone(kind: &str, key: &str) -> StateChange {
    StateChange { kind: kind.to_owned(), key: key.to_owned(), value: None }
}

async fn append(store: &Store, entry: &LedgerEntry) -> Appended {
    store.append(entry, &[], &[], FIRST_ROWS, at(0)).await.unwrap()
}

/// `kind key value`, in order.
async fn rows(store: &Store) -> Vec<String> {
    let rows = store.state_rows().await.unwrap();
    rows.into_iter().map(|row| format!("{} {} {}", row.kind, row.key, row.value)).collect()
}

async fn jobs(store: &Store) -> u64 {
    store.job_counts().await.unwrap().iter().map(|count| count.ready).sum()
}

both_databases! {
    async fn entries_are_kept_in_order_byte_for_byte(store) {
        assert_eq!(store.ledger_head().await.unwrap(), None);
        assert_eq!(store.ledger_after(0, 10).await.unwrap(), []);
        let mut written = vec![LedgerEntry { envelope: vec![0, 255, b'\'', 10], ..first("a") }];
        for says in ["b", "c", "d"] {
            written.push(after(written.last().unwrap(), says));
        }
        for entry in &written {
            assert_eq!(append(store, entry).await, Appended::Done);
            assert_eq!(store.ledger_head().await.unwrap(), Some((entry.number, entry.hash)));
        }
        assert_eq!(store.ledger_after(0, 10).await.unwrap(), written);
        assert_eq!(store.ledger_after(1, 2).await.unwrap(), written[1..3]);
        assert_eq!(store.ledger_after(4, 10).await.unwrap(), []);
    }

    async fn an_entry_that_does_not_follow_the_newest_is_not_taken(store) {
        let one = first("a");
        for early in [entry(2, one.hash, "b"), LedgerEntry { number: 2, ..one.clone() }, entry(1, sha("x"), "b")] {
            assert_eq!(append(store, &early).await, Appended::NumberTaken, "{early:?}");
        }
        assert_eq!(append(store, &one).await, Appended::Done);
        let two = after(&one, "b");
        assert_eq!(append(store, &two).await, Appended::Done);
        let other = after(&one, "c");
        for wrong in [&one, &two, &other, &entry(4, two.hash, "d"), &entry(3, one.hash, "d"), &entry(3, sha("x"), "d")] {
            assert_eq!(append(store, wrong).await, Appended::NumberTaken, "{wrong:?}");
        }
        assert_eq!(store.ledger_after(0, 10).await.unwrap(), [one, two]);
    }

    async fn a_statement_is_taken_once(store) {
        let one = first("a");
        assert_eq!(append(store, &one).await, Appended::Done);
        let changes = [put("note", "2", "again")];
        let again = store.append(&after(&one, "a"), &changes, &[job("page", "six")], FIRST_ROWS, at(0)).await.unwrap();
        assert_eq!(again, Appended::StatementKnown);
        assert_eq!((rows(store).await, jobs(store).await), (Vec::new(), 0));
        assert_eq!(append(store, &after(&one, "b")).await, Appended::Done);
    }

    async fn an_entry_brings_its_rows_and_its_jobs(store) {
        let one = first("a");
        let changes = [put("b", "1", "{}"), put("a", "2", "old"), put("a", "1", "x"), gone("c", "never there")];
        let wanted = [job("watch", "six"), job("watch", "seven")];
        assert_eq!(store.append(&one, &changes, &wanted, FIRST_ROWS, at(0)).await.unwrap(), Appended::Done);
        assert_eq!(rows(store).await, ["a 1 x", "a 2 old", "b 1 {}"]);
        assert_eq!(jobs(store).await, 2);
        let changes = [put("a", "2", "new"), gone("a", "1"), gone("b", "1"), put("b", "1", "back")];
        assert_eq!(store.append(&after(&one, "b"), &changes, &[], FIRST_ROWS, at(0)).await.unwrap(), Appended::Done);
        assert_eq!(rows(store).await, ["a 2 new", "b 1 back"]);
    }

    async fn an_entry_that_is_not_taken_changes_nothing(store) {
        let one = first("a");
        store.append(&one, &[put("a", "1", "as it was")], &[], FIRST_ROWS, at(0)).await.unwrap();
        let changes = [put("a", "1", "changed"), put("a", "2", "new"), gone("a", "1")];
        let wanted = [job("watch", "six")];
        for wrong in [first("b"), entry(3, one.hash, "c"), entry(2, sha("x"), "d"), after(&one, "a")] {
            let outcome = store.append(&wrong, &changes, &wanted, FIRST_ROWS, at(0)).await.unwrap();
            assert_ne!(outcome, Appended::Done);
        }
        // A hash that is there already: no entry, and no half of one.
        let doubled = LedgerEntry { hash: one.hash, ..after(&one, "e") };
        assert_eq!(store.append(&doubled, &changes, &wanted, FIRST_ROWS, at(0)).await.unwrap(), Appended::NumberTaken);
        // What fails at its last step takes all before it along.
        store.raw("ALTER TABLE job RENAME TO elsewhere").await.unwrap();
        store.append(&after(&one, "f"), &changes, &wanted, FIRST_ROWS, at(0)).await.expect_err("no table of jobs");
        store.raw("ALTER TABLE elsewhere RENAME TO job").await.unwrap();
        assert_eq!((rows(store).await, jobs(store).await), (vec!["a 1 as it was".to_owned()], 0));
        assert_eq!(store.ledger_after(0, 10).await.unwrap(), [one]);
    }

    async fn an_append_that_is_dropped_midway_leaves_all_or_nothing(store) {
        let mut newest: Option<LedgerEntry> = None;
        for round in 0..40_u64 {
            let says = format!("round {round}");
            let next = newest.as_ref().map_or_else(|| first(&says), |newest| after(newest, &says));
            let changes = [put("note", &next.number.to_string(), &says), put("note", "newest", &says)];
            let wanted = [job("watch", &says)];
            let appending = store.append(&next, &changes, &wanted, FIRST_ROWS, at(0));
            let _ = tokio::time::timeout(std::time::Duration::from_micros(round * 60), appending).await;
            // What was dropped may end a moment later.
            match store.kind() {
                Kind::Sqlite => drop(store.begin().await.unwrap()),
                Kind::Postgres => store.raw("BEGIN; LOCK TABLE ledger IN EXCLUSIVE MODE; COMMIT").await.unwrap(),
            }
            let there = store.ledger_head().await.unwrap() == Some((next.number, next.hash));
            if there {
                newest = Some(next);
            }
            let entries = newest.as_ref().map_or(0, |newest| newest.number);
            let expected = if entries == 0 { 0 } else { entries + 1 };
            assert_eq!((rows(store).await.len() as u64, jobs(store).await), (expected, entries), "round {round}");
        }
        let last = newest.map_or_else(|| first("last"), |newest| after(&newest, "last"));
        assert_eq!(append(store, &last).await, Appended::Done);
    }

    async fn no_entry_is_changed_or_deleted(store) {
        let one = first("a");
        append(store, &one).await;
        for sql in [
            "UPDATE ledger SET kind = 'review' WHERE number = 1",
            "UPDATE ledger SET number = 7",
            "DELETE FROM ledger WHERE number = 1",
            "DELETE FROM ledger",
        ] {
            let error = store.raw(sql).await.expect_err(sql);
            assert!(error.to_string().contains("never changed or deleted"), "{sql}: {error}");
        }
        assert_eq!(store.ledger_after(0, 10).await.unwrap(), [one]);
    }

    async fn two_processes_number_every_entry_once(store) {
        const EACH: u64 = 100;
        let mut writers = JoinSet::new();
        for writer in 0..2 {
            let store = store.reopen().await;
            writers.spawn(async move {
                let mut taken = 0;
                for number in 0..EACH {
                    let says = format!("{writer} says {number}");
                    loop {
                        let head = store.ledger_head().await.unwrap();
                        let (newest, hash) = head.unwrap_or((0, Sha256::from_bytes([0; 32])));
                        let next = entry(newest + 1, hash, &says);
                        let changes = [put("note", &says, &next.number.to_string()), put("clock", "only", &says)];
                        let wanted = [job("watch", &says)];
                        match store.append(&next, &changes, &wanted, FIRST_ROWS, at(0)).await.unwrap() {
                            Appended::Done => break,
                            Appended::NumberTaken => taken += 1,
                            Appended::StatementKnown => panic!("{says} is known"),
                        }
                    }
                }
                store.close().await;
                taken
            });
        }
        let taken: u64 = writers.join_all().await.into_iter().sum();
        assert!(taken > 0, "the two never met");
        let entries = store.ledger_after(0, 1_000).await.unwrap();
        assert_eq!(entries.len() as u64, 2 * EACH);
        let mut previous = Sha256::from_bytes([0; 32]);
        let mut said = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            assert_eq!((entry.number, entry.previous), (place as u64 + 1, previous));
            previous = entry.hash;
            said.push(String::from_utf8(entry.envelope.clone()).unwrap());
        }
        // Each writer's own are in its order, none is lost or there twice, and each row is of its own entry.
        for writer in 0..2 {
            let prefix = format!("{writer} says ");
            let own: Vec<&String> = said.iter().filter(|says| says.starts_with(&prefix)).collect();
            let expected: Vec<String> = (0..EACH).map(|number| format!("{prefix}{number}")).collect();
            assert_eq!(own, expected.iter().collect::<Vec<_>>());
        }
        let rows = rows(store).await;
        for (place, says) in said.iter().enumerate() {
            assert!(rows.contains(&format!("note {says} {}", place + 1)), "{says}");
        }
        assert!(rows.contains(&format!("clock only {}", said.last().unwrap())));
        assert_eq!((rows.len(), jobs(store).await), (said.len() + 1, 2 * EACH));
    }

    async fn rows_are_replaced_only_at_the_entry_that_they_are_of(store) {
        let one = first("a");
        let rows_of_one = [put("note", "1", "a")];
        assert!(store.replace_state_rows(&[], 0, 1).await.unwrap());
        // Who read the rows before has others.
        let outcome = store.append(&one, &rows_of_one, &[], FIRST_ROWS, at(0)).await.unwrap();
        assert_eq!((outcome, rows(store).await), (Appended::NumberTaken, Vec::new()));
        let second = RowsMark { generation: 1, format: 1 };
        assert_eq!(store.append(&one, &rows_of_one, &[], second, at(0)).await.unwrap(), Appended::Done);
        let made = [put("note", "1", "made again"), put("clock", "only", "1")];
        assert!(store.replace_state_rows(&made, 1, 1).await.unwrap());
        assert_eq!(rows(store).await, ["clock only 1", "note 1 made again"]);
        let third = RowsMark { generation: 2, format: 1 };
        store.append(&after(&one, "b"), &[put("note", "2", "b")], &[], third, at(0)).await.unwrap();
        for other in [0, 1, 3] {
            assert!(!store.replace_state_rows(&rows_of_one, other, 1).await.unwrap());
        }
        assert_eq!(rows(store).await, ["clock only 1", "note 1 made again", "note 2 b"]);
    }

    async fn rows_made_again_beside_a_writer_lose_nothing(store) {
        const ENTRIES: u64 = 60;
        let writer = store.reopen().await;
        let writing = tokio::spawn(async move {
            let mut newest: Option<LedgerEntry> = None;
            for number in 1..=ENTRIES {
                let says = number.to_string();
                let next = newest.as_ref().map_or_else(|| first(&says), |newest| after(newest, &says));
                let changes = [put("clock", "only", &says), put("note", &says, &says)];
                loop {
                    let rows = writer.ledger_place().await.unwrap().rows;
                    match writer.append(&next, &changes, &[], rows, at(0)).await.unwrap() {
                        Appended::Done => break,
                        // The rows were made again since they were asked for.
                        outcome => assert_eq!(outcome, Appended::NumberTaken),
                    }
                }
                newest = Some(next);
            }
            writer.close().await;
        });
        while !writing.is_finished() {
            let number = store.ledger_head().await.unwrap().map_or(0, |(number, _)| number);
            let mut rows: Vec<StateChange> =
                (1..=number).map(|number| put("note", &number.to_string(), &number.to_string())).collect();
            rows.push(put("clock", "only", &number.to_string()));
            store.replace_state_rows(&rows, number, 1).await.unwrap();
        }
        writing.await.unwrap();
        assert_eq!(rows(store).await.len() as u64, ENTRIES + 1);
        assert!(rows(store).await.contains(&format!("clock only {ENTRIES}")));
    }

    async fn the_end_is_remembered_apart_from_the_ledger(store) {
        let nothing = LedgerPlace { head: None, appended: (0, Sha256::from_bytes([0; 32])), rows: RowsMark::default() };
        assert_eq!(store.ledger_place().await.unwrap(), nothing);
        let one = first("a");
        let two = after(&one, "b");
        for entry in [&one, &two] {
            assert_eq!(append(store, entry).await, Appended::Done);
            let place = store.ledger_place().await.unwrap();
            let head = (entry.number, entry.hash);
            assert_eq!(place, LedgerPlace { head: Some(head), appended: head, rows: FIRST_ROWS });
        }
        // What is not taken leaves no trace.
        assert_eq!(append(store, &first("c")).await, Appended::NumberTaken);
        assert_eq!(store.ledger_place().await.unwrap().appended, (2, two.hash));
        // Whoever cuts the ledger has to know of this, too.
        let free = match store.kind() {
            Kind::Sqlite => "DROP TRIGGER ledger_is_not_deleted",
            Kind::Postgres => "DROP TRIGGER ledger_is_not_deleted ON ledger",
        };
        store.raw(free).await.unwrap();
        store.raw("DELETE FROM ledger WHERE number = 2").await.unwrap();
        let place = store.ledger_place().await.unwrap();
        assert_eq!((place.head, place.appended), (Some((1, one.hash)), (2, two.hash)));
    }
}
