//! DSSE envelopes around in-toto statements.
//!
//! Follows secure-systems-lab/dsse `protocol.md` and `envelope.md` version 1.0. What is signed is the payload's bytes in
//! their pre-authentication encoding ([`pae`]); the envelope's own JSON is not signed and carries no meaning, so unknown
//! fields in it are ignored, as the specification demands, and not kept.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use packhouse_model::Sha256;
use serde::{Deserialize, Serialize};

use crate::json;
use crate::key::{KeyId, PublicKey, Signature};
use crate::signer::{SignError, Signer};
use crate::statement::MAX_STATEMENT_BYTES;

/// `payloadType` of every envelope here.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The most signatures on one envelope: each costs whoever checks it one verification for each key that may have made it.
pub const MAX_SIGNATURES: usize = 16;
/// The longest envelope, in bytes of JSON: a payload of [`MAX_STATEMENT_BYTES`] in base64, and its signatures.
pub const MAX_ENVELOPE_BYTES: usize = 1_500_000;
/// The longest key ID, in bytes.
pub const MAX_KEY_ID_BYTES: usize = 256;

const MAX_DEPTH: usize = 8;

/// A statement's bytes and the signatures over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    payload: Vec<u8>,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct EnvelopeSignature {
    /// Unauthenticated: anybody can write anything here. Only ever a hint about which key to try first.
    key_id: Option<String>,
    signature: Signature,
}

/// Who signed an envelope, among the keys that were asked about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signed {
    /// The keys with at least one good signature: each once, however often and under whatever key IDs it signed. Attack:
    /// one key listed under two key IDs fakes a threshold of two.
    pub by: BTreeSet<PublicKey>,
    /// How many signatures verify under none of the keys: broken, or made by somebody else.
    pub unknown: usize,
}

