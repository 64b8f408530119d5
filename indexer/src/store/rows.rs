//! What readers see of an entity: its columns.

use super::table::{Bytes, Cells, cells};
use crate::decode::body;
use crate::fold::{
    BID_ACCEPTED, BID_STANDING, BidImage, BuybackImage, CHANGE_APPLIED, CHANGE_CANCELLED, CHANGE_WAITING,
    CaseImage, ChangeImage, ConfigImage, DisputeImage, Entity, Held, JobImage, ROLE_METER, ThirdPartyImage,
    singletons,
};
use settlement_interface::Address;
use settlement_interface::accounts::{
    CASE_UPHELD, Consumer, Due, Job, Party, Price, Provider, StandingOffer,
};
use settlement_interface::change::ChangeKind;
use settlement_interface::events::Touched;
use settlement_interface::rules::rebate_pool;

/// An entity's row. `epoch_len` in seconds places epochs in time.
pub fn row(address: &Address, held: &Held, epoch_len: i64) -> Cells {
    let mut cells = match &held.entity {
        Entity::Config(config) => config_row(address, config),
        Entity::Price(price) => price_row(address, price),
        Entity::Totals(totals) => cells![*address, totals.locked],
        Entity::Consumer(consumer) => consumer_row(address, consumer),
        Entity::Provider(provider) => provider_row(address, provider),
        Entity::Job(job) => job_row(address, job),
        Entity::Epoch(image) => {
            let epoch = &image.account;
            let starts_at = i64::try_from(epoch.index).unwrap_or(i64::MAX).saturating_mul(epoch_len);
            let pool = rebate_pool(epoch.take, epoch.rebate_bps).unwrap_or(0);
            cells![
                *address,
                epoch.index,
                starts_at,
                starts_at.saturating_add(epoch_len),
                epoch.take,
                image.take_usd,
                epoch.weight.get(),
                epoch.rebate_bps,
                pool,
                epoch.rebated,
                epoch.credits,
                epoch.claimed,
            ]
        }
        Entity::Credit(image) => {
            let credit = &image.account;
            let rebate = (image.claimed != 0).then_some(image.rebate);
            cells![
                *address,
                credit.epoch,
                credit.provider,
                credit.rent_payer,
                credit.take,
                credit.weight.get(),
                rebate,
            ]
        }
        Entity::Change(image) => change_row(address, image),
        Entity::Bid(image) => bid_row(address, image),
        Entity::Buyback(image) => buyback_row(address, image),
        Entity::ThirdParty(image) => third_party_row(address, image),
        Entity::Case(image) => case_row(address, image),
        Entity::Dispute(image) => dispute_row(address, image),
    };
    cells.extend(&cells![held.entity.sequence(), held.slot, Bytes(&held.image())]);
    cells
}

/// The zero address as NULL.
fn some(address: Address) -> Option<Address> {
    (address != Touched::NOTHING.entity).then_some(address)
}

/// A time that has not come as NULL.
fn time(at: i64) -> Option<i64> {
    (at != 0).then_some(at)
}

fn config_row(address: &Address, image: &ConfigImage) -> Cells {
    let config = &image.account;
    let cluster = bs58::encode(&config.cluster).into_string();
    cells![
        *address,
        config.admin,
        some(config.pending_admin),
        some(config.guardian),
        config.treasury,
        config.mint,
        image.stake_vault,
        config.feed,
        config.feed_id,
        cluster,
        config.receipt_domain,
        body::parameters(&config.parameters),
        config.parameters.epoch_len,
        config.genesis_supply,
        config.decimals,
        config.initialized_at,
        time(config.paused_until),
        config.consumers,
        config.providers,
        some(config.stable_mint),
        some(config.stable_program),
        config.meters,
        config.arbiters,
        config.changes,
    ]
}

fn price_row(address: &Address, price: &Price) -> Cells {
    let seen = price.spot != 0;
    cells![
        *address,
        seen.then_some(price.spot),
        seen.then_some(price.confidence),
        seen.then_some(price.average),
        seen.then_some(price.exponent),
        seen.then_some(price.publish_time),
        seen.then_some(price.slot),
        price.seen_at,
    ]
}

fn consumer_row(address: &Address, consumer: &Consumer) -> Cells {
    cells![*address, consumer.wallet, consumer.index, consumer.next_nonce, consumer.registered_at]
}

