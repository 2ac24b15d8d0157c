//! Prometheus metrics.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use packhouse_app::Status;
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// What a request was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// A page of the Simple API.
    Page,
    /// A file or what stands beside it.
    File,
    /// The JSON API.
    Json,
    /// A page for people.
    Human,
    /// Health and metrics.
    Probe,
}

impl Class {
    /// All of them, in the order of their numbers.
    const ALL: [Self; 5] = [Self::Page, Self::File, Self::Json, Self::Human, Self::Probe];

    fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::File => "file",
            Self::Json => "json",
            Self::Human => "human",
            Self::Probe => "probe",
        }
    }

    pub(crate) fn of(path: &str) -> Self {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        match first {
            "files" => Self::File,
            "simple" => Self::Page,
            "pypi" if path.contains("/simple") => Self::Page,
            "pypi" | "api" => Self::Json,
            "healthz" | "metrics" => Self::Probe,
            _ => Self::Human,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    class: &'static str,
    status: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClassLabel {
    class: &'static str,
}

/// The registry is a value, so that servers in one process do not share it.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    usual: [Usual; Class::ALL.len()],
}

/// What nearly every answer of a class counts in, at hand without a look into a family.
struct Usual {
    ok: Counter,
    not_modified: Counter,
    seconds: Histogram,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// Seconds: from what memory gives to what a slow upstream takes.
const BUCKETS: [f64; 10] = [0.0001, 0.0005, 0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0];

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("packhouse");
        let requests = Family::<Labels, Counter>::default();
        let seconds = Family::<ClassLabel, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_seconds", "Time until the head of the answer", seconds.clone());
        let usual = Class::ALL.map(|class| {
            let class = class.word();
            let counter = |status: StatusCode| {
                requests.get_or_create(&Labels { class, status: status.as_u16() }).clone()
            };
            Usual {
                ok: counter(StatusCode::OK),
                not_modified: counter(StatusCode::NOT_MODIFIED),
                seconds: seconds.get_or_create(&ClassLabel { class }).clone(),
            }
        });
        Self { registry, requests, usual }
    }

    pub(crate) fn answered(&self, class: Class, status: StatusCode, took: Duration) {
        let usual = &self.usual[class as usize];
        match status {
            StatusCode::OK => usual.ok.inc(),
            StatusCode::NOT_MODIFIED => usual.not_modified.inc(),
            _ => self.requests.get_or_create(&Labels { class: class.word(), status: status.as_u16() }).inc(),
        };
        usual.seconds.observe(took.as_secs_f64());
    }

    /// The text that Prometheus reads, with the state of the cache.
    pub(crate) fn text(&self, status: &Status) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        // Read at this moment rather than counted along: they stand in the database or in the application.
        let end = text.rfind("# EOF").unwrap_or(text.len());
        text.truncate(end);
        let numbers = [
            ("cache_projects", "gauge", "Projects whose pages are kept", status.projects),
            ("cache_files", "gauge", "Files kept", status.files),
            ("cache_bytes", "gauge", "Bytes of files kept", status.bytes),
            ("cache_limit_bytes", "gauge", "Bytes of files kept at most", status.limit),
            ("file_hits", "counter", "Files handed out from the cache", status.hits),
            ("file_misses", "counter", "Files fetched from the upstream", status.misses),
            ("jobs_waiting", "gauge", "Jobs that wait or run", status.jobs),
            ("downloads", "gauge", "Downloads under way", status.downloads),
        ];
        for (name, kind, help, value) in numbers {
            let total = if kind == "counter" { "_total" } else { "" };
            text.push_str(&format!(
                "# HELP packhouse_{name} {help}.\n# TYPE packhouse_{name} {kind}\npackhouse_{name}{total} {value}\n"
            ));
        }
        text.push_str("# HELP packhouse_upstream_failures Failures in a row.\n# TYPE packhouse_upstream_failures gauge\n");
        for upstream in &status.upstreams {
            let failures = upstream.health.index.consecutive_failures;
            text.push_str(&format!(
                "packhouse_upstream_failures{{upstream=\"{}\"}} {failures}\n",
                upstream.name
            ));
        }
        text.push_str("# EOF\n");
        Ok(text)
    }
}
