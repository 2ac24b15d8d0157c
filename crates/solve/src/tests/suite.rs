//! Suites written as text, one release a line.

use std::sync::Arc;

use packhouse_pypi::{Environment, Extra, Requirement, Version, VersionSpecifiers, WheelTags, normalize};

use crate::{Contents, Files, Release, Series};

/// A line: `project version`, then with ` | ` between: requirements; `+extra` for each extra provided;
/// `python >=3.9`; `wheel cp312-cp312-win_amd64`; `sdist`; `series 4.2`; `yanked`; `unreadable`. Without a wheel
/// or sdist there is one wheel for everything.
pub(crate) fn release(line: &str) -> (Series, Arc<Release>) {
    let mut parts = line.split(" | ").map(str::trim);
    let (project, version) = parts.next().and_then(|head| head.split_once(' ')).expect(line);
    let mut series = Series::only();
    let (mut wheels, mut sdist, mut yanked, mut unreadable) = (Vec::new(), false, false, None);
    let (mut requires, mut extras, mut requires_python) = (Vec::new(), Vec::new(), None);
    for part in parts {
        match part.split_once(' ').unwrap_or((part, "")) {
            ("python", python) => requires_python = Some(VersionSpecifiers::parse(python).expect(line)),
            ("wheel", tags) => wheels.push(WheelTags::parse(tags).expect(line)),
            ("series", name) => series = name.parse().expect(line),
            ("sdist", "") => sdist = true,
            ("yanked", "") => yanked = true,
            ("unreadable", "") => unreadable = Some("a requirement that is none".into()),
            _ if part.starts_with('+') => extras.push(Extra::parse(&part[1..]).expect(line)),
            _ => requires.push(Requirement::parse(part).expect(line)),
        }
    }
    if wheels.is_empty() && !sdist {
        wheels.push(WheelTags::parse("py3-none-any").expect("tags"));
    }
    let release = Release {
        project: normalize(project).expect(line),
        version: Version::parse(version).expect(line),
        requires_python,
        requires_dist: requires.into(),
        provides_extra: extras.into(),
        files: Files { wheels: wheels.into(), sdist },
        yanked,
        unreadable,
    };
    (series, Arc::new(release))
}

pub(crate) fn suite(text: &str) -> Contents {
    Contents::new(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(release))
}

pub(crate) fn linux() -> Environment {
    Environment::parse("cp312 manylinux_2_28_x86_64").expect("an environment")
}

pub(crate) fn mac() -> Environment {
    Environment::parse("cp39 macosx_14_0_arm64").expect("an environment")
}
