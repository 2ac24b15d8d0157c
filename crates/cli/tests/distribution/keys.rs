//! Keys: in the agent, under a passphrase, further ones, ones that are revoked.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::world::World;

const TWIG: &str = "twig==1.1";

fn world(name: &str) -> World {
    let world = World::new(name);
    world.found();
    world.says("ada", &["project", "add", "twig"]);
    world.wait_for(TWIG);
    world
}

/// Whether the machine has a program; else says that the test is skipped.
fn has(program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
    if !found {
        let _ = writeln!(std::io::stderr(), "skipped: there is no {program} on PATH");
    }
    found
}

/// The fingerprint of somebody's first key, as the server knows it.
fn fingerprint(world: &World, who: &str) -> String {
    let person = world.json(&["maintainer", "show", who]);
    person["keys"][0]["fingerprint"].as_str().expect("a fingerprint").to_owned()
}

/// An agent of the test's own, which ends with it.
struct Agent {
    process: std::process::Child,
    socket: std::path::PathBuf,
}

impl Agent {
    fn start(world: &World) -> Self {
        let folder = tempfile::Builder::new().prefix("agent").tempdir().expect("a folder").keep();
        let socket = folder.join("socket");
        // -D: it stays in the foreground, and is this process's child.
        let process = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("ssh-agent");
        let agent = Self { process, socket };
        let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !agent.socket.exists() {
            assert!(std::time::Instant::now() < end, "the agent does not listen\n{}", world.served.log());
            std::thread::yield_now();
        }
        agent
    }

