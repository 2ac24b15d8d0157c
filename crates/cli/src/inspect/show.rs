use packhouse_inspect::{Class, Finding, Report};

use crate::output::out;

/// Lines of a decoded text that are printed.
const DECODED: usize = 8;

/// Prints a report for a person, the heaviest first.
pub(super) fn report(name: &str, against: Option<&str>, report: &Report, all: bool) {
    let against = against.map(|name| format!(" against {name}")).unwrap_or_default();
    out!("{name}{against}: {}", report.verdict.word());
    out!("{}", meaning(report));
    let shown = |class: Class| all || class > Class::Info;
    for class in [Class::Block, Class::High, Class::Review, Class::Info] {
        let findings: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.class == class && shown(class)).collect();
        if findings.is_empty() {
            continue;
        }
        out!("\n{}", heading(class));
        for finding in findings {
            print(finding);
        }
    }
    let informing = report.findings.iter().filter(|finding| !shown(finding.class)).count();
    let more = if informing > 0 {
        format!("; {informing} findings only inform, --all shows them")
    } else {
        String::new()
    };
    out!("\n{} files looked at{more}", report.files);
}

fn meaning(report: &Report) -> &'static str {
    use packhouse_inspect::Verdict::{Block, Hold, Pass, Review};
    match report.verdict {
        Pass => "nothing was seen that weighs",
        Hold => "something deserves a look, or could not be examined",
        Review => "a person has to explain what was seen",
        Block => "what was seen has no harmless explanation that was met so far",
    }
}

fn heading(class: Class) -> &'static str {
    match class {
        Class::Block => "BLOCK",
        Class::High => "HIGH",
        Class::Review => "REVIEW",
        Class::Info => "INFO",
    }
}

fn print(finding: &Finding) {
    let place = match (&*finding.path, finding.region) {
        ("", _) => "the release".to_owned(),
        (path, None) => path.to_owned(),
        (path, Some(region)) => format!("{path}:{}:{}", region.line, region.column),
    };
    let old = if finding.new { "" } else { " (was there before)" };
    out!("  {place}: {}{old} [{}]", finding.message, finding.rule);
    if !finding.excerpt.is_empty() {
        out!("      {}", finding.excerpt);
    }
    if let Some(decoded) = &finding.decoded {
        out!("      decodes to:");
        for line in decoded.lines().take(DECODED) {
            out!("        {line}");
        }
        if decoded.lines().nth(DECODED).is_some() {
            out!("        \u{2026} (all of it with --json)");
        }
    }
    if finding.class > Class::Info {
        out!("      {}", finding.question);
    }
}
