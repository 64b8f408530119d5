//! Hashes as people write them: 64 hexadecimal digits.

use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// 32 bytes, such as a SHA-256 hash; written and serialised as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

/// Text that is no hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a hash of 32 bytes; write its 64 hexadecimal digits")]
pub struct BadDigest(String);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = BadDigest;
    /// Reads the digits in either case, with or without `0x` in front.
    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let wrong = || BadDigest(text.to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_four_digits_and_nothing_else() {
        let text = "00ff".repeat(16);
        let digest: Digest = text.parse().unwrap();
        assert_eq!(digest.0[..2], [0, 255]);
        assert_eq!(digest.to_string(), text);
        assert_eq!(serde_json::to_value(digest).unwrap(), text);
        assert_eq!(format!("0x{text}").parse(), Ok(digest));
        assert_eq!(text.to_uppercase().parse(), Ok(digest));
        for bad in ["", "00", &"0".repeat(63), &"g0".repeat(32), &"é".repeat(32)] {
            let told = bad.parse::<Digest>().unwrap_err().to_string();
            assert!(told.contains(bad) && told.contains("64 hexadecimal digits"), "{told}");
        }
    }
}
