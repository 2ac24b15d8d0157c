//! What somebody from outside cannot make the server take for its own word.

use std::sync::Arc;

use packhouse_app::config::Config;
use packhouse_app::{LedgerError, Packhouse, SystemClock};
use packhouse_distribution::act::Found;
use packhouse_distribution::entry;
use packhouse_distribution::state::Refused;
use packhouse_trust::{Envelope, SecretKey, Signer as _};

#[tokio::test]
async fn nobody_founds_a_distribution_from_outside() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = Config { data: folder.path().to_owned(), ..Config::default() };
    let packhouse = Packhouse::open(
        config,
        "http://127.0.0.1:9/simple/",
        "http://127.0.0.1:9".to_owned(),
        Arc::new(SystemClock),
    )
    .await
    .expect("an empty folder opens");
    let key = SecretKey::from_seed(&[7; 32]);
    let found = Found { name: "Mine".to_owned(), server_key: key.public_key().to_openssh("") };
    let statement = entry::founding(&found, packhouse.now());
    let envelope = Envelope::sign(statement.to_bytes().expect("a statement"), &key).expect("an envelope");
    let refused = packhouse.submit(&envelope.to_bytes()).await.expect_err("it is refused");
    assert!(matches!(&refused, LedgerError::Refused(Refused::Right { act: "found", .. })), "{refused:?}");
    assert!(packhouse.distribution().distribution().is_none());
    packhouse.close().await;
}
