mod distribution;
mod html;
mod look;
mod plan;
mod samples;
mod style;

use super::*;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Every page with sample data, by name.
fn all() -> &'static [(&'static str, String)] {
    static PAGES: OnceLock<Vec<(&str, String)>> = OnceLock::new();
    PAGES.get_or_init(render_all)
}

fn render_all() -> Vec<(&'static str, String)> {
    let mut large_page = samples::large();
    large_page.indexes.truncate(1);
    let render = |name, result: Result<String, askama::Error>| (name, result.expect(name));
    vec![
        render("home", samples::home().render()),
        render("project", samples::project().render()),
        render("quarantined", samples::quarantined().render()),
        render("stopped", ProjectPage::new(samples::site(), samples::flask(), Show::Stopped, 1).render()),
        render("large", ProjectPage::new(samples::site(), large_page, Show::All, 2).render()),
        render("why", samples::why().render()),
        render("why-served", samples::why_served().render()),
        render("advisories", samples::advisories().render()),
        render("audit", samples::audit().render()),
        render("policy", samples::policy().render()),
        render("failure", samples::failure().render()),
    ]
    .into_iter()
    .chain(hostile())
    .chain(empty())
    .chain(distribution::pages())
    .chain(plan::pages())
    .collect()
}

/// Every page with hostile text wherever upstream or a person can put it.
fn hostile() -> Vec<(&'static str, String)> {
    let bad = samples::hostile();
    let mut home = samples::home();
    home.indexes[0].policy.clone_from(&bad);
    home.upstreams[0].last_error = Some((home.site.now, bad.clone()));
    home.rules[0].sentence.clone_from(&bad);

    let mut project = samples::flask();
    project.name.clone_from(&bad);
    project.status = UpstreamStatus { word: bad.clone(), reason: Some(bad.clone()) };
    project.checked.stale = Some(bad.clone());
    project.refusal = Some(ProjectRefusal { verdict: Verdict::Refused, because: vec![bad.clone()] });
    project.releases.truncate(3);
    project.releases[1].version.clone_from(&bad);
    let file = &mut project.releases[1].files[0];
    file.name.clone_from(&bad);
    file.requires_python = Some(bad.clone());
    file.yanked = Some(bad.clone());
    let rule = "deny-list".to_owned();
    file.because = vec![Reason { rule, text: bad.clone(), excused_by: Some(bad.clone()) }];

    let mut why = samples::why();
    why.subject = Subject { project: bad.clone(), version: Some(bad.clone()), file: Some(bad.clone()) };
    why.sentence.clone_from(&bad);
    why.hits[0].sentence.clone_from(&bad);
    why.hits[0].lift.clone_from(&bad);
    let version: String = bad.chars().take(300).collect();
    why.hits[0].snippet = Some(exception_lines(Excepted::Version("reb", &version), "cooldown", why.site.now));
    why.facts[0].value.clone_from(&bad);
    why.passed[0].sentence.clone_from(&bad);
    why.files[0].name.clone_from(&bad);

    let mut audit = samples::audit();
    audit.filter.project.clone_from(&bad);
    audit.paging = Paging::new(1, audit.total, 50, "/audit", &audit.filter.query());
    let row = &mut audit.refusals[0];
    row.project.clone_from(&bad);
    row.version = Some(bad.clone());
    row.file = Some(bad.clone());
    row.sentence.clone_from(&bad);
    audit.exceptions[0].what.clone_from(&bad);
    audit.exceptions[0].reason.clone_from(&bad);
    audit.exceptions[0].author.clone_from(&bad);

    let mut advisories = samples::advisories();
    advisories.filter.project.clone_from(&bad);
    let row = &mut advisories.advisories[0];
    row.advisory.id.clone_from(&bad);
    row.advisory.summary.clone_from(&bad);
    row.advisory.aliases[0].clone_from(&bad);
    row.advisory.projects[0].clone_from(&bad);
    row.releases[0].project.clone_from(&bad);
    row.releases[0].version = Some(bad.clone());
    row.releases[0].suites[0].clone_from(&bad);
    advisories.status.sources[0].name.clone_from(&bad);
    advisories.status.sources[0].problem = Some(bad.clone());

    let mut policy = samples::policy();
    policy.indexes[0].summary.clone_from(&bad);
    policy.indexes[0].rules[0].parameters[0].value.clone_from(&bad);

    let mut failure = samples::failure();
    failure.title.clone_from(&bad);
    failure.what.clone_from(&bad);
    failure.advice[0].clone_from(&bad);

    let project = ProjectPage::new(samples::site(), project, Show::All, 1);
    [
        ("hostile-home", home.render()),
        ("hostile-project", project.render()),
        ("hostile-why", why.render()),
        ("hostile-advisories", advisories.render()),
        ("hostile-audit", audit.render()),
        ("hostile-policy", policy.render()),
        ("hostile-failure", failure.render()),
    ]
    .map(|(name, page)| (name, page.expect(name)))
    .to_vec()
}

