//! Bids and standing offers: how a job finds a provider that it does not name, or one that sleeps.

use super::Deal;
use crate::failure::{Context, Result};
use crate::units::{DAY, MINUTE, tokens};
use crate::world::World;
use settlement_interface::accounts::{Bid, Config, StandingOffer};
use settlement_interface::instructions::JobKeys;
use settlement_interface::terms::{RAIL_STABLE, RAIL_TOKEN};
use settlement_interface::{Address, SettlementError, pda, rules};
use solana_instruction::Instruction;
use solana_signer::Signer;

impl World {
    /// Bids a rate for a job in an auction; the provider pays its bid's rent.
    pub fn bid(&mut self, name: &str, provider: usize, rate: u64) -> Result<()> {
        self.refresh()?;
        let (job, bidder) = (self.job(name)?, self.provider(provider)?);
        let authority = bidder.authority.pubkey();
        let bond = self.bond_of(&job)?;
        let keys = &self.hire(name)?.keys;
        let bid = self.addresses.place_bid(&authority, &authority, &keys.job, &job.terms_hash, rate, bond);
        self.chain
            .send(&[&bidder.authority], &[bid])
            .context(format!("{} cannot bid for {name}", bidder.name))?;
        Ok(())
    }

    fn withdrawing_bid(&self, by: &Address, name: &str, provider: usize) -> Result<Instruction> {
        let (keys, bidder) = (&self.hire(name)?.keys, self.provider(provider)?.address());
        let bid: Bid = self.chain.read(&pda::bid(&keys.job, &bidder))?;
        Ok(self.addresses.withdraw_bid(by, &keys.job, &bidder, &bid.rent_payer))
    }

    /// Tries to withdraw a bid by its own provider, and must be refused.
    pub fn withdraw_bid_refused(&self, name: &str, provider: usize, expected: SettlementError) -> Result<()> {
        let authority = &self.provider(provider)?.authority;
        let withdraw = self.withdrawing_bid(&authority.pubkey(), name, provider)?;
        self.chain.refused(&[authority], &[withdraw], expected)?;
        Ok(())
    }

    /// Releases the bond of a bid that can no longer be accepted; sent by a stranger.
    pub fn release_bid(&mut self, name: &str, provider: usize) -> Result<()> {
        let withdraw = self.withdrawing_bid(&self.officers.stranger.pubkey(), name, provider)?;
        self.send_by_stranger(&[withdraw]).context("cannot release a bid")
    }

    /// Has the best bid accepted by a stranger, as the order allows once bidding has ended.
    pub fn accept_best_bid(&mut self, name: &str, provider: usize) -> Result<()> {
        let keys = self.hire(name)?.keys;
        let bidder = self.provider(provider)?.address();
        let bid: Bid = self.chain.read(&pda::bid(&keys.job, &bidder))?;
        let by = self.officers.stranger.pubkey();
        let accept = self.addresses.accept_bid(&by, &keys.job, &bidder, &bid.rent_payer);
        self.send_by_stranger(&[accept]).context(format!("cannot accept a bid for {name}"))?;
        let hire = self.jobs.get_mut(name).context("the job is gone")?;
        (hire.provider, hire.keys) = (Some(provider), JobKeys { provider: bidder, ..keys });
        Ok(())
    }

    /// Signs once what a provider takes without being asked: small jobs of its hardware class 1, on
    /// either rail, at its listed rate or more.
    pub fn stand(&mut self, provider: usize) -> Result<()> {
        let config: Config = self.chain.read(&pda::config())?;
        let now = self.now()?;
        let provider = self.provider(provider)?;
        let offer = StandingOffer {
            parameters: config.parameters.hash(),
            floor_rate: provider.rate,
            min_budget: 1_000_000,
            max_budget: 1_000_000_000,
            max_unit_cap: 16_000,
            max_bond: tokens(500),
            min_lead: MINUTE.saturating_mul(30),
            max_duration: DAY,
            until: now.saturating_add(DAY),
            max_jobs: 8,
            hardware: 1,
            // What fluctuates until it is converted is the consumer's risk.
            min_cover_bps: 11_500,
            rails: rules::rail_bit(RAIL_TOKEN) | rules::rail_bit(RAIL_STABLE),
            ..StandingOffer::NONE
        };
        let set = self.addresses.set_standing_offer(&provider.authority.pubkey(), &offer);
        self.chain
            .send(&[&provider.authority], &[set])
            .context(format!("{} cannot make a standing offer", provider.name))?;
        Ok(())
    }

    /// Offers a job to a provider and has its standing offer accept it, in one transaction that the
    /// consumer alone signs.
    pub fn offer_to_standing(
        &mut self,
        name: &str,
        consumer: usize,
        provider: usize,
        deal: &Deal,
    ) -> Result<()> {
        let worker = self.provider(provider)?.address();
        let payer = self.consumer(consumer)?;
        let job = pda::job(&payer.wallet.pubkey(), payer.next_nonce);
        let accept = self.addresses.accept_standing_offer(&job, &worker);
        self.open(name, consumer, Some(provider), deal, &[accept])
    }
}
