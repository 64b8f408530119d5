//! Events of a job's life.

use super::effects::{Account, Conversion, Effects, Fact, Outcome, Slash};
use super::entity::{Entity, JobImage};
use super::network::{add, agree, present, quoted, sub};
use super::revenue::{Column, Cube, Sums};
use super::world::{Contradiction, World, singletons};
use crate::decode::body;
use bytemuck::Zeroable;
use settlement_interface::accounts::{Job, JobState, MARK_NO_SHOW, MARK_NONE, Party};
use settlement_interface::events::{
    BondToppedUp, JobAccepted, JobCancelled, JobClosed, JobClosing, JobFailed, JobHeld, JobMarked, JobOpened,
    JobReclaimed, JobSettling, JobStarted, JobToppedUp, MeterRotated, PendingMoved, Touched,
};
use settlement_interface::math::mul_div_floor;
use settlement_interface::rules::judge;
use settlement_interface::{Address, reputation};

/// The sums that an event of this job at this time belongs to.
pub(super) fn cube(job: &Job, at: i64) -> Cube {
    let order = &job.terms.order;
    Cube::at(at, body::rail(order.rail), job.terms.provider, i32::from(order.hardware))
}

fn code(value: u64, what: &str) -> Result<u8, Contradiction> {
    u8::try_from(value).map_err(|_| Contradiction(format!("{value} is no {what}")))
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
    let (mint, cube) = (event.terms.mint, cube(&account, event.at));
    let image = JobImage { account, opened_slot: slot, ..JobImage::zeroed() };
    world.create(event.job, Entity::Job(Box::new(image)))?;
    effects.transfer(
        mint,
        event.escrow,
        Account::Circulating.whole(),
        Account::Escrow.within(event.job, event.job),
    );
    let sums = Sums::new().with(Column::JobsOpened, 1).with(Column::Deposited, event.escrow);
    effects.sums = Some((cube, sums));
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
    let (mint, cube) = (job.terms.mint, cube(job, event.at));
    effects.transfer(
        mint,
        event.amount,
        Account::Circulating.whole(),
        Account::Escrow.within(event.job, event.job),
    );
    effects.sums = Some((cube, Sums::new().with(Column::Deposited, event.amount)));
    Ok(())
}

pub(super) fn accepted(
    world: &mut World,
    event: &JobAccepted,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let provider = world.provider(&event.provider)?;
    provider.locked = add(provider.locked, event.locked, "the locked stake")?;
    agree(provider.locked, event.provider_locked, "the locked stake")?;
    provider.jobs_accepted = add(provider.jobs_accepted, 1, "the number of jobs")?;
    provider.jobs_open = add(provider.jobs_open, 1, "the number of jobs")?;
    let authority = provider.authority;
    let totals = world.totals(&singletons().totals)?;
    totals.locked = add(totals.locked, event.locked, "all locked stake")?;
    quoted(world, &event.quoted, event.at, effects)?;
    let image = world.job(&event.job)?;
    image.authority = authority;
    let job = &mut image.account;
    job.terms.provider = event.provider;
    agree(job.escrow, event.escrow, "the escrow")?;
    job.terms_hash = event.terms_hash;
    job.terms.order.rate = event.rate;
    job.accepted_budget = event.budget;
    job.bond = event.bond;
    job.accepted_at = event.at;
    job.state = JobState::Assigned as u8;
    let cube = cube(job, event.at);
    let mint = world.config()?.account.mint;
    let (from, to) = (Account::Stake.of(event.provider), Account::Locked.within(event.provider, event.job));
    effects.transfer(mint, event.locked, from, to);
    effects.sums = Some((cube, Sums::new().with(Column::JobsAccepted, 1)));
    Ok(())
}

