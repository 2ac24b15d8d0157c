use packhouse_testkit::{Upload, Wheel};

use crate::place::{Place, Shop, ends_with, json};

#[test]
fn a_person_says_that_a_name_is_another_thing() {
    let (place, shop) = (Place::new("names"), Shop::open());
    let built = Wheel::named("reqeusts").version("1.0").build();
    shop.upstream.publish(Upload::of(built).age(std::time::Duration::from_hours(40 * 24)));
    let url = shop.url();
    let why = || place.run(&["why", "--upstream", &url, "reqeusts"]);
    let refused = why();
    ends_with(&refused, 1);
    refused.assert_says("[names] reqeusts is a new name, and looks like requests");
    refused.assert_says("packhouse names confirm NAME --not OTHER --reason WHY");

    let look = place.run(&["names", "look", "reqeusts"]);
    ends_with(&look, 1);
    look.assert_says("reqeusts is refused while it is new: is it requests?");
    ends_with(&place.run(&["names", "look", "requests"]), 0);
    ends_with(&place.run(&["names", "look", "not a name!"]), 2);
    let nobody = place.run(&["names", "confirm", "reqeusts", "--not", "requests", "--reason", "our fork"]);
    ends_with(&nobody, 2);
    nobody.assert_says("--author names them");
    let confirm = |not: &str| {
        place.run(&["names", "confirm", "reqeusts", "--not", not, "--reason", "our fork", "--author", "Ada"])
    };
    let wrong = confirm("flask");
    ends_with(&wrong, 2);
    wrong.assert_says("reqeusts does not look like flask; it looks like requests");
    ends_with(&confirm("requests"), 0);
    ends_with(&why(), 0);

    let listed = json(&place.run(&["names", "list", "--json"]));
    let word = &listed["names"][0];
    assert_eq!((&word["project"], &word["original"]), (&"reqeusts".into(), &"requests".into()));
    assert_eq!((&word["reason"], &word["author"]), (&"our fork".into(), &"Ada".into()));
    ends_with(&place.run(&["names", "retract", "reqeusts", "--not", "requests"]), 0);
    ends_with(&place.run(&["names", "retract", "reqeusts", "--not", "requests"]), 1);
    ends_with(&why(), 1);
    let frozen = place.run(&["names", "freeze", "--upstream", &url]);
    ends_with(&frozen, 0);
    ends_with(&why(), 0);
}
