//! Holds every figure that the API serves against the chain, read anew by plain RPC.
//!
//! What accounts keep is compared with accounts; what they do not keep (deposits, refunds, jobs whose
//! accounts are closed) with the events in the chain's own transactions. A figure of the API that
//! nothing was compared with is itself a difference.

mod accounts;
mod bids;
mod book;
mod buyback;
mod cases;
mod changes;
mod disputed;
mod epochs;
mod events;
mod history;
mod jobs;
mod jobs_seen;
mod market;
mod moment;
mod network;
mod outcomes;
mod providers;
mod revenue;
mod served;
mod sums;
mod supply;
mod table;
mod third_parties;
mod work;

pub use book::{Book, Row};
pub use served::Served;
pub use table::{print, write};

use crate::chain::Chain;
use crate::failure::{Failure, Result};
use accounts::Accounts;
use bids::{BidSeen, bids_seen};
use cases::{CaseSeen, cases_seen};
use disputed::{DisputeSeen, disputes_seen};
use history::History;
use jobs_seen::{JobSeen, jobs_seen};
use settlement_interface::Address;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use sums::Flows;

/// How often a comparison is begun anew because the chain changed meanwhile.
const TRIES: usize = 5;

/// Both sides while they are compared.
struct Sides<'a> {
    served: &'a Served,
    accounts: &'a Accounts,
    history: &'a History,
    flows: &'a Flows,
    jobs: &'a BTreeMap<Address, JobSeen>,
    bids: &'a BTreeMap<Address, BidSeen>,
    cases: &'a BTreeMap<Address, CaseSeen>,
    disputes: &'a BTreeMap<Address, DisputeSeen>,
    book: &'a mut Book,
}

impl Sides<'_> {
    /// How many there are of something; shown only if it differs.
    fn number(&mut self, family: &'static str, group: String, api: usize, chain: usize) {
        let (figure, api, chain) = ("number".to_owned(), api.to_string(), chain.to_string());
        self.book.rows.push(Row { group, figure, api, chain, family: Some(family) });
    }
}

/// What was compared, and at which slot.
pub struct Comparison {
    /// Every figure.
    pub book: Book,
    /// Slot of the accounts.
    pub slot: u64,
}

/// Compares, waiting up to `patience` for the API to reach the chain's present.
pub fn compare(api: &str, rpc: &str, patience: Duration) -> Result<Comparison> {
    let (served, chain) = (Served::new(api)?, Chain::connect(rpc));
    for _ in 0..TRIES {
        let accounts = Accounts::read(&chain)?;
        let history = History::read(&chain)?;
        wait_for(&served, accounts.slot, patience)?;
        let flows = Flows::of(&history)?;
        let jobs = jobs_seen(&history);
        let (bids, cases) = (bids_seen(&history), cases_seen(&history));
        let disputes = disputes_seen(&history);
        let mut book = Book::default();
        let mut sides = Sides {
            served: &served,
            accounts: &accounts,
            history: &history,
            flows: &flows,
            jobs: &jobs,
            bids: &bids,
            cases: &cases,
            disputes: &disputes,
            book: &mut book,
        };
        jobs::compare(&mut sides)?;
        providers::compare(&mut sides)?;
        epochs::compare(&mut sides)?;
        market::compare(&mut sides)?;
        third_parties::compare(&mut sides)?;
        changes::compare(&mut sides)?;
        buyback::compare(&mut sides)?;
        events::compare(&mut sides)?;
        network::compare(&mut sides, &chain)?;
        revenue::compare(&mut sides)?;
        supply::compare(&mut sides)?;
        // If anything moved while the API was read, the two sides are of different moments.
        if Accounts::read(&chain)?.fingerprint == accounts.fingerprint {
            return Ok(Comparison { book, slot: accounts.slot });
        }
    }
    Err(Failure::new(format!(
        "the chain changed during each of {TRIES} comparisons; stop what sends transactions"
    )))
}

/// Waits until the API's finalized figures and its own reconciliation are from `slot` or later.
fn wait_for(served: &Served, slot: u64, patience: Duration) -> Result<()> {
    let started = Instant::now();
    loop {
        let at = served.data("/v1/supply").map(|(data, at)| {
            let reconciled =
                data.pointer("/reconciled/slot").and_then(serde_json::Value::as_u64).unwrap_or(0);
            at.slot.min(reconciled)
        });
        match at {
            Ok(at) if at >= slot => return Ok(()),
            _ if started.elapsed() < patience => std::thread::sleep(Duration::from_millis(500)),
            Ok(at) => {
                return Err(Failure::new(format!(
                    "the API has not reached slot {slot} within {} seconds; it is at {at}",
                    patience.as_secs()
                )));
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    crate::cheats::hex(bytes)
}
