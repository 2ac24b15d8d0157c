//! The workspace's own tasks: `cargo xtask test`, `cargo xtask tidy`, `cargo xtask fuzz`,
//! `cargo xtask bench`.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task speaks to the terminal")]

mod bench;
mod container;
mod fuzz;
mod machine;
mod tests;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask <task>

  test    everything that has to hold: format, clippy, tidy, unit and end-to-end tests on both databases
  tidy    the rules of the house alone: dependencies, file sizes, forbidden names
  fuzz    the readers of hostile bytes, each for a few seconds; `fuzz --help`
  bench   how fast the served index is, beside nginx with the same bytes; `bench --help`
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let (task, rest) =
        arguments.split_first().map_or(("help", &[][..]), |(task, rest)| (task.as_str(), rest));
    match task {
        "test" => tests::run(rest),
        "tidy" => tidy::run(),
        "fuzz" => fuzz::run(rest),
        "bench" => bench::run(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("there is no task `{other}`\n\n{HELP}"),
    }
}
