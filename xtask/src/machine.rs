//! What the tests need on a machine beside a Rust toolchain, and how to get it.

use std::path::Path;
use std::process::{Command, Stdio};

/// Something that a part of the tests cannot do without.
pub(crate) struct Need {
    what: &'static str,
    packages: &'static [&'static str],
    present: fn() -> bool,
}

pub(crate) const NEEDS: &[Need] = &[
    Need { what: "PostgreSQL's server programs", packages: &["postgresql"], present: has_postgres },
    Need { what: "Python 3 with venv", packages: &["python3", "python3-venv"], present: has_python },
    Need { what: "a C++ compiler, for the fuzz targets", packages: &["g++"], present: has_cxx },
];

/// What libFuzzer can be built with.
pub(crate) fn has_cxx() -> bool {
    ["c++", "g++", "clang++"].into_iter().any(has)
}

/// Whether a program is on the path.
pub(crate) fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn has_postgres() -> bool {
    let debian = Path::new("/usr/lib/postgresql");
    has("initdb")
        || std::fs::read_dir(debian).is_ok_and(|versions| {
            versions.flatten().any(|version| version.path().join("bin/initdb").is_file())
        })
}

fn has_python() -> bool {
    Command::new("python3")
        .args(["-c", "import venv, ensurepip"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Installs what is missing where that needs no question (root on a Debian); else says how to get it.
pub(crate) fn prepare() {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return;
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    if has("apt-get") && is_root() {
        println!("installing {}", packages.join(" "));
        let apt = |arguments: &[&str]| {
            let mut command = Command::new("apt-get");
            command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        if apt(&["update", "-qq"]) {
            // One by one: a package that this release does not have must not keep the others away.
            for package in &packages {
                apt(&["install", "-y", "-qq", "--no-install-recommends", package]);
            }
        }
    }
    for need in missing.iter().filter(|need| !(need.present)()) {
        println!(
            "missing: {}. Tests that need it are skipped and say so. To get it: apt-get install {}",
            need.what,
            need.packages.join(" ")
        );
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
