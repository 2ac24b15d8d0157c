//! The languages, as tables.

/// A language whose texts are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Python, Cython, `.pth`.
    Python,
    /// TOML.
    Toml,
    /// `setup.cfg`, `tox.ini`, `entry_points.txt`.
    Ini,
    /// JSON.
    Json,
    /// Markdown.
    Markdown,
    /// JavaScript, TypeScript.
    JavaScript,
    /// C, C++, headers of both.
    C,
    /// POSIX shell, bash.
    Shell,
}

impl Language {
    /// By the path, and by the first line where that names an interpreter.
    pub fn of(path: &str, content: &[u8]) -> Option<Self> {
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit('/').next().unwrap_or_default();
        match name {
            "pipfile" | "poetry.lock" | "uv.lock" | "pdm.lock" => return Some(Self::Toml),
            "entry_points.txt" | ".flake8" | ".coveragerc" | "pylintrc" | ".editorconfig" => {
                return Some(Self::Ini);
            }
            "sconstruct" | "wscript" => return Some(Self::Python),
            "configure" | ".bashrc" | ".profile" => return Some(Self::Shell),
            _ => {}
        }
        match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "py" | "pyw" | "pyi" | "pyx" | "pxd" | "pxi" | "pth" => Some(Self::Python),
            "toml" => Some(Self::Toml),
            "cfg" | "ini" => Some(Self::Ini),
            "json" | "ipynb" | "jsonl" => Some(Self::Json),
            "md" | "markdown" => Some(Self::Markdown),
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "tsx" => Some(Self::JavaScript),
            "c" | "h" | "cc" | "cpp" | "cxx" | "hh" | "hpp" | "hxx" => Some(Self::C),
            "sh" | "bash" | "zsh" => Some(Self::Shell),
            _ => Self::of_interpreter(content),
        }
    }

    fn of_interpreter(content: &[u8]) -> Option<Self> {
        let line = content.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
        let line = String::from_utf8_lossy(&line[..line.len().min(200)]);
        let words = || line.split(['/', ' ', '\t']);
        if words().any(|word| word.starts_with("python")) {
            Some(Self::Python)
        } else if words().any(|word| matches!(word, "sh" | "bash" | "dash" | "zsh")) {
            Some(Self::Shell)
        } else {
            words().any(|word| word == "node").then_some(Self::JavaScript)
        }
    }

    pub(super) fn grammar(self) -> &'static Grammar {
        match self {
            Self::Python => &PYTHON,
            Self::Toml => &TOML,
            Self::Ini => &INI,
            Self::Json => &JSON,
            Self::Markdown => &MARKDOWN,
            Self::JavaScript => &JAVASCRIPT,
            Self::C => &C,
            Self::Shell => &SHELL,
        }
    }
}

/// How far a string reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// To the end of the line, unless a backslash stands there.
    Line,
    /// Over any number of lines.
    Lines,
}

/// A kind of string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    /// What begins and ends it.
    pub(super) mark: &'static [u8],
    /// Whether a backslash takes the next character along.
    pub(super) escapes: bool,
    pub(super) reach: Reach,
    /// What begins code inside of it, in each string or (Python) in those with such a prefix.
    pub(super) field: Option<&'static [u8]>,
}

/// What tells the pieces of a language apart.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a table of what a language has and has not")]
pub(super) struct Grammar {
    pub(super) comment: Option<&'static [u8]>,
    /// The comment's mark counts only where a word could begin.
    pub(super) comment_at_word: bool,
    pub(super) block: Option<(&'static [u8], &'static [u8])>,
    /// Longer marks first.
    pub(super) quotes: &'static [Quote],
    pub(super) keywords: &'static [&'static str],
    /// Keywords behind which the name of a definition follows.
    pub(super) defines: &'static [&'static str],
    /// What begins a special word at the beginning of a line.
    pub(super) special: Option<u8>,
    /// Strings with a prefix of letters, some with fields (Python).
    pub(super) prefixes: bool,
    /// A slash may begin a regular expression.
    pub(super) regular_expressions: bool,
    /// What follows a key.
    pub(super) keys: &'static [u8],
    /// A string in front of a colon is a key.
    pub(super) quoted_keys: bool,
    /// `[section]` at the beginning of a line.
    pub(super) sections: bool,
    /// No words, numbers and strings: only comments, sections, keys.
    pub(super) values_are_plain: bool,
}