pub(super) fn bond_topped_up(
    world: &mut World,
    event: &BondToppedUp,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let provider = world.provider(&event.provider)?;
    provider.locked = add(provider.locked, event.amount, "the locked stake")?;
    agree(provider.locked, event.provider_locked, "the locked stake")?;
    let totals = world.totals(&singletons().totals)?;
    totals.locked = add(totals.locked, event.amount, "all locked stake")?;
    let job = &mut world.job(&event.job)?.account;
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
    let until = job.waits_until.min(job.last_moment());
    judge(&mut job.judged, event.at, until, event.excused)
        .ok_or_else(|| Contradiction("what is excused is out of range".into()))?;
    job.heard_at = event.at;
    job.through = event.at;
    job.state = JobState::Running as u8;
    job.mark = MARK_NONE;
    job.marked_at = 0;
    job.marked_slot = 0;
    job.reporter = Touched::NOTHING.entity;
    Ok(())
}

pub(super) fn meter_rotated(world: &mut World, event: &MeterRotated) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    job.previous_meter = event.previous;
    job.meter = event.meter;
    job.rotated_at = event.at;
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

/// Unlocks a bond; what is slashed of it is not the provider's any more.
fn unlock(world: &mut World, provider: &Address, bond: u64) -> Result<(), Contradiction> {
    let provider = world.provider(provider)?;
    provider.locked = sub(provider.locked, bond, "the locked stake")?;
    provider.jobs_open = sub(provider.jobs_open, 1, "the number of open jobs")?;
    let totals = world.totals(&singletons().totals)?;
    totals.locked = sub(totals.locked, bond, "all locked stake")?;
    Ok(())
}

fn owe(job: &mut Job, party: Party, escrow: u64, stake: u64) -> Result<(), Contradiction> {
    let due = job.dues.get_mut(party as usize).ok_or_else(|| Contradiction("no such party".into()))?;
    due.escrow = add(due.escrow, escrow, "what is due")?;
    due.stake = add(due.stake, stake, "what is due")?;
    Ok(())
}

pub(super) fn cancelled(
    world: &mut World,
    event: &JobCancelled,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let image = world.job(&event.job)?;
    let was_accepted = image.account.accepted_at != 0;
    let (consumer, authority) = (image.account.terms.consumer, image.authority);
    let (provider, escrow_mint) = (image.account.terms.provider, image.account.terms.mint);
    image.refund = event.refund;
    image.cancel_fee = event.fee;
    let job = &mut image.account;
    let parts = add(event.refund, event.fee, "what is due")?;
    agree(job.escrow, parts, "refund and fee")?;
    agree(job.bond, event.bond, "the bond")?;
    owe(job, Party::Consumer, event.refund, 0)?;
    owe(job, Party::Provider, event.fee, 0)?;
    (job.escrow, job.bond, job.ended_at) = (0, 0, event.at);
    job.reason = code(event.reason, "reason")?;
    job.state = JobState::Cancelled as u8;
    job.mark = MARK_NONE;
    let cube = cube(job, event.at);
    if was_accepted {
        unlock(world, &provider, event.bond)?;
    }
    let mint = world.config()?.account.mint;
    let escrow = Account::Escrow.within(event.job, event.job);
    effects.transfer(escrow_mint, event.refund, escrow, Account::Dues.within(consumer, event.job));
    effects.transfer(escrow_mint, event.fee, escrow, Account::Dues.within(authority, event.job));
    let (from, to) = (Account::Locked.within(provider, event.job), Account::Stake.of(provider));
    effects.transfer(mint, event.bond, from, to);
    let sums = Sums::new()
        .with(Column::JobsCancelled, 1)
        .with(Column::CancelFees, event.fee)
        .with(Column::Refunded, event.refund);
    effects.sums = Some((cube, sums));
    Ok(())
}

