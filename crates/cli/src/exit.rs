use std::process::ExitCode;

use packhouse_app::AppError;
pub(crate) use packhouse_app::error_chain as chain;

/// How a command ended that did what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 0: done, or the answer is yes.
    Done,
    /// 1: the answer is no.
    No,
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    No,
    WrongUse,
    Fault,
}

impl Failure {
    /// The person has to change something.
    pub(crate) fn wrong_use(message: impl Into<String>) -> Self {
        Self { kind: Kind::WrongUse, message: message.into(), hint: None }
    }

    /// What was asked for is refused, or is not there.
    pub(crate) fn no(message: impl Into<String>) -> Self {
        Self { kind: Kind::No, message: message.into(), hint: None }
    }

    /// Something failed.
    pub(crate) fn fault(what: &str, error: &dyn std::error::Error) -> Self {
        Self { kind: Kind::Fault, message: format!("{what}: {}", chain(error)), hint: None }
    }

    /// An answer of the application that is none.
    pub(crate) fn of(error: &AppError) -> Self {
        let kind = match error {
            AppError::Refused(_) | AppError::NotFound { .. } => Kind::No,
            AppError::BadRequest { .. } => Kind::WrongUse,
            AppError::Upstream { .. } | AppError::NoSpace { .. } | AppError::Internal { .. } => Kind::Fault,
        };
        Self { kind, message: chain(error), hint: None }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self.kind {
            Kind::No => 1,
            Kind::WrongUse => 2,
            Kind::Fault => 3,
        })
    }
}
