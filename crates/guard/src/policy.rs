use std::time::Duration;

use packhouse_model::{IndexName, Timestamp, humanize, parse_duration};

use crate::config::{DeletedPolicy, ExceptionConfig, FindingsPolicy, PolicyConfig, RefusedFiles};
use crate::decision::{Decision, Outcome, RuleHit};
use crate::exception::Exception;
use crate::facts::Case;
use crate::pattern::{Canonical, Matcher};
use crate::rules::{
    ALL_RULES, Allow, Cooldown, Deleted, Deny, FINDINGS, Findings, FirstSeenPin, HashRequired, Hit, Malware,
    Names, NewDependencies, PrivateNames, PublisherChanges, Rule, SuiteOnly, UpstreamQuarantine, Verdict,
    Vulnerabilities, WheelsOnly, WithdrawnReleases,
};

/// Older releases are not compared with the one before them.
const LONGEST_HOLD: Duration = Duration::from_secs(60 * 86_400);

/// A project that is older is no newcomer to any policy.
pub const LONGEST_NEW: Duration = Duration::from_secs(365 * 86_400);

/// The rules and exceptions of one index.
#[derive(Debug)]
pub struct Policy {
    rules: Vec<Box<dyn Rule>>,
    exceptions: Vec<Exception>,
    refused_files: RefusedFiles,
}

/// A policy that cannot be meant.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PolicyError {
    /// A value does not read.
    #[error("{place}: {problem}")]
    Value {
        /// The setting, as in `policy.deny[2]`.
        place: String,
        /// What is wrong with it, and what is expected.
        problem: String,
    },
}

fn wrong(place: impl Into<String>, problem: impl Into<String>) -> PolicyError {
    PolicyError::Value { place: place.into(), problem: problem.into() }
}

impl Policy {
    /// Makes the rules of `config`, with the exceptions that hold for `index`.
    ///
    /// `place` is where the policy stands in the configuration (`policy`, `index.team.policy`), for messages.
    pub fn compile(
        index: &IndexName,
        place: &str,
        config: &PolicyConfig,
        exceptions: &[ExceptionConfig],
        canonical: &dyn Canonical,
    ) -> Result<Self, PolicyError> {
        let mut rules: Vec<Box<dyn Rule>> = Vec::new();
        let private =
            matchers(place, "private", config.private.iter().map(|text| (text.as_str(), None)), canonical)?;
        if let Some((what, _)) = private.iter().find(|(what, _)| !what.is_about_projects()) {
            return Err(wrong(
                format!("{place}.private"),
                format!("`{what}` is not a name or a prefix such as `acme-*`"),
            ));
        }
        if !private.is_empty() {
            rules.push(Box::new(PrivateNames(private.into_iter().map(|(what, _)| what).collect())));
        }
        let deny = matchers(place, "deny", config.deny.iter().map(crate::EntryConfig::parts), canonical)?;
        if !deny.is_empty() {
            rules.push(Box::new(Deny(deny)));
        }
        let allow = matchers(place, "allow", config.allow.iter().map(crate::EntryConfig::parts), canonical)?;
        if !allow.is_empty() {
            rules.push(Box::new(Allow(allow.into_iter().map(|(what, _)| what).collect())));
        }
        rules.push(Box::new(WithdrawnReleases));
        rules.push(Box::new(Malware { ignored: config.ignore_advisories.clone() }));
        rules.push(Box::new(SuiteOnly));
        rules.push(Box::new(UpstreamQuarantine));
        let new = length(place, "names", &config.names)?;
        if !new.is_zero() {
            rules.push(Box::new(Names { new }));
        }
        rules.push(Box::new(HashRequired));
        rules.push(Box::new(FirstSeenPin));
        match config.deleted {
            DeletedPolicy::KeepOld => rules.push(Box::new(Deleted::young())),
            DeletedPolicy::Keep => {}
            DeletedPolicy::Refuse => rules.push(Box::new(Deleted::all())),
        }
        rules.push(Box::new(Vulnerabilities {
            policy: config.vulnerabilities,
            ignored: config.ignore_advisories.clone(),
        }));
        let mut cooldowns = Vec::new();
        let mut new_projects = Vec::new();
        let mut sdists = Vec::new();
        let mut findings = Vec::new();
        for (name, project) in &config.projects {
            let here = format!("{place}.projects.{name}");
            let what = Matcher::parse(name, canonical).map_err(|problem| wrong(&here, problem))?;
            if let Some(text) = &project.cooldown {
                let wait = length(&here, "cooldown", text)?;
                cooldowns.push((what.clone(), wait));
            }
            if let Some(text) = &project.cooldown_new_projects {
                let wait = length(&here, "cooldown-new-projects", text)?;
                new_projects.push((what.clone(), wait));
            }
            if let Some(policy) = project.findings {
                findings.push((what.clone(), policy));
            }
            if let Some(policy) = project.sdist {
                sdists.push((what, policy));
            }
        }
        cooldowns.sort_by_key(|(what, _)| specificity(what));
        new_projects.sort_by_key(|(what, _)| specificity(what));
        sdists.sort_by_key(|(what, _)| specificity(what));
        findings.sort_by_key(|(what, _)| specificity(what));
        let default = length(place, "cooldown", &config.cooldown)?;
        let new = length(place, "cooldown-new-projects", &config.cooldown_new_projects)?;
        rules.push(Box::new(Cooldown { default, projects: cooldowns, new, new_projects }));
        let hold = length(place, "publisher", &config.publisher)?;
        if hold > LONGEST_HOLD {
            let problem =
                format!("at most {} can be waited for a publisher that changed", humanize(LONGEST_HOLD));
            return Err(wrong(format!("{place}.publisher"), problem));
        }
        if !hold.is_zero() {
            rules.push(Box::new(PublisherChanges { hold }));
        }
        let new = length(place, "new-sdists", &config.new_sdists)?;
        rules.push(Box::new(WheelsOnly { default: config.sdist, projects: sdists, new }));
        let new = length(place, "new-dependencies", &config.new_dependencies)?;
        if new > LONGEST_NEW {
            let problem = format!("a dependency counts as new for at most {}", humanize(LONGEST_NEW));
            return Err(wrong(format!("{place}.new-dependencies"), problem));
        }
        if !new.is_zero() {
            rules.push(Box::new(NewDependencies { new }));
        }
        if std::iter::once(config.findings)
            .chain(findings.iter().map(|(_, policy)| *policy))
            .any(|policy| policy != FindingsPolicy::Off)
        {
            let uninspected = config.uninspected;
            rules.push(Box::new(Findings { default: config.findings, projects: findings, uninspected }));
        }
        let exceptions = compile_exceptions(index, exceptions, canonical)?;
        Ok(Self { rules, exceptions, refused_files: config.refused_files })
    }

