//! Fetching ranges of history. Every process on the database does it, whether it holds the lease or stands by.

use super::fold::encode;
use crate::Error;
use crate::error::one_line;
use crate::metrics::Metrics;
use crate::source::rpc::{Client, RpcError, RpcSource, Trouble, is_everywhere, whole_blocks};
use crate::store::{Claimed, Store, may_pass};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a range counts as taken by a worker of which nothing is heard.
const TERM: Duration = Duration::from_secs(30);
/// Times that it is kept before the term would be over.
const KEPT: u32 = 3;
/// Pause while there is nothing to fetch.
const PAUSE: Duration = Duration::from_millis(500);
/// Shortest rest of an endpoint that failed.
const REST: Duration = Duration::from_millis(100);

/// What a worker needs.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Nodes that keep history.
    pub client: Client,
    /// Where ranges are handed out.
    pub store: Store,
    /// Figures to keep.
    pub metrics: Arc<Metrics>,
    /// Calls under way at a time.
    pub concurrency: usize,
    /// Ends it.
    pub stop: CancellationToken,
}

impl Worker {
    /// Fetches ranges until stopped. Fails only on what waiting does not mend.
    pub async fn run(&self) -> Result<(), Error> {
        while !self.stop.is_cancelled() {
            match self.store.claim_range(TERM).await {
                Ok(Some(range)) => self.fetch(range).await?,
                Ok(None) => self.pause().await,
                Err(Error::Database(error)) if may_pass(&error) => {
                    tracing::warn!("no range of history was taken: {}; trying again", one_line(&error));
                    self.pause().await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn pause(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }

    async fn fetch(&self, range: Claimed) -> Result<(), Error> {
        let first = range.first;
        let transactions = range.listing.values().map(Vec::len).fold(0, usize::saturating_add);
        let endpoint = match self.client.any().await {
            Ok(endpoint) => endpoint,
            Err(RpcError::Stopping) => return self.leave(first, "the worker stopped").await,
            Err(error) => return Err(error.into()),
        };
        let fetched = {
            let fetching = whole_blocks(&endpoint, range.listing, self.concurrency);
            tokio::pin!(fetching);
            loop {
                let interval = TERM.checked_div(KEPT).unwrap_or(PAUSE);
                match tokio::time::timeout(interval, &mut fetching).await {
                    Ok(fetched) => break fetched,
                    Err(_) => self.or_warn(self.store.keep_range(first, TERM).await)?,
                }
            }
        };
        match fetched {
            Ok(blocks) => {
                endpoint.did_well();
                self.or_warn(self.store.finish_range(first, encode(&blocks)?).await)?;
                self.metrics.history_transactions_total.add(u64::try_from(transactions).unwrap_or(0));
                Ok(())
            }
            Err(Trouble::Rpc(RpcError::Stopping)) => self.leave(first, "the worker stopped").await,
            Err(Trouble::Rpc(error)) if is_everywhere(&error) => {
                self.leave(first, &error.to_string()).await?;
                RpcSource::ended(error)
            }
            Err(Trouble::Rpc(error)) => {
                endpoint.let_rest(&error.to_string(), REST);
                self.leave(first, &error.to_string()).await
            }
            Err(Trouble::Inconsistent(reason)) => {
                endpoint.health().contradictions.add(1);
                endpoint.let_rest(&reason, REST);
                self.leave(first, &reason).await
            }
        }
    }

    /// Gives a range back, so that another one need not wait for the end of its term.
    async fn leave(&self, first: u64, reason: &str) -> Result<(), Error> {
        self.or_warn(self.store.leave_range(first, reason).await)
    }

    /// What could not be written down is fetched again once the term is over.
    #[allow(clippy::unused_self)] // reads well where it is called
    fn or_warn(&self, written: Result<(), Error>) -> Result<(), Error> {
        match written {
            Err(Error::Database(error)) if may_pass(&error) => {
                tracing::warn!("history: {}; the range is taken again later", one_line(&error));
                Ok(())
            }
            other => other,
        }
    }
}
