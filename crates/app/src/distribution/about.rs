//! What an act says, in one clause, and whom and what it is about.

use std::collections::BTreeSet;

use packhouse_distribution::act::{
    Act, Because, HintKind, Import, LeftOut, Recount, Role, Scope, Snapshot, StewardAction, UpstreamEvent,
    UpstreamNews, Verdict,
};
use packhouse_distribution::state::rows::TransitionId;
use packhouse_distribution::{Release, State};
use packhouse_model::{MaintainerId, ProjectName, SuiteName};

/// The longest quotation of a person's text.
const QUOTED: usize = 200;

/// What an act is about.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    /// A clause that begins with a verb, for a line with who says it.
    pub(super) sentence: String,
    pub(super) projects: BTreeSet<ProjectName>,
    pub(super) suites: BTreeSet<SuiteName>,
    pub(super) people: BTreeSet<MaintainerId>,
}

impl About {
    fn says(sentence: String) -> Self {
        Self { sentence, ..Self::default() }
    }

    fn project(mut self, name: &ProjectName) -> Self {
        self.projects.insert(name.clone());
        self
    }

    fn release(self, release: &Release) -> Self {
        self.project(&release.project)
    }

    fn suite(mut self, name: &SuiteName) -> Self {
        self.suites.insert(name.clone());
        self
    }

    fn person(mut self, id: &MaintainerId) -> Self {
        self.people.insert(id.clone());
        self
    }

    /// About the same as something else, which the sentence names by its number alone.
    fn with(mut self, other: Self) -> Self {
        self.projects.extend(other.projects);
        self.suites.extend(other.suites);
        self.people.extend(other.people);
        self
    }
}

pub(super) fn about(act: &Act, state: &State) -> About {
    match act {
        Act::Found(act) => About::says(format!("founds the distribution {}", cut(&act.name))),
        Act::Invite(act) => About::says(format!("invites {} as {}", act.maintainer, roles(&act.roles)))
            .person(&act.maintainer),
        Act::Join(act) => About::says(format!("joins as {}", cut(&act.name))),
        Act::Affiliate(act) => {
            let names: Vec<&str> =
                act.affiliations.iter().take(5).map(|one| one.organisation.as_str()).collect();
            About::says(match names.as_slice() {
                [] => "declares no affiliation".to_owned(),
                names => format!("declares affiliations: {}", cut(&names.join(", "))),
            })
        }
        Act::KeyAdd(_) => About::says("adds a key".to_owned()),
        Act::KeyRevoke(act) => {
            let owner = state.keys.get(&act.key).map(|key| key.owner.clone());
            let about = About::says(format!(
                "revokes the key {} for all after entry {}: {}",
                cut(&act.key),
                act.after,
                cut(&act.reason)
            ));
            owner.iter().fold(about, About::person)
        }
        Act::SetRoles(act) => About::says(format!(
            "gives {} the roles {}: {}",
            act.maintainer,
            roles(&act.roles),
            cut(&act.reason)
        ))
        .person(&act.maintainer),
        Act::Leave(act) => About::says(format!("says that {} leaves: {}", act.maintainer, cut(&act.reason)))
            .person(&act.maintainer),
        Act::Conflict(act) => About::says(format!(
            "records a tie of {} to {}",
            act.maintainer,
            cut(&act.affiliation.organisation)
        ))
        .person(&act.maintainer),
        Act::Recount(act) => recount(act),
        _ => about_projects(act, state),
    }
}

