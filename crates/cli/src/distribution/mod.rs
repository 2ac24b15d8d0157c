//! The commands of the distribution: what people sign, and what they look at before.
//!
//! All but those on the server's own data (`found`, `maintainer invite-first`, `token`, `fsck`) talk to the API.

mod acts;
mod affiliation;
mod agent;
mod diff;
mod excuses;
mod exempt;
mod hint;
mod import;
mod key;
mod ledger;
mod local;
mod maintainer;
mod plan;
mod preflight;
mod project;
mod queue;
pub(crate) mod remote;
mod requirements;
mod review;
mod rollback;
mod session;
mod show;
mod suite;
mod tables;
mod transition;
mod verdict;
mod withdraw;

use clap::Subcommand;

use crate::arguments::Common;
use crate::exit::{Failure, Outcome};

/// The commands of the distribution.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make this server's data a distribution
    Found(local::Found),
    /// Make keys to sign with
    Key {
        #[command(subcommand)]
        command: key::KeyCommand,
    },
    /// The people: list, invite, join, keys, roles
    Maintainer(maintainer::Maintainer),
    /// Projects under maintenance: add, adopt, give up
    Project(project::Project),
    /// Candidates that wait for a review
    Queue(queue::Queue),
    /// Read what is new in a release, and say what it comes to
    Review(review::Review),
    /// Take a release without a review until a date, or list those taken so
    Exempt(exempt::Exempt),
    /// List acts that wait for a second person, or agree to one
    Approve(acts::Approve),
    /// Suites: list, set up, freeze, roll back
    Suite(suite::Suite),
    /// Why releases have not moved to the next suite
    Excuses(excuses::Excuses),
    /// Move to the next suite what may move, or say what would
    Migrate(excuses::Migrate),
    /// Say something about a migration: block, unblock, age, waive
    Hint(hint::Hint),
    /// Name what moves to the next suite together: add, list, end
    Transition(transition::Transition),
    /// Release a stable suite from a snapshot
    Release(suite::Release),
    /// Take a release out of use, or back into it
    Withdraw(withdraw::Withdraw),
    /// Import the reviews of other distributions
    Import(import::Import),
    /// Export the ledger, or verify an export
    Ledger(ledger::Ledger),
    /// Check the ledger, the tables and the files of this server's data
    Fsck(local::Fsck),
    /// Tokens for programs that ask the server to do something
    Token {
        #[command(subcommand)]
        command: local::TokenCommand,
    },
}

/// Runs one.
pub(crate) async fn run(common: &Common, command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::Found(found) => local::found(common, found).await,
        Command::Key { command } => key::run(common, command),
        Command::Maintainer(maintainer) => maintainer::run(common, maintainer).await,
        Command::Project(project) => project::run(common, project).await,
        Command::Queue(queue) => queue::run(common, queue).await,
        Command::Review(review) => review::run(common, review).await,
        Command::Exempt(exempt) => exempt::run(common, exempt).await,
        Command::Approve(approve) => acts::approve(common, approve).await,
        Command::Suite(suite) => suite::run(common, suite).await,
        Command::Excuses(excuses) => excuses::excuses(common, excuses).await,
        Command::Migrate(migrate) => excuses::migrate(common, migrate).await,
        Command::Hint(hint) => hint::run(common, hint).await,
        Command::Transition(transition) => transition::run(common, transition).await,
        Command::Release(release) => suite::release(common, release).await,
        Command::Withdraw(withdraw) => withdraw::run(common, withdraw).await,
        Command::Import(import) => import::run(common, import).await,
        Command::Ledger(ledger) => ledger::run(common, ledger).await,
        Command::Fsck(fsck) => local::fsck(common, fsck).await,
        Command::Token { command } => local::token(common, command).await,
    }
}