    /// Each rule's name and what it does, in the order they are asked.
    pub fn describe(&self) -> Vec<(&'static str, String)> {
        self.rules.iter().map(|rule| (rule.name(), rule.describe())).collect()
    }

    /// Whether files have to be inspected before this policy can decide on their bytes.
    pub fn looks_into(&self, case: &Case<'_>) -> bool {
        case.project.suite.is_none() && self.rules.iter().any(|rule| rule.name() == FINDINGS)
    }

    /// Whether somebody has to look at what a file needs before this policy can decide on it.
    pub fn asks_what_it_needs(&self, case: &Case<'_>) -> bool {
        case.project.suite.is_none() && self.rules.iter().any(|rule| rule.asks_what_it_needs(case))
    }

    /// The exceptions, expired ones included.
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }
}

/// A setting that is a length of time.
fn length(place: &str, setting: &str, text: &str) -> Result<Duration, PolicyError> {
    parse_duration(text).map_err(|error| wrong(format!("{place}.{setting}"), error.to_string()))
}

/// Names before prefixes, longer prefixes before shorter ones: the more exact word wins.
fn specificity(what: &Matcher) -> (bool, std::cmp::Reverse<usize>) {
    (matches!(what, Matcher::Prefix(_)), std::cmp::Reverse(what.to_string().len()))
}

type Entry = (Matcher, Option<String>);

fn matchers<'a>(
    place: &str,
    list: &str,
    entries: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    canonical: &dyn Canonical,
) -> Result<Vec<Entry>, PolicyError> {
    entries
        .enumerate()
        .map(|(number, (text, reason))| {
            Matcher::parse(text, canonical)
                .map(|what| (what, reason.map(str::to_owned)))
                .map_err(|problem| wrong(format!("{place}.{list}[{number}]"), problem))
        })
        .collect()
}

