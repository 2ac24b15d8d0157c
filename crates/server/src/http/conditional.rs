use http::HeaderMap;
use http::header::{ETAG, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED};

/// Whether `If-None-Match` names this validator (RFC 9110 section 13.1.2: weak comparison), so that 304 will do.
pub(crate) fn matches_etag(request: &HeaderMap, etag: &str) -> bool {
    request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| {
        list.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == etag)
    })
}

/// Whether a range may be taken from this representation (RFC 9110 section 13.1.5): no `If-Range`, or one that
/// names it exactly. A weak validator never does.
pub(crate) fn range_still_holds(request: &HeaderMap, response: &HeaderMap) -> bool {
    let Some(wanted) = request.get(IF_RANGE) else { return true };
    [ETAG, LAST_MODIFIED].iter().any(|name| response.get(name) == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn if_none_match() {
        for (value, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("", false),
        ] {
            let mut request = HeaderMap::new();
            request.insert(IF_NONE_MATCH, HeaderValue::from_static(value));
            assert_eq!(matches_etag(&request, "\"a\""), expected, "{value}");
        }
        assert!(!matches_etag(&HeaderMap::new(), "\"a\""));
    }

    #[test]
    fn if_range() {
        let response = HeaderMap::from_iter([
            (ETAG, HeaderValue::from_static("\"a\"")),
            (LAST_MODIFIED, HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT")),
        ]);
        for (value, expected) in
            [("\"a\"", true), ("W/\"a\"", false), ("\"b\"", false), ("Thu, 01 Jan 1970 00:00:00 GMT", true)]
        {
            let request = HeaderMap::from_iter([(IF_RANGE, HeaderValue::from_static(value))]);
            assert_eq!(range_still_holds(&request, &response), expected, "{value}");
        }
        assert!(range_still_holds(&HeaderMap::new(), &response));
    }
}
