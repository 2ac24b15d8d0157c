//! The stages of an inspection, each with one kind of thing to look at. None of them knows what was there before.

mod binary;
mod build;
mod chains;
mod decoded;
mod delivery;
mod difference;
mod keys;
mod literals;
mod metadata;
mod nested;
mod obfuscation;
mod pickle;
mod pickle_opcodes;
mod python;
mod record;
mod startup;
mod text;
mod unicode;
mod yara;

use super::budget::Trouble;
use super::contents::Contents;
use super::file::File;
use super::report::Baseline;
use super::sink::Sink;

pub(super) use decoded::shown as shown_decoded;

type Result = std::result::Result<(), Trouble>;

/// Looks at one file.
#[derive(Clone, Copy)]
pub(super) struct FileStage {
    pub(super) name: &'static str,
    pub(super) look: fn(&File<'_>, &mut Sink<'_>) -> Result,
}

/// Looks at two releases.
#[derive(Clone, Copy)]
pub(super) struct DifferenceStage {
    pub(super) name: &'static str,
    pub(super) look: fn(&Contents, Baseline, &Contents, &mut Sink<'_>) -> Result,
}

/// All that looks. Tests put others in.
#[derive(Clone, Copy)]
pub(super) struct Stages {
    pub(super) file: &'static [FileStage],
    /// Unpacks a file and shows what is in it to the others.
    pub(super) nested: fn(&File<'_>, &Stages, &mut Sink<'_>) -> Result,
    /// Looks at a release as a whole.
    pub(super) release: fn(&Contents, &mut Sink<'_>) -> Result,
    pub(super) difference: &'static [DifferenceStage],
}

/// The stage that looks at machine code, also at the beginning of it.
pub(super) const BINARY: &str = "binary";

/// The stage of the operator's rules, which look at the beginning too.
pub(super) const YARA: &str = "yara";

pub(super) static ALL: Stages = Stages {
    file: &[
        FileStage { name: "startup", look: startup::look },
        FileStage { name: "python", look: python::look },
        FileStage { name: "text", look: text::look },
        FileStage { name: "obfuscation", look: obfuscation::look },
        FileStage { name: "unicode", look: unicode::look },
        FileStage { name: "pickle", look: pickle::look },
        FileStage { name: BINARY, look: binary::look },
        FileStage { name: "build", look: build::look },
        FileStage { name: YARA, look: yara::look },
    ],
    nested: nested::look,
    release,
    difference: &[
        DifferenceStage { name: "files", look: difference::files },
        DifferenceStage { name: "metadata", look: difference::metadata },
        DifferenceStage { name: "install", look: difference::install },
        DifferenceStage { name: "binaries", look: difference::binaries },
        DifferenceStage { name: "growth", look: difference::growth },
    ],
};

fn release(contents: &Contents, sink: &mut Sink<'_>) -> Result {
    record::look(contents, sink)?;
    metadata::look(contents, sink)?;
    build::bundled(contents, sink)
}
