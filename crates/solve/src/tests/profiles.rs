//! Profiles with the newest of everything.

use packhouse_pypi::Requirement;

use super::suite::{linux, suite};
use crate::newest;

#[test]
fn judges_profiles() {
    for (text, profile, expected) in [
        ("a 1\nb 1", "a, b", &[][..]),
        ("a 1 | b<2\nb 2\nb 1 | series 1", "a", &[]),
        (
            "a 1 | b<2\nb 2\nb 1 | series 1",
            "a, b",
            &[
                "the profile takes a, of which 1 is the newest",
                "the profile takes b, of which 2 is the newest",
                "a 1 needs b<2; the suite has b 2, 1",
            ],
        ),
        ("a 1 | b<2\nb 2\nb 1 | series 1", "a, b<2", &[]),
        ("a 1", "a, b", &["the profile takes b; the suite has no b"]),
        ("a 1\na 2 | yanked", "a", &[]),
        ("a 1", "a>=2", &["the profile takes a>=2; the suite has a 1"]),
        ("a 1", "a; python_version < '3'", &[]),
        ("a 2rc1 | series 2\na 1", "a", &[]),
        (
            "a 2 | python >=3.13\na 1",
            "a",
            &["a 2 requires Python >=3.13; the environment is cp312 manylinux_2_28_x86_64"],
        ),
        (
            "a 1 | +x | b; extra == 'x'\nc 1",
            "c, a[x]",
            &["the profile takes a[x], of which 1 is the newest", "a[x] 1 needs b; the suite has no b"],
        ),
        ("a 1 | +x | b; extra == 'x'\nc 1", "c, a", &[]),
        ("a 1 | c\nb 1 | c==1\nc 2\nc 1", "a, b", &[]),
        ("", "", &[]),
    ] {
        let lines: Vec<Requirement> = profile
            .split(", ")
            .filter(|line| !line.is_empty())
            .map(|line| Requirement::parse(line).expect(line))
            .collect();
        let found = newest(&suite(text), &linux(), &lines).err().map(|explanation| explanation.lines());
        assert_eq!(found.unwrap_or_default(), expected, "{profile} of {text}");
    }
}
