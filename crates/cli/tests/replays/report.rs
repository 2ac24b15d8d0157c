//! `docs/incidents.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use packhouse_model::humanize;
use packhouse_testkit::Client;

use crate::controls::CONTROLS;
use crate::replay::Played;
use crate::scenario::{Removal, Scenario};

const HEAD: &str = "\
# The incident record in replay

Forty-six attacks on registries, played again without a payload: an upstream of our own on loopback has the days before, the
attack, and how it ended; servers stand in front of it, and real clients install from them. This page is what came of it.
`cargo test -p packhouse --test replays` plays all of them and fails when one that is stopped here passes, when a harmless
twin is stopped, or when this page says something else; with `PACKHOUSE_WRITE_INCIDENTS=1` it writes this page.
`PACKHOUSE_REPLAY=28` plays one row. What each row does is written in `tests/replays`.

- The files have the shape of the real ones. Addresses end in `.invalid`, encoded texts say a harmless sentence, machine code is a
  header. Attacks on other registries are played in PyPI's form with the same technique.
- **Stopped by** a control means: a server in which this rule alone is on, with its default settings, never handed the files out,
  from the first hour to the last minute before they were gone upstream. Each control is measured on a server of its own; what
  a rule said beside others does not count. Where a row has several packages or versions, all of them must be stopped.
- *Not long enough* are rules that had something against it, and handed it out in the end.
- **The suite** is a server that stands on a suite in which two people reviewed the last good release. It is not counted as one of the
  two controls: it is the reviewers. A name that nobody vetted is treated there as everywhere else.
- **The twin** is the same story without an attacker. pip and uv install it through the default configuration once its own
  cooldown is over; asked for on days 1, 3, 5, 7, 8, 15 and 31.
- **What it costs.** An honest newcomer waits 30 days instead of 7: nothing of a new project is handed out before its first file is
  that old, to anybody, unless somebody makes an exception. Every twin of a newcomer pays that here (it goes through by the 31st day, where
  7 would have been enough for it), and of the record it saves two rows: the one that was up for 9 days, and had other controls, and
  the one that was up for 14. What stays up for months outlasts it.
  The twin of a newcomer publishes a wheel, alone or beside its source, as the usual tool to build does. One
  that publishes its source alone is held by `wheels-only` until it is two years old or somebody makes an exception: that is a price
  that honest newcomers pay, and no twin shows it. So is the wait for a release that newly needs a package of the same people
  which is younger than 90 days.
- A project that was old when it was attacked has a first release as old here, so that nothing is stopped for being new that was not.
";

pub(crate) fn write(scenarios: &[Scenario], played: &BTreeMap<usize, Played>) -> String {
    let mut text = HEAD.to_owned();
    totals(scenarios, played, &mut text);
    overview(scenarios, played, &mut text);
    for scenario in scenarios {
        row(scenario, &played[&scenario.row], &mut text);
    }
    text
}

fn totals(scenarios: &[Scenario], played: &BTreeMap<usize, Played>, text: &mut String) {
    let count = |holds: &dyn Fn(&Scenario, &Played) -> bool| {
        scenarios.iter().filter(|scenario| holds(scenario, &played[&scenario.row])).count()
    };
    let all = scenarios.len();
    let _ = writeln!(text, "\n| of {all} rows | |\n|---|---|");
    let mut line = |what: &str, number: usize| {
        let _ = writeln!(text, "| {what} | {number} |");
    };
    line("stopped by the default configuration", count(&|_, played| played.worked.is_none()));
    line("stopped by two of its controls or more, each alone", count(&|_, played| played.alone.len() >= 2));
    line("stopped by one alone", count(&|_, played| played.alone.len() == 1));
    line(
        "of projects that a suite can hold, stopped by the suite",
        count(&|_, played| played.suite.is_some() && played.suite_worked.is_none()),
    );
    line(
        "stopped by two, when the reviewers of a suite are one of them",
        count(&|_, played| played.alone.len() + usize::from(played.suite.is_some()) >= 2),
    );
    line("whose twin goes through", count(&|_, played| played.twin.is_some()));
    for control in CONTROLS {
        let what = format!("stopped by `{}` alone: {}", control.rule, control.what);
        line(&what, count(&|_, played| played.alone.contains(control.rule)));
    }
}

