//! Which of several indexers on one database writes: standing by until the lease is free, and keeping it.
//!
//! Whoever loses the lease stops writing and stands by again; whoever cannot reach the database keeps trying, for
//! nobody else can have taken over unless the database says so.

use crate::Error;
use crate::error::one_line;
use crate::patience::stopped_within;
use crate::store::{Asked, Holder, Lease, Store, may_pass};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Pause between two looks at a lease that another one holds, or at a database that does not answer.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the database may take to say who holds the lease, or to give it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Times that a lease is prolonged before its term would be over.
const PROLONGED: u32 = 3;

/// Stands by until the lease is free and takes it, for `term` at a time; `None` once `stop` is cancelled. With
/// `patience`, fails if another one still holds it after that time.
pub async fn wait(
    store: &Store,
    term: Duration,
    patience: Option<Duration>,
    stop: &CancellationToken,
) -> Result<Option<Lease>, Error> {
    let since = Instant::now();
    let mut told: Option<Holder> = None;
    loop {
        // A server that went away without a word never answers.
        let asked = tokio::time::timeout(term.max(PATIENCE), store.ask_for_lease(term)).await;
        match asked.unwrap_or_else(|_| Err(Error::Database(sqlx::Error::PoolTimedOut))) {
            Ok(Asked::Held(lease)) => {
                tracing::info!("{} writes this database, by its start {}", store.name(), lease.start());
                return Ok(Some(lease));
            }
            Ok(Asked::By(holder)) if patience.is_some_and(|most| since.elapsed() > most) => {
                return Err(Error::Setup(format!(
                    "Another indexer, {}, writes this database; stop it first, or wait for it.",
                    holder.name
                )));
            }
            Ok(Asked::By(holder)) => {
                if told.as_ref() != Some(&holder) {
                    tracing::info!("standing by: {} writes this database", holder.name);
                    told = Some(holder);
                }
            }
            Err(Error::Database(error)) if may_pass(&error) => {
                tracing::warn!("the lease was not asked for: {}; trying again", one_line(&error));
            }
            Err(error) => return Err(error),
        }
        if stopped_within(PAUSE, stop).await {
            return Ok(None);
        }
    }
}

/// Prolongs the lease until `done` is cancelled, and hands it back then. If another one has taken over, cancels `office`
/// at once and fails with [`Error::Superseded`].
pub async fn keep(
    mut lease: Lease,
    office: CancellationToken,
    done: CancellationToken,
) -> Result<Lease, Error> {
    let interval = lease.term().checked_div(PROLONGED).unwrap_or(PAUSE);
    let mut pause = interval;
    loop {
        if stopped_within(pause, &done).await {
            return Ok(lease);
        }
        pause = match tokio::time::timeout(lease.term(), lease.prolong()).await {
            Ok(Ok(())) => interval,
            Ok(Err(Error::Database(error))) => {
                tracing::warn!("the lease was not prolonged: {}; trying again", one_line(&error));
                PAUSE
            }
            Err(_) => {
                tracing::warn!("the lease was not prolonged: no answer in time; trying again");
                PAUSE
            }
            Ok(Err(error)) => {
                office.cancel();
                return Err(error);
            }
        };
    }
}
