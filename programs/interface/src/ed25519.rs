//! The form of an Ed25519 precompile instruction that the program accepts: exactly one signature,
//! whose key, signature and message lie in that same instruction, one after the other, with nothing
//! behind. Whatever the runtime verified is then exactly what is read here.
//!
//! Source: the Ed25519 program's `Ed25519SignatureOffsets` (Solana documentation, precompiles).

use crate::Address;

/// The Ed25519 precompile.
pub const ED25519_PROGRAM: Address = Address::from_str_const("Ed25519SigVerify111111111111111111111111111");

/// "This instruction", in the precompile's instruction indices.
const THIS_INSTRUCTION: u16 = u16::MAX;
const HEADER: usize = 2 + 7 * 2;
const KEY: usize = 32;
const SIGNATURE: usize = 64;

/// Key and message of the one signature in `data`, the data of instruction `index`, or `None` if it
/// has any other form.
#[inline(always)]
pub fn parse(data: &[u8], index: u16) -> Option<(&[u8; 32], &[u8])> {
    let (header, body) = data.split_first_chunk::<HEADER>()?;
    let word = |at: usize| Some(u16::from_le_bytes([*header.get(at)?, *header.get(at.checked_add(1)?)?]));
    let here = |at: usize| word(at).is_some_and(|i| i == THIS_INSTRUCTION || i == index);
    let (count, padding) = (header.first()?, header.get(1)?);
    if *count != 1 || *padding != 0 {
        return None;
    }
    // signature offset and index, key offset and index, message offset, length and index
    if !(here(4) && here(8) && here(14)) {
        return None;
    }
    let at = |offset: u16| usize::from(offset);
    let (key, rest) = body.split_first_chunk::<KEY>()?;
    let (_signature, message) = rest.split_first_chunk::<SIGNATURE>()?;
    let laid_out = at(word(6)?) == HEADER
        && at(word(2)?) == HEADER + KEY
        && at(word(10)?) == HEADER + KEY + SIGNATURE
        && at(word(12)?) == message.len();
    laid_out.then_some((key, message))
}

/// The instruction data that [`parse`] accepts.
#[cfg(feature = "std")]
pub fn encode(key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> std::vec::Vec<u8> {
    let word = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).to_le_bytes();
    let this = THIS_INSTRUCTION.to_le_bytes();
    let mut data = std::vec::Vec::new();
    data.extend_from_slice(&[1, 0]);
    data.extend_from_slice(&word(HEADER + KEY));
    data.extend_from_slice(&this);
    data.extend_from_slice(&word(HEADER));
    data.extend_from_slice(&this);
    data.extend_from_slice(&word(HEADER + KEY + SIGNATURE));
    data.extend_from_slice(&word(message.len()));
    data.extend_from_slice(&this);
    data.extend_from_slice(key);
    data.extend_from_slice(signature);
    data.extend_from_slice(message);
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_parsed_back_and_nothing_else_is() {
        let data = encode(&[7; 32], &[9; 64], b"message");
        assert_eq!(parse(&data, 3), Some((&[7; 32], b"message".as_slice())));
        // Every single byte of the header matters, except that an index may name this instruction itself.
        for at in 0..HEADER {
            for value in 0..=u8::MAX {
                let mut changed = data.clone();
                if changed[at] == value {
                    continue;
                }
                changed[at] = value;
                assert_eq!(parse(&changed, 3), None, "byte {at} as {value}");
            }
        }
        let mut own_index = data.clone();
        own_index[4..6].copy_from_slice(&3u16.to_le_bytes());
        assert!(parse(&own_index, 3).is_some());
        assert!(parse(&own_index, 4).is_none());
        for cut in 0..data.len() {
            assert_eq!(parse(&data[..cut], 3), None);
        }
        let mut longer = data;
        longer.push(0);
        assert_eq!(parse(&longer, 3), None);
    }
}
