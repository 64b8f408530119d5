//! Auctions and standing offers.

use super::work::unsigned;
use crate::market::Market;
use crate::spec::entities::{Bid, Job};
use crate::spec::step::{Step, n};
use settlement_interface::Address;
use settlement_interface::accounts::JobState::Open;
use settlement_interface::accounts::StandingOffer;
use settlement_interface::pda;
use settlement_interface::terms::RAIL_STABLE;

impl Market {
    pub fn bargain(&mut self) -> Vec<Step> {
        match self.random.below(6) {
            0 => self.auction(),
            1..=2 => self.bid().into_iter().collect(),
            3..=4 => self.accept_bid(),
            _ => self.withdraw_bid(),
        }
    }

    fn auction(&mut self) -> Vec<Step> {
        let (of, payer) = (self.party(), self.payer());
        let mut order = self.order(&of.session);
        order.bid_end = self.soon(1, 1_500);
        order.offer_by = order.bid_end + self.random.between(1, 2_000) as i64;
        order.start_by = order.offer_by + self.random.below(2_000) as i64;
        order.end_by = order.start_by + self.random.between(1, 20_000) as i64;
        order.convert_by = if order.rail == RAIL_STABLE { 0 } else { order.end_by };
        order.open_acceptance = u8::from(self.random.one_in(2));
        let amount = self.funding(&order);
        let nonce = unsigned(self.spec.consumers[&of.consumer].next_nonce);
        let dollars = order.rail == RAIL_STABLE;
        let provider = Address::default();
        let open = Step::OpenJob { payer, by: of.consumer, provider, nonce, order, amount, dollars };
        if self.needs_lost_key(&open) {
            return Vec::new();
        }
        if self.play(vec![open]) {
            for _ in 0..self.random.below(4) {
                let bid = self.bid().filter(|bid| !self.needs_lost_key(bid));
                if let Some(bid) = bid {
                    self.play(vec![bid]);
                }
            }
        }
        Vec::new()
    }

    fn bid(&mut self) -> Option<Step> {
        let (any, now) = (self.random.one_in(8), self.spec.now);
        let fits = |job: &Job| job.state == Open && now < n(job.terms.order.bid_end);
        let (job, found) = self.job_that(|job| any || fits(job))?;
        self.steady_price();
        let (by, payer) = (self.party().provider, self.payer());
        let own = self.spec.bids.get(&pda::bid(&job, &pda::provider(&by))).map_or(0, |bid| bid.rate);
        let most = if own > 0 { unsigned(own - 1) } else { found.terms.order.rate };
        let most = most.saturating_add(u64::from(self.random.one_in(10)));
        let rate = self.random.between(most / 2, most);
        let max_bond = if self.random.one_in(12) { 0 } else { u64::MAX };
        Some(Step::PlaceBid { payer, by, job, terms_hash: found.terms_hash, rate, max_bond })
    }

    /// A random bid; one that can be accepted, if there is one and it is asked for.
    fn some_bid(&mut self, open: bool) -> Option<Bid> {
        let stands = |bid: &Bid| {
            self.spec.jobs.get(&bid.job).is_some_and(|job| job.state == Open && self.spec.in_time(job))
        };
        let all: Vec<_> = self.spec.bids.values().cloned().collect();
        let fit: Vec<_> = all.iter().filter(|bid| stands(bid) == open).cloned().collect();
        let among = if fit.is_empty() || self.random.one_in(8) { all } else { fit };
        self.random.pick(&among).cloned()
    }

    fn accept_bid(&mut self) -> Vec<Step> {
        let Some(bid) = self.some_bid(true) else { return Vec::new() };
        let Bid { job, provider, rent_payer, .. } = bid;
        let Some(found) = self.spec.jobs.get(&job).cloned() else { return Vec::new() };
        if found.state == Open && self.random.one_in(2) {
            let wait = (n(found.terms.order.bid_end) - self.spec.now).max(0);
            self.pass(i64::try_from(wait).unwrap(), true);
            self.refresh();
        }
        let by = if self.random.one_in(2) { found.terms.consumer } else { self.stranger };
        vec![Step::AcceptBid { by, job, provider, rent_payer }]
    }

    fn withdraw_bid(&mut self) -> Vec<Step> {
        let open = self.random.one_in(3);
        let Some(bid) = self.some_bid(open) else { return Vec::new() };
        let Bid { job, provider, rent_payer, .. } = bid;
        let own = self.spec.providers[&provider].authority;
        let by = if self.random.one_in(2) { own } else { self.stranger };
        vec![Step::WithdrawBid { by, job, provider, rent_payer }]
    }

    /// A standing offer that many jobs fit.
    pub fn offer(&mut self) -> StandingOffer {
        let meter = self.random.pick(&self.meters).unwrap().0;
        StandingOffer {
            meter: if self.random.one_in(4) { Address::default() } else { meter },
            panel: if self.random.one_in(4) { [0; 32] } else { self.panel.hash() },
            parameters: self.spec.config.parameters.hash(),
            floor_rate: self.random.between(1, 8_000_000),
            min_budget: 1,
            max_budget: u64::MAX,
            max_unit_cap: u64::MAX,
            max_bond: self.random.between(1, 200_000_000_000),
            min_lead: 0,
            max_duration: 1 << 40,
            until: self.soon(0, 200_000),
            max_jobs: self.random.between(1, 80) as u32,
            hardware: 1,
            max_sla_bps: 10_000,
            min_cover_bps: self.random.between(0, 5_000) as u16,
            rails: if self.random.one_in(6) { self.random.between(1, 4) as u8 } else { 3 },
            reserved: [0; 5],
        }
    }

    pub fn standing(&mut self) -> Vec<Step> {
        let by = self.party().provider;
        let offer = self.offer();
        let offer = if self.random.one_in(10) { StandingOffer::NONE } else { offer };
        vec![Step::SetStanding { by, offer }]
    }
}
