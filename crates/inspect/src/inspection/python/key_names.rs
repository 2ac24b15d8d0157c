//! Which identifiers name a private key, by their whole words, and which name what holds one.
//!
//! Names of what ordinary clients send to those who gave it to them (`api_key`, `token`, `password`) are none of these.

use std::sync::LazyLock;

use ruff_python_ast::Expr;

use crate::inspection::sieve::Sieve;

/// Key material, by the whole words that an identifier ends with, before words of [`FORMS`].
const KEYS: [&[&str]; 11] = [
    &["secret", "key"],
    &["private", "key"],
    &["priv", "key"],
    &["secretkey"],
    &["privatekey"],
    &["privkey"],
    &["mnemonic"],
    &["mnemonic", "phrase"],
    &["seed", "phrase"],
    &["seed", "words"],
    &["recovery", "phrase"],
];
/// What holds key material as its `secret` or `seed`.
const HOLDERS: [&[&str]; 3] = [&["keypair"], &["key", "pair"], &["wallet"]];
pub(super) const HELD: [&str; 2] = ["secret", "seed"];
/// Words behind a key that say in which form it is.
pub(super) const FORMS: [&str; 18] = [
    "bytes", "hex", "pem", "der", "wif", "raw", "b58", "base58", "b64", "base64", "str", "string", "text",
    "data", "value", "encoded", "list", "array",
];
/// Words before a key that make something else of it.
const OTHERWISE: [&str; 9] =
    ["has", "is", "use", "no", "without", "encrypted", "wrapped", "captcha", "recaptcha"];
/// Functions that are called for a key begin with these.
const GIVE: [&str; 6] = ["get", "export", "dump", "to", "generate", "read"];
/// Words without which a source has no identifier of a key, nor of what holds one.
const WORDS: [&str; 16] = [
    "secret_key",
    "secretkey",
    "private_key",
    "privatekey",
    "priv_key",
    "privkey",
    "mnemonic",
    "seed_phrase",
    "seedphrase",
    "seed_words",
    "seedwords",
    "recovery_phrase",
    "recoveryphrase",
    "key_pair",
    "keypair",
    "wallet",
];
static SEARCH: LazyLock<Sieve> = LazyLock::new(|| Sieve::new(WORDS));

/// Whether a source may name a key.
pub(super) fn may_name(source: &str) -> bool {
    !SEARCH.find(source.as_bytes()).is_empty()
}

/// The words of `secret_key`, `secretKey` and `SECRET_KEY`, in lower case.
fn words(identifier: &str) -> Vec<String> {
    let characters: Vec<char> = identifier.chars().collect();
    let mut words = vec![String::new()];
    for (place, c) in characters.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| characters[before]);
        let starts = c.is_uppercase()
            && (before.is_some_and(|b| b.is_lowercase() || b.is_numeric())
                || (before.is_some_and(char::is_uppercase)
                    && characters.get(place + 1).is_some_and(|c| c.is_lowercase())));
        if *c == '_' || starts {
            words.push(String::new());
        }
        if *c != '_'
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn ends_with(words: &[String], ends: &[&[&str]]) -> Option<usize> {
    let matches = |end: &&&[&str]| {
        words.len() >= end.len()
            && words[words.len() - end.len()..].iter().zip(**end).all(|(word, known)| word == known)
    };
    ends.iter().filter(matches).map(|end| words.len() - end.len()).min()
}

/// Whether letters of a key's last word are there. Each name of a source is asked, so this comes before [`words`].
fn may_be_key(identifier: &str) -> bool {
    let known = |part: &[u8]| {
        [&b"key"[..], b"mne", b"phr", b"wor"].iter().any(|word| part.eq_ignore_ascii_case(word))
    };
    identifier.as_bytes().windows(3).any(known)
}

/// `PrivateKey`: a class, and no key.
pub(super) fn is_class(identifier: &str) -> bool {
    identifier.starts_with(char::is_uppercase) && identifier.contains(char::is_lowercase)
}

/// The words before the name of a key, when an identifier is one.
fn before_key(identifier: &str) -> Option<Vec<String>> {
    if identifier.len() > 100 || !may_be_key(identifier) || is_class(identifier) {
        return None;
    }
    let mut words = words(identifier);
    while words.len() > 1 && words.last().is_some_and(|word| FORMS.contains(&&**word)) {
        words.pop();
    }
    let start = ends_with(&words, &KEYS)?;
    words.truncate(start);
    (!words.iter().any(|word| OTHERWISE.contains(&&**word))).then_some(words)
}

/// Whether a variable, a parameter or an attribute of this name is key material.
pub(super) fn is_key(identifier: &str) -> bool {
    before_key(identifier).is_some()
}

/// Whether a function of this name gives a key back.
pub(super) fn gives_key(identifier: &str) -> bool {
    before_key(identifier).is_some_and(|before| before.first().is_none_or(|first| GIVE.contains(&&**first)))
}

/// Whether a function or a class of this name is about keys, so that its `secret` is one.
pub(super) fn is_about_keys(identifier: &str) -> bool {
    if identifier.len() > 100 {
        return false;
    }
    let words = words(identifier);
    (1..=words.len())
        .any(|end| ends_with(&words[..end], &KEYS).or(ends_with(&words[..end], &HOLDERS)).is_some())
}

/// Whether an expression names what holds a key: `keypair`, `self.wallet`.
pub(super) fn is_holder(expression: &Expr) -> bool {
    let identifier = match expression {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    identifier.len() <= 100 && ends_with(&words(identifier), &HOLDERS).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_names_keys() {
        for (identifier, key) in [
            ("secret_key", true),
            ("secretKey", true),
            ("SECRET_KEY", true),
            ("wallet_private_key_hex", true),
            ("privkey", true),
            ("mnemonic", true),
            ("seed_phrase", true),
            ("private_key_bytes", true),
            ("PrivateKey", false),
            ("api_key", false),
            ("token", false),
            ("password", false),
            ("secret", false),
            ("public_key", false),
            ("private_key_id", false),
            ("private_key_path", false),
            ("has_private_key", false),
            ("encrypted_private_key", false),
            ("recaptcha_private_key", false),
            ("aws_secret_access_key", false),
            ("secret_keyboard", false),
            ("", false),
            ("_", false),
        ] {
            assert_eq!(is_key(identifier), key, "{identifier}");
        }
        for (identifier, about) in [
            ("Keypair", true),
            ("HDWallet", true),
            ("from_secret_key", true),
            ("KeyError", false),
            ("Pair", false),
        ] {
            assert_eq!(is_about_keys(identifier), about, "{identifier}");
        }
        assert!(
            gives_key("export_private_key")
                && gives_key("private_key")
                && !gives_key("sign_with_private_key")
        );
    }
}