const fn quote(mark: &'static str, escapes: bool, reach: Reach) -> Quote {
    Quote { mark: mark.as_bytes(), escapes, reach, field: None }
}

static PYTHON: Grammar = Grammar {
    comment: Some(b"#"),
    quotes: &[
        quote("\"\"\"", true, Reach::Lines),
        quote("'''", true, Reach::Lines),
        quote("\"", true, Reach::Line),
        quote("'", true, Reach::Line),
    ],
    keywords: &[
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "cdef", "cimport",
        "class", "continue", "cpdef", "def", "del", "elif", "else", "except", "finally", "for", "from",
        "global", "if", "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "raise",
        "return", "try", "while", "with", "yield",
    ],
    defines: &["def", "class"],
    special: Some(b'@'),
    prefixes: true,
    ..EMPTY
};

static TOML: Grammar = Grammar {
    comment: Some(b"#"),
    quotes: &[
        quote("\"\"\"", true, Reach::Lines),
        quote("'''", false, Reach::Lines),
        quote("\"", true, Reach::Line),
        quote("'", false, Reach::Line),
    ],
    keywords: &["true", "false", "inf", "nan"],
    keys: b"=",
    sections: true,
    ..EMPTY
};

static INI: Grammar =
    Grammar { keys: b"=:", sections: true, values_are_plain: true, comment: Some(b"#"), ..EMPTY };

static JSON: Grammar = Grammar {
    quotes: &[quote("\"", true, Reach::Line)],
    keywords: &["true", "false", "null"],
    quoted_keys: true,
    ..EMPTY
};

static MARKDOWN: Grammar = Grammar { block: Some((b"<!--", b"-->")), values_are_plain: true, ..EMPTY };

static JAVASCRIPT: Grammar = Grammar {
    comment: Some(b"//"),
    block: Some((b"/*", b"*/")),
    quotes: &[
        Quote { mark: b"`", escapes: true, reach: Reach::Lines, field: Some(b"${") },
        quote("\"", true, Reach::Line),
        quote("'", true, Reach::Line),
    ],
    keywords: &[
        "as",
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "from",
        "function",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "new",
        "null",
        "of",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "type",
        "typeof",
        "undefined",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ],
    defines: &["function", "class", "interface"],
    special: Some(b'@'),
    regular_expressions: true,
    ..EMPTY
};

static C: Grammar = Grammar {
    comment: Some(b"//"),
    block: Some((b"/*", b"*/")),
    quotes: &[quote("\"", true, Reach::Line), quote("'", true, Reach::Line)],
    keywords: &[
        "auto",
        "bool",
        "break",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "constexpr",
        "continue",
        "default",
        "delete",
        "do",
        "double",
        "else",
        "enum",
        "extern",
        "false",
        "float",
        "for",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "namespace",
        "new",
        "nullptr",
        "operator",
        "private",
        "protected",
        "public",
        "register",
        "restrict",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "struct",
        "switch",
        "template",
        "this",
        "throw",
        "true",
        "try",
        "typedef",
        "typename",
        "union",
        "unsigned",
        "using",
        "virtual",
        "void",
        "volatile",
        "while",
    ],
    defines: &["struct", "class", "enum", "union", "namespace"],
    special: Some(b'#'),
    ..EMPTY
};

static SHELL: Grammar = Grammar {
    comment: Some(b"#"),
    comment_at_word: true,
    quotes: &[quote("\"", true, Reach::Lines), quote("'", false, Reach::Lines)],
    keywords: &[
        "case", "do", "done", "elif", "else", "esac", "eval", "exec", "exit", "export", "fi", "for",
        "function", "if", "in", "local", "return", "set", "shift", "source", "then", "trap", "until",
        "while",
    ],
    defines: &["function"],
    ..EMPTY
};

const EMPTY: Grammar = Grammar {
    comment: None,
    comment_at_word: false,
    block: None,
    quotes: &[],
    keywords: &[],
    defines: &[],
    special: None,
    prefixes: false,
    regular_expressions: false,
    keys: b"",
    quoted_keys: false,
    sections: false,
    values_are_plain: false,
};
