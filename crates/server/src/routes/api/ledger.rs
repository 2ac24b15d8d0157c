use std::io;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use packhouse_app::Packhouse;
use packhouse_model::Sha256;
use serde::Serialize;
use serde_json::Value;

use super::distribution::HeadDocument;
use super::params::{body, content_type};
use super::{ApiAnswer, Params, created, json};
use crate::headers::with;
use crate::http::EdgeBody;
use crate::routes::{App, here, routed};

/// Entries of one answer.
const MOST: u64 = 500;
/// Entries of an export that are read at once.
const BATCH: u32 = 200;
/// What statements are sent as.
const ENVELOPES: &[&str] = &["application/vnd.dsse.envelope.v1+json", "application/json"];

#[derive(Serialize)]
struct Page {
    entries: Vec<EntryDocument>,
    more: bool,
    head: HeadDocument,
}

#[derive(Serialize)]
struct EntryDocument {
    number: u64,
    previous: Sha256,
    hash: Sha256,
    envelope: Value,
}

#[derive(Serialize)]
struct SubmittedDocument<'a> {
    number: u64,
    hash: Sha256,
    act: &'a str,
    by: String,
    head: HeadDocument,
}

/// `GET ledger`.
pub(super) async fn list(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["after", "limit"])?;
    let after = params.number("after", 0)?;
    let limit = params.limit(100, MOST)?;
    let head = server.packhouse.catch_up().await?;
    let recorded = server.packhouse.ledger_after(after, limit as u32).await?;
    let last = recorded.last().map_or(after, |one| one.entry.number());
    let entries = recorded.iter().map(|one| EntryDocument {
        number: one.entry.number(),
        previous: one.entry.previous(),
        hash: one.hash,
        // An entry is an envelope, or the ledger would not have taken it.
        envelope: serde_json::from_slice(one.entry.envelope_bytes()).unwrap_or_default(),
    });
    json(&headers, &Page { entries: entries.collect(), more: last < head.number, head: head.into() })
}

/// `GET ledger/export`: byte for byte, so that hashes and signatures can be checked elsewhere.
pub(super) async fn export(app: App, uri: Uri) -> ApiAnswer {
    let server = here(app)?;
    let after = Params::read(&uri, &["after"])?.number("after", 0)?;
    let packhouse = server.packhouse.clone();
    // The first batch before the headers: a ledger that cannot be read is an error, and not a short export.
    let first = server.packhouse.ledger_after(after, BATCH).await?;
    let lines = stream::try_unfold((packhouse, Some(first)), |(packhouse, batch)| async move {
        let Some(batch) = batch else { return Ok(None) };
        let text: String = batch.iter().map(packhouse_trust::Recorded::to_line).collect();
        let next = match batch.last() {
            Some(last) if batch.len() == BATCH as usize => {
                Some(next_batch(&packhouse, last.entry.number()).await?)
            }
            _ => None,
        };
        Ok::<_, io::Error>(Some((Bytes::from(text), (packhouse, next))))
    });
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(routed(with(StatusCode::OK, headers, EdgeBody::stream(lines, None))))
}

async fn next_batch(packhouse: &Packhouse, after: u64) -> io::Result<Vec<packhouse_trust::Recorded>> {
    packhouse.ledger_after(after, BATCH).await.map_err(|error| {
        tracing::error!(error = %packhouse_app::error_chain(&error), "an export was cut off");
        io::Error::other("the ledger cannot be read on")
    })
}

/// `POST ledger`.
pub(super) async fn submit(app: App, uri: Uri, headers: HeaderMap, sent: Body) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    content_type(&headers, ENVELOPES)?;
    let envelope = body(&server, sent).await?;
    let submitted = server.packhouse.submit(&envelope).await?;
    let document = SubmittedDocument {
        number: submitted.entry.number,
        hash: submitted.entry.hash,
        act: submitted.entry.act.word(),
        by: submitted.entry.by.to_string(),
        head: submitted.head.into(),
    };
    created(StatusCode::CREATED, &document)
}
