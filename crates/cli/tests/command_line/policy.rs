use crate::place::{Place, ends_with, json};

const POLICY: &str = "\
[policy]
private = ['acme-*', 'ours']
deny = [{ match = 'denied', reason = 'Use six instead' }, 'picky==1.1']
cooldown = '3d'

[policy.projects.'torch*']
cooldown = '1d'
cooldown-new-projects = '0'
sdist = 'always'

[[exception]]
project = 'six'
version = '1.18.0'
rules = ['cooldown']
reason = 'fixes our outage'
author = 'Ada'
until = '2099-01-01'

[index.team]
[index.team.policy]
cooldown = '0'
allow = ['six', 'flask']
sdist = 'never'
deleted = 'refuse'
";

#[test]
fn it_says_what_each_rule_does() {
    let place = Place::new("policy");
    place.write("packhouse.toml", POLICY);
    let ran = place.run(&["policy", "check"]);
    ends_with(&ran, 0);
    assert!(ran.stderr.is_empty(), "{ran}");
    for words in [
        "index default (/simple/)",
        "private-names These names are yours and are never asked of the upstream: acme-*, ours.",
        "deny-list What the deny list names is refused: denied, picky==1.1.",
        "upstream-quarantine Projects that the upstream has quarantined are refused.",
        "hash-required Files for which the upstream names no SHA-256 are refused.",
        "first-seen-pin A filename whose bytes changed since it was first seen is refused.",
        "cooldown By default a file is held until 3d after its upload; of unknown age, after it was first seen.",
        "For torch* a file is held until 1d after its upload.",
        "files of a project are also held until 30d after its first file, unless the name was known before. For torch* no new project waits.",
        "wheels-only A source distribution is refused where its version has a wheel. For torch*: Source distributions are handed out. Where they are not always handed out, one without a wheel is held",
        "new-dependencies A release that needs a project which the release before it did not need is held while",
        "exception six==1.18.0 from cooldown until 2099-01-01: fixes our outage (Ada)",
        "index team (/pypi/team/simple/)",
        "allow-list Only what the allow list names is handed out: six, flask.",
        "cooldown By default there is no cooldown;",
        "deleted-upstream Files that the upstream has deleted are refused",
    ] {
        ran.assert_says(words);
    }
    assert!(!place.folder.join("packhouse-data").exists(), "rules need neither a database nor an upstream");

    let ran = place.run(&["policy", "check", "--index", "team"]);
    ends_with(&ran, 0);
    assert!(!ran.stdout.contains("index default"), "{ran}");
    let ran = place.run(&["policy", "check", "--index", "tema"]);
    ends_with(&ran, 2);
    ran.assert_says("there is no index tema");
}

#[test]
fn programs_read_the_same() {
    let place = Place::new("policy-json");
    place.write("packhouse.toml", POLICY);
    let ran = place.run(&["policy", "check", "--json"]);
    ends_with(&ran, 0);
    let answer = json(&ran);
    assert_eq!(answer["indexes"].as_array().expect("indexes").len(), 2, "{answer}");
    assert_eq!(
        (&answer["indexes"][0]["index"], &answer["indexes"][1]["index"]),
        (&"default".into(), &"team".into())
    );
    let rules = answer["indexes"][0]["rules"].as_array().expect("rules");
    let named: Vec<&str> = rules.iter().filter_map(|rule| rule["rule"].as_str()).collect();
    assert_eq!(
        named,
        [
            "private-names",
            "deny-list",
            "withdrawn",
            "malware",
            "suite",
            "upstream-quarantine",
            "names",
            "hash-required",
            "first-seen-pin",
            "deleted-upstream",
            "advisories",
            "cooldown",
            "publisher",
            "wheels-only",
            "new-dependencies",
            "findings"
        ]
    );
    assert!(
        rules.iter().all(|rule| rule["does"].as_str().is_some_and(|does| does.ends_with('.'))),
        "{answer}"
    );
    let exception = &answer["indexes"][0]["exceptions"][0];
    assert_eq!((&exception["what"], &exception["author"]), (&"six==1.18.0".into(), &"Ada".into()));
    assert_eq!(exception["rules"], serde_json::json!(["cooldown"]));
}

#[test]
fn without_a_configuration_the_defaults_are_told() {
    let place = Place::new("policy-default");
    let ran = place.run(&["policy", "check"]);
    ends_with(&ran, 0);
    ran.assert_says("By default a file is held until 7d after its upload");
    ran.assert_says("A source distribution is refused where its version has a wheel.");
    assert!(!ran.stdout.contains("private-names"), "a rule without a subject is not there\n{ran}");
}
