use crate::place::{Place, Shop, ends_with, json};
use crate::sqlite::database_of;

/// `serve` on this data folder, which must not come up.
fn refused(place: &Place, data: &str) -> packhouse_testkit::Ran {
    let ran = place.run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--upstream",
        "http://127.0.0.1:9/simple/",
        "--data",
        data,
    ]);
    ends_with(&ran, 3);
    assert!(ran.stdout.is_empty(), "it does not say that it listens\n{ran}");
    assert!(ran.stderr.contains("error: "), "{ran}");
    ran
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let place = Place::new("data");
    place.write("a-file", "");
    refused(&place, "a-file").assert_says("the data folder a-file cannot be made");
    refused(&place, "a-file/inside").assert_says("the data folder a-file/inside cannot be made");
    // Nobody, not even root, makes a folder there.
    refused(&place, "/proc/packhouse").assert_says("the data folder /proc/packhouse cannot be made");
    // The folder can be used, the database in it cannot.
    std::fs::create_dir_all(place.folder.join("data/packhouse.db")).expect("a folder");
    refused(&place, "data").assert_says("packhouse.db");
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    let place = Place::new("newer");
    std::fs::create_dir(place.folder.join("data")).expect("a folder");
    let path = place.write("data/packhouse.db", database_of(99));
    let before = std::fs::read(&path).expect("the database");
    for _ in 0..2 {
        let ran = refused(&place, "data");
        ran.assert_says("has schema 99; this program knows schemas up to");
        ran.assert_says("it was used by a newer version, run that one");
    }
    let ran =
        place.run(&["why", "six", "--json", "--data", "data", "--upstream", "http://127.0.0.1:9/simple/"]);
    ends_with(&ran, 3);
    assert!(json(&ran)["error"].as_str().is_some_and(|error| error.contains("schema 99")), "{ran}");
    // SQLite notes its journal's kind in the header; the content is what it was.
    let after = std::fs::read(&path).expect("the database");
    assert_eq!(before[100..], after[100..], "nothing in it is changed");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let place = Place::new("no-database");
    std::fs::create_dir(place.folder.join("data")).expect("a folder");
    let path = place.write("data/packhouse.db", "my diary\n".repeat(200));
    refused(&place, "data").assert_says("is not a SQLite database");
    assert!(std::fs::read_to_string(path).expect("the file").starts_with("my diary\n"));
}

#[test]
fn a_server_that_does_not_answer_is_named_without_its_password() {
    let place = Place::new("unreachable");
    for url in ["postgres://packhouse:hunter2@127.0.0.1:9/packhouse", "mysql://packhouse:hunter2@127.0.0.1/x"]
    {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:9/simple/"];
        let ran = place.run_with(&serve, &[("PACKHOUSE_STORAGE_DATABASE", url)]);
        ends_with(&ran, 3);
        ran.assert_says("PostgreSQL");
        assert!(!ran.text().contains("hunter2"), "{ran}");
    }
}

#[test]
fn an_empty_folder_becomes_a_data_folder_and_stays_one() {
    let (place, shop) = (Place::new("data-kept"), Shop::open());
    let url = shop.url();
    let ask = |data: &str| place.run(&["why", "six==1.17.0", "--upstream", &url, "--data", data]);
    ends_with(&ask("deep/in/here"), 0);
    assert!(place.folder.join("deep/in/here/packhouse.db").is_file());
    let asked = shop.upstream.hits("/simple/six/");
    ends_with(&ask("deep/in/here"), 0);
    assert_eq!(shop.upstream.hits("/simple/six/"), asked, "what it read is still known");
}
