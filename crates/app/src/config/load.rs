use std::collections::BTreeMap;

use toml::{Table, Value};

use super::Config;
use super::keys::{KEYS, environment_name, is_known, nearest};
use super::range;

/// A configuration that cannot be meant.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not TOML.
    #[error("{origin} is not valid TOML: {problem}")]
    Syntax {
        /// The file.
        origin: String,
        /// What the parser says, with the line.
        problem: String,
    },
    /// A setting nobody knows.
    #[error("{origin}: there is no setting `{key}`{}", nearest.as_ref().map(|known| format!("; did you mean `{known}`?")).unwrap_or_default())]
    UnknownKey {
        /// The file.
        origin: String,
        /// The path as written.
        key: String,
        /// The known one that is spelled most like it.
        nearest: Option<String>,
    },
    /// A value of the wrong kind or out of range.
    #[error("{origin}: {problem}")]
    Value {
        /// Where it came from.
        origin: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// What flags say; each wins over the environment and the file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Setting paths and their values, as the environment would write them.
    pub values: Vec<(&'static str, String)>,
}

/// Reads the configuration from a file's text (with its name for messages), the environment and flags.
///
/// Returns the settings and warnings about environment variables that look like ours and are not.
pub fn load(
    file: Option<(&str, &str)>,
    environment: &BTreeMap<String, String>,
    flags: &Overrides,
) -> Result<(Config, Vec<String>), ConfigError> {
    let mut table = match file {
        None => Table::new(),
        Some((name, text)) => read_file(name, text)?,
    };
    let origin = file.map_or("configuration", |(name, _)| name);
    let mut warnings = Vec::new();
    overlay_environment(&mut table, environment, &mut warnings)?;
    for (path, value) in &flags.values {
        set(&mut table, path, Value::String(value.clone()), "flag")?;
    }
    inherit_policies(&mut table, origin)?;
    let value_error = |error: toml::de::Error| ConfigError::Value {
        origin: origin.to_owned(),
        problem: error.to_string().trim().replace('\n', " "),
    };
    let config: Config = Value::Table(table).try_into().map_err(value_error)?;
    Ok((config, warnings))
}

fn read_file(name: &str, text: &str) -> Result<Table, ConfigError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| ConfigError::Syntax {
        origin: name.to_owned(),
        problem: error.to_string().trim().to_owned(),
    })?;
    check_keys(name, &table, &mut Vec::new())?;
    range::check_all(&table).map_err(|problem| ConfigError::Value { origin: name.to_owned(), problem })?;
    Ok(table)
}

fn check_keys<'a>(origin: &str, table: &'a Table, path: &mut Vec<&'a str>) -> Result<(), ConfigError> {
    for (key, value) in table {
        path.push(key);
        if !is_known(path) {
            return Err(ConfigError::UnknownKey {
                origin: origin.to_owned(),
                key: path.join("."),
                nearest: nearest(path),
            });
        }
        match value {
            Value::Table(inner) => check_keys(origin, inner, path)?,
            Value::Array(items) if path.as_slice() == ["exception"] => {
                for inner in items.iter().filter_map(Value::as_table) {
                    check_keys(origin, inner, path)?;
                }
            }
            _ => {}
        }
        path.pop();
    }
    Ok(())
}

fn overlay_environment(
    table: &mut Table,
    environment: &BTreeMap<String, String>,
    warnings: &mut Vec<String>,
) -> Result<(), ConfigError> {
    // `PACKHOUSE_CONFIG` names the file itself; `PACKHOUSE_UPSTREAM` is what people try first.
    let short = ("PACKHOUSE_UPSTREAM", "upstream.url");
    for (name, text) in environment.iter().filter(|(name, _)| name.starts_with("PACKHOUSE_")) {
        let key = KEYS.iter().find(|key| !key.path.contains('*') && environment_name(key.path) == *name);
        if name == short.0 {
            set(table, short.1, Value::String(text.clone()), name)?;
        } else if let Some(key) = key {
            let value = if key.text { Value::String(text.clone()) } else { read_value(name, text)? };
            range::check(key.path, &value)
                .map_err(|problem| ConfigError::Value { origin: name.clone(), problem })?;
            set(table, key.path, value, name)?;
        } else if name != "PACKHOUSE_CONFIG" && !name.starts_with("PACKHOUSE_TEST_") {
            warnings.push(format!("the environment variable {name} is not a setting and is ignored"));
        }
    }
    Ok(())
}

