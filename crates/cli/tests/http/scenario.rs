//! One file: how it is set up, what happens to the upstream between its requests, and its passes.

use std::path::Path;

use packhouse_testkit::httptest::run_text;
use packhouse_testkit::{BuiltFile, Fault, Upload, Wheel};

use crate::world::{FOLDER, Setting, Speech, World};

/// A line of ours in a file; to `httptest` it is a comment.
const MARK: &str = "#!";

/// A file, taken apart.
struct Scenario {
    upstreams: Vec<&'static Speech>,
    configuration: String,
    passes: usize,
    stages: Vec<Stage>,
}

/// What happens, and then the requests up to the next such line.
struct Stage {
    event: Option<String>,
    /// With an empty line for each line of the file that stands before, so that line numbers are the file's.
    text: String,
}

/// Runs a file of [`FOLDER`] against each kind of upstream that it names: a server of its own for each, and with
/// nothing happening in between twice, so that all is asked cold and warm.
pub(crate) fn run(file: &str) {
    let path = Path::new(FOLDER).join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let scenario = Scenario::read(file, &text);
    for &upstream in &scenario.upstreams {
        let setting = Setting { upstream, config: scenario.configuration.clone() };
        let mut world =
            World::start(&format!("{}-{}", file.trim_end_matches(".txt"), upstream.name), &setting);
        if text.contains("{via}") {
            let via = world.via();
            world.variables.set("via", &via);
        }
        for pass in 1..=scenario.passes {
            for stage in &scenario.stages {
                if let Some(event) = &stage.event {
                    happen(&mut world, event);
                }
                let says_something = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
                if !stage.text.lines().any(says_something) {
                    continue;
                }
                let report = run_text(&path, &stage.text, &world.packhouse.url(), &world.variables.list());
                let name = upstream.name;
                assert!(report.passed(), "in pass {pass} with the upstream `{name}`: {report}");
            }
        }
    }
}

impl Scenario {
    fn read(file: &str, text: &str) -> Self {
        let mut scenario = Self {
            upstreams: Vec::new(),
            configuration: "standard.toml".to_owned(),
            passes: 2,
            stages: Vec::new(),
        };
        let mut stage = Stage { event: None, text: String::new() };
        for (number, line) in text.lines().enumerate() {
            let Some(words) = line.strip_prefix(MARK).map(str::trim) else {
                stage.text.push_str(line);
                stage.text.push('\n');
                continue;
            };
            match words.split_once(": ") {
                Some(("upstream", names)) => {
                    scenario.upstreams = names.split(", ").map(Speech::named).collect();
                }
                Some(("configuration", name)) => name.clone_into(&mut scenario.configuration),
                Some((other, _)) if !other.contains(' ') => {
                    panic!("{file}:{}: nothing is called {other}", number + 1)
                }
                _ => {
                    // What happened once cannot happen again.
                    scenario.passes = 1;
                    let next = Stage { event: Some(words.to_owned()), text: "\n".repeat(number) };
                    scenario.stages.push(std::mem::replace(&mut stage, next));
                }
            }
            stage.text.push('\n');
        }
        scenario.stages.push(stage);
        assert!(!scenario.upstreams.is_empty(), "{file} names no upstream");
        scenario
    }
}

/// Carries out a line between requests.
fn happen(world: &mut World, event: &str) {
    let event = world.variables.fill(event);
    let words: Vec<&str> = event.split_whitespace().collect();
    let upstream = &world.upstream;
    match words.as_slice() {
        ["the", "upstream", "hangs", "up"] => upstream.fail_all(Fault::Hangup),
        ["the", "upstream", "answers", "again"] => upstream.heal("*"),
        ["the", "upstream", "heals"] => upstream.heal_all(),
        ["the", "upstream", "answers", path, "with", status] => {
            upstream.fail(path, Fault::Status(status.parse().expect("a status")));
        }
        ["the", "upstream", "cuts", path, "short"] => upstream.fail(path, Fault::Truncated(100)),
        ["the", "upstream", "sends", "wrong", "bytes", "for", path] => upstream.fail(path, Fault::WrongBytes),
        ["the", "upstream", "deletes", "the", "project", name] => upstream.delete_project(name),
        ["the", "upstream", "deletes", file] => upstream.delete(file),
        ["the", "upstream", "changes", file] => upstream.replace(file, &b"other bytes"[..]),
        ["the", "upstream", "yanks", file, "because", reason @ ..] => {
            upstream.yank(file, Some(&reason.join(" ")));
        }
        ["the", "upstream", "takes", "back", "the", "yank", "of", file] => upstream.yank(file, None),
        ["the", "upstream", "sets", "free", name] => upstream.set_status(name, "active", None),
        ["the", "upstream", "says", "of", path, page @ ..] => {
            let page = BuiltFile::raw("", "", "", page.join(" ")).bytes;
            upstream.fail(path, Fault::Answer("application/vnd.pypi.simple.v1+json", page));
        }
        ["the", "upstream", "quarantines", name] => upstream.set_status(name, "quarantined", Some("malware")),
        ["the", "upstream", "publishes", name, version, "dated", date] => {
            upstream.publish(Upload::of(Wheel::named(name).version(version).build()).at(date));
        }
        ["the", "upstream", "was", "asked", times, "times", "for", path] => {
            let times: usize = times.parse().expect("a number");
            assert_eq!(upstream.hits(path), times, "requests upstream for {path}");
        }
        ["packhouse", "starts", "again"] => world.packhouse.restart(),
        _ => panic!("nothing is known of {event:?}"),
    }
}