/// The bytes are no envelope, or it cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum DsseError {
    /// Longer than [`MAX_ENVELOPE_BYTES`].
    #[error("an envelope has at most {MAX_ENVELOPE_BYTES} bytes; this one has {bytes}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// The payload is longer than [`MAX_STATEMENT_BYTES`].
    #[error("the payload of an envelope has at most {MAX_STATEMENT_BYTES} bytes; this one has {bytes}")]
    PayloadTooLarge {
        /// Its length.
        bytes: usize,
    },
    /// No JSON, or JSON that two readers could understand differently.
    #[error("the envelope is no JSON that every reader understands alike")]
    Json(#[source] serde_json::Error),
    /// A field is missing or has the wrong type.
    #[error("the envelope does not have the fields of a DSSE envelope")]
    Fields(#[source] serde_json::Error),
    /// Something else than an in-toto statement is in it.
    #[error("expected an envelope of payload type {PAYLOAD_TYPE}; found {found:?}")]
    PayloadType {
        /// The type, cut to 80 characters.
        found: String,
    },
    /// Neither standard nor URL-safe base64, or with bits set that decode to nothing.
    #[error("the field {field:?} of the envelope is not base64")]
    Base64 {
        /// `payload` or `sig`.
        field: &'static str,
    },
    /// No ed25519 signature.
    #[error("an ed25519 signature has 64 bytes; found one of {bytes}")]
    SignatureLength {
        /// Its length.
        bytes: usize,
    },
    /// Longer than [`MAX_KEY_ID_BYTES`].
    #[error("a key ID has at most {MAX_KEY_ID_BYTES} bytes; found one of {bytes}")]
    KeyIdTooLong {
        /// Its length.
        bytes: usize,
    },
    /// None, or more than [`MAX_SIGNATURES`].
    #[error("an envelope has 1 to {MAX_SIGNATURES} signatures; this one has {found}")]
    Signatures {
        /// How many.
        found: usize,
    },
    /// The same key signs at most once.
    #[error("the key {key} has already signed this envelope")]
    AlreadySigned {
        /// The key.
        key: KeyId,
    },
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

#[derive(Serialize, Deserialize)]
struct WireEnvelope {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    keyid: String,
    sig: String,
}

/// The pre-authentication encoding: what is signed of a payload (DSSE `protocol.md`, *Signature Definition*).
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

impl Envelope {
    /// Signs a statement's bytes ([`crate::Statement::to_bytes`]).
    pub fn sign(payload: Vec<u8>, signer: &dyn Signer) -> Result<Self, DsseError> {
        if payload.len() > MAX_STATEMENT_BYTES {
            return Err(DsseError::PayloadTooLarge { bytes: payload.len() });
        }
        let mut envelope = Self { payload, signatures: Vec::new() };
        envelope.cosign(signer)?;
        Ok(envelope)
    }

    /// Adds the signature of a further key. Look at the payload first.
    pub fn cosign(&mut self, signer: &dyn Signer) -> Result<(), DsseError> {
        let key = signer.public_key();
        if self.signatures.len() >= MAX_SIGNATURES {
            return Err(DsseError::Signatures { found: self.signatures.len() + 1 });
        }
        if !self.verify([&key]).by.is_empty() {
            return Err(DsseError::AlreadySigned { key: key.id() });
        }
        let message = self.message();
        let signature = signer.sign(&message)?;
        if !key.verify(&message, &signature) {
            return Err(SignError::Wrong { key: key.id() }.into());
        }
        self.signatures.push(EnvelopeSignature { key_id: Some(key.id().to_string()), signature });
        Ok(())
    }

    /// Reads an envelope, and checks no signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, DsseError> {
        if bytes.len() > MAX_ENVELOPE_BYTES {
            return Err(DsseError::TooLarge { bytes: bytes.len() });
        }
        json::check(bytes, MAX_DEPTH).map_err(DsseError::Json)?;
        let wire: WireEnvelope = serde_json::from_slice(bytes).map_err(DsseError::Fields)?;
        if wire.payload_type != PAYLOAD_TYPE {
            return Err(DsseError::PayloadType { found: wire.payload_type.chars().take(80).collect() });
        }
        if wire.signatures.is_empty() || wire.signatures.len() > MAX_SIGNATURES {
            return Err(DsseError::Signatures { found: wire.signatures.len() });
        }
        let payload = base64(&wire.payload, "payload")?;
        if payload.len() > MAX_STATEMENT_BYTES {
            return Err(DsseError::PayloadTooLarge { bytes: payload.len() });
        }
        let signatures = wire.signatures.into_iter().map(read_signature).collect::<Result<_, _>>()?;
        Ok(Self { payload, signatures })
    }

    /// The envelope as compact JSON; its one spelling here, at most [`MAX_ENVELOPE_BYTES`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let signatures = self.signatures.iter().map(|one| WireSignature {
            keyid: one.key_id.clone().unwrap_or_default(),
            sig: STANDARD.encode(one.signature.as_bytes()),
        });
        let wire = WireEnvelope {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload: STANDARD.encode(&self.payload),
            signatures: signatures.collect(),
        };
        serde_json::to_vec(&wire).expect("strings are JSON")
    }

    /// Which of these keys signed. Strict: see [`PublicKey::verify`].
    ///
    /// A key ID only decides which key is tried first; a wrong one hides no signature and makes none.
    pub fn verify<'k>(&self, keys: impl IntoIterator<Item = &'k PublicKey>) -> Signed {
        let message = self.message();
        let keys: Vec<&PublicKey> = keys.into_iter().collect();
        let mut signed = Signed::default();
        for one in &self.signatures {
            let claimed = one.claimed_key();
            let (first, others): (Vec<&PublicKey>, Vec<_>) =
                keys.iter().partition(|key| Some(key.id()) == claimed);
            match first.into_iter().chain(others).find(|key| key.verify(&message, &one.signature)) {
                Some(key) => {
                    signed.by.insert(PublicKey::clone(key));
                }
                None => signed.unknown += 1,
            }
        }
        signed
    }

    /// The statement's bytes, whoever made them: use [`Envelope::verify`] before believing them.
    pub fn payload_unverified(&self) -> &[u8] {
        &self.payload
    }

    /// The SHA-256 of the payload: what two envelopes around the same statement have in common. Attack: a signed statement
    /// is handed in once more in an envelope of other bytes.
    pub fn payload_sha256(&self) -> Sha256 {
        Sha256::of(&self.payload)
    }

    /// The keys that the envelope claims to be signed with, as far as key IDs say: to look keys up, never to count them.
    pub fn claimed_keys(&self) -> BTreeSet<KeyId> {
        self.signatures.iter().filter_map(EnvelopeSignature::claimed_key).collect()
    }

    fn message(&self) -> Vec<u8> {
        pae(PAYLOAD_TYPE, &self.payload)
    }
}

impl EnvelopeSignature {
    fn claimed_key(&self) -> Option<KeyId> {
        self.key_id.as_ref()?.parse().ok()
    }
}

fn read_signature(wire: WireSignature) -> Result<EnvelopeSignature, DsseError> {
    if wire.keyid.len() > MAX_KEY_ID_BYTES {
        return Err(DsseError::KeyIdTooLong { bytes: wire.keyid.len() });
    }
    let bytes = base64(&wire.sig, "sig")?;
    let signature = Signature::from_slice(&bytes).ok_or(DsseError::SignatureLength { bytes: bytes.len() })?;
    // "An unset field MUST be treated the same as set-but-empty."
    let key_id = if wire.keyid.is_empty() { None } else { Some(wire.keyid) };
    Ok(EnvelopeSignature { key_id, signature })
}

/// "Signers may use either, and verifiers MUST accept either."
fn base64(text: &str, field: &'static str) -> Result<Vec<u8>, DsseError> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).map_err(|_| DsseError::Base64 { field })
}
