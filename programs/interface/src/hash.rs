//! SHA-256 wherever this crate runs: the VM's system call in the program, a crate elsewhere.

/// `sha256` of the parts, one after the other.
#[cfg(feature = "anchor")]
pub fn hashv(parts: &[&[u8]]) -> [u8; 32] {
    anchor_lang::solana_program::hash::hashv(parts).to_bytes()
}

/// `sha256` of the parts, one after the other.
#[cfg(all(not(feature = "anchor"), feature = "std"))]
pub fn hashv(parts: &[&[u8]]) -> [u8; 32] {
    use sha2::Digest;
    let mut hasher = sha2::Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// `sha256` of the parts, one after the other.
#[cfg(all(not(feature = "anchor"), not(feature = "std")))]
pub fn hashv(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = sha2_const_stable::Sha256::new();
    for part in parts {
        hasher = hasher.update(part);
    }
    hasher.finalize()
}
