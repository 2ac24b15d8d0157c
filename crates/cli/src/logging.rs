use packhouse_app::config::{Config, LogFormat};
use tracing_subscriber::EnvFilter;

use crate::exit::Failure;

/// Logs to standard error: what a command answers stands alone on standard output.
pub(crate) fn start(config: &Config) -> Result<(), Failure> {
    // The database driver tells each slow statement, the HTTP libraries each connection: only when asked for.
    let directives = if config.log.contains('=') || config.log.contains(',') {
        config.log.clone()
    } else {
        format!("{},sqlx=warn,hyper=warn,reqwest=warn,h2=warn,rustls=warn", config.log)
    };
    let filter = EnvFilter::try_new(&directives).map_err(|error| {
        Failure::wrong_use(format!(
            "log: expected a level or tracing directives, found {:?}: {error}",
            config.log
        ))
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Where nobody reads standard error any more there is nobody to tell that either.
        .log_internal_errors(false);
    let started = match config.log_format {
        LogFormat::Text => {
            let colour = std::io::IsTerminal::is_terminal(&std::io::stderr())
                && std::env::var_os("NO_COLOR").is_none();
            builder.with_ansi(colour).with_target(false).try_init()
        }
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| Failure::fault("logging did not start", error.as_ref()))
}
