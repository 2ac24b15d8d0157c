use super::distribution::DistributionSection;
use super::{Client, Site, assets, clients, filters};
use packhouse_model::Timestamp;

/// `/`: how to point a client here, and how the house is doing.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "home.html", config = "templates/askama.toml")]
pub struct HomePage {
    /// What every page needs.
    pub site: Site,
    /// Every index, in the order of the configuration. The one marked `current` is what the lines are for.
    pub indexes: Vec<IndexLine>,
    /// The registries that are proxied.
    pub upstreams: Vec<UpstreamState>,
    /// What is kept.
    pub cache: CacheState,
    /// What the current index's guard does, a sentence for each rule in the order they are asked.
    pub rules: Vec<RuleLine>,
    /// The distribution, if there is one.
    pub distribution: Option<DistributionSection>,
}

/// An index in one line.
#[derive(Debug, Clone)]
pub struct IndexLine {
    /// Its name.
    pub name: String,
    /// The whole address of its Simple API, as a client needs it.
    pub url: String,
    /// Its policy in one sentence.
    pub policy: String,
    /// Whether the page shows the clients' lines for it.
    pub current: bool,
}

impl IndexLine {
    fn href(&self) -> String {
        super::home_path(&self.name)
    }
}

/// How an upstream has been answering.
#[derive(Debug, Clone)]
pub struct UpstreamState {
    /// Its name in the tables.
    pub name: String,
    /// Its address, without credentials.
    pub address: String,
    /// Whether it answers.
    pub health: Health,
    /// Its last good answer.
    pub last_success: Option<Timestamp>,
    /// When it last failed, and how.
    pub last_error: Option<(Timestamp, String)>,
}

/// Whether an upstream answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It has not been asked since the server started.
    Unknown,
    /// The last answer was good.
    Answering,
    /// So many attempts in a row got no answer.
    Failing(u32),
}

/// What the cache holds and how it has been used since the server started.
#[derive(Debug, Clone, Default)]
pub struct CacheState {
    /// Projects whose page is known.
    pub projects: u64,
    /// Files stored.
    pub files: u64,
    /// Bytes stored.
    pub bytes: u64,
    /// The size at which files are evicted; absent when there is none.
    pub limit: Option<u64>,
    /// Files handed out from what was here.
    pub hits: u64,
    /// Files that had to be fetched.
    pub misses: u64,
    /// Jobs waiting in the queue.
    pub jobs_waiting: u64,
}

impl CacheState {
    /// Percent of the limit, at most 100.
    fn fill(&self) -> Option<u64> {
        let limit = self.limit.filter(|limit| *limit > 0)?;
        Some((u128::from(self.bytes) * 100 / u128::from(limit)).min(100) as u64)
    }

    /// Percent of files handed out from here, when there were any.
    fn hit_rate(&self) -> Option<u64> {
        let all = u128::from(self.hits) + u128::from(self.misses);
        (all > 0).then(|| (u128::from(self.hits) * 100 / all) as u64)
    }
}

/// What one rule does.
#[derive(Debug, Clone)]
pub struct RuleLine {
    /// Its name in the configuration and in decisions.
    pub rule: String,
    /// A sentence.
    pub sentence: String,
}

impl HomePage {
    fn current(&self) -> Option<&IndexLine> {
        self.indexes.iter().find(|index| index.current).or_else(|| self.indexes.first())
    }

    fn clients(&self) -> Vec<Client> {
        self.current().map(|index| clients(&index.url)).unwrap_or_default()
    }
}

super::page!(HomePage, Home);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_survive_extremes() {
        let full = CacheState {
            bytes: u64::MAX,
            limit: Some(1),
            hits: u64::MAX,
            misses: u64::MAX,
            ..CacheState::default()
        };
        assert_eq!((full.fill(), full.hit_rate()), (Some(100), Some(50)));
        let empty = CacheState { limit: Some(0), ..CacheState::default() };
        assert_eq!((empty.fill(), empty.hit_rate()), (None, None));
    }
}
