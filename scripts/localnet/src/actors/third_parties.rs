//! Third parties: a meter that counts for many jobs and speaks up about outages, and arbiters.

use crate::chain::FIRST;
use crate::failure::{Context, Result};
use crate::genesis::endow;
use crate::units::tokens;
use crate::world::World;
use settlement_interface::absence::Absence;
use settlement_interface::accounts::{Case, Config};
use settlement_interface::instructions::{Evidence, Listed, verify_receipt};
use settlement_interface::receipt::Receipt;
use settlement_interface::{Address, batch, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tally_client::receipts::SignedReceipt;

/// What each of them vouches with, whole tokens.
const VOUCHED: u64 = 5_000;

/// Their keys, made now.
pub struct ThirdParties {
    /// Signs receipts, and nothing else.
    pub meter: Keypair,
    /// Stakes for the meter.
    pub keeper: Keypair,
    /// The panel of arbiters.
    pub arbiters: [Keypair; 3],
}

impl ThirdParties {
    /// Keys that are not registered yet.
    pub fn new() -> Self {
        let arbiters = [Keypair::new(), Keypair::new(), Keypair::new()];
        Self { meter: Keypair::new(), keeper: Keypair::new(), arbiters }
    }
}

impl Default for ThirdParties {
    fn default() -> Self {
        Self::new()
    }
}

/// What a meter saw: cumulative units, and up to when (Unix seconds).
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Units since the start.
    pub units: u64,
    /// Until when they were counted.
    pub through: i64,
}

impl World {
    /// Registers the meter and has its keeper vouch for it.
    pub fn register_meter(&self) -> Result<()> {
        let (meter, keeper) = (&self.third.meter, &self.third.keeper);
        let wallet = keeper.pubkey();
        let register = self.addresses.register_meter(&wallet, &meter.pubkey(), &wallet);
        self.vouch(&[keeper, meter], register, &pda::meter(&meter.pubkey()))
    }

    /// Registers every arbiter with its own stake.
    pub fn register_arbiters(&self) -> Result<()> {
        for arbiter in &self.third.arbiters {
            let wallet = arbiter.pubkey();
            let register = self.addresses.register_arbiter(&wallet, &wallet);
            self.vouch(&[arbiter], register, &pda::arbiter(&wallet))?;
        }
        Ok(())
    }

    fn vouch(&self, signers: &[&Keypair], register: Instruction, party: &Address) -> Result<()> {
        let wallet = signers.first().context("nobody signs")?.pubkey();
        endow(&self.chain, &self.officers, &self.addresses, &wallet, VOUCHED.saturating_mul(2))?;
        let source = pda::associated_token(&wallet, &self.addresses.mint);
        let vouch = self.addresses.vouch(&wallet, &source, party, tokens(VOUCHED));
        self.chain.send(signers, &[register, vouch]).context("cannot register a third party")?;
        Ok(())
    }

    /// The meter's keeper asks for a part of its stake.
    pub fn request_unvouch(&self, amount: u64) -> Result<()> {
        let (keeper, meter) = (&self.third.keeper, pda::meter(&self.third.meter.pubkey()));
        let request = self.addresses.request_unvouch(&keeper.pubkey(), &meter, amount);
        self.chain.send(&[keeper], &[request]).context("cannot ask a meter's stake back")?;
        Ok(())
    }

    /// Pays the keeper what it asked for, when its wait is over; sent by a stranger.
    pub fn withdraw_vouched(&mut self) -> Result<()> {
        let (keeper, meter) = (self.third.keeper.pubkey(), pda::meter(&self.third.meter.pubkey()));
        let withdraw = self.addresses.withdraw_vouched(&keeper, &meter);
        self.send_by_stranger(&[withdraw]).context("cannot pay a meter's stake back")
    }

    /// One signature of the meter over all these jobs, each busy 97 percent of the time since its last
    /// receipt; sent by a stranger.
    pub fn accept_batch(&mut self, names: &[&str]) -> Result<()> {
        self.refresh()?;
        let through = self.now()?;
        let config: Config = self.chain.read(&pda::config())?;
        let (mut signed, mut counted) = (Vec::new(), Vec::new());
        for name in names {
            let (hire, job) = (self.hire(name)?, self.job(name)?);
            let units = job.units.saturating_add(hire.busy(&job, through));
            signed.push((hire.keys.job, job.opened_at, units));
            counted.push((hire.keys.job, units));
        }
        let words = self.metered(&batch::message(&config.receipt_domain, &signed, through));
        let accept = self.addresses.accept_batch(&counted, through, FIRST);
        self.send_by_stranger(&[words, accept]).context(format!("cannot accept {}", names.join(", ")))
    }

