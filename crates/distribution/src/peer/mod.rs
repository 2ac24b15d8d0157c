//! Another distribution's ledger, followed from its first entry, and what the server has to say here because of it.
//!
//! [`Follower`] believes nothing that it has not verified: the first entry must be the one that was subscribed to, every
//! entry must follow the one before and be allowed by the peer's own rules, and what was seen once must stay. [`due`]
//! compares what the peer says with what stands here.

mod due;
pub(crate) mod embedded;
mod follower;
#[cfg(test)]
mod tests;

pub use due::{Due, due};
pub use follower::{FollowError, Follower};
