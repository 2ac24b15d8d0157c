//! The document as our clients get it.

use serde_json::{Map, Value, json};

use super::{ProjectJson, entries, filename_of};
use crate::simple::PRIVATE_KEY;

/// What is to become of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is listed with our URL.
    Serve {
        /// Where a client gets it.
        url: String,
    },
    /// It is listed as yanked, with our reason; what upstream says stands under [`PRIVATE_KEY`].
    Refused {
        /// Where a client is told why.
        url: String,
        /// Why, in a sentence.
        reason: String,
    },
}

/// The version that `info` and `urls` are to be about.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// As it is written in `releases`.
    pub version: &'a str,
    /// Its `info`, if it is known ([`crate::core_metadata::CoreMetadata::info_object`]). Not needed when
    /// upstream's document is about the same version.
    pub info: Option<&'a Map<String, Value>>,
}

/// Keys of `info` that are about the project, not about one of its versions.
const PROJECT_KEYS: [&str; 6] =
    ["name", "package_url", "project_url", "docs_url", "bugtrack_url", "downloads"];

impl ProjectJson {
    /// The document of the project, about `chosen`, or about upstream's version if there is none to choose.
    /// A file for which there is no verdict is left out: nothing is shown that has not been decided on.
    pub fn client_document(
        &self,
        chosen: Option<Chosen<'_>>,
        verdict: impl Fn(&str) -> Option<Verdict>,
    ) -> Vec<u8> {
        self.write(chosen, true, &verdict)
    }

    /// The document of one version; `None` when this document does not know it. It is the same without
    /// `releases`.
    pub fn version_document(
        &self,
        chosen: Chosen<'_>,
        verdict: impl Fn(&str) -> Option<Verdict>,
    ) -> Option<Vec<u8>> {
        let known = self.versions().any(|version| version == chosen.version)
            || self.version() == Some(chosen.version);
        known.then(|| self.write(Some(chosen), false, &verdict))
    }

    fn write(
        &self,
        chosen: Option<Chosen<'_>>,
        with_releases: bool,
        verdict: &dyn Fn(&str) -> Option<Verdict>,
    ) -> Vec<u8> {
        let version = chosen.map(|chosen| chosen.version).or(self.version()).unwrap_or_default();
        let same = self.version() == Some(version);
        let urls = files(self.entries_of(version), verdict);
        let mut document = Map::new();
        for (key, value) in &self.document {
            let value = match key.as_str() {
                "info" => self.info_of(version, chosen.and_then(|chosen| chosen.info), &urls),
                "releases" if with_releases => self.releases_with(verdict),
                "releases" | "urls" => continue,
                // These are about upstream's version; of another one we do not know them, and an empty list
                // would say that it has none.
                "vulnerabilities" if !same => continue,
                _ => value.clone(),
            };
            document.insert(key.clone(), value);
        }
        document.insert("urls".to_owned(), Value::Array(urls));
        Value::Object(document).to_string().into_bytes()
    }

    fn releases_with(&self, verdict: &dyn Fn(&str) -> Option<Verdict>) -> Value {
        let releases = self.releases().into_iter().flatten();
        let view =
            releases.map(|(version, listed)| (version.clone(), files(entries(listed), verdict).into()));
        Value::Object(view.collect())
    }

    fn info_of(&self, version: &str, given: Option<&Map<String, Value>>, urls: &[Value]) -> Value {
        let upstream = self.info().cloned().unwrap_or_default();
        let same = self.version() == Some(version);
        let mut info = upstream;
        if !same {
            for (key, value) in &mut info {
                if !PROJECT_KEYS.contains(&key.as_str()) {
                    *value = given.and_then(|given| given.get(key)).cloned().unwrap_or(Value::Null);
                }
            }
            for (key, value) in given.into_iter().flatten() {
                if !info.contains_key(key) {
                    info.insert(key.clone(), value.clone());
                }
            }
            info.insert("version".to_owned(), version.into());
        }
        // A version is yanked when all its files are: by upstream, or here by us.
        let yanked = |file: &Value| file.get("yanked") == Some(&Value::Bool(true));
        let all = !urls.is_empty() && urls.iter().all(yanked);
        if all || !same {
            let reason = urls.iter().filter(|_| all).find_map(|file| file.get("yanked_reason"));
            info.insert("yanked".to_owned(), all.into());
            info.insert("yanked_reason".to_owned(), reason.cloned().unwrap_or(Value::Null));
        }
        Value::Object(info)
    }
}

fn files(listed: &[Value], verdict: &dyn Fn(&str) -> Option<Verdict>) -> Vec<Value> {
    listed.iter().filter_map(|entry| file(entry, verdict(filename_of(entry)?)?)).collect()
}

fn file(entry: &Value, verdict: Verdict) -> Option<Value> {
    let mut file = entry.as_object()?.clone();
    // Our own key means what we say there, whatever an upstream of the same kind wrote.
    file.shift_remove(PRIVATE_KEY);
    match verdict {
        Verdict::Serve { url } => {
            file.insert("url".to_owned(), url.into());
        }
        Verdict::Refused { url, reason } => {
            let upstream = |key: &str| entry.get(key).cloned().unwrap_or(Value::Null);
            let private = json!({
                "refused": reason,
                "upstream": {"yanked": upstream("yanked"), "yanked_reason": upstream("yanked_reason")},
            });
            file.insert("url".to_owned(), url.into());
            file.insert("yanked".to_owned(), true.into());
            file.insert("yanked_reason".to_owned(), reason.into());
            file.insert(PRIVATE_KEY.to_owned(), private);
        }
    }
    Some(Value::Object(file))
}