pub(super) fn failed(
    world: &mut World,
    event: &JobFailed,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let parts = add(add(event.harmed, event.reported, "the penalty")?, event.burned, "the penalty")?;
    agree(parts, event.slashed, "the penalty")?;
    unlock(world, &event.provider, event.bond)?;
    let provider = world.provider(&event.provider)?;
    provider.stake = sub(provider.stake, event.slashed, "the stake")?;
    agree(provider.stake, event.stake, "the stake")?;
    provider.slashed = add(provider.slashed, event.slashed, "what was slashed")?;
    provider.jobs_failed = add(provider.jobs_failed, 1, "the number of failures")?;
    provider.blame(event.bad, event.at);
    let authority = provider.authority;
    world.totals(&singletons().totals)?.count(event.burned, event.at);
    let image = world.job(&event.job)?;
    image.refund = event.refund;
    let job = &mut image.account;
    agree(job.escrow, event.refund, "the refund")?;
    agree(job.bond, event.bond, "the bond")?;
    owe(job, Party::Consumer, event.refund, event.harmed)?;
    owe(job, Party::Reporter, 0, event.reported)?;
    (job.escrow, job.bond, job.ended_at) = (0, 0, event.at);
    job.blamed = add(job.blamed, event.bad, "the job's blame")?;
    job.reporter = event.reporter;
    job.mark = MARK_NONE;
    job.state = JobState::Failed as u8;
    let (terms, cube) = (job.terms, cube(job, event.at));
    let reporter = present(event.reporter);
    let mint = world.config()?.account.mint;
    let (escrow, locked) =
        (Account::Escrow.within(event.job, event.job), Account::Locked.within(event.provider, event.job));
    effects.transfer(terms.mint, event.refund, escrow, Account::Dues.within(terms.consumer, event.job));
    let released = sub(event.bond, event.slashed, "the bond")?;
    effects.transfer(mint, released, locked, Account::Stake.of(event.provider));
    effects.transfer(mint, event.harmed, locked, Account::StakeDues.within(terms.consumer, event.job));
    if let Some(reporter) = reporter {
        effects.transfer(mint, event.reported, locked, Account::StakeDues.within(reporter, event.job));
    }
    effects.transfer(mint, event.burned, locked, Account::Burned.whole());
    effects.facts.push(Fact::Slash(Slash {
        provider: event.provider,
        job: event.job,
        consumer_wallet: terms.consumer,
        reporter,
        refund: event.refund,
        bond: event.bond,
        slashed: event.slashed,
        harmed: event.harmed,
        reported: event.reported,
        burned: event.burned,
        bad_usd: event.bad,
    }));
    let related = authority == terms.consumer;
    effects.facts.push(outcome(event.provider, event.job, &terms, false, event.bad, related)?);
    let sums = Sums::new()
        .with(Column::JobsFailed, 1)
        .with(Column::Slashed, event.slashed)
        .with(Column::Compensated, event.harmed)
        .with(Column::Compensated, event.reported)
        .with(Column::Burned, event.burned)
        .with(Column::BurnedSlashed, event.burned)
        .with(Column::Refunded, event.refund);
    effects.sums = Some((cube, sums));
    Ok(())
}

fn outcome(
    provider: Address,
    job: Address,
    terms: &settlement_interface::terms::Terms,
    success: bool,
    usd: u64,
    related: bool,
) -> Result<Fact, Contradiction> {
    let take_bps = terms.parameters.take_bps;
    let weight = reputation::weight(usd, take_bps)
        .ok_or_else(|| Contradiction(format!("a take of {take_bps} basis points")))?;
    Ok(Fact::Outcome(Outcome { provider, job, success, usd, take_bps, weight, related }))
}

pub(super) fn closing(world: &mut World, event: &JobClosing) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    job.closing_at = event.at;
    job.reason = code(event.reason, "reason")?;
    job.state = JobState::Closing as u8;
    Ok(())
}

pub(super) fn pending_moved(world: &mut World, event: &PendingMoved) -> Result<(), Contradiction> {
    world.job(&event.job)?.account.pending = [event.old, event.young];
    Ok(())
}

pub(super) fn held(world: &mut World, event: &JobHeld) -> Result<(), Contradiction> {
    world.job(&event.job)?.account.state = JobState::Held as u8;
    Ok(())
}

pub(super) fn settling(world: &mut World, event: &JobSettling) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    job.state = JobState::Settling as u8;
    Ok(())
}

