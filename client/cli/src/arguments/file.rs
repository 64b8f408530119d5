//! Hashes taken of a file.

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::str::FromStr;
use tally_client::digest::Digest;

/// A file, by the SHA-256 of what is in it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct HashedFile(pub Digest);

impl FromStr for HashedFile {
    type Err = String;
    fn from_str(path: &str) -> Result<Self, String> {
        let bytes = std::fs::read(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
        Ok(Self(Digest(Sha256::digest(bytes).into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spec");
        std::fs::write(&path, "abc").unwrap();
        let file: HashedFile = path.to_str().unwrap().parse().unwrap();
        assert!(file.0.to_string().starts_with("ba7816bf"));
        assert!("/nowhere/at/all".parse::<HashedFile>().unwrap_err().contains("/nowhere/at/all"));
    }
}
