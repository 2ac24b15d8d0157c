//! Work is counted, never timed: the same input always stops at the same place.

/// Why something was not examined. Each becomes a finding that holds the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// All steps of the inspection are used up.
    #[error("the inspection stopped after {steps} steps")]
    Spent { steps: u64 },
    /// A limit that stops files made to fill memory, stack or time.
    #[error("{what} is beyond the limit of {limit}")]
    Limit { what: &'static str, limit: u64 },
    /// It is not what its name or its first bytes say.
    #[error("could not be read: {problem}")]
    Damaged { problem: String },
    /// A stage broke down.
    #[error("the stage {stage:?} broke down")]
    Broken { stage: &'static str },
}

/// Steps that are left.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    left: u64,
    all: u64,
}

impl Budget {
    pub(crate) fn new(steps: u64) -> Self {
        Self { left: steps, all: steps }
    }

    /// Takes steps, or says that there are none left. Once it said so, it always does.
    pub(crate) fn spend(&mut self, steps: u64) -> Result<(), Trouble> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Trouble::Spent { steps: self.all })
            }
        }
    }

    /// A byte is a sixteenth of a step.
    pub(crate) fn spend_bytes(&mut self, bytes: usize) -> Result<(), Trouble> {
        self.spend(bytes as u64 / 16 + 1)
    }
}
