//! Random advisories: some that are there from the beginning, some that come, change or are withdrawn later; and people's
//! words about names.

use packhouse_app::Packhouse;
use packhouse_pypi::normalize;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A record of the world: its id, its project, and what it says of versions.
const RECORDS: [(&str, &str, &str); 6] = [
    ("MAL-2026-1", "alpha", r#"{"versions": ["1.0"]}"#),
    ("MAL-2026-2", "gamma", "{}"),
    ("MAL-2026-3", "local", r#"{"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}"#),
    (
        "PYSEC-2026-1",
        "alpha",
        r#"{"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]}"#,
    ),
    ("PYSEC-2026-2", "sdist-only", r#"{"versions": ["1.0"]}"#),
    ("PYSEC-2026-3", "acmecorp", r#"{"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}"#),
];

/// What happens to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Absent,
    There,
    Withdrawn,
}

/// Which records there are at first, and then.
#[derive(Debug, Clone, Default)]
pub(crate) struct Records {
    first: Vec<Fate>,
    then: Vec<Fate>,
    confirms: bool,
}

pub(crate) fn records() -> impl Strategy<Value = Records> {
    let fates = || {
        let fate = prop::sample::select(vec![Fate::Absent, Fate::Absent, Fate::There, Fate::Withdrawn]);
        prop::collection::vec(fate, RECORDS.len())
    };
    (fates(), fates(), any::<bool>()).prop_map(|(first, then, confirms)| Records { first, then, confirms })
}

impl Records {
    /// Brings in those of the beginning.
    pub(crate) async fn first(&self, packhouse: &Packhouse) {
        bring(packhouse, &self.first, 1).await;
    }

    /// Brings in, withdraws and removes others; somebody may say that a name is another thing.
    pub(crate) async fn then(&self, packhouse: &Packhouse) {
        bring(packhouse, &self.then, 2).await;
        if self.confirms {
            let name = normalize("reqeusts").expect("a name");
            let others = ["requests".to_owned()];
            packhouse.confirm_name(&name, &others, "a fork", "ada").await.expect("a word");
        }
    }
}

async fn bring(packhouse: &Packhouse, fates: &[Fate], second: u32) {
    let folder = tempfile::tempdir().expect("a folder");
    for ((id, project, affected), fate) in RECORDS.iter().zip(fates) {
        if *fate == Fate::Absent {
            // Not there: an error that says so is as good.
            let _ = packhouse.forget_advisory(id).await;
            continue;
        }
        let mut part: Value = serde_json::from_str(affected).expect("JSON");
        part["package"] = json!({ "ecosystem": "PyPI", "name": project });
        let mut record = json!({
            "id": id,
            "modified": format!("2026-05-01T00:00:0{second}Z"),
            "summary": "something is wrong",
            "affected": [part],
        });
        if *fate == Fate::Withdrawn {
            record["withdrawn"] = "2026-05-01T00:00:00Z".into();
        }
        std::fs::write(folder.path().join(format!("{id}.json")), record.to_string()).expect("a file");
    }
    let report = packhouse.import_advisories(folder.path(), &|_| ()).await.expect("an import");
    assert_eq!(report.unread, 0, "{report:?}");
}
