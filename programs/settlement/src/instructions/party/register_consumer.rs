use crate::emit::{emit, touch};
use crate::guards::{self, add};
use anchor_lang::prelude::*;
use settlement_interface::accounts::{Config, Consumer, Layout};
use settlement_interface::events::ConsumerRegistered;

/// Registers a wallet as consumer. Anyone may, for anyone, by paying the rent: it gives no power
/// over the wallet.
#[event_cpi]
#[derive(Accounts)]
pub struct RegisterConsumer {
    /// Pays the rent.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The wallet.
    /// CHECK: any address can be a consumer.
    pub wallet: UncheckedAccount,
    /// Its consumer account.
    #[account(init, payer = payer, space = Consumer::LEN, seeds = [b"consumer", wallet.address().as_ref()], bump)]
    pub consumer: Account<Consumer>,
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
    /// The system program.
    pub system_program: Program<System>,
}

pub(crate) fn handler(ctx: &mut Context<RegisterConsumer>) -> Result<()> {
    let (now, _) = guards::now()?;
    let bump = ctx.bumps.consumer;
    let RegisterConsumer { wallet, consumer, config, event_authority, .. } = &mut ctx.accounts;
    consumer.wallet = *wallet.address();
    consumer.index = config.consumers;
    consumer.registered_at = now;
    consumer.bump = bump;
    add(&mut config.consumers, 1)?;
    let (network, entity) = (*config.address(), *consumer.address());
    let event = ConsumerRegistered {
        entities: [touch(&network, &mut config.sequence)?, touch(&entity, &mut consumer.sequence)?],
        at: now,
        consumer: entity,
        wallet: consumer.wallet,
        index: consumer.index,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
