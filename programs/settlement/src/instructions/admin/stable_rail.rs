//! Opening the stable rail, once: the stablecoin is judged and named, the buyback gets its account and
//! its vault. By `initialize` or, later, by `open_stable_rail`.

use crate::emit::touch;
use crate::guards::{same, stable_mint};
use crate::tokens_of;
use anchor_lang::AccountInitialize;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Buyback, Config, Layout};
use settlement_interface::events::StableOpened;
use settlement_interface::pda::{BUYBACK, BUYBACK_VAULT};

/// What opening the rail needs.
pub struct Opening<'a> {
    pub config: &'a mut Account<Config>,
    pub payer: &'a AccountView,
    /// The stablecoin's mint, whatever it is.
    pub mint: &'a UncheckedAccount,
    /// Accounts at the canonical addresses of these bumps, which do not exist.
    pub buyback: &'a UncheckedAccount,
    pub buyback_vault: &'a mut UncheckedAccount,
    pub token_program: &'a Address,
    pub bumps: (u8, u8),
}

impl Opening<'_> {
    /// Judges, creates and writes; the caller emits the event.
    pub fn run(self, now: i64) -> Result<StableOpened> {
        let Self { config, payer, mint, buyback, buyback_vault, token_program, bumps } = self;
        let program = stable_mint::check(mint.account(), config)?;
        same(token_program, &program, SettlementError::WrongTokenProgram)?;
        let (bump, vault_bump) = ([bumps.0], [bumps.1]);
        tokens_of::open_vault(
            &program,
            payer,
            buyback_vault,
            mint.cpi_handle(),
            config.address(),
            &[BUYBACK_VAULT, &vault_bump],
        )?;
        let mut auction = Account::<Buyback>::create_and_initialize(
            payer,
            buyback.account(),
            Buyback::LEN,
            &crate::ID,
            &Default::default(),
            Some(&[BUYBACK, &bump]),
            None,
        )?;
        auction.bump = bumps.0;
        config.stable_mint = *mint.address();
        config.stable_program = program;
        config.buyback_vault_bump = bumps.1;
        let (config_address, buyback_address) = (*config.address(), *buyback.address());
        Ok(StableOpened {
            entities: [
                touch(&config_address, &mut config.sequence)?,
                touch(&buyback_address, &mut auction.sequence)?,
            ],
            at: now,
            mint: config.stable_mint,
            token_program: program,
            buyback: buyback_address,
            vault: *buyback_vault.address(),
        })
    }
}
