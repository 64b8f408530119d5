//! The way out: the oracle is dead and no key helps but one's own.

use crate::market::Market;
use crate::promises;
use settlement_interface::accounts::{Bid, ConfigChange, Credit, Due, Epoch, Job, JobState, Party, Provider};
use settlement_interface::{Address, pda};
use solana_signer::Signer;

/// Time and instructions that anyone can send end every job and pay everybody; then providers take
/// their stake back. Nothing but gifts is left behind.
pub fn everybody_gets_out(market: &mut Market) {
    market.world.set_feed(Address::default(), Vec::new());
    let stranger = market.stranger.insecure_clone();
    for round in 0..12 {
        market.world.pass(3 * 86_400);
        for (keys, job) in market.jobs() {
            let network = market.world.network;
            if job.state() == Some(JobState::Assigned) || job.outstanding() != Some(0) {
                let _ = market.send("mark", &[network.mark(&stranger.pubkey(), &keys)], &[&stranger]);
            }
            let _ = market.send("advance_job", &[network.advance_job(&keys)], &[]);
        }
        promises::check(market, round, "drain");
    }
    for (keys, job) in market.jobs() {
        assert!(job.state().unwrap().is_terminal(), "{} is stuck in {:?}", keys.job, job.state());
        let network = market.world.network;
        let provider = market.parties(&job).1.provider.pubkey();
        for party in Party::ALL.into_iter().filter(|party| job.dues[*party as usize] != Due::default()) {
            let wallet = match party {
                Party::Consumer => job.terms.consumer,
                Party::Provider => provider,
                Party::Reporter => job.reporter,
                // Owed on the stable rail alone: nothing, in these networks.
                Party::Buyback | Party::Treasury => continue,
            };
            market.send("withdraw", &[network.withdraw(&keys, party as u8, &wallet)], &[]).expect("withdraw");
        }
        let reclaim = network.reclaim_job(&keys.job, &job.terms.consumer, &job.rent_payer);
        market.send("reclaim_job", &[reclaim], &[]).expect("reclaim_job");
        market.gifts.remove(&pda::vault(&keys.job));
    }
    assert!(market.world.all::<Job>().is_empty());
    for (_, bid) in market.world.all::<Bid>() {
        let network = market.world.network;
        let withdraw = network.withdraw_bid(&stranger.pubkey(), &bid.job, &bid.provider, &bid.rent_payer);
        market.send("withdraw_bid", &[withdraw], &[&stranger]).expect("withdraw_bid");
    }
    assert!(market.world.all::<Bid>().is_empty());
    providers_get_out(market);
    for (_, change) in market.world.all::<ConfigChange>() {
        let cancel = market.world.network.cancel_change(&stranger.pubkey(), change.index, &change.rent_payer);
        market.send("cancel_change", &[cancel], &[&stranger]).expect("cancel_change");
    }
    promises::check(market, u64::MAX, "drain");
    let left = market.world.tokens(&pda::stake_vault());
    assert_eq!(left, market.gifts.get(&pda::stake_vault()).copied().unwrap_or(0), "stake left behind");
    assert!(market.world.all::<Credit>().is_empty());
    assert!(market.world.all::<Epoch>().is_empty());
    assert!(market.world.all::<ConfigChange>().is_empty());
}

fn providers_get_out(market: &mut Market) {
    let network = market.world.network;
    let keys: Vec<_> = market.actors.iter().map(|actors| actors.provider.insecure_clone()).collect();
    for (_, credit) in market.world.all::<Credit>() {
        let authority =
            keys.iter().find(|key| pda::provider(&key.pubkey()) == credit.provider).unwrap().pubkey();
        let rebate = network.claim_rebate(&authority, credit.epoch, &credit.rent_payer);
        market.send("claim_rebate", &[rebate], &[]).expect("claim_rebate");
    }
    for (_, epoch) in market.world.all::<Epoch>() {
        let close = network.close_epoch(epoch.index, &epoch.rent_payer);
        market.send("close_epoch", &[close], &[]).expect("close_epoch");
    }
    for key in &keys {
        let authority = key.pubkey();
        let provider: Provider = market.world.read(&pda::provider(&authority));
        if provider.claimable > 0 {
            market.send("claim", &[network.claim(&authority)], &[]).expect("claim");
        }
        let free = provider.free_stake().unwrap();
        if free > 0 {
            market
                .send("request_unstake", &[network.request_unstake(&authority, free)], &[key])
                .expect("unstake");
        }
    }
    market.world.pass(market.world.config().parameters.unbonding);
    for key in &keys {
        let provider: Provider = market.world.read(&pda::provider(&key.pubkey()));
        if provider.unbonding > 0 {
            let withdraw = network.withdraw_stake(&key.pubkey());
            market.send("withdraw_stake", &[withdraw], &[]).expect("withdraw_stake");
        }
        let provider: Provider = market.world.read(&pda::provider(&key.pubkey()));
        assert_eq!((provider.stake, provider.locked, provider.claimable, provider.jobs_open), (0, 0, 0, 0));
    }
}