/// Every page that can have nothing to show.
fn empty() -> Vec<(&'static str, String)> {
    let mut home = samples::home();
    home.indexes.clear();
    home.upstreams.clear();
    home.rules.clear();
    home.cache = CacheState::default();
    let mut project = samples::flask();
    project.releases.clear();
    project.checked.at = None;
    let mut audit = samples::audit();
    audit.refusals.clear();
    audit.exceptions.clear();
    audit.paging = Paging::new(1, 0, 50, "/audit", &[]);
    let mut advisories = samples::advisories();
    advisories.advisories.clear();
    advisories.status.sources.clear();
    advisories.paging = Paging::new(1, 0, 25, "/advisories", &[]);
    let policy = PolicyPage { site: samples::site(), indexes: vec![] };
    [
        ("empty-home", home.render()),
        ("empty-project", ProjectPage::new(samples::site(), project, Show::Stopped, 9).render()),
        ("empty-advisories", advisories.render()),
        ("empty-audit", audit.render()),
        ("empty-policy", policy.render()),
    ]
    .map(|(name, page)| (name, page.expect(name)))
    .to_vec()
}

fn page(name: &str) -> &'static str {
    all().iter().find(|(found, _)| *found == name).map(|(_, page)| page).expect(name)
}

#[track_caller]
fn contains(name: &str, expected: &[&str]) {
    let page = page(name);
    for text in expected {
        assert!(page.contains(text), "{name} lacks {text}");
    }
}

#[test]
fn home_has_a_line_for_each_client_and_the_state_of_the_house() {
    contains(
        "home",
        &[
            "pip config set global.index-url http://127.0.0.1:8080/simple/",
            "export UV_DEFAULT_INDEX=http://127.0.0.1:8080/simple/",
            "poetry source add --priority=primary packhouse http://127.0.0.1:8080/simple/",
            "pdm config pypi.url http://127.0.0.1:8080/simple/",
            "href=\"/?index=research\"",
            "answering",
            "503 Service Unavailable for",
            "23.5 GB of 50.0 GB",
            "95 % since the start",
            "A new file waits 7 days",
            "Packhouse 0.1.0",
            "action=\"/search\"",
        ],
    );
}

#[test]
fn the_chosen_index_decides_the_lines() {
    let mut home = samples::home();
    home.indexes[0].current = false;
    home.indexes[1].current = true;
    let page = home.render().expect("home");
    assert!(page.contains("pip config set global.index-url http://127.0.0.1:8080/pypi/research/simple/"));
}

#[test]
fn a_project_shows_each_release_with_its_decisions() {
    contains(
        "project",
        &[
            "<span class=\"badge wait\">held</span>",
            "2026-11-28 19:37 UTC",
            "was uploaded 2026-11-21, cooldown 7d ends 2026-11-28 19:37 UTC",
            "flask-3.2.0-py3-none-any.whl",
            "103 kB",
            "breaks signed cookies of 3.1.2; use 3.1.4",
            "href=\"/why/flask==3.2.0\"",
            "16m ago",
            "href=\"/project/flask?show=stopped\"",
            "href=\"/project/flask?index=research\"",
            "lifted by an exception of Mina Okafor",
            "gone upstream",
            "pre-release",
            "All releases (46)",
        ],
    );
    let page = page("project");
    let open =
        html::tags(page).iter().filter(|tag| tag.name == "details" && tag.get("open").is_some()).count();
    assert_eq!(open, 10);
    // Said once for the release, not once for each of its files.
    assert_eq!(page.matches("was uploaded 2026-11-21, cooldown 7d").count(), 1);
}

#[test]
fn a_project_can_be_narrowed_to_what_is_not_served() {
    let stopped = page("stopped");
    assert!(stopped.contains("3.2.0") && !stopped.contains("flask-3.1.2-py3-none-any.whl"));
    contains(
        "quarantined",
        &[
            "No file of this project is served by this index.",
            "This may be out of date.",
            "reported as malware",
        ],
    );
}

