//! Keys of people and machines, in the forms that OpenSSH reads and writes, so that people use the key they have.

mod id;
mod public;
mod secret;

pub use id::{KeyId, ParseKeyIdError};
pub use public::{Algorithm, KeyError, PublicKey, Signature};
pub use secret::{MAX_KEY_FILE_BYTES, MAX_ROUNDS, Protection, SecretKey, SecretKeyError};

/// What a comment may hold to be written into one line of text, or shown on a terminal: no control characters.
pub(crate) fn plain(comment: &str) -> String {
    comment.chars().filter(|letter| !letter.is_control()).collect::<String>().trim().to_owned()
}
