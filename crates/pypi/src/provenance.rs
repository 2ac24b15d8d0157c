//! Provenance objects (PEP 740), as far as they say who published.

use serde_json::Value;

/// The longest identity that is taken, in characters.
const LONGEST: usize = 500;

/// Whether these bytes are a provenance object at all: JSON, and an object.
pub fn is_provenance(document: &[u8]) -> bool {
    matches!(serde_json::from_slice(document), Ok(Value::Object(_)))
}

/// The publisher that a provenance object names for its first bundle of attestations, as the address of the workflow or the
/// repository, or the mail address. None: it names none in a way that is known.
///
/// This is what the index says that it has checked; nothing is verified here.
pub fn publisher(document: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(document).ok()?;
    let publisher = document.get("attestation_bundles")?.get(0)?.get("publisher")?;
    let text = |key: &str| {
        let text = publisher.get(key)?.as_str()?;
        let plain = !text.is_empty() && !text.chars().any(|c| c.is_control() || c.is_whitespace());
        (plain && text.chars().count() <= LONGEST).then_some(text)
    };
    let (repository, email) = (text("repository"), text("email"));
    match text("kind")? {
        "GitHub" => {
            let workflow =
                text("workflow").map_or(String::new(), |name| format!("/.github/workflows/{name}"));
            repository.map(|repository| format!("https://github.com/{repository}{workflow}"))
        }
        "GitLab" => repository.map(|repository| format!("https://gitlab.com/{repository}")),
        _ => email.or(repository).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_published() {
        for (publisher_object, expected) in [
            (
                r#"{"kind": "GitHub", "repository": "pallets/flask", "workflow": "publish.yaml", "environment": "p"}"#,
                Some("https://github.com/pallets/flask/.github/workflows/publish.yaml"),
            ),
            (
                r#"{"kind": "GitHub", "repository": "pallets/flask"}"#,
                Some("https://github.com/pallets/flask"),
            ),
            (r#"{"kind": "GitLab", "repository": "a/b/c"}"#, Some("https://gitlab.com/a/b/c")),
            (r#"{"kind": "Google", "email": "a@b.example"}"#, Some("a@b.example")),
            (r#"{"kind": "GitHub"}"#, None),
            (r#"{"kind": "GitHub", "repository": "a b"}"#, None),
            (r#"{"kind": 3, "repository": "a/b"}"#, None),
            (r#"{"repository": "a/b"}"#, None),
            ("[]", None),
        ] {
            let document =
                format!(r#"{{"version": 1, "attestation_bundles": [{{"publisher": {publisher_object}}}]}}"#);
            assert_eq!(publisher(document.as_bytes()).as_deref(), expected, "{document}");
            assert!(is_provenance(document.as_bytes()));
        }
        for other in ["", "[]", "null", "{", r#"{"version": 1}"#, r#"{"attestation_bundles": []}"#] {
            assert_eq!(publisher(other.as_bytes()), None, "{other}");
        }
        assert!(!is_provenance(b"<html>") && !is_provenance(b"[]"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = publisher(&bytes);
        }
    }
}
