//! The distribution's pages: what they say, that they escape, and that they stay small.

use std::time::{Duration, Instant};

use packhouse_inspect::{Release, RiskFacts, assess, compare, compare_text, review_order};
use packhouse_model::RiskClass;

use super::html::tags;
use super::{contains, samples};
use crate::pages::distribution::*;
use crate::pages::{ProjectPage, Show};
use std::sync::Arc;

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let quiet = "an ordinary sentence";
    let bad = samples::hostile();
    let mut found = rendered(
        quiet,
        [
            "queue",
            "review",
            "review-file",
            "review-split",
            "review-whole",
            "suite",
            "snapshots",
            "excuses",
            "maintainers",
            "maintainer",
            "imports",
            "import",
            "ledger",
            "entry",
            "tracker",
        ],
    );
    found.extend(rendered(&bad, HOSTILE));
    let mut home = samples::home();
    home.distribution = Some(samples::section());
    found.push(("home-distribution", home.render().expect("home")));
    found.push(("suites", samples::suites().render().expect("suites")));
    found.extend(empty());
    found
}

const HOSTILE: [&str; 15] = [
    "hostile-queue",
    "hostile-review",
    "hostile-review-file",
    "hostile-review-split",
    "hostile-review-whole",
    "hostile-suite",
    "hostile-snapshots",
    "hostile-excuses",
    "hostile-maintainers",
    "hostile-maintainer",
    "hostile-imports",
    "hostile-import",
    "hostile-ledger",
    "hostile-entry",
    "hostile-tracker",
];

