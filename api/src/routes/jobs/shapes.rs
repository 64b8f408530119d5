//! How a job is shown.

use crate::db::jobs::{Due, Job as Row};
use crate::moment::rfc3339;
use crate::routes::{count, escrow_units};
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use serde::Serialize;
use utoipa::ToSchema;

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub struct Job {
    /// Its address.
    job: String,
    /// offered, open, assigned, running, closing, held, settling, closed, cancelled or failed.
    #[schema(example = "running")]
    state: String,
    /// Why it closes or was cancelled: by_consumer, by_provider, end, silence, lapsed or dispute; null before.
    reason: Option<String>,
    /// What is marked and waits for its grace: no_show, halt or service; null if nothing is.
    mark: Option<String>,
    /// The consumer's wallet.
    consumer: String,
    /// The provider's account.
    provider: String,
    /// Nonce among the consumer's jobs.
    nonce: u64,
    /// What both sides agreed on.
    terms: JobTerms,
    /// Key whose receipts count now.
    meter: String,
    /// session (a key of the consumer's) or registered (a third party with a bond).
    #[schema(example = "session")]
    meter_kind: String,
    /// Its auction; null for an offer to a named provider.
    auction: Option<JobAuction>,
    /// Outages and disputes.
    faults: JobFaults,
    /// Key before the last rotation; null if it was never rotated.
    previous_meter: Option<String>,
    /// Who marked the failure, if no party did.
    reporter: Option<String>,
    /// The job's own token account.
    vault: String,
    /// Who paid the rent of job and vault and gets it back.
    rent_payer: String,
    /// When what happened.
    times: JobTimes,
    /// Work, in USD.
    work: JobWork,
    /// Tokens: the bond is compute tokens, everything else in the escrow's mint.
    tokens: JobTokens,
    /// Slot in which it was opened.
    opened_slot: u64,
    /// Slot of the last event that changed it.
    changed_slot: u64,
    /// Events that changed it.
    events: u64,
}

/// How a job in an auction stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobAuction {
    /// End of bidding.
    bid_end: String,
    /// Whether anyone may have the best bid accepted after it.
    open_acceptance: bool,
    /// Providers that bid.
    bids: u64,
    /// The best bid; null if there is none.
    best_bid: Option<String>,
    /// Its rate.
    best_rate: Option<UsdAmount>,
}

/// What was found against the provider of a job.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobFaults {
    /// Outage cases opened ever.
    cases: u64,
    /// Outage cases open.
    open_cases: u64,
    /// Disputes opened ever.
    disputes: u64,
    /// Disputes open: 0 or 1.
    open_disputes: u64,
    /// Missed compute units that penalties were taken for.
    #[schema(pattern = "^[0-9]+$")]
    penalised_units: String,
    /// Until when a penalty waits because much of the network failed at once; null if none ever did.
    waits_until: Option<String>,
}

/// What both sides agreed on; fixed at opening, but for a budget that grew.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobTerms {
    /// Hash of job, opening time and terms: what both sides sign.
    hash: String,
    /// Hash of the work's specification.
    spec_hash: String,
    /// token or stable.
    rail: String,
    /// Mint of the escrow.
    mint: String,
    /// Hardware class.
    hardware: u64,
    /// Whether receipts carry commitments that can be disputed.
    verifiable: bool,
    /// Hash of the arbiters' panel; null if it is not verifiable.
    panel: Option<String>,
    /// Share of `unit_cap` that is promised, basis points; 0 for no promise.
    sla_bps: u64,
    /// Most that the work may cost.
    budget: UsdAmount,
    /// The budget that the provider accepted, which is what a failure counts; null before.
    accepted_budget: Option<UsdAmount>,
    /// Price of one `unit`.
    rate: UsdAmount,
    /// Compute units that `rate` pays for; 3,600,000 GPU milliseconds are a GPU hour.
    #[schema(pattern = "^[0-9]+$")]
    unit: String,
    /// Compute units that may be counted per second.
    #[schema(pattern = "^[0-9]+$")]
    unit_cap: String,
    /// Least price to convert at before `convert_by`, in 1e-8 USD per whole token; 0 for none.
    #[schema(pattern = "^[0-9]+$")]
    min_price: String,
    /// The protocol's take, basis points.
    take_bps: u64,
    /// Last moment to accept.
    offer_by: String,
    /// Last moment to start without penalty.
    start_by: String,
    /// End of the job.
    end_by: String,
    /// When `min_price` lapses.
    convert_by: String,
    /// Seconds without a receipt after which anyone may close it.
    silence_max: u64,
    /// The network's parameters when it was opened, by name.
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    parameters: serde_json::Value,
}

