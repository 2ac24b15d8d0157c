//! Environment markers: when a requirement holds (the specification *Dependency specifiers*, PEP 508).

mod cursor;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use cursor::Cursor;
pub(crate) use parse::marker;

use crate::environment::Environment;
use crate::requirement::Extra;
use crate::specifiers::VersionSpecifiers;
use crate::version::Version;

/// How deep parentheses may be nested.
pub const DEEPEST_MARKER: usize = 50;
/// How many comparisons a marker may hold.
pub const MOST_COMPARISONS: usize = 500;

/// When a requirement holds, such as `python_version < "3.11" and extra == "toml"`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Marker(Tree);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Tree {
    All(Box<[Tree]>),
    Any(Box<[Tree]>),
    Compare { left: Value, operator: Operator, right: Value },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Value {
    Variable(Variable),
    Text(Box<str>),
}

/// What a marker may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Variable {
    PythonVersion,
    PythonFullVersion,
    OsName,
    SysPlatform,
    PlatformRelease,
    PlatformSystem,
    PlatformVersion,
    PlatformMachine,
    PlatformPythonImplementation,
    ImplementationName,
    ImplementationVersion,
    Extra,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operator {
    Less,
    LessEqual,
    Equal,
    NotEqual,
    GreaterEqual,
    Greater,
    Compatible,
    Arbitrary,
    In,
    NotIn,
}

impl Marker {
    /// Whether the marker holds in the environment, when this extra is asked for or none.
    ///
    /// A comparison that means nothing, such as `~=` of what are no versions, does not hold.
    pub fn holds(&self, environment: &Environment, extra: Option<&Extra>) -> bool {
        self.0.holds(environment, extra)
    }

    /// Whether `extra` stands in the marker, so that the answer may depend on it.
    pub fn names_extra(&self) -> bool {
        self.0.names_extra()
    }

    /// Whether it holds in no environment when no extra is asked for.
    pub fn only_for_extras(&self) -> bool {
        self.0.only_for_extras()
    }
}

impl Tree {
    fn holds(&self, environment: &Environment, extra: Option<&Extra>) -> bool {
        match self {
            Self::All(trees) => trees.iter().all(|tree| tree.holds(environment, extra)),
            Self::Any(trees) => trees.iter().any(|tree| tree.holds(environment, extra)),
            Self::Compare { left, operator, right } => {
                let text = |side| match side {
                    &Value::Variable(Variable::Extra) => extra.map_or("", Extra::as_str),
                    &Value::Variable(variable) => environment.value(variable),
                    Value::Text(text) => text,
                };
                compare(kind(left, right), text(left), *operator, text(right))
            }
        }
    }

    fn only_for_extras(&self) -> bool {
        match self {
            Self::All(trees) => trees.iter().any(Self::only_for_extras),
            Self::Any(trees) => trees.iter().all(Self::only_for_extras),
            Self::Compare { left, operator: Operator::Equal, right } => match (left, right) {
                // What is no name of an extra may be equal to none.
                (Value::Variable(Variable::Extra), Value::Text(text))
                | (Value::Text(text), Value::Variable(Variable::Extra)) => Extra::parse(text).is_ok(),
                _ => false,
            },
            Self::Compare { .. } => false,
        }
    }

    fn names_extra(&self) -> bool {
        match self {
            Self::All(trees) | Self::Any(trees) => trees.iter().any(Self::names_extra),
            Self::Compare { left, right, .. } => {
                [left, right].into_iter().any(|side| *side == Value::Variable(Variable::Extra))
            }
        }
    }
}

/// How two sides are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Version,
    Extra,
    Text,
}

fn kind(left: &Value, right: &Value) -> Kind {
    for side in [left, right] {
        match side {
            Value::Variable(
                Variable::PythonVersion
                | Variable::PythonFullVersion
                | Variable::ImplementationVersion
                | Variable::PlatformRelease,
            ) => return Kind::Version,
            Value::Variable(Variable::Extra) => return Kind::Extra,
            _ => {}
        }
    }
    Kind::Text
}

