//! Envelopes: known answers, who counts as a signer, hostile bytes.

use super::common::{Deaf, Lying, key, public};
use crate::dsse::{MAX_SIGNATURES, PAYLOAD_TYPE, pae};
use crate::{DsseError, Envelope, SecretKey, SignError, Signer as _};
use proptest::prelude::*;
use serde_json::{Value, json};

const BODY: &[u8] = br#"{"_type":"https://in-toto.io/Statement/v1"}"#;

fn value(envelope: &Envelope) -> Value {
    serde_json::from_slice(&envelope.to_bytes()).unwrap()
}

fn altered(change: impl FnOnce(&mut Value)) -> Result<Envelope, DsseError> {
    let mut json = value(&Envelope::sign(BODY.to_vec(), &key(1)).unwrap());
    change(&mut json);
    Envelope::parse(json.to_string().as_bytes())
}

#[test]
fn pae_is_the_one_of_the_specification() {
    // The example of DSSE's protocol.md.
    let example = pae("http://example.com/HelloWorld", b"hello world");
    assert_eq!(example, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    // Lengths are of bytes, not of characters.
    assert_eq!(pae("é", "ü\0".as_bytes()), "DSSEv1 2 é 3 ü\0".as_bytes());
    assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
}

/// The key of RFC 8032, section 7.1, TEST 1; the signature over the encoded body was made with OpenSSL.
#[test]
fn signs_as_other_implementations_do() {
    let seed = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
    let secret = SecretKey::from_seed(&seed.try_into().unwrap());
    let envelope = Envelope::sign(BODY.to_vec(), &secret).unwrap();
    let signature = secret.sign(&pae(PAYLOAD_TYPE, BODY)).unwrap();
    assert_eq!(
        hex::encode(signature.as_bytes()),
        "d9601f6879b98e5ba8d30fb4ae4f2e56496e10b2585a34a653dc7b114cf1f80c\
         ad783189e3f9eac895df98051514802841a7d69bb031059370e4cf62c4d1e208"
    );
    assert_eq!(
        String::from_utf8(envelope.to_bytes()).unwrap(),
        r#"{"payloadType":"application/vnd.in-toto+json","payload":"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==","signatures":[{"keyid":"SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8","sig":"2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA=="}]}"#
    );
}

#[test]
fn counts_public_keys() {
    let mut envelope = Envelope::sign(BODY.to_vec(), &key(1)).unwrap();
    envelope.cosign(&key(2)).unwrap();
    let (one, two, three) = (public(1), public(2), public(3));
    let signed = envelope.verify([&one, &two, &three]);
    assert_eq!(signed.by, [one.clone(), two.clone()].into());
    assert_eq!(signed.unknown, 0);
    // The same key listed twice is one key.
    assert_eq!(envelope.verify([&one, &one]).by.len(), 1);
    assert_eq!(envelope.verify([&one]).unknown, 1);
    assert_eq!(envelope.verify([]).unknown, 2);
    assert_eq!(envelope.claimed_keys(), [one.id(), two.id()].into());
    assert_eq!(Envelope::parse(&envelope.to_bytes()).unwrap(), envelope);
}

/// The attack a13: one key under several key IDs is still one.
#[test]
fn one_key_under_many_key_ids_counts_once() {
    let envelope = altered(|json| {
        let first = json["signatures"][0].clone();
        let list = json["signatures"].as_array_mut().unwrap();
        for id in ["", "another", &public(2).id().to_string()] {
            let mut again = first.clone();
            again["keyid"] = json!(id);
            list.push(again);
        }
    })
    .unwrap();
    let signed = envelope.verify([&public(1), &public(2)]);
    assert_eq!(signed.by, [public(1)].into());
    assert_eq!(signed.unknown, 0);
}

#[test]
fn a_key_id_hides_no_signature_and_makes_none() {
    for id in [Value::Null, json!(""), json!("x"), json!(public(2).id().to_string())] {
        let envelope = altered(|json| {
            if id.is_null() {
                json["signatures"][0].as_object_mut().unwrap().remove("keyid");
            } else {
                json["signatures"][0]["keyid"] = id.clone();
            }
        })
        .unwrap();
        assert_eq!(envelope.verify([&public(2), &public(1)]).by, [public(1)].into(), "{id}");
        assert!(envelope.verify([&public(2)]).by.is_empty(), "{id}");
    }
}

#[test]
fn nothing_counts_when_a_byte_differs() {
    let sound = Envelope::sign(BODY.to_vec(), &key(1)).unwrap();
    for place in 0..BODY.len() {
        let mut body = BODY.to_vec();
        body[place] ^= 1;
        let other = Envelope::sign(body, &key(2)).unwrap();
        let mut json = value(&sound);
        json["payload"] = value(&other)["payload"].clone();
        let forged = Envelope::parse(json.to_string().as_bytes()).unwrap();
        assert_eq!(forged.verify([&public(1), &public(2)]).by.len(), 0);
    }
}

#[test]
fn reads_both_kinds_of_base64_and_ignores_unknown_fields() {
    let envelope = altered(|json| {
        for field in ["/payload", "/signatures/0/sig"] {
            let text = json.pointer_mut(field).unwrap();
            *text = json!(text.as_str().unwrap().replace('+', "-").replace('/', "_"));
        }
        json["futureField"] = json!({"a": 1});
    })
    .unwrap();
    assert_eq!(envelope, Envelope::sign(BODY.to_vec(), &key(1)).unwrap());
}

#[test]
fn refuses_what_is_no_envelope() {
    type Change = fn(&mut Value);
    let cases: &[(&str, Change)] = &[
        ("expected an envelope of payload type", |v| v["payloadType"] = json!("text/plain")),
        ("does not have the fields", |v| v["payload"] = json!(1)),
        ("does not have the fields", |v| v["signatures"] = json!({})),
        ("1 to 16 signatures", |v| v["signatures"] = json!([])),
        ("1 to 16 signatures", |v| {
            let one = v["signatures"][0].clone();
            v["signatures"] = json!(vec![one; MAX_SIGNATURES + 1]);
        }),
        ("has 64 bytes", |v| v["signatures"][0]["sig"] = json!("AAAA")),
        ("has 64 bytes", |v| v["signatures"][0]["sig"] = json!("")),
        ("\"sig\" of the envelope is not base64", |v| v["signatures"][0]["sig"] = json!("A")),
        ("\"payload\" of the envelope is not base64", |v| v["payload"] = json!("YR==")),
        ("\"payload\" of the envelope is not base64", |v| v["payload"] = json!("YQ")),
        ("\"payload\" of the envelope is not base64", |v| v["payload"] = json!("YQ==\n")),
        ("at most 256 bytes", |v| v["signatures"][0]["keyid"] = json!("x".repeat(257))),
    ];
    for (expected, change) in cases {
        let error = altered(*change).expect_err(expected).to_string();
        assert!(error.contains(expected), "expected {expected:?}, found {error:?}");
    }
    let twice =
        br#"{"payloadType":"application/vnd.in-toto+json","payload":"","payload":"","signatures":[]}"#;
    assert!(matches!(Envelope::parse(twice), Err(DsseError::Json(_))));
    assert!(matches!(Envelope::parse(&vec![b' '; 1_500_001]), Err(DsseError::TooLarge { .. })));
}

#[test]
fn signs_once_with_each_key_and_never_wrongly() {
    let mut envelope = Envelope::sign(BODY.to_vec(), &key(0)).unwrap();
    assert!(matches!(envelope.cosign(&key(0)), Err(DsseError::AlreadySigned { .. })));
    for number in 1..MAX_SIGNATURES as u8 {
        envelope.cosign(&key(number)).unwrap();
    }
    assert!(matches!(envelope.cosign(&key(99)), Err(DsseError::Signatures { found: 17 })));
    assert!(matches!(
        Envelope::sign(BODY.to_vec(), &Lying),
        Err(DsseError::Sign(SignError::Wrong { key })) if key == public(1).id()
    ));
    let error = Envelope::sign(BODY.to_vec(), &Deaf).expect_err("refused").to_string();
    assert_eq!(error, format!("the key {} did not sign", public(1).id()));
    assert!(matches!(
        Envelope::sign(vec![0; (1 << 20) + 1], &key(1)),
        Err(DsseError::PayloadTooLarge { .. })
    ));
}

#[test]
fn the_largest_envelope_can_be_read() {
    let mut json = value(&Envelope::sign(vec![b' '; 1 << 20], &key(0)).unwrap());
    // Six bytes of JSON for each.
    json["signatures"][0]["keyid"] = json!("\u{1}".repeat(256));
    let one = json["signatures"][0].clone();
    json["signatures"] = json!(vec![one; MAX_SIGNATURES]);
    let envelope = Envelope::parse(json.to_string().as_bytes()).unwrap();
    assert_eq!(Envelope::parse(&envelope.to_bytes()).unwrap(), envelope);
}

proptest! {
    #[test]
    fn parsing_never_panics(bytes: Vec<u8>, place: prop::sample::Index, with: u8) {
        let _ = Envelope::parse(&bytes);
        let mut sound = Envelope::sign(BODY.to_vec(), &key(1)).unwrap().to_bytes();
        let place = place.index(sound.len());
        sound[place] = with;
        if let Ok(envelope) = Envelope::parse(&sound) {
            let _ = envelope.verify([&public(1)]);
        }
    }

    #[test]
    fn any_payload_comes_back(payload: Vec<u8>) {
        let envelope = Envelope::sign(payload.clone(), &key(1)).unwrap();
        let read = Envelope::parse(&envelope.to_bytes()).unwrap();
        prop_assert_eq!(read.payload_unverified(), &payload);
        prop_assert_eq!(read.verify([&public(1)]).by.len(), 1);
    }
}
