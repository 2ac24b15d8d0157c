use super::*;
use crate::{NewRefusal, RefusalFilter, RefusalId, both_databases};

fn refusal(name: &str, rule: &str) -> NewRefusal {
    NewRefusal {
        index: "default".parse().unwrap(),
        project: project(name),
        version: None,
        filename: None,
        sha256: None,
        rule: rule.to_owned(),
        sentence: format!("{name} is refused by {rule}"),
    }
}

fn of_file(name: &str, content: &str) -> NewRefusal {
    NewRefusal {
        version: Some("1.0".to_owned()),
        filename: Some(format!("{name}-1.0.tar.gz")),
        sha256: Some(sha(content)),
        ..refusal(name, "cooldown")
    }
}

both_databases! {
    async fn the_same_refusal_is_counted(store) {
        let ids = store.record_refusals(&[of_file("six", "a"), refusal("evil", "deny")], at(10)).await.unwrap();
        let again = NewRefusal { sentence: "five days to go\0".to_owned(), ..of_file("six", "a") };
        let later = store.record_refusals(&[again.clone(), of_file("six", "b"), again], at(20)).await.unwrap();
        assert_eq!((later[0], later[2]), (ids[0], ids[0]));
        assert!(!ids.contains(&later[1]));
        let counted = store.refusal(ids[0]).await.unwrap().unwrap();
        assert_eq!((counted.first, counted.last, counted.times), (at(10), at(20), 3));
        assert_eq!(counted.what, NewRefusal { sentence: "five days to go\u{fffd}".to_owned(), ..of_file("six", "a") });
        let other = store.refusal(ids[1]).await.unwrap().unwrap();
        assert_eq!((other.what, other.times), (refusal("evil", "deny"), 1));
        assert_eq!(store.refusal(RefusalId(999_999)).await.unwrap(), None);
    }

    async fn each_part_of_the_key_tells_refusals_apart(store) {
        let base = of_file("six", "a");
        let all = [
            base.clone(),
            NewRefusal { index: "team".parse().unwrap(), ..base.clone() },
            NewRefusal { project: project("seven"), ..base.clone() },
            NewRefusal { version: None, ..base.clone() },
            NewRefusal { filename: None, ..base.clone() },
            NewRefusal { sha256: None, ..base.clone() },
            NewRefusal { rule: "deny".to_owned(), ..base.clone() },
            NewRefusal { sentence: "other words".to_owned(), ..base },
        ];
        let mut ids = store.record_refusals(&all, at(10)).await.unwrap();
        assert_eq!(ids[0], ids[7]);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 7);
    }

    async fn the_list_is_filtered_and_cut_into_pages(store) {
        for (second, name, rule) in [(1, "a", "deny"), (2, "b", "cooldown"), (3, "c", "deny"), (4, "a", "cooldown")] {
            store.record_refusals(&[refusal(name, rule)], at(second)).await.unwrap();
        }
        store.record_refusals(&[], at(5)).await.unwrap();
        let none = RefusalFilter::default();
        let deny = RefusalFilter { rule: Some("deny".to_owned()), ..RefusalFilter::default() };
        let of_a = RefusalFilter { project: Some(project("a")), ..RefusalFilter::default() };
        let team = RefusalFilter { index: Some("team".parse().unwrap()), ..RefusalFilter::default() };
        for (filter, limit, offset, expected, total) in [
            (&none, 10, 0, vec![4, 3, 2, 1], 4),
            (&none, 2, 1, vec![3, 2], 4),
            (&none, 2, 9, vec![], 4),
            (&deny, 10, 0, vec![3, 1], 2),
            (&of_a, 10, 0, vec![4, 1], 2),
            (&team, 10, 0, vec![], 0),
        ] {
            let found = store.refusals(filter, limit, offset).await.unwrap();
            let seconds: Vec<_> = found.refusals.iter().map(|refusal| refusal.last).collect();
            assert_eq!(seconds, expected.into_iter().map(at).collect::<Vec<_>>(), "{filter:?}");
            assert_eq!(found.total, total);
        }
    }

    async fn a_number_is_never_given_out_twice(store) {
        let first = store.record_refusals(&[refusal("a", "deny")], at(1)).await.unwrap();
        assert_eq!(store.prune_refusals(at(1)).await.unwrap(), 0);
        assert_eq!(store.prune_refusals(at(2)).await.unwrap(), 1);
        assert_ne!(store.record_refusals(&[refusal("b", "deny")], at(3)).await.unwrap(), first);
    }
}
