//! Values that can be told without running anything. Whatever is not certain, or too large, is unknown.

use std::rc::Rc;

use super::decode;
use super::model::Value;

/// Bytes of texts that are put together, and how many of them.
#[derive(Clone, Copy)]
pub(super) struct Fold {
    pub(super) limit: usize,
}

/// How a value was made, for literals worth a look of their own.
pub(super) type Made = Option<&'static str>;

impl Fold {
    pub(super) fn text(self, text: impl AsRef<str> + Into<Rc<str>>) -> Value {
        if text.as_ref().len() <= self.limit { Value::Text(text.into()) } else { Value::Unknown }
    }

    pub(super) fn bytes(self, bytes: Vec<u8>) -> Value {
        if bytes.len() <= self.limit { Value::Bytes(bytes.into()) } else { Value::Unknown }
    }

    /// `left + right`.
    pub(super) fn add(self, left: &Value, right: &Value) -> Value {
        match (left, right) {
            (Value::Text(a), Value::Text(b)) if a.len() + b.len() <= self.limit => {
                Value::Text([&**a, b].concat().into())
            }
            (Value::Bytes(a), Value::Bytes(b)) if a.len() + b.len() <= self.limit => {
                Value::Bytes([&**a, b].concat().into())
            }
            (Value::Number(a), Value::Number(b)) => number(a.checked_add(*b)),
            (Value::List(a), Value::List(b)) if a.len() + b.len() <= self.limit => {
                Value::List([&**a, b].concat().into())
            }
            _ => Value::Unknown,
        }
    }

    /// `left * right`.
    pub(super) fn multiply(self, left: &Value, right: &Value) -> Value {
        let times = |length: usize, count: i64| {
            let count = usize::try_from(count).unwrap_or(0);
            (length.checked_mul(count).is_some_and(|size| size <= self.limit)).then_some(count)
        };
        match (left, right) {
            (Value::Number(a), Value::Number(b)) => number(a.checked_mul(*b)),
            (Value::Text(text), Value::Number(n)) | (Value::Number(n), Value::Text(text)) => {
                times(text.len(), *n).map_or(Value::Unknown, |n| Value::Text(text.repeat(n).into()))
            }
            (Value::Bytes(bytes), Value::Number(n)) | (Value::Number(n), Value::Bytes(bytes)) => {
                times(bytes.len(), *n).map_or(Value::Unknown, |n| Value::Bytes(bytes.repeat(n).into()))
            }
            _ => Value::Unknown,
        }
    }

