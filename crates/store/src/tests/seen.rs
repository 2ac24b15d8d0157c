use std::time::{Duration, Instant};

use super::*;
use crate::{Error, FileLocation, SeenFile, both_databases};

const WHEEL: &str = "six-1.17.0-py2.py3-none-any.whl";
const SDIST: &str = "six-1.17.0.tar.gz";

fn pin(filename: &str, content: &str, first_seen: i64, not_before: Option<i64>) -> SeenFile {
    SeenFile {
        filename: filename.to_owned(),
        sha256: sha(content),
        first_seen: at(first_seen),
        not_before: not_before.map(at),
    }
}

both_databases! {
    async fn a_later_file_is_younger_than_the_last_look_without_it(store) {
        let first = store.save_page(&page(&[(WHEEL, "a")]), at(10)).await.unwrap();
        assert_eq!(first, [pin(WHEEL, "a", 10, None)]);
        store.touch_page(&upstream(), &project("six"), None, at(20)).await.unwrap();
        let second = store.save_page(&page(&[(WHEEL, "a"), (SDIST, "b")]), at(30)).await.unwrap();
        assert_eq!(second, [pin(WHEEL, "a", 10, None), pin(SDIST, "b", 30, Some(20))]);
        assert_eq!(store.seen_files(&upstream(), &project("six")).await.unwrap(), second);
    }

    async fn an_absent_page_bounds_nothing(store) {
        store.save_absent(&upstream(), &project("six"), at(10)).await.unwrap();
        let seen = store.save_page(&page(&[(WHEEL, "a")]), at(20)).await.unwrap();
        assert_eq!(seen, [pin(WHEEL, "a", 20, None)]);
        store.save_absent(&upstream(), &project("six"), at(30)).await.unwrap();
        let seen = store.save_page(&page(&[(SDIST, "b")]), at(40)).await.unwrap();
        assert_eq!(seen[1], pin(SDIST, "b", 40, None));
    }

    async fn a_clock_that_was_set_back_bounds_no_file_by_the_future(store) {
        store.save_page(&page(&[]), at(100)).await.unwrap();
        let seen = store.save_page(&page(&[(WHEEL, "a")]), at(50)).await.unwrap();
        assert_eq!(seen, [pin(WHEEL, "a", 50, Some(50))]);
    }

    async fn a_changed_hash_does_not_move_the_pin(store) {
        store.save_page(&page(&[(WHEEL, "a")]), at(10)).await.unwrap();
        let seen = store.save_page(&page(&[(WHEEL, "evil")]), at(20)).await.unwrap();
        assert_eq!(seen, [pin(WHEEL, "a", 10, None)]);
        assert_eq!(store.find_file(sha("evil"), WHEEL).await.unwrap(), []);
        // Not by disappearing in between either.
        store.save_page(&page(&[]), at(30)).await.unwrap();
        let seen = store.save_page(&page(&[(WHEEL, "evil")]), at(40)).await.unwrap();
        assert_eq!(seen, [pin(WHEEL, "a", 10, None)]);
    }

    async fn of_two_hashes_on_one_page_the_first_counts(store) {
        let seen = store.save_page(&page(&[(WHEEL, "a"), (WHEEL, "b")]), at(10)).await.unwrap();
        assert_eq!(seen, [pin(WHEEL, "a", 10, None)]);
    }

    async fn the_database_itself_refuses_to_change_a_pin(store) {
        store.save_page(&page(&[(WHEEL, "a")]), at(10)).await.unwrap();
        for sql in ["UPDATE file_seen SET first_seen_us = 0", "DELETE FROM file_seen"] {
            let error = store.raw(sql).await.expect_err(sql);
            assert!(error.to_string().contains("never"), "{error}");
        }
    }

    async fn a_file_is_found_by_hash_and_name(store) {
        store.save_page(&page(&[(WHEEL, "a"), (SDIST, "b")]), at(10)).await.unwrap();
        let elsewhere = NewPage { upstream: "other".parse().unwrap(), ..page(&[(WHEEL, "a")]) };
        store.save_page(&elsewhere, at(10)).await.unwrap();
        let found = |name: &str| FileLocation { upstream: name.parse().unwrap(), project: project("six") };
        assert_eq!(store.find_file(sha("a"), WHEEL).await.unwrap(), [found("main"), found("other")]);
        assert_eq!(store.find_file(sha("b"), SDIST).await.unwrap(), [found("main")]);
        for (content, name) in [("a", SDIST), ("c", WHEEL), ("a", "six\0"), ("a", &"x".repeat(10_000))] {
            assert_eq!(store.find_file(sha(content), name).await.unwrap(), []);
        }
    }

    async fn any_name_without_nul_is_kept_exactly(store) {
        let names = [
            "a'b", "a\"b", "a\\b", "a\u{1}b", "a\tb", "a\nb", "[\"x\",\"y\"]", "$1", "%s", "ä", "ａ", "🦀", "\u{ffff}",
            "a\u{202e}b", " a ", "a;--", "{}", "null", "1", "true",
        ];
        let files: Vec<_> = names.iter().map(|name| (*name, *name)).collect();
        store.save_page(&page(&files), at(10)).await.unwrap();
        for name in names {
            assert_eq!(store.find_file(sha(name), name).await.unwrap().len(), 1, "{name:?}");
        }
        assert_eq!(store.seen_files(&upstream(), &project("six")).await.unwrap().len(), names.len());
    }

    async fn a_name_that_no_index_uses_is_refused_alike(store) {
        for name in ["a\0b", &"a".repeat(501)] {
            let error = store.save_page(&page(&[(WHEEL, "a"), (name, "b")]), at(10)).await.unwrap_err();
            assert!(matches!(error, Error::Unstorable { what: "filename", .. }), "{error:?}");
        }
        assert_eq!(store.page(&upstream(), &project("six")).await.unwrap(), None);
    }

    async fn ten_thousand_files_are_one_statement(store) {
        let mut sent = page(&[]);
        sent.files = (0..10_000)
            .map(|number| {
                let name = format!("boto3-1.{}.{}-py3-none-any.whl", number / 100, number % 100);
                let sha256 = sha(&name);
                (name, sha256)
            })
            .collect();
        let start = Instant::now();
        assert_eq!(store.save_page(&sent, at(10)).await.unwrap().len(), 10_000);
        let cold = start.elapsed();
        sent.files.push(("boto3-2.0.0.tar.gz".to_owned(), sha("new")));
        let start = Instant::now();
        let seen = store.save_page(&sent, at(20)).await.unwrap();
        let warm = start.elapsed();
        assert_eq!(seen.len(), 10_001);
        let newest = seen.iter().find(|file| file.filename == "boto3-2.0.0.tar.gz").unwrap();
        assert_eq!((newest.first_seen, newest.not_before), (at(20), Some(at(10))));
        // Row by row this takes many seconds; a busy machine and a debug build are allowed for.
        assert!(cold + warm < Duration::from_secs(5), "{cold:?} {warm:?}");
    }
}
