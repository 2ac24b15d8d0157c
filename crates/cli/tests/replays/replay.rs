//! Plays one scenario: the attack before the default configuration, each control alone and a suite; then its twin.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use packhouse_model::Timestamp;
use packhouse_testkit::Client;

use crate::advisories;
use crate::controls::{Answer, CONTROLS, Control, ask};
use crate::people::{self, CLIENTS, Saw};
use crate::scenario::{Project, Removal, Scenario};
use crate::story::{DAY, HOUR, Story, days_of};
use crate::suite;
use crate::world::{Server, World};

/// How long before the attack the servers begin, and days before it on which somebody looks at the projects.
const BEFORE: Duration = Duration::from_hours(30 * 24);
const LOOKS: [f64; 4] = [29.0, 14.0, 8.0, 1.0];
/// Days after the beginning of an attack on which everybody is asked, as far as it lasts.
const DAYS: [f64; 9] = [1.0, 3.0, 6.9, 7.1, 14.0, 30.0, 60.0, 180.0, 300.0];
/// One row of each technique, for which real clients go through the suite too: a file with other bytes, an adopted orphan, a
/// dependency, sabotage, a bought domain, a build script, a stealer, a startup file, a miner with an attestation.
const SUITE_WITH_CLIENTS: [usize; 9] = [1, 4, 8, 19, 23, 25, 26, 28, 37];
/// Days on which people ask for a twin.
const TWIN_DAYS: [u32; 7] = [1, 3, 5, 7, 8, 15, 31];
/// An attack that was never removed is watched for so long.
const WATCHED: f64 = 60.0;

/// What came of a replay.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// The controls that stop it alone.
    pub(crate) alone: BTreeSet<String>,
    /// The others that had something against it, and when the attack worked for the first time nevertheless.
    pub(crate) partly: BTreeMap<String, Duration>,
    /// What the default configuration said at first: rules and their sentences.
    pub(crate) said: Vec<(String, String)>,
    /// When the attack worked with the default configuration.
    pub(crate) worked: Option<Duration>,
    pub(crate) saw: Vec<Saw>,
    /// What the suite said; none where the suite does not hold the project.
    pub(crate) suite: Option<String>,
    pub(crate) suite_worked: Option<Duration>,
    /// After how many days the twin goes through.
    pub(crate) twin: Option<u32>,
    /// What went wrong beside that.
    pub(crate) problems: Vec<String>,
}

pub(crate) fn play(scenario: &Scenario) -> Played {
    let mut played = Played::default();
    attack(scenario, &mut played);
    twin(scenario, &mut played);
    played
}

/// When everybody is asked: as a length of time since the attack began.
fn moments(scenario: &Scenario) -> Vec<Duration> {
    let lasted = match scenario.attack.removal {
        Removal::Stays => days_of(WATCHED),
        _ => scenario.attack.removed.since(scenario.attack.at),
    };
    // The last moment at which the upstream has it.
    let last = lasted.saturating_sub(Duration::from_mins(1));
    let first = HOUR.min(last);
    let mut all = vec![first];
    all.extend(DAYS.iter().map(|days| days_of(*days)).filter(|at| *at > first && *at < last));
    all.push(last);
    all.dedup();
    all
}

struct Play<'a> {
    scenario: &'a Scenario,
    world: World,
    story: Story,
}

impl<'a> Play<'a> {
    fn new(scenario: &'a Scenario, twin: bool) -> Self {
        let world = World::at(scenario.attack.at.minus(BEFORE));
        let story = Story::of(scenario, twin);
        let mut play = Self { scenario, world, story };
        play.go_on(play.world.now());
        play
    }

    /// Lets happen what happens until then.
    fn go_on(&mut self, until: Timestamp) {
        while let Some(at) = self.story.next_before(until) {
            self.world.wait_until(at);
            self.story.happen(&self.world.upstream);
        }
        self.world.wait_until(until);
    }

    /// Somebody looks at every project now and then.
    fn look(&mut self, servers: &[&Server]) {
        for days in LOOKS {
            self.go_on(self.scenario.attack.at.minus(days_of(days)));
            for server in servers {
                for project in self.scenario.project.iter().chain(&self.scenario.popular) {
                    server.why(&project.name);
                }
            }
        }
    }

