//! Anyone at all: what the program lets everybody send, sent by a wallet that has no part in it.

use crate::failure::{Context, Result};
use crate::world::World;
use settlement_interface::accounts::{Credit, Epoch, JobState, Party};
use settlement_interface::terms::METER_REGISTERED;
use settlement_interface::{SettlementError, pda};
use solana_instruction::Instruction;
use solana_signer::Signer;

impl World {
    /// Sends a transaction that needs nobody's signature but a payer's.
    pub fn send_by_stranger(&mut self, instructions: &[Instruction]) -> Result<()> {
        self.refresh()?;
        self.chain.send(&[&self.officers.stranger], instructions)?;
        Ok(())
    }

    fn by_stranger(&mut self, what: &str, instructions: &[Instruction]) -> Result<()> {
        self.send_by_stranger(instructions).context(format!("cannot {what}"))
    }

    /// Puts a missed deadline on record.
    pub fn mark(&mut self, name: &str) -> Result<()> {
        let mark = self.addresses.mark(&self.officers.stranger.pubkey(), &self.hire(name)?.keys);
        self.by_stranger(&format!("mark {name}"), &[mark])
    }

    /// Takes a job one step further, into `expected`.
    pub fn advance(&mut self, name: &str, expected: JobState) -> Result<()> {
        let advance = self.addresses.advance_job(&self.hire(name)?.keys);
        self.by_stranger(&format!("advance {name}"), &[advance])?;
        let state = self.job(name)?.state();
        let right = (state == Some(expected)).then_some(());
        right.context(format!("{name} advanced to {state:?}, not to {expected:?}"))
    }

    /// Tries to, and must be refused.
    pub fn advance_refused(&mut self, name: &str, expected: SettlementError) -> Result<()> {
        let advance = self.addresses.advance_job(&self.hire(name)?.keys);
        self.refused_to_stranger(&advance, expected)
    }

    /// Converts what a job has outstanding.
    pub fn convert(&mut self, name: &str) -> Result<()> {
        let convert = self.converting(name)?;
        self.by_stranger(&format!("convert {name}"), &[convert])
    }

    /// Tries to, and must be refused.
    pub fn convert_refused(&mut self, name: &str, expected: SettlementError) -> Result<()> {
        let convert = self.converting(name)?;
        self.refused_to_stranger(&convert, expected)
    }

    fn converting(&self, name: &str) -> Result<Instruction> {
        let hire = self.hire(name)?;
        if hire.dollars {
            return Ok(self.rail.convert(&hire.keys.job));
        }
        let (payer, epoch) = (self.officers.stranger.pubkey(), self.epoch()?);
        Ok(self.addresses.convert(&payer, &hire.keys, epoch))
    }

    fn refused_to_stranger(&mut self, instruction: &Instruction, expected: SettlementError) -> Result<()> {
        self.refresh()?;
        let signers = [&self.officers.stranger];
        self.chain.refused(&signers, std::slice::from_ref(instruction), expected)?;
        Ok(())
    }

    /// Records that a price qualifies.
    pub fn observe(&mut self) -> Result<()> {
        let observe = self.addresses.observe();
        self.by_stranger("observe", &[observe])
    }

    /// Pays one party what a job owes it: dollars out of the job's vault if it is paid in those, compute
    /// tokens out of either vault otherwise.
    pub fn withdraw(&mut self, name: &str, party: Party) -> Result<()> {
        let (job, hire) = (self.job(name)?, self.hire(name)?);
        let wallet = match party {
            Party::Consumer => job.terms.consumer,
            Party::Provider => self.worker(name)?.authority.pubkey(),
            Party::Reporter => job.reporter,
            Party::Treasury => self.officers.treasury.pubkey(),
            Party::Buyback => pda::config(),
        };
        let due = job.dues.get(party as usize).copied().unwrap_or_default();
        let mut instructions = Vec::new();
        if hire.dollars && due.escrow > 0 {
            instructions.push(self.rail.withdraw(&hire.keys, party, &wallet));
        }
        if !hire.dollars || due.stake > 0 {
            instructions.push(self.addresses.withdraw(&hire.keys, party as u8, &wallet));
        }
        self.by_stranger(&format!("withdraw for {} of {name}", party.name()), &instructions)
    }

