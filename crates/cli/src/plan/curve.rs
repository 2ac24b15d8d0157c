use clap::Args;
use packhouse_app::config::Config;
use packhouse_app::plan::Archive;
use packhouse_plan::board::Value;
use packhouse_plan::capacity::Effort;
use packhouse_plan::chart::{CurveChart, Own, Vetted};
use serde_json::json;

use super::draw::Draw;
use super::vetted::names_in;
use super::{Subject, show};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

/// `plan curve`.
#[derive(Debug, Args)]
pub(crate) struct Curve {
    /// How many packages the registry has in all, where the tail ends [default: those that the data sets name]
    #[arg(long = "registry", value_name = "N")]
    registry_size: Option<usize>,
    /// How many packages a maintainer looks after
    #[arg(long, value_name = "N", default_value = "403", value_parser = clap::value_parser!(u32).range(1..))]
    each: u32,
    /// Draw these requirements on the curve: a lockfile, requirements.txt, or a name a line
    #[arg(long, value_name = "FILE")]
    requirements: Option<std::path::PathBuf>,
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    draw: Draw,
}

impl Curve {
    pub(super) async fn run(
        &self,
        common: &Common,
        archive: &Archive,
        config: &Config,
    ) -> Result<Outcome, Failure> {
        let (board, vetted) = self.subject.read(archive, config, &Effort::default()).await?;
        let (Some(about), Some(curve)) = (board.downloads(), board.curve(self.registry_size)) else {
            return Err(Failure::no("no list of downloads was imported"));
        };
        let standing = board.standing(&vetted, Value::Downloads);
        let rows = show::shares(&curve, self.each as usize);
        if self.draw.wanted() {
            let own = match &self.requirements {
                Some(path) => board.own(names_in(path)?.iter().map(String::as_str), &vetted),
                None => Vec::<Own>::new(),
            };
            let (title, sentence) = board.curve_words(about, &curve);
            let vetted = Vetted { packages: vetted.len(), share: standing.share };
            let chart = CurveChart {
                title: &title,
                sentence: &sentence,
                curve: &curve,
                vetted: Some(vetted),
                own: &own,
            };
            self.draw.write(|look| chart.svg(look))?;
        }
        if common.json {
            let answer = json!({
                "of": about, "listed": curve.len(), "tail": curve.tail(), "shares": rows, "vetted": standing,
            });
            out!("{answer}");
        } else {
            show::curve(about, &curve, &rows, &standing);
        }
        Ok(Outcome::Done)
    }
}
