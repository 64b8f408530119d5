//! Token accounts that payments go to.

use super::same;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::pda::{ASSOCIATED_TOKEN_PROGRAM, TOKEN_PROGRAM};

/// Loads a wallet's associated token account of this mint, able to receive; refuses any other.
///
/// The address alone does not do: an associated account can be handed to another owner, and then
/// what is paid into it is not paid to the wallet.
pub fn payable(
    account: &UncheckedAccount,
    wallet: &Address,
    mint: &Address,
) -> Result<Account<TokenAccount>> {
    let seeds: [&[u8]; 3] = [wallet.as_ref(), TOKEN_PROGRAM.as_ref(), mint.as_ref()];
    let (associated, _) = anchor_lang::find_program_address(&seeds, &ASSOCIATED_TOKEN_PROGRAM);
    same(account.address(), &associated, SettlementError::NotAssociated)?;
    require!(account.account().owned_by(&TOKEN_PROGRAM), SettlementError::NotAssociated);
    // SAFETY: every instruction declares this account mutable, so that by Anchor's check of duplicates
    // it is no other declared account.
    let account = unsafe { Account::<TokenAccount>::load_mut(*account.account()) }?;
    same(account.mint(), mint, SettlementError::WrongMint)?;
    same(account.owner(), wallet, SettlementError::Undeliverable)?;
    require!(!account.is_frozen(), SettlementError::Undeliverable);
    Ok(account)
}
