//! Named places where the tests kill the process.

/// Does nothing outside the tests.
#[cfg(not(test))]
pub(crate) fn point(_name: &str) {}

/// Ends the process at once, as `kill -9` would, when the test asked for this place.
#[cfg(test)]
pub(crate) fn point(name: &str) {
    if std::env::var("PACKHOUSE_BLOB_CRASH").is_ok_and(|wanted| wanted == name) {
        std::process::abort();
    }
}
