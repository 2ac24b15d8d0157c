//! Finds the registry that the machine's own client installs from.
//!
//! In this order: `PIP_INDEX_URL`, `UV_DEFAULT_INDEX`, `UV_INDEX_URL`, pip's configuration files (read by pip itself), uv's
//! (`uv.toml` of the user, then of the system), and last the address that the installed pip was built with. No
//! address stands here: without a client on the machine there is nothing to be found.

mod programs;
mod uv;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::SafeUrl;

/// What is looked at: the process's environment, or a made-up one.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The environment variables; programs are started with these alone.
    pub variables: BTreeMap<String, String>,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// The folders in which programs are looked for.
    pub path: Vec<PathBuf>,
    /// The folder in which programs are started, and against which relative ones in `path` are read.
    pub cwd: PathBuf,
    /// The folder of the system's configuration.
    pub etc: PathBuf,
    /// For each program.
    pub patience: Duration,
}

/// A registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The base of its Simple API, with a slash at its end.
    pub url: SafeUrl,
    /// Where that stands, for people: `pip's configuration (index-url)`.
    pub source: String,
}

/// No registry was found. `Display` lists what was tried and how to give one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// The places, and why each gave nothing.
    pub tried: Vec<Tried>,
}

/// One place that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The place: `PIP_INDEX_URL`.
    pub place: String,
    /// Why it gave nothing: `is not set`.
    pub outcome: String,
}

impl Surroundings {
    /// Those of this process.
    pub fn current() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            home: std::env::home_dir(),
            path: std::env::split_paths(&path).collect(),
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            etc: PathBuf::from("/etc"),
            patience: Duration::from_secs(10),
        }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

/// Finds the registry that pip or uv would use here. `is_self` tells this Packhouse's own index, which is passed over.
pub async fn discover(
    surroundings: &Surroundings,
    is_self: impl Fn(&Url) -> bool,
) -> Result<Found, NotFound> {
    let mut search = Search { is_self, tried: Vec::new() };
    for name in ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"] {
        let place = format!("the environment variable {name}");
        let found = match surroundings.variable(name) {
            Some(text) if name == "UV_DEFAULT_INDEX" => search.candidate(place, uv::without_name(text)),
            Some(text) => search.candidate(place, text),
            None => search.nothing(place, "is not set"),
        };
        if let Some(found) = found {
            return Ok(found);
        }
    }
    match programs::pip_configuration(surroundings).await {
        Ok((place, text)) => {
            if let Some(found) = search.candidate(place, &text) {
                return Ok(found);
            }
        }
        Err(outcome) => search.tried.push(outcome),
    }
    for (path, content) in uv::files(surroundings) {
        let place = path.display().to_string();
        let found = match content.and_then(|text| uv::default_index(&text)) {
            Ok(Some((key, text))) => search.candidate(format!("{place} ({key})"), &text),
            Ok(None) => search.nothing(place, "names no default index"),
            Err(outcome) => search.nothing(place, &outcome),
        };
        if let Some(found) = found {
            return Ok(found);
        }
    }
    match programs::pip_built_in(surroundings).await {
        Ok((place, text)) => {
            if let Some(found) = search.candidate(place, &text) {
                return Ok(found);
            }
        }
        Err(outcomes) => search.tried.extend(outcomes),
    }
    Err(NotFound { tried: search.tried })
}

struct Search<F> {
    is_self: F,
    tried: Vec<Tried>,
}

impl<F: Fn(&Url) -> bool> Search<F> {
    fn candidate(&mut self, place: String, text: &str) -> Option<Found> {
        match text.parse::<SafeUrl>() {
            Ok(url) if (self.is_self)(url.expose()) => {
                self.nothing(place, &format!("names this Packhouse itself ({url})"))
            }
            Ok(url) => Some(Found { url: url.as_folder(), source: place }),
            Err(error) => self.nothing(place, &format!("cannot be used: {error}")),
        }
    }

    fn nothing(&mut self, place: String, outcome: &str) -> Option<Found> {
        self.tried.push(Tried { place, outcome: outcome.to_owned() });
        None
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no upstream index was found on this machine. What was tried:\n")?;
        for Tried { place, outcome } in &self.tried {
            writeln!(f, "  - {place} {outcome}")?;
        }
        f.write_str(
            "Give one with --upstream URL, with the environment variable PACKHOUSE_UPSTREAM_URL, \
             or as upstream.url in packhouse.toml.",
        )
    }
}

impl std::error::Error for NotFound {}
