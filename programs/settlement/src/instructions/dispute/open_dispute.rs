#![allow(unused_variables)] // Anchor binds the index once more than its seeds read it

use crate::emit::{emit, touch};
use crate::guards::{self, add, same, whole};
use crate::instructions::job::bonding;
use crate::pending::{self, Events};
use crate::tokens;
use alloc::boxed::Box;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Dispute, Job, JobState, Layout, Price, Provider};
use settlement_interface::events::DisputeOpened;
use settlement_interface::panel::Panel;
use settlement_interface::rules::pending::disputable;
use settlement_interface::rules::{Stage, challenge_bond};

/// Disputes the newest receipt of a bucket that is still pending, with a root of one's own over as many
/// steps and a bond. Signed by the consumer: nobody else is harmed by a wrong result. Its output and
/// its input are due next; from now on nothing of the job matures until the dispute is resolved.
#[event_cpi]
#[derive(Accounts)]
#[instruction(index: u64)]
pub struct OpenDispute {
    /// Pays the rent, and gets it back at the end.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The consumer's wallet.
    pub wallet: Signer,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider.
    pub provider: Account<Provider>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The last qualifying price.
    pub price: Account<Price>,
    /// The dispute.
    #[account(init, payer = payer, space = Dispute::LEN, seeds = [b"dispute", job.address().as_ref(), &index.to_le_bytes()], bump)]
    pub dispute: Account<Dispute>,
    /// Where the bond comes from.
    #[account(mut)]
    pub source: Account<TokenAccount>,
    /// Holds all stake, and this bond.
    #[account(mut, seeds = [b"stake_vault"], bump = config.stake_vault_bump)]
    pub stake_vault: Account<TokenAccount>,
    /// SPL Token.
    pub token_program: Program<Token>,
    /// The system program.
    pub system_program: Program<System>,
}

pub(crate) fn handler(
    ctx: &mut Context<OpenDispute>,
    index: u64,
    receipt: u64,
    root: [u8; 32],
    panel: Panel,
    max_bond: u64,
) -> Result<()> {
    let (now, slot) = guards::now()?;
    let (bump, event_bump) = (ctx.bumps.dispute, ctx.bumps.event_authority);
    let OpenDispute {
        payer,
        wallet,
        job,
        provider,
        config,
        price,
        dispute,
        source,
        stake_vault,
        event_authority,
        ..
    } = &mut ctx.accounts;
    same(wallet.address(), &job.terms.consumer, SettlementError::WrongParty)?;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    same(source.mint(), &config.mint, SettlementError::WrongMint)?;
    require!(job.terms.order.verifiable != 0, SettlementError::NotVerifiable);
    let receiving = matches!(job.state(), Some(JobState::Running | JobState::Closing | JobState::Held));
    require!(receiving, SettlementError::WrongState);
    require!(job.open_disputes == 0, SettlementError::DisputeOpen);
    require!(index == job.disputes, SettlementError::WrongDispute);
    panel.validate()?;
    require!(panel.hash() == job.terms.order.panel, SettlementError::WrongPanel);
    pending::mature(job, (now, slot), &Events { authority: event_authority, bump: event_bump })?;
    let terms = job.terms.parameters;
    let bucket = disputable(&job.pending, receipt, terms.dispute_window, (now, slot));
    let bucket = bucket.ok_or(SettlementError::NotDisputable)?;
    require!(receipt > job.disputed, SettlementError::DisputedAlready);
    let [old, young] = job.pending;
    let waiting = whole(old.usd.checked_add(young.usd))?;
    let stakes = job.bond.max(bonding::of_pending(job, waiting, config, price)?);
    let bond = whole(challenge_bond(stakes, terms.challenge_bond_bps))?;
    require!(bond <= max_bond, SettlementError::BondTooHigh);
    tokens::transfer(
        source.try_cpi_handle_mut()?,
        stake_vault.try_cpi_handle_mut()?,
        wallet.cpi_handle(),
        bond,
        &[],
    );

    add(&mut job.disputes, 1)?;
    add(&mut job.open_disputes, 1)?;
    job.disputed = receipt;
    let steps = u64::from(bucket.steps);
    dispute.job = *job.address();
    dispute.authority = provider.authority;
    dispute.challenger = *wallet.address();
    dispute.rent_payer = *payer.address();
    dispute.provider_root = bucket.root;
    dispute.challenger_root = root;
    dispute.index = index;
    dispute.receipt = receipt;
    dispute.steps = steps;
    dispute.hi = whole(steps.checked_sub(1))?;
    (dispute.opened_at, dispute.opened_slot) = (now, slot);
    (dispute.turn_at, dispute.turn_slot) = (now, slot);
    dispute.bond = bond;
    dispute.arbiter_stake = whole(job.bond.checked_add(bond))?.max(terms.arbiter_bond);
    dispute.panel = panel;
    dispute.stage = Stage::ChallengerLast as u8;
    dispute.bump = bump;
    require!(job.invariant(), SettlementError::InvariantViolated);

    let (job_address, dispute_address) = (*job.address(), *dispute.address());
    let event = Box::new(DisputeOpened {
        entities: [touch(&job_address, &mut job.sequence)?, touch(&dispute_address, &mut dispute.sequence)?],
        at: now,
        job: job_address,
        dispute: dispute_address,
        provider: *provider.address(),
        challenger: dispute.challenger,
        rent_payer: dispute.rent_payer,
        slot,
        index,
        receipt,
        provider_root: bucket.root,
        challenger_root: root,
        steps,
        pending: waiting,
        bond,
        job_bond: job.bond,
        arbiter_stake: dispute.arbiter_stake,
        panel,
        reserved: [0; 6],
    });
    emit(event_authority, event_bump, event.as_ref())
}
