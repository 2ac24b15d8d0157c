//! What is read out of sources.

use super::*;

fn module(source: &str) -> Module {
    read(source, &Limits::default(), &mut Budget::new(1_000_000)).unwrap()
}

#[test]
fn names_are_followed() {
    for (source, expected) in [
        ("import os\nos.system('x')", "os.system"),
        ("import os as o\no.system('x')", "os.system"),
        ("from os import system as s\ns('x')", "os.system"),
        ("import os.path\nos.system('x')", "os.system"),
        ("import os\nf = os.system\nf('x')", "os.system"),
        ("import os\na, b = os.system, 1\na('x')", "os.system"),
        ("import posix\nposix.system('x')", "os.system"),
        ("from os import *\nsystem('x')", "os.system"),
        ("def f():\n    import os\n    os.system('x')", "os.system"),
        ("import os\nclass A:\n    run = os.system\n    run('x')", "os.system"),
        ("import os\nself.run = os.system\nself.run('x')", "os.system"),
        ("import sys\nsys.modules['os'].system('x')", "os.system"),
        ("import requests\ns = requests.Session()\ns.get('x')", "requests.Session().get"),
        ("exec('x')", "builtins.exec"),
        ("def f(run=exec):\n    run('x')", "builtins.exec"),
    ] {
        let found = module(source).calls.pop().unwrap().name;
        assert_eq!(&*found, expected, "{source}");
    }
}

#[test]
fn literals_are_put_together_and_decoded() {
    for (source, expected) in [
        ("x = 'ab' + 'cd' + 'ef'", "abcdef"),
        ("x = 'abc' * 2", "abcabc"),
        ("x = 'fedcba'[::-1]", "abcdef"),
        ("x = ''.join(['ab', 'cd'])", "abcd"),
        ("x = ''.join(chr(n) for n in [97, 98, 99, 100])", "abcd"),
        ("x = ''.join(map(chr, [97, 98, 99, 100]))", "abcd"),
        ("x = bytes([97, 98, 99, 100])", "abcd"),
        ("x = bytes.fromhex('61626364')", "abcd"),
        ("import base64\nx = base64.b64decode(b'YWJjZA==')", "abcd"),
        ("import base64\nx = base64.b64decode(base64.b64decode('WVdKalpBPT0='))", "abcd"),
        ("import codecs\nx = codecs.decode('nopq', 'rot_13')", "abcd"),
        ("x = 'a.b.c.d'.replace('.', '')", "abcd"),
        ("a = 'ab'\nx = f'{a}cd'", "abcd"),
        ("x = bytes(b ^ 1 for b in b'`cbe')", "abcd"),
        ("import os\nx = os.path.join('ab', 'cd')", "ab/cd"),
        ("k = ['ab', 'cd']\nx = k[0] + k[1]", "abcd"),
    ] {
        let module = module(source);
        let made: Vec<&str> = module.literals.iter().filter_map(|literal| literal.value.text()).collect();
        assert!(made.contains(&expected), "{source}: {made:?}");
    }
}

#[test]
fn what_is_too_large_is_unknown() {
    let limits = Limits { literal: 1_000, ..Limits::default() };
    let mut budget = Budget::new(100_000);
    let module = read("x = 'ab' * 10_000_000_000\ny = ('abc' * 300) * 300", &limits, &mut budget).unwrap();
    assert!(
        module.literals.iter().all(|literal| literal.value.text().is_none_or(|text| text.len() <= 1_000))
    );
}

#[test]
fn what_runs_at_import() {
    let module = module(
        "import os\nos.a()\nclass A:\n    os.b()\n    def m(self):\n        os.c()\ndef f():\n    os.d()\n    g()\ndef g():\n    os.e()\nf()\n",
    );
    let runs = |name: &str| {
        let call = module.calls.iter().find(|call| &*call.name == name).unwrap();
        module.scopes[call.scope].at_import
    };
    for (name, expected) in [("os.a", true), ("os.b", true), ("os.c", false), ("os.d", true), ("os.e", true)]
    {
        assert_eq!(runs(name), expected, "{name}");
    }
}

#[test]
fn a_budget_is_kept() {
    let mut budget = Budget::new(10);
    assert_eq!(
        read(&"f(1)\n".repeat(100), &Limits::default(), &mut budget).unwrap_err(),
        Trouble::Spent { steps: 10 }
    );
}
