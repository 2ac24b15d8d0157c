use std::time::Duration;

use packhouse_model::humanize;

use super::{Hit, Rule, Verdict, subject};
use crate::facts::Case;

/// A release that newly needs a project which is new itself brings code along that nobody has looked at, under a name that
/// people trust: whoever gets into a known project for a moment leaves the rest to a dependency.
///
/// A file passes until somebody has looked at what it needs. That happens when it, or its metadata, is asked for.
#[derive(Debug)]
pub struct NewDependencies {
    /// How long a project counts as new.
    pub new: Duration,
}

impl Rule for NewDependencies {
    fn name(&self) -> &'static str {
        "new-dependencies"
    }

    fn describe(&self) -> String {
        format!(
            "A release that needs a project which the release before it did not need is held while the first file of that \
             project is less than {} old, unless the name was known before.",
            humanize(self.new)
        )
    }

    fn lift(&self) -> String {
        "It ends by itself when the dependency is old enough, or is vetted. An operator who knows the dependency may except \
         exact bytes or an exact version."
            .to_owned()
    }

    fn asks_what_it_needs(&self, case: &Case<'_>) -> bool {
        // What is older than that can need nothing new that was there when it came.
        case.file.is_some_and(|file| file.newcomers.is_none() && case.now < file.age_from().0.plus(self.new))
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let Some((file, newcomers)) = case.file.and_then(|file| Some((file, file.newcomers.as_deref()?)))
        else {
            return Verdict::Pass;
        };
        let end = |oldest: packhouse_model::Timestamp| oldest.plus(self.new);
        let young = newcomers.iter().filter(|newcomer| case.now < end(newcomer.oldest));
        let Some(youngest) = young.clone().max_by_key(|newcomer| newcomer.oldest) else {
            return Verdict::Pass;
        };
        let until = end(youngest.oldest);
        let others: Vec<&str> = young
            .filter(|newcomer| newcomer.project != youngest.project)
            .map(|newcomer| newcomer.project.as_str())
            .collect();
        let too = if others.is_empty() {
            String::new()
        } else {
            format!(" As new, and not needed before: {}.", others.join(", "))
        };
        let (name, minute) = (&youngest.project, until.minute());
        Verdict::File(Hit {
            short: format!("newly needs {}, a new project; waits until {minute}", shown(name)),
            sentence: format!(
                "{} ({}) needs {name}, which {} did not need and which is a new project: its first file is of {}. It is held \
                 until {minute}.{too}",
                subject(case),
                file.filename,
                youngest.before,
                youngest.oldest.date(),
            ),
            until: Some(until),
        })
    }
}

/// A name that leaves room for the rest of a headline.
fn shown(name: &str) -> String {
    match name.char_indices().nth(27) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_owned(),
    }
}
