//! The engine: boreal, which reads YARA's language and runs no code of its own making.

use std::collections::BTreeMap;
use std::time::Duration;

use boreal::compiler::{CompilerBuilder, CompilerParams};
use boreal::module::{Dex, Dotnet, Elf, MachO, Math, Pe, String_};
use boreal::scanner::{CallbackEvents, EvaluatedRule, ScanCallbackResult, ScanError, ScanEvent, ScanParams};
use boreal::{MetadataValue, Scanner};
use packhouse_model::Sha256;

use super::{YaraError, YaraSource, severity};
use crate::inspection::budget::Trouble;
use crate::inspection::file::File;
use crate::inspection::report::Class;
use crate::inspection::rule::Rule;
use crate::inspection::sink::{At, Sink};

/// How long the rules may take for one file. It is no part of what they find: beyond it the file is held.
const TIME: Duration = Duration::from_secs(10);
/// Matches of one string in one file. Conditions count them, so with more there is no answer, and the file is held.
const MATCHES: u32 = 100_000;
/// Bytes of a match that are kept.
const MATCH: usize = 200;
/// Places of one rule in one file that are findings.
const PLACES: usize = 20;
const QUESTION: &str = "What does this file do that this rule is meant to find?";

pub(crate) struct Engine {
    scanner: Scanner,
    rules: BTreeMap<String, &'static Rule>,
}

/// A rule that matched in a file.
struct Match {
    rule: String,
    /// Offset and length of matched strings, each text once; none where the condition rests on something else.
    places: Vec<(usize, usize, Sha256)>,
}

impl Engine {
    pub(super) fn compile(sources: &[YaraSource]) -> Result<Self, YaraError> {
        // Not `time`: the same file would match today and not tomorrow.
        let builder = CompilerBuilder::default().add_module(Math).add_module(String_);
        let builder = builder.add_module(Elf).add_module(Pe).add_module(MachO);
        let mut compiler = builder.add_module(Dotnet).add_module(Dex).build();
        // What is compiled is what was read: a confined process opens no other file.
        compiler.set_params(CompilerParams::default().disable_includes(true));
        for source in sources {
            let added = compiler.add_rules_str_in_namespace(&source.text, &source.name);
            added
                .map_err(|error| YaraError::Syntax { message: in_words(&source.name, &error.to_string()) })?;
        }
        let mut scanner = compiler.finalize();
        scanner.set_scan_params(
            ScanParams::default()
                .compute_full_matches(true)
                .match_max_length(MATCH)
                .string_max_nb_matches(MATCHES)
                .timeout_duration(Some(TIME))
                .callback_events(CallbackEvents::RULE_MATCH | CallbackEvents::STRING_REACHED_MATCH_LIMIT),
        );
        let mut rules = BTreeMap::new();
        for rule in scanner.rules().filter(|rule| !rule.is_private) {
            let described = described(&scanner, rule.name, rule.metadatas, rule.namespace)?;
            if rules.insert(rule.name.to_owned(), described).is_some() {
                return Err(YaraError::Twice {
                    rule: rule.name.to_owned(),
                    origin: rule.namespace.to_owned(),
                });
            }
        }
        if rules.is_empty() {
            let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
            return Err(YaraError::Empty { origin: names.join(", ") });
        }
        Ok(Self { scanner, rules })
    }

