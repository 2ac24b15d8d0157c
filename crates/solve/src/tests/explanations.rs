//! What people read.

use super::suite::{linux, suite};
use crate::{Series, explain};

fn expect(text: &str, root: &str, expected: &[&str]) {
    let contents = suite(text);
    let root = contents.roots().find(|known| known.to_string() == root).expect(root);
    let explanation = explain(&contents, &linux(), &root).expect(text);
    assert_eq!(explanation.lines(), expected, "{text}");
    assert_eq!(explanation.environment, "cp312 manylinux_2_28_x86_64");
}

#[test]
fn explains() {
    for (text, root, expected) in [
        (
            "flask 3.1.0 | werkzeug>=3.1 | jinja2\nwerkzeug 3.0.6\nwerkzeug 2.3.8 | series 2\njinja2 1",
            "flask",
            &["flask 3.1.0 needs werkzeug>=3.1; the suite has werkzeug 3.0.6, 2.3.8"][..],
        ),
        ("a 1 | b", "a", &["a 1 needs b; the suite has no b"]),
        (
            "a 1 | b | c\nb 1 | d<2\nc 1 | d>=2\nd 2\nd 1 | series 1",
            "a",
            &[
                "a 1 needs b; the suite has b 1",
                "a 1 needs c; the suite has c 1",
                "b 1 needs d<2; the suite has d 2, 1",
                "c 1 needs d>=2; the suite has d 2, 1",
            ],
        ),
        (
            "a 1 | b | c<2\nb 3 | c>=2\nb 2 | c>=2 | series 2\nb 1 | c>=2.5 | series 1\nc 3\nc 1 | series 1",
            "a",
            &[
                "a 1 needs b; the suite has b 3, 2, 1",
                "a 1 needs c<2; the suite has c 3, 1",
                "b 3, 2 need c>=2; the suite has c 3, 1",
                "b 1 needs c>=2.5; the suite has c 3, 1",
            ],
        ),
        // The nearest of two conflicts.
        (
            "a 1 | b | c\nb 1 | far\nfar 1 | gone\nc 1 | lost",
            "a",
            &["a 1 needs c; the suite has c 1", "c 1 needs lost; the suite has no lost"],
        ),
        (
            "a 1 | +x | b[y]>=1; extra == 'x'\nb 1 | +y | c; extra == 'y'",
            "a[x]",
            &["a[x] 1 needs b[y]>=1; the suite has b 1", "b[y] 1 needs c; the suite has no c"],
        ),
        ("a 1 | b\nb 1 | yanked", "a", &["a 1 needs b; the suite has b 1 (yanked)"]),
        (
            "a 1 | b>=2\nb 3 | python >=3.13\nb 2 | wheel cp312-cp312-win_amd64\nb 1\nb 4 | unreadable",
            "a",
            &["a 1 needs b>=2; the suite has b 4 (unreadable metadata), 3 (for another Python), \
               2 (no file that fits), 1"],
        ),
        (
            "a 1 | b | c\nc 1 | b>=2rc1\nb 2rc1\nb 1",
            "a",
            &[
                "a 1 needs b; the suite has b 2rc1 (pre-release), 1",
                "a 1 needs c; the suite has c 1",
                "c 1 needs b>=2rc1; the suite has b 2rc1, 1",
            ],
        ),
        (
            "a 1 | b @ https://upstream.invalid/b.whl\nb 1",
            "a",
            &["a 1 needs b @ https://upstream.invalid/b.whl; an index cannot satisfy a URL"],
        ),
        (
            "a 1 | b>9\nb 10a1 | yanked\nb 1\nb 2\nb 3\nb 4\nb 5\nb 6\nb 7\nb 8\nb 9",
            "a",
            &["a 1 needs b>9; the suite has b 10a1 (yanked), 9, 8, 7, 6, 5, 4, 3 and 2 more"],
        ),
        (
            "a 1 | python >=3.13",
            "a",
            &["a 1 requires Python >=3.13; the environment is cp312 manylinux_2_28_x86_64"],
        ),
        ("a 1 | sdist", "a", &["a 1 has no file that fits; the environment is cp312 manylinux_2_28_x86_64"]),
        (
            "a 2\na 1 | unreadable | series 1",
            "a in series 1",
            &["a 1 has metadata that installers refuse; the environment is cp312 manylinux_2_28_x86_64"],
        ),
    ] {
        expect(text, root, expected);
    }
}

#[test]
fn does_not_explain_what_is_well() {
    let contents = suite("a 1 | b | +x\nb 1");
    for root in contents.roots() {
        assert_eq!(explain(&contents, &linux(), &root), None, "{root}");
        let unknown = crate::Root { series: "9".parse::<Series>().expect("a series"), ..root };
        assert_eq!(explain(&contents, &linux(), &unknown), None);
    }
}
