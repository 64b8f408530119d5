//! Events of outage cases and of the service level.

use super::effects::{Account, Effects, Fact, Fault, Slash};
use super::endings::outcome;
use super::images::CaseImage;
use super::jobs::{cube, owe};
use super::network::{add, agree, present, sub, within};
use super::revenue::{Column, Sums};
use super::world::{Contradiction, World, singletons};
use bytemuck::Zeroable;
use settlement_interface::Address;
use settlement_interface::accounts::{CASE_OPEN, CASE_UPHELD, Case, Job, JobState, Judged, Party};
use settlement_interface::events::{
    CaseAnswered, CaseMarked, CaseOpened, CaseUpheld, CaseWithdrawn, JobHeld, PenaltyDelayed, ServiceCredited,
};

pub(super) fn opened(
    world: &mut World,
    event: &CaseOpened,
    slot: u64,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    agree(job.cases, event.index, "the case's number")?;
    job.cases = add(job.cases, 1, "the number of cases")?;
    job.open_cases = add(job.open_cases, 1, "the number of open cases")?;
    let provider = job.terms.provider;
    let shown = Judged { from: event.from, to: event.to, missed: event.missed };
    let known = within(job.known(&shown), "what is known to be missed")?;
    let account = Case {
        job: event.job,
        reporter: event.reporter,
        rent_payer: event.rent_payer,
        index: event.index,
        opened_at: event.at,
        opened_slot: slot,
        from: event.from,
        to: event.to,
        units: event.units,
        missed: event.missed,
        penalty: event.penalty,
        bond: event.bond,
        pledged: event.pledged,
        known,
        state: CASE_OPEN,
        ..Case::zeroed()
    };
    let image =
        CaseImage { account, provider, evidence: event.evidence, opened_slot: slot, ..CaseImage::zeroed() };
    world.create(event.case, image)?;
    let vouched = &mut world.third_party(&event.meter)?.vouched;
    vouched.locked = add(vouched.locked, event.pledged, "what the meter pledged")?;
    agree(vouched.stake, event.meter_stake, "the meter's stake")?;
    let mint = world.config()?.account.mint;
    let bond = Account::CaseBond.within(event.reporter, event.job);
    effects.transfer(mint, event.bond, Account::Circulating.whole(), bond);
    Ok(())
}

pub(super) fn marked(world: &mut World, event: &CaseMarked) -> Result<(), Contradiction> {
    let case = &mut world.case(&event.case)?.account;
    (case.marked_at, case.marked_slot) = (event.at, event.slot);
    Ok(())
}

/// A case of this job is open no more.
fn decided(world: &mut World, job: &Address) -> Result<(), Contradiction> {
    let job = &mut world.job(job)?.account;
    job.open_cases = sub(job.open_cases, 1, "the number of open cases")?;
    Ok(())
}

/// What is promised from a time until the job's wait is over is excused, and how much that is, stated.
pub(super) fn excused(job: &Job, from: i64, stated: u64) -> Result<(), Contradiction> {
    agree(within(job.excused(from), "what is promised")?, stated, "what is excused")
}

/// Judges what a case shows, by the program's own rule; how much of it was new is stated.
fn judged(job: &mut Job, case: &Case, stated: u64) -> Result<(), Contradiction> {
    let shown = within(job.promise().shows(case.from, case.to, case.units), "what is promised")?;
    let new = within(job.judge(&shown, case.known), "what was judged")?;
    agree(new, stated, "what was missed and not judged before")
}

