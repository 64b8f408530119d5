//! The design's promises 1 to 4 and 8, recomputed from the accounts and events after every step. (7, that
//! a pause refuses opening and accepting alone, is held wherever something is sent.)

use crate::market::Market;
use settlement_interface::accounts::{Bid, Credit, Epoch, Job, Provider};
use settlement_interface::events::Event;
use settlement_interface::rules::rebate_pool;
use settlement_interface::{Address, pda};
use solana_signer::Signer;
use std::collections::BTreeMap;

pub fn check(market: &mut Market, step: u64, name: &str) {
    let context = format!("after step {step}, {name}");
    events(market, &context);
    let jobs = market.world.all::<Job>();
    let providers = market.world.all::<Provider>();
    vaults(market, &jobs, &providers, &context);
    bonds(market, &jobs, &providers, &context);
    epochs(market, &providers, &context);
    assert_eq!(market.world.supply(), market.supply, "supply {context}");
    for (address, job) in &jobs {
        assert!(job.invariant(), "{address} {context}");
    }
}

/// Numbers without a gap; penalties only after consent, mark and grace; supply moves only as events say.
fn events(market: &mut Market, context: &str) {
    for event in std::mem::take(&mut market.fresh) {
        for touched in event.touched() {
            let last = market.sequences.entry(touched.entity).or_default();
            *last += 1;
            assert_eq!(*last, touched.sequence, "a gap in the events of {} {context}", touched.entity);
        }
        match &event {
            Event::JobAccepted(event) => market.seen.entry(event.job).or_default().accepted = true,
            Event::JobMarked(event) => {
                market.seen.entry(event.job).or_default().marked = Some((event.at, event.slot));
            }
            Event::JobFailed(event) => {
                let seen = market.seen.entry(event.job).or_default();
                let (at, slot) = seen.marked.expect("slashed without a mark");
                assert!(seen.accepted, "slashed without consent {context}");
                assert!(
                    event.at >= at + 600 && market.world.slot() >= slot + 600,
                    "slashed within the grace {context}"
                );
                assert!(event.slashed <= event.bond, "slashed more than the bond {context}");
                assert_eq!(event.slashed, event.harmed + event.reported + event.burned, "{context}");
                market.supply -= event.burned;
            }
            Event::Converted(event) => market.supply -= event.burned,
            Event::JobClosed(event) => market.supply -= event.in_kind_burned,
            Event::Claimed(event) => market.supply += event.amount,
            Event::RebateClaimed(event) => {
                market.supply += event.amount;
                // A credit of the same epoch and provider could only be opened anew in its epoch, which is over.
                market.sequences.remove(&pda::credit(event.epoch, &event.provider));
            }
            Event::ChangeQueued(event) => {
                market.changes.insert(event.index, (event.applies_from, event.expires_at));
            }
            Event::ChangeApplied(event) => {
                let (from, until) =
                    market.changes.remove(&event.index).expect("applied without being queued");
                assert!((from..=until).contains(&event.at), "applied out of its time {context}");
                assert_eq!(market.world.config().parameters.validate(), Ok(()), "{context}");
            }
            Event::ChangeCancelled(event) => {
                let (_, until) = market.changes.remove(&event.index).expect("cancelled without being queued");
                assert!(event.at > until || event.by == market.world.admin.pubkey(), "{context}");
            }
            Event::EpochClosed(event) => {
                let index = market.world.config().epoch_index(event.at).unwrap();
                assert!(event.epoch < index, "epoch {} was closed in epoch {index} {context}", event.epoch);
                market.closed_takes += event.take;
                assert_eq!(market.world.get::<Epoch>(&pda::epoch(event.epoch)), None, "{context}");
                // Its address is never used again: another event of it would be a gap after this.
                market.sequences.insert(pda::epoch(event.epoch), u64::MAX - 1);
            }
            _ => {}
        }
    }
}

/// Every vault holds exactly what is owed out of it, and gifts.
fn vaults(market: &Market, jobs: &[(Address, Job)], providers: &[(Address, Provider)], context: &str) {
    let gift = |vault: &Address| market.gifts.get(vault).copied().unwrap_or(0);
    for (address, job) in jobs {
        let owed: u64 = job.dues.iter().map(|due| due.escrow).sum();
        let vault = pda::vault(address);
        assert_eq!(
            market.world.tokens(&vault),
            job.escrow + owed + gift(&vault),
            "vault of {address} {context}"
        );
    }
    let staked: u64 = providers.iter().map(|(_, provider)| provider.stake).sum();
    let owed: u64 = jobs.iter().flat_map(|(_, job)| job.dues.iter().map(|due| due.stake)).sum();
    let vault = pda::stake_vault();
    assert_eq!(market.world.tokens(&vault), staked + owed + gift(&vault), "stake vault {context}");
}

/// Locked is the sum of the bonds of jobs and bids, and stake covers it.
fn bonds(market: &Market, jobs: &[(Address, Job)], providers: &[(Address, Provider)], context: &str) {
    let mut bonds: BTreeMap<Address, u64> = BTreeMap::new();
    for (_, job) in jobs {
        *bonds.entry(job.terms.provider).or_default() += job.bond;
    }
    for (_, bid) in market.world.all::<Bid>() {
        *bonds.entry(bid.provider).or_default() += bid.bond;
    }
    for (address, provider) in providers {
        assert!(provider.invariant(), "{address} {context}");
        assert_eq!(
            provider.locked,
            bonds.get(address).copied().unwrap_or(0),
            "locked of {address} {context}"
        );
    }
    let locked: u64 = providers.iter().map(|(_, provider)| provider.locked).sum();
    assert_eq!(market.world.totals().locked, locked, "{context}");
}

/// Rebates stay within their pool; what a provider minted or may mint was burned by its own jobs.
fn epochs(market: &Market, providers: &[(Address, Provider)], context: &str) {
    let credits = market.world.all::<Credit>();
    for (_, epoch) in market.world.all::<Epoch>() {
        let open = credits.iter().filter(|(_, credit)| credit.epoch == epoch.index);
        let (mut count, mut weight) = (0, 0);
        for (_, credit) in open {
            count += 1;
            weight += credit.weight.get();
        }
        assert_eq!(epoch.credits - epoch.claimed, count, "credits of epoch {} {context}", epoch.index);
        assert!(weight <= epoch.weight.get(), "{context}");
        assert!(epoch.rebated <= rebate_pool(epoch.take, epoch.rebate_bps).unwrap(), "{context}");
    }
    let open: u64 = market.world.all::<Epoch>().iter().map(|(_, epoch)| epoch.take).sum();
    let takes = open + market.closed_takes;
    let booked: u64 = providers.iter().map(|(_, provider)| provider.take).sum();
    assert_eq!(takes, booked, "{context}");
    for (address, provider) in providers {
        assert!(provider.minted + provider.claimable <= provider.burned, "{address} {context}");
    }
}