fn provider_row(address: &Address, provider: &Provider) -> Cells {
    let standing = provider.standing != StandingOffer::NONE;
    cells![
        *address,
        provider.authority,
        provider.index,
        provider.metadata_hash,
        body::rates(&provider.rates),
        provider.stake,
        provider.locked,
        provider.unbonding,
        time(provider.unbonding_at),
        provider.claimable,
        provider.earned,
        provider.minted,
        provider.burned,
        provider.take,
        provider.slashed,
        provider.settled,
        provider.good,
        provider.bad,
        provider.decayed_at,
        provider.jobs_accepted,
        provider.jobs_failed,
        provider.jobs_open,
        provider.registered_at,
        standing.then(|| body::standing_offer(&provider.standing)),
    ]
}

fn job_row(address: &Address, image: &JobImage) -> Cells {
    let job = &image.account;
    let order = &job.terms.order;
    let marked = job.marked_at != 0;
    let [old, young] = &job.pending;
    cells![
        *address,
        job.terms.consumer,
        job.terms.provider,
        job.terms.mint,
        job.nonce,
        body::state(job.state.into()),
        body::rail(order.rail),
        order.hardware,
        order.verifiable != 0,
        order.sla_bps,
        order.spec_hash,
        job.terms_hash,
        body::parameters(&job.terms.parameters),
        job.terms.parameters.take_bps,
        job.vault,
        job.rent_payer,
        job.meter,
        some(job.previous_meter),
        some(job.reporter),
        order.budget,
        job.accepted_budget,
        order.rate,
        order.unit,
        order.unit_cap,
        order.min_price,
        order.offer_by,
        order.start_by,
        order.end_by,
        order.convert_by,
        order.silence_max,
        job.opened_at,
        time(job.accepted_at),
        time(job.started_at),
        time(job.rotated_at),
        time(job.closing_at),
        time(job.ended_at),
        time(job.heard_at),
        time(job.marked_at),
        marked.then_some(job.marked_slot),
        time(image.reclaimed_at),
        mark(job),
        body::reason(job.reason.into()),
        job.funded,
        job.escrow,
        job.bond,
        job.units,
        time(job.through),
        job.receipts,
        job.accepted,
        job.settled,
        job.outstanding().unwrap_or(0),
        job.burned,
        job.take,
        job.earned,
        image.refund,
        image.cancel_fee,
        image.void_usd,
        image.in_kind_usd,
        image.in_kind_paid,
        image.in_kind_burned,
        body::meter_kind(order.meter_kind),
        (order.verifiable != 0).then_some(order.panel),
        time(order.bid_end),
        order.open_acceptance != 0,
        job.bids,
        some(job.best_bid),
        job.best_rate,
        old.usd.saturating_add(young.usd),
        job.treasury_take,
        job.cases,
        job.open_cases,
        job.disputes,
        job.open_disputes,
        job.judged_units,
        time(job.waits_until),
        image.opened_slot,
    ]
}

/// What is marked: a mark, or else a missed service level.
fn mark(job: &Job) -> Option<String> {
    body::mark(job.mark.into()).or_else(|| (job.service_at != 0).then(|| "service".to_owned()))
}

pub fn due_rows(address: &Address, image: &JobImage) -> Vec<Cells> {
    let job = &image.account;
    let wallet = |party: Party| match party {
        Party::Consumer => job.terms.consumer,
        Party::Provider => image.authority,
        Party::Reporter => job.reporter,
        // The network's own until they are paid: the treasury's wallet can change meanwhile.
        Party::Buyback | Party::Treasury => singletons().config,
    };
    let parties = Party::ALL.into_iter().zip(job.dues.iter().zip(&image.paid));
    let owed = parties.filter(|(_, (due, paid))| **due != Due::default() || **paid != Due::default());
    let row = |(party, (due, paid)): (Party, (&Due, &Due))| {
        cells![*address, party.name(), wallet(party), due.escrow, due.stake, paid.escrow, paid.stake]
    };
    owed.map(row).collect()
}

