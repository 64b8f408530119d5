//! A job as the chain has it, for whoever is about to work for it.

use settlement_interface::accounts::{Config, Job, Layout, Price};
use settlement_interface::rules::escrow_worth;
use settlement_interface::{Address, oracle, pda};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tally_client::node::Rpc;
use tally_client::reading::{Account, CLOCK, clock};

/// A job, and what it is judged by.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The job.
    pub job: Job,
    /// The network's configuration.
    pub config: Config,
    /// Slot and Unix seconds of the cluster.
    pub moment: (u64, i64),
    /// Worth of the escrow at the last price that qualified, micro-dollars, rounded down.
    pub worth: u128,
}

/// Why a job is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// There is none at this address.
    #[error("there is no job at this address on this cluster")]
    NoJob,
    /// The chain cannot be asked now.
    #[error("the chain cannot be read at the moment")]
    Unavailable,
}

/// Where jobs are read.
pub trait Jobs: Send + Sync {
    /// The job at an address.
    fn seen(&self, job: &Address) -> impl Future<Output = Result<Seen, Unknown>> + Send;
}

impl Jobs for Rpc {
    async fn seen(&self, job: &Address) -> Result<Seen, Unknown> {
        let found = self.accounts(&[pda::config(), pda::price(), CLOCK, *job]).await.map_err(|error| {
            tracing::warn!(%error, "a job could not be read");
            Unknown::Unavailable
        })?;
        let [config, price, time, job] = found.as_slice() else { return Err(Unknown::Unavailable) };
        let config: Config = layout(config.as_ref()).ok_or(Unknown::NoJob)?;
        let price: Price = layout(price.as_ref()).ok_or(Unknown::NoJob)?;
        let job: Job = layout(job.as_ref()).ok_or(Unknown::NoJob)?;
        let moment = time.as_ref().and_then(|time| clock(&time.data)).ok_or(Unknown::Unavailable)?;
        let worth = oracle::scale(config.decimals, price.exponent)
            .and_then(|scale| escrow_worth(job.terms.order.rail, job.escrow, price.spot, scale));
        Ok(Seen { job, config, moment, worth: worth.unwrap_or(0) })
    }
}

/// Jobs as they were a moment ago, so that not every request asks the node. What was closed meanwhile is noticed that much
/// later: what is served in that time may not be paid for.
pub struct Recent<J> {
    jobs: J,
    age: Duration,
    seen: Mutex<HashMap<Address, (Instant, Seen)>>,
}

impl<J> Recent<J> {
    /// No older than this.
    pub fn new(jobs: J, age: Duration) -> Self {
        Self { jobs, age, seen: Mutex::default() }
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<Address, (Instant, Seen)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job that was read not long ago, with the time that it is now.
    fn known(&self, job: &Address) -> Option<Seen> {
        let mut all = self.seen();
        let (read, seen) = all.get_mut(job)?;
        let past = read.elapsed();
        if past > self.age {
            return None;
        }
        let mut seen = seen.clone();
        let (slot, now) = seen.moment;
        seen.moment = (slot, now.saturating_add(i64::try_from(past.as_secs()).unwrap_or(0)));
        Some(seen)
    }
}

impl<J: Jobs> Jobs for Recent<J> {
    async fn seen(&self, job: &Address) -> Result<Seen, Unknown> {
        if let Some(seen) = self.known(job) {
            return Ok(seen);
        }
        let seen = self.jobs.seen(job).await?;
        let mut all = self.seen();
        all.retain(|_, (read, _)| read.elapsed() <= self.age);
        all.insert(*job, (Instant::now(), seen.clone()));
        Ok(seen)
    }
}

fn layout<T: Layout>(account: Option<&Account>) -> Option<T> {
    account.and_then(Account::layout)
}
