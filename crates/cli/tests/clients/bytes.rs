//! A filename means the bytes it was first seen with: no client installs others.

use packhouse_testkit::{BuiltFile, Client, ClientRun, FakeUpstream, Fault, Ran, Wheel};

use crate::lock::Lock;
use crate::shown::Reason;
use crate::world::{ALWAYS_ASK, World, assert_installed, fresh, listed};

each_client!(bytes_that_are_not_those_of_the_page);
each_client!(a_file_that_changed_after_it_was_stored);
each_client!(a_file_that_changed_before_it_was_stored);

/// Small files are waited for and answered with an error; of larger ones the last block is held back.
const LARGE: usize = 3_000_000;

fn made_of(name: &str, padding: usize, text: &str) -> BuiltFile {
    Wheel::named(name)
        .module(&format!("{name}.py"), format!("text = {text:?}\n"))
        .padding(padding)
        .stored()
        .build()
}

fn world(files: &[BuiltFile]) -> World {
    let upstream = FakeUpstream::start();
    for file in files {
        upstream.publish(file.clone());
    }
    World::start(upstream, ALWAYS_ASK)
}

fn install(world: &World, client: Client, requirement: &str) -> (ClientRun, Ran) {
    let run = fresh(client);
    let ran = run.install(&world.index(), &[requirement], &[]);
    (run, ran)
}

/// Not every client checks what it installs without a lock, so a wrong file must never be complete.
fn bytes_that_are_not_those_of_the_page(client: Client) {
    let world = world(&[made_of("small", 10, "first"), made_of("large", LARGE, "first")]);
    // Poetry tries a 502 five times with as long a pause as `Retry-After` asks for: nearly a minute.
    let names: &[&str] = if client == Client::Poetry { &["large"] } else { &["small", "large"] };
    for name in names {
        let file = format!("*/{name}-1.0-py3-none-any.whl");
        world.upstream.fail(&file, Fault::WrongBytes);
        let (run, ran) = install(&world, client, name);
        ran.assert_failure();
        assert_installed(&run, &[]);
        if *name == "small" {
            ran.assert_says(match client {
                Client::Pip => "too many 502 error responses",
                Client::Pdm => "Server error '502 Bad Gateway'",
                _ => "wrong bytes, nothing was stored: expected sha256",
            });
        }
        world.upstream.heal(&file);
        let (run, ran) = install(&world, client, name);
        ran.assert_success();
        assert_first_bytes(&run, name);
    }
}

/// The stored bytes stay what the name means, for those with a lock and for those without.
fn a_file_that_changed_after_it_was_stored(client: Client) {
    let world = world(&[made_of("kept", 10, "first")]);
    let lock = lock(&world, client, "kept");
    let (run, ran) = lock.install(&world.index());
    ran.assert_success();
    assert_first_bytes(&run, "kept");

    world.upstream.replace("kept-1.0-py3-none-any.whl", made_of("kept", 10, "changed").bytes);
    let (run, ran) = lock.install(&world.index());
    ran.assert_success();
    assert_first_bytes(&run, "kept");
    let (run, ran) = install(&world, client, "kept");
    ran.assert_success();
    assert_first_bytes(&run, "kept");
}

/// The first bytes are gone, and the changed ones are refused: nobody installs anything.
fn a_file_that_changed_before_it_was_stored(client: Client) {
    let first = made_of("lost", 10, "first");
    let world = world(std::slice::from_ref(&first));
    let seen = listed(&world.index(), "lost");
    assert_eq!(seen[0]["hashes"]["sha256"], first.sha256.hex());
    let lock = lock(&world, client, "lost");
    let changed = made_of("lost", 10, "changed");
    world.upstream.replace(&first.filename, changed.bytes);

    let short = |sha256: &packhouse_model::Sha256| sha256.hex()[..8].to_owned();
    let phrase = format!(
        "lost 1.0 changed its bytes: first sha256 {}, now {}",
        short(&first.sha256),
        short(&changed.sha256)
    );
    let reason = Reason {
        phrase: &phrase,
        sentence: "lost-1.0-py3-none-any.whl was first seen on 20",
        why: &world.why("lost==1.0"),
    };
    let (run, ran) = install(&world, client, "lost==1.0");
    reason.assert_file(client, &ran);
    assert_installed(&run, &[]);

    let (run, ran) = lock.install(&world.index());
    ran.assert_failure();
    assert_installed(&run, &[]);
    match client {
        Client::Pip | Client::OldPip => reason.assert_phrase(&ran),
        // Its lock has the address of the first bytes, which nobody has any more.
        Client::Uv => {
            ran.assert_says(&format!("/files/{}/lost-1.0-py3-none-any.whl", first.sha256));
        }
        // They compare hashes before they download, and do not say what the page says of the file.
        Client::Poetry => {
            ran.assert_says("did not match any known checksums in your lock file");
        }
        Client::Pdm => {
            ran.assert_says("No candidate is found for `lost` that matches the environment or hashes");
        }
    }
}

fn lock(world: &World, client: Client, name: &str) -> Lock {
    if Client::LOCKING.contains(&client) {
        Lock::of_project(client, &world.index(), name)
    } else {
        Lock::of_pages(client, &world.index(), &[(name, "1.0")])
    }
}

#[track_caller]
fn assert_first_bytes(run: &ClientRun, name: &str) {
    let ran = run.python(&format!("import {name}; print({name}.text)"));
    assert_eq!(ran.assert_success().stdout, "first\n");
}
