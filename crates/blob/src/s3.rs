//! The client of an S3-compatible object store.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{ClientConfigKey, ObjectStore, RetryConfig};

use crate::BlobError;

/// How often the client tries again, on broken connections and 5xx, and until when. A client of ours waits meanwhile.
const TRIES: usize = 3;
const TRYING: Duration = Duration::from_secs(10);
/// Without a byte for so long, a request has failed.
const SILENCE: &str = "30s";
/// A request as a whole: a large file on its way to a slow client takes its time, and [`SILENCE`] ends one that hangs.
const LONGEST: &str = "1day";

/// `bucket` with what `builder` knows of the region, the endpoint and the credentials. Asks nothing yet.
pub(crate) fn objects(builder: AmazonS3Builder, bucket: &str) -> Result<Arc<dyn ObjectStore>, BlobError> {
    // The client takes the process's provider; a second install is refused, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let retry = RetryConfig { max_retries: TRIES, retry_timeout: TRYING, ..RetryConfig::default() };
    builder
        .with_bucket_name(bucket)
        .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::ReadTimeout), SILENCE)
        .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), LONGEST)
        .with_retry(retry)
        .build()
        .map(|objects| Arc::new(objects) as Arc<dyn ObjectStore>)
        .map_err(|source| BlobError::objects("open", &bucket, source))
}
