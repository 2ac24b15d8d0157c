use std::error::Error;

use crate::key::{KeyId, PublicKey, Signature};

/// A key that can sign, wherever its secret lies.
///
/// `sign` may block (an agent that asks its owner) and may be asked again after an error. It changes nothing, so one
/// signer may be used from several threads.
pub trait Signer: Send + Sync {
    /// The key that the signatures verify under.
    fn public_key(&self) -> PublicKey;

    /// Signs these very bytes: no hash is made of them first, nothing is put before them.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;
}

/// There is no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// Whoever holds the key did not sign: not reachable, asked and refused, locked.
    #[error("the key {key} did not sign")]
    Refused {
        /// The key that was asked.
        key: KeyId,
        /// Why, from whoever holds it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A signature came and is wrong. Nothing wrong is stored: a fault that happens while signing can give the key away
    /// to whoever sees the result.
    #[error("the signature that was made with the key {key} does not verify under it")]
    Wrong {
        /// The key that was asked.
        key: KeyId,
    },
}
