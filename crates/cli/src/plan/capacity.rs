use clap::Args;
use packhouse_app::config::Config;
use packhouse_app::plan::Archive;
use packhouse_plan::board::Value;
use packhouse_plan::curve::maintainers;
use serde_json::json;

use super::{Subject, Work, show, stepping};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome, chain};
use crate::output::out;

/// `plan capacity`.
#[derive(Debug, Args)]
pub(crate) struct Capacity {
    /// Up to how many maintainers
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=1_000))]
    up_to: u64,
    /// How many packages a maintainer looks after by the plain rule
    #[arg(long, value_name = "N", default_value = "403", value_parser = clap::value_parser!(u32).range(1..))]
    each: u32,
    /// What a package is worth: downloads or priority
    #[arg(long, value_name = "WHAT", default_value = "downloads", value_parser = super::value)]
    by: Value,
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    work: Work,
}

impl Capacity {
    pub(super) async fn run(
        &self,
        common: &Common,
        archive: &Archive,
        config: &Config,
    ) -> Result<Outcome, Failure> {
        let effort = self.work.effort();
        let (board, vetted) = self.subject.read(archive, config, &effort).await?;
        let bar = stepping("maintainers", self.up_to);
        let found =
            board.capacity(&vetted, self.by, &effort, 1, self.up_to, &mut |done| bar.set_position(done));
        bar.finish_and_clear();
        let found = found.map_err(|error| Failure::wrong_use(chain(&error)))?;
        let now = board.standing(&vetted, self.by);
        let plain: Vec<_> = board.curve(None).map_or_else(Vec::new, |curve| {
            let needed = packhouse_plan::curve::SHARES.map(|share| (share, curve.needed(share).packages));
            needed
                .into_iter()
                .filter_map(|(share, packages)| {
                    Some((share, packages?, maintainers(packages?, self.each as usize)))
                })
                .collect()
        });
        if common.json {
            let plain: Vec<_> = plain
                .iter()
                .map(|(share, packages, people)| json!({ "share": share, "packages": packages, "maintainers": people }))
                .collect();
            out!(
                "{}",
                json!({ "by": self.by, "now": now, "staff": found, "plain-rule": { "each": self.each, "shares": plain } })
            );
        } else {
            show::capacity(&now, &found, &plain, self.each, self.by);
        }
        Ok(Outcome::Done)
    }
}
