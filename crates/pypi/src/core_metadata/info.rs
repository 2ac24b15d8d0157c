use serde_json::{Map, Value, json};

use super::CoreMetadata;

impl CoreMetadata {
    /// The `info` object of the JSON API (`/pypi/<project>/<version>/json`) as far as METADATA can tell it.
    /// What it cannot tell (yanks, URLs of the upstream's own pages) has the value that means nothing is
    /// known.
    pub fn info_object(&self) -> Map<String, Value> {
        let mut info = Map::new();
        let mut set = |key: &str, value: Value| {
            info.insert(key.to_owned(), value);
        };
        let text = |header: &str| Value::from(self.get(header));
        // Warehouse writes an empty text, not null, for these headers when they are missing.
        let or_empty = |header: &str| Value::from(self.get(header).unwrap_or_default());
        set("author", or_empty("Author"));
        set("author_email", or_empty("Author-email"));
        set("bugtrack_url", Value::Null);
        set("classifiers", self.classifiers().collect());
        set("description", self.description.as_str().into());
        set("description_content_type", text("Description-Content-Type"));
        set("docs_url", Value::Null);
        set("download_url", or_empty("Download-URL"));
        // Counts are not kept there any more; -1 is Warehouse's own word for it.
        set("downloads", json!({"last_day": -1, "last_month": -1, "last_week": -1}));
        set("dynamic", self.list("Dynamic"));
        set("home_page", or_empty("Home-page"));
        set("keywords", or_empty("Keywords"));
        set("license", text("License"));
        set("license_expression", text("License-Expression"));
        set("license_files", self.list("License-File"));
        set("maintainer", or_empty("Maintainer"));
        set("maintainer_email", or_empty("Maintainer-email"));
        set("name", self.name.as_str().into());
        set("package_url", Value::Null);
        set("platform", text("Platform"));
        set("project_url", Value::Null);
        set("project_urls", self.project_urls());
        set("provides_extra", self.list("Provides-Extra"));
        set("release_url", Value::Null);
        set("requires_dist", self.list("Requires-Dist"));
        set("requires_python", text("Requires-Python"));
        set("summary", or_empty("Summary"));
        set("version", self.version.as_str().into());
        set("yanked", false.into());
        set("yanked_reason", Value::Null);
        info
    }

    /// A header that may be repeated: a list, or null when it is not there.
    fn list(&self, header: &str) -> Value {
        let values: Vec<_> = self.all(header).collect();
        if values.is_empty() { Value::Null } else { values.into() }
    }

    /// `Project-URL: label, URL`
    fn project_urls(&self) -> Value {
        let urls: Map<String, Value> = self
            .all("Project-URL")
            .filter_map(|entry| entry.split_once(','))
            .map(|(label, url)| (label.trim().to_owned(), url.trim().into()))
            .collect();
        if urls.is_empty() { Value::Null } else { Value::Object(urls) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::MetadataLimits;
    use super::*;

    #[test]
    fn has_the_shape_of_the_json_api() {
        let text = "Metadata-Version: 2.1\nName: Foo\nVersion: 1.0\nClassifier: A :: B\nRequires-Dist: x\n\
                    Project-URL: Source, https://example.invalid/a,b\nProject-URL: nonsense\n\nHello\n";
        let info =
            CoreMetadata::parse(text.as_bytes(), &MetadataLimits::default()).expect("metadata").info_object();
        for (key, expected) in [
            ("name", json!("Foo")),
            ("version", json!("1.0")),
            ("author", json!("")),
            ("classifiers", json!(["A :: B"])),
            ("requires_dist", json!(["x"])),
            ("requires_python", Value::Null),
            ("provides_extra", Value::Null),
            ("project_urls", json!({"Source": "https://example.invalid/a,b"})),
            ("description", json!("Hello\n")),
            ("yanked", json!(false)),
        ] {
            assert_eq!(info[key], expected, "{key}");
        }
    }
}
