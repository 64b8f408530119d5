//! Bids: as their events tell, since the account of a bid is closed with its auction.

use super::accounts::Accounts;
use super::book::Sheet;
use super::history::History;
use super::moment::{happened, rfc3339};
use settlement_interface::Address;
use settlement_interface::events::Event;
use std::collections::BTreeMap;

/// A bid.
#[derive(Clone, Debug)]
pub struct BidSeen {
    /// Its account.
    pub bid: Address,
    /// The job.
    pub job: Address,
    provider: Address,
    number: u64,
    rate: u64,
    bond: u64,
    escrow: u64,
    state: &'static str,
    placed_at: i64,
    closed_at: i64,
    rent_payer: Address,
}

/// Every bid ever, by its account.
pub fn bids_seen(history: &History) -> BTreeMap<Address, BidSeen> {
    let mut bids: BTreeMap<Address, BidSeen> = BTreeMap::new();
    for entry in &history.entries {
        match &entry.event {
            Event::BidPlaced(event) => {
                let seen = BidSeen {
                    bid: event.bid,
                    job: event.job,
                    provider: event.provider,
                    number: event.index,
                    rate: event.rate,
                    bond: event.bond,
                    escrow: event.escrow,
                    state: "standing",
                    placed_at: event.at,
                    closed_at: 0,
                    rent_payer: event.rent_payer,
                };
                bids.insert(event.bid, seen);
            }
            Event::BidWithdrawn(event) => {
                if let Some(bid) = bids.get_mut(&event.bid) {
                    (bid.state, bid.bond) = ("withdrawn", 0);
                    if event.closed != 0 {
                        bid.closed_at = event.at;
                    }
                }
            }
            Event::JobAccepted(event) => {
                if let Some(bid) = bids.get_mut(&event.bid) {
                    // Its bond is the job's from here on, and shown as what it was.
                    (bid.state, bid.closed_at) = ("accepted", event.at);
                }
            }
            _ => {}
        }
    }
    bids
}

/// The bids of a job, in the order in which they were first placed.
pub fn of_job<'a>(bids: &'a BTreeMap<Address, BidSeen>, job: &Address) -> Vec<&'a BidSeen> {
    let mut own: Vec<&BidSeen> = bids.values().filter(|bid| bid.job == *job).collect();
    own.sort_by_key(|bid| bid.number);
    own
}

/// A list of bids at a place of an answer, as their accounts are while they have them; `best` is the job's
/// best one, its escrow is counted with `places` decimals.
pub fn listed(
    sheet: &mut Sheet<'_>,
    at: &str,
    bids: &[&BidSeen],
    accounts: &Accounts,
    (best, places): (&Address, u32),
) {
    sheet.plain_count(at, bids.len());
    for (place, bid) in bids.iter().enumerate() {
        let field = |name: &str| format!("{at}/{place}/{name}");
        let account = accounts.bids.get(&bid.bid);
        sheet.plain(&field("bid"), bid.bid);
        sheet.plain(&field("job"), bid.job);
        sheet.plain(&field("provider"), bid.provider);
        sheet.plain(&field("number"), bid.number);
        sheet.usd(&field("rate"), bid.rate);
        sheet.tokens(&field("bond"), account.map_or(bid.bond, |account| account.bond));
        let escrow = account.map_or(bid.escrow, |account| account.escrow);
        sheet.tokens_with(&field("escrow"), escrow, places);
        sheet.plain(&field("state"), bid.state);
        sheet.plain(&field("leads"), bid.bid == *best);
        sheet.plain(&field("placed_at"), rfc3339(bid.placed_at));
        sheet.maybe(&field("closed_at"), happened(bid.closed_at));
        sheet.plain(&field("rent_payer"), bid.rent_payer);
    }
}
