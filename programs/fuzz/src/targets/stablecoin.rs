//! Which mints can be the stablecoin, against a second reading of the layouts of SPL Token and Token-2022.

use crate::input::Input;
use settlement_interface::Address;
use settlement_interface::pda::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use settlement_interface::stablecoin::check;

/// Metadata pointer, metadata, group pointer, group, member pointer, member.
const HARMLESS: std::ops::RangeInclusive<u16> = 18..=23;

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let stranger = Address::new_from_array([9; 32]);
    let owner = [TOKEN_PROGRAM, TOKEN_2022_PROGRAM, stranger][usize::from(input.u8() % 3)];
    let account = if input.bool() { input.rest().to_vec() } else { written(&mut input) };
    let found = check(&owner, &account);
    assert_eq!(found.is_ok(), reference(&owner, &account), "{found:?}");
}

/// What may be a stablecoin's mint, by the sentences of `stablecoin.rs`.
fn reference(owner: &Address, data: &[u8]) -> bool {
    if data.len() < 82 || data[44] != 6 || data[45] != 1 {
        return false;
    }
    let option = |at: usize| data[at] <= 1 && data[at + 1..at + 4] == [0; 3];
    if !option(0) || !option(46) {
        return false;
    }
    match data.len() {
        82 => *owner == TOKEN_PROGRAM || *owner == TOKEN_2022_PROGRAM,
        0..=165 | 355 => false,
        _ => {
            let padded = data[82..165].iter().all(|byte| *byte == 0) && data[165] == 1;
            *owner == TOKEN_2022_PROGRAM && padded && extensions(&data[166..], &mut Vec::new())
        }
    }
}

/// Recursive, where the code under test loops: a list of harmless extensions, each once, then zeros.
fn extensions(data: &[u8], met: &mut Vec<u16>) -> bool {
    let kind = match data {
        [] | [0] => return true,
        [_] => return false,
        [a, b, ..] => u16::from_le_bytes([*a, *b]),
    };
    if kind == 0 {
        return data.iter().all(|byte| *byte == 0);
    }
    if !HARMLESS.contains(&kind) || met.contains(&kind) || data.len() < 4 {
        return false;
    }
    met.push(kind);
    let end = 4 + usize::from(u16::from_le_bytes([data[2], data[3]]));
    end <= data.len() && extensions(&data[end..], met)
}

/// A mint with extensions, some bytes changed, cut or padded.
fn written(input: &mut Input) -> Vec<u8> {
    let mut account = vec![0; 82];
    (account[0], account[44], account[45], account[46]) = (1, 6, 1, input.u8() & 1);
    let count = input.u8() % 8;
    if count > 0 {
        account.resize(166, 0);
        account[165] = 1;
    }
    for _ in 0..count {
        let kind = if input.bool() { 18 + u16::from(input.u8() % 6) } else { input.u16() };
        let value = usize::from(input.u8() % 80);
        account.extend_from_slice(&kind.to_le_bytes());
        account.extend_from_slice(&(value as u16).to_le_bytes());
        account.resize(account.len() + value, input.u8());
    }
    account.resize(account.len() + usize::from(input.u8() % 4), 0);
    for _ in 0..input.u8() % 4 {
        let at = usize::from(input.u16()) % account.len();
        account[at] = input.u8();
    }
    if input.u8().is_multiple_of(4) {
        account.truncate(usize::from(input.u16()) % 400);
    }
    account
}

/// A bare mint, and one with each list of extensions.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut bare = vec![0; 82];
    (bare[44], bare[45]) = (6, 1);
    let mut listed = bare.clone();
    listed.resize(166, 0);
    listed[165] = 1;
    listed.extend_from_slice(&[18, 0, 2, 0, 7, 7, 19, 0, 0, 0, 0, 0]);
    vec![[vec![0, 1], bare.clone()].concat(), [vec![1, 1], bare].concat(), [vec![1, 1], listed].concat(), vec![0; 80]]
}
