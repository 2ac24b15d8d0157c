//! The SSH agent: the socket around the messages of `packhouse-trust`.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use packhouse_trust::agent::{
    body_length, identities_request, read_identities, read_signature, sign_request,
};
use packhouse_trust::{PublicKey, SignError, Signature, Signer};

/// How long its owner may think before the agent signs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A key that the agent holds.
pub(super) struct AgentKey {
    socket: PathBuf,
    key: PublicKey,
}

/// Where the agent is, if there is one.
pub(super) fn socket() -> Option<PathBuf> {
    std::env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The keys of the agent that can sign here.
pub(super) fn keys(socket: &std::path::Path) -> io::Result<Vec<PublicKey>> {
    let answer = ask(socket, &identities_request())?;
    let identities = read_identities(&answer).map_err(io::Error::other)?;
    Ok(identities.into_iter().filter_map(|identity| identity.key.ok()).collect())
}

impl AgentKey {
    pub(super) fn new(socket: PathBuf, key: PublicKey) -> Self {
        Self { socket, key }
    }
}

impl Signer for AgentKey {
    fn public_key(&self) -> PublicKey {
        self.key.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let refused = |source: Box<dyn std::error::Error + Send + Sync>| SignError::Refused {
            key: self.key.id(),
            source,
        };
        let request = sign_request(&self.key, message).map_err(|error| refused(Box::new(error)))?;
        let answer = ask(&self.socket, &request).map_err(|error| refused(Box::new(error)))?;
        read_signature(&answer).map_err(|error| refused(Box::new(error)))
    }
}

fn ask(socket: &std::path::Path, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request)?;
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    let mut body = vec![0; body_length(header).map_err(io::Error::other)?];
    stream.read_exact(&mut body)?;
    Ok(body)
}
