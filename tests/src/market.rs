//! Auctions, bidders and standing offers.

use crate::job::{Actors, ESCROW, JobFixture, STAKE, order};
use crate::outcome::Outcome;
use crate::world::World;
use settlement_interface::accounts::{Bid, Job, Provider, RATES, RateEntry, StandingOffer, Totals};
use settlement_interface::instructions::JobKeys;
use settlement_interface::terms::Order;
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Seconds from now until bidding ends, in the tests' usual auction.
pub const BIDDING: i64 = 600;

/// The usual order as an auction; its rate is the highest bid for.
pub fn auction(now: i64, meter: &Address) -> Order {
    Order { bid_end: now + BIDDING, ..order(now, meter) }
}

impl World {
    /// A registered provider with the usual stake.
    pub fn bidder(&mut self) -> Keypair {
        let bidder = self.holder(2 * STAKE);
        let (authority, bank) = (bidder.pubkey(), self.bank.pubkey());
        let rates = [RateEntry::default(); RATES];
        let register = self.network.register_provider(&bank, &authority, &[7; 32], &rates);
        let provider = pda::provider(&authority);
        let stake = self.network.stake(&authority, &self.associated(&authority), &provider, STAKE);
        self.must(&[register, stake], &[&bidder]);
        bidder
    }

    /// The account of a provider's authority.
    pub fn provider_of(&self, authority: &Keypair) -> Provider {
        self.read(&pda::provider(&authority.pubkey()))
    }

    /// A standing offer that the tests' usual job fits at every limit.
    pub fn standing(&self) -> StandingOffer {
        StandingOffer {
            parameters: self.config().parameters.hash(),
            floor_rate: 2_000_000,
            min_budget: 100_000_000,
            max_budget: 100_000_000,
            max_unit_cap: 8_000,
            max_bond: ESCROW / 10,
            min_lead: 3_600,
            max_duration: 86_400,
            until: self.now() + 86_400,
            max_jobs: 1,
            hardware: 1,
            // The escrow is worth 119.94 USD at the burn price, and its budget is 100 USD.
            min_cover_bps: 11_994,
            rails: 1,
            ..StandingOffer::NONE
        }
    }

    /// Replaces the bytes of a program's account, as another instruction would.
    pub fn rewrite<T: bytemuck::Pod>(&mut self, address: &Address, value: &T) {
        let mut account = self.svm.get_account(address).unwrap();
        account.data[8..8 + size_of::<T>()].copy_from_slice(bytemuck::bytes_of(value));
        self.svm.set_account(*address, account).unwrap();
    }
}

impl Actors {
    /// Opens an auction and gives the keys of its job.
    pub fn auctioned(self, world: &mut World, order: &Order, amount: u64) -> JobFixture {
        let wallet = self.consumer.pubkey();
        let nonce =
            world.read::<settlement_interface::accounts::Consumer>(&pda::consumer(&wallet)).next_nonce;
        let nobody = Address::default();
        let (bank, source) = (world.bank.pubkey(), world.associated(&wallet));
        let open = world.network.open_job(&bank, &wallet, &source, &nobody, nonce, order, amount);
        world.must(&[open], &[&self.consumer]);
        JobFixture { actors: self, keys: JobKeys::new(&wallet, nonce, &nobody), nonce }
    }
}

impl JobFixture {
    /// The usual auction.
    pub fn open(world: &mut World) -> Self {
        Self::open_as(world, |_| {})
    }

    /// An auction with an order of its own.
    pub fn open_as(world: &mut World, edit: impl FnOnce(&mut Order)) -> Self {
        let actors = Actors::new(world);
        let mut order = auction(world.now(), &actors.session.pubkey());
        edit(&mut order);
        actors.auctioned(world, &order, ESCROW)
    }

    /// The same job with its provider, once it has one.
    pub fn named(&self, world: &World) -> JobKeys {
        JobKeys::of(&self.read(world))
    }

    pub fn bidding(&self, world: &World, bidder: &Keypair, rate: u64) -> Instruction {
        let hash = self.read(world).terms_hash;
        let bank = world.bank.pubkey();
        world.network.place_bid(&bank, &bidder.pubkey(), &self.keys.job, &hash, rate, u64::MAX)
    }

    pub fn bid(&self, world: &mut World, bidder: &Keypair, rate: u64) -> Outcome {
        world.send(&[self.bidding(world, bidder, rate)], &[bidder])
    }

    pub fn bid_address(&self, bidder: &Keypair) -> Address {
        pda::bid(&self.keys.job, &pda::provider(&bidder.pubkey()))
    }

    #[track_caller]
    pub fn bid_of(&self, world: &World, bidder: &Keypair) -> Bid {
        world.read(&self.bid_address(bidder))
    }

    pub fn withdrawing(&self, world: &World, by: &Keypair, bidder: &Keypair) -> Instruction {
        let provider = pda::provider(&bidder.pubkey());
        world.network.withdraw_bid(&by.pubkey(), &self.keys.job, &provider, &world.bank.pubkey())
    }

    pub fn withdraw_bid(&self, world: &mut World, by: &Keypair, bidder: &Keypair) -> Outcome {
        world.send(&[self.withdrawing(world, by, bidder)], &[by])
    }

    pub fn accepting_bid(&self, world: &World, by: &Keypair, bidder: &Keypair) -> Instruction {
        let provider = pda::provider(&bidder.pubkey());
        world.network.accept_bid(&by.pubkey(), &self.keys.job, &provider, &world.bank.pubkey())
    }

    pub fn accept_bid(&self, world: &mut World, by: &Keypair, bidder: &Keypair) -> Outcome {
        world.send(&[self.accepting_bid(world, by, bidder)], &[by])
    }

    /// Lets bidding end.
    pub fn end_bidding(&self, world: &mut World) {
        world.until(self.read(world).terms.order.bid_end);
    }

    pub fn set_standing(&self, world: &mut World, offer: &StandingOffer) -> Outcome {
        let set = world.network.set_standing_offer(&self.authority(), offer);
        world.send(&[set], &[&self.actors.provider])
    }

    pub fn accepting_standing(&self, world: &World) -> Instruction {
        world.network.accept_standing_offer(&self.keys.job, &self.keys.provider)
    }

    /// Takes `amount` out of the job's bond and its provider's stake, as a penalty would.
    pub fn penalise(&self, world: &mut World, amount: u64) {
        let keys = self.named(world);
        let (mut job, mut provider, mut totals): (Job, Provider, Totals) =
            (world.read(&keys.job), world.read(&keys.provider), world.totals());
        job.bond -= amount;
        provider.stake -= amount;
        provider.locked -= amount;
        totals.locked -= amount;
        world.rewrite(&keys.job, &job);
        world.rewrite(&keys.provider, &provider);
        world.rewrite(&pda::totals(), &totals);
    }

    pub fn topping_up_bond(&self, world: &World, amount: u64) -> Instruction {
        world.network.top_up_bond(&self.authority(), &self.keys.job, amount)
    }
}
