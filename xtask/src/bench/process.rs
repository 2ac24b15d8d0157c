//! Programs that are started here, each in a process group of its own, and ended with all they started: when
//! dropped, on an error, on Ctrl-C.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// What a program that is asked to stop may take before it is killed.
const GRACE: Duration = Duration::from_secs(8);

/// The leaders of all groups that run just now.
static LIVE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn live() -> MutexGuard<'static, Vec<u32>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on Ctrl-C and SIGTERM end every program that was started here, and then this one.
pub(crate) fn end_all_on_signals() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let guard = runtime.enter();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    drop(guard);
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        // Held to the end, so that nothing is started any more.
        let groups = live();
        for pid in groups.iter() {
            signal_group(*pid, Signal::KILL);
        }
        eprintln!("stopped; what was started has been ended");
        std::process::exit(130);
    })?;
    Ok(())
}

fn signal_group(pid: u32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid as i32) {
        // That it is gone already is what is wanted.
        let _ = kill_process_group(pid, signal);
    }
}

/// A program that runs.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a program; both its outputs are appended to `log`.
    pub(crate) fn start(mut command: Command, log: &Path) -> Result<Self> {
        let log = File::options().create(true).append(true).open(log).context("a log cannot be opened")?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
        let mut groups = live();
        let child = command
            .spawn()
            .with_context(|| format!("{} did not start", command.get_program().to_string_lossy()))?;
        groups.push(child.id());
        Ok(Self { child })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did by itself.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks it to stop, waits, and kills what is left of it.
    pub(crate) fn stop(&mut self) {
        let pid = self.pid();
        if matches!(self.child.try_wait(), Ok(None)) {
            if let Some(pid) = Pid::from_raw(pid as i32) {
                let _ = kill_process(pid, Signal::TERM);
            }
            self.wait(GRACE);
        }
        // Its own children stay in its group when it ends first.
        signal_group(pid, Signal::KILL);
        let _ = self.child.wait();
        live().retain(|known| *known != pid);
    }

    fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a program to its end and returns what it said, and how long it took; an error when it fails or takes too long.
pub(crate) fn finish(
    name: &str,
    command: Command,
    log: &Path,
    limit: Duration,
) -> Result<(String, Duration)> {
    File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
    let begun = Instant::now();
    let mut process = Process::start(command, log)?;
    let status = process.wait(limit);
    let took = begun.elapsed();
    drop(process);
    let said = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
    let problem = match status {
        Some(status) if status.success() => return Ok((said, took)),
        Some(status) => format!("ended with {status}"),
        None => format!("took longer than {} s", limit.as_secs()),
    };
    let last: Vec<&str> = said.lines().rev().take(12).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    bail!("{name} {problem}:\n{}", last.join("\n"))
}
