//! The advisory that followed: an OSV record for each bad release, as an operator's source gives it.

use packhouse_model::Timestamp;
use serde_json::json;

use crate::story::Story;
use crate::world::{Server, World};

/// Gives a server the advisories of a story.
pub(crate) fn publish(world: &World, server: &Server, story: &Story, published: Timestamp) {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, id) in story.bad.keys().enumerate() {
        let (project, version) = id.split_once("==").expect("project==version");
        let name = format!("MAL-2000-{number}");
        let record = json!({
            "id": name,
            "modified": published.to_string(),
            "published": published.to_string(),
            "summary": format!("Malicious code in {project}"),
            "affected": [{ "package": { "ecosystem": "PyPI", "name": project }, "versions": [version] }],
        });
        std::fs::write(folder.path().join(format!("{name}.json")), record.to_string()).expect("a record");
    }
    let taken = world.runtime.block_on(server.packhouse.import_advisories(folder.path(), &|_| ()));
    taken.expect("the advisories are taken in");
}
