//! Looking ahead: what a resolver is about to ask for is asked of the upstream before, and nothing else.

use packhouse_testkit::{BuiltFile, Dialect, FakeUpstream, Served, Wheel};

use crate::world::{packhouse, page, rows, until, with};

/// An upstream whose pages have no sizes, as its JSON documents do; `documents` of them must be waited for.
fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.speak(Dialect::Html);
    for (project, requires) in [
        ("top", vec!["middle>=1", "acme-secret", "never; extra == 'more'", "old; python_version < '3'"]),
        ("middle", vec!["bottom (>=1.0)"]),
        ("bottom", vec!["top"]),
        ("never", vec![]),
        ("old", vec![]),
    ] {
        upstream.publish(requiring(project, &requires));
    }
    upstream
}

fn requiring(project: &str, requires: &[&str]) -> BuiltFile {
    requires.iter().fold(Wheel::named(project).version("1.0"), |wheel, text| wheel.requires(text)).build()
}

fn start(upstream: &FakeUpstream, settings: &[(&str, &str)]) -> Served {
    let private = [("UPSTREAM_LOOK_AHEAD", "true"), ("POLICY_PRIVATE", r#"["acme-*"]"#)];
    with(with(packhouse(upstream), &private), settings).start()
}

#[test]
fn all_levels_are_under_way_while_the_first_page_waits() {
    let upstream = upstream();
    let served = start(&upstream, &[]);
    let documents = upstream.hold("/pypi/top/json");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| page(&served, "top"));
        documents.wait_for(1);
        until("the last level to be asked for", || upstream.hits("/simple/bottom/") == 1);
        documents.release();
        let first = first.join().expect("a client");
        assert_eq!(first.status, 200);
        assert!(first.json()["files"][0]["size"].is_u64(), "the first page has its sizes: {}", first.text());
    });
    for project in ["middle", "bottom"] {
        assert!(rows(&served, project)[0]["size"].is_u64(), "{project}");
        assert_eq!(upstream.hits(&format!("/simple/{project}/")), 1, "{project} is not asked for again");
    }
    assert_eq!(upstream.hits("/simple/top/"), 1, "a circle ends");
    for project in ["acme-secret", "never", "old"] {
        assert_eq!(upstream.hits(&format!("/simple/{project}/")), 0, "{project}");
    }
}

#[test]
fn where_it_is_not_wanted_nothing_but_what_clients_ask_for_is_asked() {
    let upstream = upstream();
    let served = start(&upstream, &[("UPSTREAM_LOOK_AHEAD", "false")]);
    for project in ["top", "never"] {
        assert_eq!(page(&served, project).status, 200);
    }
    drop(served);
    assert_eq!(upstream.hits("/simple/*"), 2);
    assert_eq!(upstream.hits("/packages/*"), 0);
}
