//! Whether a job's sums balance: what went into its vault, where it went, and the transactions that show it.
//!
//! Three records are held against each other: the job's events, which are on the chain for anyone to read; the ledger, which
//! the indexer books; and the job's own counters.

use super::books::{Books, Sums};
use crate::answer::Answer;
use crate::db::jobs::{Due, Job};
use crate::error::Result;
use crate::extract::{Address, Commitment};
use crate::mcp::tool::Tool;
use crate::moment::rfc3339;
use crate::routes::jobs::known;
use crate::routes::{count, escrow_units};
use crate::state::App;
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Which job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReconcileJob {
    /// The job's address.
    #[schema(inline)]
    job: Address,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[schema(inline)]
    commitment: Commitment,
}

/// A job's sums.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reconciled {
    /// The job.
    job: String,
    /// Its state.
    #[schema(example = "closed")]
    state: String,
    /// token or stable.
    rail: String,
    /// Mint of the escrow, which all amounts but those of dollars are of.
    mint: String,
    /// The job's vault, whose balance is `held` and `due` together.
    vault: String,
    /// Whether every check balances.
    balances: bool,
    /// What was compared.
    checks: Vec<Check>,
    /// Where what was escrowed went.
    escrow: EscrowSums,
    /// Work in USD.
    work: WorkSums,
    /// The events that show it, in their order: the first 200.
    evidence: Vec<Evidence>,
    /// How many more there are; all of them under `/v1/events?entity=` and the job.
    evidence_left_out: u64,
}

/// One comparison of two integers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Check {
    /// What is compared.
    #[schema(
        example = "escrowed = converted + in_kind_paid + in_kind_burned + to_provider + take + refunded + cancel_fee + held"
    )]
    what: &'static str,
    /// The left side: base units, micro-dollars or a count.
    #[schema(pattern = "^-?[0-9]+$")]
    left: String,
    /// The right side.
    #[schema(pattern = "^-?[0-9]+$")]
    right: String,
    /// Whether they are equal.
    balances: bool,
}

/// Where what was escrowed went, by the job's events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EscrowSums {
    /// Deposited when it was opened and topped up.
    escrowed: TokenAmount,
    /// Burned by conversions of settled work; token rail.
    converted: TokenAmount,
    /// Paid to the provider in kind at the end, while no price qualified.
    in_kind_paid: TokenAmount,
    /// Burned with that.
    in_kind_burned: TokenAmount,
    /// Booked to the provider for settled work; stable rail.
    to_provider: TokenAmount,
    /// The protocol's take, booked to buyback and treasury; stable rail. On the token rail it is part of `converted`.
    take: TokenAmount,
    /// Booked back to the consumer.
    refunded: TokenAmount,
    /// Booked to the provider for a cancellation.
    cancel_fee: TokenAmount,
    /// In escrow now.
    held: TokenAmount,
    /// Booked and not paid out yet.
    due: TokenAmount,
    /// Paid out.
    paid: TokenAmount,
}

/// Work in USD.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkSums {
    /// Most that it may cost.
    budget: UsdAmount,
    /// Charged by receipts.
    accepted: UsdAmount,
    /// Settled, by the job's events.
    settled: UsdAmount,
    /// Charged and not settled; when the job has ended, what the escrow could not pay.
    outstanding: UsdAmount,
    /// Charged and waiting for its dispute window.
    pending: UsdAmount,
}

/// An event that moved something.
#[derive(Debug, Serialize, ToSchema)]
pub struct Evidence {
    /// Its name.
    #[schema(example = "Converted")]
    event: String,
    /// Its number among the job's events, from 1.
    sequence: u64,
    /// Slot.
    slot: u64,
    /// Transaction.
    signature: String,
    /// Index of the outer instruction.
    instruction: u64,
    /// Index among the inner instructions under it.
    inner_index: u64,
    /// When.
    at: String,
    /// By how much it changed the escrow; negative if it left.
    escrow: TokenAmount,
    /// By how much it changed what is due out of the vault; negative if it was paid.
    dues: TokenAmount,
    /// Settled by it.
    usd: UsdAmount,
}

impl Tool for ReconcileJob {
    const NAME: &'static str = "reconcile_job";
    const TITLE: &'static str = "Reconcile a job";
    const ABOUT: &'static str = "What was escrowed for a job, settled, converted, refunded, taken as fees and is still held, \
        each with the events (slot, signature) that show it, and whether the sums balance to the last base unit: the job's \
        events, the double-entry ledger and the job's own counters are held against each other.";
    type Answer = Answer<Reconciled>;
    type Data = Reconciled;

