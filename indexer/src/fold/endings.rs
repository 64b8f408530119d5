//! Events by which a job ends.

use super::effects::{Account, Conversion, Effects, Fact, Fault, Means, Outcome, Slash};
use super::jobs::{Flow, cube, owe};
use super::network::{add, agree, code, present, sub};
use super::revenue::{Column, Sums};
use super::world::{Contradiction, World, singletons};
use settlement_interface::accounts::{JobState, MARK_NONE, Party};
use settlement_interface::events::{
    JobCancelled, JobClosed, JobClosing, JobFailed, JobReclaimed, JobSettling,
};
use settlement_interface::math::mul_div_floor;
use settlement_interface::terms::Terms;
use settlement_interface::{Address, reputation};

/// Unlocks a bond; what is slashed of it is not the provider's any more.
fn unlock(world: &mut World, provider: &Address, bond: u64) -> Result<(), Contradiction> {
    let provider = world.provider(provider)?;
    provider.locked = sub(provider.locked, bond, "the locked stake")?;
    provider.jobs_open = sub(provider.jobs_open, 1, "the number of open jobs")?;
    let totals = world.totals(&singletons().totals)?;
    totals.locked = sub(totals.locked, bond, "all locked stake")?;
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
    let rail = image.account.terms.order.rail;
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
    let flow = Flow::of(rail);
    let sums = Sums::new()
        .with(Column::JobsCancelled, 1)
        .with(flow.cancel_fees, event.fee)
        .with(flow.refunded, event.refund);
    effects.sum(cube, sums);
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
    job.slashed = add(job.slashed, event.slashed, "what penalties took")?;
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
        fault: Fault::NoShow,
        case: None,
        consumer_wallet: terms.consumer,
        reporter,
        refund: event.refund,
        bond: event.bond,
        slashed: event.slashed,
        harmed: event.harmed,
        reported: event.reported,
        panel: 0,
        burned: event.burned,
        bad_usd: event.bad,
    }));
    let fault = Some((Fault::NoShow, None));
    effects.facts.push(outcome(event.provider, event.job, &terms, fault, event.bad, authority)?);
    let sums = Sums::new()
        .with(Column::JobsFailed, 1)
        .with(Column::Slashed, event.slashed)
        .with(Column::Compensated, event.harmed)
        .with(Column::Compensated, event.reported)
        .with(Column::Burned, event.burned)
        .with(Column::BurnedSlashed, event.burned)
        .with(Flow::of(terms.order.rail).refunded, event.refund);
    effects.sum(cube, sums);
    Ok(())
}

/// What a provider's reputation counts: a success or, with a fault and the case or dispute that found it,
/// a failure. What it did for its own wallet counts for nothing.
pub(super) fn outcome(
    provider: Address,
    job: Address,
    terms: &Terms,
    fault: Option<(Fault, Option<Address>)>,
    usd: u64,
    authority: Address,
) -> Result<Fact, Contradiction> {
    let take_bps = terms.parameters.take_bps;
    let weight = reputation::weight(usd, take_bps)
        .ok_or_else(|| Contradiction(format!("a take of {take_bps} basis points")))?;
    let related = authority == terms.consumer;
    let (fault, case) = fault.unzip();
    Ok(Fact::Outcome(Outcome { provider, job, fault, case: case.flatten(), usd, take_bps, weight, related }))
}

pub(super) fn closing(world: &mut World, event: &JobClosing, slot: u64) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    (job.closing_at, job.closing_slot) = (event.at, slot);
    job.reason = code(event.reason, "reason")?;
    job.state = JobState::Closing as u8;
    Ok(())
}

pub(super) fn settling(world: &mut World, event: &JobSettling) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    job.state = JobState::Settling as u8;
    (job.service_at, job.service_slot) = (0, 0);
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
    effects.facts.push(outcome(event.provider, event.job, &terms, None, settled, authority)?);
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
            treasury_usd: 0,
            burned: event.in_kind_burned,
            take: event.in_kind_burned,
            earned: event.in_kind_paid,
            escrow: 0,
            outstanding: 0,
            by: Means::InKind,
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
        .with(Flow::of(terms.order.rail).refunded, event.refund);
    effects.sum(cube, sums);
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
