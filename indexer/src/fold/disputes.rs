//! Events of pending receipts and of disputes. What a move leads to is the program's own rule.

use super::effects::{Account, Commitment, Effects, Fact, Fault, Slash};
use super::endings::outcome;
use super::images::DisputeImage;
use super::jobs::{cube, owe};
use super::network::{add, agree, code, sub};
use super::revenue::{Column, Sums};
use super::world::{Contradiction, World, singletons};
use bytemuck::Zeroable;
use settlement_interface::Address;
use settlement_interface::accounts::{Dispute, JobState, OUTCOME_PROVIDER_LOST, Party, REASON_DISPUTE};
use settlement_interface::events::{
    ArbiterReleased, DisputeClosed, DisputeOpened, DisputeResolved, DisputeWithdrawn, PendingMoved, Ruled,
    StepRevealed, Touched, TurnMarked,
};
use settlement_interface::rules::Stage;

pub(super) fn pending_moved(
    world: &mut World,
    event: &PendingMoved,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    job.pending = [event.old, event.young];
    if event.receipt > 0 {
        job.steps = event.steps;
        effects.facts.push(Fact::Commitment(Commitment {
            job: event.job,
            receipt: event.receipt,
            root: event.root,
            steps: event.steps,
            usd: event.added,
        }));
    }
    Ok(())
}

pub(super) fn opened(
    world: &mut World,
    event: &DisputeOpened,
    slot: u64,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let image = world.job(&event.job)?;
    let authority = image.authority;
    let job = &mut image.account;
    agree(job.disputes, event.index, "the dispute's number")?;
    job.disputes = add(job.disputes, 1, "the number of disputes")?;
    job.open_disputes = add(job.open_disputes, 1, "the number of open disputes")?;
    job.disputed = event.receipt;
    let account = Dispute {
        job: event.job,
        authority,
        challenger: event.challenger,
        rent_payer: event.rent_payer,
        provider_root: event.provider_root,
        challenger_root: event.challenger_root,
        index: event.index,
        receipt: event.receipt,
        steps: event.steps,
        hi: sub(event.steps, 1, "the last step")?,
        opened_at: event.at,
        opened_slot: event.slot,
        turn_at: event.at,
        turn_slot: event.slot,
        bond: event.bond,
        arbiter_stake: event.arbiter_stake,
        panel: event.panel,
        stage: Stage::ChallengerLast as u8,
        ..Dispute::zeroed()
    };
    let image = DisputeImage {
        account,
        provider: event.provider,
        pending: event.pending,
        opened_slot: slot,
        ..DisputeImage::zeroed()
    };
    world.create(event.dispute, image)?;
    let mint = world.config()?.account.mint;
    let bond = Account::DisputeBond.within(event.challenger, event.job);
    effects.transfer(mint, event.bond, Account::Circulating.whole(), bond);
    Ok(())
}

pub(super) fn revealed(world: &mut World, event: &StepRevealed) -> Result<(), Contradiction> {
    let dispute = &mut world.dispute(&event.dispute)?.account;
    let due = dispute.turn().map(|(_, index)| index);
    if due != Some(event.index) || dispute.reveal(&event.step, (event.at, event.slot)).is_none() {
        return Err(Contradiction(format!("step {} was not due", event.index)));
    }
    agree(dispute.lo, event.lo, "the last equal step")?;
    agree(dispute.hi, event.hi, "the first different step")?;
    agree(dispute.rounds, event.rounds, "the number of rounds")?;
    agree(dispute.stage.into(), event.stage, "the stage")?;
    agree(dispute.outcome.into(), event.outcome, "the outcome")
}

pub(super) fn turn_marked(world: &mut World, event: &TurnMarked) -> Result<(), Contradiction> {
    let dispute = &mut world.dispute(&event.dispute)?.account;
    (dispute.marked_at, dispute.marked_slot) = (event.at, event.slot);
    Ok(())
}