#[test]
fn four_thousand_files_are_divided_and_none_is_lost() {
    let project = samples::large();
    let mut files: BTreeSet<String> =
        project.releases.iter().flat_map(|release| &release.files).map(|file| file.name.clone()).collect();
    assert_eq!(files.len(), 3_990);
    for number in 1..=5 {
        let page =
            ProjectPage::new(samples::site(), project.clone(), Show::All, number).render().expect("a page");
        assert!(html::tags(&page).iter().filter(|tag| tag.name == "tr").count() <= 1_000 + 50);
        assert!(page.len() < 1_000_000, "{} bytes", page.len());
        for (name, _) in page.split("<th scope=\"row\"><code>").skip(1).filter_map(|row| row.split_once('<'))
        {
            assert!(files.remove(name), "{name} is shown twice");
        }
    }
    assert_eq!(files, BTreeSet::new(), "never shown");
    let beyond =
        ProjectPage::new(samples::site(), project, Show::All, u64::MAX).render().expect("the last page");
    assert!(beyond.contains("aria-label=\"Page 5\" aria-current=\"page\""));
}

#[test]
fn why_says_the_outcome_the_rules_and_who_may_lift_them() {
    contains(
        "why",
        &[
            "flask==3.2.0",
            "<strong>held</strong>",
            "is held until 2026-11-28 19:37 UTC.",
            "An operator may except exact bytes or an exact version",
            "The same for 1 other file.",
            "Mina Okafor made it until",
            "version = &quot;3.2.0&quot;",
            "It passes by itself on",
            "Neither the name, the version nor a hash is on the deny list.",
            "2026-11-21 19:37:12.678803 UTC",
            "missing",
            "href=\"/why/flask==3.2.0?format=json\"",
            "href=\"/project/flask\"",
        ],
    );
    contains("why-served", &["<strong>served</strong>", "No rule objected."]);
}

#[test]
fn advisories_say_what_they_mean_here() {
    contains(
        "advisories",
        &[
            "<span class=\"badge no\">malware</span>",
            "<span class=\"badge wait\">high</span>",
            "handed out 184 times",
            "4 files seen, 1 kept",
            "href=\"/why/flask==3.1.2\"",
            "href=\"/project/flask\"",
            "href=\"/suites/stable\"",
            "href=\"/api/v1/advisories/GHSA-aaaa-bbbb-cccc\"",
            "never seen",
            "the source answered 503",
            "href=\"/advisories?project=flask&amp;page=3\"",
        ],
    );
    contains("empty-advisories", &["No record matches the filter.", "No source is asked."]);
}

#[test]
fn the_audit_lists_refusals_and_exceptions() {
    contains(
        "audit",
        &[
            "412 refusals",
            "1,204",
            "href=\"/why/torch==2.13.1\"",
            "<option selected>default</option>",
            "href=\"/audit?index=default&amp;page=4\"",
            "2 in force",
            "<span class=\"badge plain\">ended</span>",
            "Mina Okafor",
        ],
    );
    contains("empty-audit", &["No exception has been made."]);
}

#[test]
fn the_policy_lists_rules_with_parameters() {
    contains(
        "policy",
        &[
            "projects.&quot;acme-sdk&quot; = &quot;0&quot;",
            "<span class=\"source\">default</span>",
            "nothing: only what is stored here",
        ],
    );
}

#[test]
fn a_failure_says_what_happened_and_what_to_do() {
    contains(
        "failure",
        &["<strong>502</strong>", "Upstream did not answer", "Try again in 30 seconds", "01jd9k2v7q"],
    );
}

#[test]
fn hostile_text_is_shown_escaped_and_cut() {
    for (name, page) in hostile() {
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{name}");
        assert!(page.contains("a⟨U+202E⟩gpj.exe⟨U+0000⟩⟨U+0007⟩⟨U+200B⟩"), "{name}");
        assert!(page.contains("(10,298 characters)"), "{name}");
        // In the text; the address of a link keeps the whole name.
        let texts = page
            .split('<')
            .filter_map(|part| part.split_once('>'))
            .map(|(_, text)| text.matches('W').count());
        let longest = texts.max();
        assert!(longest.is_some_and(|longest| longest <= 800), "{name}: {longest:?}");
    }
}
