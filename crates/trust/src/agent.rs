//! The two messages of the SSH agent protocol that signing needs, as bytes: whoever calls owns the socket.
//!
//! Follows draft-miller-ssh-agent, sections 3.5 (*Requesting a List of Keys*) and 3.6 (*Private Key Operations*). A
//! message is a `uint32` length and as many bytes: its type and its contents. To talk: write a request, read four bytes,
//! ask [`body_length`], read the body, hand it to [`read_identities`] or [`read_signature`].
//!
//! # Why a signature over a statement can never open a login
//!
//! The agent signs the DSSE pre-authentication encoding itself, which begins with the bytes `DSSEv1 `. Everything else
//! that an SSH key signs begins otherwise:
//!
//! * A login (RFC 4252, section 7) begins with the session identifier as a `string`: four bytes of length. `DSSE` as that
//!   length would be a session identifier of 1.1 GB, where agents take 256 kB and a real one has 20 to 64 bytes.
//! * A certificate begins with its kind as a `string`, with the same four bytes.
//! * `ssh-keygen -Y sign` puts `SSHSIG` first.
//! * A host's signature in a key exchange is over a bare hash of 20 to 64 bytes; a statement's encoding is longer.
//!
//! The other way round, none of those is ever an encoded statement, so no login makes a review.

use crate::key::{KeyError, PublicKey, Signature, plain};
use crate::wire::{put_string, take_string, take_u32};

/// The longest message, in either direction: OpenSSH's agent takes no more.
pub const MAX_MESSAGE_BYTES: usize = 256 << 10;
/// The most keys that one agent is believed to hold.
pub const MAX_IDENTITIES: u32 = 2_048;

const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// A key that the agent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The key, or why it cannot be used here: so that a list can say so beside each.
    pub key: Result<PublicKey, KeyError>,
    /// What its owner calls it, without control characters.
    pub comment: String,
}

/// What came from the agent is no answer.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AgentError {
    /// The agent said no; it gives no reasons.
    #[error(
        "the SSH agent refused: the key is gone, locked, restricted to certain hosts, or its owner said no"
    )]
    Refused,
    /// The message to sign does not fit into a request.
    #[error(
        "an SSH agent signs at most {MAX_MESSAGE_BYTES} bytes with all around them; this request has {bytes}"
    )]
    RequestTooLarge {
        /// The request's length.
        bytes: usize,
    },
    /// The agent announced no bytes, or more than [`MAX_MESSAGE_BYTES`].
    #[error("an answer of an SSH agent has 1 to {MAX_MESSAGE_BYTES} bytes; this one announces {bytes}")]
    AnswerLength {
        /// What it announced.
        bytes: u32,
    },
    /// An answer to something else.
    #[error("expected the SSH agent's answer to be of type {expected}; found type {found}")]
    Unexpected {
        /// The number of the type.
        expected: u8,
        /// The number that came.
        found: u8,
    },
    /// The answer is broken.
    #[error("the SSH agent's answer is broken: {problem}")]
    Broken {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// More than [`MAX_IDENTITIES`].
    #[error("an SSH agent is believed to hold at most {MAX_IDENTITIES} keys; this one says {found}")]
    TooManyIdentities {
        /// How many it says.
        found: u32,
    },
    /// The signature is of another kind.
    #[error("expected a signature of ssh-ed25519 from the SSH agent; found one of {found:?}")]
    Algorithm {
        /// The kind, cut to 80 characters.
        found: String,
    },
}

/// `SSH_AGENTC_REQUEST_IDENTITIES`, complete with its length.
pub fn identities_request() -> Vec<u8> {
    vec![0, 0, 0, 1, REQUEST_IDENTITIES]
}

/// `SSH_AGENTC_SIGN_REQUEST`, complete with its length: asks the agent to sign these very bytes.
pub fn sign_request(key: &PublicKey, message: &[u8]) -> Result<Vec<u8>, AgentError> {
    let blob = key.to_blob();
    let length = 1 + 4 + blob.len() + 4 + message.len() + 4;
    if length > MAX_MESSAGE_BYTES {
        return Err(AgentError::RequestTooLarge { bytes: length });
    }
    let mut request = Vec::with_capacity(4 + length);
    request.extend_from_slice(&(length as u32).to_be_bytes());
    request.push(SIGN_REQUEST);
    put_string(&mut request, &blob);
    put_string(&mut request, message);
    // No flags: they choose hashes for RSA.
    request.extend_from_slice(&[0; 4]);
    Ok(request)
}

/// How many bytes follow the four that an answer begins with.
pub fn body_length(header: [u8; 4]) -> Result<usize, AgentError> {
    let bytes = u32::from_be_bytes(header);
    match usize::try_from(bytes) {
        Ok(length) if (1..=MAX_MESSAGE_BYTES).contains(&length) => Ok(length),
        _ => Err(AgentError::AnswerLength { bytes }),
    }
}

/// Reads `SSH_AGENT_IDENTITIES_ANSWER`, without its length.
pub fn read_identities(body: &[u8]) -> Result<Vec<Identity>, AgentError> {
    let broken = || AgentError::Broken { problem: "it ends within its list of keys" };
    let mut rest = contents(body, IDENTITIES_ANSWER)?;
    let count = take_u32(&mut rest).ok_or_else(broken)?;
    if count > MAX_IDENTITIES {
        return Err(AgentError::TooManyIdentities { found: count });
    }
    let mut identities = Vec::new();
    for _ in 0..count {
        let blob = take_string(&mut rest).ok_or_else(broken)?;
        let comment = take_string(&mut rest).ok_or_else(broken)?;
        let comment = plain(&String::from_utf8_lossy(comment));
        identities.push(Identity { key: PublicKey::from_blob(blob), comment });
    }
    all_read(rest)?;
    Ok(identities)
}

/// Reads `SSH_AGENT_SIGN_RESPONSE`, without its length. Whether the signature is right, [`PublicKey::verify`] tells.
pub fn read_signature(body: &[u8]) -> Result<Signature, AgentError> {
    let broken = || AgentError::Broken { problem: "it ends within its signature" };
    let mut rest = contents(body, SIGN_RESPONSE)?;
    let mut signature = take_string(&mut rest).ok_or_else(broken)?;
    all_read(rest)?;
    let name = take_string(&mut signature).ok_or_else(broken)?;
    if name != b"ssh-ed25519" {
        let name = plain(&String::from_utf8_lossy(name));
        return Err(AgentError::Algorithm { found: name.chars().take(80).collect() });
    }
    let bytes = take_string(&mut signature).ok_or_else(broken)?;
    all_read(signature)?;
    Signature::from_slice(bytes)
        .ok_or(AgentError::Broken { problem: "an ed25519 signature has 64 bytes, this one has not" })
}

fn contents(body: &[u8], expected: u8) -> Result<&[u8], AgentError> {
    if body.len() > MAX_MESSAGE_BYTES {
        return Err(AgentError::AnswerLength { bytes: u32::try_from(body.len()).unwrap_or(u32::MAX) });
    }
    match body.split_first() {
        Some((kind, rest)) if *kind == expected => Ok(rest),
        Some((&FAILURE, _)) => Err(AgentError::Refused),
        Some((&found, _)) => Err(AgentError::Unexpected { expected, found }),
        None => Err(AgentError::Broken { problem: "it is empty" }),
    }
}

fn all_read(rest: &[u8]) -> Result<(), AgentError> {
    if rest.is_empty() { Ok(()) } else { Err(AgentError::Broken { problem: "more bytes follow its end" }) }
}
