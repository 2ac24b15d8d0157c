use super::*;
use crate::curve::Curve;

fn curve() -> Curve {
    Curve::of_counts((1..=2_000_u64).map(|rank| 1_000_000 / rank), Some(2_000))
}

fn drawn(look: Look, own: &[Own]) -> String {
    let vetted = Some(Vetted { packages: 40, share: 0.375 });
    let curve = curve();
    CurveChart { title: "PyPI", sentence: "A few packages carry most.", curve: &curve, vetted, own }.svg(look)
}

#[test]
fn a_curve_says_what_it_shows() {
    let own = [Own { name: "six".to_owned(), rank: 10, vetted: true }];
    let text = drawn(Look::File, &own);
    for words in [
        "<title>PyPI</title>",
        "A few packages carry most.",
        "share of all downloads",
        "packages, the most downloaded first",
        "vetted: 40 packages, 37.5 %",
        "six (vetted)",
        "packages: 80 %",
        "1,000",
        "prefers-color-scheme: dark",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!drawn(Look::Page, &own).contains("<style>"), "a page brings its own style");
    assert!(!drawn(Look::Dark, &own).contains("@media"));
}

#[test]
fn hostile_names_stay_text() {
    let own = [Own { name: "a\"><script>\u{202e}&\u{0}".to_owned(), rank: 3, vetted: false }];
    let text = drawn(Look::Page, &own);
    assert!(text.contains("a&quot;&gt;&lt;script&gt;?&amp;?"), "{text}");
    assert!(!text.contains("<script>"));
}

#[test]
fn names_do_not_cover_each_other() {
    let dot = |name: &str, exposure, fragility| Dot {
        name: name.to_owned(),
        exposure,
        fragility,
        known: true,
        vetted: false,
        href: Some(format!("/project/{name}")),
    };
    let mut dots = vec![dot("idna", 0.9, 0.5), dot("far-away", 0.4, 0.2)];
    dots.extend((0..60).map(|at| dot(&format!("crowd-{at}"), 0.9, 0.5)));
    let text = ScatterChart { title: "t", sentence: "s", dots: &dots }.svg(Look::Page);
    let named = |name: &str| text.contains(&format!(">{name}</text>"));
    assert!(named("idna") && named("far-away"));
    assert!((0..60).filter(|at| named(&format!("crowd-{at}"))).count() < 8, "{text}");
    assert!(text.contains("role=\"group\"") && text.contains("<a href=\"/project/idna\">"));
}

#[test]
fn nothing_is_a_chart_too() {
    let empty = Curve::of_counts([], None);
    let chart = CurveChart { title: "t", sentence: "s", curve: &empty, vetted: None, own: &[] };
    let scatter = ScatterChart { title: "t", sentence: "s", dots: &[] };
    for text in [chart.svg(Look::Light), scatter.svg(Look::Light)] {
        assert!(text.ends_with("</svg>\n"));
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
}

#[test]
fn numbers_are_for_people() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    assert_eq!([0.0, 0.8, 0.995, 0.0042, 1.0].map(percent), ["0 %", "80 %", "99.5 %", "0.42 %", "100 %"]);
}