    pub(crate) fn look(&self, file: &File<'_>, sink: &mut Sink<'_>) -> Result<(), Trouble> {
        sink.budget.spend_bytes(file.bytes.len())?;
        let (mut matches, mut countless) = (Vec::new(), false);
        let scanned = self.scanner.scan_mem_with_callback(file.bytes, |event| {
            match event {
                ScanEvent::RuleMatch(rule) => matches.push(Match::of(&rule)),
                ScanEvent::StringReachedMatchLimit(_) => countless = true,
                _ => {}
            }
            ScanCallbackResult::Continue
        });
        let text = if file.is_text() { std::str::from_utf8(file.bytes).ok() } else { None };
        for found in &matches {
            let Some(rule) = self.rules.get(&found.rule) else { continue };
            if found.places.is_empty() {
                sink.add(file, rule, At::File, rule.sentence, "")?;
            }
            for (offset, length, digest) in &found.places {
                let (at, what) = match text {
                    Some(text) => (At::Text(text, *offset..offset + length), rule.sentence.to_owned()),
                    None => (At::File, format!("{} (at byte {offset})", rule.sentence)),
                };
                sink.add(file, rule, at, what, &digest.to_string())?;
            }
        }
        match scanned {
            Ok(()) if countless => {
                Err(Trouble::Limit { what: "the number of matches of a YARA string", limit: MATCHES.into() })
            }
            Ok(()) => Ok(()),
            Err(ScanError::Timeout) => Err(Trouble::Limit {
                what: "the time of YARA rules for a file, in seconds",
                limit: TIME.as_secs(),
            }),
            Err(error) => Err(Trouble::Damaged { problem: format!("by YARA rules: {error}") }),
        }
    }
}

impl Match {
    fn of(rule: &EvaluatedRule<'_>) -> Self {
        let mut places: Vec<_> = (rule.matches.iter())
            .flat_map(|string| string.matches.iter())
            .map(|found| (found.base + found.offset, found.length, Sha256::of(&found.data)))
            .collect();
        places.sort_unstable_by_key(|(offset, length, _)| (*offset, *length));
        let mut seen = std::collections::BTreeSet::new();
        places.retain(|(_, _, digest)| seen.insert(*digest));
        places.truncate(PLACES);
        Self { rule: rule.name.to_owned(), places }
    }
}

/// The rule as the report has it. It stays for as long as the process: rules are compiled once.
fn described(
    scanner: &Scanner,
    name: &str,
    meta: &[boreal::Metadata],
    origin: &str,
) -> Result<&'static Rule, YaraError> {
    let value = |wanted: &str| {
        let entry =
            meta.iter().find(|entry| scanner.get_string_symbol(entry.name).eq_ignore_ascii_case(wanted));
        entry.map(|entry| match entry.value {
            MetadataValue::Bytes(text) => {
                String::from_utf8_lossy(scanner.get_bytes_symbol(text)).into_owned()
            }
            MetadataValue::Integer(number) => number.to_string(),
            MetadataValue::Boolean(yes) => yes.to_string(),
        })
    };
    let class = match value("severity") {
        None => severity::DEFAULT,
        Some(word) => severity::of(&word).ok_or_else(|| YaraError::Severity {
            origin: origin.to_owned(),
            rule: name.to_owned(),
            found: format!("{word:?}"),
        })?,
    };
    let sentence = value("description").unwrap_or_else(|| format!("matches the YARA rule {name}"));
    let question = value("question").unwrap_or_else(|| QUESTION.to_owned());
    let version = value("version").and_then(|version| version.parse().ok()).unwrap_or(1);
    Ok(Box::leak(Box::new(rule(name, version, class, sentence, question))))
}

fn rule(name: &str, version: u32, class: Class, sentence: String, question: String) -> Rule {
    Rule {
        id: format!("Y:{name}").leak(),
        name: name.to_owned().leak(),
        version,
        class,
        alone: class,
        lowered_aside: false,
        sentence: sentence.leak(),
        question: question.leak(),
    }
}

/// `mem:3:5: error: …` as the compiler says it, with the text's name and what to do.
fn in_words(name: &str, message: &str) -> String {
    let message = message
        .strip_prefix("mem:")
        .map_or_else(|| format!("{name}: {message}"), |rest| format!("{name}:{rest}"));
    let hint = if message.contains("includes are not allowed") {
        "; name the other file in inspect.yara instead"
    } else if message.contains("unknown import") {
        "; there are math, string, elf, pe, macho, dotnet and dex"
    } else {
        ""
    };
    format!("{message}{hint}")
}
