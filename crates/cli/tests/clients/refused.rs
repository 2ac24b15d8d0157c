//! Every client is refused, and the reason is read in its output.

use std::time::Duration;

use packhouse_testkit::{Client, ClientRun, Dialect, FakeUpstream, Ran, Upload};

use crate::shown::{Reason, assert_says_no_reason};
use crate::world::{World, assert_installed, fresh, wheel};

const POLICY: &str =
    "[policy]\nprivate = [\"acme-*\"]\ndeny = [{ match = \"denied\", reason = \"licence not cleared\" }]\n";

each_client!(a_pinned_version_under_cooldown);
each_client!(an_older_version_is_taken_when_none_is_pinned);
each_client!(a_range_that_only_the_version_under_cooldown_fits);
each_client!(a_denied_project);
each_client!(a_private_name);
each_client!(an_upstream_yank_is_kept);
each_client!(a_lifted_refusal_is_in_no_cache: pdm = Pdm);

fn world(dialect: Dialect) -> World {
    let upstream = FakeUpstream::start();
    upstream.speak(dialect);
    upstream.publish(wheel("fresh", "1.0"));
    upstream.publish(Upload::of(wheel("fresh", "2.0")).age(Duration::from_hours(1)));
    upstream.publish(wheel("denied", "1.0"));
    upstream.publish(wheel("acme-core", "1.0"));
    upstream.publish(wheel("pulled", "1.0"));
    upstream.publish(Upload::of(wheel("pulled", "1.1")).yanked("breaks on Mondays"));
    World::start(upstream, POLICY)
}

/// Installs one requirement on a fresh machine.
fn install(world: &World, client: Client, requirement: &str) -> (ClientRun, Ran) {
    let run = fresh(client);
    let ran = run.install(&world.index(), &[requirement], &[]);
    (run, ran)
}

fn a_pinned_version_under_cooldown(client: Client) {
    for dialect in [Dialect::Html, Dialect::Json] {
        let world = world(dialect);
        let reason = Reason {
            phrase: "fresh 2.0 was uploaded 20",
            sentence: "fresh 2.0 (fresh-2.0-py3-none-any.whl) was uploaded on 20",
            why: &world.why("fresh==2.0"),
        };
        let (run, ran) = install(&world, client, "fresh==2.0");
        reason.assert_file(client, &ran);
        assert_installed(&run, &[]);
        if client == Client::Pdm {
            // Where the page names no hash of the metadata, PDM takes any answer for it and is refused at the file only.
            let locked = run.project_folder().join("pdm.lock").exists();
            reason.assert_phrase(&run.run(["--no-cache", if locked { "sync" } else { "lock" }]));
            assert_installed(&run, &[]);
        }
        assert_eq!(world.upstream.hits("*/fresh-2.0-py3-none-any.whl"), 0, "what is refused is not fetched");
    }
}

fn an_older_version_is_taken_when_none_is_pinned(client: Client) {
    let world = world(Dialect::Html);
    let (run, ran) = install(&world, client, "fresh");
    ran.assert_success();
    assert_installed(&run, &[("fresh", "1.0")]);
}

/// Only uv says why. pip names the version as yanked; Poetry and PDM name nothing, PDM not on the terminal but in the log
/// that it names there.
fn a_range_that_only_the_version_under_cooldown_fits(client: Client) {
    let world = world(Dialect::Html);
    let (run, ran) = install(&world, client, "fresh>=2");
    ran.assert_failure();
    assert_installed(&run, &[]);
    let (reason, why) = ("Blocked by policy: fresh 2.0 was uploaded 20", world.why("fresh==2.0"));
    match client {
        Client::Uv => {
            ran.assert_says(&format!("fresh==2.0 was yanked (reason: {reason}"));
            ran.assert_says(&format!("; see {why})"));
        }
        Client::Pip | Client::OldPip => {
            ran.assert_says("ERROR: Ignored the following yanked versions: 2.0");
            assert_says_no_reason(&ran);
        }
        Client::Poetry => {
            ran.assert_says("depends on fresh (>=2) which doesn't match any versions");
            assert_says_no_reason(&ran);
        }
        Client::Pdm => {
            ran.assert_says("Unable to find a resolution for fresh");
            assert_says_no_reason(&ran);
            let named = ran.stderr.lines().find_map(|line| line.strip_prefix("See ")?.split(' ').next());
            let log = std::fs::read_to_string(named.expect("PDM names its log")).expect("PDM's log");
            assert!(log.contains(&format!("Yanked due to {reason}")) && log.contains(&why), "{log}");
        }
    }
}

fn a_denied_project(client: Client) {
    let world = world(Dialect::Html);
    let reason = Reason {
        phrase: "denied is denied: licence not cleared",
        sentence: "denied is on this index's deny list (`denied`): licence not cleared.",
        why: &world.why("denied"),
    };
    assert_project_refused(&world, client, "denied", &reason);
}

fn a_private_name(client: Client) {
    let world = world(Dialect::Html);
    let reason = Reason {
        phrase: "acme-core is a private name here, never asked of the upstream",
        sentence: "acme-core is a private name of this index (`acme-*`)",
        why: &world.why("acme-core"),
    };
    assert_project_refused(&world, client, "acme-core", &reason);
    assert_eq!(world.upstream.hits("*acme*"), 0, "{:?}", world.upstream.requests_to("*acme*"));
}

/// pip and PDM take a project they may not see for one that is not there; asked to say more, they show the reason.
fn assert_project_refused(world: &World, client: Client, project: &str, reason: &Reason<'_>) {
    let (run, ran) = install(world, client, project);
    reason.assert_project(client, &ran);
    assert_installed(&run, &[]);
    match client {
        Client::Pip | Client::OldPip => {
            reason.assert_phrase(&run.install(&world.index(), &[project], &["-vv"]));
        }
        Client::Pdm => reason.assert_phrase(&run.run(["--no-cache", "lock", "-v"])),
        Client::Uv | Client::Poetry => {}
    }
}

/// PDM asks through an HTTP cache of its own, which must not keep a refusal.
fn a_lifted_refusal_is_in_no_cache(client: Client) {
    let mut world = world(Dialect::Html);
    let (run, ran) = install(&world, client, "denied");
    ran.assert_failure();
    world.reconfigure("");
    run.run(["lock"]).assert_success();
}

/// A yank is the vendor's word, not a refusal: who pins the version gets it, with the vendor's reason. PDM does not warn.
fn an_upstream_yank_is_kept(client: Client) {
    let world = world(Dialect::Html);
    let (run, ran) = install(&world, client, "pulled");
    ran.assert_success();
    assert_installed(&run, &[("pulled", "1.0")]);

    let (run, ran) = install(&world, client, "pulled==1.1");
    ran.assert_success();
    assert_installed(&run, &[("pulled", "1.1")]);
    match client {
        Client::Pip | Client::OldPip | Client::Poetry => {
            ran.assert_says("Reason for being yanked: breaks on Mondays");
        }
        Client::Uv => {
            ran.assert_says("`pulled==1.1` is yanked (reason: \"breaks on Mondays\")");
        }
        Client::Pdm => assert!(!ran.unwrapped().contains("Mondays"), "PDM has learnt to warn\n{ran}"),
    }
}
