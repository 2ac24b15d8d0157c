use super::*;
use crate::{Inspection, InspectionCount, KnownFiles, both_databases};

fn seen(rule_set: &str, verdict: &str, told: Option<&str>) -> Inspection {
    Inspection {
        filename: "six-1.0-py3-none-any.whl".to_owned(),
        rule_set: rule_set.to_owned(),
        verdict: verdict.to_owned(),
        told: told.map(str::to_owned),
        base: Some(sha("before")),
        made: at(10),
        report: vec![0, 255, 7],
    }
}

both_databases! {
    async fn what_was_seen_comes_back_and_the_last_word_counts(store) {
        assert_eq!(store.inspection(sha("a")).await.unwrap(), None);
        let block = seen("r1", "block", Some("{\"rule\":\"S04\"}"));
        store.put_inspection(sha("a"), &block).await.unwrap();
        assert_eq!(store.inspection(sha("a")).await.unwrap(), Some(block));
        let pass = Inspection { base: None, made: at(20), ..seen("r2", "pass", None) };
        store.put_inspection(sha("a"), &pass).await.unwrap();
        assert_eq!(store.inspection(sha("a")).await.unwrap(), Some(pass));
    }

    async fn what_weighs_is_asked_for_at_once(store) {
        store.put_inspection(sha("a"), &seen("r1", "block", Some("{}"))).await.unwrap();
        store.put_inspection(sha("b"), &seen("r1", "pass", None)).await.unwrap();
        let known = store.known_files(&upstream(), &[sha("a"), sha("b"), sha("c")]).await.unwrap();
        assert_eq!(known, KnownFiles { told: vec![(sha("a"), "{}".to_owned())], ..KnownFiles::default() });
        let counts = store.inspection_counts().await.unwrap();
        let count = |verdict: &str| InspectionCount { verdict: verdict.to_owned(), files: 1 };
        assert_eq!(counts, [count("block"), count("pass")]);
    }

    async fn results_by_other_rules_are_found_page_by_page(store) {
        for (name, rules) in [("a", "r1"), ("b", "r2"), ("c", ""), ("d", "r1")] {
            store.put_inspection(sha(name), &seen(rules, "pass", None)).await.unwrap();
        }
        let mut stale = Vec::new();
        let mut after = None;
        loop {
            let page = store.stale_inspections("r2", after, 2).await.unwrap();
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            stale.extend(page.into_iter().map(|(file, _)| file));
        }
        let mut expected = vec![sha("a"), sha("c"), sha("d")];
        expected.sort();
        assert_eq!(stale, expected);
    }
}
