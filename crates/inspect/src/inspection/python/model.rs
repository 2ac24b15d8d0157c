//! What was read out of a Python source, without any type of the parser.

use std::ops::Range;
use std::rc::Rc;

use crate::inspection::capabilities::Caps;

/// A value as far as it stands in the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Value {
    /// Known only when it runs.
    #[default]
    Unknown,
    Text(Rc<str>),
    Bytes(Rc<[u8]>),
    Number(i64),
    List(Rc<[Value]>),
}

impl Value {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> &[Value] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }
}

/// What is known of an expression.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Its value.
    pub(crate) value: Value,
    /// What it names: `os.system`, `requests.get()` for what that returned, `def:3` for a function of the file.
    pub(crate) name: Option<Rc<str>>,
    /// Where its data comes from.
    pub(crate) from: Caps,
}

/// A body of code: scope 0 is the module.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    /// Whether it runs when the module is imported: the module itself, classes, and functions that these call.
    pub(crate) at_import: bool,
}

/// A call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: Rc<str>,
    pub(crate) range: Range<usize>,
    pub(crate) scope: usize,
    pub(crate) arguments: Vec<Argument>,
    /// What the call does, by its name.
    pub(crate) does: Caps,
    /// Where the data of all arguments and of the object comes from.
    pub(crate) from: Caps,
    /// Where that of the object comes from.
    pub(crate) object: Caps,
}

#[derive(Debug, Clone)]
pub(crate) struct Argument {
    pub(crate) keyword: Option<Rc<str>>,
    pub(crate) known: Known,
}

impl Call {
    pub(crate) fn position(&self, index: usize) -> &Value {
        const UNKNOWN: &Value = &Value::Unknown;
        let mut positions = self.arguments.iter().filter(|argument| argument.keyword.is_none());
        positions.nth(index).map_or(UNKNOWN, |argument| &argument.known.value)
    }
}

/// A text or bytes, as written, put together or decoded.
#[derive(Debug, Clone)]
pub(crate) struct Literal {
    pub(crate) value: Value,
    pub(crate) range: Range<usize>,
    pub(crate) scope: usize,
    /// A statement of its own: a comment for people, mostly.
    pub(crate) documentation: bool,
    /// Whether it stands there as it is, in a file without any word that matters.
    pub(crate) wordless: bool,
    /// How it came about, when it does not stand there as it is.
    pub(crate) made: Option<&'static str>,
}

/// A source file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Module {
    /// Whether no word that matters stands in the whole source.
    pub(crate) wordless: bool,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) calls: Vec<Call>,
    pub(crate) literals: Vec<Literal>,
    /// Modules that are imported, and where.
    pub(crate) imports: Vec<(Rc<str>, Range<usize>)>,
    /// Names that are not ASCII.
    pub(crate) foreign_names: Vec<Range<usize>>,
    /// Values that are read or handed on without a call: `env = os.environ`.
    pub(crate) mentions: Vec<(Caps, Range<usize>, usize)>,
}
