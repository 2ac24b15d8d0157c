//! Pages that are well formed and say what is not so.

use packhouse_model::Sha256;
use packhouse_testkit::httptest::get;
use packhouse_testkit::{BuiltFile, Dialect, FakeUpstream, Fault, Lie, Served};

use crate::wire::receive;
use crate::world::{JSON, fetch, fetch_right, packhouse, page, page_url, row, rows, wheel, with};

const NOW: [(&str, &str); 2] = [("UPSTREAM_TTL", "0s"), ("UPSTREAM_GRACE", "0s")];

/// No link leaves this server or climbs, no markup comes through, and no listed link gives other bytes than its hash.
fn assert_harmless(about: &str, served: &Served, project: &str) {
    for accept in ["application/vnd.pypi.simple.v1+json", "text/html"] {
        let answer = get(&page_url(served, project), &[("accept", accept)]).expect("an answer");
        assert!(matches!(answer.status, 200 | 404 | 502), "{about}: {}", answer.status);
        let text = answer.text();
        for bad in ["evil.invalid", "javascript:", "/etc/", "<script"] {
            // JSON is no HTML: what would be markup there is a text.
            let harmless = bad == "<script" && accept.ends_with("json");
            assert!(harmless || !text.contains(bad), "{about}: {bad:?} in {text}");
        }
    }
    let answer = get(&page_url(served, project), &[JSON]).expect("an answer");
    if answer.status != 200 {
        return;
    }
    for row in answer.json()["files"].as_array().expect("files").iter().take(5) {
        let url = row["url"].as_str().expect("a URL");
        let inside = url.strip_prefix("../../files/").unwrap_or_else(|| panic!("{about}: a link to {url}"));
        assert!(!inside.contains(".."), "{about}: {url}");
        let got = receive(&format!("{}/files/{inside}", served.url()), &[]);
        let promised = inside.split('/').next().unwrap_or_default();
        let right = got.status == 200 && got.whole && Sha256::of(&got.body).hex() == promised;
        assert!(right || got.status >= 400 || !got.whole, "{about}: {url}: {}", got.summary());
    }
}

#[test]
fn no_lie_leads_a_client_astray() {
    let lies = [
        Lie::AnchorText,
        Lie::OtherHost,
        Lie::Script,
        Lie::Traversal,
        Lie::ChangedHash,
        Lie::NoHash,
        Lie::Twice,
        Lie::Markup,
        Lie::ManyFiles(300),
    ];
    for dialect in [Dialect::Json, Dialect::Html, Dialect::HtmlMinimal, Dialect::Json10] {
        let upstream = FakeUpstream::start();
        upstream.speak(dialect);
        let served = with(packhouse(&upstream), &NOW).env("PACKHOUSE_UPSTREAM_TIMEOUT", "2s").start();
        for (number, lie) in lies.into_iter().enumerate() {
            let about = format!("{dialect:?} {lie:?}");
            let (cold, warm) = (format!("cold-{number}"), format!("warm-{number}"));
            upstream.publish(wheel(&cold, "1.0", 5_000));
            let known = wheel(&warm, "1.0", 5_000);
            upstream.publish(known.clone());
            fetch_right(&served, &known);
            upstream.fail_all(lie);
            assert_harmless(&format!("{about}, never seen"), &served, &cold);
            assert_harmless(&format!("{about}, seen before"), &served, &warm);
            // What is stored and was listed with this hash stays, whatever the page says now.
            fetch_right(&served, &known);
            upstream.heal_all();
            assert!(row(&served, &known).is_some(), "{about}: listed again when the upstream is honest");
            let late = wheel(&cold, "1.0", 5_000);
            assert!(row(&served, &late).is_some(), "{about}: listed when the upstream is honest");
            // Refused where the lie was seen first: the hash then, or that there was no such file.
            let got = fetch(&served, &late);
            assert!(got.is(&late.bytes) || got.status == 403, "{about}: {}", got.summary());
        }
    }
}

