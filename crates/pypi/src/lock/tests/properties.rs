//! For all inputs: no panic, no credentials, no pinned line lost.

use proptest::prelude::*;

use super::*;

/// Texts that look like the formats, so that more than the first line is reached.
fn lockfile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        "[a-z0-9.=<>!~;@\\[\\]\\\\# \"'{},:/+*$-]{0,20}",
        prop::sample::select(vec![
            "\n",
            "\r\n",
            "\\\n",
            "\u{2028}",
            " --hash=sha256:",
            "==",
            " @ ",
            "https://u:p@x.invalid/a-1.tar.gz",
            "#egg=a",
            "[[package]]\n",
            "[[packages]]\n",
            "[metadata]\n",
            "[metadata.files]\n",
            "[package.source]\n",
            "name = \"a\"\n",
            "version = \"1\"\n",
            "version = 1\n",
            "requires-python = \"\"\n",
            "lock-version = \"1.0\"\n",
            "lock-version = \"2.0\"\n",
            "lock_version = \"4.0\"\n",
            "source = { registry = \"x\" }\n",
            "files = [{file = \"a-1.whl\", hash = \"sha256:00\"}]\n",
            "wheels = [{url = \"x\"}]\n",
            "\"a 1\" = [{}]\n",
            "type = \"git\"\n",
            "url = \"é\"\n",
            "sdist = {path = \"/\"}\n",
            "${A}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn never_panics(text in lockfile_text(), name in prop::sample::select(vec![
        "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "requirements.txt", "other",
    ])) {
        match read(name, &text) {
            Ok(lockfile) => {
                let shown = format!("{lockfile:?}");
                prop_assert!(!shown.contains("u:p@"), "{}", shown);
                let lines = text.lines().count() + text.matches('\r').count();
                prop_assert!(lockfile.packages.iter().all(|locked| (1..=lines).contains(&locked.line)));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn damaged_files_never_panic(at: prop::sample::Index, length in 0_usize..40, with in "\\PC{0,5}") {
        for (name, text) in [
            ("uv.lock", fixture!("uv.lock")),
            ("poetry.lock", fixture!("poetry-1.1.lock")),
            ("pdm.lock", fixture!("pdm-4.1.lock")),
            ("pylock.toml", fixture!("pylock.pdm.toml")),
            ("requirements.txt", fixture!("poetry-export.txt")),
        ] {
            let at = at.index(text.len());
            let damaged = format!("{}{with}{}", &text[..at], &text[(at + length).min(text.len())..]);
            let _ = read(name, &damaged);
        }
    }

    /// Every pinned line of a requirements file comes out, with all its hashes, whatever the spacing.
    #[test]
    fn pinned_lines_are_never_lost(
        pins in prop::collection::vec(("[a-z]([a-z0-9-]{0,8}[a-z0-9])?", "[0-9]{1,3}(\\.[0-9]{1,3}){0,2}", 0_u8..4), 1..12),
        newline in prop::sample::select(vec!["\n", "\r\n"]), comment in "(# ?[a-z =]{0,9})?",
    ) {
        let mut text = String::new();
        for (name, version, hashes) in &pins {
            let hash = |hash| format!(" \\{newline}    --hash=sha256:{}", Sha256::of(&[hash]));
            let hashes: String = (0..*hashes).map(hash).collect();
            text.extend([name, "==", version, " ; os_name == 'x'", &hashes, " ", &comment, newline]);
        }
        let lockfile = read("requirements.txt", &text).expect("within the limits");
        prop_assert!(lockfile.skipped.is_empty(), "{:?}", lockfile.skipped);
        for (name, version, hashes) in &pins {
            let found = lockfile.packages.iter().any(|locked| {
                locked.project == crate::normalize(name).expect("a name")
                    && locked.version.as_ref() == Some(version)
                    && locked.files.len() == usize::from(*hashes)
            });
            prop_assert!(found, "{name}=={version}");
        }
    }
}
