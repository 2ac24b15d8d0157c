use packhouse_model::Timestamp;

/// Why a statement does not become an entry. The server can refuse a statement; it can never make one in a person's name.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// There is no distribution yet, or there is one already.
    #[error("{0}")]
    Founding(&'static str),
    /// No key that counts signed it.
    #[error("the statement is by {by}, and {problem}")]
    Signature {
        /// Who it claims to be by.
        by: String,
        /// What is wrong with the signature.
        problem: String,
    },
    /// Not theirs to say.
    #[error("{by} may not do this: {act} is for {needs}")]
    Right {
        /// Who.
        by: String,
        /// The act's kind.
        act: &'static str,
        /// Who may.
        needs: String,
    },
    /// Something that it speaks of is not there.
    #[error("there is no {what} {name:?}{hint}")]
    Missing {
        /// `suite`, `candidate`, …
        what: &'static str,
        /// Which.
        name: String,
        /// What to do; begins with punctuation, or is empty.
        hint: String,
    },
    /// It contradicts what the ledger says already.
    #[error("{0}")]
    Conflict(String),
    /// A value that cannot be meant.
    #[error("{field}: {problem}")]
    Value {
        /// The field.
        field: &'static str,
        /// What is wrong, and what is expected.
        problem: String,
    },
    /// Its time cannot be right.
    #[error("the statement says {at}, but the ledger's newest entry is of {newest}; is the clock right?")]
    Time {
        /// The statement's time.
        at: Timestamp,
        /// The newest entry's.
        newest: Timestamp,
    },
}

impl Refused {
    pub(crate) fn missing(what: &'static str, name: &(impl ToString + ?Sized)) -> Self {
        Self::Missing { what, name: name.to_string(), hint: String::new() }
    }

    pub(crate) fn value(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Value { field, problem: problem.into() }
    }
}
