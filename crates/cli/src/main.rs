#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod advisories;
mod arguments;
mod distribution;
mod exit;
mod index;
mod inspect;
mod logging;
mod names;
mod output;
mod plan;
mod policy;
mod serve;
mod settings;
mod tour;
mod why;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command, PolicyCommand};
use crate::exit::Outcome;
use crate::output::{err, out};

// Not yet compared with the system's allocator; see the root Cargo.toml for what was measured of its huge pages.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The command that takes one inspection from its standard input.
const INSPECTOR: &str = "inspector";

fn main() -> ExitCode {
    // One for each file that is inspected: it does not read what all other commands may be called with. And before any thread is
    // made: what it gives up, it gives up for one thread.
    if std::env::args_os().skip(1).eq([INSPECTOR]) {
        return packhouse_app::inspection::inspector();
    }
    let arguments = Arguments::parse();
    if matches!(arguments.command, Command::Inspector) {
        return packhouse_app::inspection::inspector();
    }
    let json = arguments.common.json;
    match run(&arguments) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Err(failure) => {
            if json {
                out!("{}", serde_json::json!({ "error": failure.message(), "hint": failure.hint }));
            } else {
                err!("error: {}", failure.message());
                if let Some(hint) = &failure.hint {
                    err!("\nhint: {hint}");
                }
            }
            failure.code()
        }
    }
}

fn run(arguments: &Arguments) -> Result<Outcome, exit::Failure> {
    let mut runtime = match &arguments.command {
        // Waits for one process.
        Command::Inspect(inspect) if !inspect.is_survey() => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime
        .enable_all()
        // File reads and parsers. Each thread keeps memory of its own; more than this only wait for the same disk.
        .max_blocking_threads(32)
        .build();
    let runtime = runtime.map_err(|error| exit::Failure::fault("the runtime did not start", &error))?;
    runtime.block_on(async {
        match &arguments.command {
            Command::Serve(serve) => serve::serve(&arguments.common, serve).await,
            Command::Worker => serve::work(&arguments.common).await,
            Command::Inspect(inspect) => inspect::inspect(&arguments.common, inspect).await,
            Command::Inspector => Ok(Outcome::Done),
            Command::Why(why) => why::why(&arguments.common, why).await,
            Command::Policy { command: PolicyCommand::Check(check) } => {
                policy::check(&arguments.common, check).await
            }
            Command::Advisories { command } => advisories::run(&arguments.common, command).await,
            Command::Names { command } => names::run(&arguments.common, command).await,
            Command::Plan { command } => plan::run(&arguments.common, command).await,
            Command::Settings => Ok(settings::list(&arguments.common)),
            Command::Distribution(command) => distribution::run(&arguments.common, command).await,
            Command::Tour(tour) => tour::tour(&arguments.common, tour).await,
        }
    })
}
