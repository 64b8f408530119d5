//! Paying out of the one vault that holds all stake, bonds and what is due of them.

use crate::tokens_of;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::accounts::Config;
use settlement_interface::pda::{CONFIG, TOKEN_PROGRAM};

/// Pays what has left the books already, to an account that was judged able to receive it. `config` owns
/// the vault and signs by its seeds.
pub fn pay(
    stake_vault: &mut Account<TokenAccount>,
    destination: CpiHandleMut<'_>,
    config: &Account<Config>,
    amount: u64,
) -> Result<()> {
    let (vault, bump) = (stake_vault.try_cpi_handle_mut()?, [config.bump]);
    tokens_of::transfer(&TOKEN_PROGRAM, vault, destination, config.cpi_handle(), amount, &[&[CONFIG, &bump]]);
    Ok(())
}
