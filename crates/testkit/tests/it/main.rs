//! The testkit tested by itself: what stands on it must not have to doubt it.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which the lint's exception does not reach")]
#![expect(clippy::print_stderr, reason = "a test that checks nothing must say so")]

mod builders;
mod clients;
mod conditional;
mod control;
mod dialects;
mod faults;
mod httptest;
mod recorded;
mod served;
