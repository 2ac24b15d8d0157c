use super::*;
use crate::{NameList, both_databases};

both_databases! {
    async fn a_setting_is_set_and_replaced(store) {
        assert_eq!(store.setting("instance").await.unwrap(), None);
        store.set_setting("instance", "a").await.unwrap();
        store.set_setting("instance", "b").await.unwrap();
        assert_eq!(store.setting("instance").await.unwrap().as_deref(), Some("b"));
    }

    async fn only_the_first_initial_value_counts(store) {
        assert_eq!(store.setting_or("instance", "first").await.unwrap(), "first");
        assert_eq!(store.reopen().await.setting_or("instance", "second").await.unwrap(), "first");
    }

    async fn what_was_not_committed_did_not_happen(store) {
        let mut tx = store.begin().await.unwrap();
        tx.set_setting("instance", "a").await.unwrap();
        drop(tx);
        assert_eq!(store.setting("instance").await.unwrap(), None);
        store.ping().await.unwrap();
    }

    async fn a_list_of_names_is_replaced(store) {
        assert_eq!(store.name_list(&upstream()).await.unwrap(), None);
        assert!(!store.touch_name_list(&upstream(), at(0)).await.unwrap());
        for (etag, count) in [(Some("\"a\""), 600_000), (None, 600_001)] {
            let list = NameList {
                etag: etag.map(str::to_owned),
                checked: at(1),
                blob: sha("names"),
                count,
            };
            store.put_name_list(&upstream(), &list).await.unwrap();
            assert_eq!(store.name_list(&upstream()).await.unwrap(), Some(list));
        }
        assert!(store.touch_name_list(&upstream(), at(2)).await.unwrap());
        assert_eq!(store.name_list(&upstream()).await.unwrap().unwrap().checked, at(2));
    }
}
