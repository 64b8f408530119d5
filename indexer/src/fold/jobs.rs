//! Events of a job until it runs.

use super::cases::excused;
use super::effects::{Account, Effects, Place};
use super::images::JobImage;
use super::market::{bid_accepted, lock, lock_in_job};
use super::network::{add, agree, code, quoted};
use super::revenue::{Column, Cube, Sums};
use super::world::{Contradiction, World};
use crate::decode::body;
use bytemuck::Zeroable;
use settlement_interface::accounts::{Job, JobState, MARK_NO_SHOW, MARK_NONE, Party};
use settlement_interface::events::{
    BondToppedUp, JobAccepted, JobMarked, JobOpened, JobStarted, JobToppedUp, MeterRotated, Touched,
};
use settlement_interface::terms::RAIL_STABLE;

/// Where what is paid into a job comes from, and what is paid out of it goes.
pub(super) fn outside(rail: u8) -> Place {
    if rail == RAIL_STABLE { Account::Outside.whole() } else { Account::Circulating.whole() }
}

/// The sums that count what moves in and out of escrows, in the escrow's mint.
pub(super) struct Flow {
    pub deposited: Column,
    pub refunded: Column,
    pub cancel_fees: Column,
}

impl Flow {
    /// Those of a rail.
    pub const fn of(rail: u8) -> Self {
        if rail == RAIL_STABLE {
            Self {
                deposited: Column::DollarsDeposited,
                refunded: Column::DollarsRefunded,
                cancel_fees: Column::DollarsCancelFees,
            }
        } else {
            Self { deposited: Column::Deposited, refunded: Column::Refunded, cancel_fees: Column::CancelFees }
        }
    }
}

/// The sums that an event of this job at this time belongs to.
pub(super) fn cube(job: &Job, at: i64) -> Cube {
    let order = &job.terms.order;
    Cube::at(at, body::rail(order.rail), job.terms.provider, i32::from(order.hardware))
}

pub(super) fn opened(
    world: &mut World,
    event: &JobOpened,
    slot: u64,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let [consumer_at, _] = event.entities.map(|touched| touched.entity);
    let consumer = world.consumer(&consumer_at)?;
    if consumer.wallet != event.terms.consumer {
        return Err(Contradiction("the consumer's wallet is another".into()));
    }
    agree(consumer.next_nonce, event.nonce, "the job's nonce")?;
    consumer.next_nonce = add(consumer.next_nonce, 1, "the number of jobs")?;
    let account = Job {
        terms: event.terms,
        terms_hash: event.terms_hash,
        vault: event.vault,
        rent_payer: event.rent_payer,
        meter: event.terms.order.meter,
        nonce: event.nonce,
        opened_at: event.at,
        funded: event.escrow,
        escrow: event.escrow,
        state: code(event.state, "state of a job")?,
        ..Job::zeroed()
    };
    let (mint, rail, cube) = (event.terms.mint, event.terms.order.rail, cube(&account, event.at));
    let image = JobImage { account, opened_slot: slot, ..JobImage::zeroed() };
    world.create(event.job, image)?;
    effects.transfer(mint, event.escrow, outside(rail), Account::Escrow.within(event.job, event.job));
    let sums = Sums::new().with(Column::JobsOpened, 1).with(Flow::of(rail).deposited, event.escrow);
    effects.sum(cube, sums);
    Ok(())
}

pub(super) fn topped_up(
    world: &mut World,
    event: &JobToppedUp,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    job.funded = add(job.funded, event.amount, "what the job was funded with")?;
    job.escrow = add(job.escrow, event.amount, "the escrow")?;
    agree(job.escrow, event.escrow, "the escrow")?;
    job.terms.order.budget = event.budget;
    job.terms_hash = event.terms_hash;
    let (mint, rail, cube) = (job.terms.mint, job.terms.order.rail, cube(job, event.at));
    effects.transfer(mint, event.amount, outside(rail), Account::Escrow.within(event.job, event.job));
    effects.sum(cube, Sums::new().with(Flow::of(rail).deposited, event.amount));
    Ok(())
}

