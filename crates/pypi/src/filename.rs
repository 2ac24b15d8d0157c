//! Filenames: which ones are safe to handle at all, and what they say about the file.

mod candidates;
mod check;
mod distribution;

pub use candidates::possible_projects;
pub use check::{InvalidFilename, LONGEST_FILENAME, check_filename};
pub use distribution::{Distribution, parse_filename};