pub(super) fn answered(
    world: &mut World,
    event: &CaseAnswered,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    decided(world, &event.job)?;
    let meter = world.third_party(&event.meter)?;
    meter.overturned = add(meter.overturned, 1, "the number of overturned cases")?;
    let slashed = meter.vouched.slash(event.pledged);
    let slashed = slashed.ok_or_else(|| Contradiction("the meter has not pledged that".into()))?;
    agree(slashed, event.slashed, "what the meter loses")?;
    agree(meter.vouched.stake, event.meter_stake, "the meter's stake")?;
    let image = world.case(&event.case)?;
    agree(image.account.bond, event.bond, "the reporter's bond")?;
    agree(image.account.pledged, event.pledged, "what the meter pledged")?;
    (image.account.bond, image.account.pledged, image.meter_slashed) = (0, 0, event.slashed);
    (image.overturned, image.decided_at, image.closed_at) = (1, event.at, event.at);
    let reporter = image.account.reporter;
    let image = world.job(&event.job)?;
    owe(&mut image.account, Party::Provider, 0, event.bond)?;
    let (authority, cube) = (image.authority, cube(&image.account, event.at));
    let mint = world.config()?.account.mint;
    let (from, due) =
        (Account::CaseBond.within(reporter, event.job), Account::StakeDues.within(authority, event.job));
    effects.transfer(mint, event.bond, from, due);
    effects.transfer(mint, event.slashed, Account::Vouched.of(event.meter), Account::Burned.whole());
    let sums = Sums::new()
        .with(Column::Slashed, event.slashed)
        .with(Column::Burned, event.slashed)
        .with(Column::BurnedSlashed, event.slashed);
    effects.sum(cube, sums);
    Ok(())
}

pub(super) fn delayed(world: &mut World, event: &PenaltyDelayed) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    (job.waited, job.waits_until) = (1, event.until);
    if job.started_at == 0 {
        return Ok(());
    }
    excused(job, event.at, event.excused)
}

/// A penalty taken from the bond of a job that goes on, and what was left after.
struct Taken {
    fault: Fault,
    case: Option<Address>,
    reporter: Option<Address>,
    job: Address,
    provider: Address,
    at: i64,
    slashed: u64,
    harmed: u64,
    reported: u64,
    burned: u64,
    bad: u64,
    bond: u64,
    stake: u64,
}

/// Takes it from bond, stake and record, and tells of it; the consumer's part becomes due and the rest but
/// the reporter's burns.
fn slash(world: &mut World, taken: &Taken, effects: &mut Effects) -> Result<(), Contradiction> {
    let parts = add(add(taken.harmed, taken.reported, "the penalty")?, taken.burned, "the penalty")?;
    agree(parts, taken.slashed, "the penalty")?;
    let provider = world.provider(&taken.provider)?;
    provider.locked = sub(provider.locked, taken.slashed, "the locked stake")?;
    provider.stake = sub(provider.stake, taken.slashed, "the stake")?;
    agree(provider.stake, taken.stake, "the stake")?;
    provider.slashed = add(provider.slashed, taken.slashed, "what was slashed")?;
    provider.blame(taken.bad, taken.at);
    let authority = provider.authority;
    let totals = world.totals(&singletons().totals)?;
    totals.locked = sub(totals.locked, taken.slashed, "all locked stake")?;
    totals.count(taken.burned, taken.at);
    let job = &mut world.job(&taken.job)?.account;
    let bond = job.bond;
    job.bond = sub(bond, taken.slashed, "the bond")?;
    job.slashed = add(job.slashed, taken.slashed, "what penalties took")?;
    job.blamed = add(job.blamed, taken.bad, "the job's blame")?;
    agree(job.bond, taken.bond, "the bond")?;
    owe(job, Party::Consumer, 0, taken.harmed)?;
    let (terms, cube) = (job.terms, cube(job, taken.at));
    let mint = world.config()?.account.mint;
    let locked = Account::Locked.within(taken.provider, taken.job);
    effects.transfer(mint, taken.harmed, locked, Account::StakeDues.within(terms.consumer, taken.job));
    effects.transfer(mint, taken.burned, locked, Account::Burned.whole());
    effects.facts.push(Fact::Slash(Slash {
        provider: taken.provider,
        job: taken.job,
        fault: taken.fault,
        case: taken.case,
        consumer_wallet: terms.consumer,
        reporter: taken.reporter,
        refund: 0,
        bond,
        slashed: taken.slashed,
        harmed: taken.harmed,
        reported: taken.reported,
        panel: 0,
        burned: taken.burned,
        bad_usd: taken.bad,
    }));
    let fault = Some((taken.fault, taken.case));
    effects.facts.push(outcome(taken.provider, taken.job, &terms, fault, taken.bad, authority)?);
    let sums = Sums::new()
        .with(Column::Slashed, taken.slashed)
        .with(Column::Compensated, taken.harmed)
        .with(Column::Compensated, taken.reported)
        .with(Column::Burned, taken.burned)
        .with(Column::BurnedSlashed, taken.burned);
    effects.sum(cube, sums);
    Ok(())
}

