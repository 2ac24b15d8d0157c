//! `packhouse names …`: names that look like others.

use std::sync::Arc;

use clap::Subcommand;
use packhouse_app::config::Config;
use packhouse_app::{AppError, NameWord, NamesReport, Packhouse, SystemClock};
use packhouse_model::ProjectName;

use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;
use crate::{logging, settings};

/// `names …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what a name looks like, without asking anybody
    Look {
        /// The name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Say that a name is another thing than the one it looks like; that is remembered
    Confirm {
        /// The name
        #[arg(value_name = "NAME")]
        name: String,
        /// What it looks like and is not; may be repeated
        #[arg(long = "not", value_name = "OTHER", required = true)]
        not: Vec<String>,
        /// Why, for whoever looks later
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who says so [default: the user of this machine]
        #[arg(long, value_name = "WHO")]
        author: Option<String>,
    },
    /// Take such a word back
    Retract {
        /// The name
        #[arg(value_name = "NAME")]
        name: String,
        /// What it was said not to be
        #[arg(long = "not", value_name = "OTHER")]
        not: String,
    },
    /// List what people said
    List,
    /// Hold nothing against the names that the upstream has now: asks it for all of them
    Freeze,
}

/// The configuration, with the log of a command.
fn configured(common: &Common) -> Result<Config, Failure> {
    let mut config = settings::read(common, Vec::new())?;
    if common.log.is_none() {
        "error".clone_into(&mut config.log);
    }
    logging::start(&config)?;
    Ok(config)
}

/// Opens the data for work that needs no upstream.
pub(crate) async fn open_alone(common: &Common) -> Result<Packhouse, Failure> {
    let config = configured(common)?;
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
    let opened = Packhouse::open_alone(config, public_url, Arc::new(SystemClock)).await;
    let packhouse = opened.map_err(|error| Failure::fault("the data could not be opened", &error))?;
    let read = packhouse.catch_up().await;
    read.map_err(|error| Failure::fault("the ledger could not be read", &error))?;
    Ok(packhouse)
}

/// The person who runs this, as the system knows them.
pub(crate) fn author(given: Option<&String>) -> Result<String, Failure> {
    let known = ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let mut all = given.cloned().into_iter().chain(known).filter(|name| !name.trim().is_empty());
    all.next().ok_or_else(|| Failure::wrong_use("who says so? --author names them"))
}

fn project(name: &str) -> Result<ProjectName, Failure> {
    packhouse_pypi::normalize(name).map_err(|error| Failure::wrong_use(error.to_string()))
}

/// Runs one.
pub(crate) async fn run(common: &Common, command: &Command) -> Result<Outcome, Failure> {
    let packhouse = match command {
        Command::Freeze => settings::open(configured(common)?).await?,
        _ => open_alone(common).await?,
    };
    let done = answer(&packhouse, common, command).await;
    packhouse.close().await;
    done
}

async fn answer(packhouse: &Packhouse, common: &Common, command: &Command) -> Result<Outcome, Failure> {
    let told = |error: AppError| Failure::of(&error);
    match command {
        Command::Look { name } => {
            let report = packhouse.look_at_name(&project(name)?).await.map_err(told)?;
            show(common, &report);
            Ok(if open(&report).is_empty() { Outcome::Done } else { Outcome::No })
        }
        Command::Confirm { name, not, reason, author: by } => {
            let (name, by) = (project(name)?, author(by.as_ref())?);
            let report = packhouse.confirm_name(&name, not, reason, &by).await.map_err(told)?;
            show(common, &report);
            Ok(Outcome::Done)
        }
        Command::Retract { name, not } => {
            let gone = packhouse.retract_name(&project(name)?, not).await.map_err(told)?;
            if common.json {
                out!("{}", serde_json::json!({ "retracted": gone }));
            } else if gone {
                out!("taken back: {name} is not {not}");
            }
            if gone {
                Ok(Outcome::Done)
            } else {
                Err(Failure::no(format!("nobody said that {name} is not {not}")))
            }
        }
        Command::List => {
            let words = packhouse.name_words().await.map_err(told)?;
            if common.json {
                out!("{}", serde_json::json!({ "names": words }));
            } else {
                words.iter().for_each(print_word);
                out!("{} words about names", words.len());
            }
            Ok(Outcome::Done)
        }
        Command::Freeze => {
            let count = packhouse.freeze_names().await.map_err(told)?;
            if common.json {
                out!("{}", serde_json::json!({ "established": count }));
            } else {
                out!("{count} names were there before: nothing is held against them");
            }
            Ok(Outcome::Done)
        }
    }
}

/// What a name looks like and nobody said that it is not.
fn open(report: &NamesReport) -> Vec<&str> {
    let said = |original: &str| report.confirmed.iter().any(|word| word.original == original);
    if report.established {
        return Vec::new();
    }
    let open = report.looks_like.iter().map(|likeness| likeness.original.as_str());
    open.filter(|original| !said(original)).collect()
}

fn show(common: &Common, report: &NamesReport) {
    let open = open(report);
    if common.json {
        let mut value = serde_json::to_value(report).unwrap_or_default();
        value["open"] = open.into();
        out!("{value}");
        return;
    }
    for likeness in &report.looks_like {
        out!("[{}] {}", likeness.relation, likeness.sentence);
    }
    report.confirmed.iter().for_each(print_word);
    match (report.established, report.looks_like.is_empty(), open.is_empty()) {
        (true, _, _) => out!("{} was there before: nothing is held against it", report.project),
        (false, true, _) => out!("{} looks like no name that is known here", report.project),
        (false, false, true) => {
            out!("{} is served: all that it looks like, it was said not to be", report.project);
        }
        (false, false, false) => {
            out!("{} is refused while it is new: is it {}?", report.project, open.join(", "));
        }
    }
}

fn print_word(word: &NameWord) {
    let day = word.at.date();
    out!("{} is not {}: {} ({}, {day})", word.project, word.original, word.reason, word.author);
}
