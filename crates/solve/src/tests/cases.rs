//! Known hard cases, with the roots that cannot be installed and those that are not applicable.

use super::suite::{linux, mac, suite};
use crate::{Contents, Root, check};

fn shown(roots: impl IntoIterator<Item = Root>) -> String {
    roots.into_iter().map(|root| root.to_string()).collect::<Vec<_>>().join(", ")
}

fn expect(contents: &Contents, environment: &packhouse_pypi::Environment, uninstallable: &str, not: &str) {
    let checked = check(contents, environment);
    let text: Vec<String> = contents
        .projects()
        .flat_map(|project| project.releases())
        .map(|(_, release)| format!("{} {}", release.project, release.version))
        .collect();
    assert_eq!(shown(checked.uninstallable()), uninstallable, "{text:?}");
    assert_eq!(shown(checked.not_applicable()), not, "not applicable in {text:?}");
}

#[test]
fn judges_roots() {
    for (text, uninstallable, not_applicable) in [
        ("a 1", "", ""),
        ("a 1 | b", "a", ""),
        ("a 1 | b\nb 1", "", ""),
        // A new major breaks a cap; with the old series beside it, it does not.
        ("a 1 | b<2\nb 2", "a", ""),
        ("a 1 | b<2\nb 2\nb 1 | series 1", "", ""),
        ("a 1 | b<2 | c\nc 1 | b>=2\nb 2\nb 1 | series 1", "a", ""),
        // Two that must move together: only one of them has.
        ("a 2 | b>=2\nb 1 | a<2", "a, b", ""),
        ("a 2 | b>=2\nb 1 | a<2\na 1 | b<2 | series 1", "a", ""),
        ("a 2 | b>=2\nb 2 | a>=2", "", ""),
        // Cycles, also through itself.
        ("a 1 | b\nb 1 | c\nc 1 | a", "", ""),
        ("a 1 | a", "", ""),
        ("a 1 | a>=2", "a", ""),
        ("a 2 | b\nb 1 | a<2\na 1 | series 1", "a", ""),
        // Extras.
        ("a 1 | +x | b; extra == 'x'", "a[x]", ""),
        ("a 1 | +x | b; extra == 'x'\nb 1", "", ""),
        ("a 1 | b[x]\nb 1 | +x | c; extra == 'x'", "a, b[x]", ""),
        ("a 1 | b[x]\nb 1 | +x | c[y]; extra == 'x'\nc 1 | +y | d; extra == 'y'\nd 1", "", ""),
        (
            "a 1 | +all | +x | +y | a[x,y]; extra == 'all' | b; extra == 'x' | c; extra == 'y'\nb 1",
            "a[all], a[y]",
            "",
        ),
        ("a 1 | +all | +x | a[x]; extra == 'all' | b; extra == 'x'\nb 1", "", ""),
        ("a 1 | +all | a[all]; extra == 'all'", "", ""),
        // An extra that is not provided is passed over, as installers do.
        ("a 1 | b[nothing]\nb 1", "", ""),
        ("a 1 | b; extra == 'undeclared'", "", ""),
        // An extra belongs to the same release as what it extends.
        (
            "a 1 | b[x]>=1 | c\nc 1 | b<2\nb 2 | +x\nb 1 | +x | series 1 | d; extra == 'x'",
            "a, b[x] in series 1",
            "",
        ),
        ("A_a 1 | B.b[X_y]\nb-b 1 | +x-Y | c; extra == 'X.y'\nc 1", "", ""),
        // Markers.
        ("a 1 | b; python_version < '3.10'", "", ""),
        ("a 1 | b; python_version >= '3.10'", "a", ""),
        ("a 1 | b; sys_platform == 'win32'", "", ""),
        ("a 1 | b; sys_platform == 'linux' and platform_machine == 'x86_64'", "a", ""),
        ("a 1 | +x | b; extra == 'x' and sys_platform == 'darwin'", "", ""),
        // Not made for the environment: no defect as a root, not there as a dependency.
        ("a 1 | python >=3.13", "", "a"),
        ("a 1 | +x | python >=3.13 | b", "", "a, a[x]"),
        ("a 1 | b\nb 1 | python >=3.13", "a", "b"),
        ("a 1 | b\nb 2 | python >=3.13\nb 1", "", "b"),
        ("a 1 | wheel cp312-cp312-win_amd64", "", "a"),
        ("a 1 | wheel cp312-cp312-win_amd64 | wheel cp312-cp312-manylinux_2_17_x86_64", "", ""),
        ("a 1 | sdist", "", "a"),
        ("a 1 | b\nb 1 | sdist", "a", "b"),
        ("a 1 | unreadable", "", "a"),
        ("a 2 | unreadable\na 1\nb 1 | a", "", "a"),
        // Versions.
        ("a 1 | b==1.0\nb 1.0+ph.1", "", ""),
        ("a 1 | b===1.0\nb 1.0+ph.1", "a", ""),
        ("a 1 | b===1.0\nb 1.0", "", ""),
        ("a 1 | b===1.0\nb 1.0.0", "a", ""),
        ("a 1 | b===weird\nb 1.0", "a", ""),
        ("a 1 | b~=1.4\nb 2", "a", ""),
        ("a 1 | b>1.0\nb 1.0+ph.1", "a", ""),
        // Pre-releases: asked for, or nothing else.
        ("a 1 | b\nb 2rc1", "", ""),
        ("a 1 | b>=2\nb 2.1rc1\nb 1", "", ""),
        ("a 1 | b>=2rc1\nb 2rc1\nb 1", "", ""),
        ("a 1 | b | c\nc 1 | b>=2rc1\nb 2rc1\nb 1", "a", ""),
        ("a 1 | b!=2rc1,>1\nb 2rc2\nb 1", "", ""),
        // Files first: the final one does not fit, so there is nothing else.
        ("a 1 | b\nb 2rc1\nb 1 | python >=3.13", "", "b"),
        // A head asks for itself.
        ("a 2rc1 | b\nb 1 | a\na 1 | yanked | series 1", "", ""),
        ("a 2rc1 | series 2 | b\na 1 | series 1\nb 1 | a", "", ""),
        // Yanked only by a pin.
        ("a 1 | b\nb 1 | yanked", "a", ""),
        ("a 1 | b==1\nb 1 | yanked", "", ""),
        ("a 1 | b===1\nb 1 | yanked", "", ""),
        ("a 1 | b==1.*\nb 1 | yanked", "a", ""),
        ("a 1 | b==1 | c\nc 1 | b>=1\nb 1 | yanked", "a, c", ""),
        // No index satisfies a URL.
        ("a 1 | b @ https://upstream.invalid/b-1.0.tar.gz\nb 1", "a", ""),
        ("a 1 | b @ https://upstream.invalid/b-1.0.tar.gz ; os_name == 'nt'\nb 1", "", ""),
        // A search that must turn back several times.
        (
            "a 1 | b | c | d\nb 2 | e<2\nb 1 | series 1\nc 2 | e>=2\nc 1 | series 1\nd 1 | c>=2\ne 2\ne 1 | series 1",
            "",
            "",
        ),
        (
            "a 1 | b | c\nb 3 | c<2\nb 2 | c<2 | series 2\nb 1 | c>=2 | series 1\nc 3 | b>=2\nc 2 | b>=2 | series 2",
            "a, b, b in series 1, b in series 2, c, c in series 2",
            "",
        ),
    ] {
        expect(&suite(text), &linux(), uninstallable, not_applicable);
    }
}

#[test]
fn environments_differ() {
    let contents = suite(
        "a 1 | b; python_version < '3.10'\nb 1 | python >=3.10\nc 1 | wheel cp39-cp39-macosx_11_0_arm64\n\
         d 1 | c; sys_platform == 'darwin'\ne 1 | c\nf 1 | sdist\ng 1 | f",
    );
    expect(&contents, &linux(), "e, g", "c, f");
    expect(&contents, &mac(), "a, g", "b, f");
    expect(&contents, &mac().with_sdists(true), "a", "b");
}