    fn example() -> Value {
        json!({ "job": "8qbHbw2BbbTHBW1sbeqakYXVKRQM8Ne7pLK7m6CVfeR9" })
    }

    async fn run(self, app: &App) -> Result<Self::Answer> {
        let mut view = app.database.view(self.commitment).await?;
        let id = self.job.0.to_string();
        let row = known(&mut view, &id).await?;
        let dues = view.dues(&id).await?;
        let kept = view.kept(&id).await?;
        let mut books = Books::default();
        view.bookings(&id, |booking| books.add(booking)).await?;
        let owed = owed(&dues);
        let checks = checks(&books, &row, owed, kept.events.min(kept.last));
        let units = view.units;
        Ok(view.answer(shown(row, books, owed, checks, units)))
    }
}

/// What is due now out of the job's vault.
fn owed(dues: &[Due]) -> i128 {
    dues.iter().fold(0i128, |sum, due| sum.saturating_add(due.escrow.0))
}

fn checks(books: &Books, row: &Job, owed: i128, events: i64) -> Vec<Check> {
    let Books { sums, .. } = books;
    let check = |what, left: i128, right: i128| Check {
        what,
        left: left.to_string(),
        right: right.to_string(),
        balances: left == right,
    };
    vec![
        check(
            "escrowed = converted + in_kind_paid + in_kind_burned + to_provider + take + refunded + cancel_fee + held",
            sums.escrowed,
            sums.spent().saturating_add(sums.booked()).saturating_add(row.escrow.0),
        ),
        check(
            "in_kind_paid + to_provider + take + refunded + cancel_fee = paid + due",
            sums.booked(),
            sums.paid.saturating_add(owed),
        ),
        check("escrowed = what the job counts as funded", sums.escrowed, row.funded.0),
        check("refunded = what the job counts as refunded", sums.refunded, row.refund.0),
        check("the ledger's entries of the escrow = held", books.ledger_escrow, row.escrow.0),
        check("the ledger's entries of dues = due", books.ledger_dues, owed),
        check("settled by events = settled by the job", sums.usd, row.settled.0),
        check(
            "accepted = settled + outstanding + pending",
            row.accepted.0,
            row.settled.0.saturating_add(row.outstanding.0).saturating_add(row.pending.0),
        ),
        check("the job's events that are kept = those that it counts", events.into(), row.sequence.into()),
    ]
}

fn shown(row: Job, books: Books, owed: i128, checks: Vec<Check>, units: Units) -> Reconciled {
    let vault = escrow_units(&row.rail, units);
    let Books { sums, evidence, left_out, .. } = books;
    let Sums {
        escrowed,
        converted,
        in_kind_paid,
        in_kind_burned,
        to_provider,
        take,
        refunded,
        cancel_fee,
        paid,
        usd: settled,
    } = sums;
    Reconciled {
        balances: checks.iter().all(|check| check.balances),
        checks,
        escrow: EscrowSums {
            escrowed: vault.tokens(escrowed),
            converted: vault.tokens(converted),
            in_kind_paid: vault.tokens(in_kind_paid),
            in_kind_burned: vault.tokens(in_kind_burned),
            to_provider: vault.tokens(to_provider),
            take: vault.tokens(take),
            refunded: vault.tokens(refunded),
            cancel_fee: vault.tokens(cancel_fee),
            held: vault.tokens(row.escrow),
            due: vault.tokens(owed),
            paid: vault.tokens(paid),
        },
        work: WorkSums {
            budget: usd(row.budget),
            accepted: usd(row.accepted),
            settled: usd(settled),
            outstanding: usd(row.outstanding),
            pending: usd(row.pending),
        },
        evidence: evidence
            .into_iter()
            .map(|(booking, settled)| Evidence {
                event: booking.name,
                sequence: count(booking.sequence),
                slot: count(booking.place.slot),
                signature: booking.place.signature,
                instruction: count(booking.place.instruction.into()),
                inner_index: count(booking.place.inner_index.into()),
                at: rfc3339(booking.at),
                escrow: vault.tokens(booking.escrow),
                dues: vault.tokens(booking.dues),
                usd: usd(settled),
            })
            .collect(),
        evidence_left_out: left_out,
        job: row.job,
        state: row.state,
        rail: row.rail,
        mint: row.mint,
        vault: row.vault,
    }
}
