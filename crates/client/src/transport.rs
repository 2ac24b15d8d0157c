//! Requests and answers.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::address::Address;
use crate::error::{ClientError, Problem};

/// The largest document that is read, in bytes: the differences of 10,000 files have a few MB.
const LARGEST: usize = 256 << 20;
/// A plan of a large suite takes its time; a server that says nothing for this long is gone.
const PATIENCE: Duration = Duration::from_secs(300);
const CONNECT: Duration = Duration::from_secs(10);

/// A document, as it came and as it reads.
#[derive(Debug, Clone)]
pub struct Fetched<T> {
    /// What this crate reads of it.
    pub document: T,
    /// All of it.
    pub json: Value,
}

/// A connection to one server.
#[derive(Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
    server: Address,
    token: Option<HeaderValue>,
}

impl Transport {
    pub(crate) fn new(server: Address, token: Option<&str>) -> Result<Self, ClientError> {
        // A second time it is an error, and the first provider stays: that is what is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("packhouse/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build()
            .map_err(ClientError::Setup)?;
        let token = token.and_then(|token| {
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim())).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        Ok(Self { http, server, token })
    }

    pub(crate) fn server(&self) -> &Address {
        &self.server
    }

    fn request(&self, method: Method, path: &[&str], query: &[(&str, &str)]) -> RequestBuilder {
        let mut url: Url = self.server.of(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url);
        if let Some(token) = &self.token {
            request = request.header(reqwest::header::AUTHORIZATION, token.clone());
        }
        request
    }

    fn unreachable(&self, source: reqwest::Error) -> ClientError {
        // The address stands in the message already, and a query is nobody's business.
        ClientError::Unreachable { server: self.server.to_string(), source: source.without_url() }
    }

    fn unexpected(&self, what: impl Into<String>) -> ClientError {
        ClientError::Unexpected { server: self.server.to_string(), what: what.into() }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = request.send().await.map_err(|source| self.unreachable(source))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let problem = response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
        let body = self.body(response).await?;
        let read = problem.then(|| serde_json::from_slice::<Problem>(&body).ok()).flatten();
        match read {
            Some(problem) => Err(ClientError::Refused(Problem { status: status.as_u16(), ..problem })),
            None => Err(self.unexpected(format!("status {status}"))),
        }
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, ClientError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|source| self.unreachable(source))? {
            if body.len() + chunk.len() > LARGEST {
                return Err(self.unexpected(format!("more than {LARGEST} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    async fn document<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<Fetched<T>, ClientError> {
        let response = self.send(request).await?;
        let body = self.body(response).await?;
        let json: Value =
            serde_json::from_slice(&body).map_err(|error| self.unexpected(format!("no JSON: {error}")))?;
        let document = T::deserialize(&json).map_err(|error| self.unexpected(error.to_string()))?;
        Ok(Fetched { document, json })
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Fetched<T>, ClientError> {
        self.document(self.request(Method::GET, path, query)).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        content_type: &'static str,
        body: Vec<u8>,
    ) -> Result<Fetched<T>, ClientError> {
        self.post_asking(path, &[], content_type, body).await
    }

    pub(crate) async fn post_asking<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        content_type: &'static str,
        body: Vec<u8>,
    ) -> Result<Fetched<T>, ClientError> {
        let request = self.request(Method::POST, path, query).header(CONTENT_TYPE, content_type);
        self.document(request.body(body)).await
    }

    /// Hands on at most `most` bytes; whether that was all.
    pub(crate) async fn stream(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        most: u64,
        each: &mut (dyn FnMut(&[u8]) + Send),
    ) -> Result<bool, ClientError> {
        let mut response = self.send(self.request(Method::GET, path, query)).await?;
        let mut left = most;
        while let Some(chunk) = response.chunk().await.map_err(|source| self.unreachable(source))? {
            if chunk.len() as u64 > left {
                each(&chunk[..usize::try_from(left).unwrap_or(0)]);
                return Ok(false);
            }
            left -= chunk.len() as u64;
            each(&chunk);
        }
        Ok(true)
    }
}
