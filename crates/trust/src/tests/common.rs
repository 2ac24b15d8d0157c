//! Signers for tests.

use crate::{PublicKey, SecretKey, SignError, Signature, Signer};

/// The key that 32 bytes of `number` are the seed of.
pub(super) fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

/// Its public half.
pub(super) fn public(number: u8) -> PublicKey {
    key(number).public_key()
}

/// Says that it is key 1, and signs with key 2.
pub(super) struct Lying;

impl Signer for Lying {
    fn public_key(&self) -> PublicKey {
        public(1)
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        key(2).sign(message)
    }
}

/// Key 1, which never signs.
pub(super) struct Deaf;

impl Signer for Deaf {
    fn public_key(&self) -> PublicKey {
        public(1)
    }

    fn sign(&self, _: &[u8]) -> Result<Signature, SignError> {
        Err(SignError::Refused { key: public(1).id(), source: "nobody is there".into() })
    }
}