    /// The Ed25519 instruction of what the meter signed.
    fn metered(&self, message: &[u8]) -> Instruction {
        let meter = &self.third.meter;
        verify_receipt(&meter.pubkey(), meter.sign_message(message).as_array(), message)
    }

    /// A receipt that the meter signs over what it saw of a job.
    pub fn saw(&self, name: &str, seen: Seen) -> Result<SignedReceipt> {
        let config: Config = self.chain.read(&pda::config())?;
        let job = self.job(name)?;
        let receipt = Receipt {
            domain: config.receipt_domain,
            job: self.hire(name)?.keys.job,
            opened_at: job.opened_at,
            units: seen.units,
            through: seen.through,
            commitment: None,
        };
        SignedReceipt::sign(&self.third.meter, receipt).context("the meter does not sign")
    }

    /// A stranger reports, with a bond, that the meter saw nothing from one time to another. Returns the
    /// case's number among the job's.
    pub fn report_absence(&mut self, name: &str, from: i64, to: i64) -> Result<u64> {
        let config: Config = self.chain.read(&pda::config())?;
        let (keys, job) = (self.hire(name)?.keys, self.job(name)?);
        let words =
            Absence { domain: config.receipt_domain, job: keys.job, opened_at: job.opened_at, from, to };
        let reporter = self.officers.stranger.pubkey();
        let source = pda::associated_token(&reporter, &self.addresses.mint);
        // Whatever share of the job's bond it may be, it is less than the whole.
        let open = self.addresses.open_case(
            &reporter,
            &reporter,
            &source,
            &keys,
            job.cases,
            &self.third.meter.pubkey(),
            Evidence::Absence(FIRST),
            job.bond,
        );
        let words = self.metered(&words.encode());
        self.send_by_stranger(&[words, open]).context(format!("cannot report {name}"))?;
        Ok(job.cases)
    }

    /// Overturns a case by two receipts of the same meter; sent by a stranger.
    pub fn answer_case(&mut self, name: &str, index: u64, first: Seen, second: Seen) -> Result<()> {
        let keys = self.hire(name)?.keys;
        let words = [self.saw(name, first)?.instruction(), self.saw(name, second)?.instruction()];
        let case: Case = self.chain.read(&pda::case(&keys.job, index))?;
        let meter = self.third.meter.pubkey();
        let second_at = FIRST.saturating_add(1);
        let answer = self.addresses.answer_case(
            &keys,
            index,
            &meter,
            &case.rent_payer,
            FIRST,
            second_at,
            [Listed::NONE; 2],
        );
        let [one, two] = words;
        self.send_by_stranger(&[one, two, answer]).context(format!("cannot answer for {name}"))
    }

    /// Waits until a case can be taken one step further, and takes it there; sent by a stranger.
    pub fn resolve_case(&mut self, name: &str, index: u64) -> Result<()> {
        let terms = self.job(name)?.terms.parameters;
        let case: Case = self.chain.read(&pda::case(&self.hire(name)?.keys.job, index))?;
        if case.marked_at == 0 {
            self.outlast((case.opened_at, case.opened_slot), terms.case_window)?;
        } else {
            self.outlast((case.marked_at, case.marked_slot), terms.grace)?;
        }
        let resolve = self.addresses.resolve_case(&self.hire(name)?.keys, index, &self.third.meter.pubkey());
        self.send_by_stranger(&[resolve]).context(format!("cannot resolve case {index} of {name}"))
    }

    /// Pays the reporter of an upheld case and closes it. Returns what it was paid.
    pub fn withdraw_case(&mut self, name: &str, index: u64) -> Result<u64> {
        let job = self.hire(name)?.keys.job;
        let case: Case = self.chain.read(&pda::case(&job, index))?;
        let withdraw = self.addresses.withdraw_case(&job, index, &case.reporter, &case.rent_payer);
        self.send_by_stranger(&[withdraw]).context(format!("cannot pay the reporter of {name}"))?;
        Ok(case.due)
    }
}