    /// Whether everything that one way of the attack needs is handed out, and what is said against the rest. With `only`,
    /// a refusal counts when this rule is among its reasons: some rules cannot be switched off.
    fn works(&self, server: &Server, only: Option<&str>) -> (bool, Vec<(String, String)>) {
        let mut said = Vec::new();
        let mut works = false;
        for group in self.scenario.groups() {
            let mut all = true;
            for id in &group {
                let Some(bad) = self.story.bad.get(id) else { continue };
                let (project, _) = id.split_once("==").expect("project==version");
                match ask(server, project, &bad.files) {
                    Answer::Served => {}
                    Answer::Absent => all = false,
                    Answer::Refused(rules) => {
                        all &= only.is_some_and(|only| !rules.iter().any(|(rule, _)| rule == only));
                        said.extend(rules);
                    }
                }
            }
            works |= all;
        }
        (works, said)
    }
}

fn attack(scenario: &Scenario, played: &mut Played) {
    let mut play = Play::new(scenario, false);
    let ours = play.world.serve("");
    let each: Vec<(&Control, Server)> =
        CONTROLS.iter().map(|control| (control, play.world.serve(&control.configuration()))).collect();
    // The pin cannot be switched off. Where it would hide what others say of the new bytes, they have not seen the old ones.
    let replaces = scenario.attack.release.iter().any(|release| release.replaces);
    let remembers = |control: &Control| !replaces || ["first-seen-pin", "publisher"].contains(&control.rule);
    let early: Vec<&Server> = each
        .iter()
        .filter(|(control, _)| remembers(control))
        .map(|(_, server)| server)
        .chain([&ours])
        .collect();
    play.look(&early);
    // People have it installed, and go on whatever becomes of it upstream. Where the first bytes are kept there is nothing that
    // the pin would have to refuse, so there only one server keeps them.
    for project in scenario.project.iter().chain(&scenario.popular) {
        let had = early.iter().filter(|server| !replaces || std::ptr::eq(**server, &raw const ours));
        for server in had {
            server.fetch(&project.name);
        }
    }
    let attacked = |project: &&Project| {
        scenario.attack.release.iter().any(|release| release.project.as_ref() == Some(&project.name))
    };
    let vetted: Vec<&Project> =
        scenario.project.iter().chain(scenario.popular.iter().filter(attacked)).collect();
    let through = (!vetted.is_empty()).then(|| suite::serve(&play.world, &vetted));
    let moments = moments(scenario);
    let mut spoke: BTreeSet<&str> = BTreeSet::new();
    for (number, since) in moments.iter().enumerate() {
        play.go_on(scenario.attack.at.plus(*since));
        let (works, said) = play.works(&ours, None);
        if works {
            played.worked.get_or_insert(*since);
        }
        for hit in said {
            if !played.said.iter().any(|(rule, _)| *rule == hit.0) {
                played.said.push(hit);
            }
        }
        for (control, server) in &each {
            let (works, said) = play.works(server, Some(control.rule));
            if said.iter().any(|(rule, _)| rule == control.rule) {
                spoke.insert(control.rule);
            }
            if works {
                played.partly.entry(control.rule.to_owned()).or_insert(*since);
            }
        }
        if let Some(server) = &through {
            let (works, said) = play.works(server, None);
            if works {
                played.suite_worked.get_or_insert(*since);
            }
            if let Some((_, sentence)) = said.into_iter().next() {
                played.suite.get_or_insert(sentence);
            }
        }
        // Clients take a second each, so they come when it begins, and once more where waiting alone will not do.
        let first = number == 0;
        if first || (*since > 7 * DAY && number + 1 == moments.len()) {
            people_try(&play, &ours, played, first);
        }
        if first
            && SUITE_WITH_CLIENTS.contains(&scenario.row)
            && let Some(server) = &through
        {
            people_try_suite(&play, server, played);
        }
    }
    if through.is_some() {
        let unlisted = || "It is not listed there: the suite has what was reviewed.".to_owned();
        played.suite.get_or_insert_with(unlisted);
    }
    for control in CONTROLS {
        let (rule, spoke) = (control.rule, spoke.contains(control.rule));
        if spoke && !played.partly.contains_key(rule) {
            played.alone.insert(rule.to_owned());
        } else if !spoke {
            played.partly.remove(rule);
        }
    }
    afterwards(&mut play, &ours, played);
}

