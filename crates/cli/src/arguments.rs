use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

const ABOUT: &str = "A guarded, caching package index for pip, uv, Poetry and PDM.";

const EXAMPLES: &str = "\
Examples:
  packhouse serve                        proxy the index that this machine's pip uses, on 127.0.0.1:8141
  pip install --index-url http://127.0.0.1:8141/simple/ flask
  packhouse why flask                    what the index does with a project, and why
  packhouse why flask==3.1.3
  packhouse inspect flask==3.1.3         what a release does that deserves a look
  packhouse policy check                 what each rule does
  packhouse policy check uv.lock         what would happen to a lockfile
  packhouse settings                     every setting, with its environment variable
  packhouse found 'My distribution'      begin a distribution on this server's data
  packhouse project add flask            take flask and what it needs under maintenance
  packhouse queue                        what waits for a review; then packhouse review --help

Exit codes: 0 done, 1 the answer is no (refused, missing), 2 wrong use, 3 a fault.";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "packhouse", version, about = ABOUT, after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The configuration file [default: packhouse.toml here, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "PACKHOUSE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The folder for the database and the files [default: packhouse-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The simple index to proxy [default: what the installed client uses]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) upstream: Option<String>,
    /// How long an upstream page is taken for current, such as 10m
    #[arg(long, global = true, value_name = "TIME")]
    pub(crate) ttl: Option<String>,
    /// What to log: error, warn, info, debug, or tracing directives
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(crate) log: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the index
    Serve(Serve),
    /// Work off the job queue beside other processes that serve
    Worker,
    /// Say what an index does with a project or a version, and why
    Why(Why),
    /// Say what a wheel, an sdist, a folder or a release does that deserves a look
    Inspect(crate::inspect::Inspect),
    /// Inspect one file for the process that started this one
    #[command(hide = true)]
    Inspector,
    /// Look at the policy
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Advisories: taking them in, looking at them, and who got what they speak of
    Advisories {
        #[command(subcommand)]
        command: crate::advisories::Command,
    },
    /// Names that look like others: what is known, and what people said
    Names {
        #[command(subcommand)]
        command: crate::names::Command,
    },
    /// Plan what to vet first
    Plan {
        #[command(subcommand)]
        command: crate::plan::Command,
    },
    /// List every setting, with its environment variable and default
    Settings,
    #[command(flatten)]
    Distribution(crate::distribution::Command),
    /// Show the whole story of the distribution on one project, in a folder of its own, in about a minute
    Tour(Tour),
}

/// `tour`.
#[derive(Debug, Args)]
pub(crate) struct Tour {
    /// The project of the story; all that it needs comes with it
    #[arg(long, value_name = "NAME", default_value = "flask")]
    pub(crate) project: String,
    /// A Python that has pip [default: python3]
    #[arg(long, value_name = "FILE")]
    pub(crate) python: Option<PathBuf>,
    /// Address and port to listen on [default: a free port of 127.0.0.1]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Keep the server running at the end
    #[arg(long)]
    pub(crate) stay: bool,
}

/// `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8141]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Leave the job queue to `packhouse worker`
    #[arg(long)]
    pub(crate) no_worker: bool,
}

/// `why`.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// `name`, `name==version`, or either after `index:`
    #[arg(value_name = "PROJECT[==VERSION]")]
    pub(crate) what: String,
    /// The index whose rules are asked
    #[arg(long, value_name = "NAME")]
    pub(crate) index: Option<String>,
}

/// `policy …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Read the configuration, say what each rule does, and what would happen to a lockfile
    Check(Check),
}

/// `policy check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// requirements.txt with hashes, uv.lock, poetry.lock, pdm.lock or pylock.toml
    #[arg(value_name = "LOCKFILE")]
    pub(crate) lockfile: Option<PathBuf>,
    /// The index whose rules are asked [default: all for the rules, `default` for a lockfile]
    #[arg(long, value_name = "NAME")]
    pub(crate) index: Option<String>,
}