fn read_value(name: &str, text: &str) -> Result<Value, ConfigError> {
    let table: Table =
        format!("value = {text}").parse().map_err(|error: toml::de::Error| ConfigError::Value {
            origin: name.to_owned(),
            problem: format!(
                "expected a TOML value such as 4, [\"a\", \"b\"] or {{a = 1}}: {}",
                error.message()
            ),
        })?;
    table
        .get("value")
        .cloned()
        .ok_or_else(|| ConfigError::Value { origin: name.to_owned(), problem: "empty".into() })
}

fn set(table: &mut Table, path: &str, value: Value, origin: &str) -> Result<(), ConfigError> {
    let mut table = table;
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            table.insert(part.to_owned(), value);
            return Ok(());
        }
        let inner = table.entry(part).or_insert_with(|| Value::Table(Table::new()));
        table = inner.as_table_mut().ok_or_else(|| ConfigError::Value {
            origin: origin.to_owned(),
            problem: format!("`{part}` must be a table to hold `{path}`"),
        })?;
    }
    Ok(())
}

/// Each index's policy is `[policy]` with its own changes on top.
fn inherit_policies(table: &mut Table, origin: &str) -> Result<(), ConfigError> {
    let base = table.get("policy").cloned();
    let Some(Value::Table(indexes)) = table.get_mut("index") else { return Ok(()) };
    for (name, index) in indexes {
        let Value::Table(index) = index else {
            return Err(ConfigError::Value {
                origin: origin.to_owned(),
                problem: format!("`index.{name}` must be a table"),
            });
        };
        if let Some(base) = base.clone() {
            let own = index.insert("policy".to_owned(), base);
            if let (Some(Value::Table(own)), Some(Value::Table(merged))) = (own, index.get_mut("policy")) {
                merge(merged, own);
            }
        }
    }
    Ok(())
}

