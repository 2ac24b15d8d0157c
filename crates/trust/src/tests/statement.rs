//! What a statement may be, and how it is written.

use std::collections::BTreeMap;
use std::error::Error as _;

use crate::statement::{MAX_STATEMENT_BYTES, MAX_SUBJECTS, STATEMENT_TYPE};
use crate::{Statement, StatementError, Subject};
use packhouse_model::Sha256;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Review {
    verdict: String,
    minutes: u32,
    notes: BTreeMap<String, String>,
}

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const REVIEW: &str = "https://packhouse.invalid/review/v1";

fn review() -> Statement<Review> {
    Statement {
        subjects: vec![Subject { name: "six-1.17.0.tar.gz".to_owned(), sha256: Sha256::of(b"") }],
        predicate_type: REVIEW.to_owned(),
        predicate: Review {
            verdict: "accept".to_owned(),
            minutes: 7,
            notes: BTreeMap::from([("six.py".to_owned(), "fine".to_owned())]),
        },
    }
}

/// The sound statement, with a change.
fn altered(change: impl FnOnce(&mut Value)) -> Result<Statement<Review>, StatementError> {
    let mut value: Value = serde_json::from_slice(&review().to_bytes().unwrap()).unwrap();
    change(&mut value);
    Statement::parse(value.to_string().as_bytes())
}

#[test]
fn is_written_in_one_way_and_read_back() {
    let expected = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"six-1.17.0.tar.gz","digest":{{"sha256":"{EMPTY}"}}}}],"predicateType":"{REVIEW}","predicate":{{"minutes":7,"notes":{{"six.py":"fine"}},"verdict":"accept"}}}}"#
    );
    let bytes = review().to_bytes().unwrap();
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), expected);
    assert_eq!(Statement::parse(&bytes).unwrap(), review());
}

#[test]
fn a_predicate_can_be_read_when_its_type_is_known() {
    let bytes = review().to_bytes().unwrap();
    let statement: Statement<Value> = Statement::parse(&bytes).unwrap();
    assert_eq!(statement.predicate_type, REVIEW);
    assert_eq!(statement.with_predicate::<Review>().unwrap(), review());
}

#[test]
fn refuses_what_is_no_statement_of_ours() {
    type Change = fn(&mut Value);
    let cases: &[(&str, Change)] = &[
        ("expected a statement of type", |v| v["_type"] = json!("https://in-toto.io/Statement/v0.1")),
        ("does not have the fields", |v| v["extra"] = json!(1)),
        ("does not have the fields", |v| v["subject"][0]["uri"] = json!("x:y")),
        ("does not have the fields", |v| v["subject"][0]["digest"]["sha1"] = json!("00")),
        ("does not have the fields", |v| v["subject"][0]["digest"] = json!({})),
        ("does not have the fields", |v| v["subject"] = json!(null)),
        ("does not have the fields", |v| {
            v.as_object_mut().unwrap().remove("predicate");
        }),
        ("at least one subject", |v| v["subject"] = json!([])),
        ("a subject's name", |v| v["subject"][0]["name"] = json!("")),
        ("a subject's name", |v| v["subject"][0]["name"] = json!("a\u{1b}[2Jb")),
        ("a subject's name", |v| v["subject"][0]["name"] = json!("x".repeat(1025))),
        ("lower-case", |v| v["subject"][0]["digest"]["sha256"] = json!(EMPTY.to_uppercase())),
        ("lower-case", |v| v["subject"][0]["digest"]["sha256"] = json!(&EMPTY[1..])),
        ("two subjects are called", |v| {
            let again = v["subject"][0].clone();
            v["subject"].as_array_mut().unwrap().push(again);
        }),
        ("is a URI", |v| v["predicateType"] = json!("review")),
        ("is a URI", |v| v["predicateType"] = json!("")),
        ("is a URI", |v| v["predicateType"] = json!("https://packhouse.invalid/a b")),
        ("is a JSON object", |v| v["predicate"] = json!([1])),
        ("is not one of type", |v| v["predicate"]["more"] = json!(1)),
        ("is not one of type", |v| v["predicate"] = json!({})),
        ("every reader understands alike", |v| v["predicate"]["minutes"] = json!(1_u64 << 53)),
        ("every reader understands alike", |v| {
            v["predicate"]["deep"] = (0..31).fold(json!(1), |inner, _| json!([inner]));
        }),
    ];
    for (expected, change) in cases {
        let error = altered(*change).expect_err(expected).to_string();
        assert!(error.contains(expected), "expected {expected:?}, found {error:?}");
    }
}

