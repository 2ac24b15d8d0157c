use super::*;
use crate::{PeerMark, StateChange, StateRow, both_databases};

fn mark(number: u64) -> PeerMark {
    PeerMark {
        distribution: sha("first"),
        number,
        hash: sha(&format!("entry {number}")),
        format: 2,
        bytes: number * 100,
    }
}

fn change(key: &str, value: Option<&str>) -> StateChange {
    StateChange { kind: "review".to_owned(), key: key.to_owned(), value: value.map(str::to_owned) }
}

fn rows(rows: &[(&str, &str)]) -> Vec<StateRow> {
    let row = |(key, value): &(&str, &str)| StateRow {
        kind: "review".to_owned(),
        key: (*key).to_owned(),
        value: (*value).to_owned(),
    };
    rows.iter().map(row).collect()
}

both_databases! {
    async fn a_peer_is_read_on_from_what_was_kept(store) {
        assert_eq!(store.peer_mark("elsewhere").await.unwrap(), None);
        let all = [change("1", Some("a")), change("2", Some("b"))];
        assert!(store.keep_peer("elsewhere", None, &mark(2), &all).await.unwrap());
        let more = [change("2", None), change("3", Some("c"))];
        assert!(store.keep_peer("elsewhere", Some(&mark(2)), &mark(3), &more).await.unwrap());
        let store = store.reopen().await;
        assert_eq!(store.peer_mark("elsewhere").await.unwrap(), Some(mark(3)));
        assert_eq!(store.peer_rows("elsewhere").await.unwrap(), rows(&[("1", "a"), ("3", "c")]));
        assert_eq!(store.peer_rows("another").await.unwrap(), []);
    }

    async fn who_comes_second_changes_nothing(store) {
        store.keep_peer("elsewhere", None, &mark(2), &[change("1", Some("a"))]).await.unwrap();
        assert!(store.keep_peer("elsewhere", Some(&mark(2)), &mark(3), &[]).await.unwrap());
        let late = [change("1", Some("other"))];
        assert!(!store.keep_peer("elsewhere", Some(&mark(2)), &mark(4), &late).await.unwrap());
        assert_eq!(store.peer_mark("elsewhere").await.unwrap(), Some(mark(3)));
        assert_eq!(store.peer_rows("elsewhere").await.unwrap(), rows(&[("1", "a")]));
        // All of it again, in the place of what was there.
        assert!(store.keep_peer("elsewhere", None, &mark(1), &[change("9", Some("z"))]).await.unwrap());
        assert_eq!(store.peer_rows("elsewhere").await.unwrap(), rows(&[("9", "z")]));
        store.forget_peer("elsewhere").await.unwrap();
        assert_eq!(store.peer_mark("elsewhere").await.unwrap(), None);
        assert_eq!(store.peer_rows("elsewhere").await.unwrap(), []);
    }
}
