//! The metadata of wheels and the contents of whole archives, through the crate's public functions.

mod hostile;
mod properties;
mod python;
mod record;
mod support;
mod tars;
mod well_made;
mod whole_properties;
mod whole_tar;
mod whole_zip;
