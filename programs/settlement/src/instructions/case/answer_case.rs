use crate::emit::{emit, touch};
use crate::guards::evidence::{Evidence, Listings};
use crate::guards::{self, add, same, take, whole};
use crate::instructions::job::ending::{burn_stake, owe_from_stake};
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{CASE_OPEN, Case, Config, Job, Meter, Party};
use settlement_interface::events::CaseAnswered;
use settlement_interface::rules::{Gap, contradicts};

/// Overturns a case by better words of the same meter, two of them, that prove that all that was promised in
/// the gap was counted in it. They may lie within the gap or around it: of what was counted between them all
/// but the unit cap for each second outside of the gap counts. Counts until the penalty is executed. Anyone
/// may: the meter's signature stands in for a signer.
///
/// `first` and `second` are instructions of this transaction that hold a receipt, or a batch of which
/// `units`, `through` and `siblings` (`split` of them the first's) prove the job's entry; 65,535 stands for
/// the job's start, 65,534 for the last words that were accepted of it, by whatever instruction.
///
/// The reporter's bond is due to the provider, the case closes and its rent returns. The meter loses what
/// it had locked for its word, and all of that burns.
#[event_cpi]
#[derive(Accounts)]
pub struct AnswerCase {
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The case.
    #[account(mut)]
    pub case: Account<Case>,
    /// The job's meter, whose record shows that it contradicted itself.
    #[account(mut)]
    pub meter: Account<Meter>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// Who paid the case's rent.
    /// CHECK: its address is checked.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// Holds all stake.
    #[account(mut, seeds = [b"stake_vault"], bump = config.stake_vault_bump)]
    pub stake_vault: Account<TokenAccount>,
    /// The compute token.
    #[account(mut)]
    pub mint: Account<Mint>,
    /// This transaction's instructions.
    pub instructions: Sysvar<SysvarInstructions>,
    /// SPL Token.
    pub token_program: Program<Token>,
}

pub(crate) fn handler(
    ctx: &mut Context<AnswerCase>,
    first: u16,
    second: u16,
    listings: &Listings<'_>,
) -> Result<()> {
    let (now, _) = guards::now()?;
    let AnswerCase {
        job,
        case,
        meter,
        config,
        rent_payer,
        stake_vault,
        mint,
        instructions,
        event_authority,
        ..
    } = &mut ctx.accounts;
    let (job_address, case_address) = (*job.address(), *case.address());
    let meter_address = *meter.address();
    same(&case.job, &job_address, SettlementError::WrongCase)?;
    same(&meter.key, &job.terms.order.meter, SettlementError::WrongMeter)?;
    same(mint.address(), &config.mint, SettlementError::WrongMint)?;
    same(rent_payer.address(), &case.rent_payer, SettlementError::WrongRentPayer)?;
    require!(case.state == CASE_OPEN, SettlementError::CaseState);
    let words = Evidence { instructions, config, address: &job_address, job };
    let better = words.between(first, second, listings)?;
    let gap = Gap { from: case.from, to: case.to, units: case.units };
    let contradicted = whole(contradicts(&job.promise(), &gap, better.from, better.to, better.units))?;
    require!(contradicted, SettlementError::NotBetter);

    let bond = core::mem::take(&mut case.bond);
    owe_from_stake(job, Party::Provider, bond)?;
    take(&mut job.open_cases, 1)?;
    add(&mut meter.overturned, 1)?;
    // All of it burns: the provider, who lost nothing and has the reporter's bond, could be the meter's own.
    let pledged = core::mem::take(&mut case.pledged);
    let slashed = whole(meter.vouched.slash(pledged))?;
    burn_stake(stake_vault, mint, config, slashed)?;
    let event = CaseAnswered {
        entities: [
            touch(&job_address, &mut job.sequence)?,
            touch(&meter_address, &mut meter.sequence)?,
            touch(&case_address, &mut case.sequence)?,
        ],
        at: now,
        job: job_address,
        case: case_address,
        meter: meter_address,
        from: better.from,
        to: better.to,
        units: better.units,
        bond,
        penalty: case.penalty,
        pledged,
        slashed,
        meter_stake: meter.vouched.stake,
        rent_payer: case.rent_payer,
        lamports: case.account().lamports(),
    };
    emit(event_authority, ctx.bumps.event_authority, &event)?;
    case.close(*rent_payer.account())
}