/// When what happened; null if it has not.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobTimes {
    /// Opened and paid in.
    opened_at: String,
    /// Accepted by the provider.
    accepted_at: Option<String>,
    /// Started.
    started_at: Option<String>,
    /// A receipt was last accepted; the start before the first.
    heard_at: Option<String>,
    /// A missed deadline was marked.
    marked_at: Option<String>,
    /// Began to close.
    closing_at: Option<String>,
    /// Closed, cancelled or failed.
    ended_at: Option<String>,
    /// Its account was closed.
    reclaimed_at: Option<String>,
}

/// Work. `accepted = settled + outstanding + pending` until what the escrow cannot pay becomes void.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobWork {
    /// Compute units of the last receipt, counted from the start.
    #[schema(pattern = "^[0-9]+$")]
    units: String,
    /// Moment up to which that receipt counts.
    through: Option<String>,
    /// Receipts accepted.
    receipts: u64,
    /// Charged by receipts.
    accepted: UsdAmount,
    /// Converted into tokens.
    settled: UsdAmount,
    /// Charged and not converted yet.
    outstanding: UsdAmount,
    /// Charged and waiting for its dispute window.
    pending: UsdAmount,
    /// Paid in kind at the end.
    in_kind: UsdAmount,
    /// What the escrow could not pay.
    void: UsdAmount,
}

/// Tokens of a job.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobTokens {
    /// Deposited ever.
    funded: TokenAmount,
    /// In escrow now.
    escrow: TokenAmount,
    /// Locked of the provider's stake.
    bond: TokenAmount,
    /// Burned by conversions and in kind.
    burned: TokenAmount,
    /// The protocol's take, part of what was burned; on the stable rail dollars for buyback and treasury.
    take: TokenAmount,
    /// Of it the treasury's; stable rail only.
    treasury_take: TokenAmount,
    /// Earned by the provider: mintable, or on the stable rail due in dollars.
    earned: TokenAmount,
    /// Paid to the provider in kind.
    in_kind_paid: TokenAmount,
    /// Burned in kind.
    in_kind_burned: TokenAmount,
    /// Booked back to the consumer.
    refund: TokenAmount,
    /// Booked to the provider for a cancellation.
    cancel_fee: TokenAmount,
}

/// What one party is due and was paid.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dues {
    /// consumer, provider, reporter, buyback or treasury.
    party: String,
    /// The wallet that is paid.
    wallet: String,
    /// Due now out of the job's vault.
    escrow: TokenAmount,
    /// Due now out of the stake vault.
    stake: TokenAmount,
    /// Paid so far out of the job's vault.
    paid_escrow: TokenAmount,
    /// Paid so far out of the stake vault.
    paid_stake: TokenAmount,
}

/// Dues of a job on a rail. The network's treasury is whatever wallet it is now.
pub(crate) fn dues(row: Due, rail: &str, treasury: &str, units: Units) -> Dues {
    let vault = escrow_units(rail, units);
    let wallet = if row.party == "treasury" { treasury.to_owned() } else { row.wallet };
    Dues {
        party: row.party,
        wallet,
        escrow: vault.tokens(row.escrow),
        stake: units.tokens(row.stake),
        paid_escrow: vault.tokens(row.paid_escrow),
        paid_stake: units.tokens(row.paid_stake),
    }
}

