//! A job whose meter says that nobody was there, and the cases that are made of it.

use crate::job::{ESCROW, JobFixture};
use crate::third_parties::MeterFixture;
use crate::world::World;
use settlement_interface::SettlementError as E;
use settlement_interface::accounts::Case;
use settlement_interface::events::{CaseUpheld, Event};
use settlement_interface::instructions::Evidence;
use settlement_interface::pda;
use settlement_interface::terms::Order;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

const HOUR: i64 = 3_600;

/// A job at 90%, an hour into which nothing was counted; and a reporter with tokens.
pub struct Outage {
    pub world: World,
    pub meter: MeterFixture,
    pub job: JobFixture,
    pub reporter: Keypair,
    pub start: i64,
}

impl Outage {
    pub fn new() -> Self {
        Self::of(|_| {})
    }

    /// The same with an order of its own.
    pub fn of(edit: impl FnOnce(&mut Order)) -> Self {
        let mut world = World::new();
        let meter = MeterFixture::new(&mut world);
        let job = meter.job_as(&mut world, ESCROW, |order| {
            (order.sla_bps, order.silence_max) = (9_000, 86_400);
            edit(order);
        });
        let reporter = world.holder(1_000_000_000);
        let start = job.read(&world).started_at;
        world.until(start + HOUR);
        Self { world, meter, job, reporter, start }
    }

    pub fn absence(&self, from: i64, to: i64) -> Instruction {
        self.meter.absence(&self.world, &self.job, (from, to))
    }

    pub fn receipt(&self, units: u64, through: i64) -> Instruction {
        self.meter.receipt(&self.world, &self.job, units, through)
    }

    pub fn open(&self, evidence: Evidence) -> Instruction {
        self.meter.opening(&self.world, &self.job, &self.reporter.pubkey(), evidence)
    }

    /// Reports an absence as somebody else, who gets tokens for it; returns the case's number.
    pub fn report_as(&mut self, reporter: Keypair, from: i64, to: i64) -> u64 {
        let index = self.job.read(&self.world).cases;
        let before = std::mem::replace(&mut self.reporter, reporter);
        self.report(from, to);
        self.reporter = before;
        index
    }

    /// Opens a case by a statement of absence.
    pub fn report(&mut self, from: i64, to: i64) {
        let (words, open) = (self.absence(from, to), self.open(Evidence::Absence(0)));
        let reporter = self.reporter.insecure_clone();
        self.world.must(&[words, open], &[&reporter]);
    }

    #[track_caller]
    pub fn refused(&mut self, instructions: &[Instruction], expected: E) {
        let reporter = self.reporter.insecure_clone();
        self.world.refused(instructions, &[&reporter], expected);
    }

    pub fn resolve(&self, index: u64) -> Instruction {
        self.world.network.resolve_case(&self.job.keys, index, &self.meter.key.pubkey())
    }

    pub fn answer(&self, index: u64, first: u16, second: u16) -> Instruction {
        self.meter.answer(&self.world, &self.job, index, first, second)
    }

    pub fn withdraw(&self, index: u64) -> Instruction {
        let (bank, reporter) = (self.world.bank.pubkey(), self.reporter.pubkey());
        self.world.network.withdraw_case(&self.job.keys.job, index, &reporter, &bank)
    }

    pub fn case(&self, index: u64) -> Case {
        self.world.read(&pda::case(&self.job.keys.job, index))
    }

    /// Marked, one second after the window.
    pub fn mark(&mut self, index: u64) {
        let until = self.case(index).opened_at + self.job.read(&self.world).terms.parameters.case_window + 1;
        self.world.until(until);
        let resolve = self.resolve(index);
        self.world.must(&[resolve], &[]);
    }

    /// Upheld, one grace after that.
    pub fn uphold(&mut self, index: u64) -> CaseUpheld {
        self.mark(index);
        self.world.until(self.world.now() + HOUR);
        self.execute(index)
    }

    /// Upheld now, having been marked.
    pub fn execute(&mut self, index: u64) -> CaseUpheld {
        let resolve = self.resolve(index);
        let sent = self.world.must(&[resolve], &[]);
        let Event::CaseUpheld(upheld) = sent.only() else { panic!("{:?}", sent.events) };
        **upheld
    }
}

impl Default for Outage {
    fn default() -> Self {
        Self::new()
    }
}
