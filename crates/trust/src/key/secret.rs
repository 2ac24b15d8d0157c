use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use ssh_key::private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData};
use ssh_key::{Cipher, Kdf, LineEnding, PrivateKey};
use zeroize::Zeroizing;

use super::{PublicKey, Signature, plain};
use crate::signer::{SignError, Signer};

/// The longest file that is read as a secret key, in bytes. One of ed25519 has about 400.
pub const MAX_KEY_FILE_BYTES: usize = 16 << 10;
/// The most rounds of `bcrypt_pbkdf` that are computed: `ssh-keygen` writes 16 unless told otherwise (`-a`), and each
/// takes some milliseconds.
pub const MAX_ROUNDS: u32 = 2_000;

const ROUNDS: u32 = 16;
const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";

/// A secret ed25519 key. Cannot be printed or cloned; zeroised when dropped.
pub struct SecretKey {
    key: SigningKey,
    comment: String,
}

/// How a key file is protected.
pub struct Protection<'a> {
    /// What its owner will be asked for; not empty.
    pub passphrase: &'a [u8],
    /// 16 random bytes, new for each file: the cipher's key and counter come from the passphrase and these.
    pub salt: [u8; 16],
}

/// The text is no secret key that can be used here.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// Something else than a private key in OpenSSH's form.
    #[error("expected a private key in OpenSSH's form, which begins with `{BEGIN}`; {hint}")]
    Format {
        /// What it seems to be, or what to do.
        hint: &'static str,
    },
    /// Longer than [`MAX_KEY_FILE_BYTES`].
    #[error("a key file has at most {MAX_KEY_FILE_BYTES} bytes; this one has {bytes}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Encrypted, and no passphrase was given.
    #[error("the key file is encrypted: its passphrase is needed")]
    Encrypted,
    /// Encrypted with another passphrase.
    #[error("the passphrase does not open the key file")]
    WrongPassphrase,
    /// A passphrase of no characters.
    #[error("an empty passphrase protects nothing: give one, or leave the key file unencrypted")]
    EmptyPassphrase,
    /// Encrypted so that opening it would take minutes or hours.
    #[error("the key file asks for {rounds} rounds of key derivation; {MAX_ROUNDS} is the most")]
    Rounds {
        /// How many.
        rounds: u32,
    },
    /// Another kind of key.
    #[error("only ssh-ed25519 keys sign here; this one is {found} (make one with `ssh-keygen -t ed25519`)")]
    Algorithm {
        /// The kind.
        found: String,
    },
    /// Begins as one and is broken.
    #[error("the key file is broken")]
    Broken(#[source] ssh_key::Error),
}

impl SecretKey {
    /// The key that these 32 bytes are the seed of (RFC 8032, section 5.1.5). They must come from the operating system's
    /// source of randomness, and be zeroised by the caller.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self { key: SigningKey::from_bytes(seed), comment: String::new() }
    }

    /// The key with a comment, for people: whose it is. Control characters are left out.
    #[must_use]
    pub fn with_comment(mut self, comment: &str) -> Self {
        self.comment = plain(comment);
        self
    }

    /// Reads the text of a file as `ssh-keygen -t ed25519` writes it. A passphrase for a file that is not encrypted is
    /// ignored. Opening an encrypted one takes as long as its owner chose.
    pub fn from_openssh(text: &str, passphrase: Option<&[u8]>) -> Result<Self, SecretKeyError> {
        if text.len() > MAX_KEY_FILE_BYTES {
            return Err(SecretKeyError::TooLarge { bytes: text.len() });
        }
        if !text.trim_start().starts_with(BEGIN) {
            return Err(SecretKeyError::Format { hint: hint(text) });
        }
        let file = PrivateKey::from_openssh(text.trim_start()).map_err(broken)?;
        let algorithm = file.algorithm();
        if algorithm != ssh_key::Algorithm::Ed25519 {
            return Err(SecretKeyError::Algorithm { found: algorithm.as_str().to_owned() });
        }
        let file = if file.is_encrypted() {
            // Attack: a file that says 4 billion rounds occupies a processor for days.
            if let Kdf::Bcrypt { rounds, .. } = file.kdf()
                && *rounds > MAX_ROUNDS
            {
                return Err(SecretKeyError::Rounds { rounds: *rounds });
            }
            file.decrypt(passphrase.ok_or(SecretKeyError::Encrypted)?).map_err(|error| match error {
                ssh_key::Error::Crypto => SecretKeyError::WrongPassphrase,
                other => broken(other),
            })?
        } else {
            file
        };
        match file.key_data() {
            KeypairData::Ed25519(pair) => {
                Ok(Self { key: SigningKey::from(&pair.private), comment: plain(file.comment()) })
            }
            _ => Err(SecretKeyError::Algorithm { found: file.algorithm().as_str().to_owned() }),
        }
    }

    /// The text of a key file, as OpenSSH reads it; with a protection encrypted as `ssh-keygen` does it (aes256-ctr,
    /// bcrypt). To be written with mode 0600.
    pub fn to_openssh(
        &self,
        protection: Option<&Protection<'_>>,
    ) -> Result<Zeroizing<String>, SecretKeyError> {
        let pair = Ed25519Keypair::from(Ed25519PrivateKey::from(&self.key));
        let mut file = PrivateKey::new(KeypairData::Ed25519(pair), self.comment.clone()).map_err(broken)?;
        if let Some(Protection { passphrase, salt }) = protection {
            if passphrase.is_empty() {
                return Err(SecretKeyError::EmptyPassphrase);
            }
            let derivation = Kdf::Bcrypt { salt: salt.to_vec(), rounds: ROUNDS };
            // Only tells a right passphrase from a wrong one; encrypted with the rest.
            let check = u32::from_be_bytes([salt[0], salt[1], salt[2], salt[3]]);
            file = file.encrypt_with(Cipher::Aes256Ctr, derivation, check, passphrase).map_err(broken)?;
        }
        file.to_openssh(LineEnding::LF).map_err(broken)
    }

    /// The comment from the key file, without control characters; may be empty.
    pub fn comment(&self) -> &str {
        &self.comment
    }
}

impl Signer for SecretKey {
    fn public_key(&self) -> PublicKey {
        PublicKey::of(&self.key)
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        Ok(Signature::from_bytes(self.key.sign(message).to_bytes()))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public_key().id())
    }
}

fn broken(error: ssh_key::Error) -> SecretKeyError {
    match error {
        ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. } => {
            SecretKeyError::Algorithm { found: "of another kind".to_owned() }
        }
        other => SecretKeyError::Broken(other),
    }
}

fn hint(text: &str) -> &'static str {
    let text = text.trim_start();
    if text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-") {
        "this is a public key: the private one lies beside it, in the file without `.pub`"
    } else if text.starts_with("PuTTY-User-Key-File") {
        "this is a key of PuTTY: export it with `puttygen FILE -O private-openssh-new`"
    } else if text.starts_with("-----BEGIN") {
        "this is a key in another form: make one with `ssh-keygen -t ed25519`"
    } else {
        "this is something else"
    }
}
