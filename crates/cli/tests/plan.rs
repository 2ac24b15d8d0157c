//! `packhouse plan …` by the command line, on small tables of the forms that the real ones have.

#[path = "plan/bad_input.rs"]
mod bad_input;
#[path = "plan/charts.rs"]
mod charts;
#[path = "plan/place.rs"]
mod place;
#[path = "plan/resume.rs"]
mod resume;
#[path = "plan/work.rs"]
mod work;

use place::Place;
use serde_json::{Value, json};

#[test]
fn ranking_is_in_the_form_that_scripts_read() {
    let place = Place::with_data("rank");
    let answer = place.json(&["rank", "--top", "2"]);
    assert_eq!(
        answer.as_object().map(|all| all.keys().map(String::as_str).collect::<Vec<_>>()),
        Some(vec!["packages"])
    );
    let packages = answer["packages"].as_array().expect("a list");
    assert_eq!(packages.len(), 2);
    let keys: Vec<&str> = packages[0].as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "package",
            "downloads",
            "direct_dependents",
            "transitive_dependents",
            "owners",
            "exposure",
            "fragility",
            "priority"
        ]
    );
    let first = &packages[0];
    // idna: requests needs it, app needs requests; one account may publish it.
    assert_eq!(
        [
            &first["package"],
            &first["downloads"],
            &first["direct_dependents"],
            &first["transitive_dependents"],
            &first["owners"]
        ],
        [&json!("idna"), &json!(1_000_000), &json!(1), &json!(2), &json!(1)]
    );
    assert_eq!(first["fragility"], 0.5);
    let by_downloads = place.json(&["rank", "--policy", "downloads", "--top", "3"]);
    let names: Vec<&Value> =
        by_downloads["packages"].as_array().expect("a list").iter().map(|one| &one["package"]).collect();
    assert_eq!(names, ["idna", "requests", "p3"]);
    place.plan(&["rank", "--policy", "luck"]).assert_says("no policy \"luck\"; there are downloads");
    place.plan(&["rank", "--ecosystem", "npm"]).assert_says("no data set of npm was imported");
}

#[test]
fn a_table_is_for_people() {
    let place = Place::with_data("table");
    let ran = place.plan(&["rank", "--top", "1"]);
    ran.assert_success().assert_says("priority").assert_says("idna");
    let ran = place.plan(&["explain", "IDNA"]);
    ran.assert_success()
        .assert_says("transitive dependents 2")
        .assert_says("few-publishers 1.000 x weight 0.50");
    let ran = place.plan(&["explain", "enum34"]);
    ran.assert_success().assert_says("owners unknown").assert_says("unknown: the mean of the others");
    assert_eq!(place.plan(&["explain", "nobody-knows-this"]).code, Some(1));
    assert_eq!(place.plan(&["explain", "--", "-no-name-"]).code, Some(2));
}

#[test]
fn the_curve_says_how_sure_it_is() {
    let place = Place::with_data("curve");
    let answer = place.json(&["curve", "--registry", "100000"]);
    assert_eq!(answer["listed"], 300);
    assert_eq!(answer["of"]["rule"], json!({ "counted": "unstated", "days": 30 }));
    let shares = answer["shares"].as_array().expect("a list");
    assert_eq!(shares.len(), 5);
    let tail = &answer["tail"];
    assert!(
        tail["low"].as_f64() <= tail["downloads"].as_f64()
            && tail["downloads"].as_f64() <= tail["high"].as_f64()
    );
    place.plan(&["curve"]).assert_success().assert_says("maintainers");
    // One list of a rule that nobody stated is not taken for another's.
    assert_eq!(answer["vetted"]["vetted"], 0);
}

#[test]
fn a_file_that_was_imported_is_kept_under_its_hash() {
    let place = Place::with_data("kept");
    let raw = place.folder.join("data/plan/raw");
    assert_eq!(std::fs::read_dir(&raw).expect("a folder").count(), 4);
    place.plan(&["import", "owners_2020-12-23.csv"]).assert_success();
    assert_eq!(std::fs::read_dir(&raw).expect("a folder").count(), 4, "the same bytes again");
    let answer = place.json(&["import", "--again", "owners_2020-12-23.csv"]);
    assert_eq!(answer["imported"][0]["holds"][0]["kind"], "owners");
    assert_eq!(answer["imported"][0]["report"]["skipped"], json!({}));
}
