//! What a finding shows of hidden literals.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use packhouse_inspect::{Finding, Report};

use crate::{finding, listed, python};

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn decoded<'a>(report: &'a Report, rule: &str) -> &'a str {
    let found = finding(report, rule);
    found.decoded.as_deref().unwrap_or_else(|| panic!("{rule} has nothing decoded in\n{}", listed(report)))
}

#[test]
fn code_that_is_run_is_shown() {
    let hidden = encoded("import socket\nprint('inert')\n");
    for code in [
        format!("import base64\nexec(base64.b64decode('{hidden}'))\n"),
        format!("import base64\nhidden = base64.b64decode('{hidden}')\nx = 1\nexec(hidden)\n"),
        format!("import base64\nexec(compile(base64.b64decode('{hidden}').decode(), 'x', 'exec'))\n"),
    ] {
        assert_eq!(decoded(&python(&code), "S04"), "import socket\nprint('inert')\n", "{code}");
    }
    let hex = hex::encode("print('inert')");
    assert_eq!(decoded(&python(&format!("exec(bytes.fromhex('{hex}'))\n")), "S04"), "print('inert')");
}

#[test]
fn what_was_compressed_is_shown_as_it_is_run() {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(b"print('inert')").unwrap();
    let hidden = encoded(encoder.finish().unwrap());
    let code = format!("import base64, zlib\nexec(zlib.decompress(base64.b64decode('{hidden}')))\n");
    assert_eq!(decoded(&python(&code), "S04"), "print('inert')");
}

#[test]
fn what_hides_is_escaped_and_what_is_long_is_cut() {
    let hidden = encoded("a = '\u{202e}\u{200b}\u{1b}[2J'\n\tb = 1");
    let report = python(&format!("import base64\nexec(base64.b64decode('{hidden}'))\n"));
    assert_eq!(decoded(&report, "S04"), "a = '\\u{202e}\\u{200b}\\u{1b}[2J'\n\tb = 1");
    let long = encoded("x = 1\n".repeat(1_000));
    let report = python(&format!("import base64\nexec(base64.b64decode('{long}'))\n"));
    let shown = decoded(&report, "S04");
    assert!(
        shown.starts_with("x = 1\nx = 1\n") && shown.ends_with("\u{2026} (4000 more characters)"),
        "{shown}"
    );
    let bytes = encoded([0xff; 100]);
    let report =
        python(&format!("import base64, marshal\nexec(marshal.loads(base64.b64decode('{bytes}')))\n"));
    let shown = decoded(&report, "S04");
    assert!(shown.starts_with("100 bytes that are no text: ff ff") && shown.ends_with('\u{2026}'), "{shown}");
}

#[test]
fn an_address_is_shown_where_it_was_hidden() {
    let hidden = encoded("https://webhook.site/inert");
    let report = python(&format!("import base64\nURL = base64.b64decode('{hidden}').decode()\nx = 1\n"));
    assert_eq!(decoded(&report, "S22"), "https://webhook.site/inert");
}

#[test]
fn what_is_not_hidden_has_nothing_to_decode() {
    let report = python("import socket\nURL = 'https://webhook.site/inert'\n");
    assert_eq!(finding(&report, "S22").decoded, None);
}

/// Reports are kept, and those of earlier versions go on being read.
#[test]
fn a_finding_of_an_earlier_version_is_read() {
    let report = python("import socket\nURL = 'https://webhook.site/inert'\n");
    let text = serde_json::to_string(finding(&report, "S22")).unwrap();
    assert!(!text.contains("decoded"), "{text}");
    let read: Finding = serde_json::from_str(&text).unwrap();
    assert_eq!(&read, finding(&report, "S22"));
}
