//! A transaction of several instructions, one of them for the Ed25519 precompile. If the program
//! reads a key and a message out of it, then these are the very bytes that the runtime resolves the
//! one signature's offsets to, and the runtime accepts the transaction exactly if the signature over
//! that message by that key is valid.
//!
//! Two independent judges: the runtime's own function (`solana_ed25519_program::verify`), and another
//! release of the signature library, called on what the program read.

#![allow(deprecated, reason = "the runtime's function moved behind OpenSSL; its code is the same")]

use crate::input::Input;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use settlement_interface::ed25519::{encode, parse};
use solana_feature_set::FeatureSet;
use std::ops::Range;
use std::sync::OnceLock;

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number % 3 + 1; 32])
}

/// One instruction's data: raw, or a signed message that is then changed.
fn instruction(input: &mut Input) -> Vec<u8> {
    let form = input.u8();
    let length = usize::from(input.u8());
    let content = input.take(length);
    let mut data = match form % 3 {
        0 => content.to_vec(),
        1 => {
            let signer = key(form / 3);
            encode(signer.verifying_key().as_bytes(), &signer.sign(content).to_bytes(), content)
        }
        _ => encode(key(form / 3).verifying_key().as_bytes(), &[form; 64], content),
    };
    for _ in 0..input.u8() % 8 {
        let (at, value) = (usize::from(input.u16()), input.u8());
        if !data.is_empty() {
            let at = at % data.len();
            data[at] = value;
        }
    }
    match input.u8() % 4 {
        0 => data.truncate(usize::from(input.u8())),
        1 => data.extend_from_slice(input.take(4)),
        _ => {}
    }
    data
}

/// Instruction and place of the bytes that the runtime takes for key, signature and message of the
/// first signature: read from the precompile's documentation, not from the code under test.
fn resolved(data: &[u8], index: usize) -> Option<[(usize, Range<usize>); 3]> {
    let word = |at: usize| Some(u16::from_le_bytes([*data.get(at)?, *data.get(at + 1)?]));
    let place = |offset: usize, instruction: usize, length: usize| {
        let named = word(instruction)?;
        let start = usize::from(word(offset)?);
        let holder = if named == u16::MAX { index } else { usize::from(named) };
        Some((holder, start..start + length))
    };
    Some([place(6, 8, 32)?, place(2, 4, 64)?, place(10, 14, usize::from(word(12)?))?])
}

/// See the module.
pub fn run(data: &[u8]) {
    static FEATURES: OnceLock<FeatureSet> = OnceLock::new();
    let mut input = Input::new(data);
    let count = usize::from(input.u8() % 4) + 1;
    let index = usize::from(input.u8()) % count;
    let instructions: Vec<Vec<u8>> = (0..count).map(|_| instruction(&mut input)).collect();
    let all: Vec<&[u8]> = instructions.iter().map(Vec::as_slice).collect();
    let own = all[index];

    let read = parse(own, index as u16);
    let verified = || solana_ed25519_program::verify(own, &all, FEATURES.get_or_init(FeatureSet::default));
    let Some((key, message)) = read else {
        // Whatever the runtime accepts of the documented form is read.
        let form = resolved(own, index).is_some_and(|places| {
            let ends = [16..48, 48..112, 112..own.len()];
            own[..2] == [1, 0] && places.iter().zip(ends).all(|(place, end)| *place == (index, end))
        });
        assert!(!form, "a self-contained signature is refused");
        return;
    };
    assert_eq!(own[0], 1, "one signature");
    let [key_place, signature_place, message_place] = resolved(own, index).unwrap();
    assert_eq!((key_place.0, signature_place.0, message_place.0), (index, index, index));
    assert_eq!(own[key_place.1].as_ptr(), key.as_ptr());
    assert_eq!(own[message_place.1.clone()].as_ptr(), message.as_ptr());
    assert_eq!(message_place.1, 112..own.len());
    let signature = Signature::from_slice(&own[signature_place.1]).unwrap();
    let valid = VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &signature).is_ok());
    assert_eq!(verified().is_ok(), valid, "what the runtime verified is not what was read");
}

/// A signed message alone, behind another instruction, and with indices that name an instruction.
pub fn seeds() -> Vec<Vec<u8>> {
    let signed = |form: u8, changes: &[(u16, u8)]| {
        let mut one = vec![form, 88];
        one.extend_from_slice(&[7; 88]);
        one.push(changes.len() as u8);
        changes.iter().for_each(|(at, value)| {
            one.extend_from_slice(&at.to_le_bytes());
            one.push(*value);
        });
        one.push(2);
        one
    };
    let named = [(4, 1), (5, 0), (8, 1), (9, 0), (14, 1), (15, 0)];
    let decoy = [(8, 0), (9, 0), (14, 0), (15, 0)];
    vec![
        [vec![0, 0], signed(1, &[])].concat(),
        [vec![1, 1], signed(1, &[]), signed(4, &named)].concat(),
        [vec![1, 1], signed(1, &[]), signed(4, &decoy)].concat(),
        [vec![0, 0], signed(2, &[])].concat(),
        [vec![0, 0], signed(1, &[(0, 2)])].concat(),
        [vec![0, 0], signed(1, &[(0, 0)])].concat(),
        [vec![0, 0], signed(1, &[(100, 9)])].concat(),
    ]
}