    /// Pays every party that is due something.
    pub fn withdraw_all(&mut self, name: &str) -> Result<()> {
        let job = self.job(name)?;
        for party in Party::ALL {
            let due = job.dues.get(party as usize).copied().unwrap_or_default();
            if due.escrow > 0 || due.stake > 0 {
                self.withdraw(name, party)?;
            }
        }
        Ok(())
    }

    /// Closes vault and job; the rent goes back to who paid it.
    pub fn reclaim(&mut self, name: &str) -> Result<()> {
        let (job, hire) = (self.job(name)?, self.hire(name)?);
        let (address, consumer) = (&hire.keys.job, &job.terms.consumer);
        let reclaim = if hire.dollars {
            self.rail.reclaim_job(address, consumer, &job.rent_payer)
        } else {
            self.addresses.reclaim_job(address, consumer, &job.rent_payer)
        };
        self.by_stranger(&format!("reclaim {name}"), &[reclaim])
    }

    /// Fails a job whose no-show is on record, once its provider's grace is over.
    pub fn fail(&mut self, name: &str) -> Result<()> {
        let job = self.job(name)?;
        self.outlast((job.marked_at, job.marked_slot), job.terms.parameters.grace)?;
        self.advance(name, JobState::Failed)
    }

    /// From Closing to Closed: waits for late receipts, for whoever could still contradict them, and for a
    /// missed service level's grace; converts what that set free and pays all dues.
    pub fn finish(&mut self, name: &str) -> Result<()> {
        if self.job(name)?.state() == Some(JobState::Closing) {
            let job = self.job(name)?;
            self.outlast((job.closing_at, job.closing_slot), job.terms.parameters.receipt_grace)?;
            let order = &job.terms.order;
            let waits = order.meter_kind == METER_REGISTERED || order.verifiable != 0;
            self.advance(name, if waits { JobState::Held } else { JobState::Settling })?;
        }
        let job = self.job(name)?;
        if job.state() == Some(JobState::Held) {
            let parameters = &job.terms.parameters;
            self.outlast((job.closing_at, job.closing_slot), parameters.case_window)?;
            for bucket in job.pending.iter().filter(|bucket| bucket.usd > 0) {
                self.outlast((bucket.since, bucket.slot), parameters.dispute_window)?;
            }
            self.outlast((job.service_at, job.service_slot), parameters.grace)?;
            self.advance(name, JobState::Settling)?;
        }
        if self.job(name)?.outstanding().is_some_and(|outstanding| outstanding > 0) {
            self.convert(name)?;
        }
        self.advance(name, JobState::Closed)?;
        self.withdraw_all(name)
    }

    /// Closes an epoch that is paid out; its rent goes back. Returns whether there was one.
    pub fn close_epoch(&mut self, epoch: u64) -> Result<bool> {
        let address = pda::epoch(epoch);
        if self.chain.data(&address)?.is_none() {
            return Ok(false);
        }
        let rent_payer = self.chain.read::<Epoch>(&address)?.rent_payer;
        let close = self.addresses.close_epoch(epoch, &rent_payer);
        self.by_stranger(&format!("close epoch {epoch}"), &[close])?;
        Ok(true)
    }

    /// Claims the rebate of a provider in an epoch that has ended. Returns whether there was a credit.
    pub fn claim_rebate(&mut self, provider: usize, epoch: u64) -> Result<bool> {
        let provider = self.provider(provider)?;
        let credit = pda::credit(epoch, &provider.address());
        if self.chain.data(&credit)?.is_none() {
            return Ok(false);
        }
        let rent_payer = self.chain.read::<Credit>(&credit)?.rent_payer;
        let claim = self.addresses.claim_rebate(&provider.authority.pubkey(), epoch, &rent_payer);
        self.by_stranger(&format!("claim the rebate of epoch {epoch}"), &[claim])?;
        Ok(true)
    }
}
