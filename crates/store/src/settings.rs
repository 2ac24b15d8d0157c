//! Single values, such as the instance's id.

use crate::db::{alone, both, execute, read, run, statements};
use crate::{Result, Store, Tx};

statements! {
    GET = both("SELECT value FROM setting WHERE key = $1");
    SET = both(
        "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    LOCK = both("UPDATE setting SET value = value WHERE key = $1");
    INITIALISE = both("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING");
}

impl Store {
    /// The setting's value; `None` when it was never set.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        Ok(read!(self, GET, fetch_optional as (String,), key)?.map(|(value,)| value))
    }

    /// Sets the setting.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        alone!(self, set_setting(key, value))
    }

    /// The setting's value, which is set to `initial` if there is none. Of several processes that do this at the
    /// same time one sets it, and all get the same value.
    pub async fn setting_or(&self, key: &str, initial: &str) -> Result<String> {
        alone!(self, setting_or(key, initial))
    }
}

impl Tx {
    /// See [`Store::set_setting`].
    pub async fn set_setting(&mut self, key: &str, value: &str) -> Result<()> {
        execute!(self, SET, key, value)?;
        Ok(())
    }

    /// The setting's value, which is set to `initial` if there is none. Nobody else changes it before the transaction ends.
    pub async fn locked_setting(&mut self, key: &str, initial: &str) -> Result<String> {
        execute!(self, INITIALISE, key, initial)?;
        execute!(self, LOCK, key)?;
        let (value,) = run!(self, GET, fetch_one as (String,), key)?;
        Ok(value)
    }

    /// See [`Store::setting_or`].
    pub async fn setting_or(&mut self, key: &str, initial: &str) -> Result<String> {
        execute!(self, INITIALISE, key, initial)?;
        let (value,) = run!(self, GET, fetch_one as (String,), key)?;
        Ok(value)
    }
}
