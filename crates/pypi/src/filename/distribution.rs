use packhouse_model::{FileKind, ProjectName};

use crate::name::names;
use crate::version::Version;

/// What a filename says, read beside the name of the project on whose page it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// Wheel, sdist, or something that no current installer takes.
    pub kind: FileKind,
    /// The version, when it is one of PEP 440.
    pub version: Option<Version>,
    /// A wheel for every Python 3 on every platform, such as `py3-none-any` or `py2.py3-none-any`.
    pub universal: bool,
    /// A wheel with a build tag (PEP 427), which wins over the wheel without one.
    pub build_tag: bool,
    /// Whether the name in the filename normalises to the page's project. A file of another project on a
    /// page is a mistake or an attack.
    pub belongs: bool,
}

/// Endings of source archives that installers have ever taken, compared without regard to case: what is
/// taken for an sdist runs code at install, so doubt counts as sdist.
const SDIST_ENDINGS: [&str; 15] = [
    ".tar.gz",
    ".zip",
    ".tgz",
    ".tar.bz2",
    ".tar.xz",
    ".tbz",
    ".tbz2",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
    ".tar.zst",
    ".tar.z",
    ".tz",
    ".tar",
];

/// Endings of the binary forms before wheels.
const OLD_ENDINGS: [&str; 6] = [".egg", ".exe", ".msi", ".rpm", ".deb", ".dmg"];

/// Where the platform begins in the names that `bdist_wininst`, `bdist_msi` and `bdist_dumb` gave, as in
/// `pkg-1.0.win32-py2.7.exe` or `pkg-1.0.linux-x86_64.tar.gz`.
const PLATFORMS: [&str; 6] = [".win32", ".win-", ".linux-", ".macosx-", ".darwin-", ".cygwin-"];

/// Reads a filename. Never fails: what it does not understand is [`FileKind::Other`] without a version.
pub fn parse_filename(filename: &str, project: &ProjectName) -> Distribution {
    if let Some(stem) = filename.strip_suffix(".whl") {
        return wheel(stem, project).unwrap_or_else(|| other(None, names_project(stem, project)));
    }
    if let Some(stem) = strip_any(filename, &SDIST_ENDINGS) {
        return sdist(stem, project);
    }
    if let Some(stem) = strip_any(filename, &OLD_ENDINGS) {
        return old_binary(stem, project);
    }
    other(None, names_project(filename, project))
}

fn other(version: Option<Version>, belongs: bool) -> Distribution {
    Distribution { kind: FileKind::Other, version, universal: false, build_tag: false, belongs }
}

/// PEP 427: `name-version[-build]-python-abi-platform`, none of which holds a `-`.
fn wheel(stem: &str, project: &ProjectName) -> Option<Distribution> {
    let mut parts = [""; 6];
    let mut count = 0;
    for part in stem.split('-') {
        *parts.get_mut(count)? = part;
        count += 1;
    }
    let (build, python, abi, platform) = match count {
        5 => (None, parts[2], parts[3], parts[4]),
        6 => (Some(parts[2]), parts[3], parts[4], parts[5]),
        _ => return None,
    };
    let tag = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
    };
    if !(tag(python) && tag(abi) && tag(platform)) {
        return None;
    }
    if build.is_some_and(|build| !build.starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    Some(Distribution {
        kind: FileKind::Wheel,
        version: Version::parse(parts[1]).ok(),
        universal: abi == "none" && platform == "any" && python.split('.').any(|tag| tag == "py3"),
        build_tag: build.is_some(),
        belongs: names(parts[0], project),
    })
}

/// `name-version`, where before PEP 625 the name may hold `-`: only the page says where it ends.
fn sdist(stem: &str, project: &ProjectName) -> Distribution {
    let Some(rest) = after_name(stem, project) else {
        return Distribution { kind: FileKind::Sdist, ..other(guess(stem), false) };
    };
    if let Ok(version) = Version::parse(rest) {
        return Distribution { kind: FileKind::Sdist, ..other(Some(version), true) };
    }
    if let Some(version) = before_platform(rest) {
        return other(Version::parse(version).ok(), true);
    }
    // `foo-bar-1.0` on the page of `foo` is a file of `foo-bar`; `foo-1.0-experimental` is one of `foo`,
    // with a version from before PEP 440.
    let belongs = rest.starts_with(|c: char| c.is_ascii_digit());
    Distribution { kind: FileKind::Sdist, ..other(if belongs { None } else { guess(stem) }, belongs) }
}

fn old_binary(stem: &str, project: &ProjectName) -> Distribution {
    let Some(rest) = after_name(stem, project) else { return other(None, false) };
    let version = before_platform(rest).unwrap_or_else(|| rest.split('-').next().unwrap_or(rest));
    let belongs = version.starts_with(|c: char| c.is_ascii_digit()) || Version::parse(version).is_ok();
    other(Version::parse(version).ok(), belongs)
}

/// The version of an sdist that is not of this project.
fn guess(stem: &str) -> Option<Version> {
    Version::parse(stem.rsplit_once('-')?.1).ok()
}

fn before_platform(text: &str) -> Option<&str> {
    PLATFORMS.iter().filter_map(|platform| text.find(platform)).min().map(|at| &text[..at])
}

