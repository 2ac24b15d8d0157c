use clap::Args;
use packhouse_app::config::Config;
use packhouse_app::plan::Archive;
use packhouse_plan::assemble::{explained, ranked};
use packhouse_plan::board::Board;
use packhouse_plan::capacity::Effort;
use packhouse_plan::chart::{Dot, ScatterChart};
use packhouse_plan::names::PackageId;
use packhouse_plan::score::Policy;
use serde_json::json;

use super::draw::Draw;
use super::{Registry, Subject, board, show};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

/// Packages of a chart.
const DRAWN: usize = 300;

/// `plan rank`.
#[derive(Debug, Args)]
pub(crate) struct Rank {
    /// How many packages
    #[arg(long, value_name = "N", default_value_t = 30)]
    top: usize,
    /// downloads, dependents/developers, transitive/owners or exposure-fragility
    #[arg(long, value_name = "NAME", default_value = "exposure-fragility")]
    policy: String,
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    draw: Draw,
}

/// `plan explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The package
    #[arg(value_name = "NAME")]
    package: String,
    #[command(flatten)]
    registry: Registry,
}

impl Rank {
    pub(super) async fn run(
        &self,
        common: &Common,
        archive: &Archive,
        config: &Config,
    ) -> Result<Outcome, Failure> {
        let Some(policy) = Policy::named(&self.policy) else {
            let names: Vec<&str> = Policy::ALL.iter().map(|(name, _)| *name).collect();
            let text = format!("no policy {:?}; there are {}", self.policy, names.join(", "));
            return Err(Failure::wrong_use(text));
        };
        let board = self.subject.board(archive, &Effort::default())?;
        if self.draw.wanted() {
            let vetted = self.subject.vetted(&board, config).await?;
            self.draw.write(|look| scatter(&board, &vetted).draw(look))?;
        }
        let found = ranked(&board.scored, policy, self.top);
        if common.json {
            out!("{}", json!({ "packages": found }));
        } else {
            show::ranking(&found);
        }
        Ok(Outcome::Done)
    }
}

impl Explain {
    pub(super) fn run(&self, common: &Common, archive: &Archive) -> Result<Outcome, Failure> {
        let ecosystem = self.registry.read();
        let name = ecosystem.canonical(&self.package);
        let name =
            name.ok_or_else(|| Failure::wrong_use(format!("{:?} cannot be a package", self.package)))?;
        let board = board(archive, &ecosystem, &Effort::default())?;
        let found = explained(&board.scored, &name);
        let found = found.ok_or_else(|| Failure::no(format!("no imported data set names {name}")))?;
        if common.json {
            out!("{}", json!(found));
        } else {
            show::explained(&found);
        }
        Ok(Outcome::Done)
    }
}

/// What a scatter chart shows, ready to be drawn.
struct Scatter {
    title: String,
    sentence: String,
    dots: Vec<Dot>,
}

impl Scatter {
    fn draw(&self, look: packhouse_plan::chart::Look) -> String {
        ScatterChart { title: &self.title, sentence: &self.sentence, dots: &self.dots }.svg(look)
    }
}

fn scatter(board: &Board, vetted: &[PackageId]) -> Scatter {
    let exposed = board.exposed(DRAWN);
    let dots: Vec<Dot> = exposed.iter().map(|at| board.dot(*at, vetted.binary_search(at).is_ok())).collect();
    let (title, sentence) = board.scatter_words(&dots);
    Scatter { title, sentence, dots }
}
