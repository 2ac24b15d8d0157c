//! Importing the reviews of other distributions: subscribing is signed, reading their ledgers is asked of the server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use packhouse_client::{Client, Imported, Peer, PeerDetail};
use packhouse_distribution::act::{PeerEnd, PeerSet, Weight};
use packhouse_model::{MaintainerId, PeerName, Sha256};

use super::remote::{Remote, Signing, failed};
use super::session::Session;
use super::{show, tables};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

/// The most of a file that is sent at once, in bytes: below what servers take (limits.body-size).
const PART: usize = 900_000;

const EXAMPLES: &str = "\
Examples:
  packhouse import add elsewhere --id 5c1f… --address https://packhouse.example --reason 'we know them'
  packhouse import add elsewhere --id 5c1f… --criteria thoroughly-read=safe-to-deploy --exclude flask --reason '…'
  packhouse import fetch elsewhere
  packhouse import fetch elsewhere --file their-ledger.jsonl
  packhouse import show elsewhere
  packhouse import remove elsewhere --reason 'they have closed'

--id is the hash of the peer's first entry, as `packhouse found` showed it there: ask its people, not its server. `add` with
the same name replaces the whole subscription. What counts is explained in docs/guide/maintainers.md.";

/// `import …`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Import {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    signing: Signing,
    #[command(subcommand)]
    command: ImportCommand,
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    /// Sign that the reviews of another distribution are imported, or how from now on
    Add(Add),
    /// List the distributions whose reviews are imported
    List,
    /// Sign that nothing of it counts from now on
    Remove {
        /// What it is called here
        #[arg(value_name = "PEER")]
        peer: PeerName,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Have its ledger read now, or hand it in as a file
    Fetch {
        /// What it is called here
        #[arg(value_name = "PEER")]
        peer: PeerName,
        /// An export of its ledger from the first entry on (`packhouse ledger export` there)
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// A token with the scope import
        #[arg(long, env = "PACKHOUSE_TOKEN", hide_env_values = true)]
        token: Option<String>,
    },
    /// Show one, with its people and the reviews that were imported
    Show {
        /// What it is called here
        #[arg(value_name = "PEER")]
        peer: PeerName,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// What it is called here
    #[arg(value_name = "PEER")]
    peer: PeerName,
    /// The hash of its ledger's first entry
    #[arg(long, value_name = "SHA256")]
    id: Sha256,
    /// Where its server is; without one its ledger comes as a file
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// What a criterion of theirs is worth here: THEIRS=OURS; may be repeated
    #[arg(long = "criteria", value_name = "THEIRS=OURS", value_parser = worth, default_value = "safe-to-run=safe-to-run")]
    criteria: Vec<(String, String)>,
    /// Only the reviews of this maintainer of theirs; may be repeated [default: all]
    #[arg(long = "maintainer", value_name = "ID")]
    maintainers: Vec<MaintainerId>,
    /// Only this project; may be repeated [default: all]
    #[arg(long = "project", value_name = "NAME")]
    projects: Vec<String>,
    /// Never this project; may be repeated
    #[arg(long = "exclude", value_name = "NAME")]
    exclude: Vec<String>,
    /// How their reviews count: one (all together as one signature), each (each person) or none
    #[arg(long, value_name = "HOW", value_parser = show::word::<Weight>, default_value = "one")]
    counts: Weight,
    /// Why it is trusted with that
    #[arg(long)]
    reason: String,
}

fn worth(text: &str) -> Result<(String, String), String> {
    let (theirs, ours) =
        text.split_once('=').ok_or("expected THEIRS=OURS, such as safe-to-run=safe-to-run")?;
    Ok((theirs.trim().to_owned(), ours.trim().to_owned()))
}

/// `packhouse import …`.
pub(super) async fn run(common: &Common, import: &Import) -> Result<Outcome, Failure> {
    let remote = &import.remote;
    match &import.command {
        ImportCommand::List => {
            let all = remote.client()?.imports().await.map_err(|error| failed(&error))?;
            Ok(if common.json { show::json(&all.json) } else { list(&all.document) })
        }
        ImportCommand::Show { peer } => {
            let one = remote.client()?.import(peer.as_str()).await.map_err(|error| failed(&error))?;
            Ok(if common.json { show::json(&one.json) } else { detail(&one.document) })
        }
        ImportCommand::Fetch { peer, file, token } => {
            let client = remote.client_with(token.as_deref())?;
            fetch(common, &client, peer, file.as_deref()).await
        }
        ImportCommand::Add(add) => {
            let mut session = Session::open(common, remote, &import.signing).await?;
            session.say(subscription(add)?, &[]).await?;
            Ok(session.done())
        }
        ImportCommand::Remove { peer, reason } => {
            let mut session = Session::open(common, remote, &import.signing).await?;
            session.say(PeerEnd { peer: peer.clone(), reason: reason.clone() }, &[]).await?;
            Ok(session.done())
        }
    }
}

fn subscription(add: &Add) -> Result<PeerSet, Failure> {
    let mut criteria: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (theirs, ours) in &add.criteria {
        criteria.entry(theirs.clone()).or_default().insert(ours.clone());
    }
    let normal = |names: &[String]| -> Result<BTreeSet<String>, Failure> {
        let normal = |name: &String| packhouse_pypi::normalize(name).map(|name| name.to_string());
        names
            .iter()
            .map(|name| normal(name).map_err(|error| Failure::wrong_use(format!("{name}: {error}"))))
            .collect()
    };
    let projects = normal(&add.projects)?;
    let maintainers: BTreeSet<MaintainerId> = add.maintainers.iter().cloned().collect();
    Ok(PeerSet {
        peer: add.peer.clone(),
        distribution: add.id,
        address: add.address.clone(),
        maintainers: (!maintainers.is_empty()).then_some(maintainers),
        criteria,
        projects: (!projects.is_empty()).then_some(projects),
        exclude: normal(&add.exclude)?,
        counts: add.counts,
        reason: add.reason.clone(),
    })
}

async fn fetch(
    common: &Common,
    client: &Client,
    peer: &PeerName,
    file: Option<&Path>,
) -> Result<Outcome, Failure> {
    let answer = match file {
        None => client.fetch_import(peer.as_str()).await.map_err(|error| failed(&error))?,
        Some(path) => {
            let bytes = std::fs::read(path)
                .map_err(|error| Failure::wrong_use(format!("{} cannot be read: {error}", path.display())))?;
            let parts = parts(&bytes);
            let mut last = None;
            for (index, part) in parts.iter().enumerate() {
                let sent = client.import_ledger(peer.as_str(), index + 1, parts.len(), part.to_vec()).await;
                last = Some(sent.map_err(|error| failed(&error))?);
            }
            last.ok_or_else(|| Failure::wrong_use(format!("{} is empty", path.display())))?
        }
    };
    if common.json {
        return Ok(show::json(&answer.json));
    }
    let Imported { head, read, imported, taken_back, complete, .. } = answer.document;
    let entries = if read == 1 { "entry" } else { "entries" };
    out!("{peer}: {read} new {entries} read, its ledger is at entry {}", head.number);
    if complete {
        out!(
            "{} imported, {} taken back",
            show::count(imported, "review"),
            show::count(taken_back, "review")
        );
    } else {
        out!("it was not read to its end; the next look goes on");
    }
    Ok(Outcome::Done)
}

/// A file in parts of whole lines. A line that is longer than a part is one by itself.
fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if end > begin && end - begin + line.len() > PART {
            parts.push(&bytes[begin..end]);
            begin = end;
        }
        end += line.len();
    }
    if end > begin {
        parts.push(&bytes[begin..end]);
    }
    parts
}

