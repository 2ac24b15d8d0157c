//! Migration over a toy oracle, whose suites are small enough to look at every set of items.

mod excuses;
mod freeze;
mod hard_cases;
mod judging;
mod large;
mod policies;
mod properties;
mod text;
mod toy;
mod world;
