//! The design's promises, recomputed from the accounts alone: a second opinion beside the model's.

use crate::market::Market;
use settlement_interface::accounts::{
    Arbiter, Bid, Buyback, Case, Credit, Dispute, Epoch, Job, Layout, Meter, Provider,
};
use settlement_interface::rules::Stage;
use settlement_interface::{Address, ID, pda};
use solana_account::ReadableAccount;
use std::collections::BTreeMap;

/// Every account of the program, by kind.
#[derive(Default)]
struct Found {
    jobs: Vec<(Address, Job)>,
    providers: Vec<(Address, Provider)>,
    bids: Vec<Bid>,
    cases: Vec<Case>,
    disputes: Vec<Dispute>,
    epochs: Vec<Epoch>,
    credits: Vec<Credit>,
    vouched: u64,
}

fn found(market: &Market) -> Found {
    let mut found = Found::default();
    for (address, account) in &market.world.svm.accounts_db().inner {
        if *account.owner() != ID {
            continue;
        }
        let data = account.data();
        if let Some(job) = Job::read(data) {
            found.jobs.push((*address, job));
        } else if let Some(provider) = Provider::read(data) {
            found.providers.push((*address, provider));
        } else if let Some(bid) = Bid::read(data) {
            found.bids.push(bid);
        } else if let Some(case) = Case::read(data) {
            found.cases.push(case);
        } else if let Some(dispute) = Dispute::read(data) {
            found.disputes.push(dispute);
        } else if let Some(epoch) = Epoch::read(data) {
            found.epochs.push(epoch);
        } else if let Some(credit) = Credit::read(data) {
            found.credits.push(credit);
        } else if let Some(meter) = Meter::read(data) {
            found.vouched += meter.vouched.stake;
        } else if let Some(arbiter) = Arbiter::read(data) {
            found.vouched += arbiter.vouched.stake;
        }
    }
    found
}

/// What a dispute holds in the stake vault.
fn held_by(dispute: &Dispute) -> u64 {
    if dispute.stage == Stage::Resolved as u8 {
        dispute.refund + dispute.fee * u64::from(dispute.unpaid.count_ones())
    } else {
        dispute.bond
    }
}

/// Stops the test if a promise is broken.
pub fn check(market: &Market) {
    check_but_for_gifts(market, 0);
}

/// The same where vaults may hold up to so many base units more than is booked: what signers have given away
/// in a transaction that was changed blindly.
pub fn check_but_for_gifts(market: &Market, given: u64) {
    let found = found(market);
    let world = &market.world;
    let gift = |vault: &Address| u64::try_from(market.gifts.get(vault).copied().unwrap_or(0)).unwrap();
    let mut bonds: BTreeMap<Address, u64> = BTreeMap::new();
    let (mut owed, mut strangers) = (0, 0);
    for (address, job) in &found.jobs {
        assert!(job.invariant(), "invariant of {address}");
        let due: u64 = job.dues.iter().map(|due| due.escrow).sum();
        let booked = job.escrow + due + gift(&job.vault);
        let strange = world.dollars(&job.vault).checked_sub(booked);
        strangers += strange.unwrap_or_else(|| panic!("vault of {address} lacks some of {booked}"));
        owed += job.dues.iter().map(|due| due.stake).sum::<u64>();
        *bonds.entry(job.terms.provider).or_default() += job.bond;
    }
    let locked: u64 = bonds.values().sum();
    for bid in &found.bids {
        *bonds.entry(bid.provider).or_default() += bid.bond;
    }
    let mut staked = 0;
    for (address, provider) in &found.providers {
        assert!(provider.invariant(), "invariant of {address}");
        assert!(
            provider.minted + provider.claimable <= provider.burned,
            "{address} mints more than it burned"
        );
        assert_eq!(provider.locked, bonds.get(address).copied().unwrap_or(0), "locked of {address}");
        staked += provider.stake;
    }
    let reported: u64 = found.cases.iter().map(|case| case.bond + case.due).sum();
    let disputed: u64 = found.disputes.iter().map(held_by).sum();
    let vault = pda::stake_vault();
    let all = staked + found.vouched + owed + reported + disputed + gift(&vault);
    strangers += world.tokens(&vault).checked_sub(all).expect("the stake vault lacks some");
    assert!(strangers <= given, "vaults hold {strangers} more than is booked, and {given} was given");
    assert_eq!(world.totals().locked, locked, "all that jobs lock");
    let left = world.get::<Buyback>(&pda::buyback()).map_or(0, |buyback| buyback.left);
    assert!(world.dollars(&pda::buyback_vault()) >= left, "a round sells what is not there");
    for epoch in &found.epochs {
        let open: Vec<_> = found.credits.iter().filter(|credit| credit.epoch == epoch.index).collect();
        assert_eq!(epoch.credits - epoch.claimed, open.len() as u64, "credits of epoch {}", epoch.index);
        assert!(
            epoch.rebated * 10_000 <= epoch.take * u64::from(epoch.rebate_bps),
            "rebates of {}",
            epoch.index
        );
    }
}
