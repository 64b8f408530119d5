//! Outage cases and disputes.

use super::count;
use crate::answer::Page;
use crate::db::cases::{Case as CaseRow, Dispute as DisputeRow, Part, Whose};
use crate::error::Result;
use crate::extract::{PathAddress, Query};
use crate::moment::rfc3339;
use crate::pagination::Wanted;
use crate::state::App;
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An outage that was reported against a provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct Case {
    /// Its account.
    case: String,
    /// The job.
    job: String,
    /// The provider's account.
    provider: String,
    /// Its number among the job's cases, disputes included, from 0.
    number: u64,
    /// Whose bond it is.
    reporter: String,
    /// What it is shown by: receipts, or the meter's statement of absence.
    #[schema(example = "receipts")]
    evidence: String,
    /// open, marked (nobody answered within the window), answered (overturned), upheld, or paid (upheld and its reporter paid).
    #[schema(example = "upheld")]
    state: String,
    /// Beginning of the gap.
    from: String,
    /// End of the gap.
    to: String,
    /// Compute units counted in it.
    #[schema(pattern = "^[0-9]+$")]
    units: String,
    /// Compute units missed in it.
    #[schema(pattern = "^[0-9]+$")]
    missed: String,
    /// What it would take from the provider's bond.
    penalty: TokenAmount,
    /// The reporter's bond while it is at risk.
    bond: TokenAmount,
    /// What it took: `harmed + reported + burned`.
    slashed: TokenAmount,
    /// Of it due to the consumer.
    harmed: TokenAmount,
    /// Of it due to the reporter.
    reported: TokenAmount,
    /// Of it burned.
    burned: TokenAmount,
    /// What the reporter is due now, its bond included.
    due: TokenAmount,
    /// Pledged of the meter's stake while it is open.
    pledged: TokenAmount,
    /// Taken of it because its own better words overturned the case.
    meter_slashed: TokenAmount,
    /// Added to the provider's bad record.
    bad: UsdAmount,
    /// When it was opened.
    opened_at: String,
    /// When the missed window was marked; null before.
    marked_at: Option<String>,
    /// When it was answered or upheld; null before.
    decided_at: Option<String>,
    /// When its account was closed; null before.
    closed_at: Option<String>,
    /// Who paid its rent and gets it back.
    rent_payer: String,
}

/// A dispute of a receipt of a verifiable job.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dispute {
    /// Its account.
    dispute: String,
    /// The job.
    job: String,
    /// The provider's account.
    provider: String,
    /// The provider's wallet, which reveals its side.
    authority: String,
    /// The consumer's wallet, which reveals the other.
    challenger: String,
    /// Its number among the job's cases, from 0.
    number: u64,
    /// Number of the disputed receipt.
    receipt: u64,
    /// Steps under either root.
    steps: u64,
    /// Last step known to be equal.
    lo: u64,
    /// First step known to differ.
    hi: u64,
    /// Midpoints compared.
    rounds: u64,
    /// Root that the receipt commits to.
    provider_root: String,
    /// The challenger's root.
    challenger_root: String,
    /// What it waits for.
    #[schema(example = "panel")]
    stage: String,
    /// provider_lost, challenger_lost or nobody; null while it is open.
    outcome: Option<String>,
    /// ruled, turn_missed, no_difference or no_ruling; null while it is open.
    cause: Option<String>,
    /// Who rules.
    panel: Panel,
    /// Arbiters who ruled for the provider.
    votes_for_provider: u64,
    /// Arbiters who ruled for the challenger.
    votes_for_challenger: u64,
    /// The challenger's bond.
    bond: TokenAmount,
    /// Least free stake of an arbiter that rules.
    arbiter_stake: TokenAmount,
    /// Pending in the job when it was opened.
    pending: UsdAmount,
    /// Of it void because the provider lost.
    void: UsdAmount,
    /// Taken from the provider's bond.
    slashed: TokenAmount,
    /// To each arbiter of the majority.
    fee: TokenAmount,
    /// Due to the consumer through the job.
    to_consumer: TokenAmount,
    /// Due to the provider through the job.
    to_provider: TokenAmount,
    /// Due back to the challenger.
    refund: TokenAmount,
    /// What arbiters and challenger are due now.
    due: TokenAmount,
    /// Added to the provider's bad record.
    bad: UsdAmount,
    /// When it was opened.
    opened_at: String,
    /// When the present turn or the panel's time began, or it was decided.
    turn_at: String,
    /// When that turn was marked as missed; null if it is not.
    marked_at: Option<String>,
    /// When it was resolved; null before.
    resolved_at: Option<String>,
    /// When its account was closed; null before.
    closed_at: Option<String>,
    /// Who paid its rent and gets it back.
    rent_payer: String,
}

/// Arbiters, of whom so many equal votes decide.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Panel {
    /// Votes that decide.
    k: u8,
    /// The arbiters' wallets.
    wallets: Vec<String>,
}