fn merge(base: &mut Table, changes: Table) {
    for (key, change) in changes {
        match (base.get_mut(&key), change) {
            (Some(Value::Table(inner)), Value::Table(change)) => merge(inner, change),
            (_, change) => {
                base.insert(key, change);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        load(Some(("packhouse.toml", text)), &environment, &Overrides::default())
            .map(|(config, _)| config)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_at_all_is_a_configuration() {
        let (config, warnings) = load(None, &BTreeMap::new(), &Overrides::default()).expect("defaults");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8141");
        assert_eq!(config.policy.cooldown, "7d");
        assert!(warnings.is_empty());
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let environment = [("PACKHOUSE_UPSTREAM_TTL".to_owned(), "2m".to_owned())].into();
        let file = Some(("f", "listen = '127.0.0.1:1'\nupstream.ttl = '1m'\nupstream.grace = '1m'"));
        let flags = Overrides { values: vec![("upstream.grace", "3m".to_owned())] };
        let (config, _) = load(file, &environment, &flags).expect("valid");
        assert_eq!(config.listen.port(), 1);
        assert_eq!(
            (config.upstream.ttl, config.upstream.grace),
            (Duration::from_secs(120), Duration::from_secs(180))
        );
    }

    #[test]
    fn every_setting_can_be_an_environment_variable() {
        let config = read(
            "",
            &[
                ("PACKHOUSE_POLICY_DENY", "['a', {match='b==1', reason='c'}]"),
                ("PACKHOUSE_POLICY_PROJECTS", "{torch = {cooldown = '0'}}"),
                ("PACKHOUSE_INDEX", "{team = {policy = {cooldown = '1d'}}}"),
                ("PACKHOUSE_EXCEPTION", "[{sha256='e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', reason='r', author='a', until='2027-01-01'}]"),
                ("PACKHOUSE_LIMITS_CONNECTIONS", "7"),
                ("PACKHOUSE_CACHE_MAX_SIZE", "1GB"),
                ("PACKHOUSE_UPSTREAM", "http://127.0.0.1/simple/"),
            ],
        )
        .expect("valid");
        assert_eq!(
            (config.policy.deny.len(), config.policy.projects.len(), config.exception.len()),
            (2, 1, 1)
        );
        assert_eq!((config.limits.connections, config.cache.max_size), (7, 1_000_000_000));
        assert_eq!(config.index["team"].policy.cooldown, "1d");
        assert_eq!(config.upstream.url.as_deref(), Some("http://127.0.0.1/simple/"));
    }

    #[test]
    fn an_index_inherits_the_policy() {
        let config = read(
            "policy.deny = ['x']\npolicy.projects.a.cooldown = '1d'\n[index.team.policy]\ncooldown = '0'\nprojects.b.cooldown = '2d'",
            &[],
        )
        .expect("valid");
        let team = &config.index["team"].policy;
        assert_eq!((team.cooldown.as_str(), team.deny.len(), team.projects.len()), ("0", 1, 2));
        assert_eq!(config.policy.projects.len(), 1);
    }

    #[test]
    fn an_unknown_setting_is_an_error_that_names_the_nearest() {
        for (text, expected) in [
            ("cach.max-size = 1", "there is no setting `cach`; did you mean `cache`?"),
            ("max-size = 1", "there is no setting `max-size`; did you mean `cache.max-size`?"),
            ("cache.maxsize = 1", "there is no setting `cache.maxsize`; did you mean `cache.max-size`?"),
            (
                "policy.cool-down = '1d'",
                "there is no setting `policy.cool-down`; did you mean `policy.cooldown`?",
            ),
            (
                "[index.a.policy]\ncoldown = '1d'",
                "there is no setting `index.a.policy.coldown`; did you mean `index.a.policy.cooldown`?",
            ),
            (
                "[[exception]]\nauthr = 'x'",
                "there is no setting `exception.authr`; did you mean `exception.author`?",
            ),
            ("zzz = 1", "there is no setting `zzz`"),
        ] {
            let message = read(text, &[]).expect_err(text);
            assert_eq!(message, format!("packhouse.toml: {expected}"));
        }
    }

    #[test]
    fn a_wrong_value_says_what_is_expected() {
        for (text, expected) in [
            ("listen = 'nowhere'", "invalid socket address"),
            ("cache.max-size = '1XB'", "expected a size such as"),
            ("upstream.ttl = 'soon'", "expected a length of time"),
            ("index = 3", "invalid type"),
            ("policy.sdist = 'sometimes'", "unknown variant `sometimes`, expected one of"),
            ("listen = ", "packhouse.toml is not valid TOML"),
        ] {
            let message = read(text, &[]).expect_err(text);
            assert!(message.contains(expected), "{message}");
        }
        for (setting, expected) in [
            ("connections = 0", "`limits.connections` is a whole number from 1 to 1000000; found 0"),
            ("connections = -1", "`limits.connections` is a whole number from 1 to 1000000; found -1"),
            ("connections = '9'", "`limits.connections` is a whole number from 1 to 1000000; found \"9\""),
            ("connections = 1.5", "`limits.connections` is a whole number from 1 to 1000000; found 1.5"),
            ("header-size = '1XB'", "`limits.header-size` is a size from 1kB to 16MB; found \"1XB\""),
            ("header-size = 999", "`limits.header-size` is a size from 1kB to 16MB; found 999"),
            ("header-size = '17MB'", "`limits.header-size` is a size from 1kB to 16MB; found \"17MB\""),
            (
                "header-timeout = 'soon'",
                "`limits.header-timeout` is a length of time from 1s to 1h; found \"soon\"",
            ),
            ("header-timeout = 0", "`limits.header-timeout` is a length of time from 1s to 1h; found 0"),
            ("page-files = true", "`limits.page-files` is a whole number from 1 to 10000000; found true"),
        ] {
            let message = read(&format!("[limits]\n{setting}"), &[]).expect_err(setting);
            assert_eq!(message, format!("packhouse.toml: {expected}"));
        }
        let message = read("", &[("PACKHOUSE_LIMITS_CONNECTIONS", "0")]).expect_err("no connections");
        assert_eq!(
            message,
            "PACKHOUSE_LIMITS_CONNECTIONS: `limits.connections` is a whole number from 1 to 1000000; found 0"
        );
        let message = read("", &[("PACKHOUSE_LIMITS_FILE_SIZE", "8 apples")]).expect_err("no size");
        assert_eq!(
            message,
            "PACKHOUSE_LIMITS_FILE_SIZE: `limits.file-size` is a size from 1kB to 1TB; found \"8 apples\""
        );
        let message = read("", &[("PACKHOUSE_POLICY_DENY", "a b")]).expect_err("not TOML");
        assert!(message.contains("expected a TOML value"), "{message}");
    }
}
