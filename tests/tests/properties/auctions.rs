//! Auctions and standing offers, each step at random.

use crate::market::Market;
use settlement_interface::accounts::{Bid, Consumer, Job, JobState, StandingOffer};
use settlement_interface::{Address, pda};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::order;

impl Market {
    /// One of them.
    pub fn bargain(&mut self) -> &'static str {
        match self.random.below(8) {
            0 => self.auction(),
            1..=3 => self.bid(),
            4 => self.accept_bid(),
            5 => self.withdraw_bid(),
            6 => self.offer_standing(),
            _ => self.accept_standing(),
        }
    }

    fn provider_key(&self, provider: &Address) -> Keypair {
        let found = self.actors.iter().find(|actors| actors.provider_address() == *provider);
        found.unwrap().provider.insecure_clone()
    }

    fn auction(&mut self) -> &'static str {
        let at = self.random.below(3) as usize;
        let now = self.world.now();
        let mut wish = order(now, &self.actors[at].session.pubkey());
        wish.bid_end = now + self.random.between(1, 1_500) as i64;
        wish.offer_by = wish.bid_end + self.random.between(1, 2_000) as i64;
        wish.start_by = wish.offer_by + self.random.below(2_000) as i64;
        wish.end_by = wish.start_by + self.random.between(1, 20_000) as i64;
        wish.open_acceptance = u8::from(self.random.one_in(2));
        let wallet = self.actors[at].consumer.pubkey();
        let nonce = self.world.read::<Consumer>(&pda::consumer(&wallet)).next_nonce;
        let (bank, source) = (self.world.bank.pubkey(), self.world.associated(&wallet));
        let amount = self.random.between(1, 50_000_000_000);
        let nobody = Address::default();
        let open = self.world.network.open_job(&bank, &wallet, &source, &nobody, nonce, &wish, amount);
        let consumer = self.actors[at].consumer.insecure_clone();
        let outcome = self.send("open_job", &[open], &[&consumer]);
        assert!(!(self.world.config().is_paused(now) && outcome.is_ok()), "an auction opened during a pause");
        // Most auctions are bid for, and many end with a winner.
        if outcome.is_ok() {
            self.bid();
            self.bid();
            if self.random.one_in(2) {
                self.accept_bid();
            }
        }
        "open_job"
    }

    fn bid(&mut self) -> &'static str {
        let Some((keys, job)) = self.job(&[JobState::Open]) else { return "place_bid" };
        let at = self.random.below(3) as usize;
        let bidder = self.actors[at].provider.insecure_clone();
        let most = job.terms.order.rate.saturating_add(1);
        let rate = self.random.between(most / 2, most);
        let (bank, max_bond) = (self.world.bank.pubkey(), if self.random.one_in(10) { 0 } else { u64::MAX });
        let place =
            self.world.network.place_bid(&bank, &bidder.pubkey(), &keys.job, &job.terms_hash, rate, max_bond);
        let paused = self.world.config().is_paused(self.world.now());
        let outcome = self.send("place_bid", &[place], &[&bidder]);
        assert!(!(paused && outcome.is_ok()), "a bid was placed during a pause");
        "place_bid"
    }

    /// A random bid, and its job if there still is one; `open` for one that can be accepted, if any.
    fn some_bid(&mut self, open: bool) -> Option<(Address, Bid, Option<Job>)> {
        let mut bids = self.world.all::<Bid>();
        let now = self.world.now();
        let stands = |bid: &Bid| {
            let job = self.world.get::<Job>(&bid.job);
            job.is_some_and(|job| job.state() == Some(JobState::Open) && now <= job.terms.order.offer_by)
        };
        if open && bids.iter().any(|(_, bid)| stands(bid)) {
            bids.retain(|(_, bid)| stands(bid));
        }
        let (address, bid) = self.random.pick(&bids).copied()?;
        Some((address, bid, self.world.get::<Job>(&bid.job)))
    }

    fn accept_bid(&mut self) -> &'static str {
        let Some((address, bid, Some(job))) = self.some_bid(true) else { return "accept_bid" };
        if job.state() == Some(JobState::Open) && self.random.one_in(2) {
            self.world.until(job.terms.order.bid_end.max(self.world.now()));
        }
        let own = self.random.one_in(2);
        let by =
            if own { self.parties(&job).0.consumer.insecure_clone() } else { self.stranger.insecure_clone() };
        let accept = self.world.network.accept_bid(&by.pubkey(), &bid.job, &bid.provider, &bid.rent_payer);
        let now = self.world.now();
        let outcome = self.send("accept_bid", &[accept], &[&by]);
        if outcome.is_ok() {
            assert!(!self.world.config().is_paused(now), "a bid was accepted during a pause");
            assert!(now >= job.terms.order.bid_end && now <= job.terms.order.offer_by);
            let open = job.terms.order.open_acceptance == 1 && job.best_bid == address;
            assert!(own || open, "a stranger accepted a bid");
            assert!(bid.rate <= job.terms.order.rate && bid.rate > 0);
        }
        "accept_bid"
    }

    fn withdraw_bid(&mut self) -> &'static str {
        let Some((address, bid, job)) = self.some_bid(false) else { return "withdraw_bid" };
        let own = self.random.one_in(2);
        let by = if own { self.provider_key(&bid.provider) } else { self.stranger.insecure_clone() };
        let withdraw =
            self.world.network.withdraw_bid(&by.pubkey(), &bid.job, &bid.provider, &bid.rent_payer);
        let now = self.world.now();
        let outcome = self.send("withdraw_bid", &[withdraw], &[&by]);
        // With no lead asked for, a bid can be accepted until offer_by.
        let stands =
            job.is_some_and(|job| job.state() == Some(JobState::Open) && now <= job.terms.order.offer_by);
        if outcome.is_ok() && stands && bid.rate > 0 {
            assert!(own, "a stranger withdrew a bid that stood");
            assert!(job.is_some_and(|job| job.best_bid != address), "the best bid was withdrawn");
        }
        assert!(outcome.is_ok() || stands, "a bond was not released");
        "withdraw_bid"
    }

    pub fn offer_standing(&mut self) -> &'static str {
        let at = self.random.below(3) as usize;
        let authority = self.actors[at].provider.insecure_clone();
        let offer = StandingOffer {
            min_budget: 1,
            max_budget: u64::MAX,
            floor_rate: self.random.between(0, 8_000_000),
            max_bond: self.random.between(0, 10_000_000_000),
            min_lead: 0,
            max_jobs: 20,
            min_cover_bps: 5_000,
            until: self.world.now() + 200_000,
            ..self.world.standing()
        };
        let set = self.world.network.set_standing_offer(&authority.pubkey(), &offer);
        let _ = self.send("set_standing_offer", &[set], &[&authority]);
        "set_standing_offer"
    }

    pub fn accept_standing(&mut self) -> &'static str {
        let Some((keys, _)) = self.job(&[JobState::Offered]) else { return "accept_standing_offer" };
        let paused = self.world.config().is_paused(self.world.now());
        let accept = self.world.network.accept_standing_offer(&keys.job, &keys.provider);
        let outcome = self.send("accept_standing_offer", &[accept], &[]);
        assert!(!(paused && outcome.is_ok()), "a job was accepted during a pause");
        "accept_standing_offer"
    }
}
