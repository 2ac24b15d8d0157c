use http::Uri;
use http::header::CONTENT_TYPE;
use packhouse_distribution::Release;
use packhouse_pypi::Version;

use super::Failed;
use super::answer::bad_request;
use crate::Server;
use crate::routes::{cut, project_named};

/// Values of one request's query.
const MOST: usize = 1_000;

/// The query of a request: names may repeat, and one that the route does not know is an error, not silence.
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads the query, in which only `known` names may stand.
    pub(crate) fn read(uri: &Uri, known: &[&str]) -> Result<Self, Failed> {
        let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let pairs: Vec<(String, String)> = pairs.take(MOST + 1).map(|(k, v)| (k.into(), v.into())).collect();
        if pairs.len() > MOST {
            return Err(bad_request(format!("The query has more than {MOST} values.")));
        }
        match pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) if known.is_empty() => {
                Err(bad_request(format!("The query names {:?}; nothing can be asked here.", cut(name))))
            }
            Some((name, _)) => Err(bad_request(format!(
                "The query names {:?}; what can be asked here is {}.",
                cut(name),
                known.join(", ")
            ))),
            None => Ok(Self(pairs)),
        }
    }

    /// The value of that name, if it is given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every value of that name, in order.
    pub(crate) fn all<'p>(&'p self, name: &'static str) -> impl Iterator<Item = &'p str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A number; `default` when it is not given.
    pub(crate) fn number(&self, name: &str, default: u64) -> Result<u64, Failed> {
        self.get(name).map_or(Ok(default), |text| {
            text.parse()
                .map_err(|_| bad_request(format!("{name}: expected a number; found {:?}.", cut(text))))
        })
    }

    /// A number of items: from 1 to `most`.
    pub(crate) fn limit(&self, default: u64, most: u64) -> Result<usize, Failed> {
        match self.number("limit", default)? {
            limit if (1..=most).contains(&limit) => Ok(limit as usize),
            other => Err(bad_request(format!("limit: expected 1 to {most}; found {other}."))),
        }
    }

    /// A release such as `flask==3.1.0`.
    pub(crate) fn release(&self, name: &str) -> Result<Option<Release>, Failed> {
        let read = self.get(name).map(str::parse).transpose();
        read.map_err(|error| bad_request(format!("{name}: {error}.")))
    }
}

/// A release from two parts of a path.
pub(crate) fn release_named(project: &str, version: &str) -> Result<Release, Failed> {
    let project = project_named(project)?;
    let version = Version::parse(version)
        .map_err(|_| super::not_found(format!("{:?} is no version (PEP 440).", cut(version))))?;
    Ok(Release::new(project, version))
}

/// The body of a request, of at most `limits.body-size` bytes.
pub(crate) async fn body(server: &Server, body: axum::body::Body) -> Result<bytes::Bytes, Failed> {
    body_up_to(server.packhouse.settings.limits.body_size, body).await
}

/// The body of a request, of at most so many bytes.
pub(crate) async fn body_up_to(limit: u64, body: axum::body::Body) -> Result<bytes::Bytes, Failed> {
    axum::body::to_bytes(body, usize::try_from(limit).unwrap_or(usize::MAX)).await.map_err(|_| {
        let detail = format!("The body is longer than {limit} bytes, or did not come whole.");
        Failed::Request(http::StatusCode::PAYLOAD_TOO_LARGE, "Body too large", detail)
    })
}

/// Refuses a body that says to be something else than `expected`; saying nothing is fine.
///
/// Attack: a form on somebody's page cannot send `application/json` without the browser asking here first.
pub(crate) fn content_type(headers: &http::HeaderMap, expected: &[&str]) -> Result<(), Failed> {
    let Some(given) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let given = given.to_str().unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if expected.contains(&essence.as_str()) {
        return Ok(());
    }
    let detail = format!("The body is said to be {:?}; expected {}.", cut(given), expected.join(" or "));
    Err(Failed::Request(http::StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", detail))
}
