//! A consumer, a provider, and a job between them at any stage of its life.

use crate::outcome::{Outcome, Sent};
use crate::world::World;
use settlement_interface::accounts::{Consumer, Job, Provider, RATES, RateEntry};
use settlement_interface::instructions::{JobKeys, verify_receipt};
use settlement_interface::receipt::{Receipt, domain};
use settlement_interface::terms::{METER_SESSION, Order, RAIL_TOKEN};
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// 60 tokens, worth 120 USD at the tests' first price of 2 USD.
pub const ESCROW: u64 = 60_000_000_000;
/// 1,000 tokens.
pub const STAKE: u64 = 1_000_000_000_000;

/// 100 USD for GPU time at 2 USD an hour, on at most 8 GPUs, within a day of now.
pub fn order(now: i64, meter: &Address) -> Order {
    Order {
        meter: *meter,
        spec_hash: [0x5B; 32],
        panel: [0; 32],
        budget: 100_000_000,
        rate: 2_000_000,
        unit: 3_600_000,
        unit_cap: 8_000,
        min_price: 0,
        bid_end: 0,
        offer_by: now + 1_800,
        start_by: now + 3_600,
        end_by: now + 86_400,
        convert_by: now + 86_400,
        silence_max: 7_200,
        hardware: 1,
        sla_bps: 0,
        rail: RAIL_TOKEN,
        meter_kind: METER_SESSION,
        verifiable: 0,
        open_acceptance: 0,
    }
}

/// A registered consumer with tokens and a registered, staked provider.
pub struct Actors {
    pub consumer: Keypair,
    pub session: Keypair,
    pub provider: Keypair,
}

/// A job between them.
pub struct JobFixture {
    pub actors: Actors,
    pub keys: JobKeys,
    pub nonce: u64,
}

impl Actors {
    pub fn new(world: &mut World) -> Self {
        let consumer = world.holder(1_000_000_000_000);
        let provider = world.holder(2_000_000_000_000);
        let session = world.wallet();
        let actors = Self { consumer, session, provider };
        let (wallet, authority) = (actors.consumer.pubkey(), actors.provider.pubkey());
        let bank = world.bank.pubkey();
        world.must(&[world.network.register_consumer(&bank, &wallet)], &[]);
        let rates = [RateEntry::default(); RATES];
        let register = world.network.register_provider(&bank, &authority, &[7; 32], &rates);
        let stake =
            world.network.stake(&authority, &world.associated(&authority), &pda::provider(&authority), STAKE);
        world.must(&[register, stake], &[&actors.provider]);
        actors
    }

    pub fn provider_address(&self) -> Address {
        pda::provider(&self.provider.pubkey())
    }

    /// `open_job` with this order and escrow, and the keys of the job to be.
    pub fn open(&self, world: &World, order: &Order, amount: u64) -> (Instruction, JobKeys, u64) {
        let wallet = self.consumer.pubkey();
        let nonce = world.read::<Consumer>(&pda::consumer(&wallet)).next_nonce;
        let provider = self.provider_address();
        let source = world.associated(&wallet);
        let bank = world.bank.pubkey();
        let open = world.network.open_job(&bank, &wallet, &source, &provider, nonce, order, amount);
        (open, JobKeys::new(&wallet, nonce, &provider), nonce)
    }
}

impl JobFixture {
    /// Offered with the usual order.
    pub fn offered(world: &mut World) -> Self {
        let actors = Actors::new(world);
        let usual = order(world.now(), &actors.session.pubkey());
        Self::offered_as(world, actors, &usual, ESCROW)
    }

    /// Offered with another order.
    pub fn offered_as(world: &mut World, actors: Actors, order: &Order, amount: u64) -> Self {
        let (open, keys, nonce) = actors.open(world, order, amount);
        world.must(&[open], &[&actors.consumer]);
        Self { actors, keys, nonce }
    }

    pub fn assigned(world: &mut World) -> Self {
        let job = Self::offered(world);
        job.accept(world).expect("accept_offer");
        job
    }

    pub fn running(world: &mut World) -> Self {
        let job = Self::assigned(world);
        job.start(world).expect("start_job");
        job
    }

