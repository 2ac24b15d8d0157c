//! What remains of a name without the words that are put before and behind it.

use crate::fold::is_separator;
use crate::vocabulary::Vocabulary;

/// Shorter stems mean nothing.
const SHORTEST: usize = 3;
/// So many affixes may be stacked: `python3-x-dev-lite`.
const DEEPEST: usize = 4;

/// What was stripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AffixKind {
    /// The language's name: half of all names have it, and it says little.
    Usual,
    /// A number at the end.
    Number,
    /// A word that promises another edition of the same thing: `-dev`, `-lite`.
    Promise,
}

/// Every stem of a canonical name, from the longest to the shortest, the name itself left out; without separators at
/// their ends. Of several affixes the kind that says most is told.
pub(crate) fn stems(name: &str, vocabulary: &Vocabulary) -> Vec<(String, AffixKind)> {
    let mut found: Vec<(String, AffixKind)> = Vec::new();
    let mut edge = vec![(name.to_owned(), AffixKind::Usual)];
    for _ in 0..DEEPEST {
        let mut next = Vec::new();
        for (text, before) in edge {
            shorter(&text, vocabulary, &mut |stem, kind| {
                let stem = stem.trim_matches(is_separator);
                if stem.len() >= SHORTEST && stem != name && !found.iter().any(|(known, _)| known == stem) {
                    let kind = kind.max(before);
                    found.push((stem.to_owned(), kind));
                    next.push((stem.to_owned(), kind));
                }
            });
        }
        edge = next;
    }
    found
}

/// Shows the name without each affix that it has.
fn shorter(name: &str, vocabulary: &Vocabulary, show: &mut dyn FnMut(&str, AffixKind)) {
    let kind =
        |affix: &&str| if vocabulary.usual.contains(affix) { AffixKind::Usual } else { AffixKind::Promise };
    for prefix in vocabulary.prefixes {
        if let Some(rest) = name.strip_prefix(prefix) {
            show(rest, kind(prefix));
        }
    }
    for suffix in vocabulary.suffixes {
        if let Some(rest) = name.strip_suffix(suffix)
            && (rest.ends_with(is_separator) || vocabulary.grown.contains(suffix))
        {
            show(rest, kind(suffix));
        }
    }
    // One digit: longer numbers and those behind a separator are versions, years and sizes of something else.
    if let Some(bare) = name.strip_suffix(|letter: char| letter.is_ascii_digit())
        && bare.ends_with(|letter: char| letter.is_ascii_alphabetic())
        && !bare.ends_with("-v")
    {
        show(bare, AffixKind::Number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_what_is_stacked() {
        for (name, stem) in [
            ("pytz3-dev", "pytz"),
            ("python3-dateutil", "dateutil"),
            ("python-dateutil", "dateutil"),
            ("requests-darwin-lite", "requests"),
            ("mitmproxy2", "mitmproxy"),
            ("coloramapkgs", "colorama"),
            ("telnetlib", "telnet"),
            ("pythonkafka", "kafka"),
            ("kafka-python", "kafka"),
        ] {
            assert!(stems(name, &Vocabulary::PYTHON).iter().any(|(found, _)| found == stem), "{name}");
        }
        assert!(stems("pip", &Vocabulary::PYTHON).is_empty());
    }
}
