//! How a job goes: where it stands, what it has cost, what is left, what comes next and by when.

use super::next::{Next, next};
use crate::answer::Answer;
use crate::db::jobs::Job;
use crate::error::{Problem, Result};
use crate::extract::{Address, Commitment};
use crate::mcp::tool::Tool;
use crate::moment::rfc3339;
use crate::routes::jobs::{Dues, dues_of, known};
use crate::routes::{count, escrow_units};
use crate::state::App;
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Which job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowJob {
    /// The job's address, as build_escrow answered it.
    #[schema(inline)]
    job: Address,
    /// State of the chain to answer from; finalized if not given. A job that was just opened shows with confirmed first.
    #[serde(default)]
    #[schema(inline)]
    commitment: Commitment,
}

/// How a job goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Followed {
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
    /// token or stable.
    rail: String,
    /// Mint of the escrow.
    mint: String,
    /// Work and what of the budget is left for more.
    work: FollowedWork,
    /// What is in escrow and what went into it.
    escrow: FollowedEscrow,
    /// What each party is due and was paid.
    dues: Vec<Dues>,
    /// When what has to have happened.
    deadlines: Deadlines,
    /// What comes next.
    next: Next,
    /// Slot of the last event that changed it.
    changed_slot: u64,
    /// Events that changed it.
    events: u64,
}

/// Work of a job.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowedWork {
    /// Most that it may cost.
    budget: UsdAmount,
    /// Charged by receipts so far.
    accepted: UsdAmount,
    /// Settled so far.
    settled: UsdAmount,
    /// Charged and not settled yet, or waiting for its dispute window.
    unsettled: UsdAmount,
    /// Of the budget not charged yet.
    left: UsdAmount,
    /// Receipts accepted.
    receipts: u64,
    /// Compute units counted; 3,600,000 GPU milliseconds are a GPU hour.
    #[schema(pattern = "^[0-9]+$")]
    units: String,
}

/// The escrow of a job, in its mint.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowedEscrow {
    /// Deposited ever.
    funded: TokenAmount,
    /// In escrow now.
    held: TokenAmount,
    /// Booked back to the consumer.
    refund: TokenAmount,
}

/// When what has to have happened; null where nothing can happen any more, or not yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deadlines {
    /// End of bidding; null without an auction.
    bid_end: Option<String>,
    /// Last moment to accept.
    offer_by: String,
    /// Last moment to start without penalty.
    start_by: String,
    /// End of the job.
    end_by: String,
    /// When it may be closed for silence, if no receipt comes before; null unless it runs.
    silent_at: Option<String>,
    /// When late receipts end; null unless it is closing.
    receipts_by: Option<String>,
}

impl Tool for FollowJob {
    const NAME: &'static str = "follow_job";
    const TITLE: &'static str = "Follow a job";
    const ABOUT: &'static str = "Where a job stands: its state, what of the work is settled, what is left of budget and escrow, \
        its deadlines, what each party is due, and the next step: who takes it, by when, and which Action of this service \
        builds its transaction.";
    type Answer = Answer<Followed>;
    type Data = Followed;

    fn example() -> Value {
        json!({ "job": "8qbHbw2BbbTHBW1sbeqakYXVKRQM8Ne7pLK7m6CVfeR9", "commitment": "confirmed" })
    }

    async fn run(self, app: &App) -> Result<Self::Answer> {
        let mut view = app.database.view(self.commitment).await?;
        let id = self.job.0.to_string();
        let row = known(&mut view, &id).await?;
        let due = view.dues(&id).await?;
        let network =
            view.network().await?.ok_or_else(|| Problem::internal("a snapshot without a network"))?;
        let units = view.units;
        let owed = due.iter().any(|due| due.escrow.0 > 0 || due.stake.0 > 0);
        let dues = due.into_iter().map(|due| dues_of(due, &row.rail, &network.treasury, units)).collect();
        let data = followed(row, dues, owed, view.as_of, units);
        Ok(view.answer(data))
    }
}

fn followed(row: Job, dues: Vec<Dues>, owed: bool, now: i64, units: Units) -> Followed {
    let vault = escrow_units(&row.rail, units);
    Followed {
        next: next(&row, owed, now),
        deadlines: deadlines(&row),
        dues,
        work: FollowedWork {
            budget: usd(row.budget),
            accepted: usd(row.accepted),
            settled: usd(row.settled),
            unsettled: usd(row.accepted.0.saturating_sub(row.settled.0)),
            left: usd(row.budget.0.saturating_sub(row.accepted.0).max(0)),
            receipts: count(row.receipts),
            units: row.units.0.to_string(),
        },
        escrow: FollowedEscrow {
            funded: vault.tokens(row.funded),
            held: vault.tokens(row.escrow),
            refund: vault.tokens(row.refund),
        },
        job: row.job,
        state: row.state,
        reason: row.reason,
        mark: row.mark,
        consumer: row.consumer_wallet,
        provider: row.provider,
        rail: row.rail,
        mint: row.mint,
        changed_slot: count(row.slot),
        events: count(row.sequence),
    }
}

fn deadlines(row: &Job) -> Deadlines {
    let running = row.state == "running";
    Deadlines {
        bid_end: row.bid_end.map(rfc3339),
        offer_by: rfc3339(row.offer_by),
        start_by: rfc3339(row.start_by),
        end_by: rfc3339(row.end_by),
        silent_at: super::next::silent_at(row).filter(|_| running).map(rfc3339),
        receipts_by: super::next::receipts_by(row).filter(|_| row.state == "closing").map(rfc3339),
    }
}
