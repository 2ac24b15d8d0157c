//! An import that was cut goes on where it was, file by file, and never leaves half of one.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use packhouse_model::Sha256;
use serde_json::json;

use crate::place::{Place, downloads};

const KILLS: u32 = 24;
/// Some come after the end of the program, and count as none.
const MOST_ROUNDS: u32 = 200;
const FILES: [&str; 3] =
    ["pypi_dependencies_2023-01-02.csv", "pypi_downloads_2023-01-01.csv", "owners_2020-12-23.csv"];

/// Three tables, large enough that an import of them can be killed in the middle.
fn tables(place: &Place) {
    let rows = |row: fn(usize) -> String| (0..30_000).map(row).collect::<String>();
    let header = "package,version,source,dependency,specifier,marker,extra\n".to_owned();
    place.write(FILES[0], header + &rows(|at| format!("a{at},1.0,wheel,a{},>=1.0,,\n", at / 2)));
    place.write(FILES[1], "package,downloads\n".to_owned() + &rows(|at| format!("a{at},{}\n", 90_000 - at)));
    place.write(FILES[2], "package,owner\n".to_owned() + &rows(|at| format!("a{at},o{}\n", at % 700)));
}

fn import() -> Vec<&'static str> {
    std::iter::once("import").chain(FILES).collect()
}

/// Whether bytes are just being put to their place.
fn is_writing(place: &Place) -> bool {
    let is_part = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "part"))
    };
    is_part(&place.folder.join("data/plan/raw")) || is_part(&place.folder.join("data/plan"))
}

/// Starts an import and kills it: at the `round`th part of `whole`, or as soon as it writes. Returns whether it was still
/// running then.
fn kill_one(place: &Place, round: u32, whole: Duration) -> bool {
    let mut command = place.command(&import());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    let begun = Instant::now();
    let moment = whole * (round % KILLS) / KILLS;
    while child.try_wait().expect("a state").is_none() {
        if (round.is_multiple_of(2) && begun.elapsed() >= moment) || (round % 2 == 1 && is_writing(place)) {
            break;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    let _ = child.kill();
    child.wait().expect("it ended").signal() == Some(9)
}

/// What the manifest says is there, is there: these very bytes.
fn assert_nothing_half(place: &Place, round: u32) {
    for entry in place.manifest() {
        let name = entry["content"].as_str().expect("a hash");
        let path = place.folder.join("data/plan/raw").join(name);
        let bytes =
            std::fs::read(&path).unwrap_or_else(|error| panic!("round {round}: {}: {error}", path.display()));
        assert_eq!(Sha256::of(&bytes).hex(), name, "round {round}");
        assert_eq!(entry["holds"].as_array().map(Vec::len), Some(1), "round {round}: {entry}");
    }
}

#[test]
fn an_import_that_is_killed_goes_on_where_it_was() {
    let place = Place::new("killed");
    tables(&place);
    let begun = Instant::now();
    place.plan(&import()).assert_success();
    let whole = begun.elapsed();
    let expected = place.json(&["rank", "--top", "50"]);
    let data = place.folder.join("data");
    std::fs::remove_dir_all(&data).expect("a folder");

    let (mut killed, mut resumed) = (0, 0);
    for round in 0..MOST_ROUNDS {
        let before = place.kept();
        killed += u32::from(kill_one(&place, round, whole));
        assert_nothing_half(&place, round);
        let after = place.kept();
        assert!(after >= before, "round {round}: {before} files were imported, now {after}");
        resumed += u32::from(before > 0 && after > before);
        if killed == KILLS {
            break;
        }
        if after == FILES.len() {
            std::fs::remove_dir_all(&data).expect("a folder");
        }
    }
    assert_eq!(killed, KILLS, "too many imports came to their end before they were killed");
    assert!(resumed > 0, "no import went on where another was killed");

    let before = place.kept();
    let answer = place.json(&import());
    let already: Vec<bool> = answer["imported"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["already"] == json!(true) && one["report"].is_null())
        .collect();
    assert_eq!(already.iter().filter(|already| **already).count(), before, "{already:?}");
    assert_eq!(place.kept(), FILES.len());
    assert!(place.is_whole() && !is_writing(&place), "what the killed left is taken away");
    assert_eq!(place.json(&["rank", "--top", "50"]), expected);
}

#[test]
fn a_file_that_is_there_is_not_read_again() {
    let place = Place::new("there");
    place.write("pypi_downloads_2023-01-01.csv", downloads());
    place.plan(&["import", "pypi_downloads_2023-01-01.csv"]).assert_success().assert_says("301 rows");
    let ran = place.plan(&["import", "pypi_downloads_2023-01-01.csv"]);
    ran.assert_success()
        .assert_says("pypi_downloads_2023-01-01.csv: there already")
        .assert_says("2023-01-01");
    assert!(!ran.text().contains("rows"), "{ran}");
    place
        .plan(&["import", "--again", "pypi_downloads_2023-01-01.csv"])
        .assert_success()
        .assert_says("301 rows");

    // The same bytes of another day are another statement, and so they are read again and dated anew.
    place.write("pypi_downloads_2023-02-01.csv", downloads());
    place.plan(&["import", "pypi_downloads_2023-02-01.csv"]).assert_success().assert_says("301 rows");
    assert_eq!(place.manifest()[0]["holds"][0]["date"], "2023-02-01T00:00:00.000000Z");
    let dated = ["import", "--date", "2023-03-01", "pypi_downloads_2023-02-01.csv"];
    place.plan(&dated).assert_success().assert_says("301 rows");
    place.plan(&dated).assert_success().assert_says("there already");
    assert_eq!(place.kept(), 1, "one content, one entry");

    // Damage in what is kept is mended by importing the file again.
    let content = place.manifest()[0]["content"].as_str().expect("a hash").to_owned();
    let raw = place.folder.join("data/plan/raw").join(content);
    let mut bytes = std::fs::read(&raw).expect("the kept file");
    bytes[200] ^= 1;
    std::fs::write(&raw, bytes).expect("the kept file");
    place.plan(&dated).assert_success().assert_says("301 rows");
    place.plan(&["rank", "--top", "1"]).assert_success();
}
