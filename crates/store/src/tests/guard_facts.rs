use super::*;
use crate::{
    AdvisorySource, FactChanges, NameConfirmation, NewAdvisory, NewHandOut, SeenPublisher, both_databases,
};

fn word(name: &str, original: &str) -> NameConfirmation {
    NameConfirmation {
        project: project(name),
        original: original.to_owned(),
        reason: "a fork that is known".to_owned(),
        author: "ada".to_owned(),
        at: at(1),
    }
}

fn advisory(id: &str, modified: i64, projects: &[&str]) -> NewAdvisory {
    NewAdvisory {
        id: id.to_owned(),
        source: "file".to_owned(),
        modified: at(modified),
        withdrawn: None,
        malware: id.starts_with("MAL-"),
        summary: format!("{id} of {modified}"),
        document: vec![1, 2, 3],
        projects: projects.iter().map(|name| ("PyPI".to_owned(), project(name))).collect(),
    }
}

both_databases! {
    async fn a_word_about_a_name_stays_and_is_told_to_others(store) {
        let before = store.last_fact_change().await.unwrap();
        store.confirm_name(&word("reqeusts", "requests")).await.unwrap();
        assert_eq!(store.name_confirmations_of(&project("reqeusts")).await.unwrap(), [word("reqeusts", "requests")]);
        assert_eq!(store.name_confirmations_of(&project("six")).await.unwrap(), []);
        let changes = store.fact_changes(before).await.unwrap();
        assert_eq!(changes, FactChanges { last: before + 1, projects: vec![project("reqeusts")], everything: false });
        assert_eq!(store.fact_changes(changes.last).await.unwrap().projects, []);
        assert!(store.retract_name(&project("reqeusts"), "requests").await.unwrap());
        assert!(!store.retract_name(&project("reqeusts"), "requests").await.unwrap());
        assert_eq!(store.name_confirmations().await.unwrap(), []);
    }

    async fn names_that_were_there_before_concern_every_project(store) {
        store.establish_names(&[project("six"), project("seven"), project("six")]).await.unwrap();
        store.establish_names(&[project("six")]).await.unwrap();
        assert_eq!(store.established_names().await.unwrap(), 2);
        assert!(store.is_established_name(&project("six")).await.unwrap());
        assert!(!store.is_established_name(&project("eight")).await.unwrap());
        assert!(store.fact_changes(0).await.unwrap().everything);
    }

    async fn of_two_copies_of_an_advisory_the_newer_stays(store) {
        let first = [advisory("MAL-1", 10, &["six", "evil"]), advisory("PYSEC-1", 10, &["six"])];
        assert_eq!(store.put_advisories(&first, at(20)).await.unwrap(), 2);
        let mark = store.last_fact_change().await.unwrap();
        assert_eq!(store.put_advisories(&[advisory("MAL-1", 10, &["other"])], at(21)).await.unwrap(), 0);
        assert_eq!(store.last_fact_change().await.unwrap(), mark);
        assert_eq!(store.put_advisories(&[advisory("MAL-1", 11, &["evil"])], at(22)).await.unwrap(), 1);
        let changed = store.fact_changes(mark).await.unwrap().projects;
        assert_eq!(changed, [project("evil"), project("six")], "what it no longer names changed, too");
        let ids = |rows: Vec<crate::AdvisoryRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!(ids(store.advisories_of("PyPI", &project("six")).await.unwrap()), ["PYSEC-1"]);
        assert_eq!(ids(store.advisories_of("PyPI", &project("evil")).await.unwrap()), ["MAL-1"]);
        assert_eq!(ids(store.advisories_of("npm", &project("evil")).await.unwrap()), [""; 0]);
        assert_eq!(ids(store.advisories(false, 10, 0).await.unwrap()), ["MAL-1", "PYSEC-1"]);
        assert_eq!(ids(store.advisories(true, 10, 0).await.unwrap()), ["MAL-1"]);
        assert_eq!(store.count_advisories().await.unwrap(), (2, 1));
        assert_eq!(store.advisory_ids("file").await.unwrap().len(), 2);
    }

    async fn what_is_withdrawn_or_removed_no_longer_speaks_of_a_project(store) {
        store.put_advisories(&[advisory("MAL-1", 10, &["six"]), advisory("MAL-2", 10, &["six"])], at(20)).await.unwrap();
        let withdrawn = NewAdvisory { withdrawn: Some(at(30)), ..advisory("MAL-1", 30, &["six"]) };
        store.put_advisories(&[withdrawn], at(31)).await.unwrap();
        let mark = store.last_fact_change().await.unwrap();
        store.remove_advisories(&["MAL-2".to_owned(), "MAL-9".to_owned()]).await.unwrap();
        assert_eq!(store.fact_changes(mark).await.unwrap().projects, [project("six")]);
        assert_eq!(store.advisories_of("PyPI", &project("six")).await.unwrap(), []);
        let every = store.every_advisory_of("PyPI", &project("six")).await.unwrap();
        assert_eq!(every.iter().map(|row| (row.id.as_str(), row.withdrawn)).collect::<Vec<_>>(), [("MAL-1", Some(at(30)))]);
        assert!(store.advisory("MAL-2").await.unwrap().is_none());
    }

    async fn a_source_is_remembered_with_how_it_went(store) {
        let mut source = AdvisorySource {
            name: "http://127.0.0.1/all.zip".to_owned(),
            etag: Some("\"a\"".to_owned()),
            last_modified: None,
            checked: at(1),
            updated: Some(at(1)),
            problem: None,
        };
        store.put_advisory_source(&source).await.unwrap();
        source.checked = at(2);
        source.problem = Some("it answered 500".to_owned());
        store.put_advisory_source(&source).await.unwrap();
        assert_eq!(store.advisory_sources().await.unwrap(), [source]);
    }

    async fn what_goes_out_is_added_up_and_clients_are_forgotten(store) {
        let to = |client: &str, last: i64| NewHandOut {
            sha256: sha("six"),
            client: client.to_owned(),
            agent: if client.is_empty() { String::new() } else { "pip".to_owned() },
            last: at(last),
            times: 2,
        };
        store.note_hand_outs(&[to("", 10), to("192.0.2.1", 10)]).await.unwrap();
        store.note_hand_outs(&[to("192.0.2.1", 30), to("192.0.2.2", 20)]).await.unwrap();
        let rows = store.hand_outs_of(sha("six")).await.unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.what.client.as_str(), row.first, row.what.last, row.what.times)).collect();
        let expected = [("", at(10), at(10), 2), ("192.0.2.1", at(10), at(30), 4), ("192.0.2.2", at(20), at(20), 2)];
        assert_eq!(told, expected);
        assert_eq!(store.forget_clients(at(25)).await.unwrap(), 1);
        assert_eq!(store.hand_outs_of(sha("six")).await.unwrap().len(), 2, "what went out is never forgotten");
        assert_eq!(store.hand_outs_of(sha("seven")).await.unwrap(), []);
    }

    async fn what_was_shown_first_of_a_version_stays(store) {
        let shown = |text: &str| SeenPublisher { version: "1.0".to_owned(), seen: at(1), shown: text.to_owned() };
        store.keep_publishers(&upstream(), &project("six"), &[shown("a")]).await.unwrap();
        store.keep_publishers(&upstream(), &project("six"), &[shown("b")]).await.unwrap();
        assert_eq!(store.seen_publishers(&upstream(), &project("six")).await.unwrap(), [shown("a")]);
        assert_eq!(store.seen_publishers(&upstream(), &project("seven")).await.unwrap(), []);
    }

    async fn what_a_file_newly_needs_is_found_once_for_each_upstream(store) {
        let files = [sha("a"), sha("b")];
        store.keep_needs(&upstream(), sha("a"), "[1]", at(1)).await.unwrap();
        store.keep_needs(&upstream(), sha("a"), "[2]", at(2)).await.unwrap();
        assert_eq!(store.needs_of(&upstream(), sha("a")).await.unwrap().as_deref(), Some("[1]"));
        assert_eq!(store.known_files(&upstream(), &files).await.unwrap().needs, [(sha("a"), "[1]".to_owned())]);
        let other: UpstreamName = "other".parse().unwrap();
        assert_eq!(store.needs_of(&other, sha("a")).await.unwrap(), None);
        assert_eq!(store.known_files(&other, &files).await.unwrap().needs, []);
    }
}