    fn add(&self, key: &str) {
        let added = Command::new("ssh-add").arg(key).env("SSH_AUTH_SOCK", &self.socket).output();
        let added = added.expect("ssh-add");
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(folder) = self.socket.parent() {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Runs the program with an environment of its own; what it printed, and whether it ended well.
fn with_agent(world: &World, agent: &Agent, arguments: &[&str]) -> (bool, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_packhouse"))
        .args(arguments)
        .args(["--server", &world.served.url()])
        .env("SSH_AUTH_SOCK", &agent.socket)
        .stdin(Stdio::null())
        .output()
        .expect("the program");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    (ran.status.success(), said)
}

#[test]
fn the_ssh_agent_signs() {
    if !has("ssh-agent") || !has("ssh-add") {
        return;
    }
    let world = world("agent");
    let agent = Agent::start(&world);
    let ben = fingerprint(&world, "ben");
    let accept = ["review", "accept", TWIG, "--key", &ben];
    let (good, said) = with_agent(&world, &agent, &accept);
    assert!(!good && said.contains("the SSH agent does not hold the key"), "{said}");
    agent.add(&world.key("ben"));
    // The secret file is not needed any more.
    std::fs::rename(world.key("ben"), world.key("ben-away")).expect("moved");
    let (good, said) = with_agent(&world, &agent, &accept);
    assert!(good && said.contains("review"), "{said}");
    assert_eq!(world.json(&["review", "show", TWIG])["reviews"][0]["by"], "ben");
    // By the public half in a file, too.
    let public = format!("{}.pub", world.key("ben"));
    let note = ["review", "note", TWIG, "signed by the agent", "--key", &public];
    let (good, said) = with_agent(&world, &agent, &note);
    assert!(good, "{said}");
    // A key that the agent holds, of nobody here.
    world.make_key("stranger");
    agent.add(&world.key("stranger"));
    let stranger = format!("{}.pub", world.key("stranger"));
    let (good, said) = with_agent(&world, &agent, &["review", "accept", TWIG, "--key", &stranger]);
    assert!(!good && said.contains("is no key of a maintainer of Test"), "{said}");
    world.on_data(&["fsck"]).assert_success();
}

/// Runs the program on a terminal of its own, on which `typed` is typed.
fn on_a_terminal(world: &World, arguments: &[&str], typed: &str) -> (bool, String) {
    let quoted: Vec<String> =
        [env!("CARGO_BIN_EXE_packhouse")].iter().chain(arguments).map(|text| format!("'{text}'")).collect();
    let command = format!("{} --server {}", quoted.join(" "), world.served.url());
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--echo", "never", "--command", &command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("script");
    let mut input = terminal.stdin.take().expect("an input");
    let _ = input.write_all(typed.as_bytes());
    let ran = terminal.wait_with_output().expect("an end");
    drop(input);
    (ran.status.success(), String::from_utf8_lossy(&ran.stdout).into_owned())
}

#[test]
fn a_key_under_a_passphrase_is_asked_for_it() {
    if !has("ssh-keygen") || !has("script") {
        return;
    }
    let world = world("passphrase");
    let key = world.key("dora");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "open sesame", "-C", "dora", "-f", &key])
        .output()
        .expect("ssh-keygen");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let line = std::fs::read_to_string(format!("{key}.pub")).expect("the public half");
    world.says("ada", &["maintainer", "invite", "dora", "--key-line", line.trim()]);
    let join = ["maintainer", "join", "--name", "Dora", "--key", &key];
    // Without a terminal nothing can be asked.
    world.run(&join).assert_failure().assert_says("let the SSH agent hold the key");
    let (good, said) = on_a_terminal(&world, &join, "shut sesame\n");
    assert!(!good && said.contains("passphrase for"), "{said}");
    let (good, said) = on_a_terminal(&world, &join, "open sesame\n");
    assert!(good, "{said}");
    assert!(!said.contains("open sesame"), "what is typed is not shown: {said}");
    assert_eq!(world.json(&["maintainer", "show", "dora"])["standing"], "active");
    let (good, said) = on_a_terminal(&world, &["review", "accept", TWIG, "--key", &key], "open sesame\n");
    assert!(good, "{said}");
    assert_eq!(world.json(&["review", "show", TWIG])["reviews"][0]["by"], "dora");
}

#[test]
fn keys_come_and_go() {
    let world = world("keys");
    let first = fingerprint(&world, "ben");
    world.make_key("ben-2");
    let second = world.key("ben-2");
    // Until it is added, it is nobody's; a key of somebody else is nobody's further key.
    world.run(&["review", "accept", TWIG, "--key", &second]).assert_failure().assert_says("is no key of");
    world.refused("ben", &["maintainer", "key", "add", &world.key("ada")], "is a key of ada already");
    world.refused("ben", &["maintainer", "key", "add", &second, "--expires", "2001-01-01"], "must lie ahead");
    world.says("ben", &["maintainer", "key", "add", &second]);
    world.says("ben-2", &["review", "note", TWIG, "with the second key"]);

    // Two reviews with the first key; it is revoked from between them on.
    let kept = world.entry_of("ben", &["review", "accept", TWIG]);
    world.says("vic", &["review", "accept", TWIG]);
    let revoke = |after: &str| {
        ["maintainer", "key", "revoke", &first, "--after", after, "--reason", "left in a train"]
            .map(str::to_owned)
    };
    let words = revoke(&kept);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    world.refused("vic", &words, "vic may not do this");
    world.says("ben-2", &words);
    let counted = |world: &World| {
        let status = world.json(&["review", "show", TWIG]);
        let file =
            status["status"]["files"].as_object().expect("files").values().next().expect("one").clone();
        let by = |list: &str| {
            let list = file[list].as_array().expect("a list").iter();
            list.map(|one| one["by"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        (by("counted"), by("ignored"))
    };
    assert_eq!(counted(&world).0, ["ben", "vic"], "what it signed before is believed");
    world.refused("ben", &["review", "accept", TWIG], "its key is revoked");
    // Longer ago, by a release manager: the review goes with it.
    let words = revoke("1");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    world.says("ada", &words);
    assert_eq!(counted(&world), (vec!["vic".to_owned()], vec!["ben".to_owned()]));
    world.says("ben-2", &["review", "accept", TWIG]);
    assert!(counted(&world).0.contains(&"ben".to_owned()));
    let keys = world.json(&["maintainer", "show", "ben"])["keys"].clone();
    let void: Vec<&Value> = keys.as_array().expect("keys").iter().map(|key| &key["void_after"]).collect();
    assert!(void.contains(&&Value::from(1)) && void.contains(&&Value::Null), "{keys}");
    world.run(&["maintainer", "show", "ben"]).assert_success().assert_says(&first);
    world.on_data(&["fsck"]).assert_success();
}
