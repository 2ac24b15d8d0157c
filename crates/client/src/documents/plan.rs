use serde::Deserialize;

/// What the plan takes for vetted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PlanVetted {
    /// The projects that a suite holds, by name.
    pub packages: Vec<String>,
}
