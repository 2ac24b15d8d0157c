//! What to do next, what people can do, and whether it would have helped.

use serde_json::json;

use crate::place::Place;

#[test]
fn the_best_set_brings_along_what_it_needs() {
    let place = Place::with_data("next");
    // Two hours a package: five hours are two packages. Of idna, requests and p3, requests needs idna.
    let answer = place.json(&["next", "--hours", "5", "--top", "5"]);
    assert_eq!(answer["packages"], json!(["idna", "requests"]));
    assert_eq!(answer["now"]["vetted"], 0);
    assert!(answer["takes"].as_f64() <= Some(5.0));
    assert!(answer["share"].as_f64() <= answer["bound"].as_f64());
    let first = &answer["steps"][0];
    assert_eq!((&first["package"], &first["rank"]), (&json!("idna"), &json!(1)));

    // What is vetted costs nothing more, and what needs it comes cheaper.
    place.write("vetted.txt", "IDNA\n# by hand\nunknown-to-all-data\n");
    let answer = place.json(&["next", "--hours", "5", "--vetted", "vetted.txt"]);
    assert_eq!(answer["now"]["vetted"], 1);
    assert_eq!(answer["packages"], json!(["p3", "requests"]));
    assert_eq!(place.json(&["next", "--hours", "0"])["packages"], json!([]));

    let ran = place.plan(&["next", "--hours", "5"]);
    ran.assert_success()
        .assert_says("the best 2 packages for 5 hours")
        .assert_says("packhouse project add idna");
    assert_eq!(place.plan(&["next", "--hours", "-1"]).code, Some(2));
    assert_eq!(place.plan(&["next", "--vetted", "no-such-file"]).code, Some(2));
    let ran = place.plan(&["next", "--server", "http://127.0.0.1:9"]);
    assert_eq!(
        ran.code,
        Some(3),
        "a server that is named and does not answer is a fault, not an empty set\n{ran}"
    );
}

#[test]
fn what_is_known_of_the_work_changes_what_is_best() {
    let place = Place::with_data("sizes");
    place.write(
        "work_2023-01-03.csv",
        "package,kloc,releases_a_year\nidna,1000,50\nrequests,1,1\np3,1,1\np4,1,1\n",
    );
    let ran = place.plan(&["import", "work_2023-01-03.csv"]);
    ran.assert_success().assert_says("work of pypi");
    let answer = place.json(&["next", "--hours", "5", "--by", "downloads"]);
    let names = answer["packages"].as_array().expect("a list");
    assert!(!names.contains(&json!("idna")), "a million lines do not fit: {answer}");
    assert!(!names.contains(&json!("requests")), "it needs idna: {answer}");
}

#[test]
fn one_more_maintainer_buys_less_and_less() {
    let place = Place::with_data("capacity");
    let answer = place.json(&["capacity", "--up-to", "4", "--hours-a-year", "20"]);
    let staff = answer["staff"].as_array().expect("a list");
    assert_eq!(staff.len(), 4);
    let shares: Vec<f64> = staff.iter().map(|one| one["share"].as_f64().expect("a number")).collect();
    assert!(shares.is_sorted(), "{shares:?}");
    let gains: Vec<f64> = shares.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gains.windows(2).all(|pair| pair[1] <= pair[0] + 1e-9), "{gains:?}");
    assert_eq!(answer["plain-rule"]["each"], 403);
    place.plan(&["capacity", "--up-to", "2"]).assert_success().assert_says("one more buys");
    assert_eq!(place.plan(&["capacity", "--up-to", "0"]).code, Some(2));
}

#[test]
fn a_backtest_knows_only_what_was_known_before() {
    let place = Place::with_data("backtest");
    // A later list with the victims on top must not be looked at.
    place.write("pypi_downloads_2024-01-01.csv", "package,downloads\nnever-listed,9999\np3,999\np4,99\n");
    place.plan(&["import", "pypi_downloads_2024-01-01.csv"]).assert_success();
    let answer = place.json(&["backtest", "--packages", "2,3,10", "--hours", "10,10000"]);
    assert_eq!(answer["incidents"], 3);
    let groups = answer["groups"].as_array().expect("a list");
    let group = &groups[0];
    assert_eq!(group["needs"], "a list of downloads");
    assert_eq!((&group["events"], &group["without-data"]), (&json!(2), &json!(1)));
    assert_eq!(group["in-none"], json!(["never-listed"]));
    let outcome = &group["outcomes"][0];
    assert_eq!(outcome["policy"], "downloads");
    let events: Vec<&serde_json::Value> =
        outcome["by-packages"].as_array().expect("a list").iter().map(|at| &at["events"]["held"]).collect();
    assert_eq!(events, [0, 1, 1]);
    let packages = &outcome["by-packages"][1]["packages"];
    assert_eq!((&packages["held"], &packages["of"]), (&json!(1), &json!(3)));
    assert!(
        packages["low"].as_f64() < packages["share"].as_f64()
            && packages["share"].as_f64() < packages["high"].as_f64()
    );
    assert_eq!(outcome["by-minutes"][1]["packages"]["held"], 2);
    let policies: Vec<&str> = groups[1]["outcomes"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|outcome| outcome["policy"].as_str())
        .collect();
    assert_eq!(
        policies,
        [
            "dependents/developers",
            "downloads",
            "exposure-fragility",
            "pagerank",
            "random",
            "transitive/owners"
        ]
    );
    let ran = place.plan(&["backtest"]);
    ran.assert_success().assert_says("no ranking could hold, as they stood in none: never-listed");
    assert_eq!(place.json(&["backtest"]), place.json(&["backtest", "--incidents", "incidents.csv"]));
    assert_eq!(place.plan(&["backtest", "--incidents", "pypi_downloads_2024-01-01.csv"]).code, Some(2));
}
