use crate::emit::{emit, touch};
use crate::guards::{self, add};
use anchor_lang::prelude::*;
use settlement_interface::accounts::{Arbiter, Config, Layout};
use settlement_interface::events::ArbiterRegistered;

/// Registers an arbiter. Signed by the wallet that will rule, stake and be paid.
#[event_cpi]
#[derive(Accounts)]
pub struct RegisterArbiter {
    /// Pays the rent.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The arbiter's wallet.
    pub wallet: Signer,
    /// Its arbiter account.
    #[account(init, payer = payer, space = Arbiter::LEN, seeds = [b"arbiter", wallet.address().as_ref()], bump)]
    pub arbiter: Account<Arbiter>,
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
    /// The system program.
    pub system_program: Program<System>,
}

pub(crate) fn handler(ctx: &mut Context<RegisterArbiter>) -> Result<()> {
    let (now, _) = guards::now()?;
    let bump = ctx.bumps.arbiter;
    let RegisterArbiter { wallet, arbiter, config, event_authority, .. } = &mut ctx.accounts;
    arbiter.wallet = *wallet.address();
    arbiter.index = config.arbiters;
    arbiter.registered_at = now;
    arbiter.bump = bump;
    add(&mut config.arbiters, 1)?;
    let (network, entity) = (*config.address(), *arbiter.address());
    let event = ArbiterRegistered {
        entities: [touch(&network, &mut config.sequence)?, touch(&entity, &mut arbiter.sequence)?],
        at: now,
        arbiter: entity,
        wallet: arbiter.wallet,
        index: arbiter.index,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