    /// A path of parts, where `*` stands for what is not known.
    pub(super) fn path<'a>(self, parts: impl Iterator<Item = &'a Value>) -> Value {
        let mut path = String::new();
        let mut known = false;
        for part in parts {
            let part = part.text().inspect(|_| known = true).unwrap_or("*");
            if path.len() + part.len() > self.limit {
                return Value::Unknown;
            }
            if part.starts_with('/') {
                path.clear();
            } else if !path.is_empty() && !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(part);
        }
        if known { Value::Text(path.into()) } else { Value::Unknown }
    }

    /// `value[::-1]`.
    pub(super) fn reversed(self, value: &Value) -> Value {
        match value {
            Value::Text(text) => self.text(text.chars().rev().collect::<String>()),
            Value::Bytes(bytes) => self.bytes(bytes.iter().rev().copied().collect()),
            Value::List(list) => Value::List(list.iter().rev().cloned().collect()),
            _ => Value::Unknown,
        }
    }

    /// A call of a function by its dotted name.
    pub(super) fn function(self, name: &str, arguments: &[&Value]) -> (Value, Made) {
        let first = arguments.first().copied().unwrap_or(&Value::Unknown);
        let raw = match first {
            Value::Text(text) => Some(text.as_bytes()),
            Value::Bytes(bytes) => Some(&**bytes),
            _ => None,
        };
        let bytes = |found: Option<Vec<u8>>| found.map_or(Value::Unknown, |found| self.bytes(found));
        match name.strip_prefix("builtins.").unwrap_or(name) {
            "chr" => (self.characters(std::slice::from_ref(first)), None),
            "ord" => (
                first
                    .text()
                    .and_then(single)
                    .map_or(Value::Unknown, |c| Value::Number(i64::from(u32::from(c)))),
                None,
            ),
            "bytes" | "bytearray" => (self.octets(first), Some("a list of numbers")),
            "str" | "os.path.expanduser" | "os.path.expandvars" | "os.fspath" | "os.path.abspath"
            | "pathlib.Path" | "pathlib.PurePath"
                if arguments.len() == 1 && matches!(first, Value::Text(_)) =>
            {
                (first.clone(), None)
            }
            "pathlib.Path" | "os.path.join" => (self.path(arguments.iter().copied()), None),
            "pathlib.Path.home" => (Value::Text("~".into()), None),
            "list" | "tuple" => (first.clone(), None),
            "reversed" => (self.reversed(first), None),
            "base64.b64decode"
            | "base64.standard_b64decode"
            | "base64.decodebytes"
            | "binascii.a2b_base64" => {
                (bytes(raw.and_then(|raw| decode::base64(raw, false))), Some("base 64"))
            }
            "base64.urlsafe_b64decode" => {
                (bytes(raw.and_then(|raw| decode::base64(raw, true))), Some("base 64"))
            }
            "bytes.fromhex" | "bytearray.fromhex" | "binascii.unhexlify" | "binascii.a2b_hex"
            | "base64.b16decode" => (bytes(raw.and_then(decode::hex)), Some("base 16")),
            "zlib.decompress" | "gzip.decompress" => {
                (bytes(raw.and_then(|raw| decode::inflate(raw, self.limit))), Some("compressed data"))
            }
            "codecs.decode" | "codecs.encode" => {
                let codec = arguments.get(1).and_then(|codec| codec.text());
                self.codec(
                    first,
                    codec.filter(|codec| name.ends_with("decode") || !is_cipher(codec) || is_rot13(codec)),
                )
            }
            _ => (Value::Unknown, None),
        }
    }

    /// A call of a method of a known value.
    pub(super) fn method(self, object: &Value, name: &str, arguments: &[&Value]) -> (Value, Made) {
        let first = arguments.first().and_then(|value| value.text());
        match (object, name) {
            (Value::Text(_) | Value::Bytes(_), "join") => {
                let list = arguments.first().map_or(&[][..], |value| value.list());
                (self.join(object, list), Some("pieces"))
            }
            (Value::Bytes(_), "decode") | (Value::Text(_), "encode") => match first {
                Some(codec) if is_cipher(codec) && (name == "decode" || is_rot13(codec)) => {
                    self.codec(object, first)
                }
                _ if name == "encode" => {
                    (object.text().map_or(Value::Unknown, |t| self.bytes(t.into())), None)
                }
                _ => (object.text().map_or(Value::Unknown, |text| self.text(text)), None),
            },
            (Value::Text(text), "replace") => {
                match (first, arguments.get(1).and_then(|value| value.text())) {
                    (Some(old), Some(new)) if new.len() <= 1 && !old.is_empty() => {
                        (self.text(text.replace(old, new)), Some("replaced characters"))
                    }
                    _ => (Value::Unknown, None),
                }
            }
            (Value::Text(text), "strip") if first.is_none() => (self.text(text.trim().to_owned()), None),
            (Value::Text(text), "lower") => (self.text(text.to_lowercase()), None),
            (Value::Text(text), "upper") => (self.text(text.to_uppercase()), None),
            (Value::Text(path), "joinpath") => {
                let base = Value::Text(path.clone());
                (self.path(std::iter::once(&base).chain(arguments.iter().copied())), None)
            }
            (Value::Text(_), "expanduser" | "resolve" | "absolute") => (object.clone(), None),
            (Value::Text(text), "split") => {
                let separator = first.filter(|separator| !separator.is_empty());
                let parts: Vec<Value> = match separator {
                    Some(separator) => text.split(separator).map(|part| Value::Text(part.into())).collect(),
                    None => text.split_whitespace().map(|part| Value::Text(part.into())).collect(),
                };
                (Value::List(parts.into()), None)
            }
            _ => (Value::Unknown, None),
        }
    }

    fn codec(self, value: &Value, codec: Option<&str>) -> (Value, Made) {
        let Some(codec) = codec else { return (Value::Unknown, None) };
        let raw = match value {
            Value::Text(text) => text.as_bytes(),
            Value::Bytes(bytes) => bytes,
            _ => return (Value::Unknown, None),
        };
        let bytes = |found: Option<Vec<u8>>| found.map_or(Value::Unknown, |found| self.bytes(found));
        match &*codec.to_ascii_lowercase().replace(['-', '_'], "") {
            "rot13" => {
                (value.text().map_or(Value::Unknown, |text| self.text(decode::rot13(text))), Some("rot13"))
            }
            "hex" | "hexcodec" => (bytes(decode::hex(raw)), Some("base 16")),
            "base64" | "base64codec" => (bytes(decode::base64(raw, false)), Some("base 64")),
            "zlib" | "zip" | "zlibcodec" => {
                (bytes(decode::inflate(raw, self.limit)), Some("compressed data"))
            }
            _ => (value.text().map_or(Value::Unknown, |text| self.text(text)), None),
        }
    }

    fn join(self, separator: &Value, list: &[Value]) -> Value {
        if list.is_empty() {
            return Value::Unknown;
        }
        let size: usize = list.iter().map(|item| item.text().map_or(0, str::len) + 1).sum();
        let separator_size = separator.text().map_or(0, str::len);
        if size.saturating_add(separator_size.saturating_mul(list.len())) > self.limit {
            return Value::Unknown;
        }
        match separator {
            Value::Text(separator) => {
                let parts: Option<Vec<&str>> = list
                    .iter()
                    .map(|item| if let Value::Text(text) = item { Some(&**text) } else { None })
                    .collect();
                parts.map_or(Value::Unknown, |parts| self.text(parts.join(separator)))
            }
            Value::Bytes(separator) => {
                let parts: Option<Vec<&[u8]>> = list
                    .iter()
                    .map(|item| if let Value::Bytes(bytes) = item { Some(&**bytes) } else { None })
                    .collect();
                parts.map_or(Value::Unknown, |parts| self.bytes(parts.join(&**separator)))
            }
            _ => Value::Unknown,
        }
    }

    /// `chr` of each number.
    pub(super) fn characters(self, numbers: &[Value]) -> Value {
        let text: Option<String> =
            numbers
                .iter()
                .map(|number| {
                    if let Value::Number(n) = number { char::from_u32(u32::try_from(*n).ok()?) } else { None }
                })
                .collect();
        text.map_or(Value::Unknown, |text| self.text(text))
    }

    fn octets(self, value: &Value) -> Value {
        match value {
            Value::Bytes(_) => value.clone(),
            Value::Text(text) => self.bytes(text.as_bytes().to_vec()),
            Value::List(list) if !list.is_empty() => {
                let octet =
                    |item: &Value| if let Value::Number(n) = item { u8::try_from(*n).ok() } else { None };
                let found: Option<Vec<u8>> = list.iter().map(octet).collect();
                found.map_or(Value::Unknown, |found| self.bytes(found))
            }
            _ => Value::Unknown,
        }
    }
}

