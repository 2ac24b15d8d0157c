use super::links::encode;
use super::{Site, assets, filters};

/// `/policy`: what each index's guard does.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "policy.html", config = "templates/askama.toml")]
pub struct PolicyPage {
    /// What every page needs.
    pub site: Site,
    /// The indexes in the order of the configuration.
    pub indexes: Vec<IndexPolicy>,
}

/// The rules of one index.
#[derive(Debug, Clone)]
pub struct IndexPolicy {
    /// Its name.
    pub name: String,
    /// Its policy in one sentence.
    pub summary: String,
    /// The whole address of its Simple API.
    pub url: String,
    /// The upstream it falls through to, if it does.
    pub upstream: Option<String>,
    /// Its rules in the order they are asked.
    pub rules: Vec<PolicyRule>,
    /// How many exceptions are in force.
    pub exceptions: u64,
}

impl IndexPolicy {
    fn has_parameters(&self) -> bool {
        self.rules.iter().any(|rule| !rule.parameters.is_empty())
    }

    fn anchor(&self) -> String {
        encode(&self.name)
    }
}

/// One rule with its parameters.
#[derive(Debug, Clone)]
pub struct PolicyRule {
    /// Its name in the configuration and in decisions.
    pub rule: String,
    /// What it does, in a sentence.
    pub sentence: String,
    /// Its parameters, where the sentence does not say them all.
    pub parameters: Vec<Parameter>,
}

/// A parameter of a rule.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its key in the configuration.
    pub name: String,
    /// Its value as the configuration writes it.
    pub value: String,
    /// Whether nobody set it.
    pub is_default: bool,
}

super::page!(PolicyPage, Policy);
