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
    /// The two instructions by which `reporter` reports that nobody was there from one time to the other;
    /// the bank pays the rent.
    pub fn reporting(
        &self,
        world: &World,
        job: &JobFixture,
        reporter: &Address,
        (from, to): (i64, i64),
    ) -> [Instruction; 2] {
        let receipt = job.receipt(world, 0);
        let absence =
            Absence { domain: receipt.domain, job: receipt.job, opened_at: receipt.opened_at, from, to };
        let (words, source) = (self.signed(&absence.encode()), world.associated(reporter));
        let (bank, key, index) = (world.bank.pubkey(), self.key.pubkey(), job.read(world).cases);
        let evidence = Evidence::Absence(0);
        let open =
            world.network.open_case(&bank, reporter, &source, &job.keys, index, &key, evidence, u64::MAX);
        [words, open]
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
        let (words, key) = (self.receipt(world, job, units, through), self.key.pubkey());
        let answer = world.network.answer_case(
            &job.keys,
            index,
            &key,
            &world.bank.pubkey(),
            START,
            0,
            [Listed::NONE; 2],
        );
        [words, answer]
    }
}
