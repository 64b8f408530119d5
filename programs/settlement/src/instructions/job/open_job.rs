#![allow(unused_variables)] // Anchor binds the nonce once more than its seeds read it

use super::terms_hash;
use crate::emit::{emit, touch};
use crate::guards::{self, add, same};
use crate::tokens_of;
use alloc::boxed::Box;
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Consumer, Job, JobState, Layout, Provider};
use settlement_interface::events::JobOpened;
use settlement_interface::pda::{TOKEN_PROGRAM, VAULT};
use settlement_interface::rules::check_auction;
use settlement_interface::terms::{METER_REGISTERED, Order, RAIL_STABLE, Terms};

/// Opens a job as an offer to a named provider, or as an auction if `bid_end` is set, and pays it into
/// escrow. Signed by the consumer.
#[event_cpi]
#[derive(Accounts)]
#[instruction(nonce: u64)]
pub struct OpenJob {
    /// Pays the rent of job and vault, and gets it back at the end.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The consumer's wallet.
    pub wallet: Signer,
    /// Its consumer account.
    #[account(mut)]
    pub consumer: Account<Consumer>,
    /// The provider that the offer names; none in an auction.
    pub provider: Option<Account<Provider>>,
    /// The registered meter that the order names; the system program for a session key.
    /// CHECK: checked against the order.
    pub meter: UncheckedAccount,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The job.
    #[account(init, payer = payer, space = Job::LEN, seeds = [b"job", wallet.address().as_ref(), &nonce.to_le_bytes()], bump)]
    pub job: Account<Job>,
    /// The job's vault.
    /// CHECK: created here at its canonical address.
    #[account(mut, seeds = [b"vault", job.address().as_ref()], bump)]
    pub vault: UncheckedAccount,
    /// Where the consumer pays from.
    #[account(mut)]
    pub source: InterfaceAccount<TokenAccount>,
    /// The mint of the order's rail.
    pub mint: InterfaceAccount<Mint>,
    /// Its token program.
    pub token_program: Interface<'static, TokenInterface>,
    /// The system program.
    pub system_program: Program<System>,
}

pub(crate) fn handler(ctx: &mut Context<OpenJob>, nonce: u64, order: Order, amount: u64) -> Result<()> {
    let (now, _) = guards::now()?;
    let (bump, vault_bump) = (ctx.bumps.job, ctx.bumps.vault);
    let OpenJob {
        payer,
        wallet,
        consumer,
        provider,
        meter,
        config,
        job,
        vault,
        source,
        mint,
        token_program,
        event_authority,
        ..
    } = &mut ctx.accounts;
    guards::not_paused(config, now)?;
    same(wallet.address(), &consumer.wallet, SettlementError::WrongParty)?;
    require!(nonce == consumer.next_nonce, SettlementError::WrongNonce);
    require!(amount > 0, SettlementError::ZeroEscrow);
    order.validate(now)?;
    let (rail_mint, program) = if order.rail == RAIL_STABLE {
        require!(config.stable_mint != Address::default(), SettlementError::NoStableRail);
        (config.stable_mint, config.stable_program)
    } else {
        (config.mint, TOKEN_PROGRAM)
    };
    same(mint.address(), &rail_mint, SettlementError::WrongMint)?;
    same(source.mint(), &rail_mint, SettlementError::WrongMint)?;
    same(token_program.address(), &program, SettlementError::WrongTokenProgram)?;
    check_auction(&order, &config.parameters, now)?;
    let meter_authority = guards::meter::authority(meter, &order, config)?;
    if order.meter_kind == METER_REGISTERED {
        guards::meter::is_not(&consumer.wallet, &order, &meter_authority)?;
    }
    let named = match provider {
        Some(provider) => {
            require!(order.bid_end == 0, SettlementError::WrongProvider);
            guards::meter::is_not(&provider.authority, &order, &meter_authority)?;
            *provider.address()
        }
        None => {
            require!(order.bid_end > 0, SettlementError::WrongProvider);
            Address::default()
        }
    };

    let job_address = *job.address();
    let bump_seed = [vault_bump];
    tokens_of::open_vault(
        &program,
        payer.account(),
        vault,
        mint.cpi_handle(),
        &job_address,
        &[VAULT, job_address.as_ref(), &bump_seed],
    )?;
    tokens_of::transfer(
        &program,
        source.try_cpi_handle_mut()?,
        vault.try_cpi_handle_mut()?,
        wallet.cpi_handle(),
        amount,
        &[],
    );

    add(&mut consumer.next_nonce, 1)?;
    job.terms = Terms {
        consumer: consumer.wallet,
        provider: named,
        mint: rail_mint,
        order,
        parameters: config.parameters,
    };
    job.terms_hash = terms_hash(&job_address, now, &job.terms);
    job.vault = *vault.address();
    job.rent_payer = *payer.address();
    job.meter = order.meter;
    job.meter_authority = meter_authority;
    job.nonce = nonce;
    job.opened_at = now;
    job.funded = amount;
    job.escrow = amount;
    let state = if order.bid_end > 0 { JobState::Open } else { JobState::Offered };
    job.state = state as u8;
    job.bump = bump;
    job.vault_bump = vault_bump;
    require!(job.invariant(), SettlementError::InvariantViolated);

    let consumer_address = *consumer.address();
    let event = Box::new(JobOpened {
        entities: [
            touch(&consumer_address, &mut consumer.sequence)?,
            touch(&job_address, &mut job.sequence)?,
        ],
        at: now,
        job: job_address,
        vault: job.vault,
        rent_payer: job.rent_payer,
        terms: job.terms,
        terms_hash: job.terms_hash,
        nonce,
        escrow: amount,
        state: u64::from(job.state),
    });
    emit(event_authority, ctx.bumps.event_authority, event.as_ref())
}
