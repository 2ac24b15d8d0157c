//! Which names look like which, and what is said of them.

use std::sync::LazyLock;

use packhouse_model::ProjectName;
use packhouse_names::{CompactError, IndexBuilder, NameIndex, Original, Relation, Standing, Vocabulary};
use proptest::prelude::*;

const POPULAR: [&str; 24] = [
    "requests",
    "django",
    "urllib3",
    "setuptools",
    "boto3",
    "pytz",
    "python-dateutil",
    "colorama",
    "kafka-python",
    "numpy",
    "matplotlib",
    "jellyfish",
    "azure-mgmt-dns",
    "azure-mgmt-cdn",
    "azure-mgmt-monitor",
    "beautifulsoup4",
    "pyyaml",
    "werkzeug",
    "scikit-learn",
    "flask-login",
    "sha2",
    "termcolor",
    "elasticsearch",
    "tokenizers",
];

fn name(text: &str) -> ProjectName {
    ProjectName::from_canonical(text)
}

fn builder() -> IndexBuilder {
    let mut builder = IndexBuilder::new(Vocabulary::PYTHON);
    for (rank, project) in POPULAR.iter().enumerate() {
        builder.project(name(project), Standing::Popular, rank as u32);
    }
    builder.module("yaml", name("pyyaml")).module("flask_login", name("flask-login")).namespace("acme-*");
    builder.established(&name("requestz")).established(&name("acme-old"));
    builder
}

fn index() -> &'static NameIndex {
    static INDEX: LazyLock<NameIndex> = LazyLock::new(|| builder().build());
    &INDEX
}

fn bytes() -> &'static [u8] {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| index().to_bytes());
    &BYTES
}

fn loaded() -> &'static NameIndex {
    static LOADED: LazyLock<NameIndex> =
        LazyLock::new(|| NameIndex::from_bytes(bytes(), Vocabulary::PYTHON).expect("its own bytes"));
    &LOADED
}

fn nearest(index: &NameIndex, text: &str) -> Option<(String, Relation)> {
    let likeness = index.nearest(&name(text))?;
    let original = match likeness.original {
        Original::Project(project) => project.to_string(),
        Original::StandardLibrary(module) | Original::Module { module, .. } => module,
        Original::Namespace(pattern) => pattern,
    };
    Some((original, likeness.relation))
}

#[test]
fn relations() {
    let index = index();
    for (asked, original, relation) in [
        ("setup-tools", "setuptools", Relation::Separators),
        ("scikitlearn", "scikit-learn", Relation::Separators),
        ("jeilyfish", "jellyfish", Relation::Ultranormalized),
        ("b0to3", "boto3", Relation::Ultranormalized),
        ("rnatplotlib", "matplotlib", Relation::LookAlike),
        ("vverkzeug", "werkzeug", Relation::LookAlike),
        ("r3quests", "requests", Relation::LookAlike),
        ("r\u{435}quests", "requests", Relation::Separators),
        ("colourama", "colorama", Relation::Spelling),
        ("tokenisers", "tokenizers", Relation::Spelling),
        ("os", "os", Relation::StandardLibrary),
        ("config-parser", "configparser", Relation::StandardLibrary),
        ("yaml", "yaml", Relation::ImportName),
        ("python-kafka", "kafka-python", Relation::WordOrder),
        ("pythonkafka", "kafka-python", Relation::WordOrder),
        ("learn-scikit", "scikit-learn", Relation::WordOrder),
        ("reqeusts", "requests", Relation::Transposed),
        ("bo3to", "boto3", Relation::Transposed),
        ("nupmy", "numpy", Relation::Transposed),
        ("djangi", "django", Relation::NeighbourKey),
        ("djago", "django", Relation::OneLetter),
        ("rrequests", "requests", Relation::OneLetter),
        ("equests", "requests", Relation::OneLetter),
        ("azure-mgmt-monitro", "azure-mgmt-monitor", Relation::Transposed),
        ("azure-mgmt-monitpr", "azure-mgmt-monitor", Relation::NeighbourKey),
        ("python3-dateutil", "python-dateutil", Relation::Affix),
        ("pytz3-dev", "pytz", Relation::Affix),
        ("requests-darwin-lite", "requests", Relation::Affix),
        ("urllib", "urllib", Relation::StandardLibrary),
        ("telnet", "telnetlib", Relation::Affix),
        ("tkint3rs", "tkinter", Relation::LookAlike),
        ("requesgt", "requests", Relation::TwoLetters),
        ("acme-anything", "acme-*", Relation::Namespace),
        ("acme", "acme-*", Relation::Namespace),
        ("acme-old", "acme-*", Relation::Namespace),
    ] {
        assert_eq!(nearest(index, asked), Some((original.to_owned(), relation)), "{asked}");
    }
}

#[test]
fn what_is_something_of_its_own() {
    let index = index();
    for asked in [
        "requests",        // itself
        "requestz",        // established
        "azure-mgmt-web",  // a member of a family
        "grequests",       // a letter before a word
        "sha3",            // another version of a thing
        "pickle5",         // a back port
        "elasticsearch-8", // a number behind a separator
        "flask-admin",     // another word
        "numba",           // a short name
        "acmeish",         // not in the namespace
        "",
        "x",
    ] {
        assert_eq!(nearest(index, asked), None, "{asked}");
    }
    assert_eq!(nearest(index, &"a".repeat(10_000)), None);
}

