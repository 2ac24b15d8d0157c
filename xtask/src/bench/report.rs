//! What a run found, and where it was found.

use anyhow::Result;
use serde::Serialize;

use super::cpu;
use super::options::Options;
use super::table::{Row, markdown};
use super::tools::Tools;

/// What one part found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) rows: Vec<Row>,
    /// What a reader has to know to read the rows.
    pub(crate) notes: Vec<String>,
}

/// Everything that is printed.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: String,
    tools: String,
    rounds: usize,
    seconds: u64,
    load_before: f64,
    load_after: f64,
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Report {
    pub(crate) fn begin(options: &Options, tools: &Tools) -> Result<Self> {
        Ok(Self {
            machine: cpu::machine(),
            tools: tools.versions()?,
            rounds: options.rounds,
            seconds: options.seconds,
            load_before: cpu::load(),
            load_after: 0.0,
            rows: Vec::new(),
            notes: Vec::new(),
        })
    }

    pub(crate) fn add(&mut self, found: Findings) {
        self.rows.extend(found.rows);
        self.notes.extend(found.notes);
    }

    pub(crate) fn print(mut self, options: &Options) -> Result<()> {
        self.load_after = cpu::load();
        if options.json {
            println!("{}", serde_json::to_string_pretty(&self)?);
            return Ok(());
        }
        println!(
            "{}, load {} before and {} after; {}; medians; rounds: {}, each load {} s\n",
            self.machine, self.load_before, self.load_after, self.tools, self.rounds, self.seconds
        );
        println!("{}", markdown(&self.rows));
        println!(
            "Rates and times move with other work on the machine: read the ratios, each made in one round."
        );
        println!("Bold: not reached in this run.");
        for note in &self.notes {
            println!("{note}");
        }
        Ok(())
    }
}
