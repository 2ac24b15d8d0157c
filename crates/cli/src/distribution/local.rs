//! Commands on the server's own data: `found`, `invite-first`, `token`, `fsck`.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use packhouse_app::{AppError, LedgerError, Packhouse, SystemClock, Token, TokenScope};
use packhouse_distribution::act::Role;
use packhouse_model::MaintainerId;

use super::show;
use crate::arguments::Common;
use crate::exit::{Failure, Outcome, chain};
use crate::output::out;
use crate::{logging, settings};

/// `found`.
#[derive(Debug, Args)]
pub(crate) struct Found {
    /// What people call the distribution
    #[arg(value_name = "NAME")]
    name: String,
}

/// `maintainer invite-first`.
#[derive(Debug, Args)]
pub(crate) struct InviteFirst {
    /// The name that they will act under, such as `ada`
    #[arg(value_name = "ID")]
    id: MaintainerId,
    /// Their public key, as one line: `ssh-ed25519 AAAA…`
    #[arg(long, value_name = "LINE")]
    key_line: String,
    /// maintainer, release-manager, security or trainee; may be repeated
    #[arg(long = "role", value_name = "ROLE", value_parser = show::word::<Role>, default_values = ["release-manager", "maintainer"])]
    roles: Vec<Role>,
}

/// `fsck`.
#[derive(Debug, Args)]
pub(crate) struct Fsck {
    /// Make the tables again from the ledger where they differ
    #[arg(long)]
    repair: bool,
}

/// `token …`.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token; it is shown once
    Create(CreateToken),
    /// List the tokens, without what they are
    List,
    /// Make a token good for nothing
    Revoke {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// `token create`.
#[derive(Debug, Args)]
pub(crate) struct CreateToken {
    /// Whose it is or what it is for
    #[arg(value_name = "NAME")]
    name: String,
    /// read, watch, migrate or import; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<TokenScope>,
    /// For how long, such as 90d
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = time)]
    expires: Duration,
}

fn time(text: &str) -> Result<Duration, String> {
    packhouse_model::parse_duration(text).map_err(|error| error.to_string())
}

/// Opens the data that the configuration names; without `make`, only if there is some.
async fn open(common: &Common, make: bool) -> Result<Packhouse, Failure> {
    let mut config = settings::read(common, Vec::new())?;
    if common.log.is_none() {
        "error".clone_into(&mut config.log);
    }
    logging::start(&config)?;
    if !make && !config.data.is_dir() {
        return Err(Failure::wrong_use(format!("there is no data in {}", config.data.display()))
            .with_hint("--data names the folder that `packhouse serve` uses"));
    }
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
    Packhouse::open_alone(config, public_url, Arc::new(SystemClock))
        .await
        .map_err(|error| Failure::fault("the data could not be opened", &error))
}

/// A failure of the ledger, as the command's.
fn refused(error: &LedgerError) -> Failure {
    match error {
        LedgerError::App(error) => Failure::of(error),
        LedgerError::Refused(_) | LedgerError::Known | LedgerError::NotFounded => Failure::no(chain(error)),
        _ => Failure::fault("the ledger could not be used", error),
    }
}

/// `packhouse found`.
pub(super) async fn found(common: &Common, found: &Found) -> Result<Outcome, Failure> {
    let packhouse = open(common, true).await?;
    packhouse.catch_up().await.map_err(|error| refused(&error))?;
    if let Some(founded) = packhouse.distribution().distribution() {
        return Err(Failure::no(format!("the distribution exists already: {}", founded.name)));
    }
    let submitted = packhouse.found(&found.name).await;
    let state = packhouse.distribution();
    packhouse.close().await;
    let submitted = submitted.map_err(|error| refused(&error))?;
    let founded = state.distribution();
    let key = founded.map(|founded| founded.server_key.clone()).unwrap_or_default();
    if common.json {
        out!("{}", serde_json::json!({ "name": found.name, "id": submitted.entry.hash, "server_key": key }));
        return Ok(Outcome::Done);
    }
    out!("{} is founded.", found.name);
    out!("  id          {}", submitted.entry.hash);
    out!("  server key  {key} (server-key in the data folder: keep a copy of it)");
    out!("\nNext: packhouse key new FILE, and on this machine");
    out!("  packhouse maintainer invite-first ID --key-line \"$(cat FILE.pub)\"");
    Ok(Outcome::Done)
}

