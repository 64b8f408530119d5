//! Whether an account can be the network's stablecoin, for whoever sets it.

use anchor_lang::prelude::*;
use settlement_interface::pda::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use settlement_interface::{SettlementError, accounts::Config, stablecoin};

/// Refuses a mint that cannot be the stablecoin of this network, or a second one. Returns its token
/// program.
pub fn check(mint: &AccountView, config: &Config) -> Result<Address> {
    require!(config.stable_mint == Address::default(), SettlementError::StableMintSet);
    require!(*mint.address() != config.mint, SettlementError::StableMintIsCompute);
    let programs = [TOKEN_PROGRAM, TOKEN_2022_PROGRAM];
    let program = programs.into_iter().find(|program| mint.owned_by(program));
    let program = program.ok_or(SettlementError::StableMintProgram)?;
    stablecoin::check(&program, &mint.try_borrow()?)?;
    Ok(program)
}
