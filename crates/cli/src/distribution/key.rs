//! Keys to sign with: files, the agent, new ones.

use std::fs::{self, OpenOptions};
use std::io::{IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use packhouse_trust::key::Protection;
use packhouse_trust::{PublicKey, SecretKey, SecretKeyError, Signer};

use super::agent::{self, AgentKey};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome, chain};
use crate::output::out;

/// `key …`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key: an ed25519 key in OpenSSH's form, as `ssh-keygen -t ed25519` makes it
    New(New),
    /// Print the public half of a key, as an invitation needs it
    Show(ShowKey),
}

/// `key new`.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// Where the secret key goes; the public one goes beside it, with `.pub`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Whose it is, for people
    #[arg(long, value_name = "TEXT", default_value = "packhouse")]
    comment: String,
    /// Leave the file unencrypted, for machines and tests
    #[arg(long)]
    no_passphrase: bool,
}

/// `key show`.
#[derive(Debug, Args)]
pub(crate) struct ShowKey {
    /// The key's file, secret or public
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// `packhouse key …`.
pub(super) fn run(common: &Common, command: &KeyCommand) -> Result<Outcome, Failure> {
    match command {
        KeyCommand::New(new) => make(common, new),
        KeyCommand::Show(show) => {
            let text = read(&show.file)?;
            let line = match text.parse::<PublicKey>() {
                Ok(key) => key.to_openssh(""),
                Err(_) => secret(&show.file, &text)?.public_key().to_openssh(""),
            };
            print(common, &line);
            Ok(Outcome::Done)
        }
    }
}

fn make(common: &Common, new: &New) -> Result<Outcome, Failure> {
    let passphrase = if new.no_passphrase { None } else { Some(new_passphrase()?) };
    let random = |bytes: &mut [u8]| {
        getrandom::fill(bytes).map_err(|error| {
            Failure::fault("the system gives no random numbers", &std::io::Error::other(error.to_string()))
        })
    };
    let mut seed = [0; 32];
    random(&mut seed)?;
    let key = SecretKey::from_seed(&seed).with_comment(&new.comment);
    seed.fill(0);
    let mut salt = [0; 16];
    random(&mut salt)?;
    let protection = passphrase.as_ref().map(|text| Protection { passphrase: text.as_bytes(), salt });
    let text = key.to_openssh(protection.as_ref()).map_err(|error| Failure::wrong_use(chain(&error)))?;
    let line = key.public_key().to_openssh(&new.comment);
    let public = PathBuf::from(format!("{}.pub", new.file.display()));
    write(&new.file, text.as_bytes(), 0o600)?;
    write(&public, format!("{line}\n").as_bytes(), 0o644)?;
    print(common, &line);
    Ok(Outcome::Done)
}

fn print(common: &Common, line: &str) {
    let id = line.parse::<PublicKey>().map(|key| key.id().to_string()).unwrap_or_default();
    if common.json {
        out!("{}", serde_json::json!({ "key": line, "fingerprint": id }));
    } else {
        out!("{line}");
    }
}

fn new_passphrase() -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::wrong_use("there is no terminal to ask for a passphrase")
            .with_hint("--no-passphrase leaves the key unencrypted"));
    }
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).map_err(|error| Failure::fault("the passphrase was asked", &error))
    };
    let passphrase = ask("passphrase for the new key: ")?;
    if ask("once more: ")? != passphrase {
        return Err(Failure::wrong_use("the two passphrases differ"));
    }
    Ok(passphrase)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    // Never over another key.
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    file.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(|error| Failure::wrong_use(format!("{} cannot be written: {error}", path.display())))
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        Failure::wrong_use(format!("the key {} cannot be read: {error}", path.display()))
            .with_hint("`packhouse key new FILE` makes a key; --key or PACKHOUSE_KEY names it")
    })
}

fn secret(path: &Path, text: &str) -> Result<SecretKey, Failure> {
    let failed = |error: &SecretKeyError| Failure::wrong_use(format!("{}: {}", path.display(), chain(error)));
    match SecretKey::from_openssh(text, None) {
        Err(SecretKeyError::Encrypted) if std::io::stdin().is_terminal() => {
            let passphrase = rpassword::prompt_password(format!("passphrase for {}: ", path.display()));
            let passphrase =
                passphrase.map_err(|error| Failure::fault("the passphrase was asked", &error))?;
            SecretKey::from_openssh(text, Some(passphrase.as_bytes())).map_err(|error| failed(&error))
        }
        Err(error @ SecretKeyError::Encrypted) => {
            Err(failed(&error).with_hint("run it on a terminal, or let the SSH agent hold the key (ssh-add)"))
        }
        other => other.map_err(|error| failed(&error)),
    }
}

/// The key to sign with, wherever it is.
pub(super) fn signer(given: Option<&str>) -> Result<Box<dyn Signer>, Failure> {
    let Some(given) = given else {
        let Some(path) = default_file().filter(|path| path.is_file()) else {
            return Err(Failure::wrong_use("no key to sign with was given").with_hint(
                "--key or PACKHOUSE_KEY names a key file, or a key of the SSH agent as SHA256:…; \
                 `packhouse key new FILE` makes one",
            ));
        };
        return of_file(&path);
    };
    if given.starts_with("SHA256:") {
        return of_agent(given);
    }
    of_file(Path::new(given))
}

fn of_file(path: &Path) -> Result<Box<dyn Signer>, Failure> {
    let text = read(path)?;
    match text.parse::<PublicKey>() {
        // Only the public half: whoever holds the secret one is asked.
        Ok(key) => of_agent(&key.id().to_string()),
        Err(_) => secret(path, &text).map(|key| Box::new(key) as Box<dyn Signer>),
    }
}

fn of_agent(fingerprint: &str) -> Result<Box<dyn Signer>, Failure> {
    let hint = "`ssh-add -l` lists the keys that it holds, `ssh-add FILE` adds one";
    let socket = agent::socket().ok_or_else(|| {
        Failure::wrong_use(format!(
            "the key {fingerprint} would be the SSH agent's, and none runs (SSH_AUTH_SOCK)"
        ))
        .with_hint("give the file of the secret key instead")
    })?;
    let keys = agent::keys(&socket).map_err(|error| Failure::fault("the SSH agent was asked", &error))?;
    let key = keys.into_iter().find(|key| key.id().to_string() == fingerprint);
    let key = key.ok_or_else(|| {
        Failure::wrong_use(format!("the SSH agent does not hold the key {fingerprint}")).with_hint(hint)
    })?;
    Ok(Box::new(AgentKey::new(socket, key)))
}

/// `packhouse/key` in the configuration folder.
fn default_file() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_CONFIG_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    folder.or_else(home).map(|folder| folder.join("packhouse").join("key"))
}
