//! Which mints can be the network's stablecoin, read off their bytes.
//!
//! Source of the layout: SPL Token's `Mint` (82 bytes) and Token-2022's extensions, which follow it
//! behind 83 zero bytes and a byte for the kind of account, each as a type (u16), a length (u16) and
//! that many bytes.
//!
//! Vaults rely on two things: what is sent arrives in full, and nobody but a vault's owner takes from
//! it. So an extension is allowed only if it touches neither, and one that is not known is not. A
//! freeze authority is allowed, since every large issuer has one: it can freeze a vault, and what is
//! in that vault then waits.

use crate::pda::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use crate::{Address, SettlementError};

/// Decimals, so that a base unit is a micro-dollar.
pub const DECIMALS: u8 = 6;

const MINT_LEN: usize = 82;
/// A token account's length: where Token-2022 keeps the kind of an account with extensions.
const KIND: usize = 165;
const KIND_MINT: u8 = 1;
/// No mint has the length of a multisig: Token-2022 pads it.
const MULTISIG_LEN: usize = 355;

/// Extensions that say who a token is and nothing else: metadata pointer and metadata, group pointer and
/// group, group member pointer and member.
const ALLOWED: [u16; 6] = [18, 19, 20, 21, 22, 23];

/// Refuses a mint that cannot be the stablecoin. `owner` is the program that owns the account.
pub fn check(owner: &Address, data: &[u8]) -> Result<(), SettlementError> {
    let token_2022 = *owner == TOKEN_2022_PROGRAM;
    if !token_2022 && *owner != TOKEN_PROGRAM {
        return Err(SettlementError::StableMintProgram);
    }
    let (mint, rest) = data.split_first_chunk::<MINT_LEN>().ok_or(SettlementError::StableMintForm)?;
    let decimals = decimals(mint).ok_or(SettlementError::StableMintForm)?;
    if !rest.is_empty() {
        if !token_2022 {
            return Err(SettlementError::StableMintForm);
        }
        check_extensions(data)?;
    }
    if decimals != DECIMALS {
        return Err(SettlementError::StableMintDecimals);
    }
    Ok(())
}

/// Decimals of an initialised mint; `None` if the bytes are none of one.
fn decimals(mint: &[u8; MINT_LEN]) -> Option<u8> {
    let option = |at: usize| matches!(mint.get(at..)?.first_chunk::<4>()?, [0 | 1, 0, 0, 0]).then_some(());
    option(0)?; // mint authority
    option(46)?; // freeze authority
    (*mint.get(45)? == 1).then_some(())?; // initialised
    mint.get(44).copied()
}