pub(super) fn ruled(world: &mut World, event: &Ruled, slot: u64) -> Result<(), Contradiction> {
    let [dispute_at, arbiter_at] = event.entities.map(|touched: Touched| touched.entity);
    let dispute = &mut world.dispute(&dispute_at)?.account;
    let place = dispute.panel.place(&event.arbiter);
    let now = (event.at, slot);
    let counted = place.and_then(|place| dispute.rule(place, event.for_provider != 0, now));
    counted.ok_or_else(|| Contradiction(format!("{} may not rule", event.arbiter)))?;
    agree(dispute.for_provider.count_ones().into(), event.votes_for_provider, "the votes")?;
    agree(dispute.for_challenger.count_ones().into(), event.votes_for_challenger, "the votes")?;
    agree(dispute.stage.into(), event.stage, "the stage")?;
    let arbiter = world.third_party(&arbiter_at)?;
    arbiter.rulings = add(arbiter.rulings, 1, "the number of rulings")?;
    let locked = arbiter.vouched.lock(event.locked);
    locked.ok_or_else(|| Contradiction(format!("{} has less to lock", event.arbiter)))
}

pub(super) fn arbiter_released(world: &mut World, event: &ArbiterReleased) -> Result<(), Contradiction> {
    let [dispute_at, arbiter_at] = event.entities.map(|touched: Touched| touched.entity);
    let dispute = &mut world.dispute(&dispute_at)?.account;
    let place = dispute.panel.place(&event.arbiter);
    let released = place.and_then(|place| dispute.release(place));
    released.ok_or_else(|| Contradiction(format!("{} is not held", event.arbiter)))?;
    let vouched = &mut world.third_party(&arbiter_at)?.vouched;
    vouched.locked = sub(vouched.locked, event.amount, "the locked stake")?;
    agree(vouched.locked, event.locked, "the locked stake")
}

pub(super) fn resolved(
    world: &mut World,
    event: &DisputeResolved,
    slot: u64,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let bits = code(event.arbiters, "set of arbiters")?;
    let image = world.dispute(&event.dispute)?;
    agree(image.account.bond, event.bond, "the challenger's bond")?;
    let dispute = &mut image.account;
    dispute.outcome = code(event.outcome, "outcome")?;
    dispute.cause = code(event.cause, "cause")?;
    (dispute.fee, dispute.refund, dispute.unpaid) = (event.fee, event.refund, bits);
    dispute.stage = Stage::Resolved as u8;
    let challenger = dispute.challenger;
    let places = dispute.panel.wallets().iter().enumerate();
    let paid = places.filter(|(place, _)| bits.checked_shr(*place as u32).is_some_and(|rest| rest & 1 == 1));
    let arbiters: Vec<Address> = paid.map(|(_, wallet)| *wallet).collect();
    (image.void, image.slashed, image.bad) = (event.void, event.slashed, event.bad);
    (image.to_consumer, image.to_provider) = (event.to_consumer, event.to_provider);
    (image.refunded, image.resolved_at) = (event.refund, event.at);

    let image = world.job(&event.job)?;
    let authority = image.authority;
    let job = &mut image.account;
    job.open_disputes = sub(job.open_disputes, 1, "the number of open disputes")?;
    job.accepted = sub(job.accepted, event.void, "what was accepted")?;
    agree(job.accepted, event.accepted, "what was accepted")?;
    job.pending = [event.old, event.young];
    owe(job, Party::Consumer, 0, event.to_consumer)?;
    owe(job, Party::Provider, 0, event.to_provider)?;
    let (terms, cube) = (job.terms, cube(job, event.at));

    let mint = world.config()?.account.mint;
    let lost = event.outcome == u64::from(OUTCOME_PROVIDER_LOST);
    let bond = Account::DisputeBond.within(challenger, event.job);
    let loser = if lost { Account::Locked.within(event.provider, event.job) } else { bond };
    for wallet in &arbiters {
        effects.transfer(mint, event.fee, loser, Account::CaseDues.within(*wallet, event.job));
    }
    effects.transfer(mint, event.to_consumer, loser, Account::StakeDues.within(terms.consumer, event.job));
    effects.transfer(mint, event.to_provider, loser, Account::StakeDues.within(authority, event.job));
    effects.transfer(mint, event.refund, bond, Account::CaseDues.within(challenger, event.job));
    if lost { provider_lost(world, event, slot, effects, cube) } else { Ok(()) }
}

