use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// The text with its spans in brackets: `k[def] n[f]`.
fn shown(path: &str, text: &str) -> String {
    let lines: Vec<(usize, &str)> = text.lines().enumerate().map(|(at, line)| (at + 1, line)).collect();
    let mut found = String::new();
    for ((_, line), spans) in lines.iter().zip(highlight(path, text.as_bytes(), &lines)) {
        let mut at = 0;
        for (range, token) in spans {
            let letter = match token {
                Token::Comment => 'c',
                Token::Text => 't',
                Token::Number => '1',
                Token::Keyword => 'k',
                Token::Name => 'n',
                Token::Special => 's',
            };
            let _ = write!(found, "{}{letter}[{}]", &line[at..range.start], &line[range.clone()]);
            at = range.end;
        }
        let _ = writeln!(found, "{}", &line[at..]);
    }
    found.truncate(found.trim_end_matches('\n').len());
    found
}

#[test]
fn tells_the_pieces_of_each_language() {
    for (path, text, expected) in [
        ("x.py", "def f(x): # y\n    return 1.5e-3", "k[def] n[f](x): c[# y]\n    k[return] 1[1.5e-3]"),
        ("x.py", "@app.route('/')\nclass A: pass", "s[@app.route](t['/'])\nk[class] n[A]: k[pass]"),
        ("x.py", "x = '''a\n# b\n''' # c", "x = t['''a]\nt[# b]\nt['''] c[# c]"),
        ("x.py", "x = \"a\\\" # b\" # c", "x = t[\"a\\\" # b\"] c[# c]"),
        ("x.py", "x = rb'\\' # b", "x = t[rb'\\' # b]"),
        ("x.py", "x = 'a\ny = 1", "x = t['a]\ny = 1[1]"),
        ("x.py", "x = 'a\\\nb' + 1", "x = t['a\\]\nt[b'] + 1[1]"),
        // PEP 701: what stands in braces is code, whatever quotes and marks of comments it has.
        ("x.py", "f\"{\"#\"}\"; evil()", "t[f\"{\"#\"]}t[\"]; evil()"),
        ("x.py", "f'{x:#x}{{{y!r}' # c", "t[f'{]x:t[#x}{{{]y!r}t['] c[# c]"),
        ("x.py", "f'{ {1: 2}[1] }'", "t[f'{] {1[1]: 1[2]}[1[1]] }t[']"),
        ("x.py", "a.match(1)", "a.match(1[1])"),
        (
            "x.toml",
            "[a.b] # c\nk-1 = \"x # y\"\nz = ['''a\nb''', 2026-01-02, true]",
            "s[[a.b]] c[# c]\nn[k-1] = t[\"x # y\"]\nn[z] = [t['''a]\nt[b'''], 1[2026]-1[01]-1[02], k[true]]",
        ),
        (
            "setup.cfg",
            "[options]\nname = it's\n    a = b\n; c",
            "s[[options]]\nn[name] = it's\n    a = b\nc[; c]",
        ),
        (
            "x.json",
            "{\"a\": \"b\", \"c\\\"\": [1, null]}",
            "{n[\"a\"]: t[\"b\"], n[\"c\\\"\"]: [1[1], k[null]]}",
        ),
        (
            "x.md",
            "# A\nb `c` <\n```\n# d\n```\n<!-- e\nf -->",
            "s[# A]\nb t[`c`] <\nt[```]\nt[# d]\nt[```]\nc[<!-- e]\nc[f -->]",
        ),
        ("x.js", "let a = `b${c + '}'}d` // e", "k[let] a = t[`b${]c + t['}']}t[d`] c[// e]"),
        ("x.js", "a = /\\/\\/ \"/.test(b) && evil()", "a = t[/\\/\\/ \"/].test(b) && evil()"),
        ("x.js", "a = b / c / d; /* e\n*/ f", "a = b / c / d; c[/* e]\nc[*/] f"),
        (
            "x.c",
            "#include <a.h>\nint f(char c) { return '\"'; } // d",
            "s[#include] <a.h>\nk[int] f(k[char] c) { k[return] t['\"']; } c[// d]",
        ),
        ("x.sh", "echo \"a\nb\" 'c\\' $# a#b # d", "echo t[\"a]\nt[b\"] t['c\\'] $# a#b c[# d]"),
        ("bin/x", "#!/usr/bin/env python3\nimport os", "c[#!/usr/bin/env python3]\nk[import] os"),
        ("x.rst", "def f(): # y", "def f(): # y"),
    ] {
        assert_eq!(shown(path, text), expected, "{path}: {text}");
    }
}

#[test]
fn what_is_shown_may_be_cut_and_lines_may_be_left_out() {
    let text = format!("x = '''\n{}\n'''\ny = 1\n", "a".repeat(100));
    let found = highlight("x.py", text.as_bytes(), &[(2, "aaaa"), (4, "y = 1"), (99, "z")]);
    assert_eq!(found, [vec![(0..4, Token::Text)], vec![(4..5, Token::Number)], vec![]]);
}

#[test]
fn too_much_that_is_open_ends_the_colours_and_not_the_program() {
    let text = format!("x = {}\ny = 1 # z\n", "f'{".repeat(10_000));
    let found = highlight("x.py", text.as_bytes(), &[(1, &text[..50]), (2, "y = 1 # z")]);
    assert!(found[0].iter().any(|(_, token)| *token == Token::Text));
    assert_eq!(found[1], []);
}

proptest! {
    #[test]
    fn spans_are_in_order_and_between_characters(
        path in prop::sample::select(vec!["x.py", "x.toml", "x.cfg", "x.json", "x.md", "x.js", "x.c", "x.sh"]),
        text in "([ a-z0-9\"'`{}$#/*\\\\:=\n\r@!<>\u{fc}\u{2028}-]|f\"|'''|\"\"\"|<!--|class |function |\\$\\{){0,200}",
    ) {
        let lines: Vec<String> =
            split(text.as_bytes()).into_iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let wanted: Vec<(usize, &str)> =
            lines.iter().enumerate().map(|(at, line)| (at + 1, line.as_str())).collect();
        let found = highlight(path, text.as_bytes(), &wanted);
        prop_assert_eq!(found.len(), wanted.len());
        for ((_, line), spans) in wanted.iter().zip(found) {
            let mut at = 0;
            for (range, _) in spans {
                prop_assert!(range.start >= at && range.end > range.start && line.get(range.clone()).is_some());
                at = range.end;
            }
        }
    }
}
