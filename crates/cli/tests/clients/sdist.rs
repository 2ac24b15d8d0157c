//! Wheels only: where a version has a wheel, its sdist, which runs code when it is built, is not handed out.

use std::fs;
use std::path::{Path, PathBuf};

use packhouse_testkit::{Client, FakeUpstream, Sdist, Upload, Wheel};
use tempfile::TempDir;

use crate::shown::{Reason, assert_says_no_reason};
use crate::world::{World, assert_installed, fresh};

each_client!(an_sdist_beside_a_wheel_is_not_built);

/// A file that every build of the sdists here writes to.
struct Builds {
    folder: TempDir,
}

impl Builds {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("built")
    }

    /// The names of the projects that were built since the last look.
    fn take(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path()).unwrap_or_default();
        let _ = fs::remove_file(self.path());
        let mut names: Vec<String> = text.lines().map(str::to_owned).collect();
        names.dedup();
        names
    }
}

fn sdist(name: &str, mark: &Path) -> Upload {
    let code = format!("with open('{}', 'a') as file:\n    file.write('{name}\\n')", mark.display());
    Upload::of(Sdist::named(name).module(&format!("{name}.py"), "").at_build(&code).build())
}

fn an_sdist_beside_a_wheel_is_not_built(client: Client) {
    let builds = Builds::new();
    let upstream = FakeUpstream::start();
    // A wheel for everybody; one for a machine that is not this one, so that clients would build; and none.
    for (name, tag) in [("both", "py3-none-any"), ("foreign", "cp311-cp311-win_arm64")] {
        upstream.publish(Wheel::named(name).tag(tag).module(&format!("{name}.py"), "").build());
        upstream.publish(sdist(name, &builds.path()));
    }
    upstream.publish(sdist("alone", &builds.path()));
    let mut world = World::start(upstream, "");

    let run = fresh(client);
    run.install(&world.index(), &["both"], &[]).assert_success();
    assert_installed(&run, &[("both", "1.0")]);
    assert_eq!(builds.take(), [""; 0]);

    refused_without_a_fitting_wheel(&world, client);
    assert_eq!(builds.take(), [""; 0]);

    let run = fresh(client);
    run.install(&world.index(), &["alone"], &[]).assert_success();
    assert_installed(&run, &[("alone", "1.0")]);
    assert_eq!(builds.take(), ["alone"]);

    world.reconfigure("[policy]\nsdist = \"always\"\n");
    let run = fresh(client);
    run.install(&world.index(), &["foreign"], &[]).assert_success();
    assert_installed(&run, &[("foreign", "1.0")]);
    assert_eq!(builds.take(), ["foreign"]);
}

/// uv says why. pip names the version as yanked; Poetry, which leaves the sdist out of its lock, blames checksums; PDM,
/// which has it in its lock, shows a refused file as it always does.
fn refused_without_a_fitting_wheel(world: &World, client: Client) {
    let run = fresh(client);
    let ran = run.install(&world.index(), &["foreign"], &[]);
    ran.assert_failure();
    assert_installed(&run, &[]);
    let reason = Reason {
        phrase: "foreign 1.0 is an sdist, and this version has wheels",
        sentence: "foreign-1.0.tar.gz is a source distribution, and this version has wheels",
        why: &world.why("foreign==1.0"),
    };
    match client {
        Client::Uv => {
            ran.assert_says("foreign==1.0 was yanked (reason: ");
            reason.assert_phrase(&ran);
        }
        Client::Pip | Client::OldPip => {
            ran.assert_says("ERROR: Ignored the following yanked versions: 1.0");
            assert_says_no_reason(&ran);
        }
        Client::Poetry => {
            ran.assert_says("Downloaded distributions for foreign (1.0) did not match any known checksums");
            assert_says_no_reason(&ran);
        }
        Client::Pdm => {
            reason.assert_file(client, &ran);
            reason.assert_phrase(&run.run(["--no-cache", "sync"]));
        }
    }
}