fn about_projects(act: &Act, state: &State) -> About {
    match act {
        Act::ProjectAdd(act) => {
            About::says(format!("takes {} under maintenance as a {} project", act.project, act.tier.word()))
                .project(&act.project)
        }
        Act::Steward(act) => {
            let does = match act.action {
                StewardAction::Adopt => "begins",
                StewardAction::Leave => "ceases",
            };
            About::says(format!("says that {} {does} to look after {}", act.maintainer, act.project))
                .project(&act.project)
                .person(&act.maintainer)
        }
        Act::Contact(act) => {
            let asks = if act.reminder { "asks again" } else { "asks" };
            let who: Vec<&str> = act.stewards.iter().map(MaintainerId::as_str).collect();
            let about = About::says(format!(
                "{asks} {} whether they still look after {}: {}",
                cut(&who.join(", ")),
                act.project,
                cut(&act.because.join("; "))
            ));
            act.stewards.iter().fold(about.project(&act.project), About::person)
        }
        Act::Orphan(act) => {
            let does = if act.retire { "retires" } else { "orphans" };
            About::says(format!("{does} {}: {}", act.project, cut(&act.reason))).project(&act.project)
        }
        Act::Salvage(act) => {
            let does = if act.object { "objects to a salvage of" } else { "asks to take over" };
            About::says(format!("{does} {}: {}", act.project, cut(&act.reason))).project(&act.project)
        }
        Act::Candidate(act) => About::says(format!(
            "takes {} in from upstream: {}, risk class {}, {} to read",
            act.release,
            counted(act.files.len(), "file"),
            act.risk,
            counted(usize::try_from(act.lines).unwrap_or(usize::MAX), "line")
        ))
        .release(&act.release),
        Act::UpstreamNews(act) => upstream(act),
        Act::Claim(act) => {
            About::says(format!("claims {} until {}", act.release, act.until.minute())).release(&act.release)
        }
        Act::Note(act) => {
            let place = match (&act.path, act.line) {
                (Some(path), Some(line)) => format!(" at {}:{line}", cut(path)),
                (Some(path), None) => format!(" at {}", cut(path)),
                (None, _) => String::new(),
            };
            About::says(format!("remarks on {}{place}: {}", act.release, cut(&act.text)))
                .release(&act.release)
        }
        Act::Review(act) => {
            let does = match act.verdict {
                Verdict::Accept => "accepts",
                Verdict::Reject => "rejects",
                Verdict::Violation => "calls harmful",
            };
            let scope = match &act.scope {
                Scope::Full => "in full".to_owned(),
                Scope::Delta { base, .. } => format!("as a change from {base}"),
            };
            let criteria = if act.criteria.is_empty() {
                String::new()
            } else {
                format!(" ({})", cut(&act.criteria.join(", ")))
            };
            About::says(format!("{does} {} {scope}{criteria}", act.release)).release(&act.release)
        }
        Act::ReviewRevoke(act) => {
            let about =
                About::says(format!("takes back the review of entry {}: {}", act.entry, cut(&act.reason)));
            match state.reviews.get(&act.entry) {
                Some(row) => about.release(&row.review.release).person(&row.by),
                None => about,
            }
        }
        Act::Exempt(act) => About::says(format!(
            "exempts {} from review until {}: {}",
            act.release,
            act.until.date(),
            cut(&act.reason)
        ))
        .release(&act.release),
        Act::ExemptEnd(act) => {
            let about =
                About::says(format!("ends the exemption of entry {}: {}", act.entry, cut(&act.reason)));
            match state.exemptions.get(&act.entry) {
                Some(row) => about.release(&row.exempt.release).person(&row.by),
                None => about,
            }
        }
        Act::Withdraw(act) => {
            About::says(format!("declares {} {}: {}", act.release, act.condition.word(), cut(&act.reason)))
                .release(&act.release)
        }
        _ => about_suites(act, state),
    }
}

