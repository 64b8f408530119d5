//! What comes next for a job: who moves it on, by when, and by which Action. Whether a step is due the program knows; this
//! is what the job's state and the clock of the answer say.

use crate::db::jobs::Job;
use crate::moment::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;

/// The next step of a job.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Next {
    /// Who takes it: consumer, provider, anyone, or nobody if the job is over.
    #[schema(example = "provider")]
    who: &'static str,
    /// What it is, and what comes of it.
    what: &'static str,
    /// By when, or from when if anyone waits for it; null if no time is set.
    at: Option<String>,
    /// Path of the Action that builds its transaction; null if there is none to build, or it needs what only its party has.
    #[schema(example = "/v1/actions/start-job?job=8qbHbw2BbbTHBW1sbeqakYXVKRQM8Ne7pLK7m6CVfeR9")]
    action: Option<String>,
}

/// When a running job may be closed because nothing was heard of it.
pub fn silent_at(row: &Job) -> Option<i64> {
    Some(row.heard_at.or(row.started_at)?.saturating_add(row.silence_max))
}

/// When the receipts of a closing job end.
pub fn receipts_by(row: &Job) -> Option<i64> {
    after(row.closing_at, row, "receipt_grace")
}

/// When the grace of a provider that is marked as late is over.
fn graced_at(row: &Job) -> Option<i64> {
    after(row.marked_at, row, "grace")
}

/// When a moment is so long ago as a parameter of the job says.
fn after(since: Option<i64>, row: &Job, length: &str) -> Option<i64> {
    Some(since?.saturating_add(row.parameters.get(length)?.as_i64()?))
}

/// The next step, as of a moment; `owed` if anybody is due something out of its vaults.
pub fn next(row: &Job, owed: bool, now: i64) -> Next {
    let step = |who, what, at: Option<i64>, action: Option<&str>| Next {
        who,
        what,
        at: at.map(rfc3339),
        action: action.map(|name| format!("/v1/actions/{name}?job={}", row.job)),
    };
    let further = |what, at| step("anyone", what, at, Some("advance-job"));
    match row.state.as_str() {
        "offered" if now <= row.offer_by => step(
            "provider",
            "The provider accepts the offer, or it lapses; until then the consumer may cancel for nothing.",
            Some(row.offer_by),
            Some("accept-offer"),
        ),
        "open" if row.bid_end.is_some_and(|end| now < end) => step(
            "provider",
            "Providers bid; the consumer may cancel for nothing.",
            row.bid_end,
            Some("place-bid"),
        ),
        "open" if now <= row.offer_by => step(
            if row.open_acceptance { "anyone" } else { "consumer" },
            "The best bid is accepted, or the auction lapses.",
            Some(row.offer_by),
            Some("accept-bid"),
        ),
        "offered" | "open" => {
            further("Nobody accepted in time: the job is cancelled, and all of the escrow comes back.", None)
        }
        "assigned" if now <= row.start_by => step(
            "provider",
            "The provider starts; cancelling before costs the consumer a fee.",
            Some(row.start_by),
            Some("start-job"),
        ),
        "assigned" if row.mark.is_none() => further(
            "The provider has not started in time: that is put on record; until it starts, the consumer may cancel for nothing.",
            None,
        ),
        "assigned" => further(
            "The provider was marked as late: unless it starts, the job fails at its cost once its grace is over.",
            graced_at(row),
        ),
        "running" if now > row.end_by => further("The time is over: the job begins to close.", None),
        "running" if silent_at(row).is_some_and(|at| now > at) => {
            further("Nothing was heard for too long: the job may be closed.", silent_at(row))
        }
        "running" => step(
            "provider",
            "The consumer's key signs receipts of the work, and the provider settles them; either side may close the job \
             with /v1/actions/close-job.",
            Some(row.end_by),
            None,
        ),
        "closing" => further(
            "Late receipts are settled until their time is over; then the job goes on.",
            receipts_by(row),
        ),
        "held" => further("Open disputes and cases are decided; then the job goes on.", row.waits_until),
        "settling" => {
            further("What is outstanding is converted; then the rest of the escrow is booked back.", None)
        }
        _ if owed => {
            step("anyone", "What is due is withdrawn; it goes to its owners.", None, Some("withdraw"))
        }
        _ if row.reclaimed_at.is_none() => {
            step("anyone", "The job's account is closed, and its rent goes back.", None, Some("reclaim-job"))
        }
        _ => step("nobody", "The job is over, and everything is paid.", None, None),
    }
}