/// Refuses unless the extensions are a mint's and each is on the list, once.
fn check_extensions(data: &[u8]) -> Result<(), SettlementError> {
    const FORM: SettlementError = SettlementError::StableMintForm;
    let padding = data.get(MINT_LEN..KIND).ok_or(FORM)?;
    let (kind, mut rest) = data.get(KIND..).and_then(<[u8]>::split_first).ok_or(FORM)?;
    if *kind != KIND_MINT || padding.iter().any(|byte| *byte != 0) || data.len() == MULTISIG_LEN {
        return Err(FORM);
    }
    let mut met = [false; ALLOWED.len()];
    // Each turn meets another one of the list, so there are no more turns than the list is long.
    while let Some(([a, b], after)) = rest.split_first_chunk::<2>() {
        let kind = u16::from_le_bytes([*a, *b]);
        if kind == 0 {
            break; // padding
        }
        let place = ALLOWED.iter().position(|allowed| *allowed == kind);
        let place = place.ok_or(SettlementError::StableMintExtension)?;
        let seen = met.get_mut(place).ok_or(FORM)?;
        if core::mem::replace(seen, true) {
            return Err(FORM);
        }
        let (length, value) = after.split_first_chunk::<2>().ok_or(FORM)?;
        rest = value.get(usize::from(u16::from_le_bytes(*length))..).ok_or(FORM)?;
    }
    if rest.iter().any(|byte| *byte != 0) {
        return Err(FORM);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use SettlementError::*;
    use proptest::prelude::*;

    fn mint(decimals: u8) -> Vec<u8> {
        let mut data = vec![0; MINT_LEN];
        (data[44], data[45]) = (decimals, 1);
        data
    }

    fn extended(extensions: &[(u16, usize)]) -> Vec<u8> {
        let mut data = mint(6);
        data.resize(KIND, 0);
        data.push(KIND_MINT);
        for (kind, length) in extensions {
            data.extend_from_slice(&kind.to_le_bytes());
            data.extend_from_slice(&u16::try_from(*length).unwrap().to_le_bytes());
            data.extend(std::iter::repeat_n(0xAB, *length));
        }
        data
    }

    #[test]
    fn plain_mints_of_both_programs_with_six_decimals() {
        for program in [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] {
            assert_eq!(check(&program, &mint(6)), Ok(()));
            assert_eq!(check(&program, &mint(5)), Err(StableMintDecimals));
            assert_eq!(check(&program, &mint(7)), Err(StableMintDecimals));
            assert_eq!(check(&program, &mint(6)[..81]), Err(StableMintForm));
            let mut frozen = mint(6);
            frozen[46] = 1;
            assert_eq!(check(&program, &frozen), Ok(()));
            for (at, byte) in [(45, 0), (45, 2), (0, 2), (1, 1), (46, 2), (49, 1)] {
                let mut bad = mint(6);
                bad[at] = byte;
                assert_eq!(check(&program, &bad), Err(StableMintForm), "{at}");
            }
        }
        assert_eq!(check(&Address::default(), &mint(6)), Err(StableMintProgram));
        assert_eq!(check(&TOKEN_PROGRAM, &extended(&[])), Err(StableMintForm));
    }

    #[test]
    fn extensions_that_touch_no_balance_are_allowed_and_no_others() {
        for kind in 1..=40u16 {
            let allowed = ALLOWED.contains(&kind);
            let data = extended(&[(kind, 64)]);
            let expected = if allowed { Ok(()) } else { Err(StableMintExtension) };
            assert_eq!(check(&TOKEN_2022_PROGRAM, &data), expected, "{kind}");
            // Behind one that is allowed, too.
            let data = extended(&[(if kind == 18 { 19 } else { 18 }, 64), (kind, 0)]);
            assert_eq!(check(&TOKEN_2022_PROGRAM, &data), expected, "{kind}");
        }
        let all: Vec<_> = ALLOWED.iter().map(|kind| (*kind, 7)).collect();
        assert_eq!(check(&TOKEN_2022_PROGRAM, &extended(&all)), Ok(()));
        assert_eq!(check(&TOKEN_2022_PROGRAM, &extended(&[(u16::MAX, 0)])), Err(StableMintExtension));
    }

    #[test]
    fn padding_is_zero_and_lengths_stay_inside() {
        let good = extended(&[(18, 64)]);
        for (padding, expected) in [
            (vec![0], Ok(())),
            (vec![0, 0, 0], Ok(())),
            (vec![0, 0, 1, 0], Err(StableMintForm)),
            (vec![5], Err(StableMintForm)),
        ] {
            assert_eq!(check(&TOKEN_2022_PROGRAM, &[good.as_slice(), &padding].concat()), expected);
        }
        assert_eq!(check(&TOKEN_2022_PROGRAM, &good[..good.len() - 1]), Err(StableMintForm));
        assert_eq!(check(&TOKEN_2022_PROGRAM, &extended(&[(18, 4), (18, 4)])), Err(StableMintForm));
        // Something hidden between the mint and its kind, another kind, a multisig's length.
        let mut hidden = good.clone();
        hidden[100] = 1;
        assert_eq!(check(&TOKEN_2022_PROGRAM, &hidden), Err(StableMintForm));
        let mut account = good.clone();
        account[KIND] = 2;
        assert_eq!(check(&TOKEN_2022_PROGRAM, &account), Err(StableMintForm));
        let mut multisig = good.clone();
        multisig.resize(MULTISIG_LEN, 0);
        assert_eq!(check(&TOKEN_2022_PROGRAM, &multisig), Err(StableMintForm));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(data in prop::collection::vec(any::<u8>(), 0..600), plausible: bool) {
            let mut data = data;
            if plausible && data.len() > 166 {
                data[..166].copy_from_slice(&extended(&[])[..166]);
            }
            let _ = check(&TOKEN_2022_PROGRAM, &data);
            let _ = check(&TOKEN_PROGRAM, &data);
        }
    }
}