pub(super) fn closed(
    world: &mut World,
    event: &JobClosed,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    unlock(world, &event.provider, event.bond)?;
    let provider = world.provider(&event.provider)?;
    provider.settled = add(provider.settled, event.recorded, "what was settled")?;
    provider.credit(event.recorded, event.at);
    let authority = provider.authority;
    let image = world.job(&event.job)?;
    image.refund = event.refund;
    image.void_usd = event.void;
    image.in_kind_usd = event.in_kind_usd;
    image.in_kind_paid = event.in_kind_paid;
    image.in_kind_burned = event.in_kind_burned;
    let job = &mut image.account;
    let in_kind = add(event.in_kind_paid, event.in_kind_burned, "what is paid in kind")?;
    agree(job.escrow, add(event.refund, in_kind, "what is due")?, "refund and payment in kind")?;
    agree(job.bond, event.bond, "the bond")?;
    owe(job, Party::Consumer, event.refund, 0)?;
    owe(job, Party::Provider, event.in_kind_paid, 0)?;
    (job.escrow, job.bond, job.ended_at) = (0, 0, event.at);
    job.burned = add(job.burned, event.in_kind_burned, "what was burned")?;
    job.take = add(job.take, event.in_kind_burned, "the take")?;
    job.settled = add(job.settled, event.in_kind_usd, "what was settled")?;
    job.recorded = add(job.recorded, event.recorded, "what was recorded")?;
    agree(job.recorded, job.settled, "what was recorded")?;
    job.state = JobState::Closed as u8;
    job.mark = MARK_NONE;
    let (terms, settled, cube) = (job.terms, job.settled, cube(job, event.at));
    let mint = world.config()?.account.mint;
    let escrow = Account::Escrow.within(event.job, event.job);
    effects.transfer(terms.mint, event.refund, escrow, Account::Dues.within(terms.consumer, event.job));
    effects.transfer(terms.mint, event.in_kind_paid, escrow, Account::Dues.within(authority, event.job));
    effects.transfer(terms.mint, event.in_kind_burned, escrow, Account::Burned.whole());
    let (from, to) = (Account::Locked.within(event.provider, event.job), Account::Stake.of(event.provider));
    effects.transfer(mint, event.bond, from, to);
    let related = authority == terms.consumer;
    effects.facts.push(outcome(event.provider, event.job, &terms, true, settled, related)?);
    // The provider's share of what is settled in kind is its share of the tokens, rounded down.
    let supply_side_usd = if in_kind == 0 {
        0
    } else {
        let (usd, paid, all) = (event.in_kind_usd.into(), event.in_kind_paid.into(), in_kind.into());
        let share = mul_div_floor(usd, paid, all).and_then(|share| u64::try_from(share).ok());
        share.ok_or_else(|| Contradiction("a payment in kind out of range".into()))?
    };
    let was_in_kind = in_kind > 0 || event.in_kind_usd > 0;
    if was_in_kind {
        effects.facts.push(Fact::Conversion(Conversion {
            job: event.job,
            provider: event.provider,
            hardware: terms.order.hardware,
            usd: event.in_kind_usd,
            supply_side_usd,
            burned: event.in_kind_burned,
            take: event.in_kind_burned,
            earned: event.in_kind_paid,
            escrow: 0,
            outstanding: 0,
            priced: None,
        }));
    }
    let holders = sub(event.in_kind_usd, supply_side_usd, "the holders' share")?;
    let sums = Sums::new()
        .with(Column::JobsClosed, 1)
        .with(Column::Conversions, u64::from(was_in_kind))
        .with(Column::FeesUsd, event.in_kind_usd)
        .with(Column::SupplySideUsd, supply_side_usd)
        .with(Column::HoldersUsd, holders)
        .with(Column::Burned, event.in_kind_burned)
        .with(Column::BurnedInKind, event.in_kind_burned)
        .with(Column::PaidInKind, event.in_kind_paid)
        .with(Column::Refunded, event.refund);
    effects.sums = Some((cube, sums));
    Ok(())
}

pub(super) fn reclaimed(world: &mut World, event: &JobReclaimed) -> Result<(), Contradiction> {
    let image = world.job(&event.job)?;
    if !image.account.is_paid_out() {
        return Err(Contradiction("somebody is still due something".into()));
    }
    image.reclaimed_at = event.at;
    Ok(())
}
