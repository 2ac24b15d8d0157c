use packhouse_model::RiskClass;
use serde::{Deserialize, Serialize};

/// What raised a risk class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskRule {
    // R4: everything is new, or something hides what it does.
    /// The project is new here.
    NewProject,
    /// Somebody else published it than before.
    NewPublisher,
    /// The sdist differs from the repository.
    DiffersFromRepository,
    /// Code in a form that people cannot read.
    Obfuscated,
    /// A file that is no text, and was not there.
    NewBinary,
    /// Code that was too large to look at.
    NotExamined,
    /// Metadata that cannot be read.
    Unreadable,

    // R3: it runs at build, install or start time, reaches outside, or is not Python.
    /// A dependency is new.
    NewDependency,
    /// An entry point is new or leads elsewhere.
    EntryPoint,
    /// What decides about building and installing changed.
    BuildScript,
    /// What runs at each start of Python changed.
    Startup,
    /// Machine code changed.
    NativeCode,
    /// A file that is no text changed.
    BinaryData,
    /// The licence changed.
    Licence,
    /// The wheel puts another name at the top level, where it can shadow other projects.
    NewTopLevel,
    /// The network is used.
    Network,
    /// Other programs are started.
    Process,
    /// Code is made of data at run time.
    DynamicCode,
    /// Machine code is loaded.
    ForeignFunction,
    /// Data is read in a form that can run code.
    Deserialise,
    /// Data is decoded, and code is made at run time, in one file.
    DecodeAndRun,

    // R2 and below.
    /// Who wrote it, or where its pages are.
    Identity,
    /// A symbolic link, or a file that may now be executed.
    FileMode,
    /// A requirement of a known dependency, or of Python.
    Requirement,
    /// More lines of code than a small change has.
    LargeChange,
    /// Code changed.
    Code,
}

impl RiskRule {
    /// The class that a hit has, unless its place lowers it.
    pub fn class(self) -> RiskClass {
        match self {
            Self::NewProject
            | Self::NewPublisher
            | Self::DiffersFromRepository
            | Self::Obfuscated
            | Self::NewBinary
            | Self::NotExamined
            | Self::Unreadable => RiskClass::R4,
            Self::NewDependency
            | Self::EntryPoint
            | Self::BuildScript
            | Self::Startup
            | Self::NativeCode
            | Self::BinaryData
            | Self::Licence
            | Self::NewTopLevel
            | Self::Network
            | Self::Process
            | Self::DynamicCode
            | Self::ForeignFunction
            | Self::Deserialise
            | Self::DecodeAndRun => RiskClass::R3,
            Self::Identity | Self::FileMode | Self::LargeChange => RiskClass::R2,
            Self::Requirement | Self::Code => RiskClass::R1,
        }
    }

    /// What to ask oneself about it. One pointed question finds more than a checklist.
    pub fn question(self) -> &'static str {
        match self {
            Self::NewProject => "Who wrote this, and is it what its name promises?",
            Self::NewPublisher => "Did the project announce this publisher, and where?",
            Self::DiffersFromRepository => "What is in the archive that nobody saw in the repository?",
            Self::Obfuscated => "Why may nobody read this?",
            Self::NewBinary => "What made this file, and from which source?",
            Self::NotExamined => "What stands in this file that is too large to look at?",
            Self::Unreadable => "Why can this metadata not be read?",
            Self::NewDependency => "What is this dependency needed for, and is it the one that is meant?",
            Self::EntryPoint => "What runs under this name?",
            Self::BuildScript => "What does this do on the machine that builds it?",
            Self::Startup => "Why does this have to run at each start of Python?",
            Self::NativeCode => "Was this built from the source of this release?",
            Self::BinaryData => "What reads this file, and what could it hold?",
            Self::Licence => "May it still be distributed?",
            Self::NewTopLevel => "Whose module does this name hide?",
            Self::Network => "Why does it talk to the network here, and to whom?",
            Self::Process => "Which program does it start, and with whose input?",
            Self::DynamicCode => "Where does the code come from that is run here?",
            Self::ForeignFunction => "Which library does it load, and from where?",
            Self::Deserialise => "Who can write the data that is read here?",
            Self::DecodeAndRun => "What does it decode, and is that what it runs?",
            Self::Identity => "Do these still lead to the same people?",
            Self::FileMode => "What needs this link or this mode?",
            Self::Requirement => "Which versions are let in or shut out?",
            Self::LargeChange => "Is there time to read all of it?",
            Self::Code => "What does it do differently now?",
        }
    }
}
