//! Wheels against their `RECORD`.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use packhouse_archive::UnpackLimits;
use packhouse_inspect::{Baseline, Class, Contents, Report, Rules, Verdict, inspect};
use packhouse_model::Sha256;

use crate::readers::zip;
use crate::{alone, expect, expect_pass, finding, listed};

const MODULE: (&str, &[u8]) = ("p/__init__.py", b"x = 1\n");

fn row(path: &str, content: &[u8]) -> String {
    let digest = BASE64_URL_SAFE_NO_PAD.encode(Sha256::of(content).as_bytes());
    format!("{path},sha256={digest},{}\n", content.len())
}

/// A wheel of `p` with these files, and a list that has these rows beside those of the metadata and the list.
fn wheel(version: &str, files: &[(&str, &[u8])], rows: &str) -> Contents {
    let metadata = format!("Metadata-Version: 2.1\nName: p\nVersion: {version}\n");
    let info = format!("p-{version}.dist-info");
    let (about, list) = (format!("{info}/METADATA"), format!("{info}/RECORD"));
    let record = format!("{rows}{}{list},,\n", row(&about, metadata.as_bytes()));
    let mut all = files.to_vec();
    all.extend([(about.as_str(), metadata.as_bytes()), (list.as_str(), record.as_bytes())]);
    read(&all)
}

fn read(files: &[(&str, &[u8])]) -> Contents {
    Contents::read(&zip(files), "p-1-py3-none-any.whl", &UnpackLimits::default()).expect("well made")
}

fn listed_module() -> String {
    row(MODULE.0, MODULE.1)
}

#[test]
fn what_a_correct_list_may_leave_out_is_no_finding() {
    expect_pass(&alone(&wheel("1", &[MODULE], &listed_module())));
    let signed = [MODULE, ("p-1.dist-info/RECORD.jws", &b"{}"[..]), ("p-1.dist-info/RECORD.p7s", b"x")];
    expect_pass(&alone(&wheel("1", &signed, &listed_module())));
}

#[test]
fn what_the_list_does_not_know_is_high() {
    let extra: &[(&str, &[u8])] = &[MODULE, ("p/other.py", b"y = 2\n")];
    for (files, rows, message) in [
        (extra, listed_module(), "\"p/other.py\" is in the wheel and not in RECORD"),
        (&[MODULE][..], row(MODULE.0, b"x = 2\n"), "the hash of \"p/__init__.py\" in RECORD is another one"),
        (
            &[MODULE][..],
            listed_module().replace(",6", ",7"),
            "RECORD says that \"p/__init__.py\" has 7 bytes; it has 6",
        ),
        (&[MODULE][..], listed_module() + &listed_module(), "RECORD lists \"p/__init__.py\" twice"),
    ] {
        let report = alone(&wheel("1", files, &rows));
        assert_eq!(report.verdict, Verdict::Review, "{}", listed(&report));
        let found = finding(&report, "S40");
        assert_eq!((found.path.as_str(), found.message.as_str()), ("p-1.dist-info/RECORD", message));
        assert_eq!(report.findings.len(), 1, "{}", listed(&report));
    }
}

#[test]
fn what_is_missing_holds() {
    let report = alone(&wheel("1", &[MODULE], &(listed_module() + &row("p/gone.py", b""))));
    expect(&report, "S41", Class::Review);
    assert_eq!(report.verdict, Verdict::Hold, "{}", listed(&report));
    let report = alone(&wheel("1", &[MODULE], "p/__init__.py,md5=x,6\n"));
    expect(&report, "S41", Class::Review);
}

#[test]
fn a_wheel_without_a_list_is_high() {
    for files in [
        &[MODULE][..],
        &[MODULE, ("p-1.dist-info/METADATA", b"Metadata-Version: 2.1\nName: p\nVersion: 1\n")],
        &[MODULE, ("p-1.dist-info/RECORD", b"p-1.dist-info/RECORD,,\n"), ("q-1.dist-info/RECORD", b"")],
    ] {
        expect(&alone(&read(files)), "S40", Class::High);
    }
    assert_eq!(alone(&read(&[])).verdict, Verdict::Hold);
    // A source has no such list, whatever its files are called.
    let source = Contents::from_files([("p/__init__.py", "x = 1\n"), ("p-1.dist-info/RECORD", "")]);
    expect_pass(&alone(&source));
}

/// A file that was listed before is no excuse for one that is not listed now, and neither are other bytes.
#[test]
fn what_the_release_before_listed_rightly_explains_nothing() {
    let other: (&str, &[u8]) = ("p/other.py", b"y = 2\n");
    let before = wheel("1", &[MODULE, other], &(listed_module() + &row(other.0, other.1)));
    let against = |now: &Contents| -> Report {
        inspect(now, &[(Baseline::PreviousRelease, &before)], &Rules::default())
    };
    expect(&against(&wheel("2", &[MODULE, other], &listed_module())), "S40", Class::High);
    let wrong = listed_module() + &row(other.0, b"something else");
    expect(&against(&wheel("2", &[MODULE, other], &wrong)), "S40", Class::High);
    // The same fault in the release before is known.
    let faulty = wheel("1", &[MODULE, other], &listed_module());
    let now = wheel("2", &[MODULE, other], &listed_module());
    expect(&inspect(&now, &[(Baseline::PreviousRelease, &faulty)], &Rules::default()), "S40", Class::Info);
}
