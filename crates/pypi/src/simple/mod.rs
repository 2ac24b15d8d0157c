//! The Simple API: project pages and the list of projects, as upstreams send them and as we serve them.
//!
//! [`parse`] reads either form (JSON of PEP 691, HTML of PEP 503) into a [`Page`],
//! [`Page::to_json_document`] writes our stored form, which [`parse`] reads back to an equal page. What
//! clients get is a [`Listing`], whose URLs are ours: [`render_json`] and [`render_html`].
//!
//! Fields that we do not understand are kept: unknown keys in `extra` and `meta_extra`, unknown `data-*`
//! attributes in `html_attributes`. The exception is PEP 708 (`tracks`, `alternate-locations`), which was
//! rejected: a client that still believes it could be led to another index, so these keys are dropped.

mod collect;
mod complete;
mod document;
mod entities;
mod error;
mod html;
mod json;
mod list;
mod page;
mod parse;
mod render;
mod render_html;
mod render_json;
mod status;
mod write;

#[cfg(test)]
mod tests;

pub use complete::Lacks;
pub use error::{Limits, PageError};
pub use list::{ProjectList, parse_list, render_list_html, render_list_json};
pub use page::{CoreMetadata, File, Page, Skipped, Yanked};
pub use parse::parse;
pub use render::{ListedFile, Listing};
pub use render_html::render_html;
pub use render_json::render_json;
pub use status::{ProjectStatus, State};

/// The version of the Simple API that we serve (PEP 792). HTML stays at this one for ever (PEP 833).
pub const API_VERSION: &str = "1.4";

/// The key of our own data in a file's object; keys with a leading `_` are the server's (PEP 691).
pub const PRIVATE_KEY: &str = "_packhouse";

/// Whether a key is PEP 708's, which was rejected: see the module's documentation.
fn is_rejected_key(key: &str) -> bool {
    matches!(key, "tracks" | "alternate-locations")
}