pub(super) fn case(row: CaseRow, units: Units) -> Case {
    Case {
        case: row.entity,
        job: row.job,
        provider: row.provider,
        number: count(row.number),
        reporter: row.reporter,
        evidence: row.evidence,
        state: row.state,
        from: rfc3339(row.gap_from),
        to: rfc3339(row.gap_to),
        units: row.units.0.to_string(),
        missed: row.missed.0.to_string(),
        penalty: units.tokens(row.penalty),
        bond: units.tokens(row.bond),
        slashed: units.tokens(row.slashed),
        harmed: units.tokens(row.harmed),
        reported: units.tokens(row.reported),
        burned: units.tokens(row.burned),
        due: units.tokens(row.due),
        pledged: units.tokens(row.pledged),
        meter_slashed: units.tokens(row.meter_slashed),
        bad: usd(row.bad_usd),
        opened_at: rfc3339(row.opened_at),
        marked_at: row.marked_at.map(rfc3339),
        decided_at: row.decided_at.map(rfc3339),
        closed_at: row.closed_at.map(rfc3339),
        rent_payer: row.rent_payer,
    }
}

pub(super) fn dispute(row: DisputeRow, units: Units) -> Dispute {
    Dispute {
        dispute: row.dispute,
        job: row.job,
        provider: row.provider,
        authority: row.authority,
        challenger: row.challenger,
        number: count(row.number),
        receipt: count(row.receipt),
        steps: count(row.steps),
        lo: count(row.lo),
        hi: count(row.hi),
        rounds: count(row.rounds),
        provider_root: row.provider_root,
        challenger_root: row.challenger_root,
        stage: row.stage,
        outcome: row.outcome,
        cause: row.cause,
        panel: serde_json::from_value(row.panel).unwrap_or_default(),
        votes_for_provider: count(row.votes_for_provider.into()),
        votes_for_challenger: count(row.votes_for_challenger.into()),
        bond: units.tokens(row.bond),
        arbiter_stake: units.tokens(row.arbiter_stake),
        pending: usd(row.pending),
        void: usd(row.void_usd),
        slashed: units.tokens(row.slashed),
        fee: units.tokens(row.fee),
        to_consumer: units.tokens(row.to_consumer),
        to_provider: units.tokens(row.to_provider),
        refund: units.tokens(row.refund),
        due: units.tokens(row.due),
        bad: usd(row.bad_usd),
        opened_at: rfc3339(row.opened_at),
        turn_at: rfc3339(row.turn_at),
        marked_at: row.marked_at.map(rfc3339),
        resolved_at: row.resolved_at.map(rfc3339),
        closed_at: row.closed_at.map(rfc3339),
        rent_payer: row.rent_payer,
    }
}

/// Outage cases against a provider
///
/// In order of opening. `{id}` is the provider's account or its authority's wallet.
#[utoipa::path(get, path = "/v1/providers/{id}/cases", tag = "providers",
    params(("id" = inline(crate::extract::Address), Path, description = "The provider's account or its authority's wallet"), Wanted),
    responses((status = 200, description = "The answer", body = Page<Case>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn provider_cases(
    State(app): State<App>,
    PathAddress(id): PathAddress,
    Query(wanted): Query<Wanted>,
) -> Result<Page<Case>> {
    let mut view = app.database.view(wanted.commitment).await?;
    let provider = super::provider(&mut view, &id).await?.provider;
    let name = format!("cases {provider} {} {}", wanted.order.name(), wanted.commitment.name());
    let after = app.cursors.after(&name, wanted.cursor.as_ref())?;
    let part = Part { after, order: wanted.order, limit: wanted.limit };
    let mut rows = view.cases(Whose::Provider(&provider), &part).await?;
    let next = wanted.limit.cut(&mut rows, |row| (row.opened_slot, row.entity.clone()));
    let next = app.cursors.next(&name, next)?;
    let units = view.units;
    Ok(view.page(rows.into_iter().map(|row| case(row, units)).collect(), next))
}

/// Disputes of a provider's receipts
///
/// In order of opening. `{id}` is the provider's account or its authority's wallet.
#[utoipa::path(get, path = "/v1/providers/{id}/disputes", tag = "providers",
    params(("id" = inline(crate::extract::Address), Path, description = "The provider's account or its authority's wallet"), Wanted),
    responses((status = 200, description = "The answer", body = Page<Dispute>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn provider_disputes(
    State(app): State<App>,
    PathAddress(id): PathAddress,
    Query(wanted): Query<Wanted>,
) -> Result<Page<Dispute>> {
    let mut view = app.database.view(wanted.commitment).await?;
    let provider = super::provider(&mut view, &id).await?.provider;
    let name = format!("disputes {provider} {} {}", wanted.order.name(), wanted.commitment.name());
    let after = app.cursors.after(&name, wanted.cursor.as_ref())?;
    let part = Part { after, order: wanted.order, limit: wanted.limit };
    let mut rows = view.disputes(Whose::Provider(&provider), &part).await?;
    let next = wanted.limit.cut(&mut rows, |row| (row.opened_slot, row.dispute.clone()));
    let next = app.cursors.next(&name, next)?;
    let units = view.units;
    Ok(view.page(rows.into_iter().map(|row| dispute(row, units)).collect(), next))
}
