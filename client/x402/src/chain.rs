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

/// Characters of a genesis hash that name a cluster.
const REFERENCE: usize = 32;

/// CAIP-2 id of the cluster with this genesis hash, base58.
pub fn network(genesis_hash: &str) -> String {
    format!("solana:{}", genesis_hash.chars().take(REFERENCE).collect::<String>())
}

/// Where jobs are read.
pub trait Jobs: Send + Sync {
    /// The job at an address, for whoever judges a receipt of this time, Unix seconds: as it is then or later, if that time
    /// has come.
    fn seen(&self, job: &Address, through: i64) -> impl Future<Output = Result<Seen, Unknown>> + Send;
}

impl Jobs for Rpc {
    async fn seen(&self, job: &Address, _through: i64) -> Result<Seen, Unknown> {
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

/// Jobs as they were a moment ago, so that not every request asks the node.
///
/// A receipt of a time after that is judged by the job read anew. One that names a time after its job began to close, or after
/// its key was changed, can never be settled; kept in place of the one before, it would take with it what that had authorized. So
/// what changed meanwhile is noticed late, but what is served in that time is settled within the grace.
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

    fn all(&self) -> MutexGuard<'_, HashMap<Address, (Instant, Seen)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job that was read not long ago, and not before this time of the cluster.
    fn known(&self, job: &Address, through: i64) -> Option<Seen> {
        let all = self.all();
        let (read, seen) = all.get(job)?;
        let (_slot, now) = seen.moment;
        (read.elapsed() <= self.age && through <= now).then(|| seen.clone())
    }
}

impl<J: Jobs> Jobs for Recent<J> {
    async fn seen(&self, job: &Address, through: i64) -> Result<Seen, Unknown> {
        if let Some(seen) = self.known(job, through) {
            return Ok(seen);
        }
        let seen = self.jobs.seen(job, through).await?;
        let mut all = self.all();
        all.retain(|_, (read, _)| read.elapsed() <= self.age);
        all.insert(*job, (Instant::now(), seen.clone()));
        Ok(seen)
    }
}

fn layout<T: Layout>(account: Option<&Account>) -> Option<T> {
    account.and_then(Account::layout)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use std::sync::atomic::{AtomicI64, Ordering};

    const JOB: Address = Address::new_from_array([3; 32]);

    /// A cluster on which a second passes whenever it is read.
    struct Clock(AtomicI64);

    impl Jobs for Clock {
        async fn seen(&self, _job: &Address, _through: i64) -> Result<Seen, Unknown> {
            let now = self.0.fetch_add(1, Ordering::Relaxed);
            Ok(Seen { job: Job::zeroed(), config: Config::zeroed(), moment: (0, now), worth: 0 })
        }
    }

    #[test]
    fn clusters_have_the_names_of_the_standard() {
        let mainnet = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
        assert_eq!(network(mainnet), "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp");
    }

    #[tokio::test]
    async fn a_receipt_is_judged_by_the_job_at_its_time_or_later() {
        let recent = Recent::new(Clock(AtomicI64::new(100)), Duration::from_secs(3_600));
        let mut read_at = Vec::new();
        for through in [90, 100, 101, 101, 7, 102, 500, 500] {
            read_at.push(recent.seen(&JOB, through).await.unwrap().moment.1);
        }
        assert_eq!(read_at, [100, 100, 101, 101, 101, 102, 103, 104]);
    }

    #[tokio::test]
    async fn what_was_read_serves_no_longer_than_it_may() {
        let recent = Recent::new(Clock(AtomicI64::new(100)), Duration::ZERO);
        assert_eq!(recent.seen(&JOB, 0).await.unwrap().moment.1, 100);
        assert_eq!(recent.seen(&JOB, 0).await.unwrap().moment.1, 101);
    }
}
