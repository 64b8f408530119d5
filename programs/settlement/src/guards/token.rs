//! Token accounts that payments go to.

use super::same;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use anchor_spl::token_interface;
use settlement_interface::SettlementError;
use settlement_interface::pda::{ASSOCIATED_TOKEN_PROGRAM, BUYBACK_VAULT, TOKEN_PROGRAM};

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

/// The same under either token program: loads a wallet's associated token account, able to receive. Of
/// which mint it is, the caller judges by [`mint_of`] first.
pub fn payable_of(
    account: &UncheckedAccount,
    wallet: &Address,
    mint: &Address,
    program: &Address,
) -> Result<InterfaceAccount<token_interface::TokenAccount>> {
    let seeds: [&[u8]; 3] = [wallet.as_ref(), program.as_ref(), mint.as_ref()];
    let (associated, _) = anchor_lang::find_program_address(&seeds, &ASSOCIATED_TOKEN_PROGRAM);
    same(account.address(), &associated, SettlementError::NotAssociated)?;
    receiving(account, wallet, mint, program)
}

/// The buyback vault, able to receive.
pub fn buyback_vault(
    account: &UncheckedAccount,
    config: &Address,
    mint: &Address,
    program: &Address,
) -> Result<InterfaceAccount<token_interface::TokenAccount>> {
    let (vault, _) = anchor_lang::find_program_address(&[BUYBACK_VAULT], &crate::ID);
    same(account.address(), &vault, SettlementError::NotAssociated)?;
    receiving(account, config, mint, program)
}

/// A token account of this owner and mint that is not frozen.
fn receiving(
    account: &UncheckedAccount,
    owner: &Address,
    mint: &Address,
    program: &Address,
) -> Result<InterfaceAccount<token_interface::TokenAccount>> {
    require!(account.account().owned_by(program), SettlementError::NotAssociated);
    // SAFETY: every instruction declares this account mutable, so that by Anchor's check of duplicates
    // it is no other declared account.
    let account = unsafe { InterfaceAccount::<token_interface::TokenAccount>::load_mut(*account.account()) }?;
    same(account.mint(), mint, SettlementError::WrongMint)?;
    same(account.owner(), owner, SettlementError::Undeliverable)?;
    require!(!account.is_frozen(), SettlementError::Undeliverable);
    Ok(account)
}

/// The mint that a token account's bytes name, whoever owns it; [`payable_of`] judges the account.
pub fn mint_of(account: &UncheckedAccount) -> Result<Address> {
    let data = account.account().try_borrow()?;
    let mint = data.first_chunk::<32>().ok_or(SettlementError::NotAssociated)?;
    Ok(Address::new_from_array(*mint))
}
