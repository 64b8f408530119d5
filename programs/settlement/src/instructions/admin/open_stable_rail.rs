use super::change::{applied, ripe};
use super::stable_rail::Opening;
use crate::emit::emit;
use crate::guards::{self, same};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, ConfigChange};
use settlement_interface::change::{Change, ChangeKind};

/// Puts the queued naming of the stablecoin into force, once: the mint is judged as it is now, the buyback
/// gets its account and its vault, and jobs can be opened on the stable rail. Under the same conditions as
/// [`ApplyChange`](super::ApplyChange); signed by the admin.
///
/// The treasury, to which a share of that rail's take goes, is never nobody: neither `initialize` nor a
/// change lets it be.
#[event_cpi]
#[derive(Accounts)]
pub struct OpenStableRail {
    /// The admin.
    pub admin: Signer,
    /// Pays the rent of the accounts that are created.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
    /// The change.
    #[account(mut)]
    pub change: Account<ConfigChange>,
    /// Who paid the change's rent.
    /// CHECK: its address is checked.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// The stablecoin that the change names.
    /// CHECK: judged by its owner and bytes.
    pub stable_mint: UncheckedAccount,
    /// The buyback's account.
    /// CHECK: created here at its canonical address.
    #[account(mut, seeds = [b"buyback"], bump)]
    pub buyback: UncheckedAccount,
    /// Holds what buybacks sell.
    /// CHECK: created here at its canonical address.
    #[account(mut, seeds = [b"buyback_vault"], bump)]
    pub buyback_vault: UncheckedAccount,
    /// The stablecoin's token program.
    pub stable_program: Interface<'static, TokenInterface>,
    /// The system program.
    pub system_program: Program<System>,
}

pub(crate) fn handler(ctx: &mut Context<OpenStableRail>) -> Result<()> {
    let (now, _) = guards::now()?;
    let bumps = (ctx.bumps.buyback, ctx.bumps.buyback_vault);
    let OpenStableRail {
        admin,
        payer,
        config,
        change,
        rent_payer,
        stable_mint,
        buyback,
        buyback_vault,
        stable_program,
        event_authority,
        ..
    } = &mut ctx.accounts;
    let kind = ripe(admin.address(), config, change, rent_payer.address(), now)?;
    require!(kind == ChangeKind::StableMint, SettlementError::OpensRail);
    same(stable_mint.address(), &change.address, SettlementError::WrongMint)?;
    let previous = Change::in_force(kind, config);
    let event = applied(config, change, &previous, now)?;
    emit(event_authority, ctx.bumps.event_authority, event.as_ref())?;
    let rail = Opening {
        config,
        payer: payer.account(),
        mint: stable_mint,
        buyback,
        buyback_vault,
        token_program: stable_program.address(),
        bumps,
    };
    let event = rail.run(now)?;
    emit(event_authority, ctx.bumps.event_authority, &event)?;
    change.close(*rent_payer.account())
}