/// `packhouse maintainer invite-first`.
pub(super) async fn invite_first(common: &Common, invite: &InviteFirst) -> Result<Outcome, Failure> {
    let packhouse = open(common, false).await?;
    packhouse.catch_up().await.map_err(|error| refused(&error))?;
    let invited = packhouse.invite_first(&invite.id, &invite.key_line, &invite.roles).await;
    packhouse.close().await;
    let invited = invited.map_err(|error| refused(&error))?;
    if common.json {
        out!("{}", serde_json::json!({ "number": invited.entry.number, "hash": invited.entry.hash }));
    } else {
        out!("entry {}  invite  {}", invited.entry.number, invite.id);
        out!("\nNext, with the key: packhouse maintainer join --name NAME");
    }
    Ok(Outcome::Done)
}

/// `packhouse fsck`.
pub(super) async fn fsck(common: &Common, fsck: &Fsck) -> Result<Outcome, Failure> {
    let packhouse = open(common, false).await?;
    let bar = if std::io::stderr().is_terminal() && !common.json {
        ProgressBar::new_spinner().with_style(
            ProgressStyle::with_template("{spinner} {pos} entries read")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        )
    } else {
        ProgressBar::hidden()
    };
    let report = packhouse.fsck(fsck.repair, &|number| bar.set_position(number)).await;
    bar.finish_and_clear();
    packhouse.close().await;
    let report = report.map_err(|error| refused(&error))?;
    let sound = report.is_sound();
    if common.json {
        let mut document = serde_json::to_value(&report).unwrap_or_default();
        document["sound"] = sound.into();
        show::json(&document);
    } else {
        for (what, problems) in [
            ("ledger", &report.ledger),
            ("table", &report.rows),
            ("file", &report.missing_files),
            ("provenance", &report.missing_provenance),
        ] {
            for problem in problems {
                out!("{what}: {}", show::plain(problem));
            }
        }
        if report.more > 0 {
            out!("and {} more", report.more);
        }
        out!("{} entries, head {}", report.entries, report.head);
        match (sound, report.repaired) {
            (true, true) => out!("sound: the tables were made again from the ledger"),
            (true, false) => out!("sound"),
            (false, _) if report.can_be_repaired() => {
                out!("not sound; --repair makes the tables again from the ledger");
            }
            (false, _) => out!("not sound"),
        }
    }
    Ok(if sound { Outcome::Done } else { Outcome::No })
}

/// `packhouse token …`.
pub(super) async fn token(common: &Common, command: &TokenCommand) -> Result<Outcome, Failure> {
    let packhouse = open(common, false).await?;
    let answer = token_answer(&packhouse, command).await;
    packhouse.close().await;
    match answer.map_err(|error| Failure::of(&error))? {
        Answer::Created(secret, token) if common.json => {
            out!(
                "{}",
                serde_json::json!({ "token": secret, "name": token.name, "scopes": token.scopes, "expires": token.expires })
            );
        }
        Answer::Created(secret, token) => {
            out!("{secret}");
            crate::output::err!("{} until {}; it is not shown again", words(&token), token.expires.minute());
        }
        Answer::All(tokens) if common.json => {
            let rows = tokens.iter().map(|token| {
                serde_json::json!({ "name": token.name, "scopes": token.scopes, "created": token.created, "expires": token.expires })
            });
            out!("{}", serde_json::json!({ "tokens": rows.collect::<Vec<_>>() }));
        }
        Answer::All(tokens) => {
            let rows: Vec<Vec<String>> = tokens
                .iter()
                .map(|token| vec![token.name.clone(), words(token), token.expires.minute()])
                .collect();
            super::tables::rows(&["name", "scopes", "expires"], &rows);
        }
        Answer::Revoked => {}
    }
    Ok(Outcome::Done)
}

enum Answer {
    Created(String, Token),
    All(Vec<Token>),
    Revoked,
}

async fn token_answer(packhouse: &Packhouse, command: &TokenCommand) -> Result<Answer, AppError> {
    match command {
        TokenCommand::Create(create) => {
            let (secret, token) =
                packhouse.create_token(&create.name, &create.scopes, create.expires).await?;
            Ok(Answer::Created(secret, token))
        }
        TokenCommand::List => packhouse.tokens().await.map(Answer::All),
        TokenCommand::Revoke { name } => packhouse.revoke_token(name).await.map(|()| Answer::Revoked),
    }
}

fn words(token: &Token) -> String {
    token.scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(", ")
}
