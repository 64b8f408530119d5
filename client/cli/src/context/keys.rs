//! Key files as `solana-keygen` writes them. Nothing of a key but its address is ever shown.

use crate::failure::{Failure, Result};
use solana_keypair::Keypair;

/// Reads a key file. Its content is in no error.
pub fn load(path: &str) -> Result<Keypair> {
    let refuse = |why: &str| Failure::Refused(format!("the key file {path} {why}"));
    if path.contains("://") || path == "-" || path.eq_ignore_ascii_case("ASK") {
        return Err(refuse(
            "is no file; hardware wallets and typed-in keys are not supported, name a key file",
        ));
    }
    let text = std::fs::read_to_string(path).map_err(|error| {
        refuse(&format!(
            "cannot be read ({error}); make one with solana-keygen new, or name another with --keypair"
        ))
    })?;
    let malformed = || refuse("is not a key as solana-keygen writes it: an array of 64 numbers");
    let bytes: Vec<u8> = serde_json::from_str(&text).map_err(|_| malformed())?;
    Keypair::try_from(bytes.as_slice()).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_signer::Signer;

    #[test]
    fn a_key_is_read_and_what_is_none_is_refused_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("id.json");
        let path = path.to_str().unwrap();
        let key = Keypair::new();
        std::fs::write(path, serde_json::to_string(&key.to_bytes().to_vec()).unwrap()).unwrap();
        assert_eq!(load(path).unwrap().pubkey(), key.pubkey());
        for secret in ["[1,2,3]", "\"secret words\"", "{}", "[300]"] {
            std::fs::write(path, secret).unwrap();
            let told = load(path).unwrap_err();
            assert!(told.sentence().contains("64 numbers") && !told.sentence().contains(secret), "{told:?}");
        }
        assert!(load("/nowhere/id.json").unwrap_err().sentence().contains("--keypair"));
        assert!(load("usb://ledger").unwrap_err().sentence().contains("hardware"));
    }
}
