//! The table of rules. A rule's version goes up whenever it finds something else than before.

use super::report::Class;
use Class::{Block, High, Info, Review};

/// One rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Never changes, and is never given to another rule.
    pub id: &'static str,
    /// The same in words, for rule sets and SARIF.
    pub name: &'static str,
    /// Counts changes of what it finds.
    pub version: u32,
    /// What it weighs when what it found is new in a difference.
    pub class: Class,
    /// What it weighs when there is nothing to compare with.
    pub alone: Class,
    /// Whether it weighs one class less in tests, documentation and vendored code.
    pub lowered_aside: bool,
    /// What it looks for.
    pub sentence: &'static str,
    /// What the reviewer should be able to answer.
    pub question: &'static str,
}

macro_rules! rules {
    ($($constant:ident: $id:literal $name:literal v $version:literal, $class:ident alone $alone:ident, aside $aside:literal,
       $sentence:literal, $question:literal;)*) => {
        $(pub(crate) static $constant: Rule = Rule {
            id: $id, name: $name, version: $version, class: $class, alone: $alone, lowered_aside: $aside,
            sentence: $sentence, question: $question,
        };)*
        /// In the order of their ids.
        pub(super) static ALL: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    ARCHIVE: "S03" "archive-anomaly" v 1, Block alone Block, aside false,
        "The archive is damaged, or made so that two programs read different files out of it.",
        "Which program made an archive like this?";
    DECODED_CODE: "S04" "decoded-code" v 2, Block alone Block, aside false,
        "Data that was decoded is run as code.",
        "What does the decoded text say, and why is it not written as plain code?";
    DECODE_AND_RUN: "S05" "decode-and-run" v 1, Block alone Block, aside false,
        "Data is decoded and handed to another program, or decoded and code is run, in one scope.",
        "What is decoded here, and which program or code gets it?";
    STEAL: "S06" "secrets-and-network" v 2, Block alone Block, aside false,
        "Secrets of the user or the whole environment meet the network.",
        "Which secrets are read here, and who receives them?";
    STARTUP: "S10" "startup-hook" v 2, High alone High, aside false,
        "A file that Python runs at each start.",
        "Why does this have to run at each start of Python, whoever uses the package?";
    INSTALL_CODE: "S11" "install-time-code" v 2, High alone Info, aside true,
        "Code that runs when the package is built or installed is new or another one.",
        "What runs on the machine that installs this, and did it run before?";
    SETUP: "S12" "setup-reaches-out" v 1, High alone High, aside true,
        "setup.py uses the network or asks which machine it is on.",
        "Why does building this need to reach outside?";
    DOWNLOAD_RUN: "S13" "download-and-run" v 2, High alone High, aside true,
        "Something is fetched from the network and run.",
        "What is fetched here, who can change it, and what runs it?";
    NOT_IN_SOURCE: "S14" "not-in-source" v 1, High alone High, aside true,
        "A file that the source or the other file of the release does not have.",
        "Who wrote this file, and why can nobody find it in the repository?";
    NEW_SOURCE: "S18" "direct-dependency" v 1, High alone Review, aside false,
        "A dependency that is fetched from an address instead of the index.",
        "Who controls this address, and why is the dependency not on the index?";
    BINARY: "S19" "binary" v 2, High alone Info, aside true,
        "Machine code or bytecode that is new, calls other functions of the system, or is not what its name says.",
        "Which source was this built from, and who built it?";
    PAYLOAD: "S20" "size-or-language-jump" v 2, High alone Info, aside true,
        "Much more content than before, or content in another language.",
        "What is in what came in, and does the project need it?";
    OBFUSCATED: "S21" "obfuscated" v 2, High alone Review, aside true,
        "Text that people cannot read as it is.",
        "Why may nobody read this?";
    ENDPOINT: "S22" "endpoint" v 2, High alone Review, aside true,
        "An address where stolen data is often sent, or code fetched from.",
        "Who owns this address, and what is sent there?";
    DESTRUCTIVE: "S23" "destructive" v 2, High alone High, aside true,
        "The files of the user are deleted or overwritten.",
        "What exactly is deleted here, and when?";
    PERSISTENCE: "S24" "persistence" v 3, High alone Review, aside true,
        "Something is put where the system, a shell or an assistant runs it later.",
        "Why does this have to outlive the program, and does the user know?";
    PROPAGATION: "S25" "self-propagation" v 1, High alone High, aside true,
        "Tokens of registries are read, and packages are published.",
        "Whose packages does this publish, and with whose token?";
    REVIEWER: "S26" "assistant-directed" v 1, High alone Review, aside true,
        "Text that tells a reviewing program what to think, or an AI assistant that is started unattended.",
        "Who is this text meant for?";
    PICKLE: "S27" "pickle-global" v 1, High alone Review, aside true,
        "A pickle that calls what is not on the list of harmless types, or cannot be read.",
        "What is called when this file is loaded?";
    CLONE: "S29" "content-clone" v 1, High alone High, aside false,
        "Most files are those of another project.",
        "Is this the same project under a new name, and what differs?";
    ENVIRONMENT: "S30" "environment-read" v 1, Info alone Info, aside false,
        "Variables of the environment are read.",
        "Which variables does it need?";
    NETWORK_AT_IMPORT: "S31" "network-at-import" v 1, Info alone Info, aside false,
        "The network is used when a module is imported.",
        "Why does an import talk to the network?";
    SPAWN_AT_IMPORT: "S32" "spawn-at-import" v 1, Info alone Info, aside false,
        "A program is started when a module is imported.",
        "Which program does an import start?";
    SECRET_PATH: "S33" "secret-path" v 1, Info alone Info, aside false,
        "The path of a file that holds secrets.",
        "Why does it know where this secret lies?";
    ENTRY_POINT: "S37" "entry-point" v 1, Info alone Info, aside false,
        "An entry point or a top-level package is new or leads elsewhere.",
        "What runs under this name, and whose module does it hide?";
    CAPABILITY: "S38" "new-capability" v 1, Info alone Info, aside false,
        "The package uses something of the system that it did not use before.",
        "What needs this that was not needed before?";
    DEPENDENCY: "S39" "new-dependency" v 1, Info alone Info, aside false,
        "A dependency is new.",
        "What is it needed for, and is it the project that is meant?";
    RECORD: "S40" "record-mismatch" v 1, High alone High, aside false,
        "A wheel holds other files than its RECORD says, or other bytes.",
        "Who changed the wheel after it was built, and what is in the file that its own list does not know?";
    RECORD_LACK: "S41" "record-lack" v 1, Review alone Review, aside false,
        "The RECORD of a wheel names a file that is not there, or no hash that can be checked.",
        "Which program built this wheel, and what was in it when it wrote the list?";
    KEY_SENT: "S42" "key-to-literal-address" v 1, High alone Review, aside true,
        "A private key, a mnemonic or a seed phrase goes over the network to an address that stands in the code.",
        "Whose server is this, and why does a private key go there?";
    UNREADABLE: "X01" "unreadable" v 1, Review alone Review, aside true,
        "A file that could not be read as what it says it is.",
        "What reads this file, and what does it make of it?";
    LIMIT: "X02" "limit" v 1, Review alone Review, aside false,
        "Something is beyond a limit of the inspection, and was not examined.",
        "What stands in what was not examined?";
    BROKEN: "X03" "stage-failed" v 1, Review alone Review, aside false,
        "A stage of the inspection broke down.",
        "What stands in what was not examined?";
    SPENT: "X04" "out-of-steps" v 1, Review alone Review, aside false,
        "The inspection took more steps than it may.",
        "What stands in what was not examined?";
}
