use http::HeaderMap;

/// A request that has arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `GET`, `HEAD`, …
    pub method: String,
    /// The path as it stood on the wire, without the query.
    pub path: String,
    /// The query, empty when there was none.
    pub query: String,
    /// The request's headers.
    pub headers: HeaderMap,
}

impl Seen {
    /// A header's value, empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}