fn list(peers: &[Peer]) -> Outcome {
    if peers.is_empty() {
        out!("nothing is imported");
        return Outcome::Done;
    }
    let rows: Vec<Vec<String>> = peers
        .iter()
        .map(|peer| {
            vec![
                peer.peer.clone(),
                peer.counts.clone(),
                peer.standing.to_string(),
                peer.address.as_deref().map_or_else(|| "(a file)".to_owned(), show::plain),
                state(peer),
            ]
        })
        .collect();
    tables::rows(&["peer", "counts", "reviews", "address", "last look"], &rows);
    Outcome::Done
}

/// How the last look went, in a few words.
fn state(peer: &Peer) -> String {
    if let Some(ended) = &peer.ended {
        return format!("ended in entry {}", ended["entry"]);
    }
    match &peer.checked {
        None => "never".to_owned(),
        Some(checked) => match &checked.error {
            None => format!("{}, at entry {}", checked.at.minute(), checked.head.number),
            Some(error) => format!("{}: {}", checked.at.minute(), show::plain(error)),
        },
    }
}

fn detail(detail: &PeerDetail) -> Outcome {
    let peer = &detail.peer;
    out!("{}", peer.peer);
    out!("  id        {}", peer.distribution);
    out!(
        "  address   {}",
        peer.address.as_deref().map_or_else(|| "none: its ledger comes as a file".to_owned(), show::plain)
    );
    out!("  by        {} in entry {}: {}", peer.by, peer.entry, show::plain(&peer.reason));
    out!("  counts    {}", peer.counts);
    for (theirs, ours) in &peer.criteria {
        out!("  criteria  {} is worth {}", show::plain(theirs), show::plain(&ours.join(", ")));
    }
    for (label, names) in [
        ("people  ", peer.maintainers.as_ref()),
        ("projects", peer.projects.as_ref()),
        ("exclude ", Some(&peer.exclude).filter(|names| !names.is_empty())),
    ] {
        if let Some(names) = names {
            out!("  {label}  {}", show::plain(&names.join(", ")));
        }
    }
    out!("  looked    {}", state(peer));
    if !detail.people.is_empty() {
        out!("");
        let rows = detail.people.iter().map(|one| {
            let organisations = show::plain(&one.organisations.join(", "));
            vec![
                one.id.clone(),
                show::plain(&one.name),
                one.standing.clone(),
                one.roles.join(", "),
                organisations,
            ]
        });
        tables::rows(&["person", "name", "standing", "roles", "organisations"], &rows.collect::<Vec<_>>());
    }
    if !detail.reviews.is_empty() {
        out!("");
        let rows = detail.reviews.iter().map(|one| {
            let revoked = one.revoked.as_ref().map_or("", |_| " (taken back)");
            vec![
                one.entry.to_string(),
                one.number.to_string(),
                one.by.clone(),
                format!("{}{revoked}", one.verdict),
                one.release.clone(),
                show::plain(&one.criteria.join(", ")),
                one.worth.join(", "),
            ]
        });
        tables::rows(
            &["entry", "theirs", "who", "verdict", "release", "criteria", "worth here"],
            &rows.collect::<Vec<_>>(),
        );
    }
    Outcome::Done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_sent_in_whole_lines() {
        let line = |length: usize| [vec![b'x'; length - 1], vec![b'\n']].concat();
        for (lines, expected) in [
            (vec![], vec![]),
            (vec![10, 10], vec![20]),
            (vec![PART, 10], vec![PART, 10]),
            (vec![10, PART + 5, 10], vec![10, PART + 5, 10]),
            (vec![PART - 10, 10, 1], vec![PART, 1]),
        ] {
            let bytes: Vec<u8> = lines.iter().flat_map(|length| line(*length)).collect();
            let found = parts(&bytes);
            assert_eq!(found.iter().map(|part| part.len()).collect::<Vec<_>>(), expected);
            assert_eq!(found.concat(), bytes);
        }
    }

    #[test]
    fn what_criteria_are_worth() {
        assert_eq!(worth("read = safe-to-run"), Ok(("read".to_owned(), "safe-to-run".to_owned())));
        assert!(worth("safe-to-run").is_err());
    }
}