    /// Running an order of its own.
    pub fn running_as(world: &mut World, edit: impl FnOnce(&mut Order), amount: u64) -> Self {
        let actors = Actors::new(world);
        let mut order = order(world.now(), &actors.session.pubkey());
        edit(&mut order);
        let job = Self::offered_as(world, actors, &order, amount);
        job.accept(world).expect("accept_offer");
        job.start(world).expect("start_job");
        job
    }

    /// Closing, with one hour of work on one GPU settled: 2 USD.
    pub fn closing(world: &mut World) -> Self {
        let job = Self::running(world);
        world.until(world.now() + 3_600);
        job.settle(world, 3_600_000).expect("settle");
        world.must(
            &[world.network.close_job(&job.actors.consumer.pubkey(), &job.keys)],
            &[&job.actors.consumer],
        );
        job
    }

    /// Settling, one receipt grace after that.
    pub fn settling(world: &mut World) -> Self {
        let job = Self::closing(world);
        world.until(world.now() + world.config().parameters.receipt_grace + 1);
        job.advance(world);
        job
    }

    /// Closed, with everything still due.
    pub fn closed(world: &mut World) -> Self {
        let job = Self::settling(world);
        job.advance(world);
        job
    }

    pub fn accept(&self, world: &mut World) -> Outcome {
        let hash = self.read(world).terms_hash;
        let accept =
            world.network.accept_offer(&self.actors.provider.pubkey(), &self.keys.job, &hash, u64::MAX);
        world.send(&[accept], &[&self.actors.provider])
    }

    pub fn start(&self, world: &mut World) -> Outcome {
        let start = world.network.start_job(&self.actors.provider.pubkey(), &self.keys.job);
        world.send(&[start], &[&self.actors.provider])
    }

    /// `advance_job` by nobody in particular; it must be due.
    #[track_caller]
    pub fn advance(&self, world: &mut World) -> Sent {
        world.must(&[world.network.advance_job(&self.keys)], &[])
    }

    /// The receipt that the session key would sign for cumulative `units` through now.
    pub fn receipt(&self, world: &World, units: u64) -> Receipt {
        Receipt {
            domain: domain(&crate::CLUSTER),
            job: self.keys.job,
            opened_at: self.read(world).opened_at,
            units,
            through: world.now().min(self.read(world).terms.order.end_by),
            commitment: None,
        }
    }

    /// The two instructions that settle a receipt signed by `signer`, the Ed25519 one at `index`. Signed by
    /// hand on purpose, to be independent of the client library: its `SignedReceipt` is held against this
    /// byte for byte (`tests/program/signing.rs`), and forgeries need what it would not sign.
    pub fn settling_instructions(
        &self,
        world: &World,
        receipt: &Receipt,
        signer: &Keypair,
        index: u16,
    ) -> [Instruction; 2] {
        let message = receipt.encode();
        let signature = signer.sign_message(&message);
        let verify = verify_receipt(&signer.pubkey(), signature.as_array(), &message);
        let settle =
            world.network.settle(&self.actors.provider.pubkey(), &self.keys.job, world.epoch(), index);
        [verify, settle]
    }

    /// Settles cumulative `units` through now.
    pub fn settle(&self, world: &mut World, units: u64) -> Outcome {
        let receipt = self.receipt(world, units);
        let instructions = self.settling_instructions(world, &receipt, &self.actors.session, 0);
        world.send(&instructions, &[&self.actors.provider])
    }

    /// `convert` paid by the bank, a stranger to the job.
    pub fn convert(&self, world: &mut World) -> Outcome {
        let convert = world.network.convert(&world.bank.pubkey(), &self.keys, world.epoch());
        world.send(&[convert], &[])
    }

    #[track_caller]
    pub fn read(&self, world: &World) -> Job {
        world.read(&self.keys.job)
    }

    pub fn provider(&self, world: &World) -> Provider {
        world.read(&self.keys.provider)
    }

    pub fn vault(&self) -> Address {
        pda::vault(&self.keys.job)
    }
}
