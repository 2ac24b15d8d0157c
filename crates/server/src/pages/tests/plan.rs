//! The pages of the plan: what they say, and that they escape.

use packhouse_app::plan::Standing;
use packhouse_plan::chart::{CurveChart, Dot, Look, Own, ScatterChart, Vetted};
use packhouse_plan::curve::Curve;

use super::{contains, page, samples};
use crate::pages::plan::*;
use crate::pages::{Link, Site};

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let (quiet, bad) = ("flask", samples::hostile());
    let mut found = rendered(quiet, ["plan", "plan-scatter", "plan-next", "plan-coverage"]);
    found.extend(rendered(
        &bad,
        ["hostile-plan", "hostile-plan-scatter", "hostile-plan-next", "hostile-plan-coverage"],
    ));
    found.extend(empty());
    found
}

fn rendered(name: &str, names: [&'static str; 4]) -> Vec<(&'static str, String)> {
    let pages = [curve(name).render(), scatter(name).render(), next(name).render(), coverage(name).render()];
    names.into_iter().zip(pages).map(|(name, page)| (name, page.expect(name))).collect()
}

fn empty() -> Vec<(&'static str, String)> {
    let site = samples::site;
    let mut next = next("");
    next.table = None;
    let mut done = self::next("");
    done.table.as_mut().expect("a table").steps.clear();
    let (mut curve, mut scatter) = (curve(""), scatter(""));
    (curve.chart, scatter.chart) = (None, None);
    let mut awaited = curve.clone();
    awaited.sources = Sources { list: Vec::new(), making: true };
    let mut renewed = self::curve("");
    renewed.sources.making = true;
    let coverage = CoveragePage { judged: None, ..bare(site()) };
    [
        ("empty-plan", curve.render()),
        ("awaited-plan", awaited.render()),
        ("renewed-plan", renewed.render()),
        ("empty-plan-scatter", scatter.render()),
        ("empty-plan-next", next.render()),
        ("done-plan-next", done.render()),
        ("empty-plan-coverage", coverage.render()),
    ]
    .map(|(name, page)| (name, page.expect(name)))
    .to_vec()
}

fn sources(text: &str) -> Sources {
    let line = SourceLine {
        kind: "downloads".to_owned(),
        date: samples::at("2026-04-01"),
        source: format!("top-pypi-packages {text}"),
        rule: "all installers, 30 days".to_owned(),
    };
    Sources { list: vec![line], making: false }
}

fn curve(name: &str) -> PlanPage {
    let curve = Curve::of_counts((1..=15_000_u64).map(|rank| 2_000_000_000 / rank), Some(886_323));
    let own = [
        Own { name: name.to_owned(), rank: 140, vetted: true },
        Own { name: "requests".to_owned(), rank: 5, vetted: false },
    ];
    let chart = CurveChart {
        title: "Downloads of PyPI, 2026-04-01",
        sentence: "607 packages have 80 % of all downloads.",
        curve: &curve,
        vetted: Some(Vetted { packages: 212, share: 0.31 }),
        own: &own,
    };
    let row = |name: &str, rank, vetted| OwnRow { name: name.to_owned(), rank, vetted };
    PlanPage {
        site: samples::site(),
        chart: Some(Drawing::new(chart.svg(Look::Page))),
        shares: vec![
            ShareRow {
                share: 0.8,
                packages: Some(607),
                between: (Some(604), Some(611)),
                maintainers: Some(2),
            },
            ShareRow { share: 0.99, packages: None, between: (Some(8_100), None), maintainers: None },
        ],
        vetted: 212,
        share: 0.31,
        of: format!("{name} requests"),
        own: vec![row(name, Some(140), true), row("requests", Some(5), false), row("mine", None, false)],
        sources: sources(name),
    }
}

fn scatter(name: &str) -> ScatterPage {
    let dot = |name: &str, exposure, fragility, known, vetted| Dot {
        name: name.to_owned(),
        exposure,
        fragility,
        known,
        vetted,
        href: Some(crate::pages::project_path(name, "default")),
    };
    let dots = [
        dot(name, 0.91, 0.5, true, false),
        dot("six", 0.93, 0.25, true, true),
        dot("zipp", 0.8, 0.38, false, false),
    ];
    let chart =
        ScatterChart { title: "PyPI: exposure against fragility", sentence: "Three of them.", dots: &dots };
    let row = |dot: &Dot| DotRow {
        name: dot.name.clone(),
        exposure: dot.exposure,
        fragility: dot.fragility,
        known: dot.known,
        priority: 0.6,
        dependents: 118_143,
        vetted: dot.vetted,
    };
    ScatterPage {
        site: samples::site(),
        rows: dots.iter().map(row).collect(),
        chart: Some(Drawing::new(chart.svg(Look::Page))),
        sources: sources(name),
    }
}

fn next(name: &str) -> NextPage {
    let step = |name: &str, with: &[&str], maintained| NextStep {
        package: name.to_owned(),
        with: with.iter().map(|name| (*name).to_owned()).collect(),
        hours: 3.9,
        rank: Some(17),
        share: 0.3271,
        maintained,
    };
    let choice =
        |label: &str, current| Link { label: label.to_owned(), href: "/plan/next".to_owned(), current };
    let many = ["a", "b", "c", "d", "e", "f", "g", "h", name];
    NextPage {
        site: samples::site(),
        budgets: vec![choice("40 hours", false), choice("800 hours", true)],
        values: vec![choice("by downloads", true), choice("by priority", false)],
        hours: 800,
        table: Some(NextTable {
            packages: 398,
            takes: 799.4,
            now: 0.31,
            share: 0.77,
            bound: 0.7705,
            steps: vec![step(name, &many, false), step("six", &[name], true)],
        }),
        sources: sources(name),
    }
}

fn bare(site: Site) -> CoveragePage {
    let indexes = vec!["default".to_owned(), "testing".to_owned()];
    CoveragePage { site, indexes, limit: 8 << 20, problem: None, judged: None }
}

fn coverage(name: &str) -> CoveragePage {
    let row = |project: &str, standing, detail: &str| CoveredRow {
        project: project.to_owned(),
        version: Some("3.1.0".to_owned()),
        standing,
        detail: detail.to_owned(),
        why: format!("{project}==3.1.0"),
    };
    let rows = vec![
        row("six", Standing::Vetted, "in unstable, testing"),
        row(name, Standing::Proxied, "version 3.0.3 is vetted."),
        row("evil", Standing::Refused, name),
        row("ghost", Standing::Missing, "The upstream has no such release."),
        row("mine", Standing::Outside, "It does not come from an index."),
        row("slow", Standing::Unknown, "The upstream did not answer."),
    ];
    let ask = |project: &str, maintained| AskRow {
        project: project.to_owned(),
        version: Some("3.1.0".to_owned()),
        maintained,
    };
    let judged = Judged {
        index: "default".to_owned(),
        format: "uv.lock".to_owned(),
        rows,
        skipped: vec![SkippedLine {
            line: 7,
            text: name.to_owned(),
            why: "not pinned to one version".to_owned(),
        }],
        ask: vec![ask(name, false), ask("evil", true)],
    };
    let problem = (name != "flask").then(|| name.to_owned());
    CoveragePage { problem, judged: Some(judged), ..bare(samples::site()) }
}

#[test]
fn the_curve_is_told_and_drawn() {
    contains(
        "plan",
        &[
            "<svg",
            "aria-label=\"Downloads of PyPI, 2026-04-01. 607 packages",
            "vetted: 212 packages, 31 %",
            "<strong>31 %</strong>",
            "number 140",
            "not in the list of downloads",
            "beyond the list",
            "aria-current=\"page\">Plan</a>",
        ],
    );
    contains("empty-plan", &["packhouse plan import"]);
    contains("awaited-plan", &["role=\"status\"", "The plan is being made", "looks again by itself"]);
    assert!(!page("awaited-plan").contains("packhouse plan import"), "it was imported");
    contains("renewed-plan", &["<svg", "Other data sets were imported", "top-pypi-packages"]);
}

#[test]
fn what_a_person_signs_is_shown_as_the_command() {
    contains(
        "plan-next",
        &[
            "<summary>Take under maintenance</summary>",
            "packhouse project add flask",
            "and 3 more",
            "waits for reviews",
            "32.7 %",
        ],
    );
    contains(
        "plan-coverage",
        &["16.7 % vetted", "packhouse project add flask==3.1.0", "1 refused", "up to 8.39 MB"],
    );
    contains("done-plan-next", &["Nothing that fits into these hours"]);
    assert!(!page("plan-next").contains("method=\"post\""), "a page signs nothing");
}

#[test]
fn hostile_names_are_escaped_in_drawings_too() {
    for name in ["hostile-plan", "hostile-plan-scatter", "hostile-plan-next", "hostile-plan-coverage"] {
        assert!(page(name).contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{name}");
    }
}
