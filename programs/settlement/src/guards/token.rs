//! Token accounts that payments go to.

use super::same;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::pda::{ASSOCIATED_TOKEN_PROGRAM, TOKEN_PROGRAM};

/// Refuses any account but the wallet's associated token account of this mint, able to receive.
///
/// The address alone does not do: an associated account can be handed to another owner, and then
/// what is paid into it is not paid to the wallet.
pub fn payable(account: &Account<TokenAccount>, wallet: &Address, mint: &Address) -> Result<()> {
    let seeds: [&[u8]; 3] = [wallet.as_ref(), TOKEN_PROGRAM.as_ref(), mint.as_ref()];
    let (associated, _) = anchor_lang::find_program_address(&seeds, &ASSOCIATED_TOKEN_PROGRAM);
    same(account.address(), &associated, SettlementError::NotAssociated)?;
    same(account.mint(), mint, SettlementError::WrongMint)?;
    same(account.owner(), wallet, SettlementError::Undeliverable)?;
    require!(!account.is_frozen(), SettlementError::Undeliverable);
    Ok(())
}
