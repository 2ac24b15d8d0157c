//! What people decide about exact bytes.

use std::collections::BTreeSet;

use packhouse_model::{Sha256, Timestamp};
use serde::{Deserialize, Serialize};

use crate::item::{EnvironmentName, Item};

/// A person's word that something does not stop exact bytes, until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Waiver {
    /// What it waives.
    pub what: WaiverTarget,
    /// Who says so.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
    /// From this moment on it no longer holds.
    pub expires: Timestamp,
    /// The bytes it speaks of.
    pub hashes: BTreeSet<Sha256>,
}

/// What a waiver waives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverTarget {
    /// The word of one policy, by its name.
    Policy(String),
    /// That a project becomes uninstallable when this item moves. Profiles cannot be waived.
    Uninstallable {
        /// The project.
        root: String,
        /// The environment; `None`: all of them.
        environment: Option<EnvironmentName>,
    },
}

impl Waiver {
    /// Whether it still holds at `now` and speaks of all of the item's bytes.
    pub fn holds(&self, item: &Item, now: Timestamp) -> bool {
        now < self.expires && binds(&self.hashes, item)
    }
}

/// A person's stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Block {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// The bytes it speaks of; empty: whatever this project offers.
    pub hashes: BTreeSet<Sha256>,
}

impl Block {
    /// Whether it stops this item. A block of a part of its bytes stops it: a release moves whole.
    pub fn stops(&self, item: &Item) -> bool {
        self.hashes.is_empty() || !self.hashes.is_disjoint(&item.hashes)
    }
}

/// A release manager's leave for exact bytes: it lifts blocks that are older, and the freeze's need of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unblock {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// The bytes it speaks of.
    pub hashes: BTreeSet<Sha256>,
}

impl Unblock {
    /// Whether it speaks of all of the item's bytes.
    pub fn holds(&self, item: &Item) -> bool {
        binds(&self.hashes, item)
    }
}

/// An override stands for the bytes that its author saw. An item without bytes has no override, and a file that
/// came later voids it: else a leave for one release could be stretched over another.
fn binds(hashes: &BTreeSet<Sha256>, item: &Item) -> bool {
    !item.hashes.is_empty() && item.hashes.is_subset(hashes)
}
