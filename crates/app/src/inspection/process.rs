//! The side of the process that inspects: `packhouse inspector`, which no person starts.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use packhouse_inspect::{Rules, YaraRules};
use packhouse_sandbox::{ProcessLimits, READY, UNCONFINED, confine, frame};

use super::job::{Answer, Handed};
use super::look::Ready;

/// The longest job: some paths, and the texts of YARA rules.
const JOB: u64 = 64 << 20;

/// Takes one job from standard input, opens what it names, gives up everything else, looks, and answers.
///
/// It must be the only thread of its process: what it gives up, it gives up for itself alone.
pub fn inspector() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => ExitCode::from(code),
    }
}

fn run() -> Result<(), u8> {
    let failed = |_: io::Error| 3_u8;
    let mut output = io::stdout().lock();
    output.write_all(READY).and_then(|()| output.flush()).map_err(failed)?;
    let mut job = Vec::new();
    io::stdin().lock().take(JOB).read_to_end(&mut job).map_err(failed)?;
    if job.is_empty() {
        // The one who would have asked has ended.
        return Ok(());
    }
    let handed: Handed = serde_json::from_slice(&job).map_err(|_| 4_u8)?;
    let answer = match Ready::open(&handed.job) {
        Err(problem) => Answer::Missing(problem),
        Ok(ready) => {
            let limits =
                ProcessLimits { memory: handed.memory, processor: Duration::from_secs(handed.seconds) };
            confine(&limits, handed.parent).map_err(|_| UNCONFINED)?;
            let yara = (!handed.yara.is_empty()).then(|| YaraRules::compile(&handed.yara));
            let rules = Rules { yara: yara.transpose().map_err(|_| 6_u8)?, ..Rules::default() };
            ready.look(&rules)
        }
    };
    let answer = serde_json::to_vec(&answer).map_err(|_| 5_u8)?;
    output.write_all(&frame(&answer)).and_then(|()| output.flush()).map_err(failed)
}
