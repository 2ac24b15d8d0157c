use std::time::Duration;

use packhouse_model::humanize;

use super::{Hit, Rule, Verdict};
use crate::facts::Case;

/// A name that is new and looks like a known one is a trap more often than not: a slip of the hand installs it.
///
/// How old a name is, its oldest file says. A name that was never published before has no other defence.
#[derive(Debug)]
pub struct Names {
    /// How long a name counts as new.
    pub new: Duration,
}

impl Rule for Names {
    fn name(&self) -> &'static str {
        "names"
    }

    fn describe(&self) -> String {
        format!(
            "A project whose first file is less than {} old and whose name looks like a vetted or popular one is refused \
             until a person says that it is another thing.",
            humanize(self.new)
        )
    }

    fn lift(&self) -> String {
        "An operator may say that it is another thing: `packhouse names confirm NAME --not OTHER --reason WHY`. That is \
         remembered."
            .to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let project = case.project;
        let Some(first) = project.looks_like.first() else { return Verdict::Pass };
        let until = project.oldest.map(|oldest| oldest.plus(self.new));
        if until.is_some_and(|until| case.now >= until) {
            return Verdict::Pass;
        }
        let mut sentence = match project.oldest {
            Some(oldest) => format!("{} Its first file is of {}.", first.sentence, oldest.date()),
            None => format!("{} It has no file that would say how old it is.", first.sentence),
        };
        let others: Vec<&str> = project.looks_like[1..].iter().map(|other| other.original.as_str()).collect();
        if !others.is_empty() {
            sentence.push_str(&format!(" It looks like {}, too.", others.join(", ")));
        }
        Verdict::Project(Hit { short: first.short.clone(), sentence, until })
    }
}