fn overview(scenarios: &[Scenario], played: &BTreeMap<usize, Played>, text: &mut String) {
    let _ = writeln!(
        text,
        "\n| row | date | where | what | exposed | stopped by | suite |\n|---|---|---|---|---|---|---|"
    );
    for scenario in scenarios {
        let played = &played[&scenario.row];
        let by: Vec<String> = played.alone.iter().map(|rule| format!("`{rule}`")).collect();
        let by = if by.is_empty() { "**nothing**".to_owned() } else { by.join(", ") };
        let suite = if played.suite.is_some() { "yes" } else { "new name" };
        let Scenario { row, date, ecosystem, packages, .. } = scenario;
        let _ = writeln!(
            text,
            "| [{row}](#{row}) | {date} | {ecosystem} | {packages} | {} | {by} | {suite} |",
            exposed(scenario)
        );
    }
}

fn row(scenario: &Scenario, played: &Played, text: &mut String) {
    let Scenario { row, date, packages, technique, attack, .. } = scenario;
    let _ = writeln!(text, "\n## {row}\n\n**{packages}** ({}, {date}). {technique}\n", scenario.ecosystem);
    let end = match attack.removal {
        Removal::Deleted => format!("deleted upstream {}", attack.removed.minute()),
        Removal::Quarantined => format!("quarantined upstream {}", attack.removed.minute()),
        Removal::Stays => "there to this day".to_owned(),
    };
    let mut point = |what: &str, said: &str| {
        let _ = writeln!(text, "- {what}: {said}");
    };
    point("Exposed", &format!("{}; from {}, {end}", exposed(scenario), attack.at.minute()));
    point("The record names", &scenario.named.join("; "));
    let alone: Vec<String> = played.alone.iter().map(|rule| format!("`{rule}`")).collect();
    let alone = if alone.is_empty() { "nothing".to_owned() } else { alone.join(", ") };
    point("Stopped by", &alone);
    let partly = played.partly.iter().map(|(rule, at)| format!("`{rule}` (handed out after {})", since(*at)));
    let partly: Vec<String> = partly.collect();
    if !partly.is_empty() {
        point("Not long enough", &partly.join(", "));
    }
    for (rule, sentence) in &played.said {
        point(&format!("`{rule}` said"), &plain(sentence));
    }
    for saw in &played.saw {
        let client = if saw.client == Client::Pip { "pip" } else { "uv" };
        match &saw.line {
            Some(line) => point(&format!("{client} showed"), &format!("`{}`", line.replace('`', "'"))),
            None => {
                point(
                    &format!("{client} showed"),
                    "nothing: it installed the good version that is kept here",
                );
            }
        }
    }
    if let Some(sentence) = &played.suite {
        point("The suite said", &plain(sentence));
    }
    let through = played.twin.map_or("**is stopped**".to_owned(), |days| {
        let ending = if days % 10 == 1 && days != 11 { "st" } else { "th" };
        format!("goes through, by the {days}{ending} day at the latest")
    });
    point("The twin", &format!("{} It {through}.", scenario.twin.story));
    if let Some(reason) = &scenario.only_people {
        point("What only people can do", reason);
    }
    if let Some(note) = &scenario.note {
        point("Note", note);
    }
}

fn exposed(scenario: &Scenario) -> String {
    match scenario.attack.removal {
        Removal::Stays => "for ever".to_owned(),
        _ => since(scenario.attack.removed.since(scenario.attack.at)),
    }
}

/// A length of time, no more exactly than people say it.
fn since(time: Duration) -> String {
    let (day, hour) = (86_400, 3_600);
    let seconds = time.as_secs();
    let round = if seconds >= 3 * day { day } else { hour };
    humanize(Duration::from_secs((seconds / round).max(1) * round))
}

/// A sentence that Markdown leaves as it is.
fn plain(sentence: &str) -> String {
    sentence.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_")
}
