//! Follows private keys: what stays a key in another form, and what is put into what.
//!
//! A key ends where something is signed or hashed with it, or derived from it as public.

use ruff_python_ast::Expr;

use super::hosts::leads_to_literal;
use super::key_names::{FORMS, HELD, gives_key, is_about_keys, is_class, is_holder, is_key};
use super::model::{Argument, Known, Value};
use super::walk::Walk;
use crate::inspection::capabilities::{self, Caps};

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
    /// Goes into a function or a class of this name; gives back what to set [`Walk::keys`] to behind it.
    pub(super) fn enter(&mut self, name: &str) -> Option<usize> {
        let before = self.keys;
        self.keys = before.map(|around| around + usize::from(is_about_keys(name)));
        before
    }

    /// What a name or an attribute stands for is a key when it says so. A text that stands in the source is none.
    pub(super) fn named_key(&self, identifier: &str, mut known: Known) -> Known {
        let Some(around) = self.keys.filter(|_| known.value == Value::Unknown) else { return known };
        let held = around > 0 && HELD.contains(&identifier);
        let function = known.name.as_deref().is_some_and(|name| name.starts_with("def:"));
        if !function && (held || is_key(identifier)) {
            known.from |= Caps::KEY;
        }
        known
    }

    /// What an attribute has of the key that its object is, or holds.
    pub(super) fn attribute_of_key(&self, object: &Expr, known: &Known, attribute: &str) -> Caps {
        if self.keys.is_none() {
            return Caps::NONE;
        }
        let held = HELD.contains(&attribute) && is_holder(object);
        let form = known.from.has(Caps::KEY) && is_form(attribute);
        if held || form { Caps::KEY } else { Caps::NONE }
    }

    /// `found["private_key"]`.
    pub(super) fn item_key(&self, key: &Value) -> Caps {
        let named = self.keys.is_some() && key.text().is_some_and(is_key);
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
        if self.keys.is_none() {
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
        if self.keys.is_none() || !PUT.contains(&method) {
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
        let Some((own, name)) = root(object) else { return };
        let before = match own {
            Some(own) => self.lookup_attribute(own, name),
            None => self.lookup(name),
        };
        let before = before.cloned().unwrap_or_default();
        let known = Known { from: before.from | from, ..before };
        match own {
            Some(own) => self.bind_attribute(own, name, known),
            None => self.bind(name, known),
        }
    }
}

/// The variable that an object is a part of; of an attribute of `self`, that name first.
fn root(object: &Expr) -> Option<(Option<&str>, &str)> {
    let mut object = object;
    loop {
        match object {
            Expr::Name(name) if !matches!(name.id.as_str(), "self" | "cls") => {
                return Some((None, name.id.as_str()));
            }
            Expr::Attribute(attribute) => match &*attribute.value {
                Expr::Name(name) if matches!(name.id.as_str(), "self" | "cls") => {
                    return Some((Some(name.id.as_str()), attribute.attr.as_str()));
                }
                inner => object = inner,
            },
            _ => return None,
        }
    }
}
