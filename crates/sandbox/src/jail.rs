//! The parent's side: processes that are started ahead, handed one job, watched, and ended.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::answer::{READY, UNCONFINED, unframe};
use crate::error::Failed;

/// Which program, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JailConfig {
    /// What is started.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// What stands in its environment, which is empty else.
    pub environment: Vec<(OsString, OsString)>,
    /// How long a job may take, from handing it over to the end of its process.
    pub time: Duration,
    /// Jobs under way at once; more wait.
    pub at_once: usize,
    /// Processes that are started before there is a job for them.
    pub warm: usize,
    /// How long one of them waits for a job. Then it ends: where nothing is asked, nothing takes memory.
    pub waits: Duration,
    /// Bytes of the longest answer.
    pub longest: usize,
}

/// Starts processes for jobs, one for each. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Jail(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: JailConfig,
    turns: Semaphore,
    warm: Mutex<Vec<Child>>,
}

impl Jail {
    /// Starts nothing yet.
    pub fn new(config: JailConfig) -> Self {
        let turns = Semaphore::new(config.at_once.max(1));
        Self(Arc::new(Inner { config, turns, warm: Mutex::default() }))
    }

    /// Starts processes ahead, so that the first jobs need not wait for them. Call it when a job is likely to come.
    pub fn warm_up(&self) {
        loop {
            let mut warm = self.0.warm.lock().unwrap_or_else(PoisonError::into_inner);
            if warm.len() >= self.0.config.warm {
                return;
            }
            match self.0.start() {
                Ok(child) => {
                    self.end_later(child.id());
                    warm.push(child);
                }
                Err(error) => {
                    tracing::warn!(%error, "no process was started ahead");
                    return;
                }
            }
        }
    }

    /// Ends a process that still waits when its time is over.
    fn end_later(&self, id: Option<u32>) {
        let inner = Arc::downgrade(&self.0);
        let waits = self.0.config.waits;
        tokio::spawn(async move {
            tokio::time::sleep(waits).await;
            let Some(inner) = inner.upgrade() else { return };
            let waiting = {
                let mut warm = inner.warm.lock().unwrap_or_else(PoisonError::into_inner);
                let place = warm.iter().position(|child| child.id() == id);
                place.map(|place| warm.swap_remove(place))
            };
            drop(inner);
            if let Some(mut child) = waiting {
                // At the end of its input, without a job, it ends by itself.
                drop(child.stdin.take());
                let _ = child.wait().await;
            }
        });
    }

    /// Hands a job to a process and waits for its answer.
    ///
    /// The time in which it waits for a turn does not count. Dropping the future ends the process.
    pub async fn run(&self, job: &[u8]) -> Result<Vec<u8>, Failed> {
        let turn = self.0.turns.acquire().await;
        let turn = turn.map_err(|_| Failed::Start { problem: "the jail is closed".to_owned() })?;
        let limit = self.0.config.time;
        let end = Instant::now() + limit;
        let answer = timeout_at(end, self.one(job)).await.unwrap_or(Err(Failed::Timeout { limit }));
        drop(turn);
        self.warm_up();
        answer
    }

    async fn one(&self, job: &[u8]) -> Result<Vec<u8>, Failed> {
        // One that was started ahead may have died since, without having seen anything: then another has its turn.
        loop {
            let ready = self.0.warm.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(child) = ready else { break };
            match handed_over(child, job).await {
                Ok(child) => return self.0.answer(child).await,
                Err(error) => tracing::warn!(%error, "a process that was started ahead is gone"),
            }
        }
        let child = handed_over(self.0.start()?, job).await?;
        self.0.answer(child).await
    }
}

/// Waits until the process is there, and gives it the job.
async fn handed_over(mut child: Child, job: &[u8]) -> Result<Child, Failed> {
    let failed = |problem: String| Failed::Job { problem };
    let output = child.stdout.as_mut().ok_or_else(|| failed("it has no output".to_owned()))?;
    let mut word = [0; READY.len()];
    if let Err(error) = output.read_exact(&mut word).await {
        // One that has ended has its code already; one that only closed its output will never answer.
        let _ = child.start_kill();
        let status = child.wait().await.ok();
        let ended = status.map_or_else(|| error.to_string(), |status| status.to_string());
        return Err(failed(format!("it did not begin ({ended})")));
    }
    if word != READY {
        return Err(failed("it does not speak like one that takes jobs".to_owned()));
    }
    let mut input = child.stdin.take().ok_or_else(|| failed("it has no input".to_owned()))?;
    let given = async {
        input.write_all(job).await?;
        input.shutdown().await
    };
    given.await.map_err(|error| failed(error.to_string()))?;
    Ok(child)
}

impl Inner {
    fn start(&self) -> Result<Child, Failed> {
        let JailConfig { program, arguments, environment, .. } = &self.config;
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(environment.iter().map(|(name, value)| (name, value)));
        // A group of its own: an interrupt from the terminal is for the parent, which ends its children itself.
        command.current_dir("/").kill_on_drop(true).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map_err(|error| Failed::Start { problem: format!("{}: {error}", program.display()) })
    }

    /// Reads all that the process writes, and believes it when the process has ended well.
    async fn answer(&self, mut child: Child) -> Result<Vec<u8>, Failed> {
        let limit = self.config.longest;
        let mut written = Vec::new();
        if let Some(output) = child.stdout.take() {
            let most = limit as u64 + 64;
            let read = output.take(most).read_to_end(&mut written).await;
            read.map_err(|error| Failed::Garbage { problem: error.to_string() })?;
            if written.len() as u64 == most {
                return Err(Failed::TooLong { limit });
            }
        }
        let status = child.wait().await;
        let status = status.map_err(|error| Failed::Garbage { problem: error.to_string() })?;
        ended_well(status)?;
        unframe(&written)
    }
}

fn ended_well(status: ExitStatus) -> Result<(), Failed> {
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(()),
        (Some(code), _) if code == i32::from(UNCONFINED) => Err(Failed::Confine),
        (Some(code), _) => Err(Failed::Code { code }),
        (None, signal) => Err(Failed::Signal { signal: signal.unwrap_or_default() }),
    }
}
