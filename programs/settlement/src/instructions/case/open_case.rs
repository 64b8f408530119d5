#![allow(unused_variables)] // Anchor binds the index once more than its seeds read it

use crate::emit::{emit, touch};
use crate::guards::evidence::{Evidence, Listings};
use crate::guards::{self, add, same, whole};
use crate::tokens;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{
    CASE_OPEN, Case, Config, Job, JobState, Judged, Layout, Meter, Provider,
};
use settlement_interface::events::{CaseOpened, EVIDENCE_ABSENCE, EVIDENCE_RECEIPTS};
use settlement_interface::rules::{Moment, START, Watch, missed, outage_penalty, report_bond};

/// Reports an outage by what the job's registered meter signed, with a bond that is lost to the provider
/// if the meter's own words overturn it. Signed by the reporter: anybody but the provider and whoever
/// stands behind the meter, so that nobody is paid for what it said itself.
///
/// The meter's stake is locked for as much as its words can take, until the case is resolved.
///
/// `evidence` is 1 for two receipts in this transaction's instructions `first` (65,535 for the job's
/// start) and `second` (either may be 65,534 for the last words accepted), 2 for the statement of absence
/// in `first` (then `second` is 0).
///
/// Any number of cases may be open, of gaps that overlap: what was missed is penalised once, by the case
/// that is upheld first. A gap that shows nothing that was not judged may be reported all the same, unless
/// those within it showed as much: with others it may show more.
#[event_cpi]
#[derive(Accounts)]
#[instruction(index: u64)]
pub struct OpenCase {
    /// Pays the case's rent and gets it back at the end.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// Whose bond it is.
    pub reporter: Signer,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider.
    pub provider: Account<Provider>,
    /// The job's meter, whose stake is locked.
    #[account(mut)]
    pub meter: Account<Meter>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The case.
    #[account(init, payer = payer, space = Case::LEN, seeds = [b"case", job.address().as_ref(), &index.to_le_bytes()], bump)]
    pub case: Account<Case>,
    /// Where the reporter's bond comes from.
    #[account(mut)]
    pub source: Account<TokenAccount>,
    /// Holds all stake.
    #[account(mut, seeds = [b"stake_vault"], bump = config.stake_vault_bump)]
    pub stake_vault: Account<TokenAccount>,
    /// This transaction's instructions.
    pub instructions: Sysvar<SysvarInstructions>,
    /// SPL Token.
    pub token_program: Program<Token>,
    /// The system program.
    pub system_program: Program<System>,
}

/// Refuses a job in which no outage can be reported at this time.
fn reportable(job: &Job, moment: Moment) -> Result<()> {
    let state = job.state();
    let counts = matches!(state, Some(JobState::Running | JobState::Closing | JobState::Held));
    require!(counts, SettlementError::WrongState);
    require!(!job.is_past_reporting(moment), SettlementError::CaseTooLate);
    Ok(())
}

/// Refuses a reporter who would judge itself or be paid for its own words.
fn not_self(reporter: &Address, job: &Job, provider: &Address) -> Result<()> {
    let behind = [provider, &job.terms.order.meter, &job.meter_authority];
    require!(!behind.contains(&reporter), SettlementError::ReporterIsParty);
    Ok(())
}

pub(crate) fn handler(
    ctx: &mut Context<OpenCase>,
    index: u64,
    evidence: u8,
    first: u16,
    second: u16,
    max_bond: u64,
) -> Result<()> {
    let (now, slot) = guards::now()?;
    let bump = ctx.bumps.case;
    let OpenCase {
        payer,
        reporter,
        job,
        provider,
        meter,
        config,
        case,
        source,
        stake_vault,
        instructions,
        event_authority,
        ..
    } = &mut ctx.accounts;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    not_self(reporter.address(), job, &provider.authority)?;
    same(&meter.key, &job.terms.order.meter, SettlementError::WrongMeter)?;
    same(source.mint(), &config.mint, SettlementError::WrongMint)?;
    require!(index == job.cases, SettlementError::CaseIndex);
    reportable(job, (now, slot))?;
    let (job_address, case_address) = (*job.address(), *case.address());
    let terms = job.terms.parameters;
    let takes = job.bond > 0 && terms.outage_bps > 0;
    require!(job.terms.order.sla_bps > 0 && takes, SettlementError::NoOutages);

    let words = Evidence { instructions, config, address: &job_address, job };
    let gap = match (evidence, first, second) {
        (EVIDENCE_RECEIPTS, first, second) => words.between(first, second, &Listings::default())?,
        (EVIDENCE_ABSENCE, first, 0) if first != START => words.absence(first)?,
        _ => return Err(SettlementError::EvidenceForm.into()),
    };
    let watch = Watch { earliest: job.started_at, latest: now.min(job.last_moment()), grace: terms.grace };
    let promise = job.promise();
    let shown = Judged { from: gap.from, to: gap.to, missed: missed(&promise, &watch, &gap)? };
    require!(whole(job.is_news(&shown))?, SettlementError::GapJudged);
    // Whatever was judged already: what it takes in the end is only what is new, with what others show.
    let (missed, known) = (shown.missed, whole(job.known(&shown))?);
    let promised = whole(job.promised())?;
    let at_risk = whole(job.bond_at_risk())?;
    let penalty = whole(outage_penalty(at_risk, terms.outage_bps, missed, promised))?.min(job.bond);
    // A reporter stakes a share of what the meter does for the same words and no other report: all who trust
    // them never lose more to a provider and a meter in league than these lose together.
    let free = whole(meter.vouched.free())?;
    let pledged = meter.vouched.pledge(penalty, terms.meter_bond)?;
    let bond = whole(report_bond(pledged.min(free), terms.report_bond_bps))?;
    require!(bond <= max_bond, SettlementError::BondTooHigh);
    tokens::transfer(
        source.try_cpi_handle_mut()?,
        stake_vault.try_cpi_handle_mut()?,
        reporter.cpi_handle(),
        bond,
        &[],
    );

    case.job = job_address;
    case.reporter = *reporter.address();
    case.rent_payer = *payer.address();
    case.index = index;
    case.opened_at = now;
    case.opened_slot = slot;
    case.from = gap.from;
    case.to = gap.to;
    case.units = gap.units;
    case.missed = missed;
    case.penalty = penalty;
    case.bond = bond;
    case.pledged = pledged;
    case.known = known;
    case.state = CASE_OPEN;
    case.bump = bump;
    add(&mut job.cases, 1)?;
    add(&mut job.open_cases, 1)?;
    let meter_address = *meter.address();
    let event = CaseOpened {
        entities: [
            touch(&job_address, &mut job.sequence)?,
            touch(&case_address, &mut case.sequence)?,
            touch(&meter_address, &mut meter.sequence)?,
        ],
        at: now,
        job: job_address,
        case: case_address,
        reporter: case.reporter,
        rent_payer: case.rent_payer,
        index,
        evidence: u64::from(evidence),
        from: gap.from,
        to: gap.to,
        units: gap.units,
        missed,
        penalty,
        bond,
        meter: meter_address,
        pledged: case.pledged,
        meter_stake: meter.vouched.stake,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
