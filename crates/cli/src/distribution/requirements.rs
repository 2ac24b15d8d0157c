//! What somebody wants under maintenance: names on the command line, requirement files, lockfiles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use packhouse_model::ProjectName;
use packhouse_pypi::Version;
use packhouse_pypi::lock::{self, Source};
use packhouse_pypi::requirement::Requirement;

use crate::exit::{Failure, chain};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 8 << 20;

/// What is wanted.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Wanted {
    /// Requirements whose closure is asked for.
    pub(super) requirements: Vec<String>,
    /// Exact versions.
    pub(super) pins: BTreeMap<ProjectName, Vec<Version>>,
    /// What was not taken from files, and why.
    pub(super) skipped: Vec<String>,
}

/// Reads the names on the command line, and the files.
pub(super) fn read(names: &[String], files: &[PathBuf]) -> Result<Wanted, Failure> {
    let mut wanted = Wanted::default();
    for name in names {
        // A path is easily given as a name; no requirement has a slash or such an ending.
        if name.contains('/') || Path::new(name).is_file() {
            read_file(Path::new(name), &mut wanted)?;
            continue;
        }
        let requirement = Requirement::parse(name)
            .map_err(|error| Failure::wrong_use(chain(&error)).with_hint("a file is given with -r"))?;
        add(&requirement, name, &mut wanted);
    }
    for path in files {
        read_file(path, &mut wanted)?;
    }
    if wanted.requirements.is_empty() {
        return Err(Failure::wrong_use("nothing is asked for")
            .with_hint("give names such as flask, or a requirements.txt or lockfile with -r"));
    }
    Ok(wanted)
}

fn add(requirement: &Requirement, text: &str, wanted: &mut Wanted) {
    let pin =
        text.split_once("==").map(|(_, version)| version.split([',', ';', ' ']).next().unwrap_or_default());
    let pinned = requirement.specifiers().is_some_and(packhouse_pypi::specifiers::VersionSpecifiers::pins);
    if let Some(version) = pin.filter(|_| pinned).and_then(|version| Version::parse(version).ok()) {
        wanted.pins.entry(requirement.project.clone()).or_default().push(version);
    }
    wanted.requirements.push(text.trim().to_owned());
}

fn read_file(path: &Path, wanted: &mut Wanted) -> Result<(), Failure> {
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::wrong_use(format!("{} cannot be read: {error}", path.display()))
    };
    let size = std::fs::metadata(path).map_err(|error| cannot(&error))?.len();
    if size > LARGEST {
        return Err(cannot(&format!("it has {size} bytes; at most {LARGEST} are read")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| cannot(&error))?;
    let lockfile = match lock::read(&path.display().to_string(), &text) {
        Ok(lockfile) => lockfile,
        Err(error) => return Err(cannot(&chain(&error))),
    };
    for locked in &lockfile.packages {
        let version = locked.version.as_deref().and_then(|version| Version::parse(version).ok());
        let name = &locked.project;
        match (&locked.source, version) {
            (Source::Index, Some(version)) => {
                wanted.requirements.push(format!("{name}=={version}"));
                wanted.pins.entry(name.clone()).or_default().push(version);
            }
            (Source::Index, None) => wanted.requirements.push(name.to_string()),
            _ => wanted.skipped.push(format!("{name}: it does not come from an index")),
        }
    }
    for skipped in &lockfile.skipped {
        // A line of requirements.txt without a version is no lock, and still something to ask for.
        let line = skipped.text.split(" #").next().unwrap_or_default().trim();
        match Requirement::parse(line) {
            Ok(requirement) if requirement.specifiers().is_some() => add(&requirement, line, wanted),
            _ => wanted.skipped.push(format!("line {}: {}", skipped.line, skipped.why)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("requirements.txt");
        std::fs::write(&path, "flask==3.0.0\nclick>=8\n# a remark\njinja2\n").unwrap();
        let wanted = read(&["Six==1.17.0".to_owned(), "reb[fast]>=2".to_owned()], &[path]).unwrap();
        assert_eq!(
            wanted.requirements,
            ["Six==1.17.0", "reb[fast]>=2", "flask==3.0.0", "click>=8", "jinja2"]
        );
        let pins: Vec<String> =
            wanted.pins.iter().map(|(name, versions)| format!("{name} {}", versions[0])).collect();
        assert_eq!(pins, ["flask 3.0.0", "six 1.17.0"]);
        assert_eq!(wanted.skipped, Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_meant() {
        for names in [&[][..], &["=="], &["no/such/file.txt"]] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert!(read(&names, &[]).is_err(), "{names:?}");
        }
    }
}
