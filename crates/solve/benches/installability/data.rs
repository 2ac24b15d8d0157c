//! The suite, out of tables of real projects.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use flate2::read::GzDecoder;
use packhouse_model::ProjectName;
use packhouse_pypi::{Extra, Marker, Requirement, Version, VersionSpecifiers, WheelTags, normalize};
use packhouse_solve::{Contents, Files, Release};

/// A project in the table.
#[derive(Default)]
struct Row {
    version: Option<Version>,
    requires: Vec<Requirement>,
    extras: BTreeSet<Extra>,
}

/// A suite of this many projects: the most downloaded, and what they need.
pub(crate) fn suite(folder: &Path, size: usize) -> Result<Contents, Box<dyn Error>> {
    let table = table(&text(&folder.join("pypi_dependencies.csv.gz"))?);
    let popular: Vec<ProjectName> = text(&folder.join("pypi_downloads_2023-09-01.csv.gz"))?
        .lines()
        .skip(1)
        .filter_map(|line| normalize(fields(line).get(1)?).ok())
        .collect();

    // Each with its plain dependencies, so that the suite is closed but for extras.
    let mut chosen: BTreeSet<ProjectName> = BTreeSet::new();
    for name in popular {
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            if chosen.len() == size || !chosen.insert(name.clone()) {
                continue;
            }
            let requires = table.get(&name).map_or(&[][..], |row| &row.requires);
            let plain = requires.iter().filter(|need| !need.marker.as_ref().is_some_and(Marker::names_extra));
            open.extend(plain.map(|need| need.project.clone()));
        }
        if chosen.len() == size {
            break;
        }
    }

    let mut asked: HashMap<&ProjectName, Vec<&VersionSpecifiers>> = HashMap::new();
    for need in chosen.iter().filter_map(|name| table.get(name)).flat_map(|row| &row.requires) {
        if let Some(specifiers) = need.specifiers().filter(|specifiers| !specifiers.is_empty()) {
            asked.entry(&need.project).or_default().push(specifiers);
        }
    }
    // What extras need beyond the suite is left out: most roots are to have a solution, which takes more work than
    // to see that something is not there.
    let kept = |need: &&Requirement| chosen.contains(&need.project);
    let nothing = Row::default();
    let mut releases = Vec::new();
    for name in &chosen {
        let row = table.get(name).unwrap_or(&nothing);
        let asked = asked.get(name).map_or(&[][..], Vec::as_slice);
        for (at, version) in versions(row.version.as_ref(), asked).into_iter().enumerate() {
            let release = Release {
                project: name.clone(),
                version,
                requires_python: None,
                requires_dist: row.requires.iter().filter(kept).cloned().collect(),
                provides_extra: row.extras.iter().cloned().collect(),
                files: Files { wheels: [WheelTags::parse("py3-none-any")?].into(), sdist: true },
                yanked: false,
                unreadable: None,
            };
            releases.push((super::series(at > 0), Arc::new(release)));
        }
    }
    Ok(Contents::new(releases))
}

/// The version in the table and up to five others, each of which satisfies most of those who are not satisfied yet;
/// newest first.
fn versions(known: Option<&Version>, asked: &[&VersionSpecifiers]) -> Vec<Version> {
    let mut named: BTreeSet<Version> =
        asked.iter().flat_map(|specifiers| around(&specifiers.to_string())).collect();
    named.retain(|version| !version.is_prerelease());
    let mut open: Vec<&&VersionSpecifiers> = asked.iter().collect();
    let mut found: Vec<Version> = known.cloned().into_iter().collect();
    loop {
        if let Some(version) = found.last() {
            open.retain(|specifiers| !specifiers.contains(version));
        }
        let best = named
            .iter()
            .map(|version| (open.iter().filter(|specifiers| specifiers.contains(version)).count(), version))
            .max();
        match best {
            Some((count, version)) if count > 0 && found.len() < 6 => found.push(version.clone()),
            _ => break,
        }
    }
    if found.is_empty() {
        found.extend(Version::parse("1.0"));
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    found.dedup();
    found
}

/// The versions that specifiers name, one that is a little newer and one that is a little older.
fn around(specifiers: &str) -> Vec<Version> {
    let mut found = Vec::new();
    for specifier in specifiers.split(',') {
        let version = specifier.trim_start_matches(['<', '>', '=', '!', '~']).trim_end_matches(".*");
        let mut numbers: Vec<u64> = version.split('.').map_while(|number| number.parse().ok()).collect();
        found.extend(Version::parse(version));
        found.extend(Version::parse(&format!("{version}.1")));
        if let Some(at) = numbers.iter().rposition(|number| *number > 0) {
            numbers.truncate(at + 1);
            numbers[at] -= 1;
            let words: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            found.extend(Version::parse(&format!("{}.999", words.join("."))));
        }
    }
    found
}

fn table(text: &str) -> BTreeMap<ProjectName, Row> {
    let mut table: BTreeMap<ProjectName, Row> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields = fields(line);
        let [package, version, _, dependency, specifier, marker, extra] = fields.as_slice() else { continue };
        let Ok(name) = normalize(package) else { continue };
        let row = table.entry(name).or_default();
        row.version = row.version.take().or_else(|| Version::parse(version).ok());
        // Of an sdist the extra stands in its column alone.
        let extra_marker = format!("extra == \"{extra}\"");
        let markers =
            [marker.as_str(), if marker.contains("extra") || extra.is_empty() { "" } else { &extra_marker }];
        let marker = match markers {
            ["", ""] => String::new(),
            ["", one] | [one, ""] => format!(" ; {one}"),
            [one, other] => format!(" ; ({one}) and {other}"),
        };
        row.requires.extend(Requirement::parse(&format!("{dependency}{specifier}{marker}")).ok());
        row.extras.extend(Extra::parse(extra).ok());
    }
    table
}

/// The fields of a line of CSV; no field of these tables goes over a line.
fn fields(line: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields
}

fn text(path: &Path) -> Result<String, Box<dyn Error>> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text)?;
    Ok(text)
}
