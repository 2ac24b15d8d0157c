use std::collections::BTreeMap;

use packhouse_guard::{Canonical, Case, Decision, Policy, PolicyError, decide};
use packhouse_model::{IndexName, NameError, SuiteName, UpstreamName};
use packhouse_pypi::{name::normalize, version::Version};

use crate::config::Config;

/// One index: what a client's URL points at.
#[derive(Debug)]
pub struct Index {
    /// `default` is also `/simple/`.
    pub name: IndexName,
    /// What it is for, in a line.
    pub description: String,
    /// Where what it has not itself comes from.
    pub upstream: UpstreamName,
    /// Its rules.
    pub policy: Policy,
    /// The suite whose projects it serves; none for what nobody vets.
    pub suite: Option<SuiteView>,
}

/// A suite as an index shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteView {
    /// Which.
    pub suite: SuiteName,
    /// One of its snapshots, instead of what it holds now.
    pub serial: Option<u64>,
    /// Whether projects that the suite does not hold come from the upstream, guarded.
    pub falls_through: bool,
}

impl SuiteView {
    /// `testing`, or `testing@12` for a snapshot.
    pub fn name(&self) -> String {
        self.serial.map_or_else(|| self.suite.to_string(), |serial| format!("{}@{serial}", self.suite))
    }
}

impl Index {
    /// This index's decision on a case.
    pub fn decide(&self, case: &Case<'_>) -> Decision {
        decide(&self.policy, case)
    }

    /// The path of its simple index on this server, with a slash at the end.
    pub fn path(&self) -> String {
        if self.is_default() { "/simple/".to_owned() } else { format!("/pypi/{}/simple/", self.name) }
    }

    /// Whether it is the one behind `/simple/`.
    pub fn is_default(&self) -> bool {
        self.name.as_str() == DEFAULT
    }
}

/// The name of the index that is always there, and of its upstream in the tables.
pub const DEFAULT: &str = "default";

/// Indexes that cannot be meant.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// A name that is not one.
    #[error("index.{index}: {source}")]
    Name {
        /// As written.
        index: String,
        /// Why.
        source: NameError,
    },
    /// A suite's name that is not one.
    #[error("the suite of the index {index}: {source}")]
    Suite {
        /// Which index.
        index: String,
        /// Why.
        source: NameError,
    },
    /// The default index stands in `[policy]`.
    #[error(
        "index.default: the default index is always there; its rules stand in [policy] and its upstream in [upstream]"
    )]
    Default,
    /// A policy that cannot be meant.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// An exception for an index that is not there.
    #[error("exception[{number}].indexes: there is no index `{index}`")]
    ExceptionIndex {
        /// Which exception, from 0.
        number: usize,
        /// As written.
        index: String,
    },
}

/// Python's canonical names and versions, as `guard` asks for them.
pub struct PythonNames;

impl Canonical for PythonNames {
    fn project(&self, name: &str) -> Result<String, String> {
        normalize(name).map(|name| name.to_string()).map_err(|error| error.to_string())
    }

    fn version_key(&self, version: &str) -> Result<String, String> {
        Version::parse(version).map(|version| version.key()).map_err(|error| error.to_string())
    }
}

/// The indexes of a configuration, `default` first.
pub fn read_indexes(config: &Config) -> Result<Vec<Index>, IndexError> {
    let mut all: Vec<Index> = indexes(config)?.into_values().collect();
    all.sort_by_key(|index| !index.is_default());
    Ok(all)
}

/// The indexes of a configuration by name, `default` among them.
pub(crate) fn indexes(config: &Config) -> Result<BTreeMap<IndexName, Index>, IndexError> {
    for (number, exception) in config.exception.iter().enumerate() {
        if let Some(index) =
            exception.indexes.iter().find(|name| *name != DEFAULT && !config.index.contains_key(*name))
        {
            return Err(IndexError::ExceptionIndex { number, index: index.clone() });
        }
    }
    let own = |name: &str| IndexError::Name {
        index: name.to_owned(),
        source: NameError { found: name.to_owned() },
    };
    let default: IndexName = DEFAULT.parse().map_err(|_| own(DEFAULT))?;
    let upstream: UpstreamName = DEFAULT.parse().map_err(|_| own(DEFAULT))?;
    let policy = Policy::compile(&default, "policy", &config.policy, &config.exception, &PythonNames)?;
    let first = Index {
        name: default.clone(),
        description: String::new(),
        upstream: upstream.clone(),
        policy,
        suite: suite_view("policy", config.suite.as_deref())?,
    };
    let mut indexes = BTreeMap::from([(default, first)]);
    for (name, settings) in &config.index {
        if name == DEFAULT {
            return Err(IndexError::Default);
        }
        let place = format!("index.{name}.policy");
        let name: IndexName =
            name.parse().map_err(|source| IndexError::Name { index: name.clone(), source })?;
        let own_upstream =
            name.as_str().parse().map_err(|source| IndexError::Name { index: name.to_string(), source })?;
        let index = Index {
            description: settings.description.clone(),
            upstream: if settings.upstream.is_some() { own_upstream } else { upstream.clone() },
            policy: Policy::compile(&name, &place, &settings.policy, &config.exception, &PythonNames)?,
            suite: suite_view(&name.to_string(), settings.suite.as_deref())?,
            name: name.clone(),
        };
        indexes.insert(name, index);
    }
    Ok(indexes)
}

/// What `suite = "testing"` means; an empty text says: none.
fn suite_view(index: &str, suite: Option<&str>) -> Result<Option<SuiteView>, IndexError> {
    let Some(suite) = suite.filter(|suite| !suite.is_empty()) else { return Ok(None) };
    let suite = suite.parse().map_err(|source| IndexError::Suite { index: index.to_owned(), source })?;
    Ok(Some(SuiteView { suite, serial: None, falls_through: true }))
}
