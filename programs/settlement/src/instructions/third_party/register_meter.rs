use crate::emit::{emit, touch};
use crate::guards::{self, add};
use anchor_lang::prelude::*;
use settlement_interface::accounts::{Config, Layout, Meter};
use settlement_interface::events::MeterRegistered;

/// Registers a meter. Signed by its key, so that nobody registers another's, and by the wallet that
/// will stake for it.
#[event_cpi]
#[derive(Accounts)]
pub struct RegisterMeter {
    /// Pays the rent.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The key that signs receipts.
    pub key: Signer,
    /// The wallet that stakes for it.
    pub authority: Signer,
    /// Its meter account.
    #[account(init, payer = payer, space = Meter::LEN, seeds = [b"meter", key.address().as_ref()], bump)]
    pub meter: Account<Meter>,
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
    /// The system program.
    pub system_program: Program<System>,
}

pub(crate) fn handler(ctx: &mut Context<RegisterMeter>) -> Result<()> {
    let (now, _) = guards::now()?;
    let bump = ctx.bumps.meter;
    let RegisterMeter { key, authority, meter, config, event_authority, .. } = &mut ctx.accounts;
    meter.key = *key.address();
    meter.authority = *authority.address();
    meter.index = config.meters;
    meter.registered_at = now;
    meter.bump = bump;
    add(&mut config.meters, 1)?;
    let (network, entity) = (*config.address(), *meter.address());
    let event = MeterRegistered {
        entities: [touch(&network, &mut config.sequence)?, touch(&entity, &mut meter.sequence)?],
        at: now,
        meter: entity,
        key: meter.key,
        authority: meter.authority,
        index: meter.index,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
