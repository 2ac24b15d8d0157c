//! The metadata of wheels, through the crate's public functions.

mod hostile;
mod properties;
mod support;
mod well_made;
