use crate::place::{Place, Shop, ends_with, json};

#[test]
fn a_configuration_that_cannot_be_meant_is_an_error_that_says_what_is_meant() {
    let place = Place::new("configuration");
    for (text, words) in [
        ("[cache]\nmaxsize = '1GB'", "there is no setting `cache.maxsize`; did you mean `cache.max-size`?"),
        (
            "[policy]\ncool-down = '7d'",
            "there is no setting `policy.cool-down`; did you mean `policy.cooldown`?",
        ),
        ("[index.team.policy]\ncoldown = '1d'", "did you mean `index.team.policy.cooldown`?"),
        ("lisen = '127.0.0.1:1'", "there is no setting `lisen`; did you mean `listen`?"),
        ("listen = ", "is not valid TOML"),
        ("listen = 'nowhere'", "invalid socket address"),
        ("[cache]\nmax-size = '1XB'", "expected a size such as"),
        ("[policy]\ncooldown = 'soon'", "policy.cooldown: expected a length of time"),
        ("[policy]\nsdist = 'sometimes'", "unknown variant `sometimes`, expected one of"),
        ("[policy]\ndeny = ['six', 'no name!']", "policy.deny[1]"),
        ("[policy]\nprivate = ['six==1.0']", "`six==1.0` is not a name or a prefix such as `acme-*`"),
        ("[index.default]\ndescription = 'x'", "the default index is always there"),
        ("[index.'Team A']\ndescription = 'x'", "a name of an index"),
        (
            "[[exception]]\nproject = 'six'\nversion = '1.0'\nrules = ['cooldwn']\nreason = 'r'\nauthor = 'a'\nuntil = '2099-01-01'",
            "there is no rule `cooldwn`; those that can be lifted are",
        ),
        (
            "[[exception]]\nproject = 'six'\nversion = '1.0'\nrules = ['private-names']\nreason = 'r'\nauthor = 'a'\nuntil = '2099-01-01'",
            "the rule `private-names` cannot be lifted",
        ),
        (
            "[[exception]]\nproject = 'six'\nreason = 'r'\nauthor = 'a'\nuntil = '2099-01-01'",
            "name exact bytes",
        ),
        (
            "[[exception]]\nproject = 'six'\nversion = '1.0'\nreason = ''\nauthor = 'a'\nuntil = '2099-01-01'",
            "an exception needs a `reason` and an `author`",
        ),
        ("[[exception]]\nproject = 'six'\nversion = '1.0'\nreason = 'r'\nauthor = 'a'", "until"),
        (
            "[[exception]]\nproject = 'six'\nversion = '1.0'\nindexes = ['tema']\nreason = 'r'\nauthor = 'a'\nuntil = '2099-01-01'",
            "there is no index `tema`",
        ),
    ] {
        place.write("packhouse.toml", text);
        let ran = place.run(&["policy", "check"]);
        ends_with(&ran, 2);
        assert!(ran.stdout.is_empty(), "{ran}");
        assert!(ran.stderr.starts_with("error: "), "{ran}");
        assert!(ran.unwrapped().contains(words), "expected {words:?}\n{ran}");
        // The server does not start on it either; its flag wins over the file's address, which is left out here.
        if !text.contains("nowhere") {
            let serve = ["serve", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:9/simple/"];
            ends_with(&place.run(&serve), 2);
        }
    }
    assert!(
        !place.folder.join("packhouse-data").exists(),
        "nothing is made before the configuration is right"
    );
}

#[test]
fn an_unknown_setting_has_a_hint_and_a_form_for_programs() {
    let place = Place::new("configuration-json");
    let path = place.write("other.toml", "[upstream]\ntll = '1m'");
    let path = path.display().to_string();
    let ran = place.run(&["policy", "check", "--config", &path]);
    ends_with(&ran, 2);
    assert_eq!(
        ran.stderr,
        format!(
            "error: {path}: there is no setting `upstream.tll`; did you mean `upstream.ttl`?\n\n\
             hint: `packhouse settings` lists every setting\n"
        )
    );
    let ran = place.run(&["policy", "check", "--json", "--config", &path]);
    ends_with(&ran, 2);
    let answer = json(&ran);
    assert!(answer["error"].as_str().is_some_and(|error| error.contains("upstream.ttl")), "{answer}");
    assert_eq!(answer["hint"], "`packhouse settings` lists every setting");
}

#[test]
fn a_configuration_that_is_named_must_be_there() {
    let place = Place::new("configuration-missing");
    let ran = place.run(&["policy", "check", "--config", "nowhere.toml"]);
    ends_with(&ran, 2);
    ran.assert_says("the configuration nowhere.toml cannot be read");
    // The one in the working folder need not be there.
    ends_with(&place.run(&["policy", "check"]), 0);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let place = Place::new("precedence");
    place.write("packhouse.toml", "[policy]\ncooldown = '3d'\ndeny = ['from-the-file']");
    let rules = |arguments: &[&str], environment: &[(&str, &str)]| {
        let ran = place.run_with(arguments, environment);
        ends_with(&ran, 0);
        ran.stdout
    };
    let text = rules(&["policy", "check"], &[]);
    assert!(text.contains("until 3d after its upload") && text.contains("from-the-file"), "{text}");
    let text = rules(&["policy", "check"], &[("PACKHOUSE_POLICY_COOLDOWN", "2d")]);
    assert!(text.contains("until 2d after its upload") && text.contains("from-the-file"), "{text}");
    let text = rules(&["policy", "check"], &[("PACKHOUSE_POLICY_DENY", "['from-the-environment']")]);
    assert!(text.contains("from-the-environment") && !text.contains("from-the-file"), "{text}");
    // Another file by the environment, and by a flag, which wins.
    place.write("one.toml", "policy.cooldown = '11d'");
    place.write("two.toml", "policy.cooldown = '12d'");
    assert!(rules(&["policy", "check"], &[("PACKHOUSE_CONFIG", "one.toml")]).contains("11d"));
    assert!(
        rules(&["policy", "check", "--config", "two.toml"], &[("PACKHOUSE_CONFIG", "one.toml")])
            .contains("12d")
    );
}

#[test]
fn a_variable_that_is_no_setting_is_named() {
    let place = Place::new("variables");
    let ran = place.run_with(&["policy", "check"], &[("PACKHOUSE_POLICY_COLDOWN", "1d")]);
    ends_with(&ran, 0);
    assert!(
        ran.stderr.contains("the environment variable PACKHOUSE_POLICY_COLDOWN is not a setting"),
        "{ran}"
    );
    for (name, value, words) in [
        ("PACKHOUSE_POLICY_DENY", "a b", "expected a TOML value"),
        ("PACKHOUSE_LISTEN", "nowhere", "invalid socket address"),
        ("PACKHOUSE_LIMITS_CONNECTIONS", "many", "expected a TOML value"),
    ] {
        let ran = place.run_with(&["policy", "check"], &[(name, value)]);
        ends_with(&ran, 2);
        ran.assert_says(words);
    }
}

#[test]
fn without_an_upstream_it_says_how_to_give_one() {
    let place = Place::new("no-upstream");
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["why", "six"], &["worker"]] {
        let ran = place.run(arguments);
        ends_with(&ran, 2);
        assert!(ran.stdout.is_empty(), "{ran}");
        for words in [
            "no upstream index was found on this machine",
            "PIP_INDEX_URL is not set",
            "--upstream URL",
            "PACKHOUSE_UPSTREAM_URL",
            "upstream.url in packhouse.toml",
        ] {
            ran.assert_says(words);
        }
    }
}