pub(super) fn accepted(
    world: &mut World,
    event: &JobAccepted,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    lock(world.provider(&event.provider)?, event.locked, event.provider_locked)?;
    lock_in_job(world, event.bond)?;
    let bonded_escrow = bid_accepted(world, event)?;
    let provider = world.provider(&event.provider)?;
    provider.jobs_accepted = add(provider.jobs_accepted, 1, "the number of jobs")?;
    provider.jobs_open = add(provider.jobs_open, 1, "the number of jobs")?;
    let authority = provider.authority;
    quoted(world, &event.quoted, event.at, effects)?;
    let image = world.job(&event.job)?;
    image.authority = authority;
    let job = &mut image.account;
    job.terms.provider = event.provider;
    agree(job.escrow, event.escrow, "the escrow")?;
    job.terms_hash = event.terms_hash;
    job.terms.order.rate = event.rate;
    job.accepted_budget = event.budget;
    (job.bond, job.bonded_escrow) = (event.bond, bonded_escrow);
    job.accepted_at = event.at;
    job.state = JobState::Assigned as u8;
    let cube = cube(job, event.at);
    let mint = world.config()?.account.mint;
    let (from, to) = (Account::Stake.of(event.provider), Account::Locked.within(event.provider, event.job));
    effects.transfer(mint, event.locked, from, to);
    effects.sum(cube, Sums::new().with(Column::JobsAccepted, 1));
    Ok(())
}

pub(super) fn bond_topped_up(
    world: &mut World,
    event: &BondToppedUp,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    lock(world.provider(&event.provider)?, event.amount, event.provider_locked)?;
    lock_in_job(world, event.amount)?;
    let job = &mut world.job(&event.job)?.account;
    job.bonded_escrow = event.bonded_escrow;
    job.slashed = job.slashed.saturating_sub(event.amount);
    job.bond = add(job.bond, event.amount, "the bond")?;
    agree(job.bond, event.bond, "the bond")?;
    let mint = world.config()?.account.mint;
    let (from, to) = (Account::Stake.of(event.provider), Account::Locked.within(event.provider, event.job));
    effects.transfer(mint, event.amount, from, to);
    Ok(())
}

pub(super) fn started(world: &mut World, event: &JobStarted) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    job.started_at = event.at;
    excused(job, event.at, event.excused)?;
    job.heard_at = event.at;
    job.through = event.at;
    job.state = JobState::Running as u8;
    job.mark = MARK_NONE;
    job.marked_at = 0;
    job.marked_slot = 0;
    job.reporter = Touched::NOTHING.entity;
    Ok(())
}

pub(super) fn meter_rotated(world: &mut World, event: &MeterRotated, slot: u64) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    job.previous_meter = event.previous;
    job.meter = event.meter;
    (job.rotated_at, job.rotated_slot) = (event.at, slot);
    Ok(())
}

pub(super) fn marked(world: &mut World, event: &JobMarked) -> Result<(), Contradiction> {
    let image = world.job(&event.job)?;
    let authority = image.authority;
    let job = &mut image.account;
    job.mark = code(event.mark, "mark")?;
    if job.mark == MARK_NO_SHOW {
        let is_party = event.by == job.terms.consumer || event.by == authority;
        job.reporter = if is_party { Touched::NOTHING.entity } else { event.by };
    }
    job.marked_at = event.at;
    job.marked_slot = event.slot;
    Ok(())
}

pub(super) fn owe(job: &mut Job, party: Party, escrow: u64, stake: u64) -> Result<(), Contradiction> {
    let due = job.dues.get_mut(party as usize).ok_or_else(|| Contradiction("no such party".into()))?;
    due.escrow = add(due.escrow, escrow, "what is due")?;
    due.stake = add(due.stake, stake, "what is due")?;
    Ok(())
}