#[test]
fn the_less_used_a_name_the_closer_is_looked() {
    let mut builder = IndexBuilder::new(Vocabulary::PYTHON);
    builder.project(name("seldomused"), Standing::Popular, 4_000);
    let index = builder.build();
    assert_eq!(nearest(&index, "seldomusd"), None);
    assert_eq!(nearest(&index, "seldom-used"), Some(("seldomused".to_owned(), Relation::Separators)));
    assert_eq!(nearest(&index, "sedlomused"), Some(("seldomused".to_owned(), Relation::Transposed)));
}

#[test]
fn vetted_comes_before_popular() {
    let mut builder = IndexBuilder::new(Vocabulary::NONE);
    builder.project(name("abcdefgh"), Standing::Popular, 1).project(name("abcdefgz"), Standing::Vetted, 2);
    let index = builder.build();
    let looked: Vec<_> = index.look(&name("abcdefgp")).into_iter().map(|found| found.original).collect();
    assert_eq!(looked, [Original::Project(name("abcdefgz")), Original::Project(name("abcdefgh"))]);
}

#[test]
fn sentences() {
    let index = index();
    for (asked, short, sentence) in [
        (
            "reqeusts",
            "looks like requests (letters changed places)",
            "reqeusts is a new name, and looks like requests: letters changed places.",
        ),
        (
            "yaml",
            "is named as the module yaml of pyyaml",
            "yaml has the name of the module yaml, which the project pyyaml brings; pyyaml is what to install for it.",
        ),
        (
            "os",
            "is named as the standard library's module os",
            "os has the name of os, a module that comes with the language and needs no installation.",
        ),
        (
            "acme-x",
            "lies in the private namespace acme-*",
            "The name acme-x lies in the private namespace acme-*, which is never asked of an upstream.",
        ),
    ] {
        let likeness = index.nearest(&name(asked)).expect(asked);
        assert_eq!(likeness.short(), short);
        assert_eq!(likeness.sentence(asked), sentence);
    }
}

/// The labelled pairs of the example whose originals are among the projects above.
#[test]
fn labelled_pairs() {
    let index = index();
    let mut asked = 0;
    for line in include_str!("../examples/recall/pairs.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (squat, original) = (fields.next().expect("a name"), fields.next().expect("an original"));
        let expected = match original.strip_prefix("module:") {
            Some(module) => Original::StandardLibrary(module.to_owned()),
            None if POPULAR.contains(&original) => Original::Project(name(original)),
            None => continue,
        };
        asked += 1;
        let found = index.look(&name(squat));
        assert!(
            found.iter().any(|likeness| likeness.original == expected),
            "{squat} ~ {original}: {found:?}"
        );
    }
    assert!(asked >= 25, "{asked}");
}

#[test]
fn damaged_bytes_are_an_error() {
    let bytes = index().to_bytes();
    let load = |bytes: &[u8]| NameIndex::from_bytes(bytes, Vocabulary::PYTHON);
    assert!(load(&bytes).is_ok());
    assert_eq!(load(b"").err(), Some(CompactError::Magic));
    assert_eq!(load(b"PHNAMES0").err(), Some(CompactError::Magic));
    assert!(load(&[&bytes[..], b"x"].concat()).is_err());
    let mut huge = bytes.clone();
    huge[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(load(&huge).err(), Some(CompactError::Damaged { part: "the names" }));
}

proptest! {
    #[test]
    fn loaded_answers_as_built(asked in "[a-z0-9-]{1,24}", at in 0..POPULAR.len(), cut in 0usize..12) {
        let built = index();
        let loaded = loaded();
        let mut near = POPULAR[at].to_owned();
        near.remove(cut % near.len());
        for text in [asked, near] {
            prop_assert_eq!(built.look(&name(&text)), loaded.look(&name(&text)));
        }
    }

    #[test]
    fn bytes_never_make_it_panic(at in 0usize..20_000, value: u8, asked in "\\PC{0,40}") {
        let mut bytes = bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = value;
        if let Ok(index) = NameIndex::from_bytes(&bytes, Vocabulary::PYTHON) {
            index.look(&name(&asked));
            index.look(&name("reqeusts"));
        }
    }

    #[test]
    fn names_never_make_it_panic(asked in "\\PC{0,220}") {
        index().look(&name(&asked));
    }

    /// Whatever two letters change places in a name of at least five, the original is found.
    #[test]
    fn any_transposition(at in 0..POPULAR.len(), one in 0usize..40, other in 0usize..40) {
        let index = index();
        let mut letters: Vec<char> = POPULAR[at].chars().collect();
        let (one, other) = (one % letters.len(), other % letters.len());
        letters.swap(one, other);
        let asked: String = letters.into_iter().collect();
        let words = asked.split('-').count() == 1 && POPULAR[at].len() >= 5 && asked.is_ascii();
        if words && !POPULAR.contains(&asked.as_str()) {
            prop_assert!(index.look(&name(&asked)).iter().any(|likeness| {
                likeness.original == Original::Project(name(POPULAR[at]))
            }), "{asked}");
        }
    }

    /// One letter less, behind the first, in a name of at least seven.
    #[test]
    fn any_letter_less(at in 0..POPULAR.len(), cut in 1usize..40) {
        let project = POPULAR[at];
        prop_assume!(project.len() >= 7 && !project.contains('-'));
        let mut asked = project.to_owned();
        let removed = asked.remove(1 + cut % (project.len() - 1));
        prop_assume!(!removed.is_ascii_digit());
        prop_assert!(index().look(&name(&asked)).iter().any(|likeness| {
            likeness.original == Original::Project(name(project))
        }), "{asked}");
    }
}
