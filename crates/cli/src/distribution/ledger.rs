use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use packhouse_trust::ledger::ExportReader;
use packhouse_trust::{Chain, Head};

use super::remote::{Remote, failed};
use super::show;
use crate::arguments::Common;
use crate::exit::{Failure, Outcome, chain};
use crate::output::out;

const EXAMPLES: &str = "\
Examples:
  packhouse ledger export ledger.jsonl
  packhouse ledger verify ledger.jsonl
  packhouse ledger verify ledger.jsonl --seen '12 sha256:…'

`verify` needs no server: it checks every number, hash and link. Keep the head that it prints: with --seen it says later
whether a ledger still contains what it did, so that nobody can be shown another history.";

/// `ledger …`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Ledger {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    command: LedgerCommand,
}

#[derive(Debug, Subcommand)]
enum LedgerCommand {
    /// Print the ledger's end
    Head,
    /// Write the whole ledger to a file, one entry a line
    Export {
        /// Where it goes [default: standard output]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Only entries with higher numbers
        #[arg(long, default_value_t = 0)]
        after: u64,
    },
    /// Check an export without any server, and print its head
    Verify {
        /// The export
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// A head that was seen before and must still be in it; may be repeated
        #[arg(long = "seen", value_name = "HEAD")]
        seen: Vec<Head>,
    },
}

/// `packhouse ledger …`.
pub(super) async fn run(common: &Common, ledger: &Ledger) -> Result<Outcome, Failure> {
    match &ledger.command {
        LedgerCommand::Head => {
            let answer = ledger.remote.client()?.distribution().await.map_err(|error| failed(&error))?;
            let head = answer.document.head;
            let head = Head { number: head.number, hash: head.hash };
            if common.json {
                out!("{}", serde_json::json!({ "number": head.number, "hash": head.hash }));
            } else {
                out!("{head}");
            }
            Ok(Outcome::Done)
        }
        LedgerCommand::Export { file, after } => {
            export(common, &ledger.remote, file.as_deref(), *after).await
        }
        LedgerCommand::Verify { file, seen } => verify(common, file, seen),
    }
}

async fn export(
    common: &Common,
    remote: &Remote,
    file: Option<&Path>,
    after: u64,
) -> Result<Outcome, Failure> {
    let client = remote.client()?;
    let cannot = |path: &Path, error: &io::Error| {
        Failure::wrong_use(format!("{} cannot be written: {error}", path.display()))
    };
    let mut output: Box<dyn io::Write + Send> = match file {
        Some(path) => Box::new(File::create(path).map_err(|error| cannot(path, &error))?),
        None => Box::new(io::stdout()),
    };
    let mut reader = ExportReader::new();
    let mut entries = 0_u64;
    let mut problem = None;
    let mut written = Ok(());
    let mut each = |chunk: &[u8]| {
        if written.is_ok() {
            written = output.write_all(chunk);
        }
        if problem.is_none() {
            problem = reader.feed(chunk, |_| entries += 1).err();
        }
    };
    client.export(after, &mut each).await.map_err(|error| failed(&error))?;
    if let (Err(error), Some(path)) = (written.and_then(|()| output.flush()), file) {
        return Err(cannot(path, &error));
    }
    // A transfer that was cut short may still look complete to HTTP; a line that is not ends here.
    if let Some(error) = problem.or_else(|| reader.finish().err()) {
        return Err(Failure::fault("the export came damaged", &error));
    }
    if let Some(path) = file {
        if common.json {
            out!("{}", serde_json::json!({ "entries": entries, "file": path.display().to_string() }));
        } else {
            out!("{} written to {}", entries_word(entries), path.display());
        }
    }
    Ok(Outcome::Done)
}

fn entries_word(entries: u64) -> String {
    if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") }
}

fn verify(common: &Common, path: &Path, seen: &[Head]) -> Result<Outcome, Failure> {
    let cannot = |error: io::Error| Failure::wrong_use(format!("{} cannot be read: {error}", path.display()));
    let mut file = File::open(path).map_err(cannot)?;
    let mut chain_of = Chain::new();
    for head in seen {
        chain_of.remember(*head);
    }
    let mut reader = ExportReader::new();
    let mut unreadable = None;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer).map_err(cannot)?;
        if read == 0 {
            break;
        }
        if let Err(error) = reader.feed(&buffer[..read], |recorded| chain_of.push(&recorded)) {
            unreadable = Some(chain(&error));
            break;
        }
    }
    if unreadable.is_none() {
        unreadable = reader.finish().err().map(|error| chain(&error));
    }
    let (head, mut problems) = match chain_of.finish() {
        Ok(head) => (head, Vec::new()),
        Err(broken) => {
            let mut problems: Vec<String> = broken.problems.iter().map(ToString::to_string).collect();
            if broken.further > 0 {
                problems.push(format!("and {} more", broken.further));
            }
            (broken.last, problems)
        }
    };
    problems.extend(unreadable);
    if common.json {
        let sound = problems.is_empty();
        out!(
            "{}",
            serde_json::json!({ "sound": sound, "number": head.number, "hash": head.hash, "problems": problems })
        );
    } else {
        for problem in &problems {
            out!("{}", show::plain(problem));
        }
        out!("{head}");
        out!("{}", if problems.is_empty() { "sound" } else { "not sound" });
    }
    Ok(if problems.is_empty() { Outcome::Done } else { Outcome::No })
}
