#![allow(unused_variables)] // Anchor binds the nonce once more than its seeds read it

use super::terms_hash;
use crate::emit::{emit, touch};
use crate::guards::{self, add, same};
use crate::tokens;
use alloc::boxed::Box;
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Consumer, Job, JobState, Layout, Provider};
use settlement_interface::events::JobOpened;
use settlement_interface::pda::VAULT;
use settlement_interface::terms::{METER_REGISTERED, Order, Terms};

/// Opens a job as an offer to a named provider and pays it into escrow. Signed by the consumer.
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
    /// The provider that the offer names.
    pub provider: Account<Provider>,
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
    pub source: Account<TokenAccount>,
    /// The compute token.
    pub mint: Account<Mint>,
    /// SPL Token.
    pub token_program: Program<Token>,
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
        event_authority,
        ..
    } = &mut ctx.accounts;
    guards::not_paused(config, now)?;
    same(wallet.address(), &consumer.wallet, SettlementError::WrongParty)?;
    require!(nonce == consumer.next_nonce, SettlementError::WrongNonce);
    require!(amount > 0, SettlementError::ZeroEscrow);
    same(mint.address(), &config.mint, SettlementError::WrongMint)?;
    same(source.mint(), &config.mint, SettlementError::WrongMint)?;
    order.validate(now)?;
    let meter_authority = guards::meter::authority(meter, &order, config)?;
    guards::meter::is_not(&provider.authority, &order, &meter_authority)?;
    if order.meter_kind == METER_REGISTERED {
        guards::meter::is_not(&consumer.wallet, &order, &meter_authority)?;
    }

    let job_address = *job.address();
    let bump_seed = [vault_bump];
    tokens::open_vault(
        payer.account(),
        vault,
        mint.cpi_handle(),
        &job_address,
        &[VAULT, job_address.as_ref(), &bump_seed],
    )?;
    tokens::transfer(
        source.try_cpi_handle_mut()?,
        vault.try_cpi_handle_mut()?,
        wallet.cpi_handle(),
        amount,
        &[],
    );

    add(&mut consumer.next_nonce, 1)?;
    job.terms = Terms {
        consumer: consumer.wallet,
        provider: *provider.address(),
        mint: config.mint,
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
    job.state = JobState::Offered as u8;
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
