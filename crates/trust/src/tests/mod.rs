mod agent;
mod common;
mod dsse;
mod keys;
mod ledger;
#[cfg(unix)]
mod openssh;
mod statement;