fn compare(kind: Kind, left: &str, operator: Operator, right: &str) -> bool {
    if kind == Kind::Version
        && let Some(answer) = compare_versions(left, operator, right)
    {
        return answer;
    }
    if kind == Kind::Extra
        && matches!(operator, Operator::Equal | Operator::NotEqual)
        && let (Ok(left), Ok(right)) = (Extra::parse(left), Extra::parse(right))
    {
        return (left == right) == (operator == Operator::Equal);
    }
    match operator {
        Operator::Less => left < right,
        Operator::LessEqual => left <= right,
        Operator::Equal => left == right,
        Operator::NotEqual => left != right,
        Operator::GreaterEqual => left >= right,
        Operator::Greater => left > right,
        Operator::In => right.contains(left),
        Operator::NotIn => !right.contains(left),
        Operator::Compatible | Operator::Arbitrary => false,
    }
}

/// As versions, if both sides can be read so; else they are compared as text.
fn compare_versions(left: &str, operator: Operator, right: &str) -> Option<bool> {
    let word = match operator {
        Operator::In | Operator::NotIn => return None,
        Operator::Less => "<",
        Operator::LessEqual => "<=",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::GreaterEqual => ">=",
        Operator::Greater => ">",
        Operator::Compatible => "~=",
        Operator::Arbitrary => "===",
    };
    // `>= "3.8.*"` is no specifier, yet old metadata has it and means `>= "3.8"`.
    let right = match operator {
        Operator::Equal | Operator::NotEqual => right,
        _ => right.strip_suffix(".*").unwrap_or(right),
    };
    let version = Version::parse(left).ok()?;
    Some(VersionSpecifiers::parse(&format!("{word}{right}")).ok()?.contains(&version))
}

impl fmt::Display for Marker {
    /// The marker in the form that it would be read from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, false)
    }
}

impl Tree {
    fn write(&self, f: &mut fmt::Formatter<'_>, inside: bool) -> fmt::Result {
        let (trees, word) = match self {
            Self::All(trees) => (trees, " and "),
            Self::Any(trees) => (trees, " or "),
            Self::Compare { left, operator, right } => {
                left.write(f)?;
                write!(f, " {} ", operator.word())?;
                return right.write(f);
            }
        };
        let parentheses = inside;
        f.write_str(if parentheses { "(" } else { "" })?;
        for (at, tree) in trees.iter().enumerate() {
            f.write_str(if at > 0 { word } else { "" })?;
            tree.write(f, true)?;
        }
        f.write_str(if parentheses { ")" } else { "" })
    }
}

impl Value {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(variable) => f.write_str(variable.word()),
            Self::Text(text) if text.contains('"') => write!(f, "'{text}'"),
            Self::Text(text) => write!(f, "\"{text}\""),
        }
    }
}

impl Operator {
    fn word(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::GreaterEqual => ">=",
            Self::Greater => ">",
            Self::Compatible => "~=",
            Self::Arbitrary => "===",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }
}

impl Variable {
    /// Its name, and behind it other names from before PEP 508.
    const NAMES: &'static [(&'static str, Self)] = &[
        ("python_version", Self::PythonVersion),
        ("python_full_version", Self::PythonFullVersion),
        ("os_name", Self::OsName),
        ("sys_platform", Self::SysPlatform),
        ("platform_release", Self::PlatformRelease),
        ("platform_system", Self::PlatformSystem),
        ("platform_version", Self::PlatformVersion),
        ("platform_machine", Self::PlatformMachine),
        ("platform_python_implementation", Self::PlatformPythonImplementation),
        ("implementation_name", Self::ImplementationName),
        ("implementation_version", Self::ImplementationVersion),
        ("extra", Self::Extra),
        ("os.name", Self::OsName),
        ("sys.platform", Self::SysPlatform),
        ("platform.version", Self::PlatformVersion),
        ("platform.machine", Self::PlatformMachine),
        ("platform.python_implementation", Self::PlatformPythonImplementation),
        ("python_implementation", Self::PlatformPythonImplementation),
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, variable)| *variable)
    }

    fn word(self) -> &'static str {
        Self::NAMES.iter().find(|(_, variable)| *variable == self).map_or("", |(name, _)| name)
    }
}