/// The advisory comes, and the weeks after it: what was kept of the bad files is refused by name.
fn afterwards(play: &mut Play<'_>, ours: &Server, played: &mut Played) {
    let attack = &play.scenario.attack;
    if let Some(published) = attack.advisory {
        play.go_on(published.max(play.world.now()));
        advisories::publish(&play.world, ours, &play.story, published);
    }
    play.go_on(attack.removed.plus(8 * DAY).max(play.world.now()));
    for (id, bad) in &play.story.bad {
        let (project, _) = id.split_once("==").expect("project==version");
        let wrong = match ask(ours, project, &bad.files) {
            Answer::Served => attack.removal != Removal::Stays,
            // A project that is refused as a whole has no files to speak of.
            Answer::Refused(rules) => {
                let enough = ["malware", "upstream-quarantine", "names"];
                let named = rules.iter().any(|(rule, _)| enough.contains(&&**rule));
                attack.advisory.is_some() && !named
            }
            Answer::Absent => false,
        };
        if wrong {
            played.problems.push(format!("a week after it was removed upstream nothing says what {id} is"));
        }
    }
}

/// People with real clients ask for the bad release, and for whatever the newest is.
fn people_try(play: &Play<'_>, server: &Server, played: &mut Played, tell: bool) {
    let asked = &play.scenario.attack.install;
    for client in CLIENTS {
        let Some((user, ran)) = people::install(client, server, asked) else { return };
        // Whoever asks is hit when nothing stops it; what stops it is counted elsewhere.
        if got_all(play, &user) && played.worked.is_none() {
            played.problems.push(format!("{client:?} installed what was not handed out\n{ran}"));
        }
        if tell {
            let line = (!ran.success()).then(|| people::reason(&ran, server));
            played.saw.push(Saw { client, line });
        }
    }
    if let Some(project) = &play.scenario.project
        && let Some((user, ran)) = people::install(Client::Uv, server, &project.name)
    {
        // Who names no version goes on working, with an older one.
        if played.worked.is_none() && (!ran.success() || got_all(play, &user)) {
            played.problems.push(format!("who asks for {} gets no good version\n{ran}", project.name));
        }
    }
}

fn people_try_suite(play: &Play<'_>, server: &Server, played: &mut Played) {
    let Some(project) = &play.scenario.project else { return };
    let Some((user, ran)) = people::install(Client::Uv, server, &play.scenario.attack.install) else {
        return;
    };
    if got_all(play, &user) {
        played.problems.push(format!("uv installed it through the suite\n{ran}"));
    }
    let Some((user, ran)) = people::install(Client::Pip, server, &project.name) else { return };
    if !ran.success() || got_all(play, &user) {
        played.problems.push(format!("pip gets no reviewed {} from the suite\n{ran}", project.name));
    }
}

fn got_all(play: &Play<'_>, user: &packhouse_testkit::ClientRun) -> bool {
    let has = |id: &String| play.story.bad.get(id).is_some_and(|bad| people::has(user, id, bad));
    play.scenario.groups().iter().any(|group| !group.is_empty() && group.iter().all(has))
}

/// The same story without an attacker goes through: people wait until its page says so, and install it.
fn twin(scenario: &Scenario, played: &mut Played) {
    let mut play = Play::new(scenario, true);
    let ours = play.world.serve("");
    play.look(&[&ours]);
    let last = scenario.twin.release.iter().map(|release| release.after).fold(0.0, f64::max);
    let asked = &scenario.twin.install;
    let (name, version) = asked.split_once("==").expect("a twin names its version");
    let mut said = String::new();
    for days in TWIN_DAYS {
        play.go_on(scenario.attack.at.plus(days_of(last)).plus(DAY * days).plus(HOUR));
        for release in &scenario.twin.release {
            ours.why(release.project.as_deref().unwrap_or(scenario.main_name()));
        }
        let why = ours.why(asked).expect("the twin is there");
        if why["outcome"] != "serve" {
            why["sentence"].as_str().unwrap_or_default().clone_into(&mut said);
            continue;
        }
        let before = played.problems.len();
        for client in CLIENTS {
            let Some((user, ran)) = people::install(client, &ours, asked) else { break };
            let name = name.to_lowercase().replace(['_', '.'], "-");
            if !ran.success() || user.installed().get(&name).map(String::as_str) != Some(version) {
                played.problems.push(format!("the twin does not go through\n{ran}"));
            }
        }
        if played.problems.len() == before {
            played.twin = Some(days);
        }
        return;
    }
    played
        .problems
        .push(format!("the twin is refused after {} days: {said}", TWIN_DAYS[TWIN_DAYS.len() - 1]));
}
