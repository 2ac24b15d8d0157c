use crate::place::{Place, ends_with, json};

#[test]
fn help_teaches() {
    let place = Place::new("help");
    let ran = place.run(&["--help"]);
    ends_with(&ran, 0);
    assert!(ran.stderr.is_empty(), "{ran}");
    for words in [
        "A guarded, caching package index for pip, uv, Poetry and PDM.",
        "Usage: packhouse",
        "serve",
        "worker",
        "why",
        "policy",
        "settings",
        "--config",
        "--data",
        "--upstream",
        "--json",
        "Examples:",
        "pip install --index-url http://127.0.0.1:8141/simple/ flask",
        "packhouse policy check uv.lock",
        "Exit codes: 0 done, 1 the answer is no (refused, missing), 2 wrong use, 3 a fault.",
    ] {
        ran.assert_says(words);
    }
    for (arguments, words) in [
        (&["serve", "--help"][..], "--listen <HOST:PORT>"),
        (&["serve", "--help"], "--no-worker"),
        (&["why", "--help"], "PROJECT[==VERSION]"),
        (
            &["policy", "check", "--help"],
            "requirements.txt with hashes, uv.lock, poetry.lock, pdm.lock or pylock.toml",
        ),
        (&["help", "policy"], "check"),
        (&["settings", "--help"], "List every setting"),
        (&["worker", "--help"], "job queue"),
        (&["review", "--help"], "packhouse review accept flask==3.1.0 --base flask==3.0.3"),
        (&["review", "accept", "--help"], "--thoroughness"),
        (&["maintainer", "--help"], "--key-line"),
        (&["suite", "--help"], "Stages: development, toolchain-freeze"),
        (&["migrate", "--help"], "--what-if"),
        (&["withdraw", "--help"], "need a second person"),
        (&["import", "--help"], "ask its people, not its server"),
        (&["ledger", "--help"], "`verify` needs no server"),
        (&["token", "create", "--help"], "read, watch, migrate or import"),
        (&["fsck", "--help"], "--repair"),
    ] {
        let ran = place.run(arguments);
        ends_with(&ran, 0);
        ran.assert_says(words);
    }
    let ran = place.run(&["--version"]);
    ends_with(&ran, 0);
    assert_eq!(ran.stdout, format!("packhouse {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(
        std::fs::read_dir(&place.folder).expect("a folder").count(),
        0,
        "asking for help leaves nothing behind"
    );
}

#[test]
fn wrong_use_says_what_is_right() {
    let place = Place::new("wrong-use");
    for (arguments, words) in [
        (&[][..], "Usage: packhouse"),
        (&["sreve"], "unrecognized subcommand 'sreve'"),
        (&["serve", "--lisen", "127.0.0.1:0"], "unexpected argument '--lisen'"),
        (&["serve", "--listen", "nowhere"], "invalid value 'nowhere' for '--listen"),
        (&["serve", "--listen", "127.0.0.1:99999"], "invalid value '127.0.0.1:99999' for '--listen"),
        (&["serve", "extra"], "unexpected argument 'extra'"),
        (&["why"], "PROJECT[==VERSION]"),
        (&["policy"], "check"),
        (&["serve", "--ttl", "soon"], "expected a length of time"),
        (&["serve", "--upstream", "not a url"], "it is not a URL; expected the form https://host/simple/"),
        (&["serve", "--upstream", "ftp://127.0.0.1/simple/"], "http"),
        (&["serve", "--upstream", ""], "upstream.url"),
        (&["serve", "--upstream", "http://127.0.0.1:9/simple/", "--log", "info,[x"], "log:"),
        (&["settings", "--config"], "--config"),
    ] {
        let ran = place.run(arguments);
        ends_with(&ran, 2);
        assert!(ran.stdout.is_empty(), "answers stand on standard output, complaints do not\n{ran}");
        ran.assert_says(words);
    }
    // The nearest is named.
    place.run(&["sreve"]).assert_says("some similar subcommands exist: 'review', 'serve'");
    place.run(&["serve", "--lisen", "127.0.0.1:0"]).assert_says("a similar argument exists: '--listen'");
}

/// `packhouse settings | head -1`: who reads no further is no fault of the program's.
#[test]
fn a_closed_pipe_is_no_panic() {
    let place = Place::new("closed-pipe");
    for arguments in [&["settings"][..], &["settings", "--json"], &["policy", "check"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = place.command(arguments);
        let output = command.stdout(writer).output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        assert_ne!(output.status.code(), Some(101), "{arguments:?}: {said}");
    }
}

#[test]
fn settings_are_listed_with_their_variables() {
    let place = Place::new("settings");
    let ran = place.run(&["settings"]);
    ends_with(&ran, 0);
    for words in
        ["policy.cooldown", "PACKHOUSE_POLICY_COOLDOWN", "how old a file must be", "(7d)", "upstream.url"]
    {
        ran.assert_says(words);
    }
    let list = json(&place.run(&["settings", "--json"]));
    let rows = list["settings"].as_array().expect("a list");
    assert!(rows.len() > 30, "{list}");
    let row = |setting: &str| {
        let found = rows.iter().find(|row| row["setting"] == setting);
        found.unwrap_or_else(|| panic!("{setting} is not listed: {list}"))
    };
    assert_eq!(row("listen")["environment"], "PACKHOUSE_LISTEN");
    assert_eq!(row("cache.max-size")["environment"], "PACKHOUSE_CACHE_MAX_SIZE");
    assert_eq!(row("policy.cooldown-new-projects")["environment"], "PACKHOUSE_POLICY_COOLDOWN_NEW_PROJECTS");
    assert_eq!(row("upstream.url")["environment"], "PACKHOUSE_UPSTREAM_URL");
    assert!(row("policy.projects.*.cooldown")["environment"].is_null());
    assert!(row("policy.projects.*.cooldown-new-projects")["environment"].is_null());
    for row in rows {
        assert!(row["about"].as_str().is_some_and(|about| !about.is_empty()), "{row}");
    }
    let mut variables: Vec<&str> = rows.iter().filter_map(|row| row["environment"].as_str()).collect();
    let all = variables.len();
    variables.sort_unstable();
    variables.dedup();
    assert_eq!(variables.len(), all, "each variable sets one setting");
}
