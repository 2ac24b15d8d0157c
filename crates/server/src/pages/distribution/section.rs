use packhouse_model::Timestamp;

/// What the home page says of the distribution.
#[derive(Debug, Clone)]
pub struct DistributionSection {
    /// Its name.
    pub name: String,
    /// Its suites.
    pub suites: Vec<SuiteLine>,
    /// How many releases wait for reviews.
    pub queue: usize,
    /// How many of them are overdue.
    pub overdue: usize,
}

/// A suite on the home page.
#[derive(Debug, Clone)]
pub struct SuiteLine {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub stage: &'static str,
    /// The stage that comes next, when one does.
    pub next: Option<&'static str>,
    /// How many releases it holds.
    pub releases: usize,
    /// The whole address of its index.
    pub url: String,
    /// Until when it is looked after.
    pub supported_until: Option<Timestamp>,
}

impl SuiteLine {
    pub(crate) fn href(&self) -> String {
        super::suite_path(&self.name)
    }
}
