mod breaker;
mod credentials;
mod discover;
mod documents;
mod files;
mod limits;
mod ranges;
mod retries;
mod server;

use std::time::Duration;

use packhouse_model::ProjectName;
use server::Server;

use crate::{Document, PageReply, SafeUrl, UpstreamClient, UpstreamConfig, UpstreamError};

/// A client of the server, patient enough that only what a test wants to be late is late.
fn client(server: &Server, change: impl FnOnce(&mut UpstreamConfig)) -> UpstreamClient {
    client_of(&server.url("/simple/"), change)
}

fn client_of(simple_url: &str, change: impl FnOnce(&mut UpstreamConfig)) -> UpstreamClient {
    let mut config = UpstreamConfig::new("main".parse().unwrap(), simple_url.parse().unwrap());
    config.proxy_from_environment = false;
    config.backoff = Duration::from_millis(1);
    config.request_timeout = Duration::from_mins(1);
    config.idle_timeout = Duration::from_mins(1);
    change(&mut config);
    UpstreamClient::new(config).unwrap()
}

fn six() -> ProjectName {
    ProjectName::from_canonical("six")
}

fn url(text: &str) -> SafeUrl {
    text.parse().unwrap()
}

async fn page(client: &UpstreamClient) -> Result<PageReply, UpstreamError> {
    client.page(&six(), &crate::Validators::default()).await
}

fn document(reply: PageReply) -> Document {
    match reply {
        PageReply::Page(document) => document,
        other => panic!("{other:?}"),
    }
}
