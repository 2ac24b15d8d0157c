//! What is wrong with a file is said, with what to do; nothing is half imported.

use crate::place::{Place, downloads, packed};

#[test]
fn what_is_broken_is_refused_and_leaves_nothing() {
    let place = Place::new("broken");
    let whole = packed(downloads().repeat(40).as_bytes());
    place.write("cut_2026-01-01.csv.gz", &whole[..whole.len() / 2]);
    place.write(
        "columns_2026-01-01.csv",
        "package,version,source,dependency,specifier,marker,extra\na,1\nb,2\n",
    );
    place.write("other_2026-01-01.csv", "colour,taste\nred,sweet\n");
    place.write("negative_2026-01-01.csv", "package,downloads\na,-5\nb,-6\n");
    place.write("future_2099-01-01.csv", "package,downloads\na,5\n");
    place.write("empty_2026-01-01.csv", "");
    place.write("names_2026-01-01.csv", "package,downloads\n-a-,5\ntwo words,6\n../c,7\n");
    place.write("cut_2026-01-01.json", r#"{"last_update":"2026-01-01 00:00:00","rows":[{"project":"a","#);
    place.write("notes.db", [b"SQLite format 3\0".as_slice(), &[7; 4_000]].concat());
    place.write("torn_2026-01-01.parquet", b"PAR1 and nothing that is Parquet");
    for (file, words) in [
        ("cut_2026-01-01.csv.gz", "cannot read on after"),
        ("columns_2026-01-01.csv", "2 of 3 rows could not be used"),
        ("other_2026-01-01.csv", "is no data set that can be read here"),
        ("negative_2026-01-01.csv", "a negative number"),
        ("future_2099-01-01.csv", "lies in the future"),
        ("empty_2026-01-01.csv", "an empty file"),
        ("names_2026-01-01.csv", "no name of a package"),
        ("cut_2026-01-01.json", "fetch the file again"),
        ("notes.db", "cannot read on"),
        ("torn_2026-01-01.parquet", "cannot read on"),
        ("not-there.csv", "cannot be used"),
    ] {
        let ran = place.plan(&["import", file]);
        assert_eq!(ran.code, Some(2), "{file}\n{ran}");
        ran.assert_says(words);
        assert!(!ran.text().contains("panicked"), "{ran}");
    }
    assert_eq!(place.kept(), 0);
    assert!(place.is_whole(), "no bytes of what was refused are kept");
    assert_eq!(place.plan(&["import", "--date", "someday", "empty_2026-01-01.csv"]).code, Some(2));
}

#[test]
fn an_import_of_several_says_from_where_it_goes_on() {
    let place = Place::new("several");
    place.write("a_2026-01-01.csv", "package,downloads\na,5\n");
    place.write("b_2026-01-01.csv", "colour\nred\n");
    place.write("c_2026-01-01.csv", "package,owner\na,o1\n");
    let ran = place.plan(&["import", "a_2026-01-01.csv", "b_2026-01-01.csv", "c_2026-01-01.csv"]);
    assert_eq!(ran.code, Some(2));
    ran.assert_says(
        "the file before it is imported; go on with: packhouse plan import b_2026-01-01.csv c_2026-01-01.csv",
    );
    assert_eq!(place.kept(), 1);
    assert!(place.is_whole());
}

#[test]
fn bad_rows_are_counted_and_the_rest_is_kept() {
    let place = Place::new("rows");
    let mut table = "package,version,source,dependency,specifier,marker,extra\n".to_owned();
    // A million times the same row, a circle, a package that needs itself, names that do not normalise.
    table.push_str(&"a,1,wheel,b,,,\n".repeat(1_000_000));
    table.push_str("b,1,wheel,c,,,\nc,1,wheel,a,,,\nc,1,wheel,c,,,\n-bad-,1,wheel,a,,,\nA,1,wheel,B,,,\n");
    place.write("pypi_dependencies_2026-01-01.csv.gz", packed(table.as_bytes()));
    let answer = place.json(&["import", "pypi_dependencies_2026-01-01.csv.gz"]);
    let skipped = &answer["imported"][0]["report"]["skipped"];
    assert_eq!(skipped["duplicate"]["count"], 1_000_000);
    assert_eq!(skipped["itself"]["count"], 1);
    assert_eq!(skipped["name"]["count"], 1);
    assert_eq!(skipped["name"]["examples"][0][1], "-bad-");
    let ranked = place.json(&["rank"]);
    for one in ranked["packages"].as_array().expect("a list") {
        assert_eq!(
            (&one["direct_dependents"], &one["transitive_dependents"]),
            (&1.into(), &2.into()),
            "{one}"
        );
    }
    assert!(place.is_whole());
}

#[test]
fn a_kept_file_whose_bytes_were_changed_is_not_used() {
    let place = Place::with_data("changed");
    for entry in std::fs::read_dir(place.folder.join("data/plan/raw")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let mut bytes = std::fs::read(&path).expect("a file");
        bytes.extend_from_slice(b"zz,o9\n");
        std::fs::write(&path, bytes).expect("a file");
    }
    let ran = place.plan(&["rank"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    std::fs::write(place.folder.join("data/plan/manifest.json"), "[{").expect("a file");
    let ran = place.plan(&["rank"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    ran.assert_says("is damaged");
}
