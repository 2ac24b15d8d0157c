use packhouse_trust::PublicKey;

/// The fingerprint of a key given as one line of OpenSSH, or what is wrong with it.
pub(crate) fn fingerprint(line: &str) -> Result<String, String> {
    line.parse::<PublicKey>().map(|key| key.id().to_string()).map_err(|error| error.to_string())
}
