use super::render_json::render_stored;
use super::{File, ListedFile, Listing, Page};

impl Page {
    /// Our stored form: JSON of the Simple API 1.4 with upstream's absolute URLs and everything that was
    /// kept. [`super::parse`] reads it (content type `application/vnd.pypi.simple.v1+json`) back to an
    /// equal page.
    pub fn to_json_document(&self) -> Vec<u8> {
        let files: Vec<_> = self.files.iter().map(File::listed).collect();
        let listing = Listing {
            name: &self.name,
            versions: &self.versions,
            status: &self.status,
            last_serial: self.last_serial,
            files: &files,
            extra: &self.extra,
            meta_extra: &self.meta_extra,
        };
        render_stored(&listing, &self.skipped)
    }
}

impl File {
    /// The file as upstream lists it, with upstream's URLs. To serve it, put ours in their place.
    pub fn listed(&self) -> ListedFile<'_> {
        ListedFile {
            filename: &self.filename,
            url: self.url.as_str(),
            sha256: self.sha256,
            size: self.size,
            upload_time: self.upload_time,
            requires_python: self.requires_python.as_deref(),
            yanked: self.yanked.listed(),
            core_metadata: self.core_metadata,
            gpg_sig: self.gpg_sig,
            provenance: self.provenance.as_ref().map(url::Url::as_str),
            extra: &self.extra,
            html_attributes: &self.html_attributes,
            private: None,
        }
    }
}
