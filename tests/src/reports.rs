//! Outages reported on a registered meter's words, and overturned by better ones.

use crate::job::JobFixture;
use crate::third_parties::MeterFixture;
use crate::world::World;
use settlement_interface::Address;
use settlement_interface::absence::Absence;
use settlement_interface::instructions::{Evidence, Listed, START};
use solana_instruction::Instruction;
use solana_signer::Signer;

impl MeterFixture {
    /// The Ed25519 instruction of the statement that nobody was there from one time to the other.
    pub fn absence(&self, world: &World, job: &JobFixture, (from, to): (i64, i64)) -> Instruction {
        let receipt = job.receipt(world, 0);
        let absence =
            Absence { domain: receipt.domain, job: receipt.job, opened_at: receipt.opened_at, from, to };
        self.signed(&absence.encode())
    }

    /// `open_case` by `reporter`, whose tokens are its bond; the bank pays the rent.
    pub fn opening(
        &self,
        world: &World,
        job: &JobFixture,
        reporter: &Address,
        evidence: Evidence,
    ) -> Instruction {
        let source = world.associated(reporter);
        let (bank, key, index) = (world.bank.pubkey(), self.key.pubkey(), job.read(world).cases);
        world.network.open_case(&bank, reporter, &source, &job.keys, index, &key, evidence, u64::MAX)
    }

    /// Both instructions of a report by a statement of absence.
    pub fn reporting(
        &self,
        world: &World,
        job: &JobFixture,
        reporter: &Address,
        gap: (i64, i64),
    ) -> [Instruction; 2] {
        [self.absence(world, job, gap), self.opening(world, job, reporter, Evidence::Absence(0))]
    }

    /// `answer_case` by the receipts in these places of the transaction.
    pub fn answer(
        &self,
        world: &World,
        job: &JobFixture,
        index: u64,
        first: u16,
        second: u16,
    ) -> Instruction {
        let (bank, key) = (world.bank.pubkey(), self.key.pubkey());
        world.network.answer_case(&job.keys, index, &key, &bank, first, second, [Listed::NONE; 2])
    }

    /// The two instructions by which a receipt of `units` since the start overturns case number `index`.
    pub fn answering(
        &self,
        world: &World,
        job: &JobFixture,
        index: u64,
        units: u64,
        through: i64,
    ) -> [Instruction; 2] {
        [self.receipt(world, job, units, through), self.answer(world, job, index, START, 0)]
    }
}
