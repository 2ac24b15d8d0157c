use proptest::prelude::*;

use super::*;

fn counted(source: &str, limit: usize) -> bool {
    count(source, limit, &mut Budget::new(1 << 40)).is_ok()
}

#[test]
fn ordinary_sources_are_told_to_be_shallow() {
    for (source, limit) in [
        ("x = f(a, [b, {c: d}])\nif x:\n    y = -1\n", 12),
        ("def f():\n    \"\"\"((((((((((\"\"\"\n    return f\"{x['a']} and {y!r:>{width}}\"\n", 60),
        ("# ((((((((((((\nx = '(((((((((((' + \"\\\"((((((((\"\n", 4),
    ] {
        assert!(counted(source, limit), "{source}");
        assert!(shallow::is_shallow(source, limit), "{source}");
    }
}

#[test]
fn what_is_deep_is_never_told_to_be_shallow() {
    let deep = "(".repeat(30);
    let columns: Vec<String> = (0..30).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
    for source in [
        format!("x = {deep}"),
        format!("x = f\"{{y[\"a\"]}}\" + {deep}"),
        format!("x = f\"{{y['}}' + \"a\"]}}\" + {deep}"),
        format!("x = f\"{{{deep}\""),
        format!("x = f\"{{a # \" }}\n}}\", {deep}"),
        format!("x = '\n{deep}'"),
        format!("x = (\\\n{deep}"),
        format!("0f\"{{y[\"a\"]}}\" + {deep}"),
        format!("((((\n\n{deep}"),
        format!("x = {}1", "not ".repeat(30)),
        format!("x = {}1", "lambda a, b: ".repeat(30)),
        columns.concat(),
    ] {
        assert!(!counted(&source, 20), "{source}");
        assert!(!shallow::is_shallow(&source, 20), "{source}");
    }
}

/// Pieces of sources, whole and broken.
const PIECES: [&str; 74] = [
    "if x:\n",
    "        ",
    "\\\n    ",
    "\u{feff}",
    " if x:\n",
    "\t",
    "(",
    "[",
    "{",
    ")",
    "]",
    "}",
    "{{",
    "}}",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "f\"",
    "f'",
    "rf\"\"\"",
    "t'",
    "\\",
    "\\\n",
    "\n",
    "\r\n",
    "\r",
    "\n    ",
    "\n\t",
    "\n  ",
    "#",
    ",",
    ";",
    ":",
    ":=",
    "+",
    "**",
    "<<",
    "->",
    ".",
    "...",
    "1.5",
    "0f",
    "if ",
    "else ",
    "not ",
    "lambda ",
    "for ",
    "and ",
    "x",
    " ",
    "print",
    "\u{e9}",
    "!r",
    "f\"{x}\"",
    "f'{a[\"b\"]}'",
    "\"s\"",
    "(((",
    ")))",
    "\n  if x:\n    ",
    "\u{c}",
    "await ",
    "$",
    "or ",
    "yield ",
    "@",
    "~",
    "%",
    "-",
    "/",
    "|",
    "&",
    "f\"{",
    "}\"",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn whatever_is_told_to_be_shallow_is(
        parts in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40),
        limit in 0..30_usize,
    ) {
        let source = parts.concat();
        prop_assert!(!shallow::is_shallow(&source, limit) || counted(&source, limit), "{source:?}");
    }
}
