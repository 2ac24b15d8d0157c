use super::*;
use crate::{KnownFiles, Metadata, MetadataBody, MetadataSource, both_databases};

fn found(text: &str) -> Metadata {
    Metadata {
        body: Some(MetadataBody { bytes: vec![0, 255, 7], sha256: sha(text), size: text.len() as u64 }),
        source: MetadataSource::Ranges,
        error: None,
    }
}

fn missing(error: &str) -> Metadata {
    Metadata { body: None, source: MetadataSource::Ranges, error: Some(error.to_owned()) }
}

both_databases! {
    async fn metadata_comes_back_as_it_was_put(store) {
        assert_eq!(store.metadata(sha("wheel")).await.unwrap(), None);
        assert!(store.put_metadata(sha("wheel"), &found("Name: six"), at(10)).await.unwrap());
        assert_eq!(store.metadata(sha("wheel")).await.unwrap(), Some(found("Name: six")));
    }

    async fn a_failure_may_be_made_good_and_a_body_stays(store) {
        assert!(store.put_metadata(sha("wheel"), &missing("no METADATA\0"), at(10)).await.unwrap());
        assert_eq!(store.metadata(sha("wheel")).await.unwrap(), Some(missing("no METADATA\u{fffd}")));
        assert!(store.put_metadata(sha("wheel"), &found("Name: six"), at(20)).await.unwrap());
        assert!(!store.put_metadata(sha("wheel"), &found("Name: evil"), at(30)).await.unwrap());
        assert!(!store.put_metadata(sha("wheel"), &missing("gone"), at(40)).await.unwrap());
        assert_eq!(store.metadata(sha("wheel")).await.unwrap(), Some(found("Name: six")));
    }

    async fn the_whole_file_has_the_last_word(store) {
        store.put_metadata(sha("wheel"), &found("Name: evil"), at(10)).await.unwrap();
        let whole = Metadata { source: MetadataSource::File, ..found("Name: six") };
        assert!(store.put_metadata(sha("wheel"), &whole, at(20)).await.unwrap());
        assert!(!store.put_metadata(sha("wheel"), &found("Name: evil"), at(30)).await.unwrap());
        assert_eq!(store.metadata(sha("wheel")).await.unwrap(), Some(whole));
        let none = Metadata { source: MetadataSource::File, ..missing("no METADATA") };
        assert!(store.put_metadata(sha("wheel"), &none, at(40)).await.unwrap());
        assert_eq!(store.metadata(sha("wheel")).await.unwrap(), Some(none));
    }

    async fn digests_of_many_files_are_asked_for_at_once(store) {
        for name in ["a", "b", "c"] {
            store.put_metadata(sha(name), &found(name), at(10)).await.unwrap();
        }
        store.put_metadata(sha("d"), &missing("none"), at(10)).await.unwrap();
        let asked = [sha("a"), sha("c"), sha("d"), sha("e"), sha("a")];
        let mut digests = store.known_files(&upstream(), &asked).await.unwrap().metadata;
        digests.sort();
        let mut expected = vec![(sha("a"), Some(sha("a"))), (sha("c"), Some(sha("c"))), (sha("d"), None)];
        expected.sort();
        assert_eq!(digests, expected);
        assert_eq!(store.known_files(&upstream(), &[]).await.unwrap(), KnownFiles::default());
    }
}
