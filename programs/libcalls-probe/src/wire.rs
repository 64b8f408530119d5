//! The byte layout of the instruction data and the return data; all numbers little-endian.
//!
//! | instruction data | bytes |
//! |---|---|
//! | the operation's number | 8 |
//! | for each of up to [`MAX_PAIRS`] pairs: `a`, then `b` | 32 |
//!
//! The return data are the results in the order of the pairs, 16 bytes each.

use crate::Operation;

/// As many results as fit in the 1,024 bytes that a program may return.
pub const MAX_PAIRS: usize = 64;
/// The size of a result, and of an operand, in bytes.
pub const RESULT_SIZE: usize = 16;
const HEADER_SIZE: usize = 8;

/// The instruction data that ask for `operation` on each of `pairs`, of which there may be
/// [`MAX_PAIRS`] at most.
pub fn encode_request(operation: Operation, pairs: &[(u128, u128)]) -> Vec<u8> {
    let mut data = u64::from(operation as u8).to_le_bytes().to_vec();
    for (a, b) in pairs {
        data.extend(a.to_le_bytes());
        data.extend(b.to_le_bytes());
    }
    data
}

/// The operation and the pairs that the instruction data hold, unless they are of another layout.
pub fn decode_request(data: &[u8]) -> Option<(Operation, impl Iterator<Item = (u128, u128)>)> {
    let (header, operands) = data.split_first_chunk::<HEADER_SIZE>()?;
    let operation = Operation::try_from(u64::from_le_bytes(*header)).ok()?;
    let (pairs, rest) = operands.as_chunks::<{ 2 * RESULT_SIZE }>();
    if !rest.is_empty() || pairs.len() > MAX_PAIRS {
        return None;
    }
    Some((operation, pairs.iter().map(decode_pair)))
}

fn decode_pair(bytes: &[u8; 2 * RESULT_SIZE]) -> (u128, u128) {
    // Both halves have the size that `decode_number` wants: no default is ever taken.
    let (a, b) = bytes.split_at(RESULT_SIZE);
    (decode_number(a).unwrap_or_default(), decode_number(b).unwrap_or_default())
}

/// The results that the return data hold; the VM cuts trailing zeros, so they are padded to `count`.
pub fn decode_results(data: &[u8], count: usize) -> Vec<u128> {
    let mut padded = data.to_vec();
    padded.resize(count.saturating_mul(RESULT_SIZE), 0);
    padded.chunks(RESULT_SIZE).filter_map(decode_number).collect()
}

fn decode_number(bytes: &[u8]) -> Option<u128> {
    Some(u128::from_le_bytes(bytes.try_into().ok()?))
}
