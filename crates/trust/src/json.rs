//! JSON that every reader understands alike.
//!
//! RFC 8259 leaves open what a repeated key, a number beyond a double's precision or a very deep tree mean. Attack: a
//! reviewer's tool shows the first of two equal keys, the server acts on the last, and both are right. What is open is
//! refused here (RFC 7493, I-JSON, sections 2.2 and 2.3).

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The largest whole number that every reader holds exactly: 2^53 - 1.
pub(crate) const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Walks a whole document and keeps nothing. The document's own level is depth 1.
pub(crate) fn check(document: &[u8], max_depth: usize) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(document);
    Strict { depth_left: max_depth }.deserialize(&mut reader)?;
    reader.end()
}

#[derive(Clone, Copy)]
struct Strict {
    depth_left: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left }),
            None => Err(E::custom("arrays and objects are nested too deep")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        if number > MAX_SAFE_INTEGER {
            return Err(E::custom(format_args!(
                "the number {number} is beyond what every reader holds exactly"
            )));
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.visit_u64(number.unsigned_abs())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        // A whole number too large for 64 bits arrives here too, already rounded.
        if number.abs() > MAX_SAFE_INTEGER as f64 {
            return Err(E::custom(format_args!(
                "the number {number} is beyond what every reader holds exactly"
            )));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut seen = BTreeSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            fields.next_value_seed(inner)?;
            if let Some(twice) = seen.replace(key) {
                let cut: String = twice.chars().take(80).collect();
                return Err(A::Error::custom(format_args!("the key {cut:?} stands twice in one object")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_two_readers_could_read_differently() {
        for (text, expected) in [
            (r#"{"a":1,"a":2}"#, "the key \"a\" stands twice"),
            (r#"{"a":1,"\u0061":2}"#, "the key \"a\" stands twice"),
            (r#"{"b":[{"a":{"x":1,"x":1}}]}"#, "the key \"x\" stands twice"),
            ("9007199254740992", "beyond"),
            ("-9007199254740992", "beyond"),
            ("18446744073709551616", "beyond"),
            ("1e300", "beyond"),
            ("1e999", "out of range"),
            ("[[[[[1]]]]]", "too deep"),
            ("{} {}", "trailing"),
            ("{}\0", "trailing"),
            ("\u{feff}{}", "expected value"),
            (r#""\ud800""#, "hex escape"),
            ("NaN", "expected value"),
            ("[1,]", "trailing comma"),
            ("", "EOF"),
        ] {
            let error = check(text.as_bytes(), 4).expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert!(check(b"\"\xff\"", 4).is_err());
    }

    #[test]
    fn passes_what_everybody_reads_alike() {
        for text in
            ["{}", "[[[[]]]]", r#"{"a":{"a":{"a":[1]}}}"#, "9007199254740991", "-1.5", "null", " true\n"]
        {
            check(text.as_bytes(), 4).expect(text);
        }
    }

    #[test]
    fn deep_nesting_is_no_stack_overflow() {
        assert!(check(&b"[".repeat(1 << 20), usize::MAX).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, text in r#"[\[\]{}",:0-9a\\u]{0,60}"#) {
            let _ = check(&bytes, 8);
            let _ = check(text.as_bytes(), 8);
        }
    }
}
