//! Which files are taken for lockfiles, and how large they may be.

use super::*;

#[track_caller]
fn refuse(file_name: &str, text: &str, expected: &str) {
    assert_eq!(read(file_name, text).expect_err(file_name).to_string(), expected);
}

#[test]
fn formats_are_recognised_by_name_and_content() {
    for (fixture, format) in [
        (fixture!("uv.lock"), Format::Uv),
        (fixture!("poetry-1.1.lock"), Format::Poetry),
        (fixture!("pdm-4.5.lock"), Format::Pdm),
        (fixture!("pylock.uv.toml"), Format::Pylock),
        (fixture!("uv-export.txt"), Format::Requirements),
    ] {
        assert_eq!(read("backup", fixture).expect("by its content").format, format);
        for (name, expected) in [
            ("a/uv.lock", Format::Uv),
            ("poetry.lock", Format::Poetry),
            ("C:\\x\\pdm.lock", Format::Pdm),
            ("pylock.toml", Format::Pylock),
            ("pylock.dev.toml", Format::Pylock),
        ] {
            assert_eq!(read(name, fixture).is_ok(), format == expected, "{format} as {name}");
        }
    }
    for name in ["requirements.txt", "requirements.in", "x/requirements/dev.txt"] {
        assert_eq!(read(name, "").expect(name).format, Format::Requirements);
    }
}

#[test]
fn what_is_no_lockfile_is_refused() {
    let other = "\"x.lock\" is not a lockfile that can be read; expected requirements.txt, uv.lock, poetry.lock, pdm.lock or \
                 pylock.toml";
    for text in
        ["", "# nothing", "<!DOCTYPE html>", "{}", "flask", "version = 4\n[[package]]\nname = \"serde\"\n"]
    {
        refuse("x.lock", text, other);
    }
    refuse(
        "uv.lock",
        "version = 2\n",
        "this uv.lock has the lock version \"2\"; version 1 can be read: lock again with a current tool",
    );
    refuse(
        "poetry.lock",
        "[metadata]\n",
        "this poetry.lock has the lock version \"\"; lock versions 1 and 2 can be read: lock again with a current tool",
    );
    refuse(
        "pylock.toml",
        "lock-version = \"10.0\"",
        "this pylock.toml has the lock version \"10.0\"; version 1 can be read: lock again with a current tool",
    );
    refuse(
        "uv.lock",
        fixture!("poetry-2.1.lock"),
        "\"uv.lock\" has the content of a poetry.lock, not of a uv.lock; rename it",
    );
    assert!(matches!(read("uv.lock", "version = 1\n\n[package"), Err(LockError::Toml { line: 3, .. })));
    assert!(matches!(read("uv.lock", &"[".repeat(100_000)), Err(LockError::Toml { .. })));
}

#[test]
fn sizes_are_limited() {
    let long = " ".repeat(LONGEST_LOCKFILE + 1);
    let too_large = LockError::TooLarge { size: long.len(), limit: LONGEST_LOCKFILE };
    assert_eq!(read("requirements.txt", &long), Err(too_large));
    let many = "a\n".repeat(MOST_ITEMS + 1);
    let too_many = LockError::TooManyItems { limit: MOST_ITEMS, line: MOST_ITEMS + 1 };
    assert_eq!(read("requirements.txt", &many), Err(too_many));

    let text = format!(
        "{}==1\nsix=={}\nx @ https://a.invalid/{}",
        "n".repeat(300),
        "1".repeat(300),
        "u".repeat(5_000)
    );
    let lockfile = read("requirements.txt", &text).expect("lines are skipped");
    assert!(lockfile.skipped.iter().all(|skipped| skipped.text.chars().count() <= 200));
    assert_eq!(lockfile.skipped.iter().map(|skipped| skipped.line).collect::<Vec<_>>(), [1, 2]);
    let Source::Direct(url) = &lockfile.packages[0].source else { panic!("a URL") };
    assert!(url.len() <= 4_096);
}
