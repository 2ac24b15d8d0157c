//! The side that asks: a job goes to a process of its own, and whatever comes back that is no report holds the file.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use packhouse_inspect::{Report, Rules, Verdict, YaraSource};
use packhouse_sandbox::{Failed, Jail, JailConfig};

use super::job::{Answer, Handed, Job};
use super::look::Ready;
use super::yara::{self, YaraFilesError};
use crate::config::InspectSettings;
use crate::error::AppError;

/// Bytes of the longest report: some thousand findings.
const REPORT: usize = 64 << 20;

/// How long a process waits for a file: as long as somebody who installs takes a look at what was installed.
const WAITS: Duration = Duration::from_mins(5);

/// Has files inspected. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Inspector {
    /// None: in this process.
    jail: Option<Jail>,
    memory: u64,
    seconds: u64,
    rules: Arc<Rules>,
    rule_set: Arc<str>,
    /// The texts of the operator's rules, for the process that has to compile them.
    yara: Arc<[YaraSource]>,
}

/// What came of an inspection.
#[derive(Debug, Clone)]
pub struct Looked {
    /// What was seen; where nothing was, a report that holds the file and says why.
    pub report: Report,
    /// Whether the process failed: another attempt may say something else.
    pub failed: bool,
}

impl Looked {
    /// As far as one can tell without the release before: what says nothing alone was not compared, and that holds it. Another
    /// attempt may say something else.
    pub(super) fn without_base(self) -> Self {
        if self.report.verdict == Verdict::Pass {
            let problem = "the release before, which this is compared with, could not be fetched";
            let report = Report::not_examined(problem, &Rules::default());
            // By the rules that it was looked at with.
            return Self { report: Report { rule_set: self.report.rule_set, ..report }, failed: true };
        }
        Self { failed: true, ..self }
    }
}

impl Inspector {
    /// With the processes that the settings name. Where they name none, files are looked at in this process, without limits
    /// on memory and time: for tests, and for who has only their own files. At most `warm` processes wait ahead.
    ///
    /// Fails when the operator's YARA rules cannot be used.
    pub fn new(settings: &InspectSettings, warm: usize) -> Result<Self, YaraFilesError> {
        let (yara, sources) = yara::read(&settings.yara)?.unzip();
        let rules = Rules { yara, ..Rules::default() };
        let jail = settings.command.split_first().map(|(program, arguments)| {
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            let at_once = if settings.processes == 0 { cores } else { settings.processes };
            Jail::new(JailConfig {
                program: PathBuf::from(program),
                arguments: arguments.iter().map(OsString::from).collect(),
                // The allocator takes memory in small steps, as all that it takes counts against the limit.
                environment: vec![("MIMALLOC_ARENA_RESERVE".into(), "16384".into())],
                time: settings.time,
                at_once,
                warm: at_once.min(warm),
                waits: WAITS,
                longest: REPORT,
            })
        });
        Ok(Self {
            jail,
            memory: settings.memory,
            seconds: settings.time.as_secs().max(1),
            rule_set: rules.hash().into(),
            rules: Arc::new(rules),
            yara: sources.unwrap_or_default().into(),
        })
    }

    /// Names the rules that reports are made by.
    pub fn rule_set(&self) -> &str {
        &self.rule_set
    }

    /// Starts processes ahead: a file is on its way.
    pub fn warm_up(&self) {
        if let Some(jail) = &self.jail {
            jail.warm_up();
        }
    }

    /// Has it inspected. An error says that what is named is not there; all else that fails is a report that holds.
    pub async fn look(&self, job: Job) -> Result<Looked, AppError> {
        let answer = match &self.jail {
            Some(jail) => self.ask(jail, job).await,
            None => {
                let rules = Arc::clone(&self.rules);
                tokio::task::spawn_blocking(move || match Ready::open(&job) {
                    Ok(ready) => ready.look(&rules),
                    Err(problem) => Answer::Missing(problem),
                })
                .await
                .map_err(|error| format!("the inspection broke down: {error}"))
            }
        };
        match answer {
            Ok(Answer::Report(report)) if report.rule_set == *self.rule_set => {
                Ok(Looked { report: *report, failed: false })
            }
            Ok(Answer::Missing(problem)) => Err(AppError::NotFound { what: problem }),
            // Another program's, which waited for its job while this one was exchanged.
            Ok(Answer::Report(_)) => Ok(self.not_looked("the inspector has other rules than this program")),
            Err(problem) => {
                tracing::warn!(%problem, "an inspection failed");
                Ok(self.not_looked(&problem))
            }
        }
    }

    async fn ask(&self, jail: &Jail, job: Job) -> Result<Answer, String> {
        let handed = Handed {
            job,
            memory: self.memory,
            seconds: self.seconds,
            parent: std::process::id(),
            yara: self.yara.to_vec(),
        };
        let text = serde_json::to_vec(&handed).map_err(|error| error.to_string())?;
        let answer = jail.run(&text).await.map_err(|failed| in_words(&failed))?;
        serde_json::from_slice(&answer)
            .map_err(|error| format!("the inspector's answer is no report: {error}"))
    }

    fn not_looked(&self, problem: &str) -> Looked {
        Looked { report: Report::not_examined(problem, &self.rules), failed: true }
    }
}

fn in_words(failed: &Failed) -> String {
    let hint = match failed {
        Failed::Signal { .. } => " (it may have needed more than inspect.memory or inspect.time)",
        Failed::Timeout { .. } => " (inspect.time)",
        Failed::Confine => "; this system may forbid seccomp",
        _ => "",
    };
    format!("the process that inspects: {failed}{hint}")
}
