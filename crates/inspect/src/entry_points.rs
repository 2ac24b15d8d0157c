//! `entry_points.txt` (`PyPA` entry points specification): an INI file of groups, names and object references.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An object that a release offers to other programs by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryPoint {
    /// `console_scripts` makes a command of it.
    pub group: String,
    /// Its name; that of the command.
    pub name: String,
    /// `package.module:object`.
    pub value: String,
}

impl EntryPoint {
    /// Whether installing it puts a command on the path.
    pub fn is_command(&self) -> bool {
        matches!(self.group.as_str(), "console_scripts" | "gui_scripts")
    }
}

/// All of them by group and name. What is no entry point is passed over, as installers do; the last of a name counts.
pub(crate) fn parse(content: &[u8]) -> BTreeMap<(String, String), String> {
    let text = String::from_utf8_lossy(content);
    let mut group = String::new();
    let mut found = BTreeMap::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.trim().clone_into(&mut group);
        } else if let Some((name, value)) = line.split_once(['=', ':'])
            && !line.starts_with(['#', ';'])
        {
            found.insert((group.clone(), name.trim().to_owned()), value.trim().to_owned());
        }
    }
    found
}
