//! The configured sources: asked again and again, and read only when they changed.

use std::path::PathBuf;

use packhouse_model::UpstreamName;
use packhouse_store::AdvisorySource;
use packhouse_upstream::{PageReply, SafeUrl, UpstreamClient, UpstreamConfig, Validators};

use super::take::{AdvisoryImport, AdvisoryProgress, Reading, aside};
use crate::error::{AppError, chain};
use crate::packhouse::Packhouse;

/// What a source gave.
enum Given {
    Nothing,
    Read(Box<Reading>, Validators),
}

impl Packhouse {
    /// Asks every configured source. One that fails keeps what it gave before; the error names it after the others were
    /// asked.
    pub async fn update_advisories(
        &self,
        progress: &(dyn Fn(AdvisoryProgress) + Sync),
    ) -> Result<Vec<AdvisoryImport>, AppError> {
        let mut reports = Vec::new();
        let mut failed = None;
        for source in &self.settings.advisories.sources {
            match self.update_source(source, progress).await {
                Ok(report) => reports.push(report),
                Err(error) => {
                    tracing::warn!(source = %shown(source), error = %chain(&error), "advisories were not updated");
                    failed = failed.or(Some(error));
                }
            }
        }
        failed.map_or(Ok(reports), Err)
    }

    async fn update_source(
        &self,
        source: &str,
        progress: &(dyn Fn(AdvisoryProgress) + Sync),
    ) -> Result<AdvisoryImport, AppError> {
        let name = shown(source);
        let before = self.store.advisory_sources().await?.into_iter().find(|known| known.name == name);
        let mut row = before.unwrap_or(AdvisorySource {
            name: name.clone(),
            etag: None,
            last_modified: None,
            checked: self.now(),
            updated: None,
            problem: None,
        });
        row.checked = self.now();
        let done = self.ask_source(source, &name, &mut row, progress).await;
        row.problem = done.as_ref().err().map(|error| chain(error));
        self.store.put_advisory_source(&row).await?;
        done
    }

    async fn ask_source(
        &self,
        source: &str,
        name: &str,
        row: &mut AdvisorySource,
        progress: &(dyn Fn(AdvisoryProgress) + Sync),
    ) -> Result<AdvisoryImport, AppError> {
        let known = self.store.advisory_ids(name).await?;
        let (largest, reading) = (self.settings.advisories.max_size, Reading::new(name, known));
        let given = if is_address(source) {
            self.fetch_source(source, row, reading).await?
        } else {
            let path = PathBuf::from(source);
            let mut reading = reading;
            let read = aside(move || reading.path(&path, largest).map(|()| reading));
            Given::Read(Box::new(read.await?), Validators::default())
        };
        match given {
            Given::Nothing => Ok(AdvisoryImport {
                source: name.to_owned(),
                unchanged_source: true,
                ..AdvisoryImport::default()
            }),
            Given::Read(reading, validators) => {
                let report = self.keep_advisories(*reading, true, progress).await?;
                // Only now: an import that was cut off is done again.
                row.etag = validators.etag;
                row.last_modified = validators.last_modified;
                row.updated = Some(self.now());
                Ok(report)
            }
        }
    }

    async fn fetch_source(
        &self,
        source: &str,
        row: &AdvisorySource,
        mut reading: Reading,
    ) -> Result<Given, AppError> {
        let settings = &self.settings;
        let wrong = |error: &dyn std::error::Error| AppError::BadRequest {
            what: format!("the source of advisories {} cannot be asked: {}", shown(source), chain(error)),
        };
        let url: SafeUrl = source.parse().map_err(|error| wrong(&error))?;
        let name: UpstreamName = "advisories".parse().map_err(|error| wrong(&error))?;
        let client = UpstreamClient::new(UpstreamConfig {
            connect_timeout: settings.upstream.connect_timeout,
            request_timeout: settings.advisories.timeout,
            idle_timeout: settings.upstream.idle_timeout,
            retries: settings.upstream.retries,
            ..UpstreamConfig::new(name, url.clone())
        });
        let client = client.map_err(|error| wrong(&error))?;
        let validators = Validators { etag: row.etag.clone(), last_modified: row.last_modified.clone() };
        let reply = client.conditional(&url, settings.advisories.max_size, &validators).await;
        let what = || format!("the advisories of {} could not be fetched", shown(source));
        match reply.map_err(|error| AppError::upstream(&what(), &error))? {
            PageReply::NotModified => Ok(Given::Nothing),
            PageReply::Absent => Err(AppError::not_found(format!("{}: there is nothing", what()))),
            PageReply::Page(document) => {
                let (validators, name) = (document.validators.clone(), shown(source));
                let read = aside(move || reading.bytes(&name, &document.bytes).map(|()| reading));
                Ok(Given::Read(Box::new(read.await?), validators))
            }
        }
    }
}

fn is_address(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

/// A source without its password.
fn shown(source: &str) -> String {
    if !is_address(source) {
        return source.to_owned();
    }
    source
        .parse::<SafeUrl>()
        .map_or_else(|_| "(unreadable address)".to_owned(), |url| url.without_credentials().to_string())
}
