//! Real clients of suites: a distribution of made-up people behind a server in this process, whose clock the test sets.

mod release;
mod story;
mod world;
