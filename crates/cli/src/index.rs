use std::sync::Arc;

use packhouse_app::{Index, Packhouse};

use crate::exit::Failure;

/// The index of that name; else which ones there are.
pub(crate) fn opened(packhouse: &Packhouse, name: &str) -> Result<Arc<Index>, Failure> {
    packhouse.index(name).ok_or_else(|| {
        let mut all: Vec<Arc<Index>> = packhouse.indexes().cloned().collect();
        all.extend(packhouse.suite_indexes());
        missing(name, all.iter().map(AsRef::as_ref))
    })
}

/// The index of that name among those of the configuration; else which ones there are.
pub(crate) fn configured<'a>(indexes: &'a [Index], name: &str) -> Result<&'a Index, Failure> {
    let found = indexes.iter().find(|index| index.name.as_str() == name);
    found.ok_or_else(|| missing(name, indexes.iter()))
}

fn missing<'a>(name: &str, indexes: impl Iterator<Item = &'a Index>) -> Failure {
    let mut names: Vec<&str> = indexes.map(|index| index.name.as_str()).collect();
    names.sort_by_key(|name| *name != packhouse_app::DEFAULT);
    Failure::wrong_use(format!("there is no index {name}; there are: {}", names.join(", ")))
        .with_hint("a further index stands in packhouse.toml as [index.<name>]; --config names another file")
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use clap::Parser as _;

    use super::opened;
    use crate::arguments::{Arguments, Command, PolicyCommand};
    use crate::exit::Failure;
    use crate::settings;

    /// A command line against a configuration with the indexes `default` and `team`. There is nothing at the
    /// upstream's address: nobody is asked for what no index has.
    fn arguments(folder: &tempfile::TempDir, given: &[&str]) -> Arguments {
        let (config, data) = (folder.path().join("packhouse.toml"), folder.path().join("data"));
        std::fs::write(&config, "[index.team]\n").expect("a configuration");
        let (config, data) = (config.display().to_string(), data.display().to_string());
        let always = ["packhouse", "--config", &config, "--data", &data];
        let upstream = ["--upstream", "http://127.0.0.1:9/simple/"];
        Arguments::parse_from(always.iter().chain(&upstream).chain(given))
    }

    #[track_caller]
    fn assert_missing(failure: &Failure) {
        let message = failure.message();
        assert!(message.starts_with("there is no index tema; there are: default, team"), "{message}");
        assert_eq!(format!("{:?}", failure.code()), format!("{:?}", ExitCode::from(2)));
        assert!(failure.hint.as_ref().is_some_and(|hint| hint.contains("[index.<name>]")));
    }

    #[tokio::test]
    async fn why_says_which_indexes_there_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let arguments = arguments(&folder, &["why", "--index", "tema", "six"]);
        let Command::Why(why) = &arguments.command else { panic!("{:?}", arguments.command) };
        assert_missing(&crate::why::why(&arguments.common, why).await.expect_err("there is no such index"));
    }

    #[tokio::test]
    async fn the_check_of_the_policy_says_which_indexes_there_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let arguments = arguments(&folder, &["policy", "check", "--index", "tema"]);
        let Command::Policy { command: PolicyCommand::Check(check) } = &arguments.command else {
            panic!("{:?}", arguments.command)
        };
        let failed = crate::policy::check(&arguments.common, check).await;
        assert_missing(&failed.expect_err("there is no such index"));
        assert!(!folder.path().join("data").exists(), "rules need no database");
    }

    /// What the check of a lockfile asks.
    #[tokio::test]
    async fn an_index_is_looked_for_in_what_was_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let arguments = arguments(&folder, &["policy", "check"]);
        let config = settings::read(&arguments.common, Vec::new()).expect("a configuration");
        let packhouse = settings::open(config).await.expect("opens");
        assert_eq!(opened(&packhouse, "team").expect("an index").name.as_str(), "team");
        assert_missing(&opened(&packhouse, "tema").expect_err("there is no such index"));
        packhouse.close().await;
    }
}
