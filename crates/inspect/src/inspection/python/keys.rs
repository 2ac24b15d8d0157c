//! Private keys and the addresses they could go to: which names say that something is key material, what stays a key in
//! another form, and which texts name a host.
//!
//! Names of what ordinary clients send to those who gave it to them (`api_key`, `token`, `password`) are none of these.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use ruff_python_ast::Expr;

use super::model::{Argument, Known, Value};
use super::walk::Walk;
use crate::inspection::capabilities::{self, Caps};

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
const HELD: [&str; 2] = ["secret", "seed"];
/// Words behind a key that say in which form it is.
const FORMS: [&str; 18] = [
    "bytes", "hex", "pem", "der", "wif", "raw", "b58", "base58", "b64", "base64", "str", "string", "text",
    "data", "value", "encoded", "list", "array",
];
/// Words before a key that make something else of it.
const OTHERWISE: [&str; 9] =
    ["has", "is", "use", "no", "without", "encrypted", "wrapped", "captcha", "recaptcha"];
/// Functions that are called for a key begin with these.
const GIVE: [&str; 6] = ["get", "export", "dump", "to", "generate", "read"];
/// Methods of keys, and functions of them, whose result is the same key, beside those of [`capabilities::passes_on`].
const WRITE: [&str; 24] = [
    "b58encode",
    "b58encode_check",
    "b32encode",
    "b16encode",
    "b85encode",
    "a85encode",
    "standard_b64encode",
    "urlsafe_b64encode",
    "encodebytes",
    "encodestring",
    "b2a_hex",
    "b2a_base64",
    "private_bytes",
    "private_bytes_raw",
    "export_key",
    "exportKey",
    "to_bytes",
    "to_string",
    "to_hex",
    "to_pem",
    "to_der",
    "to_wif",
    "tobytes",
    "tolist",
];
/// Of these the first argument is what is written; the others are with which key.
const WITH_A_KEY: [&str; 4] = ["encode", "encrypt", "decode", "decrypt"];
/// Methods that put their arguments into the object.
const PUT: [&str; 11] = [
    "update",
    "append",
    "extend",
    "add",
    "setdefault",
    "insert",
    "add_header",
    "add_unredirected_header",
    "putheader",
    "write",
    "connect",
];
/// Calls that take the name of a host without a scheme.
const BARE: [&str; 6] =
    ["socket.", "http.client.", "asyncio.open_connection", "smtplib.", "ftplib.", "telnetlib."];

/// Words without which a source has no identifier of a key.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = [
        "secret",
        "private_key",
        "privatekey",
        "priv_key",
        "privkey",
        "mnemonic",
        "seed",
        "recovery_phrase",
        "recoveryphrase",
    ];
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
});