fn rendered(text: &str, names: [&'static str; 15]) -> Vec<(&'static str, String)> {
    let project = ProjectPage::new(samples::site(), samples::flask(), Show::All, 1);
    let pages = [
        samples::queue(text).render(),
        samples::review(text).render(),
        samples::review_file(text, Mode::Unified).render(),
        samples::review_file(text, Mode::Split).render(),
        samples::review_file(text, Mode::Whole).render(),
        samples::suite(text).render(),
        samples::snapshots(text).render(),
        samples::excuses(text).render(),
        samples::maintainers(text).render(),
        samples::maintainer(text).render(),
        samples::imports(text).render(),
        samples::import(text).render(),
        samples::ledger(text).render(),
        samples::entry(text).render(),
        project.with_tracker(Some(samples::tracker(text))).render(),
    ];
    names.into_iter().zip(pages).map(|(name, page)| (name, page.expect(name))).collect()
}

/// Every page that can have nothing to show.
fn empty() -> Vec<(&'static str, String)> {
    let site = samples::site;
    let mut queue = samples::queue("");
    queue.rows.clear();
    let mut review = samples::review("");
    review.difference = Arc::default();
    review.order = Arc::default();
    review.inline.clear();
    review.standing.signatures.clear();
    review.standing.identity.clear();
    let mut unknown = samples::queue("");
    unknown.unknown = true;
    let excuses = ExcusesPage { site: site(), suites: vec![], page: 1, path: "/excuses".to_owned() };
    let suites = SuitesPage { site: site(), distribution: "Orchard".to_owned(), suites: vec![] };
    [
        ("empty-queue", queue.render()),
        ("unknown-queue", unknown.render()),
        ("empty-review", review.render()),
        ("empty-excuses", excuses.render()),
        ("empty-suites", suites.render()),
        ("empty-imports", ImportsPage { site: site(), peers: vec![] }.render()),
        ("empty-maintainers", MaintainersPage { site: site(), people: vec![] }.render()),
    ]
    .map(|(name, page)| (name, page.expect(name)))
    .to_vec()
}

#[test]
fn the_queue_says_what_is_overdue_in_words() {
    contains(
        "queue",
        &[
            "href=\"/review/flask/3.1.0\"",
            "<span class=\"badge no\">overdue since 2d13h</span>",
            "due in 6d10h",
            "1 signature, 1 organisation",
            "href=\"/maintainers/alice\"",
            "<option selected>alice</option>",
            "href=\"/queue?for=alice&amp;page=2\"",
        ],
    );
    contains("unknown-queue", &["There is no maintainer alice."]);
}

#[test]
fn imports_say_whose_ledger_is_followed_and_whose_is_not_believed() {
    contains(
        "imports",
        &[
            "href=\"/imports/elsewhere\"",
            "<span class=\"badge ok\">followed</span>",
            "<span class=\"badge no\">not believed</span>",
            "nothing was taken from it",
            "<span class=\"badge wait\">not fetched yet</span>",
            "<span class=\"badge plain\">ended</span>",
            "comes as a file",
        ],
    );
    contains(
        "import",
        &[
            "<code>safe</code> is worth <code>safe-to-deploy</code>",
            "is worth nothing",
            "ben@elsewhere",
            "<span class=\"badge no\">removed</span>",
            "href=\"/review/flask/3.1.0\"",
            "taken back: an ordinary sentence",
            "And 1 older ones.",
            "href=\"/api/v1/imports/elsewhere\"",
        ],
    );
    contains("empty-imports", &["Nothing is imported."]);
}

#[test]
fn a_review_begins_with_the_metadata_and_ends_with_the_command() {
    contains(
        "review",
        &[
            "<span class=\"badge wait\">new dependency</span> requires <code>blinker</code>",
            "<code>flask = flask.cli:main</code>",
            "href=\"/review/flask/3.1.0?path=flask%2Fboot.pth\"",
            "href=\"/review/flask/3.1.0?path=flask%2Fapp.py&amp;line=2#n2\"",
            "runs at start",
            "packhouse review accept flask==3.1.0 --base flask==3.0.3 --criteria safe-to-run --server http://127.0.0.1:8080",
            "no: an ordinary sentence",
            "for 2 files",
            "<figcaption>Decoded, never run</figcaption>",
            "claimed</span> by <a href=\"/maintainers/alice\">",
            "<details class=\"change\" open>",
            "<a href=\"/review/flask/3.1.0?path=flask%2Fapp.py&amp;line=5#n5\">5</a>",
            "<span class=\"src-word\">import</span> socket",
        ],
    );
    let page = super::page("review");
    let place = |text: &str| page.find(text).expect(text);
    let order = [
        "id=\"metadata\"",
        "id=\"news\"",
        "id=\"risk\"",
        "id=\"files\"",
        "id=\"changes\"",
        "id=\"signatures\"",
        "id=\"sign\"",
    ];
    assert!(order.windows(2).all(|pair| place(pair[0]) < place(pair[1])));
}

#[test]
fn lines_have_anchors_words_and_notes_at_their_place() {
    contains(
        "review-file",
        &[
            "<td class=\"at\" id=\"n2\"><a href=\"#n2\">2</a></td>",
            "<tr class=\"new\">",
            "<span class=\"src-word\">def</span> <span class=\"src-name\">run</span>(host<mark>, port</mark>):",
            "<span class=\"src-comment\"># an ordinary sentence</span>",
            "Lines 1 to 7, before 1 to 5",
            "<figcaption>Decoded, never run</figcaption><pre class=\"lines\">an ordinary sentencean ordinary sentence</pre>",
            "rel=\"next\" href=\"/review/flask/3.1.0?path=setup.py\"",
        ],
    );
    contains("review-split", &["<table class=\"diff split\">", "<td class=\"src new\">"]);
    contains("review-whole", &["<span class=\"src-word\">import</span> socket"]);
    for name in ["review-file", "review-split", "review-whole"] {
        let page = super::page(name);
        let line = page.find("id=\"n2\"").expect("line 2");
        let said = page.find("<tr class=\"said\">").expect("the note");
        let next = page.find("id=\"n3\"").expect("line 3");
        assert!(line < said && said < next, "{name}: the note is at its line");
        assert_eq!(page.matches("not on this page").count(), 1, "{name}: and the other is not lost");
    }
}

#[test]
fn an_excuse_says_what_breaks_and_who_must_act() {
    contains(
        "excuses",
        &[
            "<span class=\"badge no\">blocked by another item</span>",
            "<span class=\"badge ok\">moves</span>",
            "3.0.3 → 3.1.0",
            "flask 3.1.0 requires werkzeug&gt;=3.1",
            "<strong>a maintainer</strong>",
            "<strong>alice</strong>",
            "It would pass together with:",
            "werkzeug 3.1",
            "at best on <time",
            "The search was cut short",
            "href=\"/suites/testing/excuses.json\"",
            "id=\"item-flask%2F3.1.0\"",
        ],
    );
}

#[test]
fn the_tracker_stands_above_what_is_there_today() {
    contains(
        "tracker",
        &[
            "2.9.9 is quarantined",
            "href=\"/suites/testing\"",
            "href=\"/feeds/projects/flask.atom\"",
            "href=\"/suites/testing/excuses#item-flask\"",
            "In this index today",
            "Entries before number 12 were not looked at",
        ],
    );
    let page = super::page("tracker");
    assert!(page.find("id=\"tracker\"") < page.find("id=\"releases\""));
    assert!(!super::page("project").contains("id=\"tracker\""));
}

#[test]
fn the_navigation_has_the_distribution_only_when_there_is_one() {
    let entries = |distribution| crate::pages::Here::Queue.entries(distribution);
    assert_eq!(entries(false).len(), 5);
    assert_eq!(entries(true).len(), 10);
    contains("queue", &["<a href=\"/queue\" aria-current=\"page\">Queue</a>"]);
    contains("home-distribution", &["2 overdue", "next: hard-freeze", "/pypi/pear/simple/"]);
}

#[test]
fn hostile_text_is_escaped_on_every_page_and_cut_on_most() {
    for name in HOSTILE {
        let page = super::page(name);
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{name}");
        assert!(page.contains("⟨U+202E⟩"), "{name}");
        // The longest is the beginning of a line of code.
        assert!(page.len() < 200_000, "{name}: {} bytes", page.len());
    }
}

#[test]
fn a_feed_is_well_formed_whatever_is_in_it() {
    for text in ["a & b < c", &samples::hostile()] {
        let feed = samples::feed(text).render().expect("a feed");
        let (declaration, rest) = feed.split_once('\n').expect("lines");
        assert_eq!(declaration, "<?xml version=\"1.0\" encoding=\"utf-8\"?>");
        let tags = tags(rest);
        let count = |name| tags.iter().filter(|tag| tag.name == name).count();
        assert_eq!(
            (count("feed"), count("entry"), count("id"), count("updated"), count("author")),
            (1, 1, 2, 2, 2)
        );
        assert!(!feed.chars().any(|c| c.is_control() && c != '\n'));
        assert!(feed.contains("<updated>2026-11-21T10:00:00.000000Z</updated>"));
    }
}

/// A release of 10,000 files against one in which each is another.
fn many(version: &str) -> Release {
    Release::from_files((0..10_000).map(|number| {
        (format!("p/module_{number:05}.py"), format!("import os\n\n\ndef f(x):\n    return {version}\n"))
    }))
}

#[test]
fn ten_thousand_files_are_listed_by_five_hundred() {
    let (old, new) = (many("1"), many("2"));
    let difference = compare(&old, &new);
    let assessment = assess(&old, &new, &difference, &RiskFacts::default());
    let order = review_order(&difference, &assessment);
    let mut page = samples::review("x");
    (page.difference, page.assessment, page.order) =
        (Arc::new(difference), Arc::new(assessment), Arc::new(order));
    let mut seen = 0;
    for number in [1, 2, 20] {
        page.page = number;
        let begun = Instant::now();
        let html = page.render().expect("a page");
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        assert!(html.len() < 400_000, "{} bytes", html.len());
        let rows = html.matches("<a href=\"/review/flask/3.1.0?path=p%2Fmodule_").count();
        assert!((FILES_PER_PAGE..FILES_PER_PAGE + 200).contains(&rows), "{rows} files");
        seen += rows;
        assert!(html.contains("aria-label=\"Page 20\""));
    }
    assert!(seen >= 3 * FILES_PER_PAGE);
}

fn file_page(old: &[u8], new: &[u8], mode: Mode, page: u64, line: Option<usize>) -> String {
    let (before, after) =
        (Release::from_files([("p/x.py", old.to_vec())]), Release::from_files([("p/x.py", new.to_vec())]));
    let change = compare(&before, &after).files.remove(0);
    let file = ReviewedFile {
        change,
        class: RiskClass::R2,
        comparison: compare_text(Some(old), Some(new), &text_limits()),
        content: Some(new.to_vec()),
        before: Some(old.to_vec()),
        place: (1, 1),
        neighbours: (None, None),
        reasons: vec![],
        findings: vec![],
    };
    ReviewFilePage::new(samples::site(), samples::head("x"), file, vec![], mode, page, line)
        .render()
        .expect("a page")
}

#[test]
fn small_changes_stand_on_one_page_and_large_ones_on_their_own() {
    let file = |path: &str, lines: usize| {
        let content: Vec<u8> = (0..lines).flat_map(|line| format!("x = {line}\n").into_bytes()).collect();
        let new = Release::from_files([(path, content.clone())]);
        let change = compare(&Release::default(), &new).files.remove(0);
        let file = ReviewedFile {
            change,
            class: RiskClass::R2,
            comparison: compare_text(None, Some(&content), &text_limits()),
            content: Some(content),
            before: None,
            place: (1, 1),
            neighbours: (None, None),
            reasons: vec![],
            findings: vec![],
        };
        (file, vec![])
    };
    let mut page = samples::review("x");
    page.inline = inline([file("a.py", 900), file("b.py", 5_000), file("c.py", 700), file("d.py", 400)]);
    let html = page.render().expect("a page");
    for (path, shown) in [("a.py", true), ("b.py", false), ("c.py", false), ("d.py", true)] {
        assert_eq!(html.contains(&format!("<summary><code>{path}</code>")), shown, "{path}");
    }
    assert!(html.contains("opened from the list above"));
    assert!(html.len() < 1_000_000, "{} bytes", html.len());
}

#[test]
fn a_line_of_ten_megabytes_is_cut_and_its_length_is_said() {
    let old = vec![b'a'; 10_000_000];
    let mut new = old.clone();
    new[5_000_000] = b'b';
    for mode in [Mode::Unified, Mode::Split, Mode::Whole] {
        let begun = Instant::now();
        let page = file_page(&old, &new, mode, 1, None);
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        assert!(page.len() < 20_000, "{mode:?}: {} bytes", page.len());
        assert!(page.contains("the line has 10,000,000 bytes"), "{mode:?}");
        assert!(mode == Mode::Whole || page.contains("it differs from byte 5,000,001 on"), "{mode:?}");
    }
}

#[test]
fn many_lines_are_divided_and_none_is_lost() {
    let text = |word: &str| {
        (0..20_000).flat_map(|line| format!("{word} {line}\n").into_bytes()).collect::<Vec<u8>>()
    };
    let (old, new) = (text("old"), text("new"));
    for (mode, pages) in [(Mode::Unified, 14), (Mode::Split, 7), (Mode::Whole, 7)] {
        let mut rows = 0;
        for number in 1..=pages {
            let page = file_page(&old, &new, mode, number, None);
            let here = tags(&page).iter().filter(|tag| tag.name == "tr").count();
            assert!(
                here <= LINES_PER_PAGE && page.len() < 1_500_000,
                "{mode:?}: {here} rows, {} bytes",
                page.len()
            );
            rows += here;
        }
        let expected = match mode {
            Mode::Unified => 40_001,
            Mode::Split => 20_001,
            Mode::Whole => 20_000,
        };
        assert_eq!(rows, expected, "{mode:?}");
    }
    let page = file_page(&old, &new, Mode::Whole, 1, Some(19_999));
    assert!(page.contains("id=\"n19999\"") && page.contains("aria-label=\"Page 7\" aria-current=\"page\""));
    let wide = |word: &str| [word.as_bytes(), &[b'x'; 1_900], b"\n"].concat().repeat(20_000);
    let page = file_page(&wide("a"), &wide("b"), Mode::Split, 1, None);
    assert!(page.len() < TEXT_PER_PAGE * 2, "{} bytes", page.len());
}

#[test]
fn a_line_that_did_not_change_is_shown_in_the_whole_file() {
    let old: Vec<u8> = (0..500).flat_map(|line| format!("line {line}\n").into_bytes()).collect();
    let new = [&b"first\n"[..], &old].concat();
    let page = file_page(&old, &new, Mode::Unified, 1, Some(400));
    assert!(page.contains("id=\"n400\"") && page.contains("line <span class=\"src-number\">398</span>"));
}
