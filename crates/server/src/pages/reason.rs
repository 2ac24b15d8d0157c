use super::Verdict;
use packhouse_guard::{Decision, Exception, Note, RuleHit};
use packhouse_model::{Sha256, Timestamp};
use std::fmt::Write as _;

/// What a rule had against a file, in the few words that fit into a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The rule's name.
    pub rule: String,
    /// What follows the project and the version: `was uploaded 2026-11-21, cooldown 7d ends …`.
    pub text: String,
    /// Who lifted it, when an exception does.
    pub excused_by: Option<String>,
}

impl Reason {
    /// The reasons of a decision, in its order, and what rules have to say beside.
    pub fn of(decision: &Decision) -> Vec<Self> {
        let reason = |hit: &RuleHit| Self {
            rule: hit.rule.to_owned(),
            text: hit.short.clone(),
            excused_by: hit.excused.as_ref().map(|exception| exception.author.clone()),
        };
        let note =
            |note: &Note| Self { rule: note.rule.to_owned(), text: note.short.clone(), excused_by: None };
        // What refuses it need not be said twice.
        let refused = |note: &&Note| decision.because.iter().any(|hit| hit.sentence == note.sentence);
        let notes = decision.notes.iter().filter(|one| !refused(one)).map(note);
        decision.because.iter().map(reason).chain(notes).collect()
    }
}

/// What a rule had against something, in full.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The rule's name.
    pub rule: String,
    /// What it alone would do: held or refused; served when an exception lifts it.
    pub verdict: Verdict,
    /// What it saw, to a person.
    pub sentence: String,
    /// Who may lift it, and how.
    pub lift: String,
    /// The lines that would, for the configuration; see [`exception_lines`].
    pub snippet: Option<String>,
    /// The exception that lifts it.
    pub excused: Option<Excuse>,
    /// How many files it is about; the sentence is about one of them.
    pub files: usize,
}

impl Hit {
    /// One hit for each rule and verdict in the decisions on some files, in the order they are first met.
    pub fn grouped<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for hit in decisions.into_iter().flat_map(|decision| &decision.because) {
            let verdict = Verdict::from(hit);
            let same = |group: &&mut Self| group.rule == hit.rule && group.verdict.word() == verdict.word();
            match groups.iter_mut().find(same) {
                None => groups.push(hit.into()),
                Some(group) => {
                    group.files += 1;
                    if verdict.until() > group.verdict.until() {
                        group.verdict = verdict;
                    }
                }
            }
        }
        groups
    }
}

/// An exception as far as a reader of an explanation needs it.
#[derive(Debug, Clone)]
pub struct Excuse {
    /// Who made it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When it ends.
    pub ends: Timestamp,
}

impl From<&Exception> for Excuse {
    fn from(exception: &Exception) -> Self {
        Self { author: exception.author.clone(), reason: exception.reason.clone(), ends: exception.until }
    }
}

impl From<&RuleHit> for Hit {
    /// Without a snippet.
    fn from(hit: &RuleHit) -> Self {
        Self {
            rule: hit.rule.to_owned(),
            verdict: hit.into(),
            sentence: hit.sentence.clone(),
            lift: hit.lift.clone(),
            snippet: None,
            excused: hit.excused.as_ref().map(Excuse::from),
            files: 1,
        }
    }
}

/// What an exception names.
#[derive(Debug, Clone, Copy)]
pub enum Excepted<'a> {
    /// Exact bytes.
    Bytes(Sha256),
    /// An exact version of a project.
    Version(&'a str, &'a str),
}

/// An `[[exception]]` for packhouse.toml that lifts `rule` until the day of `until`. Its reason and author are
/// empty, which the configuration refuses: whoever copies it fills them in.
pub fn exception_lines(what: Excepted<'_>, rule: &str, until: Timestamp) -> String {
    let what = match what {
        Excepted::Bytes(sha256) => format!("sha256 = \"{sha256}\""),
        Excepted::Version(project, version) => {
            format!("project = {}\nversion = {}", toml_string(project), toml_string(version))
        }
    };
    format!(
        "[[exception]]\n{what}\nrules = [{}]\nreason = \"\"\nauthor = \"\"\nuntil = \"{}\"",
        toml_string(rule),
        until.date()
    )
}

/// A basic string of TOML 1.0.
fn toml_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_ascii_graphic() || character == ' ' => quoted.push(character),
            // Writing to a string cannot fail.
            _ => _ = write!(quoted, "\\U{:08X}", u32::from(character)),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seventy_wheels_have_one_reason() {
        let hit = |rule, day: &str| RuleHit {
            rule,
            short: String::new(),
            sentence: format!("until {day}"),
            lift: String::new(),
            until: Some(day.parse().expect(day)),
            excused: None,
        };
        let decision = |because| Decision {
            outcome: packhouse_guard::Outcome::Tombstone,
            because,
            notes: Vec::new(),
            until: None,
        };
        let decisions = [
            decision(vec![hit("cooldown", "2026-11-24")]),
            decision(vec![hit("cooldown", "2026-11-28"), hit("other", "2026-11-25")]),
            decision(vec![]),
        ];
        let hits = Hit::grouped(&decisions);
        let words: Vec<_> = hits
            .iter()
            .map(|hit| {
                (hit.rule.as_str(), hit.files, hit.verdict.until().map(Timestamp::date).unwrap_or_default())
            })
            .collect();
        assert_eq!(words, [("cooldown", 2, "2026-11-28".to_owned()), ("other", 1, "2026-11-25".to_owned())]);
        assert_eq!(hits[0].sentence, "until 2026-11-24");
    }

    #[test]
    fn an_exception_names_its_subject_and_cannot_be_left_unsigned() {
        let until = "2026-12-22T10:00:00Z".parse().expect("a time");
        assert_eq!(
            exception_lines(Excepted::Version("flask", "3.2.0"), "cooldown", until),
            "[[exception]]\nproject = \"flask\"\nversion = \"3.2.0\"\nrules = [\"cooldown\"]\nreason = \"\"\nauthor = \"\"\nuntil = \"2026-12-22\""
        );
        let bytes = exception_lines(Excepted::Bytes(Sha256::of(b"")), "wheels-only", until);
        assert!(bytes.contains("sha256 = \"e3b0c442"));
    }

    #[test]
    fn hostile_versions_stay_inside_their_string() {
        for (text, expected) in
            [("1.0", "\"1.0\""), ("\"\n[x]\\", r#""\"\U0000000A[x]\\""#), ("a\u{202e}", r#""a\U0000202E""#)]
        {
            assert_eq!(toml_string(text), expected);
        }
    }
}
