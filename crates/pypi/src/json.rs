//! Reading JSON without letting its author decide how much memory it takes.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How many JSON values a document may still make us hold. `[0,0,0,...]` takes two bytes a value to write
/// and about a hundred to hold, so the limit on bytes alone does not protect.
pub(crate) struct Budget {
    left: Cell<usize>,
    exhausted: Cell<bool>,
}

impl Budget {
    pub(crate) fn new(values: usize) -> Self {
        Self { left: Cell::new(values), exhausted: Cell::new(false) }
    }

    /// Whether the reason for an error was this budget.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.exhausted.get()
    }

    fn take<E: serde::de::Error>(&self) -> Result<(), E> {
        if let Some(left) = self.left.get().checked_sub(1) {
            self.left.set(left);
            Ok(())
        } else {
            self.exhausted.set(true);
            Err(E::custom("too many values"))
        }
    }
}

/// Reads any JSON value within a [`Budget`].
#[derive(Clone, Copy)]
pub(crate) struct Bounded<'a>(pub(crate) &'a Budget);

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.take()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            self.0.take()?;
            let value = access.next_value_seed(self)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// Reads one JSON object that stands alone, within a number of values.
pub(crate) fn object(bytes: &[u8], values: usize) -> Result<Map<String, Value>, serde_json::Error> {
    let budget = Budget::new(values);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Bounded(&budget).deserialize(&mut deserializer)?;
    deserializer.end()?;
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(serde_json::Error::custom("expected an object")),
    }
}

/// A typed error from inside a visitor, which serde can only carry as text.
pub(crate) struct Fault<E>(RefCell<Option<E>>);

impl<E> Fault<E> {
    pub(crate) fn new() -> Self {
        Self(RefCell::new(None))
    }

    /// Keeps the error and gives serde something to stop with.
    pub(crate) fn raise<S: serde::de::Error>(&self, error: E) -> S {
        self.0.replace(Some(error));
        S::custom("stopped")
    }

    pub(crate) fn into_inner(self) -> Option<E> {
        self.0.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_serde_json_until_the_budget_ends() {
        let text = r#"{"a":[1,-2,1.5,"x",true,null,{"b":{}}],"c":"é\u0000"}"#;
        let expected: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(Value::Object(object(text.as_bytes(), 14).expect("within the budget")), expected);
        // 1 for the outer object, 3 keys and 9 values inside it.
        assert!(object(text.as_bytes(), 12).is_err());
    }

    #[test]
    fn refuses_what_is_not_one_object() {
        for text in ["", "[]", "1", "{} {}", "{", &"[".repeat(100_000), &"{\"a\":".repeat(100_000)] {
            assert!(object(text.as_bytes(), 1000).is_err(), "{}", &text[..text.len().min(20)]);
        }
    }
}
