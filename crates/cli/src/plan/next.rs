use clap::Args;
use packhouse_app::config::Config;
use packhouse_app::plan::Archive;
use packhouse_plan::board::Value;
use serde_json::json;

use super::{Subject, Work, show, working};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome, chain};
use crate::output::out;

/// `plan next`.
#[derive(Debug, Args)]
pub(crate) struct Next {
    /// Hours of review to spend, first reviews and a year of updates together
    #[arg(long, value_name = "H", default_value_t = 800.0, value_parser = super::hours)]
    hours: f64,
    /// How many steps of work are shown
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// What a package is worth: downloads or priority
    #[arg(long, value_name = "WHAT", default_value = "downloads", value_parser = super::value)]
    by: Value,
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    work: Work,
}

impl Next {
    pub(super) async fn run(
        &self,
        common: &Common,
        archive: &Archive,
        config: &Config,
    ) -> Result<Outcome, Failure> {
        let (board, vetted) = self.subject.read(archive, config, &self.work.effort()).await?;
        let bar = working("looking for the best set");
        let found = board.next(&vetted, self.by, self.hours, self.top);
        bar.finish_and_clear();
        let found = found.map_err(|error| Failure::wrong_use(chain(&error)))?;
        if common.json {
            out!("{}", json!(found));
        } else {
            show::next(&found);
        }
        Ok(Outcome::Done)
    }
}