#[test]
fn a_file_without_hash_is_refused_and_one_with_two_is_not_listed() {
    let upstream = FakeUpstream::start();
    let (bare, double) = (wheel("bare", "1.0", 2_000), wheel("double", "1.0", 2_000));
    upstream.publish(bare.clone());
    upstream.publish(double.clone());
    for (project, lie) in [("bare", Lie::NoHash), ("double", Lie::Twice)] {
        upstream.fail(&format!("/simple/{project}/"), lie);
        upstream.fail(&format!("/pypi/{project}/json"), lie);
    }
    let served = packhouse(&upstream).start();
    let row = row(&served, &bare).expect("listed, as a tombstone");
    assert!(row["yanked"].as_str().is_some_and(|why| why.contains("Blocked by policy")), "{row}");
    let got = receive(&format!("{}/files/unknown/{}", served.url(), bare.filename), &[]);
    assert_eq!(got.status, 403, "{}", got.summary());
    assert_eq!(rows(&served, "double"), Vec::<serde_json::Value>::new());
    assert_ne!(fetch(&served, &double).status, 200);
    assert_eq!(upstream.hits("/packages/*"), 0);
}

#[test]
fn the_first_bytes_of_a_filename_stay_and_new_ones_are_refused() {
    for dialect in [Dialect::Json, Dialect::Html] {
        let upstream = FakeUpstream::start();
        upstream.speak(dialect);
        let (stored, listed) = (wheel("pinned", "1.0", 30_000), wheel("pinned", "2.0", 30_000));
        upstream.publish(stored.clone());
        upstream.publish(listed.clone());
        let folder = tempfile::tempdir().expect("a folder");
        let start = || with(packhouse(&upstream).data(folder.path().join("data")), &NOW).start();
        let mut served = start();
        assert_eq!(rows(&served, "pinned").len(), 2);
        fetch_right(&served, &stored);
        for file in [&stored, &listed] {
            upstream.replace(&file.filename, changed(file).bytes);
        }
        for round in ["at once", "after a restart"] {
            let row = row(&served, &stored).expect("listed");
            assert_eq!(row["hashes"]["sha256"], stored.sha256.hex().as_str(), "{dialect:?} {round}");
            fetch_right(&served, &stored);
            let got = fetch(&served, &changed(&listed));
            assert_eq!(got.status, 403, "{dialect:?} {round}: {}", got.summary());
            let got = fetch(&served, &changed(&stored));
            assert_eq!(got.status, 403, "{dialect:?} {round}: {}", got.summary());
            served.terminate();
            served = start();
        }
    }
}

/// Other bytes under the same name.
fn changed(file: &BuiltFile) -> BuiltFile {
    let mut other = wheel(&file.project, "9.9", 30_000);
    other.filename.clone_from(&file.filename);
    other
}

#[test]
fn new_bytes_of_a_stored_file_are_refused_with_the_reason() {
    let upstream = FakeUpstream::start();
    let stored = wheel("pinned", "1.0", 30_000);
    upstream.publish(stored.clone());
    let served = with(packhouse(&upstream), &NOW).start();
    fetch_right(&served, &stored);
    upstream.replace(&stored.filename, changed(&stored).bytes);
    assert!(row(&served, &stored).is_some());
    let got = fetch(&served, &changed(&stored));
    assert_eq!(got.status, 403, "{}", got.summary());
}

#[test]
fn ten_thousand_files_are_a_page_and_more_than_the_limit_are_none() {
    for dialect in [Dialect::Json, Dialect::Html] {
        let upstream = FakeUpstream::start();
        upstream.speak(dialect);
        upstream.publish(wheel("many", "1.0", 100));
        upstream.fail_all(Fault::Lie(Lie::ManyFiles(10_000)));
        let served = packhouse(&upstream).start();
        assert_eq!(rows(&served, "many").len(), 10_001, "{dialect:?}");
        let html = get(&page_url(&served, "many"), &[("accept", "text/html")]).expect("an answer");
        assert_eq!(html.text().matches("<a ").count(), 10_001, "{dialect:?}");
        drop(served);
        let served = packhouse(&upstream).env("PACKHOUSE_LIMITS_PAGE_FILES", "5000").start();
        let answer = page(&served, "many");
        assert_eq!(answer.status, 502, "{dialect:?}");
        assert!(answer.text().contains("more than"), "{}", answer.text());
    }
}
