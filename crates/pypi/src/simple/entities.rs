use std::borrow::Cow;

/// The names that page generators write. An unknown one stays as it is written.
const NAMED: [(&str, char); 6] =
    [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", '\u{a0}')];

/// Longest reference that is looked for, `&#x10FFFF;` with room for leading zeros.
const LONGEST: usize = 16;

/// Decodes HTML character references. Only those that end in `;` count, so that `?a=1&lt=2` in a URL stays
/// what it is.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST).position(|b| b == b';');
        if let Some((character, end)) = end.and_then(|end| Some((reference(&rest[1..end])?, end))) {
            decoded.push(character);
            rest = &rest[end + 1..];
        } else {
            decoded.push('&');
            rest = &rest[1..];
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

fn reference(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| *character);
    };
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    // HTML, section *Numeric character reference end state*: NUL, surrogates and what lies beyond Unicode.
    let code = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
    Some(char::from_u32(code).filter(|character| *character != '\0').unwrap_or('\u{fffd}'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decodes_references() {
        for (text, expected) in [
            ("plain", "plain"),
            ("&gt;=3.8, &lt;4", ">=3.8, <4"),
            ("&quot;&#34;&#x27;&#39;&apos;", "\"\"'''"),
            ("a &amp;lt; b", "a &lt; b"),
            ("&#x1F600;&#128512;", "😀😀"),
            ("&#0;&#xD800;&#x110000;&#9999999999;", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            ("&unknown; &; &# &#; &#x; &#xg; &#12", "&unknown; &; &# &#; &#x; &#xg; &#12"),
            ("?a=1&lt=2&amp", "?a=1&lt=2&amp"),
            ("&é;&", "&é;&"),
            ("&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;", "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;"),
        ] {
            assert_eq!(decode(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[&#x;a-f0-9é]{0,40}") {
            let _ = decode(&text);
        }
    }
}
