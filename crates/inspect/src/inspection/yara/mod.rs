//! Rules of operators, in YARA's language.
//!
//! The engine is behind the feature `yara`. Without it there is no value of [`YaraRules`], and whoever names rules is told.

#[cfg_attr(not(feature = "yara"), path = "absent.rs")]
mod engine;
#[cfg(feature = "yara")]
mod severity;

use std::fmt;
use std::sync::Arc;

use packhouse_model::Sha256;
use serde::{Deserialize, Serialize};

/// Bytes of the texts of all rules together.
const LARGEST: usize = 8 << 20;

/// A text of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YaraSource {
    /// What messages call it, such as its path.
    pub name: String,
    /// The rules.
    pub text: String,
}

/// Compiled rules. Cheap to clone; equal when their texts are.
#[derive(Clone)]
pub struct YaraRules(Arc<Compiled>);

struct Compiled {
    digest: String,
    engine: engine::Engine,
}

/// Why texts are no rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YaraError {
    /// This program has no engine.
    #[error(
        "this program was built without YARA; build it with `cargo build --release --features yara`, or take `inspect.yara` out"
    )]
    NotBuilt,
    /// A mistake in a text. The message names the text, the line and the column.
    #[error("{message}")]
    Syntax {
        /// What the compiler says.
        message: String,
    },
    /// A severity that is none.
    #[error(
        "{origin}: the rule {rule} has the severity {found}; say info, review, high or block, as a text in its meta section"
    )]
    Severity {
        /// The text.
        origin: String,
        /// The rule.
        rule: String,
        /// What stands there.
        found: String,
    },
    /// Two rules whose findings nobody could tell apart.
    #[error("{origin}: another file has a rule {rule} too; give one of them another name")]
    Twice {
        /// The rule.
        rule: String,
        /// The text of the second one.
        origin: String,
    },
    /// More than anybody wrote by hand.
    #[error("the YARA rules have {size} bytes together; the limit is {limit}")]
    TooLarge {
        /// Bytes of all texts.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// Nothing would ever be found.
    #[error("there is no YARA rule in {origin}")]
    Empty {
        /// The text, or texts.
        origin: String,
    },
}

impl YaraRules {
    /// Whether this program has the engine.
    pub const BUILT: bool = cfg!(feature = "yara");

    /// Compiles texts. Each stands for itself: it includes no other, and refers to no other's rules. Names of rules are unique
    /// among all of them.
    pub fn compile(sources: &[YaraSource]) -> Result<Self, YaraError> {
        let size = sources.iter().map(|source| source.text.len()).sum();
        if size > LARGEST {
            return Err(YaraError::TooLarge { size, limit: LARGEST });
        }
        let engine = engine::Engine::compile(sources)?;
        // The names are not in it: the same rules in another folder find the same.
        let texts =
            sources.iter().flat_map(|source| [format!("{}\n", source.text.len()), source.text.clone()]);
        let digest = Sha256::of(texts.collect::<String>().as_bytes()).to_string();
        Ok(Self(Arc::new(Compiled { digest, engine })))
    }

    /// The SHA-256 of the texts, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    pub(super) fn engine(&self) -> &engine::Engine {
        &self.0.engine
    }
}

impl PartialEq for YaraRules {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}

impl Eq for YaraRules {}

impl fmt::Debug for YaraRules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("YaraRules").field(&self.digest()).finish()
    }
}
