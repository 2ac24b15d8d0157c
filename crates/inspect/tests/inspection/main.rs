//! What an inspection finds, through the crate's public functions. All fixtures are inert: the addresses lie under
//! `.invalid` or in networks for documentation, the payloads print.

mod behaviours;
mod decoded;
mod delivery;
mod differences;
mod keys;
mod properties;
mod readers;
mod records;
mod sarif;
mod scripts;
mod yara;

use packhouse_inspect::{Baseline, Class, Contents, Finding, Report, Rules, Verdict, inspect};

/// A wheel of the project `p` with these files.
pub(crate) fn wheel<C: AsRef<[u8]>>(files: &[(&str, C)]) -> Contents {
    let metadata = b"Metadata-Version: 2.4\nName: p\nVersion: 1\n\nA project.\n".to_vec();
    let mut all = vec![("p-1.dist-info/METADATA".to_owned(), metadata)];
    for (path, content) in files {
        all.retain(|(known, _)| known != path);
        all.push(((*path).to_owned(), content.as_ref().to_vec()));
    }
    Contents::from_files(all)
}

/// Alone, with nothing to compare with.
pub(crate) fn alone(contents: &Contents) -> Report {
    inspect(contents, &[], &Rules::default())
}

/// As the next release of an empty one.
pub(crate) fn new(contents: &Contents) -> Report {
    let before = wheel(&[("p/__init__.py", "x = 1\n")]);
    inspect(contents, &[(Baseline::PreviousRelease, &before)], &Rules::default())
}

/// The report on one Python module that is new in a release.
pub(crate) fn python(code: &str) -> Report {
    new(&wheel(&[("p/__init__.py", code)]))
}

/// `S04 block, S31 info`: what weighs, without repetition.
pub(crate) fn weighing(report: &Report) -> String {
    let mut found: Vec<String> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.class > Class::Info) {
        let text = format!("{} {}", finding.rule, finding.class.word());
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found.sort();
    found.join(", ")
}

pub(crate) fn finding<'a>(report: &'a Report, rule: &str) -> &'a Finding {
    let found = report.findings.iter().find(|finding| finding.rule == rule);
    found.unwrap_or_else(|| panic!("no {rule} in {}", listed(report)))
}

pub(crate) fn listed(report: &Report) -> String {
    let line = |f: &Finding| format!("{} {} {}: {}", f.rule, f.class.word(), f.path, f.message);
    report.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[track_caller]
pub(crate) fn expect(report: &Report, rule: &str, class: Class) {
    let found =
        report.findings.iter().filter(|finding| finding.rule == rule).map(|finding| finding.class).max();
    assert_eq!(found, Some(class), "{rule} in\n{}", listed(report));
}

#[track_caller]
pub(crate) fn expect_pass(report: &Report) {
    assert_eq!(report.verdict, Verdict::Pass, "{}", listed(report));
}
