//! Meters and arbiters, and jobs that a registered meter counts.

use crate::job::{Actors, JobFixture, order};
use crate::outcome::{Outcome, Sent};
use crate::world::World;
use settlement_interface::instructions::verify_receipt;
use settlement_interface::receipt::Receipt;
use settlement_interface::terms::{METER_REGISTERED, Order};
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A registered meter with the bond that the network asks for.
pub struct MeterFixture {
    pub key: Keypair,
    pub authority: Keypair,
}

impl MeterFixture {
    pub fn new(world: &mut World) -> Self {
        let bond = world.config().parameters.meter_bond;
        let meter = Self::unbonded(world, bond);
        let owner = meter.authority.pubkey();
        let vouch = world.network.vouch(&owner, &world.associated(&owner), &meter.address(), bond);
        world.must(&[vouch], &[&meter.authority]);
        meter
    }

    /// Registered, its authority holding `amount` tokens, and nothing staked.
    pub fn unbonded(world: &mut World, amount: u64) -> Self {
        let meter = Self { key: world.wallet(), authority: world.holder(amount) };
        let bank = world.bank.pubkey();
        let register = world.network.register_meter(&bank, &meter.key.pubkey(), &meter.authority.pubkey());
        world.must(&[register], &[&meter.key, &meter.authority]);
        meter
    }

    pub fn address(&self) -> Address {
        pda::meter(&self.key.pubkey())
    }

    /// The usual order, but counted by this meter, with `sla_bps` of the cap promised.
    pub fn order(&self, now: i64, sla_bps: u16) -> Order {
        Order { meter_kind: METER_REGISTERED, sla_bps, ..order(now, &self.key.pubkey()) }
    }

    /// A running job counted by this meter.
    pub fn job(&self, world: &mut World, sla_bps: u16, escrow: u64) -> JobFixture {
        self.job_as(world, escrow, |order| order.sla_bps = sla_bps)
    }

    /// The same with an order of its own.
    pub fn job_as(&self, world: &mut World, escrow: u64, edit: impl FnOnce(&mut Order)) -> JobFixture {
        let actors = Actors::new(world);
        let mut order = self.order(world.now(), 0);
        edit(&mut order);
        let job = JobFixture::offered_as(world, actors, &order, escrow);
        job.accept(world).expect("accept_offer");
        job.start(world).expect("start_job");
        job
    }

    /// Settles cumulative `units` through now, on the meter's word.
    pub fn settle(&self, world: &mut World, job: &JobFixture, units: u64) -> Outcome {
        let receipt = job.receipt(world, units);
        job.settle_as(world, &receipt, &self.key)
    }

    /// The Ed25519 instruction of a message signed by this meter: by hand, as in
    /// [`JobFixture::settling_instructions`].
    pub fn signed(&self, message: &[u8]) -> Instruction {
        let signature = self.key.sign_message(message);
        verify_receipt(&self.key.pubkey(), signature.as_array(), message)
    }

    /// The Ed25519 instruction of a receipt of `units` through `through`.
    pub fn receipt(&self, world: &World, job: &JobFixture, units: u64, through: i64) -> Instruction {
        let receipt = Receipt { through, ..job.receipt(world, units) };
        self.signed(&receipt.encode())
    }
}

/// Registers an arbiter without stake.
pub fn arbiter(world: &mut World) -> (Keypair, Sent) {
    let wallet = world.holder(5_000_000_000_000);
    let bank = world.bank.pubkey();
    let sent = world.must(&[world.network.register_arbiter(&bank, &wallet.pubkey())], &[&wallet]);
    (wallet, sent)
}