fn about_suites(act: &Act, state: &State) -> About {
    match act {
        Act::Approve(act) => {
            let about = About::says(format!("approves entry {}", act.entry));
            match state.pending.get(&act.entry).and_then(packhouse_distribution::state::rows::Pending::act) {
                // An approval of an approval is none, so this ends.
                Some(Act::Approve(_)) | None => about,
                Some(other) => {
                    let other = self::about(&other, state);
                    About::says(format!("{}: {}", about.sentence, other.sentence)).with(other)
                }
            }
        }
        Act::Hint(act) => {
            let does = match act.kind {
                HintKind::Block => "blocks",
                HintKind::Unblock => "unblocks",
                HintKind::AgeDays => "changes the waiting time of",
                HintKind::Waive => "waives a rule for",
                HintKind::Security => "sends through the security lane",
            };
            About::says(format!("{does} {} for {}: {}", act.release, act.suite, cut(&act.reason)))
                .release(&act.release)
                .suite(&act.suite)
        }
        Act::HintEnd(act) => {
            let about =
                About::says(format!("takes back the hint of entry {}: {}", act.entry, cut(&act.reason)));
            match state.hints.get(&act.entry) {
                Some(row) => about.release(&row.hint.release).suite(&row.hint.suite),
                None => about,
            }
        }
        Act::Transition(act) => {
            let members: Vec<String> = act.members.iter().take(5).map(ToString::to_string).collect();
            let more = act.members.len().saturating_sub(members.len());
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let about = About::says(format!(
                "opens the transition {} of {}{more}: {}",
                cut(&act.name),
                cut(&members.join(", ")),
                cut(&act.reason)
            ));
            act.members.iter().fold(about.suite(&act.suite), |about, member| about.project(&member.project))
        }
        Act::TransitionEnd(act) => {
            let about = About::says(format!("ends the transition {}: {}", cut(&act.name), cut(&act.reason)));
            let id = TransitionId::new(act.suite.clone(), act.name.clone());
            let members = state.transitions.get(&id).map(|row| row.transition.members.as_slice());
            members
                .unwrap_or_default()
                .iter()
                .fold(about.suite(&act.suite), |about, member| about.project(&member.project))
        }
        Act::SuiteSet(act) => About::says(format!("sets up the suite {}", act.suite)).suite(&act.suite),
        Act::SetStage(act) => {
            About::says(format!("moves {} to {}: {}", act.suite, act.stage.word(), cut(&act.reason)))
                .suite(&act.suite)
        }
        Act::ReleaseSuite(act) => About::says(format!(
            "proposes {} {} from {}@{}",
            act.suite,
            cut(&act.version),
            act.from,
            act.serial
        ))
        .suite(&act.suite)
        .suite(&act.from),
        Act::Snapshot(act) => snapshot(act),
        Act::PeerSet(act) => About::says(format!(
            "imports the reviews of {} (distribution {}), counting {}: {}",
            act.peer,
            &act.distribution.hex()[..16],
            act.counts.word(),
            cut(&act.reason)
        )),
        Act::PeerEnd(act) => About::says(format!("ends imports from {}: {}", act.peer, cut(&act.reason))),
        Act::PeerPerson(act) => About::says(format!(
            "read in the ledger of {}, as far as entry {}, who {}@{} is",
            act.peer, act.head.number, act.maintainer, act.peer
        )),
        Act::Import(act) => import(act),
        Act::ImportEnd(act) => {
            let about = About::says(format!(
                "saw in the ledger of {} that the review of entry {} was taken back there",
                act.peer, act.import
            ));
            match state.imports.get(&act.import) {
                Some(row) => about.release(&row.review.review.release),
                None => about,
            }
        }
        // Every other act was told before.
        _ => About::says(format!("says {}", act.word())),
    }
}

/// The review that is quoted, in the peer's own words.
fn import(act: &Import) -> About {
    let quoted = || {
        let entry = packhouse_trust::Recorded::from_line(act.entry.as_bytes()).ok()?.entry;
        let envelope = entry.envelope().ok()?;
        let statement: packhouse_trust::Statement<serde_json::Value> =
            packhouse_trust::Statement::parse(envelope.payload_unverified()).ok()?;
        let read = Act::parse(&statement.predicate_type, statement.predicate).ok()?;
        match &read.act {
            Act::Review(_) => Some((entry.number(), read)),
            _ => None,
        }
    };
    match quoted() {
        Some((number, read)) => {
            let about = about_projects(&read.act, &State::default());
            let sentence = format!("imports entry {number} of {}: {} {}", act.peer, read.by, about.sentence);
            About { sentence, ..about }
        }
        None => About::says(format!("imports a review of {}", act.peer)),
    }
}

