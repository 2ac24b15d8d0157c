//! How long inspection takes and what it needs, beside `GuardDog` on the same files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use wait4::Wait4 as _;

use super::options::Options;
use super::report::Findings;
use super::table::{Goal, Row, median};

/// What one program needed for one file, all its processes together.
#[derive(Debug, Clone, Copy)]
struct Needed {
    cpu: Duration,
    /// The largest of its processes, in bytes.
    memory: u64,
    /// Whether it had something to say against the file.
    alarm: bool,
}

/// Runs both programs on each wheel of the folder, one after the other.
pub(crate) fn measure(program: &Path, options: &Options) -> Result<Findings> {
    let folder = options.wheels.as_deref().context("the part inspect needs --wheels FOLDER")?;
    let wheels = wheels(folder)?;
    let mut found = Findings::default();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (number, wheel) in wheels.iter().enumerate() {
        eprintln!("inspecting {} of {}: {}", number + 1, wheels.len(), wheel.display());
        ours.push(our_word(program, wheel)?);
        if let Some(guarddog) = &options.guarddog {
            theirs.push(their_word(guarddog, wheel)?);
        }
    }
    let sum = |all: &[Needed]| all.iter().map(|one| one.cpu.as_secs_f64()).sum::<f64>();
    let our_median = middle(&ours);
    let most = ours.iter().map(|one| one.memory).max().unwrap_or_default();
    let alarms = |all: &[Needed]| all.iter().filter(|one| one.alarm).count();
    let compared = (!theirs.is_empty()).then(|| sum(&theirs) / sum(&ours).max(f64::MIN_POSITIVE));
    let mut sum_reach = Vec::new();
    sum_reach.extend(compared.map(|times| Goal::at_least("GuardDog's to ours", 50.0, times)));
    let their = |text: String| if theirs.is_empty() { String::new() } else { format!("GuardDog {text}") };
    found.rows.push(Row {
        what: format!("inspection, {} wheels, CPU of a wheel, median", wheels.len()),
        ours: format!("{:.1} ms", our_median * 1e3),
        reference: their(format!("{:.0} ms", middle(&theirs) * 1e3)),
        reach: vec![Goal::new("≤ 30 ms", our_median <= 0.030)],
        ..Row::default()
    });
    found.rows.push(Row {
        what: "inspection, CPU in sum".to_owned(),
        ours: format!("{:.1} s", sum(&ours)),
        reference: their(format!("{:.0} s", sum(&theirs))),
        ratio: compared.map(|times| 1.0 / times),
        reach: sum_reach,
        ..Row::default()
    });
    let their_most = theirs.iter().map(|one| one.memory).max().unwrap_or_default();
    found.rows.push(Row {
        what: "inspection, memory of the largest process".to_owned(),
        ours: format!("{:.0} MB", most as f64 / 1e6),
        reference: their(format!("{:.0} MB", their_most as f64 / 1e6)),
        reach: vec![Goal::new("≤ 100 MB", most <= 100_000_000)],
        ..Row::default()
    });
    found.rows.push(Row {
        what: "inspection, wheels that do not simply pass".to_owned(),
        ours: alarms(&ours).to_string(),
        reference: their(format!("{} with a risk", alarms(&theirs))),
        ..Row::default()
    });
    found.notes.push(
        "Inspection: whole programs from start to end, each file in a process of its own, user and system time \
         of all their processes."
            .to_owned(),
    );
    Ok(found)
}

fn wheels(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut wheels: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    wheels.retain(|path| path.extension().is_some_and(|extension| extension == "whl"));
    wheels.sort();
    if wheels.is_empty() {
        bail!("there is no wheel in {}", folder.display());
    }
    Ok(wheels)
}

fn middle(all: &[Needed]) -> f64 {
    median(all.iter().map(|one| one.cpu.as_secs_f64())).unwrap_or_default()
}

fn our_word(program: &Path, wheel: &Path) -> Result<Needed> {
    let mut command = Command::new(program);
    command.args(["inspect", "--json"]).arg(wheel);
    let (said, needed) = run(command)?;
    let verdict = said["verdict"].as_str().with_context(|| format!("no verdict on {}", wheel.display()))?;
    Ok(Needed { alarm: verdict != "pass", ..needed })
}

/// What `GuardDog` says of a file on the disk: its score is zero where no rule of a risk applies.
fn their_word(program: &Path, wheel: &Path) -> Result<Needed> {
    let mut command = Command::new(program);
    // Asking its lists of popular names of the network is not what is compared.
    command.args(["pypi", "scan"]).arg(wheel).args(["--output-format", "json", "--no-sandbox"]);
    let (said, needed) = run(command)?;
    let score = said["risk_score"]["score"].as_f64().context("GuardDog gave no score")?;
    Ok(Needed { alarm: score > 0.0, ..needed })
}

/// What it printed as JSON, which may stand after other lines, and what it needed.
fn run(mut command: Command) -> Result<(Value, Needed)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{command:?} did not start"))?;
    let mut text = String::new();
    let mut output = child.stdout.take().context("an output")?;
    std::io::Read::read_to_string(&mut output, &mut text)?;
    let used = child.wait4()?.rusage;
    let start = text.find('{').with_context(|| format!("{command:?} printed no JSON"))?;
    let said =
        serde_json::from_str(&text[start..]).with_context(|| format!("{command:?} printed no JSON"))?;
    Ok((said, Needed { cpu: used.utime + used.stime, memory: used.maxrss, alarm: false }))
}
