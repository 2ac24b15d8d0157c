use packhouse_testkit::Ran;

use crate::place::{Place, Shop, ends_with, json};

const POLICY: &str = "\
[policy]
private = ['acme-*']
deny = [{ match = 'denied', reason = 'Use six instead' }]

[[exception]]
project = 'newborn'
version = '1.0'
rules = ['cooldown']
reason = 'fixes our outage'
author = 'Ada'
until = '2099-01-01'
indexes = ['patient']

[index.patient]
description = 'With an exception'
";

fn ask(place: &Place, shop: &Shop, arguments: &[&str]) -> Ran {
    let url = shop.url();
    let mut all = vec!["why", "--upstream", &url];
    all.extend(arguments);
    place.run(&all)
}

#[test]
fn it_says_what_happens_and_why() {
    let (place, shop) = (Place::new("why"), Shop::open());
    place.write("packhouse.toml", POLICY);
    for (arguments, code, sentences) in [
        // Served, in part and whole.
        (
            &["six"][..],
            0,
            &["six is served, but for 1 of its 2 files.", "served six-1.17.0-py3-none-any.whl"][..],
        ),
        (&["six==1.17.0"], 0, &["six 1.17.0 is served", "[wheels-only]", "index default", "upstream active"]),
        (&["Six==1.17"], 0, &["six 1.17 is served"]),
        // Held back: the rule, until when, and who may lift it.
        (
            &["newborn==1.0"],
            1,
            &[
                "newborn 1.0 is refused.",
                "[cooldown]",
                "is held until",
                "this index waits 30d for new projects",
                "It ends by itself. An operator may except exact bytes or an exact version",
                "refused newborn-1.0-py3-none-any.whl",
            ],
        ),
        (&["newborn"], 1, &["newborn is refused."]),
        // Refused as a whole.
        (
            &["denied"],
            1,
            &["denied is refused.", "deny list", "Use six instead", "take the entry out of `policy.deny`"],
        ),
        (&["acme-secret"], 1, &["acme-secret is refused.", "is a private name of this index (`acme-*`)"]),
        // Another index, another answer.
        (
            &["--index", "patient", "newborn==1.0"],
            0,
            &[
                "newborn 1.0 is served",
                "index patient",
                "excepted by Ada until 2099-01-01 00:00 UTC: fixes our outage",
            ],
        ),
        (&["patient:newborn==1.0"], 0, &["newborn 1.0 is served", "index patient"]),
        // Not there.
        (
            &["ghost"],
            1,
            &[
                "error: there is no project ghost upstream",
                "hint: is the name spelled as upstream spells it?",
            ],
        ),
        (&["six==9.9"], 1, &["six has no release 9.9 upstream"]),
        (&["patient:ghost"], 1, &["there is no project ghost upstream"]),
        // No question.
        (&["../six"], 2, &["a project name is made of ASCII letters"]),
        (&["six==not.a.version!"], 2, &["error: "]),
        (&[""], 2, &["error: "]),
    ] {
        let ran = ask(&place, &shop, arguments);
        ends_with(&ran, code);
        for sentence in sentences {
            ran.assert_says(sentence);
        }
    }
    assert_eq!(shop.upstream.hits("*acme-secret*"), 0, "a private name is not asked of the upstream");
    assert_eq!(shop.upstream.hits("*denied*"), 0, "nor is one that is refused by its name");
}

#[test]
fn programs_read_the_same() {
    let (place, shop) = (Place::new("why-json"), Shop::open());
    place.write("packhouse.toml", POLICY);

    let ran = ask(&place, &shop, &["--json", "six==1.17.0"]);
    ends_with(&ran, 0);
    let answer = json(&ran);
    assert_eq!((&answer["project"], &answer["outcome"]), (&"six".into(), &"serve".into()));
    let files = answer["releases"][0]["files"].as_array().expect("files");
    assert_eq!(files.len(), 2, "{answer}");
    assert_eq!(files[0]["sha256"], shop.six.sha256.hex());
    assert_eq!(files[0]["decision"]["outcome"], "serve");
    assert_eq!(files[1]["filename"], shop.six_sdist.filename);
    assert_eq!(files[1]["decision"]["because"][0]["rule"], "wheels-only");

    let ran = ask(&place, &shop, &["--json", "newborn==1.0"]);
    ends_with(&ran, 1);
    let answer = json(&ran);
    assert_eq!((&answer["id"], &answer["outcome"]), (&"newborn==1.0".into(), &"tombstone".into()));
    let hit = &answer["releases"][0]["files"][0]["decision"]["because"][0];
    assert_eq!(hit["rule"], "cooldown");
    assert!(hit["until"].is_string() && hit["lift"].is_string() && hit["excused"].is_null(), "{hit}");

    let ran = ask(&place, &shop, &["--json", "denied"]);
    ends_with(&ran, 1);
    assert_eq!(json(&ran)["outcome"], "refuse");

    let ran = ask(&place, &shop, &["--json", "ghost"]);
    ends_with(&ran, 1);
    let answer = json(&ran);
    assert_eq!(answer["error"], "there is no project ghost upstream");
    assert!(answer["hint"].is_string(), "{answer}");

    let ran = ask(&place, &shop, &["--json", "../six"]);
    ends_with(&ran, 2);
    assert!(json(&ran)["error"].is_string(), "{ran}");
}

#[test]
fn without_the_upstream_it_says_what_it_knows() {
    let (place, shop) = (Place::new("why-down"), Shop::open());
    // A page is taken for current for ten minutes.
    place.write("packhouse.toml", "[upstream]\nttl = '0'\ngrace = '0'\nretries = 0\nconnect-timeout = '1s'");
    ends_with(&ask(&place, &shop, &["six==1.17.0"]), 0);
    shop.close();
    let ran = ask(&place, &shop, &["six==1.17.0"]);
    ends_with(&ran, 0);
    ran.assert_says("six 1.17.0 is served");
    assert!(ran.stdout.contains("\nstale     the page of six could not be fetched"), "{ran}");
    // Nothing is known of this one: a fault, not a no.
    let ran = ask(&place, &shop, &["newborn"]);
    ends_with(&ran, 3);
    ran.assert_says("error: the page of newborn could not be fetched");
    let ran = ask(&place, &shop, &["--json", "newborn"]);
    ends_with(&ran, 3);
    assert!(json(&ran)["error"].as_str().is_some_and(|error| error.contains("newborn")), "{ran}");
}

#[test]
fn a_password_of_the_upstream_is_not_shown() {
    let (place, shop) = (Place::new("why-password"), Shop::open());
    let url = shop.url().replace("http://", "http://reader:hunter2@");
    let ran = place.run(&["why", "six==1.17.0", "--upstream", &url, "--log", "debug"]);
    ends_with(&ran, 0);
    assert!(!ran.text().contains("hunter2"), "{ran}");
    shop.close();
    let ran = place.run_with(
        &["why", "newborn", "--upstream", &url, "--log", "debug"],
        &[("PACKHOUSE_UPSTREAM_RETRIES", "0")],
    );
    ends_with(&ran, 3);
    assert!(!ran.text().contains("hunter2"), "{ran}");
}