fn upstream(act: &UpstreamNews) -> About {
    let subject = act.release.as_ref().map_or_else(|| act.project.to_string(), ToString::to_string);
    let does = match act.event {
        UpstreamEvent::Yanked => "yanked",
        UpstreamEvent::Unyanked => "took back the yank of",
        UpstreamEvent::Deleted => "deleted",
        UpstreamEvent::Quarantined => "quarantined",
        UpstreamEvent::Cleared => "lifted the quarantine of",
    };
    let reason = if act.reason.is_empty() { String::new() } else { format!(": {}", cut(&act.reason)) };
    About::says(format!("saw that upstream {does} {subject}{reason}")).project(&act.project)
}

fn snapshot(act: &Snapshot) -> About {
    let because = match &act.because {
        Because::Accepted => "reviews".to_owned(),
        Because::Migration => "a migration".to_owned(),
        Because::Release { entry } => format!("the release of entry {entry}"),
        Because::Withdrawal { entry } => format!("the withdrawal of entry {entry}"),
        Because::Retirement => "the retirement of what it takes out".to_owned(),
        Because::Rollback { to, reason, .. } => format!("a rollback to {to} ({})", cut(reason)),
        Because::Begin { from, serial, reason } => {
            format!("a beginning with {from}@{serial} ({})", cut(reason))
        }
    };
    let list = |sign: &str, releases: &mut dyn Iterator<Item = &Release>, all: usize| {
        let named: Vec<String> = releases.take(4).map(|release| format!("{sign}{release}")).collect();
        let more = all.saturating_sub(named.len());
        match (named.is_empty(), more) {
            (true, _) => String::new(),
            (false, 0) => format!(" {}", named.join(" ")),
            (false, more) => format!(" {} and {more} more", named.join(" ")),
        }
    };
    let adds = list("+", &mut act.adds.iter().map(|listing| &listing.release), act.adds.len());
    let removes = list("-", &mut act.removes.iter(), act.removes.len());
    let about = About::says(format!("makes {}@{} by {because}:{adds}{removes}", act.suite, act.serial))
        .suite(&act.suite);
    let releases = act.adds.iter().map(|listing| &listing.release).chain(&act.removes);
    let mut about = releases.fold(about, About::release);
    if about.sentence.ends_with(':') {
        about.sentence.pop();
    }
    match &act.because {
        Because::Rollback { left_out: Some(left_out), .. } => without(about, left_out),
        _ => about,
    }
}

/// What a rollback does not bring back.
fn without(mut about: About, left_out: &[LeftOut]) -> About {
    let named: Vec<String> = left_out.iter().take(4).map(ToString::to_string).collect();
    if !named.is_empty() {
        about.sentence.push_str(&format!("; without {}", named.join(", ")));
    }
    if left_out.len() > named.len() {
        about.sentence.push_str(&format!(" and {} more", left_out.len() - named.len()));
    }
    left_out.iter().fold(about, |about, left| about.release(&left.release))
}

fn recount(act: &Recount) -> About {
    let mut clauses = Vec::new();
    match act.lost.as_slice() {
        [] => {}
        [one] => {
            let suites: Vec<&str> = one.suites.iter().map(SuiteName::as_str).collect();
            clauses.push(format!(
                "finds that {}, which is in {}, lost its reviews: {}",
                one.release,
                suites.join(" and "),
                cut(&one.because)
            ));
        }
        all => {
            let releases: Vec<&Release> = all.iter().map(|one| &one.release).collect();
            clauses.push(format!("finds that {} lost their reviews", first(&releases)));
        }
    }
    match act.settled.iter().collect::<Vec<_>>().as_slice() {
        [] => {}
        all => clauses.push(format!("finds that {} no more waits for lost reviews", first(all))),
    }
    let suites = act.lost.iter().flat_map(|one| &one.suites);
    let releases = act.lost.iter().map(|one| &one.release).chain(&act.settled);
    releases.fold(suites.fold(About::says(clauses.join("; ")), About::suite), About::release)
}

/// The first of some releases, and how many more there are.
fn first(releases: &[&Release]) -> String {
    let named: Vec<String> = releases.iter().take(4).map(ToString::to_string).collect();
    match releases.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

fn roles(roles: &[Role]) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
