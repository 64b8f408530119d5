//! Hashes: written as hexadecimal digits, or taken of a file.

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// 32 bytes, 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a hash of 32 bytes; write its 64 hexadecimal digits");
        let digits = text.strip_prefix("0x").unwrap_or(text);
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(hash))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

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
    fn sixty_four_digits_and_nothing_else() {
        let text = "00ff".repeat(16);
        let digest: Digest = text.parse().unwrap();
        assert_eq!(digest.0[..2], [0, 255]);
        assert_eq!(digest.to_string(), text);
        assert_eq!(format!("0x{text}").parse(), Ok(digest));
        for bad in ["", "00", &"0".repeat(63), &"g0".repeat(32), &"é".repeat(32)] {
            assert!(bad.parse::<Digest>().unwrap_err().contains("64 hexadecimal digits"), "{bad}");
        }
    }

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
