//! Reads a subject out of an answer and compares it.

use packhouse_model::Sha256;
use regex_lite::Regex;
use serde_json::Value;

use super::json_path::select;
use super::raw::{Answer, BrokenAnswer};
use super::script::{Measure, Operator, Subject};

/// What came back for one request.
pub(super) type Outcome = Result<Answer, BrokenAnswer>;

/// What was expected and what was found instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) expected: String,
    pub(super) found: String,
}

/// The subject's value; `None` when it is absent.
pub(super) fn read(outcome: &Outcome, subject: &Subject) -> Result<Option<Value>, String> {
    if *subject == Subject::Error {
        return Ok(outcome.as_ref().err().map(|error| error.to_string().into()));
    }
    let answer = outcome.as_ref().map_err(|error| format!("no answer: {error}"))?;
    Ok(match subject {
        Subject::Error => None,
        Subject::Status => Some(answer.status.into()),
        Subject::Reason => Some(answer.reason.as_str().into()),
        Subject::Header(name) => answer.header(name).map(Value::from),
        Subject::HeaderCount(name) => {
            Some(answer.headers.iter().filter(|(known, _)| known == name).count().into())
        }
        Subject::Bytes { decoded, measure } => {
            let bytes = if *decoded { content(answer)? } else { answer.body.clone() };
            Some(match measure {
                Measure::Text => String::from_utf8_lossy(&bytes).into(),
                Measure::Length => bytes.len().into(),
                Measure::Sha256 => Sha256::of(&bytes).hex().into(),
            })
        }
        Subject::Json(path) => {
            let document = document(answer)?;
            let found = select(&document, path)?;
            match (path.contains("[*]"), found.as_slice()) {
                (true, _) => Some(found.into_iter().cloned().collect()),
                (false, []) => None,
                (false, [one]) => Some((*one).clone()),
                (false, _) => return Err(format!("{} values at {path}", found.len())),
            }
        }
        Subject::JsonCount(path) => {
            let document = document(answer)?;
            let found = select(&document, path)?;
            match found.as_slice() {
                [Value::Array(list)] if !path.ends_with("[*]") => Some(list.len().into()),
                [Value::Object(map)] if !path.ends_with("[*]") => Some(map.len().into()),
                found => Some(found.len().into()),
            }
        }
    })
}

fn content(answer: &Answer) -> Result<Vec<u8>, String> {
    answer.content().map_err(|error| error.to_string())
}

fn document(answer: &Answer) -> Result<Value, String> {
    let bytes = content(answer)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| format!("no JSON ({error}): {}", shorten(&String::from_utf8_lossy(&bytes))))
}

/// Compares; `value` has its variables in place.
pub(super) fn check(
    outcome: &Outcome,
    subject: &Subject,
    operator: Operator,
    value: &str,
) -> Result<(), Difference> {
    let differs = |found: String| Difference { expected: phrase(operator, value), found: shorten(&found) };
    let found = read(outcome, subject).map_err(differs)?;
    let found = match (operator, found) {
        (Operator::Present, Some(_)) | (Operator::Absent, None) => return Ok(()),
        (_, Some(found)) => found,
        (_, None) => return Err(differs("nothing".into())),
    };
    let text = plain(&found);
    let good = match operator {
        Operator::Present | Operator::Absent => false,
        Operator::Equal | Operator::NotEqual => {
            let equal = if subject.is_json() {
                let wanted: Value = serde_json::from_str(value).map_err(|error| Difference {
                    expected: format!("a JSON value ({error})"),
                    found: value.into(),
                })?;
                found == wanted
            } else {
                text == value
            };
            equal == (operator == Operator::Equal)
        }
        Operator::Matches | Operator::MatchesNot => {
            let pattern = regex(value)?;
            pattern.is_match(&text) == (operator == Operator::Matches)
        }
        Operator::Contains | Operator::Lacks => {
            let inside = match &found {
                Value::Array(list) => {
                    list.iter().any(|item| [item.to_string(), plain(item)].iter().any(|text| text == value))
                }
                _ => text.contains(value),
            };
            inside == (operator == Operator::Contains)
        }
        Operator::In => value.split_whitespace().any(|one| one == text),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            let number = |text: &str| -> Result<f64, Difference> {
                text.parse().map_err(|_| Difference { expected: "a number".into(), found: shorten(text) })
            };
            let (left, right) = (number(&text)?, number(value)?);
            match operator {
                Operator::Less => left < right,
                Operator::LessOrEqual => left <= right,
                Operator::Greater => left > right,
                _ => left >= right,
            }
        }
    };
    if good { Ok(()) } else { Err(differs(text)) }
}

/// The text to save: the whole subject, or the first group of the pattern.
pub(super) fn capture(
    outcome: &Outcome,
    subject: &Subject,
    pattern: Option<&str>,
) -> Result<String, Difference> {
    let expected = || pattern.map_or("a value to save".to_owned(), |pattern| format!("a match of {pattern}"));
    let found = read(outcome, subject).map_err(|found| Difference { expected: expected(), found })?;
    let text = found.map(|found| plain(&found));
    let text = text.ok_or_else(|| Difference { expected: expected(), found: "nothing".into() })?;
    let Some(pattern) = pattern else { return Ok(text) };
    let groups = regex(pattern)?;
    let group = groups.captures(&text).and_then(|groups| groups.get(1).or(groups.get(0)));
    group
        .map(|group| group.as_str().to_owned())
        .ok_or_else(|| Difference { expected: expected(), found: shorten(&text) })
}

fn regex(pattern: &str) -> Result<Regex, Difference> {
    let expected = "a regular expression".to_owned();
    Regex::new(pattern).map_err(|error| Difference { expected, found: format!("{pattern}: {error}") })
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn phrase(operator: Operator, value: &str) -> String {
    let value = shorten(value);
    match operator {
        Operator::Equal => value,
        Operator::NotEqual => format!("anything but {value}"),
        Operator::Matches => format!("a match of {value}"),
        Operator::MatchesNot => format!("no match of {value}"),
        Operator::Contains => format!("something that contains {value}"),
        Operator::Lacks => format!("something without {value}"),
        Operator::In => format!("one of {value}"),
        Operator::Less => format!("less than {value}"),
        Operator::LessOrEqual => format!("at most {value}"),
        Operator::Greater => format!("more than {value}"),
        Operator::GreaterOrEqual => format!("at least {value}"),
        Operator::Present => "to be present".into(),
        Operator::Absent => "to be absent".into(),
    }
}

fn shorten(text: &str) -> String {
    let start: String = text.chars().take(400).collect();
    let left_out = text.len() - start.len();
    if left_out == 0 { start } else { format!("{start}… ({left_out} bytes more)") }
}
