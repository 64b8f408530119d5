//! Auctions, standing offers, bonds.

use super::arithmetic::{N, fits, floor};
use super::entities::Bid;
use super::jobs::NOBODY;
use super::step::n;
use super::{ELSEWHERE, Spec, Verdict, all};
use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{self, JobState, Layout, StandingOffer};
use settlement_interface::terms::{METER_REGISTERED, METER_SESSION, RAIL_STABLE, RAIL_TOKEN};
use settlement_interface::{Address, pda};

impl Spec {
    pub fn place_bid(
        &mut self,
        payer: Address,
        by: Address,
        address: Address,
        terms_hash: [u8; 32],
        rate: N,
        max_bond: N,
    ) -> Verdict {
        let provider = self.provider_of(&by)?;
        let mut job = self.job(&address)?;
        let order = job.terms.order;
        let at = pda::bid(&address, &provider);
        let before = self.bids.get(&at).cloned();
        let own = before.as_ref().map_or(0, |bid| bid.rate);
        let most = if own > 0 { own - 1 } else { n(order.rate) };
        let quote = self.quote(&job.terms.parameters);
        let stable = order.rail == RAIL_STABLE;
        all(&[
            (!self.paused(), E::Paused),
            (job.state == JobState::Open, E::WrongState),
            (self.now < n(order.bid_end), E::BiddingEnded),
            (terms_hash == job.terms_hash, E::TermsChanged),
            (by != order.meter && by != job.meter_authority, E::MeterIsParty),
            (rate >= 1 && rate <= most, E::BidRate),
            (!stable || quote.is_some(), E::NoPrice),
        ])?;
        let asked = match quote {
            Some(quote) if stable => Self::bond_asked(&job, job.escrow, quote.burn, quote.scale),
            _ => Self::bond_asked(&job, job.escrow, 0, 0),
        };
        let held = before.as_ref().map_or(0, |bid| bid.bond);
        let bond = asked.max(held);
        all(&[(bond <= max_bond, E::BondTooHigh)])?;
        self.lock(&provider, bond - held)?;
        let (index, rent_payer) = match &before {
            Some(bid) => (bid.index, bid.rent_payer),
            None => {
                self.create(&payer, at, accounts::Bid::LEN)?;
                job.bids += 1;
                (job.bids - 1, payer)
            }
        };
        let (escrow, placed_at) = (job.escrow, self.now);
        let bid = Bid { job: address, provider, rent_payer, rate, bond, escrow, placed_at, index };
        self.bids.insert(at, bid);
        if job.best_bid == NOBODY || job.best_bid == at || rate * 100 <= job.best_rate * 99 {
            (job.best_bid, job.best_rate) = (at, rate);
        }
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn withdraw_bid(
        &mut self,
        by: Address,
        address: Address,
        provider: Address,
        rent_payer: Address,
    ) -> Verdict {
        let at = pda::bid(&address, &provider);
        let bid = self.bids.get(&at).ok_or(ELSEWHERE)?.clone();
        let open = self.jobs.get(&address).filter(|job| job.state == JobState::Open);
        let bidding = open.is_some_and(|job| self.now < n(job.terms.order.bid_end));
        let acceptable = open.is_some_and(|job| self.in_time(job));
        let best = open.is_some_and(|job| job.best_bid == at);
        let owner = self.providers[&provider].authority;
        let stands = bid.rate > 0 && acceptable;
        all(&[
            (rent_payer == bid.rent_payer, E::WrongRentPayer),
            (bid.rate > 0 || !bidding, E::BidWithdrawn),
            (!stands || by == owner, E::WrongParty),
            (!stands || !best, E::BestBid),
        ])?;
        self.providers.get_mut(&provider).unwrap().locked -= bid.bond;
        if bidding {
            let bid = self.bids.get_mut(&at).unwrap();
            (bid.rate, bid.bond) = (0, 0);
        } else {
            self.bids.remove(&at);
            self.refund_rent(&at, &rent_payer);
        }
        Ok(())
    }

    pub fn accept_bid(
        &mut self,
        by: Address,
        address: Address,
        provider: Address,
        rent_payer: Address,
    ) -> Verdict {
        let at = pda::bid(&address, &provider);
        let bid = self.bids.get(&at).ok_or(ELSEWHERE)?.clone();
        let mut job = self.job(&address)?;
        let order = job.terms.order;
        let quote = self.quote(&job.terms.parameters);
        let anyone = order.open_acceptance == 1 && job.best_bid == at;
        all(&[
            (!self.paused(), E::Paused),
            (rent_payer == bid.rent_payer, E::WrongRentPayer),
            (job.state == JobState::Open, E::WrongState),
            (bid.rate > 0, E::BidWithdrawn),
            (anyone || by == job.terms.consumer, E::WrongParty),
            (self.now >= n(order.bid_end), E::BiddingRuns),
            (self.in_time(&job), E::OfferExpired),
            (quote.is_some(), E::NoPrice),
        ])?;
        job.terms.provider = provider;
        job.terms.order.rate = u64::try_from(bid.rate).unwrap();
        job.terms_hash = job.terms.hash(&address, i64::try_from(job.opened_at).unwrap());
        self.bids.remove(&at);
        self.refund_rent(&at, &rent_payer);
        self.assign(address, job, bid.bond, bid.escrow, &quote.unwrap())
    }

    pub fn set_standing(&mut self, by: Address, offer: StandingOffer) -> Verdict {
        let provider = self.provider_of(&by)?;
        let stated = offer.floor_rate > 0
            && offer.min_budget > 0
            && offer.min_budget <= offer.max_budget
            && offer.max_unit_cap > 0
            && offer.max_bond > 0
            && offer.min_lead >= 0
            && offer.max_duration > 0
            && n(offer.until) > self.now
            && offer.max_jobs > 0
            && offer.max_sla_bps <= 10_000
            && [1, 2, 3].contains(&offer.rails)
            && offer.reserved == [0; 5];
        let nothing = offer == StandingOffer::NONE;
        all(&[
            (nothing || stated, E::StandingOfferForm),
            (nothing || offer.parameters == self.config.parameters.hash(), E::ParametersChanged),
        ])?;
        self.providers.get_mut(&provider).unwrap().standing = offer;
        Ok(())
    }

    pub fn accept_standing(&mut self, address: Address, provider: Address) -> Verdict {
        let job = self.job(&address)?;
        let party = self.providers.get(&provider).ok_or(ELSEWHERE)?.clone();
        let quote = self.quote(&job.terms.parameters);
        all(&[
            (!self.paused(), E::Paused),
            (provider == job.terms.provider, E::WrongProvider),
            (job.state == JobState::Offered, E::WrongState),
            (self.in_time(&job), E::OfferExpired),
            (quote.is_some(), E::NoPrice),
        ])?;
        let quote = quote.unwrap();
        let bond = Self::bond_asked(&job, job.escrow, quote.burn, quote.scale);
        let (order, offer) = (&job.terms.order, &party.standing);
        let worth = match order.rail {
            RAIL_TOKEN => floor(job.escrow * quote.burn, quote.scale),
            _ => job.escrow,
        };
        let rail = match order.rail {
            RAIL_TOKEN => 1,
            _ => 2,
        };
        let meter = match order.meter_kind {
            METER_SESSION => true,
            METER_REGISTERED => offer.meter != NOBODY && offer.meter == order.meter,
            _ => false,
        };
        let inside = order.budget >= offer.min_budget
            && order.budget <= offer.max_budget
            && order.unit_cap <= offer.max_unit_cap
            && order.hardware == offer.hardware
            && order.sla_bps <= offer.max_sla_bps
            && offer.rails & rail != 0
            && n(order.start_by) >= self.now + n(offer.min_lead)
            && n(order.end_by) <= self.now + n(offer.max_duration)
            && (order.verifiable == 0 || (offer.panel != [0; 32] && offer.panel == order.panel))
            && (order.min_price == 0 || n(order.convert_by) <= self.now)
            && n(order.rate) * 3_600_000 >= n(offer.floor_rate) * n(order.unit)
            && worth * 10_000 >= n(order.budget) * n(offer.min_cover_bps)
            && meter
            && order.meter != party.authority;
        all(&[
            (offer.max_budget > 0 && self.now <= n(offer.until), E::NoStandingOffer),
            (party.jobs_open < n(offer.max_jobs), E::StandingOfferFull),
            (job.terms.parameters.hash() == offer.parameters, E::ParametersChanged),
            (bond <= n(offer.max_bond), E::BondTooHigh),
            (inside, E::OutsideStandingOffer),
        ])?;
        self.lock(&provider, bond)?;
        let escrow = job.escrow;
        self.assign(address, job, bond, escrow, &quote)
    }

    pub fn top_up_bond(&mut self, by: Address, address: Address, amount: N) -> Verdict {
        let provider = self.provider_of(&by)?;
        let mut job = self.job(&address)?;
        all(&[
            (provider == job.terms.provider, E::WrongProvider),
            (job.is(&[JobState::Assigned, JobState::Running]), E::WrongState),
            (amount > 0, E::ZeroAmount),
        ])?;
        job.bond += amount;
        all(&[(fits(job.bond), E::Arithmetic)])?;
        let (spot, scale) = (self.price.spot, self.last_scale().unwrap());
        let asked = Self::bond_asked(&job, job.funded, spot, scale);
        // What the bond covers, at most all that was deposited.
        let bps = n(job.terms.parameters.bond_bps);
        let covered = match job.terms.order.rail {
            RAIL_TOKEN => floor(job.bond * 10_000, bps),
            _ => floor(job.bond * 10_000 * spot, scale * bps),
        };
        job.bonded_escrow = job.bonded_escrow.max(covered.min(job.funded));
        all(&[(job.bond <= asked, E::BondFull)])?;
        self.lock(&provider, amount)?;
        self.totals.locked += amount;
        // What replaces a penalty adds nothing to what later ones are shares of.
        job.slashed = (job.slashed - amount).max(0);
        self.jobs.insert(address, job);
        Ok(())
    }
}
