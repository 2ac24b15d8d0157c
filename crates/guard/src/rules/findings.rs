use super::{Hit, Rule, Verdict, subject};
use crate::config::{FindingsPolicy, Uninspected};
use crate::facts::{Case, Inspected, Weight};
use crate::pattern::Matcher;

/// What an inspection saw in a file holds it from a certain weight on, and so does what could not be examined.
///
/// A file that nobody has looked at passes: it is looked at when its bytes come, before a client has all of them, and then
/// this rule is asked again.
#[derive(Debug)]
pub struct Findings {
    /// For every project that `projects` does not name.
    pub default: FindingsPolicy,
    /// The first that matches wins.
    pub projects: Vec<(Matcher, FindingsPolicy)>,
    /// What happens to files that could not be examined.
    pub uninspected: Uninspected,
}

/// The rule's name.
pub(crate) const NAME: &str = "findings";

impl Rule for Findings {
    fn name(&self) -> &'static str {
        NAME
    }

    fn describe(&self) -> String {
        let mut text = format!("By default {}.", say(self.default));
        for (what, policy) in &self.projects {
            text.push_str(&format!(" For {what} {}.", say(*policy)));
        }
        text.push_str(match self.uninspected {
            Uninspected::Hold => " What could not be examined is refused.",
            Uninspected::Serve => " What could not be examined is served.",
        });
        text
    }

    fn lift(&self) -> String {
        "Somebody who can answer the question may except the exact bytes by their sha256, or the exact version.".to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let Some(file) = case.file else { return Verdict::Pass };
        let Some(seen) = &file.inspected else { return Verdict::Pass };
        let policy = self.projects.iter().find(|(what, _)| what.matches(case));
        let policy = policy.map_or(self.default, |(_, policy)| *policy);
        let Some(least) = least(policy) else { return Verdict::Pass };
        let unexamined = seen.unexamined && self.uninspected == Uninspected::Hold;
        if seen.weight >= least || unexamined {
            Verdict::File(hit(case, &file.filename, seen))
        } else {
            Verdict::Pass
        }
    }
}

fn least(policy: FindingsPolicy) -> Option<Weight> {
    match policy {
        FindingsPolicy::Off => None,
        FindingsPolicy::Block => Some(Weight::Block),
        FindingsPolicy::Review => Some(Weight::Review),
        FindingsPolicy::Hold => Some(Weight::Hold),
    }
}

fn say(policy: FindingsPolicy) -> &'static str {
    match policy {
        FindingsPolicy::Off => "nobody looks into files",
        FindingsPolicy::Block => "a file is refused when what was seen in it has no harmless explanation",
        FindingsPolicy::Review => {
            "a file is refused when what was seen in it has to be explained by a person"
        }
        FindingsPolicy::Hold => "a file is refused when what was seen in it deserves a look",
    }
}

fn hit(case: &Case<'_>, filename: &str, seen: &Inspected) -> Hit {
    let place = if seen.place.is_empty() { String::new() } else { format!(" at {}", seen.place) };
    let line = if seen.line.is_empty() { String::new() } else { format!(" The line there: {}", seen.line) };
    let more = match seen.more {
        0 => String::new(),
        1 => " One more finding weighs.".to_owned(),
        more => format!(" {more} more findings weigh."),
    };
    let short = if seen.unexamined && seen.weight == Weight::Hold {
        format!("could not be examined ({})", seen.rule)
    } else {
        // The path's end says more than its beginning.
        let end = seen.place.char_indices().rev().nth(39).map_or(0, |(at, _)| at);
        let dots = if end > 0 { "..." } else { "" };
        let place =
            if seen.place.is_empty() { String::new() } else { format!(" in {dots}{}", &seen.place[end..]) };
        format!("has a finding ({}){place}", seen.rule)
    };
    Hit {
        short,
        sentence: format!(
            "{} ({filename}){place}: {} [{}].{line} To be answered: {}{more}",
            subject(case),
            seen.message.trim_end_matches('.'),
            seen.rule,
            seen.question
        ),
        until: None,
    }
}