pub(super) fn job(row: Row, units: Units) -> Job {
    let vault = escrow_units(&row.rail, units);
    Job {
        auction: auction(&row),
        faults: JobFaults {
            cases: count(row.cases),
            open_cases: count(row.open_cases),
            disputes: count(row.disputes),
            open_disputes: count(row.open_disputes),
            penalised_units: row.penalised_units.0.to_string(),
            waits_until: row.waits_until.map(rfc3339),
        },
        terms: terms(&row),
        times: times(&row),
        work: JobWork {
            units: row.units.0.to_string(),
            through: row.through.map(rfc3339),
            receipts: count(row.receipts),
            accepted: usd(row.accepted),
            settled: usd(row.settled),
            outstanding: usd(row.outstanding),
            pending: usd(row.pending),
            in_kind: usd(row.in_kind_usd),
            void: usd(row.void_usd),
        },
        tokens: JobTokens {
            funded: vault.tokens(row.funded),
            escrow: vault.tokens(row.escrow),
            bond: units.tokens(row.bond),
            burned: vault.tokens(row.burned),
            take: vault.tokens(row.take),
            treasury_take: vault.tokens(row.treasury_take),
            earned: vault.tokens(row.earned),
            in_kind_paid: vault.tokens(row.in_kind_paid),
            in_kind_burned: vault.tokens(row.in_kind_burned),
            refund: vault.tokens(row.refund),
            cancel_fee: vault.tokens(row.cancel_fee),
        },
        job: row.job,
        state: row.state,
        reason: row.reason,
        mark: row.mark,
        consumer: row.consumer_wallet,
        provider: row.provider,
        nonce: count(row.nonce),
        meter: row.meter,
        meter_kind: row.meter_kind,
        previous_meter: row.previous_meter,
        reporter: row.reporter,
        vault: row.vault,
        rent_payer: row.rent_payer,
        opened_slot: count(row.opened_slot),
        changed_slot: count(row.slot),
        events: count(row.sequence),
    }
}

fn auction(row: &Row) -> Option<JobAuction> {
    Some(JobAuction {
        bid_end: rfc3339(row.bid_end?),
        open_acceptance: row.open_acceptance,
        bids: count(row.bids),
        best_bid: row.best_bid.clone(),
        best_rate: row.best_bid.as_ref().map(|_| usd(row.best_rate)),
    })
}

fn terms(row: &Row) -> JobTerms {
    JobTerms {
        hash: row.terms_hash.clone(),
        spec_hash: row.spec_hash.clone(),
        rail: row.rail.clone(),
        mint: row.mint.clone(),
        hardware: count(i64::from(row.hardware)),
        verifiable: row.verifiable,
        panel: row.panel.clone(),
        sla_bps: count(row.sla_bps.into()),
        budget: usd(row.budget),
        accepted_budget: row.accepted_at.map(|_| usd(row.accepted_budget)),
        rate: usd(row.rate),
        unit: row.unit.0.to_string(),
        unit_cap: row.unit_cap.0.to_string(),
        min_price: row.min_price.0.to_string(),
        take_bps: count(i64::from(row.take_bps)),
        offer_by: rfc3339(row.offer_by),
        start_by: rfc3339(row.start_by),
        end_by: rfc3339(row.end_by),
        convert_by: rfc3339(row.convert_by),
        silence_max: count(row.silence_max),
        parameters: row.parameters.clone(),
    }
}

fn times(row: &Row) -> JobTimes {
    JobTimes {
        opened_at: rfc3339(row.opened_at),
        accepted_at: row.accepted_at.map(rfc3339),
        started_at: row.started_at.map(rfc3339),
        heard_at: row.heard_at.map(rfc3339),
        marked_at: row.marked_at.map(rfc3339),
        closing_at: row.closing_at.map(rfc3339),
        ended_at: row.ended_at.map(rfc3339),
        reclaimed_at: row.reclaimed_at.map(rfc3339),
    }
}
