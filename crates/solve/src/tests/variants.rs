//! Contents and their variants.

use packhouse_pypi::normalize;

use super::suite::{linux, release, suite};
use crate::{Change, Contents, Dependents, check};

fn text(contents: &Contents) -> String {
    let releases = contents.projects().flat_map(|project| project.releases());
    releases
        .map(|(_, release)| format!("{} {}", release.project, release.version))
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn a_change_takes_out_and_puts_in() {
    let contents = suite("a 1\nb 1\nb 2 | series 2\nd 1");
    let change = |remove: &[(&str, &str)], add: &[&str]| Change {
        remove: remove
            .iter()
            .map(|(name, version)| (normalize(name).unwrap(), version.parse().unwrap()))
            .collect(),
        add: add.iter().map(|line| release(line)).collect(),
    };
    for (remove, add, expected) in [
        (&[][..], &[][..], "a 1, b 2, b 1, d 1"),
        (&[("b", "1")], &[], "a 1, b 2, d 1"),
        (&[("b", "1"), ("b", "2.0"), ("nothing", "1")], &[], "a 1, d 1"),
        (&[], &["0 1", "c 1", "e 1"], "0 1, a 1, b 2, b 1, c 1, d 1, e 1"),
        (&[("a", "1")], &["a 2"], "a 2, b 2, b 1, d 1"),
        (&[("a", "1")], &["a 1.0"], "a 1.0, b 2, b 1, d 1"),
    ] {
        assert_eq!(text(&contents.apply(&change(remove, add))), expected);
    }
    assert_eq!(text(&contents), "a 1, b 2, b 1, d 1");
    let moved = contents.apply(&change(&[], &["b 1 | series 2"]));
    let roots: Vec<String> = moved.roots().map(|root| root.to_string()).collect();
    assert_eq!(roots, ["a", "b in series 2", "d"]);
}

#[test]
fn many_changes_become_a_new_base() {
    let mut contents = suite("a 1");
    let mut checked = check(&contents, &linux());
    for at in 0..500 {
        let add = vec![release(&format!("p{at} 1 | p{}", at + 1))];
        contents = contents.apply(&Change { remove: Vec::new(), add });
        if at % 100 == 99 {
            checked = checked.recheck(&contents);
            assert_eq!(checked.uninstallable().len(), at + 1);
        }
    }
    assert_eq!(contents.projects().count(), 501);
    let all = contents.apply(&Change { remove: Vec::new(), add: vec![release("p500 1")] });
    assert_eq!(checked.recheck(&all).uninstallable().len(), 0);
}

#[test]
fn heads_are_what_people_get() {
    for (lines, expected) in [
        ("a 1\na 2", "2"),
        ("a 1\na 2rc1", "1"),
        ("a 1\na 2 | yanked", "1"),
        ("a 1 | yanked\na 2rc1", "2rc1"),
        ("a 1 | yanked\na 2rc1 | yanked", "1"),
        ("a 1 | series s\na 2 | series s\na 3 | series t", "2 3"),
    ] {
        let contents = suite(lines);
        let project = contents.get(&normalize("a").unwrap()).expect("a");
        let heads: Vec<String> = project.heads().values().map(|head| head.version.to_string()).collect();
        assert_eq!(heads.join(" "), expected, "{lines}");
    }
}

#[test]
fn a_change_concerns_its_dependents() {
    let contents = suite("a 1 | b\nb 1 | c; os_name == 'nt'\nc 1\nd 1 | a[x]\ne 1\nf 1 | gone");
    let dependents = Dependents::of(&contents);
    for (touched, expected) in
        [("c", "a b c d"), ("a", "a d"), ("e", "e"), ("gone", "f gone"), ("new", "new")]
    {
        let change = Change { remove: Vec::new(), add: vec![release(&format!("{touched} 2"))] };
        let names: Vec<String> =
            dependents.relevant(&change).iter().map(|name| name.as_str().to_owned()).collect();
        assert_eq!(names.join(" "), expected);
    }
}