/// A codec that hides a text instead of writing its letters as bytes.
pub(super) fn is_cipher(codec: &str) -> bool {
    let codec = codec.to_ascii_lowercase().replace(['-', '_'], "");
    ["rot13", "hex", "hexcodec", "base64", "base64codec", "zlib", "zip", "zlibcodec", "bz2", "bz2codec", "uu"]
        .contains(&&*codec)
}

/// The one that is its own inverse.
pub(super) fn is_rot13(codec: &str) -> bool {
    codec.to_ascii_lowercase().replace(['-', '_'], "") == "rot13"
}

pub(super) fn number(found: Option<i64>) -> Value {
    found.map_or(Value::Unknown, Value::Number)
}

fn single(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// The items that a loop goes over: of a list, of bytes as numbers, of a text as characters.
pub(super) fn items(value: &Value, most: usize) -> Vec<Value> {
    let found: Vec<Value> = match value {
        Value::List(list) => list.iter().take(most + 1).cloned().collect(),
        Value::Bytes(bytes) => {
            bytes.iter().take(most + 1).map(|byte| Value::Number(i64::from(*byte))).collect()
        }
        Value::Text(text) => text
            .chars()
            .take(most + 1)
            .map(|c| Value::Text(Rc::from(c.encode_utf8(&mut [0; 4]) as &str)))
            .collect(),
        _ => Vec::new(),
    };
    if found.len() > most { Vec::new() } else { found }
}