/// Whether a source may name a key.
pub(super) fn may_name(source: &str) -> bool {
    WORDS.as_ref().is_none_or(|words| words.is_match(source))
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

/// `PrivateKey`: a class, and no key.
fn is_class(identifier: &str) -> bool {
    identifier.starts_with(char::is_uppercase) && identifier.contains(char::is_lowercase)
}

/// The words before the name of a key, when an identifier is one.
fn before_key(identifier: &str) -> Option<Vec<String>> {
    if identifier.len() > 100 || is_class(identifier) {
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
fn is_key(identifier: &str) -> bool {
    before_key(identifier).is_some()
}

/// Whether a function of this name gives a key back.
fn gives_key(identifier: &str) -> bool {
    before_key(identifier).is_some_and(|before| before.first().is_none_or(|first| GIVE.contains(&&**first)))
}

/// Whether a function or a class of this name is about keys, so that its `secret` is one.
fn is_about_keys(identifier: &str) -> bool {
    if identifier.len() > 100 {
        return false;
    }
    let words = words(identifier);
    (1..=words.len())
        .any(|end| ends_with(&words[..end], &KEYS).or(ends_with(&words[..end], &HOLDERS)).is_some())
}

/// Whether an expression names what holds a key: `keypair`, `self.wallet`.
fn is_holder(expression: &Expr) -> bool {
    let identifier = match expression {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    identifier.len() <= 100 && ends_with(&words(identifier), &HOLDERS).is_some()
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether what a key has under this name is the key again: `key.hex`, but not `key.public`.
fn is_form(attribute: &str) -> bool {
    FORMS.contains(&attribute)
        || HELD.contains(&attribute)
        || WRITE.contains(&attribute)
        || capabilities::passes_on(attribute)
}

/// The host that an address names, when all of it stands there; none of this machine.
pub(crate) fn host_of(address: &str) -> Option<&str> {
    let (scheme, rest) = address.trim_start().split_once("://")?;
    if !["http", "https", "ws", "wss", "ftp"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return None;
    }
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or(address),
        None => host.split(':').next().unwrap_or(host),
    };
    is_host(host).then_some(host)
}

/// Whether a text is a whole name or number of a host elsewhere.
fn is_host(text: &str) -> bool {
    let local = text.starts_with("127.")
        || ["0.0.0.0", "::1", "localhost"].contains(&text)
        || text.to_ascii_lowercase().ends_with(".localhost");
    let inner = text.trim_end_matches(['.', '-']).len() == text.len() && text.contains(['.', ':']);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    inner && !local && text.len() <= 253 && !text.starts_with('.') && text.chars().all(plain)
}

/// The host that a call is given: in an address, or bare where the function takes that.
pub(crate) fn host_given<'a>(name: &str, argument: &'a Argument) -> Option<&'a str> {
    if let Some(text) = argument.known.value.text() {
        return host_of(text).or_else(|| {
            Some(text).filter(|text| BARE.iter().any(|bare| name.starts_with(bare)) && is_host(text))
        });
    }
    // `connect(("a.invalid", 443))`.
    let first = argument.known.value.list().first().and_then(Value::text)?;
    Some(first).filter(|first| BARE.iter().any(|bare| name.starts_with(bare)) && is_host(first))
}

/// Whether the argument at this place says where a call goes, and it is an address that stands in the source.
pub(crate) fn leads_to_literal(name: &str, place: usize, argument: &Argument) -> bool {
    const KEYWORDS: [&str; 8] = ["url", "uri", "fullurl", "base_url", "host", "address", "addr", "args"];
    let leads = argument.keyword.as_deref().map_or(place < 2, |keyword| KEYWORDS.contains(&keyword));
    leads && (argument.known.from.has(Caps::ADDRESS) || host_given(name, argument).is_some())
}

/// Whether what a call gives back goes on talking to the address that it was given.
fn opens(name: &str) -> bool {
    let class = is_class(last(name)) && capabilities::is_of_client(name);
    class
        || name == "urllib.request.Request"
        || name.ends_with("create_connection")
        || name.starts_with("http.client.HTTP")
        || name == "asyncio.open_connection"
}

impl Walk<'_> {
    /// Goes into a function or a class of this name; gives back what to set [`Walk::about_keys`] to behind it.
    pub(super) fn enter(&mut self, name: &str) -> usize {
        let before = self.about_keys;
        self.about_keys += usize::from(self.keys && is_about_keys(name));
        before
    }

    /// What a name or an attribute stands for is a key when it says so. A text that stands in the source is none.
    pub(super) fn named_key(&self, identifier: &str, mut known: Known) -> Known {
        if !self.keys || known.value != Value::Unknown {
            return known;
        }
        let held = self.about_keys > 0 && HELD.contains(&identifier);
        let function = known.name.as_deref().is_some_and(|name| name.starts_with("def:"));
        if !function && (held || is_key(identifier)) {
            known.from |= Caps::KEY;
        }
        known
    }

    /// What an attribute has of the key that its object is, or holds.
    pub(super) fn attribute_of_key(&self, object: &Expr, known: &Known, attribute: &str) -> Caps {
        if !self.keys {
            return Caps::NONE;
        }
        let held = HELD.contains(&attribute) && is_holder(object);
        let form = known.from.has(Caps::KEY) && is_form(attribute);
        if held || form { Caps::KEY } else { Caps::NONE }
    }

    /// `found["private_key"]`.
    pub(super) fn item_key(&self, key: &Value) -> Caps {
        let named = self.keys && key.text().is_some_and(is_key);
        if named { Caps::KEY } else { Caps::NONE }
    }

    /// Whether the result of a call is a key in another form, or leads to an address that it was given.
    pub(super) fn keys_through(
        &self,
        name: Option<&str>,
        method: Option<&str>,
        (object, function): (Caps, Caps),
        arguments: &[Argument],
    ) -> Caps {
        if !self.keys {
            return Caps::NONE;
        }
        let mut from = Caps::NONE;
        let called = method.or_else(|| name.map(last)).unwrap_or_default();
        let writes = WRITE.contains(&called)
            || capabilities::passes_on(called)
            || name.is_some_and(|name| capabilities::passes_on(name) && !name.starts_with("os.path."));
        let with_a_key = WITH_A_KEY.contains(&called);
        let mut written = arguments
            .iter()
            .enumerate()
            .filter(|(place, argument)| !with_a_key || (*place == 0 && argument.keyword.is_none()));
        let given = written.any(|(_, argument)| argument.known.from.has(Caps::KEY));
        let of_object = object.has(Caps::KEY) && !["encrypt", "decrypt"].contains(&called);
        // `keypair.secret()`.
        let held = function.has(Caps::KEY) && HELD.contains(&called);
        let asked = name == Some("builtins.getattr")
            && arguments.get(1).and_then(|name| name.known.value.text()).is_some_and(is_key);
        if (writes && (given || of_object)) || gives_key(called) || asked || held {
            from |= Caps::KEY;
        }
        let name = name.unwrap_or_default();
        let leads = |(place, argument): (usize, &Argument)| leads_to_literal(name, place, argument);
        if (opens(name) || name == "urllib.parse.urljoin") && arguments.iter().enumerate().any(leads) {
            from |= Caps::ADDRESS;
        }
        from
    }

    /// What is put into something is in it: `session.headers.update(…)`, `request.add_header(…)`.
    pub(super) fn put_into(
        &mut self,
        object: &Expr,
        method: &str,
        name: Option<&str>,
        arguments: &[Argument],
    ) {
        if !self.keys || !PUT.contains(&method) {
            return;
        }
        let name = name.unwrap_or_default();
        let mut from =
            arguments.iter().fold(Caps::NONE, |from, argument| from | argument.known.from.only(Caps::KEY));
        if method == "connect" && arguments.first().is_some_and(|first| leads_to_literal(name, 0, first)) {
            from |= Caps::ADDRESS;
        }
        if from == Caps::NONE {
            return;
        }
        let Some((root, own)) = root(object) else { return };
        let before = self.lookup(&root).cloned().unwrap_or_default();
        let known = Known { from: before.from | from, ..before };
        if own { self.bind_in(0, &root, known) } else { self.bind(&root, known) }
    }
}

/// The variable that an object is a part of, and whether it is an attribute of `self`.
fn root(object: &Expr) -> Option<(String, bool)> {
    let mut object = object;
    loop {
        match object {
            Expr::Name(name) if !matches!(name.id.as_str(), "self" | "cls") => {
                return Some((name.id.as_str().to_owned(), false));
            }
            Expr::Attribute(attribute) => match &*attribute.value {
                Expr::Name(name) if matches!(name.id.as_str(), "self" | "cls") => {
                    return Some((format!("{}.{}", name.id.as_str(), attribute.attr.as_str()), true));
                }
                inner => object = inner,
            },
            _ => return None,
        }
    }
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

    #[test]
    fn knows_hosts_that_stand_there() {
        for (address, host) in [
            ("https://a.invalid/x", Some("a.invalid")),
            ("https://u:p@a.invalid:8443?x", Some("a.invalid")),
            ("WSS://A.invalid", Some("A.invalid")),
            ("http://203.0.113.9:80", Some("203.0.113.9")),
            ("http://[2001:db8::1]/", Some("2001:db8::1")),
            ("https://", None),
            ("https://api.", None),
            ("https://api", None),
            ("https://{host}.invalid/", None),
            ("https://%s.invalid/", None),
            ("http://localhost:8545", None),
            ("http://127.0.0.1:8545", None),
            ("file:///etc/x", None),
            ("a.invalid", None),
        ] {
            assert_eq!(host_of(address), host, "{address}");
        }
    }
}
