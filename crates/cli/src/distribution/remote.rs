use clap::Args;
use packhouse_app::config::Config;
use packhouse_client::{Client, ClientError};

use crate::exit::{Failure, chain};

/// Which server is asked.
#[derive(Debug, Clone, Args)]
pub(crate) struct Remote {
    /// The server that is asked [default: the one on this machine, port 8141]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "PACKHOUSE_SERVER",
        help_heading = "Server and key"
    )]
    pub(crate) server: Option<String>,
}

/// With which key is signed, and as whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct Signing {
    /// The key to sign with: a file, or `SHA256:…` or a public key file of a key that the SSH agent holds
    /// [default: packhouse/key in the configuration folder]
    #[arg(
        long,
        global = true,
        value_name = "FILE|SHA256:…",
        env = "PACKHOUSE_KEY",
        help_heading = "Server and key"
    )]
    pub(crate) key: Option<String>,
    /// Who signs [default: the maintainer whose key it is]
    #[arg(long = "as", global = true, value_name = "ID", help_heading = "Server and key")]
    pub(crate) who: Option<String>,
}

impl Remote {
    /// The client of the server.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.client_with(None)
    }

    /// The same with a token.
    pub(crate) fn client_with(&self, token: Option<&str>) -> Result<Client, Failure> {
        let server = self.server.clone().unwrap_or_else(|| format!("http://{}", Config::default().listen));
        let address = server.parse().map_err(|error| {
            Failure::wrong_use(chain(&error)).with_hint("--server or PACKHOUSE_SERVER gives it")
        })?;
        Client::new(address, token).map_err(|error| failed(&error))
    }
}

/// A failure of the client, as the command's.
pub(crate) fn failed(error: &ClientError) -> Failure {
    match error {
        ClientError::Refused(problem) => {
            let message = chain(error);
            let failure = match problem.status {
                400 | 413 | 415 => Failure::wrong_use(message),
                500.. => Failure::fault("the server failed", error),
                _ => Failure::no(message),
            };
            match problem.status {
                401 => failure.with_hint("give a token with --token or PACKHOUSE_TOKEN"),
                422 if problem.detail.contains("signed at") => {
                    failure.with_hint("is the clock of this machine right?")
                }
                _ => failure,
            }
        }
        ClientError::Unreachable { .. } => Failure::fault("nothing was asked", error).with_hint(
            "does `packhouse serve` run there? --server or PACKHOUSE_SERVER names another address",
        ),
        _ => Failure::fault("the server was asked", error),
    }
}