fn compile_exceptions(
    index: &IndexName,
    configs: &[ExceptionConfig],
    canonical: &dyn Canonical,
) -> Result<Vec<Exception>, PolicyError> {
    let mut exceptions = Vec::new();
    for (number, config) in configs.iter().enumerate() {
        let place = format!("exception[{number}]");
        let what = match (&config.project, &config.version, &config.sha256) {
            (Some(project), Some(version), None) => {
                Matcher::parse(&format!("{project}=={version}"), canonical)
                    .map_err(|problem| wrong(&place, problem))?
            }
            (None, None, Some(hash)) => Matcher::Hash(*hash),
            _ => {
                return Err(wrong(
                    place,
                    "name exact bytes (`sha256`) or an exact version (`project` and `version`)",
                ));
            }
        };
        if config.reason.trim().is_empty() || config.author.trim().is_empty() {
            return Err(wrong(place, "an exception needs a `reason` and an `author`"));
        }
        for rule in &config.rules {
            match ALL_RULES.iter().find(|(name, _)| name == rule) {
                Some((_, true)) => {}
                Some((_, false)) => {
                    return Err(wrong(place, format!("the rule `{rule}` cannot be lifted by an exception")));
                }
                None => {
                    let names: Vec<&str> =
                        ALL_RULES.iter().filter(|(_, liftable)| *liftable).map(|(name, _)| *name).collect();
                    return Err(wrong(
                        place,
                        format!(
                            "there is no rule `{rule}`; those that can be lifted are {}",
                            names.join(", ")
                        ),
                    ));
                }
            }
        }
        if config.indexes.is_empty() || config.indexes.iter().any(|name| name == index.as_str()) {
            exceptions.push(Exception {
                what,
                rules: config.rules.clone(),
                reason: config.reason.clone(),
                author: config.author.clone(),
                until: config.until,
            });
        }
    }
    Ok(exceptions)
}

/// The decision of `policy` on `case`. Pure: the same case always gets the same answer.
pub fn decide(policy: &Policy, case: &Case<'_>) -> Decision {
    let mut decision =
        Decision { outcome: Outcome::Serve, because: Vec::new(), notes: Vec::new(), until: None };
    let vetted = case.project.suite.is_some();
    let mut pending = Vec::new();
    for rule in policy.rules.iter().filter(|rule| !vetted || rule.holds_for_vetted()) {
        decision.notes.extend(rule.notes(case));
        match rule.check(case) {
            Verdict::Pass => {}
            Verdict::Project(hit) => policy.weigh(&mut decision, case, rule.as_ref(), hit, true, None),
            Verdict::File(hit) => policy.weigh(&mut decision, case, rule.as_ref(), hit, false, None),
            Verdict::Lifted(hit, because) => {
                policy.weigh(&mut decision, case, rule.as_ref(), hit, false, Some(because));
            }
            Verdict::Pending(hit) => pending.push((rule, hit)),
        }
    }
    for (rule, hit) in pending {
        if decision.serves() {
            policy.weigh(&mut decision, case, rule.as_ref(), hit, false, None);
        }
    }
    decision
}

impl Policy {
    /// Adds a rule's hit to a decision, with the exception that lifts it if there is one.
    fn weigh(
        &self,
        decision: &mut Decision,
        case: &Case<'_>,
        rule: &dyn Rule,
        hit: Hit,
        project_wide: bool,
        lifted: Option<Exception>,
    ) {
        let live = || self.exceptions.iter().filter(|e| rule.excusable() && e.lifts(rule.name(), case.now));
        if project_wide && case.file.is_none() {
            // A version of it is excepted: its page has to be there, and its files are asked about one by one.
            if let Some(exception) = live().find(|exception| exception.opens(case)) {
                sooner(&mut decision.until, Some(exception.until));
                return;
            }
        }
        // Exact bytes cannot open a project: its page is decided before its files are known, and the file
        // must not be served where the page is refused.
        let excused = lifted
            .or_else(|| live().find(|e| (!project_wide || e.opens(case)) && e.what.matches(case)).cloned());
        let outcome = match self.refused_files {
            RefusedFiles::Tombstone if !project_wide => Outcome::Tombstone,
            _ => Outcome::Refuse,
        };
        match &excused {
            Some(exception) => sooner(&mut decision.until, Some(exception.until)),
            None => {
                sooner(&mut decision.until, hit.until);
                if decision.outcome != Outcome::Refuse {
                    decision.outcome = outcome;
                }
            }
        }
        let Hit { short, sentence, until } = hit;
        decision.because.push(RuleHit {
            rule: rule.name(),
            short,
            sentence,
            lift: rule.lift(),
            until,
            excused,
        });
    }
}

fn sooner(until: &mut Option<Timestamp>, other: Option<Timestamp>) {
    *until = match (*until, other) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}