fn change_row(address: &Address, image: &ChangeImage) -> Cells {
    let change = &image.account;
    let state = match image.state {
        CHANGE_WAITING => "waiting",
        CHANGE_APPLIED => "applied",
        CHANGE_CANCELLED => "cancelled",
        _ => "expired",
    };
    let (is_parameters, applied) =
        (change.kind == ChangeKind::Parameters as u8, image.state == CHANGE_APPLIED);
    cells![
        *address,
        change.index,
        body::change_kind(change.kind.into()),
        state,
        change.queued_by,
        change.queued_at,
        change.applies_from,
        change.expires_at,
        time(image.decided_at),
        some(image.decided_by),
        is_parameters.then(|| body::parameters(&change.parameters)),
        (!is_parameters).then_some(change.address),
        (is_parameters && applied).then(|| body::parameters(&image.previous_parameters)),
        (!is_parameters && applied).then_some(image.previous_address),
        change.base,
        change.rent_payer,
    ]
}

fn bid_row(address: &Address, image: &BidImage) -> Cells {
    let bid = &image.account;
    let state = match image.state {
        BID_STANDING => "standing",
        BID_ACCEPTED => "accepted",
        _ => "withdrawn",
    };
    cells![
        *address,
        bid.job,
        bid.provider,
        bid.index,
        bid.rate,
        bid.bond,
        bid.escrow,
        state,
        bid.placed_at,
        time(image.closed_at),
        bid.rent_payer,
    ]
}

fn buyback_row(address: &Address, image: &BuybackImage) -> Cells {
    let auction = &image.account;
    cells![
        *address,
        image.vault,
        auction.rounds,
        auction.lot,
        auction.left,
        time(auction.started_at),
        time(auction.ticked_at),
        auction.elapsed,
        auction.sold,
        auction.burned,
    ]
}

fn third_party_row(address: &Address, party: &ThirdPartyImage) -> Cells {
    cells![
        *address,
        if party.role == ROLE_METER { "meter" } else { "arbiter" },
        some(party.key),
        party.wallet,
        party.index,
        party.vouched.stake,
        party.vouched.unbonding,
        time(party.vouched.available_at),
        party.vouched.locked,
        party.upheld,
        party.overturned,
        party.rulings,
        party.registered_at,
    ]
}

fn case_row(address: &Address, image: &CaseImage) -> Cells {
    let case = &image.account;
    let state = match (case.state, image.closed_at != 0) {
        (CASE_UPHELD, true) => "paid",
        (CASE_UPHELD, false) => "upheld",
        _ if image.overturned != 0 => "answered",
        _ if case.marked_at != 0 => "marked",
        _ => "open",
    };
    cells![
        *address,
        case.job,
        image.provider,
        case.index,
        case.reporter,
        body::evidence(image.evidence),
        state,
        case.from,
        case.to,
        case.units,
        case.missed,
        case.penalty,
        case.bond,
        image.slashed,
        image.harmed,
        image.reported,
        image.burned,
        case.due,
        case.pledged,
        image.meter_slashed,
        image.bad,
        case.opened_at,
        time(case.marked_at),
        time(image.decided_at),
        time(image.closed_at),
        case.rent_payer,
        image.opened_slot,
    ]
}

fn dispute_row(address: &Address, image: &DisputeImage) -> Cells {
    let dispute = &image.account;
    // At most seven arbiters.
    let unpaid = dispute.fee.saturating_mul(dispute.unpaid.count_ones().into());
    cells![
        *address,
        dispute.job,
        image.provider,
        dispute.authority,
        dispute.challenger,
        dispute.index,
        dispute.receipt,
        dispute.provider_root,
        dispute.challenger_root,
        dispute.steps,
        dispute.lo,
        dispute.hi,
        dispute.rounds,
        body::stage(dispute.stage.into()),
        body::outcome(dispute.outcome.into()),
        body::cause(dispute.cause.into()),
        body::panel(&dispute.panel),
        dispute.for_provider.count_ones(),
        dispute.for_challenger.count_ones(),
        dispute.bond,
        dispute.arbiter_stake,
        image.pending,
        image.void,
        image.slashed,
        dispute.fee,
        image.to_consumer,
        image.to_provider,
        image.refunded,
        unpaid.saturating_add(dispute.refund),
        image.bad,
        dispute.opened_at,
        dispute.turn_at,
        time(dispute.marked_at),
        time(image.resolved_at),
        time(image.closed_at),
        dispute.rent_payer,
        image.opened_slot,
    ]
}
