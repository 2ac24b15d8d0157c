use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986 section 2.3.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A link with its words.
#[derive(Debug, Clone)]
pub struct Link {
    /// The text.
    pub label: String,
    /// A path on this server.
    pub href: String,
    /// Whether it leads to where the reader is.
    pub current: bool,
}

/// One segment of a path or one value of a query, percent-encoded.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// A path with the parts of the query that have a value.
pub(crate) fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let mut link = path.to_owned();
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        link.push(if link.contains('?') { '&' } else { '?' });
        link.push_str(name);
        link.push('=');
        link.push_str(&encode(value));
    }
    link
}

/// The query value for an index: nothing for the one that every page shows by default.
fn chosen(index: &str) -> &str {
    if index == "default" { "" } else { index }
}

/// The page of a project in an index: `/project/flask`, `/project/flask?index=team-a`.
pub fn project_path(name: &str, index: &str) -> String {
    with_query(&format!("/project/{}", encode(name)), &[("index", chosen(index))])
}

/// The explanation with an id as `packhouse why` takes it: `/why/flask==3.1.3`, `/why/team-a:flask`.
pub fn why_path(id: &str) -> String {
    /// What [`ESCAPED`] escapes, but for two characters that a segment may hold (RFC 3986 section 3.3).
    const SEGMENT: &AsciiSet = &ESCAPED.remove(b'=').remove(b':');
    format!("/why/{}", utf8_percent_encode(id, SEGMENT))
}

/// One thing of the API, by its collection and its id.
pub(crate) fn api_path(collection: &str, id: &str) -> String {
    format!("/api/v1/{collection}/{}", encode(id))
}

/// The home page with the clients' lines for an index.
pub fn home_path(index: &str) -> String {
    with_query("/", &[("index", chosen(index))])
}

/// An index's rules on the policy page: `/policy#default`.
pub fn policy_path(index: &str) -> String {
    format!("/policy#{}", encode(index))
}

/// The audit page narrowed to a project.
pub fn audit_path(project: &str) -> String {
    with_query("/audit", &[("project", project)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_in_their_place() {
        for (link, expected) in [
            (project_path("flask", "default"), "/project/flask"),
            (project_path("flask", "team-a"), "/project/flask?index=team-a"),
            (project_path("../a?b#c", "default"), "/project/..%2Fa%3Fb%23c"),
            (project_path("\"><script>", "default"), "/project/%22%3E%3Cscript%3E"),
            (why_path("team-a:flask==3.1.3"), "/why/team-a:flask==3.1.3"),
            (why_path("x==1+a/../\u{202e}"), "/why/x==1%2Ba%2F..%2F%E2%80%AE"),
            (audit_path("a&b=c d"), "/audit?project=a%26b%3Dc%20d"),
            (
                with_query("/audit", &[("index", ""), ("rule", "cooldown"), ("page", "2")]),
                "/audit?rule=cooldown&page=2",
            ),
        ] {
            assert_eq!(link, expected);
        }
    }
}
