//! Two who write at the same moment.

use std::thread;

use packhouse_testkit::Ran;

use crate::world::World;

const TWIG: &str = "twig==1.1";

#[test]
fn of_two_who_say_the_same_one_is_told_why_not() {
    let world = World::new("writers");
    world.found();
    world.says("ada", &["project", "add", "twig"]);
    world.wait_for(TWIG);
    let at_once = |who: [&str; 2], arguments: [&[&str]; 2]| -> [Ran; 2] {
        thread::scope(|scope| {
            let world = &world;
            let both = [0, 1].map(|place| {
                let (who, arguments) = (who[place], arguments[place]);
                scope.spawn(move || world.run(&[arguments, &["--key", &world.key(who)]].concat()))
            });
            both.map(|one| one.join().expect("no panic"))
        })
    };
    // Both of what agrees is taken, whichever comes first; each in an entry of its own.
    for round in 0..5 {
        let texts = [format!("ada sees {round}"), format!("ben sees {round}")];
        let notes = [["review", "note", TWIG, &texts[0]], ["review", "note", TWIG, &texts[1]]];
        for ran in at_once(["ada", "ben"], [&notes[0], &notes[1]]) {
            ran.assert_success();
        }
    }
    assert_eq!(world.json(&["review", "show", TWIG])["notes"].as_array().map(Vec::len), Some(10));

    // Of what contradicts, the first is taken and the second told.
    let claim = ["review", "claim", TWIG];
    let outcomes = at_once(["ada", "ben"], [&claim, &claim]);
    let refused: Vec<&Ran> = outcomes.iter().filter(|ran| !ran.success()).collect();
    assert_eq!(refused.len(), 1, "{}{}", outcomes[0], outcomes[1]);
    refused[0].assert_says("has claimed twig==1.1 until");
    let salvage = ["project", "salvage", "twig", "--reason", "silence"];
    let outcomes = at_once(["ada", "ben"], [&salvage, &salvage]);
    let refused: Vec<&Ran> = outcomes.iter().filter(|ran| !ran.success()).collect();
    assert_eq!(refused.len(), 1, "{}{}", outcomes[0], outcomes[1]);
    refused[0].assert_says("asked to take twig over on");

    // Of tokens that are made at the same moment none is lost.
    thread::scope(|scope| {
        for number in 0..4 {
            let world = &world;
            scope.spawn(move || {
                let name = format!("cron-{number}");
                world.on_data(&["token", "create", "--scope", "watch", &name]).assert_success();
            });
        }
    });
    let listed = world.on_data(&["token", "list"]);
    for number in 0..4 {
        listed.assert_success().assert_says(&format!("cron-{number}"));
    }
    world.on_data(&["fsck"]).assert_success().assert_says("sound");
}
