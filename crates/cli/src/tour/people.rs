//! The people of the tour: each has a new key, which stays in a file.

use std::path::Path;

use packhouse_cast::Person;
use packhouse_model::MaintainerId;
use packhouse_trust::SecretKey;

use crate::exit::Failure;

/// Makes a key for somebody, and keeps it in `folder`, so that one can go on as them after the tour.
pub(super) fn person(name: &str, folder: &Path) -> Result<Person, Failure> {
    let fault = |error: &dyn std::error::Error| Failure::fault("a key could not be made", error);
    let id: MaintainerId = name.parse().map_err(|error| fault(&error))?;
    let mut seed = [0; 32];
    let failed = |error: getrandom::Error| fault(&std::io::Error::other(error.to_string()));
    getrandom::fill(&mut seed).map_err(failed)?;
    let key = SecretKey::from_seed(&seed).with_comment(name);
    let text = key.to_openssh(None).map_err(|error| fault(&error))?;
    let path = folder.join(format!("{name}.key"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(|error| fault(&error))?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|error| fault(&error))?;
    Ok(Person::new(id, key))
}
