use std::io::Write as _;

use crate::place::Place;

#[test]
fn charts_are_files_that_need_no_explanation() {
    let place = Place::with_data("charts");
    place.write("mine.txt", "requests\np40\nnot-on-the-list\n");
    place.write("vetted.txt", "idna\n");
    let ran = place.plan(&[
        "curve",
        "--svg",
        "curve.svg",
        "--requirements",
        "mine.txt",
        "--vetted",
        "vetted.txt",
        "--registry",
        "5000",
    ]);
    ran.assert_success();
    let text = std::fs::read_to_string(place.folder.join("curve.svg")).expect("a file");
    for words in
        ["Downloads of PyPI, 2023-01-01", "vetted: 1 packages", "requests", "p40", "share of all downloads"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("not-on-the-list"));
    place.plan(&["rank", "--svg", "rank.svg", "--vetted", "vetted.txt"]).assert_success();
    let text = std::fs::read_to_string(place.folder.join("rank.svg")).expect("a file");
    assert!(text.contains("exposure against fragility") && text.contains(">idna</text>"), "{text}");
    assert_eq!(place.plan(&["curve", "--svg", "no-such-folder/curve.svg"]).code, Some(2));

    let ran = place.plan(&["curve", "--png", "curve.png", "--dark"]);
    if ran.stderr.contains("no font") {
        // Not by `eprintln!`, whose text is only shown of tests that fail.
        let _ = writeln!(std::io::stderr(), "skipped: this machine has no font, so no PNG was drawn");
        return;
    }
    ran.assert_success();
    let bytes = std::fs::read(place.folder.join("curve.png")).expect("a file");
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
    // Width and height (PNG specification, section IHDR): twice the units of the drawing.
    assert_eq!(bytes[16..24], [0, 0, 1920_u16.to_be_bytes()[0], 1920_u16.to_be_bytes()[1], 0, 0, 4, 176]);
    assert!(bytes.len() > 10_000, "an empty picture packs to nothing: {} bytes", bytes.len());
}
