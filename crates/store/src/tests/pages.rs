use super::*;
use crate::{PageCount, PageState, both_databases};

const WHEEL: &str = "six-1.17.0-py2.py3-none-any.whl";

both_databases! {
    async fn a_page_comes_back_as_it_was_saved(store) {
        assert_eq!(store.page(&upstream(), &project("six")).await.unwrap(), None);
        let mut sent = page(&[(WHEEL, "a")]);
        sent.document.bytes = (0..=255).collect();
        sent.last_modified = Some("Sun, 22 Nov 2026 13:05:00 GMT".to_owned());
        store.save_page(&sent, at(10)).await.unwrap();
        let kept = store.page(&upstream(), &project("six")).await.unwrap().unwrap();
        assert_eq!(kept.state, PageState::Present);
        assert_eq!(kept.document, Some(sent.document));
        assert_eq!((kept.etag, kept.last_modified, kept.last_serial), (sent.etag, sent.last_modified, sent.last_serial));
        assert_eq!((kept.checked, kept.changed, kept.first_seen), (at(10), at(10), Some(at(10))));
        assert_eq!(store.page(&"other".parse().unwrap(), &project("six")).await.unwrap(), None);
    }

    async fn a_page_changes_when_its_document_does(store) {
        store.save_page(&page(&[(WHEEL, "a")]), at(10)).await.unwrap();
        for (files, now, changed) in [
            (&[(WHEEL, "a")][..], 20, 10),
            (&[(WHEEL, "a"), ("six-1.18.0.tar.gz", "b")], 30, 30),
        ] {
            store.save_page(&page(files), at(now)).await.unwrap();
            let kept = store.page(&upstream(), &project("six")).await.unwrap().unwrap();
            assert_eq!((kept.checked, kept.changed, kept.first_seen), (at(now), at(changed), Some(at(10))));
        }
    }

    async fn not_modified_moves_the_last_look(store) {
        assert!(!store.touch_page(&upstream(), &project("six"), None, at(5)).await.unwrap());
        store.save_page(&page(&[(WHEEL, "a")]), at(10)).await.unwrap();
        assert!(store.touch_page(&upstream(), &project("six"), None, at(20)).await.unwrap());
        assert!(store.touch_page(&upstream(), &project("six"), Some("\"b\""), at(30)).await.unwrap());
        let kept = store.page(&upstream(), &project("six")).await.unwrap().unwrap();
        assert_eq!((kept.checked, kept.changed), (at(30), at(10)));
        assert_eq!(kept.etag.as_deref(), Some("\"b\""));
    }

    async fn what_upstream_deletes_is_kept(store) {
        let sent = page(&[(WHEEL, "a")]);
        store.save_page(&sent, at(10)).await.unwrap();
        store.save_absent(&upstream(), &project("six"), at(20)).await.unwrap();
        store.save_absent(&upstream(), &project("six"), at(30)).await.unwrap();
        let kept = store.page(&upstream(), &project("six")).await.unwrap().unwrap();
        assert_eq!(kept.state, PageState::Absent);
        assert_eq!(kept.document, Some(sent.document));
        assert_eq!((kept.checked, kept.changed, kept.first_seen), (at(30), at(20), Some(at(10))));
        assert_eq!(store.seen_files(&upstream(), &project("six")).await.unwrap().len(), 1);
        // "Not modified" since the document we have: it is back.
        assert!(store.touch_page(&upstream(), &project("six"), None, at(40)).await.unwrap());
        let back = store.page(&upstream(), &project("six")).await.unwrap().unwrap();
        assert_eq!((back.state, back.changed), (PageState::Present, at(40)));
    }

    async fn a_project_may_be_absent_from_the_start(store) {
        store.save_absent(&upstream(), &project("six"), at(10)).await.unwrap();
        let kept = store.page(&upstream(), &project("six")).await.unwrap().unwrap();
        assert_eq!((kept.state, kept.document, kept.first_seen), (PageState::Absent, None, None));
        assert!(!store.touch_page(&upstream(), &project("six"), None, at(15)).await.unwrap());
        store.save_page(&page(&[(WHEEL, "a")]), at(20)).await.unwrap();
        let kept = store.page(&upstream(), &project("six")).await.unwrap().unwrap();
        assert_eq!((kept.state, kept.changed, kept.first_seen), (PageState::Present, at(20), Some(at(20))));
    }

    async fn projects_are_listed_and_counted(store) {
        for name in ["zope", "a-b", "a.b", "a_b", "ab"] {
            let sent = NewPage { project: project(name), ..page(&[]) };
            store.save_page(&sent, at(10)).await.unwrap();
        }
        store.save_absent(&upstream(), &project("nope"), at(10)).await.unwrap();
        let listed = store.list_projects(&upstream()).await.unwrap();
        let names: Vec<_> = listed.iter().map(|entry| entry.project.as_str()).collect();
        assert_eq!(names, ["a-b", "a.b", "a_b", "ab", "nope", "zope"], "in the order of bytes, on any server");
        assert_eq!(listed[4].state, PageState::Absent);
        assert_eq!(store.page_counts().await.unwrap(), [PageCount { upstream: upstream(), present: 5, absent: 1 }]);
    }

    async fn pages_saved_together_are_all_there_or_none(store) {
        let (first, mut second) = (page(&[(WHEEL, "a")]), page(&[("click-8.0.tar.gz", "b")]));
        second.project = project("click");
        let mut wrong = second.clone();
        wrong.files.push(("x".repeat(501), wrong.files[0].1));
        store.save_pages(&[(&first, at(10)), (&wrong, at(10))]).await.unwrap_err();
        assert_eq!(store.page(&upstream(), &project("six")).await.unwrap(), None);
        let seen = store.save_pages(&[(&first, at(20)), (&second, at(30))]).await.unwrap();
        assert_eq!(seen.iter().map(|files| files[0].first_seen).collect::<Vec<_>>(), [at(20), at(30)]);
        for name in ["six", "click"] {
            assert!(store.page(&upstream(), &project(name)).await.unwrap().is_some(), "{name}");
        }
    }

    async fn a_page_and_its_job_are_saved_together_or_not_at_all(store) {
        let mut tx = store.begin().await.unwrap();
        tx.save_page(&page(&[(WHEEL, "a")]), at(10)).await.unwrap();
        tx.enqueue(&job("metadata", WHEEL), at(10)).await.unwrap();
        drop(tx);
        assert_eq!(store.page(&upstream(), &project("six")).await.unwrap(), None);
        assert_eq!(store.seen_files(&upstream(), &project("six")).await.unwrap(), []);
        assert_eq!(store.job_counts().await.unwrap(), []);
        let mut tx = store.begin().await.unwrap();
        tx.save_page(&page(&[(WHEEL, "a")]), at(10)).await.unwrap();
        tx.enqueue(&job("metadata", WHEEL), at(10)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.seen_files(&upstream(), &project("six")).await.unwrap().len(), 1);
        assert_eq!(store.job_counts().await.unwrap()[0].ready, 1);
    }
}