#[test]
fn a_key_that_stands_twice_is_refused_at_every_level() {
    let text = String::from_utf8(review().to_bytes().unwrap()).unwrap();
    for (sound, doubled) in [
        (r#""predicate":"#, r#""predicate":{},"predicate":"#),
        (r#""minutes":7"#, r#""minutes":6,"minutes":7"#),
        (r#""minutes":7"#, r#""minutes":6,"minute\u0073":7"#),
        (r#""six.py":"fine""#, r#""six.py":"bad","six.py":"fine""#),
        (r#""name":"#, r#""name":"seven","name":"#),
    ] {
        let altered = text.replacen(sound, doubled, 1);
        assert_ne!(altered, text);
        let error = Statement::<Value>::parse(altered.as_bytes()).expect_err(doubled);
        assert!(error.source().is_some_and(|cause| cause.to_string().contains("stands twice")), "{doubled}");
    }
}

#[test]
fn limits_hold_in_both_directions() {
    let mut many = review();
    many.subjects = (0..=MAX_SUBJECTS)
        .map(|number| Subject { name: number.to_string(), sha256: Sha256::of(b"") })
        .collect();
    assert!(matches!(many.to_bytes(), Err(StatementError::TooManySubjects { found: 10_001 })));
    many.subjects.pop();
    assert_eq!(Statement::parse(&many.to_bytes().unwrap()).unwrap(), many);

    let mut long = review();
    long.predicate.verdict = "x".repeat(MAX_STATEMENT_BYTES);
    assert!(matches!(long.to_bytes(), Err(StatementError::TooLarge { .. })));
    let mut empty = review();
    empty.subjects.clear();
    assert!(matches!(empty.to_bytes(), Err(StatementError::NoSubject)));
    let number = Statement { predicate: 7, ..no_predicate() };
    assert!(matches!(number.to_bytes(), Err(StatementError::NoObject)));
}

fn no_predicate() -> Statement<i32> {
    let Statement { subjects, predicate_type, .. } = review();
    Statement { subjects, predicate_type, predicate: 0 }
}

proptest! {
    #[test]
    fn parsing_never_panics(bytes: Vec<u8>, cut in 0_usize..300, flip in 0_usize..300, with: u8) {
        let _ = Statement::<Value>::parse(&bytes);
        let mut sound = review().to_bytes().unwrap();
        let place = flip % sound.len();
        sound[place] = with;
        let _ = Statement::<Review>::parse(&sound);
        sound.truncate(cut);
        let _ = Statement::<Review>::parse(&sound);
    }

    #[test]
    fn what_is_written_is_read(names in proptest::collection::btree_set("[^\\p{C}]{1,20}", 1..9), verdict: String, minutes: u32) {
        let mut statement = review();
        statement.subjects =
            names.into_iter().map(|name| Subject { sha256: Sha256::of(name.as_bytes()), name }).collect();
        statement.predicate.verdict = verdict;
        statement.predicate.minutes = minutes;
        let bytes = statement.to_bytes().unwrap();
        prop_assert_eq!(&Statement::<Review>::parse(&bytes).unwrap(), &statement);
        prop_assert_eq!(statement.to_bytes().unwrap(), bytes);
    }
}

#[test]
fn the_type_is_the_one_of_the_specification() {
    assert_eq!(STATEMENT_TYPE, "https://in-toto.io/Statement/v1");
}
