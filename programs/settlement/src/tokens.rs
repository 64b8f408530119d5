//! Calls of SPL Token, with accounts on the stack. Each names what it moves and who signs for it.
//! What Token-2022 answers too is in [`crate::tokens_of`].
//!
//! Source of the instruction bytes: SPL Token's `TokenInstruction`.

use crate::tokens_of;
use anchor_lang::prelude::*;
use settlement_interface::pda::TOKEN_PROGRAM;

pub const TRANSFER: u8 = 3;
const MINT_TO: u8 = 7;
const BURN: u8 = 8;
pub const CLOSE_ACCOUNT: u8 = 9;
pub const INITIALIZE_ACCOUNT_3: u8 = 18;

/// The bytes of an instruction that takes an amount.
pub fn with_amount(instruction: u8, amount: u64) -> [u8; 9] {
    let [a, b, c, d, e, f, g, h] = amount.to_le_bytes();
    [instruction, a, b, c, d, e, f, g, h]
}

/// Signer seeds of an address of this program; none for a wallet that signed the transaction.
pub type Seeds<'a> = &'a [&'a [&'a [u8]]];

/// Moves tokens between accounts of one mint.
pub fn transfer(
    from: CpiHandleMut<'_>,
    to: CpiHandleMut<'_>,
    authority: CpiHandle<'_>,
    amount: u64,
    seeds: Seeds<'_>,
) {
    tokens_of::transfer(&TOKEN_PROGRAM, from, to, authority, amount, seeds);
}

/// Burns tokens out of an account.
pub fn burn(
    from: CpiHandleMut<'_>,
    mint: CpiHandleMut<'_>,
    authority: CpiHandle<'_>,
    amount: u64,
    seeds: Seeds<'_>,
) {
    tokens_of::call(&TOKEN_PROGRAM, &with_amount(BURN, amount), from, mint, authority, seeds);
}

/// Mints tokens into an account.
pub fn mint_to(
    mint: CpiHandleMut<'_>,
    to: CpiHandleMut<'_>,
    authority: CpiHandle<'_>,
    amount: u64,
    seeds: Seeds<'_>,
) {
    tokens_of::call(&TOKEN_PROGRAM, &with_amount(MINT_TO, amount), mint, to, authority, seeds);
}

/// Bytes of a token account.
pub const ACCOUNT_LEN: usize = 165;

/// Creates a vault at an address of this program: a token account of `mint` owned by `owner`.
/// Works also if somebody has sent lamports there before.
pub fn open_vault(
    payer: &AccountView,
    vault: &mut UncheckedAccount,
    mint: CpiHandle<'_>,
    owner: &Address,
    seeds: &[&[u8]],
) -> Result<()> {
    tokens_of::open_vault(&TOKEN_PROGRAM, payer, vault, mint, owner, seeds)
}
