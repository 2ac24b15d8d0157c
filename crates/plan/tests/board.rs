//! The plan of a whole registry, on one of five packages.

use packhouse_model::Timestamp;
use packhouse_plan::board::{Board, Value};
use packhouse_plan::capacity::Effort;
use packhouse_plan::import::{Hints, Limits, import};
use packhouse_plan::rankings::{names, rankings};
use packhouse_plan::score::Weights;
use packhouse_plan::snapshot::{Ecosystem, Snapshot};

fn read(text: &str, date: &str) -> Snapshot {
    let mut hints = Hints::none(Timestamp::MAX);
    hints.date = date.parse().ok();
    let found = import(&mut text.as_bytes(), hints, Limits::default(), &mut |_| ()).expect(text);
    found.snapshots.into_iter().next().expect("a snapshot")
}

fn tables() -> [Snapshot; 4] {
    [
        read("package,downloads\napp,500\nlib,400\nbase,300\nlone,200\n", "2023-01-01"),
        read("package,dependency,marker,extra\napp,lib,,\nlib,base,,\nold,base,,\n", "2023-02-01"),
        read("package,owner\napp,o1\nbase,o1\nbase,o2\n", "2023-02-01"),
        read(
            "package,kloc,releases_a_year,contributors\napp,2,4,9\nlib,1,0,1\nbase,1,0,3\nlone,0,0,1\n",
            "2023-02-01",
        ),
    ]
}

fn board() -> Board {
    Board::new(&tables(), &Ecosystem::Pypi, &Weights::default(), &Effort::default())
}

#[test]
fn what_is_vetted_counts_only_when_it_is_whole() {
    let board = board();
    let standing = |names: &[&str]| board.standing(&board.places(names.iter().copied()), Value::Downloads);
    assert_eq!(standing(&[]).value, 0);
    let found = standing(&["lib", "lone", "nobody-knows-this"]);
    assert_eq!((found.vetted, found.closed, found.value), (2, 1, 200), "lib lacks base");
    let found = standing(&["base", "lib", "lone", "app"]);
    assert_eq!((found.closed, found.value), (4, 1_400));
    assert!((found.share - 1.0).abs() < 0.05, "the list has almost all: {found:?}");
}

#[test]
fn steps_bring_along_what_they_need_and_reach_the_share_that_was_promised() {
    let board = board();
    for vetted in [&[][..], &["lib"], &["base", "lone"]] {
        let places = board.places(vetted.iter().copied());
        for hours in [0.0, 1.0, 2.0, 4.0, 100.0] {
            let found = board.next(&places, Value::Downloads, hours, 10).expect("small numbers");
            assert!(found.takes <= hours && found.share <= found.bound, "{found:?}");
            let mut done = vetted.to_vec();
            for step in &found.steps {
                done.push(&step.package);
                done.extend(step.with.iter().map(String::as_str));
            }
            let mut new: Vec<&str> = done.iter().copied().filter(|name| !vetted.contains(name)).collect();
            new.sort_unstable();
            assert_eq!(new, found.packages, "the steps are the set");
            let after = board.standing(&board.places(done.iter().copied()), Value::Downloads);
            assert!((after.share - found.share).abs() < 1e-12, "{vetted:?} {hours}: {after:?} {found:?}");
        }
    }
    let all = board.next(&[], Value::Downloads, 100.0, 10).expect("small numbers");
    assert_eq!(all.packages, ["app", "base", "lib", "lone"]);
    assert_eq!(all.steps[0].package, "lone", "200 for half an hour is the most for its price");
}

#[test]
fn what_is_known_of_the_work_is_in_the_hours() {
    let board = board();
    let minutes = |name: &str| board.minutes(board.place(name).expect(name));
    // 30 for the first review, 30 a thousand lines; 10 an update and 60 a thousand changed lines, of which nothing is known.
    assert_eq!((minutes("lone"), minutes("base")), (30, 60));
    assert_eq!(minutes("app"), 30 + 60 + 4 * (10 + 9));
    let facts = |name: &str| &board.scored.facts()[board.place(name).expect(name) as usize];
    assert_eq!((facts("app").developers, facts("app").owners), (Some(9), Some(1)));
    assert_eq!(facts("old").releases_a_year, None);
}

#[test]
fn rankings_know_nothing_of_later_data() {
    let made =
        rankings(&tables(), &Ecosystem::Pypi, &Weights::default(), &Effort::default(), 7, &mut |_, _| ());
    assert_eq!(
        names(&made),
        [
            "dependents/developers",
            "downloads",
            "exposure-fragility",
            "pagerank",
            "random",
            "transitive/owners"
        ]
    );
    let dates = |name: &str| -> Vec<String> {
        made.iter().filter(|ranking| ranking.name == name).map(|ranking| ranking.date.date()).collect()
    };
    assert_eq!(dates("downloads"), ["2023-01-01", "2023-02-01"]);
    assert_eq!(dates("pagerank"), ["2023-02-01"], "there were no dependencies before");
    let order = &made.iter().find(|ranking| ranking.name == "transitive/owners").expect("a ranking").order;
    assert_eq!(&*order[0].0, "base");
    assert!(
        order.iter().all(|(name, _)| &**name != "lone"),
        "nobody needs it, so this policy says nothing of it"
    );
}
