use clap::{Args, Subcommand};
use packhouse_client::{Release as Document, Suggestion};
use packhouse_distribution::Release;
use packhouse_distribution::act::{Claim, Note, ReviewRevoke};

use super::diff::{self, Diff};
use super::remote::{Remote, Signing, failed};
use super::session::{Session, fetch, now};
use super::show;
use super::verdict::{self, Accept, Against};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

const EXAMPLES: &str = "\
Examples:
  packhouse queue --for ada
  packhouse review claim flask==3.1.0
  packhouse review show flask==3.1.0
  packhouse review diff flask==3.1.0
  packhouse review accept flask==3.1.0 --base flask==3.0.3 --minutes 25 --notes 'read; no new I/O'

What is accepted are exact bytes: their hashes are shown before they are signed. A verdict is final; `review revoke`
takes it back by a further entry.";

/// `review …`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Review {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    signing: Signing,
    #[command(subcommand)]
    command: ReviewCommand,
}

#[derive(Debug, Subcommand)]
enum ReviewCommand {
    /// Show a release: files, risk, vendor, reviews, what to review next
    Show {
        /// Such as flask==3.1.0
        #[arg(value_parser = show::release)]
        release: Release,
    },
    /// Show what differs: metadata first, then files by risk
    Diff(Diff),
    /// Say that you are on it, so that nobody else begins
    Claim {
        /// Such as flask==3.1.0
        #[arg(value_parser = show::release)]
        release: Release,
        /// For how long, at most 72h; 0s gives it back
        #[arg(long = "for", value_name = "TIME", default_value = "24h")]
        lasts: String,
    },
    /// Sign that a release meets the criteria
    Accept(Accept),
    /// Sign that it does not, and should not be taken as it is
    Reject(Against),
    /// Sign that it harms: everything that rests on these bytes is blocked
    Violation(Against),
    /// Remark on a release; it moves nothing
    Note {
        /// Such as flask==3.1.0
        #[arg(value_parser = show::release)]
        release: Release,
        /// What is to be said
        text: String,
        /// A path in the release
        #[arg(long)]
        path: Option<String>,
        /// A line of that file
        #[arg(long, requires = "path")]
        line: Option<u32>,
    },
    /// Take a review of yours back
    Revoke {
        /// The number of its entry
        entry: u64,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// `packhouse review …`.
pub(super) async fn run(common: &Common, review: &Review) -> Result<Outcome, Failure> {
    match &review.command {
        ReviewCommand::Show { release } => return show_release(common, &review.remote, release).await,
        ReviewCommand::Diff(diff) => return diff::run(common, &review.remote, diff).await,
        _ => {}
    }
    let mut session = Session::open(common, &review.remote, &review.signing).await?;
    match &review.command {
        ReviewCommand::Accept(accept) => verdict::accept(&mut session, accept).await?,
        ReviewCommand::Reject(against) => verdict::reject(&mut session, against).await?,
        ReviewCommand::Violation(against) => verdict::violation(&mut session, against).await?,
        ReviewCommand::Claim { release, lasts } => {
            let lasts = packhouse_model::parse_duration(lasts)
                .map_err(|error| Failure::wrong_use(format!("--for: {error}")))?;
            let act = Claim { release: release.clone(), until: now().plus(lasts) };
            session.say(act, &[]).await?;
        }
        ReviewCommand::Note { release, text, path, line } => {
            let act = Note {
                release: release.clone(),
                path: path.clone(),
                line: *line,
                text: text.clone(),
                machine: None,
            };
            session.say(act, &[]).await?;
        }
        ReviewCommand::Revoke { entry, reason } => {
            session.say(ReviewRevoke { entry: *entry, reason: reason.clone() }, &[]).await?;
        }
        ReviewCommand::Show { .. } | ReviewCommand::Diff(_) => {}
    }
    Ok(session.done())
}

async fn show_release(common: &Common, remote: &Remote, release: &Release) -> Result<Outcome, Failure> {
    let client = remote.client()?;
    let (project, version) = (release.project.as_str(), release.version.to_string());
    if common.json {
        let answer = client.release(project, &version).await.map_err(|error| failed(&error))?;
        return Ok(show::json(&answer.json));
    }
    let document = fetch(&client, release).await?;
    let suggestions = if document.status.complete {
        Vec::new()
    } else {
        client.suggestions(project, &version).await.map_err(|error| failed(&error))?.document
    };
    print(&document, &suggestions);
    Ok(Outcome::Done)
}

fn print(document: &Document, suggestions: &[Suggestion]) {
    out!("{}  {}, risk {}", document.release, document.state.state, document.risk);
    if let Some(condition) = &document.condition {
        out!("  {} by {}: {}", condition.condition, condition.by, show::plain(&condition.reason));
    }
    out!("  uploaded  {}", document.uploaded.minute());
    out!("  due       {}", document.deadline.minute());
    if let Some(claim) = &document.claim {
        out!("  claimed   by {} until {}", claim.by, claim.until.minute());
    }
    let base = document.base.as_deref().unwrap_or("nothing: it is the first");
    out!("  compared  with {base}; {} to read", show::count(document.lines, "line"));
    for (suite, placed) in &document.placements {
        out!("  in {suite}  since {}", placed.since.minute());
    }
    for change in &document.identity {
        let (before, after) = (show::plain(&change.before), show::plain(&change.after));
        out!("  CHANGED   {}: {before} -> {after}", change.what);
    }
    for reason in &document.risk_reasons {
        let place = reason.place.as_ref().map_or(String::new(), |place| format!(" ({})", show::plain(place)));
        out!("  {}        {}{place}", reason.class, show::plain(&reason.what));
    }
    out!("\nfiles");
    for file in &document.files {
        let status = document.status.files.get(&file.sha256.hex());
        let word = if status.is_some_and(|status| status.reviewed) { "reviewed" } else { "open    " };
        out!("  {word}  {}  {}", file.sha256, file.filename);
        for ignored in status.iter().flat_map(|status| &status.ignored) {
            out!("            entry {} by {} does not count: {}", ignored.entry, ignored.by, ignored.why);
        }
    }
    out!("\nreviews: {}", show::plain(&document.sentence));
    for line in &document.status.needed.because {
        out!("  {line}");
    }
    for review in &document.reviews {
        let revoked = if review.revoked.is_some() { ", taken back" } else { "" };
        out!(
            "  entry {}  {} by {} on {}, {}, {} min{revoked}",
            review.entry,
            review.verdict,
            review.by,
            review.at.date(),
            review.thoroughness,
            review.minutes
        );
        for line in show::plain_lines(&review.notes) {
            out!("      {line}");
        }
    }
    for one in &document.exemptions {
        let holds = one.why_not.as_ref().map_or_else(String::new, |why| format!(" ({})", show::plain(why)));
        let reason = show::plain(&one.reason);
        out!("  entry {}  exempt by {} until {}{holds}: {reason}", one.entry, one.by, one.until.date());
    }
    for note in &document.notes {
        let place = match (&note.path, note.line) {
            (Some(path), Some(line)) => format!(" {}:{line}", show::plain(path)),
            (Some(path), None) => format!(" {}", show::plain(path)),
            _ => String::new(),
        };
        out!("  note {} by {}{place}: {}", note.entry, note.by, show::plain(&note.text));
    }
    if let Some(first) = suggestions.first() {
        let with = first.base.as_ref().map_or(String::new(), |base| format!(" --base {base}"));
        out!(
            "\nnext: packhouse review accept {}{with}   ({})",
            document.release,
            show::count(first.lines, "line")
        );
    }
}