pub(super) fn upheld(
    world: &mut World,
    event: &CaseUpheld,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let case = world.case(&event.case)?.account;
    let reporter = case.reporter;
    let taken = Taken {
        fault: Fault::Outage,
        case: Some(event.case),
        reporter: present(reporter),
        job: event.job,
        provider: event.provider,
        at: event.at,
        slashed: event.slashed,
        harmed: event.harmed,
        reported: event.reported,
        burned: event.burned,
        bad: event.bad,
        bond: event.bond,
        stake: event.stake,
    };
    slash(world, &taken, effects)?;
    decided(world, &event.job)?;
    let meter = world.third_party(&event.meter)?;
    meter.upheld = add(meter.upheld, u64::from(event.missed > 0), "the number of upheld cases")?;
    let vouched = &mut meter.vouched;
    vouched.locked = sub(vouched.locked, event.pledged, "what the meter pledged")?;
    let job = &mut world.job(&event.job)?.account;
    judged(job, &case, event.missed)?;
    let image = world.case(&event.case)?;
    agree(image.account.bond, event.returned, "the reporter's bond")?;
    let case = &mut image.account;
    agree(case.pledged, event.pledged, "what the meter pledged")?;
    (case.bond, case.pledged, case.state) = (0, 0, CASE_UPHELD);
    case.due = add(event.returned, event.reported, "what the reporter is due")?;
    (image.slashed, image.harmed, image.reported) = (event.slashed, event.harmed, event.reported);
    (image.burned, image.bad, image.decided_at) = (event.burned, event.bad, event.at);
    let mint = world.config()?.account.mint;
    let due = Account::CaseDues.within(reporter, event.job);
    effects.transfer(mint, event.reported, Account::Locked.within(event.provider, event.job), due);
    effects.transfer(mint, event.returned, Account::CaseBond.within(reporter, event.job), due);
    Ok(())
}

pub(super) fn withdrawn(
    world: &mut World,
    event: &CaseWithdrawn,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let image = world.case(&event.case)?;
    agree(image.account.due, event.amount, "what the reporter is due")?;
    (image.account.due, image.closed_at) = (0, event.at);
    let mint = world.config()?.account.mint;
    let due = Account::CaseDues.within(event.wallet, event.job);
    effects.transfer(mint, event.amount, due, Account::Circulating.whole());
    Ok(())
}

pub(super) fn held(world: &mut World, event: &JobHeld) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    job.state = JobState::Held as u8;
    if event.missed > 0 {
        (job.service_at, job.service_slot) = (event.at, event.slot);
    }
    Ok(())
}

pub(super) fn service_credited(
    world: &mut World,
    event: &ServiceCredited,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let taken = Taken {
        fault: Fault::Service,
        case: None,
        reporter: None,
        job: event.job,
        provider: event.provider,
        at: event.at,
        slashed: event.slashed,
        harmed: event.harmed,
        reported: 0,
        burned: event.burned,
        bad: event.bad,
        bond: event.bond,
        stake: event.stake,
    };
    slash(world, &taken, effects)?;
    let job = &mut world.job(&event.job)?.account;
    (job.service_at, job.service_slot) = (0, 0);
    let (promise, from, to) = (job.promise(), job.started_at, job.through);
    agree(within(promise.units(from, to), "what is promised")?, event.promised, "what was promised")?;
    let shown = within(promise.shows(from, to, job.units), "what is promised")?;
    let new = within(job.unjudged(&shown, 0), "what was judged")?;
    agree(new, event.missed, "what was missed and not judged before")?;
    job.judged_units = add(job.judged_units, new, "what was judged")?;
    Ok(())
}
