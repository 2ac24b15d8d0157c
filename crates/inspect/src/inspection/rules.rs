use std::collections::BTreeSet;

use packhouse_archive::UnpackLimits;
use packhouse_model::Sha256;

use super::rule::{ALL, Rule};
use super::yara::YaraRules;

/// How much is looked at. What is beyond holds the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Steps of the whole inspection. A step is a node of a syntax tree, or 16 bytes read.
    pub steps: u64,
    /// Bytes of a file of a wheel that is kept whole: of larger ones only the beginning is looked at.
    pub whole: u64,
    /// Bytes of one Python file.
    pub python: usize,
    /// Bytes of one other text.
    pub text: usize,
    /// How deep expressions and blocks of Python may be nested.
    pub nesting: usize,
    /// Bytes of a text that is put together or decoded out of literals.
    pub literal: usize,
    /// How often a decoded text is decoded or read as code again.
    pub decoding: usize,
    /// Opcodes of one pickle.
    pub opcodes: usize,
    /// How deep archives lie in archives that are still unpacked.
    pub archives: usize,
    /// Of each nested archive.
    pub nested: UnpackLimits,
    /// Findings, before those of the same kind are counted instead of listed.
    pub findings: usize,
}

impl Limits {
    /// The limits of the archive itself, for [`Contents::read`](super::Contents::read).
    pub fn unpack(&self) -> UnpackLimits {
        UnpackLimits { whole: self.whole, entry: 4 << 30, total: 16 << 30, ..UnpackLimits::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 400_000_000,
            whole: 64 << 20,
            python: 16 << 20,
            text: 128 << 20,
            nesting: 1_500,
            literal: 1 << 20,
            decoding: 4,
            opcodes: 5_000_000,
            archives: 2,
            nested: UnpackLimits {
                entries: 20_000,
                total: 512 << 20,
                entry: 256 << 20,
                ..UnpackLimits::default()
            },
            findings: 20_000,
        }
    }
}

/// The rules of an inspection: all of [`Rules::list`] but those that are switched off, and the limits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Ids of rules that find nothing. Those of holds (`X…`) cannot be switched off.
    pub off: BTreeSet<String>,
    /// The limits.
    pub limits: Limits,
    /// The operator's own rules.
    pub yara: Option<YaraRules>,
}

impl Rules {
    /// Every rule there is.
    pub fn list() -> &'static [&'static Rule] {
        ALL
    }

    /// The SHA-256, in hexadecimal, of all rules with their versions and classes, what is switched off, the limits, and the
    /// texts of YARA rules.
    pub fn hash(&self) -> String {
        let mut text = String::from("packhouse-inspect 1\n");
        for rule in ALL {
            let state = if self.is_off(rule) { " off" } else { "" };
            let (class, alone) = (rule.class.word(), rule.alone.word());
            text += &format!("{} {} {class} {alone} {}{state}\n", rule.id, rule.version, rule.lowered_aside);
        }
        text += &format!("{:?}\n", self.limits);
        if let Some(yara) = &self.yara {
            text += &format!("yara {}\n", yara.digest());
        }
        Sha256::of(text.as_bytes()).to_string()
    }

    pub(crate) fn is_off(&self, rule: &Rule) -> bool {
        !rule.id.starts_with('X') && self.off.contains(rule.id)
    }
}
