use super::{Hit, Rule, Verdict};
use crate::facts::Case;
use crate::pattern::Matcher;

/// Names that are the operator's own. The upstream is never asked for them, so nobody there can squat them:
/// this stops dependency confusion.
#[derive(Debug)]
pub struct PrivateNames(pub Vec<Matcher>);

impl Rule for PrivateNames {
    fn name(&self) -> &'static str {
        "private-names"
    }

    fn describe(&self) -> String {
        let list: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        format!("These names are yours and are never asked of the upstream: {}.", list.join(", "))
    }

    fn lift(&self) -> String {
        "An operator may take the name out of `policy.private`. No exception lifts it: the upstream must not even be asked.".to_owned()
    }

    fn excusable(&self) -> bool {
        false
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let Some(what) = self.0.iter().find(|what| what.matches(case)) else {
            return Verdict::Pass;
        };
        let name = &case.project.name;
        Verdict::Project(Hit {
            short: "is a private name here, never asked of the upstream".to_owned(),
            sentence: format!(
                "{name} is a private name of this index (`{what}`) and is never asked of the upstream."
            ),
            until: None,
        })
    }
}
