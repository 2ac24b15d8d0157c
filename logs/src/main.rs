//! `packhouse-logs`: tables for `packhouse plan import`, made of raw logs by the queries of the repository.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program speaks to the terminal")]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use packhouse_logs::{Logs, LogsError, queries};

/// Makes tables for `packhouse plan import` out of raw logs
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// The folder of the logs: in it a folder for each table, such as `file_downloads/*.parquet`
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// Where the tables go
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Megabytes for sorting and grouping; more goes to the disk [default: all there is]
    #[arg(long, value_name = "MB")]
    memory: Option<usize>,
    /// Files with a query each, or folders of them
    #[arg(value_name = "QUERY", required = true)]
    queries: Vec<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprint!(": {error}");
                cause = error.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), LogsError> {
    let disk = |source| LogsError::Disk { path: arguments.from.clone(), source };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(disk)?;
    runtime.block_on(async {
        let memory = arguments.memory.map(|megabytes| megabytes.saturating_mul(1_000_000));
        let logs = Logs::open(&arguments.from, memory).await?;
        for query in queries(&arguments.queries)? {
            for written in logs.run(&query, &arguments.to).await? {
                println!("{}: {} rows", written.path.display(), written.rows);
            }
        }
        Ok(())
    })
}
