//! Fetching ranges of history. Every process on the database does it, whether it holds the lease or stands by.

use super::fold::encode;
use crate::Error;
use crate::error::one_line;
use crate::metrics::Metrics;
use crate::patience::stopped_within;
use crate::source::rpc::{Client, Endpoint, RpcError, RpcSource, Trouble, is_everywhere, whole_blocks};
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
        let mut failures = 0u32;
        while !self.stop.is_cancelled() {
            // Before a range is taken: one that waits for a node keeps nobody from it.
            let endpoint = match self.client.any().await {
                Ok(endpoint) => endpoint,
                Err(RpcError::Stopping) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            match self.store.claim_range(TERM).await {
                Ok(Some(range)) => {
                    if self.fetch(&endpoint, range).await? {
                        failures = 0;
                        continue;
                    }
                    // Others get it meanwhile.
                    failures = failures.saturating_add(1);
                    self.pause(PAUSE.saturating_mul(1u32 << failures.min(6))).await;
                }
                Ok(None) => self.pause(PAUSE).await,
                Err(Error::Database(error)) if may_pass(&error) => {
                    tracing::warn!("no range of history was taken: {}; trying again", one_line(&error));
                    self.pause(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether it is to stop is asked after.
    async fn pause(&self, time: Duration) {
        stopped_within(time, &self.stop).await;
    }

    /// Fetches a range; whether that went well.
    async fn fetch(&self, endpoint: &Endpoint, range: Claimed) -> Result<bool, Error> {
        let id = range.id;
        let transactions = range.listing.values().map(Vec::len).fold(0, usize::saturating_add);
        let fetched = {
            let fetching = whole_blocks(endpoint, range.listing, self.concurrency);
            tokio::pin!(fetching);
            let interval = TERM.checked_div(KEPT).unwrap_or(PAUSE);
            loop {
                match tokio::time::timeout(interval, &mut fetching).await {
                    Ok(fetched) => break fetched,
                    Err(_) => self.or_warn(self.store.keep_range(id, TERM).await)?,
                };
            }
        };
        let trouble = match fetched {
            Ok(blocks) => {
                endpoint.did_well();
                if self.or_warn(self.store.finish_range(id, encode(&blocks)?).await)? == Some(true) {
                    self.metrics.history_transactions_total.add(u64::try_from(transactions).unwrap_or(0));
                }
                return Ok(true);
            }
            Err(Trouble::Rpc(RpcError::Stopping)) => "the worker stopped".to_owned(),
            Err(Trouble::Rpc(error)) if is_everywhere(&error) => {
                self.or_warn(self.store.leave_range(id, &error.to_string()).await)?;
                RpcSource::ended(error)?;
                return Ok(false);
            }
            Err(Trouble::Rpc(error)) => error.to_string(),
            Err(Trouble::Inconsistent(reason)) => {
                endpoint.health().contradictions.add(1);
                reason
            }
        };
        self.or_warn(self.store.leave_range(id, &trouble).await)?;
        if !self.stop.is_cancelled() {
            endpoint.let_rest(&trouble, REST);
        }
        Ok(false)
    }

    /// What could not be written down is fetched again once the term is over.
    #[allow(clippy::unused_self)] // reads well where it is called
    fn or_warn<T>(&self, written: Result<T, Error>) -> Result<Option<T>, Error> {
        match written {
            Ok(written) => Ok(Some(written)),
            Err(Error::Database(error)) if may_pass(&error) => {
                tracing::warn!("history: {}; the range is taken again later", one_line(&error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