/// What losing costs the provider besides what is due to others.
fn provider_lost(
    world: &mut World,
    event: &DisputeResolved,
    slot: u64,
    effects: &mut Effects,
    cube: super::revenue::Cube,
) -> Result<(), Contradiction> {
    let job = &mut world.job(&event.job)?.account;
    let bond = std::mem::take(&mut job.bond);
    job.slashed = add(job.slashed, bond, "what penalties took")?;
    job.blamed = add(job.blamed, event.bad, "the job's blame")?;
    agree(bond, event.slashed, "the bond")?;
    if job.state != JobState::Held as u8 {
        job.state = code(event.state, "state of a job")?;
        if job.closing_at == 0 {
            (job.closing_at, job.closing_slot) = (event.at, slot);
        }
        job.reason = REASON_DISPUTE;
    }
    let terms = job.terms;
    let provider = world.provider(&event.provider)?;
    provider.locked = sub(provider.locked, event.slashed, "the locked stake")?;
    provider.stake = sub(provider.stake, event.slashed, "the stake")?;
    agree(provider.stake, event.stake, "the stake")?;
    provider.slashed = add(provider.slashed, event.slashed, "what was slashed")?;
    provider.jobs_failed = add(provider.jobs_failed, 1, "the number of failures")?;
    provider.blame(event.bad, event.at);
    let authority = provider.authority;
    let totals = world.totals(&singletons().totals)?;
    totals.locked = sub(totals.locked, event.slashed, "all locked stake")?;
    effects.facts.push(Fact::Slash(Slash {
        provider: event.provider,
        job: event.job,
        fault: Fault::Dispute,
        case: Some(event.dispute),
        consumer_wallet: terms.consumer,
        reporter: None,
        refund: 0,
        bond,
        slashed: event.slashed,
        harmed: event.to_consumer,
        reported: 0,
        panel: sub(event.slashed, event.to_consumer, "the panel's fees")?,
        burned: 0,
        bad_usd: event.bad,
    }));
    let fault = Some((Fault::Dispute, Some(event.dispute)));
    effects.facts.push(outcome(event.provider, event.job, &terms, fault, event.bad, authority)?);
    let sums = Sums::new().with(Column::Slashed, event.slashed).with(Column::Compensated, event.to_consumer);
    effects.sum(cube, sums);
    Ok(())
}

pub(super) fn withdrawn(
    world: &mut World,
    event: &DisputeWithdrawn,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let member = code(event.member, "member of a panel")?;
    let dispute = &mut world.dispute(&event.dispute)?.account;
    let job = dispute.job;
    let due = dispute.take_due(member);
    if due != Some((event.wallet, event.amount)) {
        return Err(Contradiction(format!("{} is not due {}", event.wallet, event.amount)));
    }
    let mint = world.config()?.account.mint;
    let due = Account::CaseDues.within(event.wallet, job);
    effects.transfer(mint, event.amount, due, Account::Circulating.whole());
    Ok(())
}

pub(super) fn closed(world: &mut World, event: &DisputeClosed) -> Result<(), Contradiction> {
    let image = world.dispute(&event.dispute)?;
    if !image.account.is_paid_out() || image.account.held != 0 {
        return Err(Contradiction("somebody is still due or held something".into()));
    }
    image.closed_at = event.at;
    Ok(())
}
