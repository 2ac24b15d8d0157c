//! Verdicts: over exact hashes, shown before they are signed.

use clap::Args;
use packhouse_distribution::Release;
use packhouse_distribution::act::{Review, Scope, Thoroughness, Verdict};
use packhouse_model::Sha256;

use super::session::{Session, chosen};
use super::show;
use crate::exit::Failure;

/// `review accept`.
#[derive(Debug, Args)]
pub(crate) struct Accept {
    /// Such as flask==3.1.0
    #[arg(value_parser = show::release)]
    release: Release,
    /// Only the difference from this reviewed release was read
    #[arg(long, value_name = "RELEASE", value_parser = show::release)]
    base: Option<Release>,
    /// Only this file; may be repeated [default: all of the release]
    #[arg(long = "file", value_name = "NAME")]
    files: Vec<String>,
    /// What it meets; may be repeated
    #[arg(long = "criteria", value_name = "NAME", default_value = "safe-to-run", value_delimiter = ',')]
    criteria: Vec<String>,
    /// How closely it was read: low, medium or high
    #[arg(long, value_parser = show::word::<Thoroughness>, default_value = "medium")]
    thoroughness: Thoroughness,
    /// Minutes spent
    #[arg(long, default_value_t = 0)]
    minutes: u32,
    /// What was seen
    #[arg(long, default_value = "")]
    notes: String,
}

/// `review reject` and `review violation`.
#[derive(Debug, Args)]
pub(crate) struct Against {
    /// Such as flask==3.1.0
    #[arg(value_parser = show::release)]
    release: Release,
    /// Only this file; may be repeated [default: all of the release]
    #[arg(long = "file", value_name = "NAME")]
    files: Vec<String>,
    /// Why
    #[arg(long)]
    notes: String,
    /// Minutes spent
    #[arg(long, default_value_t = 0)]
    minutes: u32,
    /// How closely it was read: low, medium or high
    #[arg(long, value_parser = show::word::<Thoroughness>, default_value = "medium")]
    thoroughness: Thoroughness,
}

/// `packhouse review accept`.
pub(super) async fn accept(session: &mut Session, accept: &Accept) -> Result<(), Failure> {
    let document = session.release(&accept.release).await?;
    let files = chosen(&document, &accept.files)?;
    let scope = match &accept.base {
        None => Scope::Full,
        Some(base) => Scope::Delta { base: base.clone(), base_files: reviewed(session, base).await? },
    };
    let from =
        accept.base.as_ref().map_or("in full".to_owned(), |base| format!("as a difference from {base}"));
    show_bytes(session, &accept.release, &files);
    session.tell(format_args!("accept {from}: {}", accept.criteria.join(", ")));
    let act = Review {
        release: accept.release.clone(),
        scope,
        verdict: Verdict::Accept,
        criteria: accept.criteria.clone(),
        thoroughness: accept.thoroughness,
        minutes: accept.minutes,
        notes: accept.notes.clone(),
        tools: tools(),
    };
    session.say(act, &files).await?;
    // Whether it counts is the server's to say, and worth knowing at once.
    let after = session.release(&accept.release).await?;
    let sentence = show::plain(&after.sentence);
    session.tell(format_args!(
        "{}: {}{}",
        accept.release,
        after.state.state,
        if after.status.complete { String::new() } else { format!("; {sentence}") }
    ));
    Ok(())
}

/// The files of a base that a delta may start from: those that are reviewed themselves.
async fn reviewed(session: &Session, base: &Release) -> Result<Vec<Sha256>, Failure> {
    let document = session.release(base).await?;
    if document.status.reviewed.is_empty() {
        return Err(Failure::no(format!("{base} is not reviewed itself: {}", document.sentence)).with_hint(
            "a difference counts only from what is reviewed; `packhouse review show` says from what",
        ));
    }
    Ok(document.status.reviewed)
}

/// `packhouse review reject`.
pub(super) async fn reject(session: &mut Session, against: &Against) -> Result<(), Failure> {
    oppose(session, against, Verdict::Reject, "reject").await
}

/// `packhouse review violation`.
pub(super) async fn violation(session: &mut Session, against: &Against) -> Result<(), Failure> {
    oppose(session, against, Verdict::Violation, "violation").await
}

async fn oppose(
    session: &mut Session,
    against: &Against,
    verdict: Verdict,
    word: &str,
) -> Result<(), Failure> {
    let files = session.subjects(&against.release, &against.files).await?;
    show_bytes(session, &against.release, &files);
    session.tell(format_args!("{word}: {}", show::plain(&against.notes)));
    let act = Review {
        release: against.release.clone(),
        scope: Scope::Full,
        verdict,
        criteria: Vec::new(),
        thoroughness: against.thoroughness,
        minutes: against.minutes,
        notes: against.notes.clone(),
        tools: tools(),
    };
    session.say(act, &files).await?;
    Ok(())
}

fn show_bytes(session: &Session, release: &Release, files: &[(String, Sha256)]) {
    session.tell(format_args!("{release}"));
    for (name, sha256) in files {
        session.tell(format_args!("  {sha256}  {name}"));
    }
}

fn tools() -> Vec<String> {
    vec![concat!("packhouse ", env!("CARGO_PKG_VERSION")).to_owned()]
}
