use super::*;
use crate::act::{Environment, SuiteKind, SuiteSet, Tier};
use crate::world::World;

fn suite(name: &str, kind: SuiteKind, source: Option<&str>) -> SuiteSet {
    SuiteSet {
        suite: name.parse().expect("a name"),
        kind,
        source: source.map(|source| source.parse().expect("a name")),
        environments: vec![Environment { name: "cp312 manylinux_2_28_x86_64".to_owned(), may_lag: false }],
        profiles: Vec::new(),
        supported_until: None,
    }
}

fn member(project: &str, versions: &str) -> Member {
    let project = packhouse_pypi::normalize(project).expect(project);
    Member { project, versions: versions.to_owned() }
}

fn transition(name: &str, members: &[(&str, &str)]) -> Transition {
    Transition {
        name: name.to_owned(),
        suite: "testing".parse().expect("a name"),
        members: members.iter().map(|(project, versions)| member(project, versions)).collect(),
        reason: "the new interface".to_owned(),
        deadline: None,
    }
}

fn end(name: &str) -> TransitionEnd {
    let suite = "testing".parse().expect("a name");
    TransitionEnd { name: name.to_owned(), suite, reason: "done".to_owned() }
}

fn world() -> World {
    let mut world = World::new();
    world.maintainers(&[("alice", "Acme"), ("bob", "Other")]);
    world.say("manager", suite("unstable", SuiteKind::Unstable, None), &[]);
    world.say("manager", suite("testing", SuiteKind::Testing, Some("unstable")), &[]);
    for name in ["flask", "werkzeug", "click"] {
        world.project(name, Tier::Leaf);
    }
    world
}

fn open(world: &World) -> Vec<(String, bool)> {
    let testing = "testing".parse().expect("a name");
    world.state.open_transitions(&testing).map(|(id, row)| (id.name.clone(), row.approved)).collect()
}

#[test]
fn a_transition_opens_changes_and_ends() {
    let mut world = world();
    world.say("alice", transition("flask-3", &[("flask", ">=3"), ("werkzeug", "==3.0")]), &[]);
    assert_eq!(open(&world), [("flask-3".to_owned(), false)], "a maintainer's is not approved");
    let began = world.now;
    world.pass(3);
    let other = world.try_say("bob", transition("flask-3", &[("flask", ">=4")]), &[]);
    assert!(other.unwrap_err().to_string().contains("release-manager"), "it is alice's");
    // By a release manager it is approved, and stays alice's.
    world.say("manager", transition("flask-3", &[("flask", ">=4")]), &[]);
    assert_eq!(open(&world), [("flask-3".to_owned(), true)]);
    let row = world.state.transitions.iter().next().expect("one").1;
    assert_eq!((row.by.as_str(), row.opened), ("alice", began));
    assert!(world.try_say("bob", end("flask-3"), &[]).is_err());
    world.say("alice", end("flask-3"), &[]);
    assert!(open(&world).is_empty());
    assert!(world.try_say("alice", end("flask-3"), &[]).unwrap_err().to_string().contains("ended already"));
    // The name is free again, for anybody.
    world.say("bob", transition("flask-3", &[("click", ">=9")]), &[]);
    assert_eq!(world.state.transitions.iter().next().expect("one").1.by.as_str(), "bob");
}

#[test]
fn a_transition_goes_with_its_key() {
    let mut world = world();
    world.say("alice", transition("flask-3", &[("flask", ">=3")]), &[]);
    world.revoke_key("alice", 1);
    assert!(open(&world).is_empty());
    // It holds nobody up.
    world.say("bob", transition("other", &[("flask", ">=3")]), &[]);
}

#[test]
fn what_is_refused() {
    let mut world = world();
    world.say("alice", transition("first", &[("flask", ">=3")]), &[]);
    for (act, expected) in [
        (transition("Big", &[("click", ">=1")]), "name: must be small letters"),
        (transition("-x", &[("click", ">=1")]), "name: must be small letters"),
        (transition("x", &[]), "members: must be 1 to 500"),
        (transition("x", &[("click", "")]), "click: name the versions"),
        (transition("x", &[("click", "3")]), "members: click"),
        (transition("x", &[("click", ">=1"), ("click", ">=2")]), "click stands twice"),
        (transition("x", &[("django", ">=1")]), "there is no project under maintenance"),
        (transition("x", &[("flask", ">=9")]), "flask is in the transition first already"),
        (
            Transition { suite: "unstable".parse().expect("a name"), ..transition("x", &[("click", ">=1")]) },
            "nothing migrates to unstable",
        ),
        (Transition { deadline: Some(world.now), ..transition("x", &[("click", ">=1")]) }, "must lie ahead"),
        (Transition { reason: String::new(), ..transition("x", &[("click", ">=1")]) }, "reason"),
    ] {
        let refused = world.try_say("alice", act, &[]).expect_err(expected).to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    let guard = world.try_say("guard-a", transition("x", &[("click", ">=1")]), &[]);
    assert!(guard.unwrap_err().to_string().contains("maintainer or release-manager"));
}

#[test]
fn members_are_done_waiting_or_missing() {
    let mut world = world();
    let testing: SuiteName = "testing".parse().expect("a name");
    let flask = member("flask", ">=3,<4");
    assert_eq!(world.state.progress(&testing, &flask), Progress::Missing);
    world.candidate("flask==3.1", packhouse_model::RiskClass::R1);
    world.accept("alice", "flask==3.1");
    let snapshot = crate::duties::next(&world.state, world.now).expect("a snapshot of unstable");
    world.say("server", snapshot, &[]);
    assert_eq!(world.state.progress(&testing, &flask), Progress::Waits);
    assert_eq!(world.state.progress(&testing, &member("flask", ">=4")), Progress::Missing);
    let wanted = world.state.contents(&"unstable".parse().expect("a name"));
    let snapshot = world.state.snapshot_towards(&testing, &wanted, crate::act::Because::Migration);
    world.say("server", snapshot.expect("a snapshot"), &[]);
    assert_eq!(world.state.progress(&testing, &flask), Progress::Done);
}
