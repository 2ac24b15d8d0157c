//! PostgreSQL and an S3-compatible object store behind two servers: what one has, the other serves; what one evicts, the
//! other does without; and what fails on the way is nobody's file.

use packhouse_store::testing::TestDb;
use packhouse_testkit::httptest::get;
use packhouse_testkit::{BuiltFile, Client, FakeUpstream, ObjectFault, ObjectServer, Served, ServedBuilder};

use crate::wire::receive;
use crate::world::{fetch, fetch_right, file_url, packhouse, page, row, until, wheel, with};

/// The program on PostgreSQL and an object store, not yet started.
pub(crate) fn grown(upstream: &FakeUpstream, database: &str, objects: &ObjectServer) -> ServedBuilder {
    let settings = [("STORAGE_DATABASE", database), ("STORAGE_FILES", &objects.place("team/a"))];
    let program = with(packhouse(upstream), &settings);
    objects.environment().into_iter().fold(program, |program, (name, value)| program.env(name, value))
}

/// A database and an object store, unless one of them is not to be had here, which is said.
fn with_both(test: impl FnOnce(&str, &ObjectServer)) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let Some(database) = runtime.block_on(TestDb::postgres()) else { return };
    if let Some(objects) = ObjectServer::start() {
        test(&database.address(), &objects);
    }
    runtime.block_on(database.close());
}

fn is_stored(objects: &ObjectServer, file: &BuiltFile) -> bool {
    objects.objects().contains(&file.sha256.hex())
}

fn assert_no_secret(objects: &ObjectServer, servers: [&Served; 2]) {
    for served in servers {
        assert!(!served.log().contains(objects.secret()), "{}", served.log());
        let settings = served.run(["settings"]);
        assert!(!settings.text().contains(objects.secret()), "{settings}");
    }
}

#[test]
fn pip_installs_through_one_and_the_other_serves_it() {
    with_both(|database, objects| {
        let upstream = FakeUpstream::start();
        let (small, large) = (wheel("small", "1.0", 2_000), wheel("large", "1.0", 9_000_000));
        upstream.publish(small.clone());
        upstream.publish(large.clone());
        let (one, other) =
            (grown(&upstream, database, objects).start(), grown(&upstream, database, objects).start());
        // Says that it is skipped where pip cannot be had.
        if let Some(pip) = Client::Pip.ready() {
            let run = pip.fresh();
            run.install(&one.simple_url(), &["small", "large"], &[]).assert_success();
            let names: Vec<String> = run.installed().into_keys().collect();
            assert_eq!(names, ["large", "small"]);
        } else {
            for file in [&small, &large] {
                fetch_right(&one, file);
            }
        }
        until("both files in the object store", || is_stored(objects, &small) && is_stored(objects, &large));
        upstream.go_down();
        for file in [&small, &large] {
            assert!(row(&other, file).is_some());
            fetch_right(&other, file);
            let part = receive(&file_url(&other, file), &[("range", "bytes=100-299")]);
            assert_eq!((part.status, &part.body[..]), (206, &file.bytes[100..300]));
        }
        assert_no_secret(objects, [&one, &other]);
    });
}

#[test]
fn what_one_evicts_the_other_fetches_again() {
    with_both(|database, objects| {
        let upstream = FakeUpstream::start();
        let files = [wheel("first", "1.0", 2_000_000), wheel("second", "1.0", 2_000_000)];
        for file in &files {
            upstream.publish(file.clone());
        }
        let start = || with(grown(&upstream, database, objects), &[("CACHE_MAX_SIZE", "3MB")]).start();
        let (one, other) = (start(), start());
        for file in &files {
            assert!(row(&one, file).is_some() && row(&other, file).is_some());
        }
        fetch_right(&one, &files[0]);
        // The other knows it now, and where its bytes are.
        fetch_right(&other, &files[0]);
        fetch_right(&one, &files[1]);
        until("an eviction", || !files.iter().all(|file| is_stored(objects, file)));
        for served in [&other, &one, &other] {
            for file in &files {
                fetch_right(served, file);
            }
        }
        assert!(upstream.hits("/packages/*") > 2, "what was evicted was fetched again");
        assert_no_secret(objects, [&one, &other]);
    });
}

#[test]
fn an_object_store_that_fails_serves_nothing_half_done() {
    with_both(|database, objects| {
        let upstream = FakeUpstream::start();
        let kept = wheel("kept", "1.0", 3_000_000);
        upstream.publish(kept.clone());
        let (one, other) =
            (grown(&upstream, database, objects).start(), grown(&upstream, database, objects).start());
        fetch_right(&one, &kept);
        until("the file in the object store", || is_stored(objects, &kept));
        for fault in [
            ObjectFault::Unavailable,
            ObjectFault::Down,
            ObjectFault::CutAfter(200_000),
            ObjectFault::WrongBytes,
        ] {
            objects.fail(Some(fault));
            for served in [&one, &other] {
                let got = fetch(served, &kept);
                let broken = got.status >= 500 || !got.whole;
                assert!(broken || got.is(&kept.bytes), "{fault:?}: {}", got.summary());
                assert_eq!(page(served, "kept").status, 200, "{fault:?}: pages are in the database");
                assert_eq!(get(&format!("{}/healthz", served.url()), &[]).expect("an answer").status, 200);
            }
            objects.fail(None);
            fetch_right(&one, &kept);
            fetch_right(&other, &kept);
        }
        // On its way in: the client may have its right bytes, but none that are wrong, and nothing is stored by halves.
        for (name, fault, size) in [
            ("slow", ObjectFault::Unavailable, 400_000),
            ("cut", ObjectFault::CutUploads, 3_000_000),
            ("parts", ObjectFault::CutUploads, 9_000_000),
        ] {
            let file = wheel(name, "1.0", size);
            upstream.publish(file.clone());
            assert!(row(&one, &file).is_some());
            objects.fail(Some(fault));
            let got = fetch(&one, &file);
            assert!(got.status >= 500 || !got.whole || got.is(&file.bytes), "{fault:?}: {}", got.summary());
            assert!(!is_stored(objects, &file), "{fault:?}");
            objects.fail(None);
            fetch_right(&other, &file);
            until("the file in the object store", || is_stored(objects, &file));
        }
        assert_no_secret(objects, [&one, &other]);
    });
}

#[test]
fn a_wrong_key_is_said_at_the_start() {
    with_both(|database, objects| {
        let upstream = FakeUpstream::start();
        let started =
            grown(&upstream, database, objects).env("AWS_SECRET_ACCESS_KEY", "not-this-one").try_start();
        let ran = started.expect_err("it does not start");
        assert!(ran.text().contains("error: ") && ran.text().contains("object store"), "{ran}");
        assert!(!ran.text().contains("not-this-one") && !ran.text().contains(objects.secret()), "{ran}");
    });
}
