/// The longest excerpt of a hostile text that an error repeats, in characters.
const EXCERPT: usize = 80;

/// The first characters of a text, for an error message. Show it with `{:?}`, which escapes control
/// characters, so that nobody's terminal obeys an upstream.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT).collect()
}

/// The longest prefix of at most `limit` bytes that ends between two characters.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters() {
        for (limit, expected) in [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (9, "aéz")] {
            assert_eq!(cut("aéz", limit), expected);
        }
        assert_eq!(excerpt(&"é".repeat(1000)).chars().count(), EXCERPT);
    }
}
