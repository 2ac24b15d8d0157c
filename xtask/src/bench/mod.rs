//! `cargo xtask bench`: how fast the served index is, beside nginx handing out the same bytes in the same run.
//!
//! Every number that counts is a ratio of two measurements made one after the other, so that other work on the
//! machine weighs on both. All load stays on loopback but that of `cold`, which asks the machine's own registry.

mod cold;
mod cpu;
mod fixture;
mod herd;
mod http;
mod inspect;
mod loads;
mod nginx;
mod options;
mod peers;
mod process;
mod report;
mod server;
mod start;
mod table;
mod tools;
mod warm;
mod wrk;

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use options::{Options, Part};
use report::Report;
use server::Packhouse;

/// Where everything lies that a run makes; nothing in it is needed again but the peers' environments.
#[derive(Debug)]
pub(crate) struct Place {
    /// `target/bench`.
    pub(crate) root: PathBuf,
}

impl Place {
    fn new() -> Result<Self> {
        let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("a workspace")?;
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
        let place = Self { root: target.join("bench") };
        std::fs::create_dir_all(place.runs()).context("target/bench cannot be made")?;
        Ok(place)
    }

    /// Folders of this run's servers, and their logs.
    fn runs(&self) -> PathBuf {
        self.root.join("run")
    }

    /// An empty folder of this run.
    pub(crate) fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.runs().join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("{} stays", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(folder)
    }

    /// Where a program's output goes.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.runs().join(format!("{name}.log"))
    }
}

/// Runs the parts that are asked for and prints one table.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let Some(options) = Options::parse(arguments)? else {
        print!("{}", options::HELP);
        return Ok(());
    };
    process::end_all_on_signals()?;
    let place = Place::new()?;
    let tools = tools::ready()?;
    let program = match &options.program {
        Some(program) => program.clone(),
        None => server::build(&place)?,
    };
    let packhouse = Packhouse { program: &program, place: &place };
    let mut report = Report::begin(&options, &tools)?;
    for peer in &options.peers {
        peer.install(&place)?;
    }
    if options.wants(Part::Start) {
        report.add(start::measure(&place, &packhouse, &tools, &options)?);
    }
    if options.wants(Part::Warm) || options.wants(Part::Memory) {
        report.add(warm::measure(&place, &packhouse, &tools, &options)?);
    }
    if options.wants(Part::Herd) {
        report.add(herd::measure(&place, &packhouse, &tools, &options)?);
    }
    if options.wants(Part::Cold) {
        report.add(cold::measure(&place, &packhouse, &options)?);
    }
    if options.wants(Part::Inspect) {
        report.add(inspect::measure(&program, &options)?);
    }
    report.print(&options)
}