fn names_project(stem: &str, project: &ProjectName) -> bool {
    after_name(stem, project).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// What stands behind `<name>-`, if the text starts with any spelling of the project's name.
fn after_name<'a>(stem: &'a str, project: &ProjectName) -> Option<&'a str> {
    stem.match_indices('-').find(|(at, _)| names(&stem[..*at], project)).map(|(at, _)| &stem[at + 1..])
}

fn strip_any<'a>(filename: &'a str, endings: &[&str]) -> Option<&'a str> {
    endings.iter().find_map(|ending| {
        let at = filename.len().checked_sub(ending.len())?;
        (at > 0 && filename.as_bytes()[at..].eq_ignore_ascii_case(ending.as_bytes())).then(|| &filename[..at])
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::name::normalize;

    fn check(project: &str, filename: &str, expected: &str) {
        let found = parse_filename(filename, &normalize(project).expect(project));
        let mut words = vec![found.kind.word().to_owned()];
        words.extend(found.version.map(|version| version.to_string()));
        words.extend(found.universal.then(|| "universal".to_owned()));
        words.extend(found.build_tag.then(|| "build".to_owned()));
        words.extend((!found.belongs).then(|| "foreign".to_owned()));
        assert_eq!(words.join(" "), expected, "{filename} on the page of {project}");
    }

    #[test]
    fn reads_filenames() {
        for (project, filename, expected) in [
            ("flask", "flask-3.0.0-py3-none-any.whl", "wheel 3.0.0 universal"),
            ("flask", "Flask-0.12-py2.py3-none-any.whl", "wheel 0.12 universal"),
            ("flask", "flask-3.0.0-1ph-py3-none-any.whl", "wheel 3.0.0 universal build"),
            ("flask", "flask-3.0.0-py38-none-any.whl", "wheel 3.0.0"),
            ("flask", "flask-3.0.0-py2-none-any.whl", "wheel 3.0.0"),
            ("numpy", "numpy-2.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "wheel 2.0"),
            ("ruamel-yaml", "ruamel.yaml-0.18-py3-none-any.whl", "wheel 0.18 universal"),
            ("torch", "torch-2.0+cu118-cp311-cp311-linux_x86_64.whl", "wheel 2.0+cu118"),
            ("torch", "torch-dev-cp311-cp311-linux_x86_64.whl", "wheel"),
            ("flask", "django-3.0.0-py3-none-any.whl", "wheel 3.0.0 universal foreign"),
            ("flask", "flask-3.0.0-nodigit-py3-none-any.whl", "file"),
            ("flask", "flask-3.0.0.whl", "file"),
            ("flask", "flask-3.0.0-py3-none-.whl", "file"),
            ("flask", "flask-3.0.0-a-b-c-d-e.whl", "file"),
            ("flask", "flask-3.0.0-py3-none-any.WHL", "file"),
            ("python-dateutil", "python-dateutil-2.8.tar.gz", "sdist 2.8"),
            ("python-dateutil", "python_dateutil-2.8.tar.gz", "sdist 2.8"),
            ("zope-interface", "zope.interface-5.0.zip", "sdist 5.0"),
            ("foo", "foo-1.0-1.tar.gz", "sdist 1.0.post1"),
            ("foo", "foo-v1.0.TAR.GZ", "sdist 1.0"),
            ("foo", "foo-1.0-experimental.tar.bz2", "sdist"),
            ("foo", "foo-bar-1.0.tar.gz", "sdist 1.0 foreign"),
            ("foo-bar", "foo-bar-1.0.tar.gz", "sdist 1.0"),
            ("foo-2", "foo-2-1.0.tar.gz", "sdist 1.0"),
            ("foo", "bar-1.0.tar.gz", "sdist 1.0 foreign"),
            ("foo", "bar.tar.gz", "sdist foreign"),
            ("foo", "foo-1.0.linux-x86_64.tar.gz", "file 1.0"),
            ("foo", "foo-1.0.macosx-10.9-x86_64.tar.gz", "file 1.0"),
            ("setuptools", "setuptools-0.6c11-py2.7.egg", "file 0.6rc11"),
            ("twisted", "Twisted-12.0.0.win32-py2.7.exe", "file 12.0.0"),
            ("twisted", "Twisted-12.0.0.win-amd64-py2.7.msi", "file 12.0.0"),
            ("foo", "foo-1.0-1.noarch.rpm", "file 1.0"),
            ("foo", "bar-1.0-1.noarch.rpm", "file foreign"),
            ("foo", "foo-1.0.unknown", "file"),
            ("foo", "unknown", "file foreign"),
            ("foo", ".whl", "file foreign"),
            ("foo", ".tar.gz", "file foreign"),
            ("foo", "", "file foreign"),
        ] {
            check(project, filename, expected);
        }
    }

    proptest! {
        #[test]
        fn never_panics(filename in "\\PC{0,60}", ending in "(\\.whl|\\.tar\\.gz|\\.egg|\\.exe|)") {
            let project = normalize("foo").expect("a name");
            let _ = parse_filename(&format!("{filename}{ending}"), &project);
            let _ = parse_filename(&format!("foo-{filename}{ending}"), &project);
        }
    }
}