/// A client that was pointed at this server already must not make it its own upstream.
#[test]
fn its_own_address_is_no_upstream() {
    let place = Place::new("own-address");
    let ran = place.run_with(&["why", "six"], &[("PIP_INDEX_URL", "http://127.0.0.1:8141/simple/")]);
    ends_with(&ran, 2);
    ran.assert_says("PIP_INDEX_URL names this Packhouse itself");
}

#[test]
fn the_upstream_comes_from_where_it_is_looked_for() {
    let (place, shop) = (Place::new("upstream"), Shop::open());
    let url = shop.url();
    let gone = "http://127.0.0.1:9/simple/";
    for (environment, arguments) in [
        (&[][..], &["--upstream", &url][..]),
        (&[("PACKHOUSE_UPSTREAM", &*url)], &[]),
        (&[("PACKHOUSE_UPSTREAM_URL", &url)], &[]),
        (&[("PIP_INDEX_URL", &url)], &[]),
        (&[("UV_DEFAULT_INDEX", &url)], &[]),
        // The flag, then our own variable, then what the clients are told.
        (&[("PACKHOUSE_UPSTREAM_URL", gone)], &["--upstream", &url]),
        (&[("PIP_INDEX_URL", gone), ("PACKHOUSE_UPSTREAM_URL", &url)], &[]),
    ] {
        let mut all = vec!["why", "six==1.17.0"];
        all.extend(arguments);
        let ran = place.run_with(&all, environment);
        ends_with(&ran, 0);
    }
    place.write("packhouse.toml", format!("upstream.url = '{url}'"));
    ends_with(&place.run(&["why", "six==1.17.0"]), 0);
}
