//! Anyone at all: what the program lets everybody send, sent by a wallet that has no part in it.

use crate::failure::{Context, Result};
use crate::world::World;
use settlement_interface::accounts::{Credit, Job, JobState, Party};
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
        let (payer, epoch) = (self.officers.stranger.pubkey(), self.epoch()?);
        Ok(self.addresses.convert(&payer, &self.hire(name)?.keys, epoch))
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

    /// Pays one party what a job owes it.
    pub fn withdraw(&mut self, name: &str, party: Party) -> Result<()> {
        let job = self.job(name)?;
        let hire = self.hire(name)?;
        let wallet = match party {
            Party::Consumer => job.terms.consumer,
            Party::Provider => self.provider(hire.provider)?.authority.pubkey(),
            Party::Reporter => job.reporter,
            // Nothing is due to these on the token rail, which is all that plays here.
            Party::Buyback | Party::Treasury => return Ok(()),
        };
        let withdraw = self.addresses.withdraw(&hire.keys, party as u8, &wallet);
        self.by_stranger(&format!("withdraw for {} of {name}", party.name()), &[withdraw])
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
        let job = self.job(name)?;
        let reclaim =
            self.addresses.reclaim_job(&self.hire(name)?.keys.job, &job.terms.consumer, &job.rent_payer);
        self.by_stranger(&format!("reclaim {name}"), &[reclaim])
    }

    /// From Closing to Closed: waits for the receipt grace, converts nothing, pays all dues.
    pub fn finish(&mut self, name: &str) -> Result<()> {
        let job: Job = self.job(name)?;
        let grace = job.terms.parameters.receipt_grace;
        self.until(job.closing_at.saturating_add(grace).saturating_add(1))?;
        self.advance(name, JobState::Settling)?;
        self.advance(name, JobState::Closed)?;
        self.withdraw_all(name)
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
