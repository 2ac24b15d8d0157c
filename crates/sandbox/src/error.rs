use std::time::Duration;

/// Why there is no answer. Nothing that was written counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// The program could not be started.
    #[error("the process could not be started: {problem}")]
    Start {
        /// What the system says.
        problem: String,
    },
    /// It ended before it took the job, or could not be given it.
    #[error("the process did not take the job: {problem}")]
    Job {
        /// What happened.
        problem: String,
    },
    /// It could not give up what it may not have, and so looked at nothing.
    #[error("the process could not be confined")]
    Confine,
    /// It was still at work when its time was over.
    #[error("it was not done after {} s", limit.as_secs_f64())]
    Timeout {
        /// How long it had.
        limit: Duration,
    },
    /// The system or the process itself ended it: memory, processor time, a crash.
    #[error("it was ended by signal {signal}")]
    Signal {
        /// Its number.
        signal: i32,
    },
    /// It gave up.
    #[error("it ended with code {code}")]
    Code {
        /// Its exit code.
        code: i32,
    },
    /// More than anybody wants to read.
    #[error("its answer is longer than {limit} bytes")]
    TooLong {
        /// How many were taken.
        limit: usize,
    },
    /// What it wrote is no answer, or only a part of one.
    #[error("its answer cannot be read: {problem}")]
    Garbage {
        /// What is wrong with it.
        problem: String,
    },
}
