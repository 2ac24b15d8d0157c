use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// One row of the stored state that an act made, changed or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// Which table: `maintainer`, `review`, …
    pub table: &'static str,
    /// The row's key within the table.
    pub key: String,
    /// The row as JSON; absent when it was removed.
    pub value: Option<String>,
}

/// A stored row that does not read: the store is damaged, or was written by a newer Packhouse.
#[derive(Debug, thiserror::Error)]
#[error("row {key:?} of table {table:?} does not read")]
pub struct RowError {
    /// The table's name as stored.
    pub table: String,
    /// The row's key.
    pub key: String,
    /// What serde said; none when the table is unknown.
    #[source]
    pub source: Option<serde_json::Error>,
}

/// A map that remembers which of its rows changed since they were last taken.
///
/// A clone shares all rows: readers keep theirs while a writer prepares the next state.
#[derive(Debug)]
pub struct Table<K, V> {
    name: &'static str,
    rows: Arc<BTreeMap<K, Arc<V>>>,
    changed: BTreeSet<K>,
}

impl<K: Ord + Clone, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Self { name: self.name, rows: Arc::clone(&self.rows), changed: self.changed.clone() }
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, rows: Arc::default(), changed: BTreeSet::new() }
    }

    /// The row with this key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key).map(Arc::as_ref)
    }

    /// Whether there is such a row.
    pub fn contains(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All rows in the order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.iter().map(|(key, value)| (key, value.as_ref()))
    }

    /// The rows with keys in `range`.
    pub fn range<R: std::ops::RangeBounds<K>>(&self, range: R) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.range(range).map(|(key, value)| (key, value.as_ref()))
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        self.changed.insert(key.clone());
        Arc::make_mut(&mut self.rows).insert(key, Arc::new(value));
    }

    pub(crate) fn remove(&mut self, key: &K) {
        if Arc::make_mut(&mut self.rows).remove(key).is_some() {
            self.changed.insert(key.clone());
        }
    }

    /// Changes the row in place; does nothing when there is none.
    pub(crate) fn edit(&mut self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(row) = Arc::make_mut(&mut self.rows).get_mut(key) {
            change(Arc::make_mut(row));
            self.changed.insert(key.clone());
        }
    }
}

impl<K: Ord + Clone + Display, V: Clone + Serialize> Table<K, V> {
    fn row(&self, key: &K, value: Option<&V>) -> RowChange {
        // Rows are made of text, numbers and lists: serialising them cannot fail.
        let value = value.map(|value| serde_json::to_string(value).unwrap_or_default());
        RowChange { table: self.name, key: key.to_string(), value }
    }

    pub(crate) fn take_changes(&mut self, into: &mut Vec<RowChange>) {
        for key in std::mem::take(&mut self.changed) {
            into.push(self.row(&key, self.get(&key)));
        }
    }

    pub(crate) fn all_rows(&self, into: &mut Vec<RowChange>) {
        into.extend(self.iter().map(|(key, value)| self.row(key, Some(value))));
    }
}

impl<K: Ord + Clone + std::str::FromStr, V: Clone + DeserializeOwned> Table<K, V> {
    /// Takes a stored row in, as unchanged.
    pub(crate) fn load(&mut self, key: &str, value: &str) -> Result<(), RowError> {
        let error = |source| RowError { table: self.name.to_owned(), key: key.to_owned(), source };
        let parsed = key.parse().map_err(|_| error(None))?;
        let row = serde_json::from_str(value).map_err(|source| error(Some(source)))?;
        Arc::make_mut(&mut self.rows).insert(parsed, Arc::new(row));
        Ok(())
    }
}
