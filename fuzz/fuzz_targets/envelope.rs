#![no_main]
//! Envelopes, statements, lines of a ledger, keys and an agent's answers: no panic, and an envelope has one spelling.

use libfuzzer_sys::fuzz_target;
use packhouse_trust::{Envelope, PublicKey, Recorded, SecretKey, Statement};

fuzz_target!(|data: &[u8]| {
    if let Ok(envelope) = Envelope::parse(data) {
        let bytes = envelope.to_bytes();
        let again = Envelope::parse(&bytes).expect("what was written reads");
        assert_eq!(again.to_bytes(), bytes);
    }
    let _ = Statement::<serde_json::Value>::parse(data);
    let _ = Recorded::from_line(data);
    let _ = PublicKey::from_blob(data);
    let _ = packhouse_trust::agent::read_identities(data);
    let _ = packhouse_trust::agent::read_signature(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = PublicKey::from_openssh(text);
    let _ = SecretKey::from_openssh(text, None);
});
