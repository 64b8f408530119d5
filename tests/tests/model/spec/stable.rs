//! The stable rail: accepted work becomes dues in dollars.

use super::arithmetic::{share_down, share_up};
use super::entities::Job;
use super::step::Signed;
use super::{Spec, Verdict, all};
use JobState::{Closing, Held, Running, Settling};
use settlement_interface::Address;
use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{JobState, Party};
use settlement_interface::terms::RAIL_STABLE;

impl Job {
    /// Settles what is outstanding as far as the escrow reaches; returns how much.
    pub fn settle_dollars(&mut self) -> i128 {
        let usd = self.outstanding().min(self.escrow);
        if usd == 0 {
            return 0;
        }
        let parameters = &self.terms.parameters;
        // Both shares are of the total, so that many small receipts take what a large one does.
        let take = share_up(self.settled + usd, parameters.take_bps) - self.take;
        let treasury = share_down(self.take + take, parameters.treasury_bps) - self.treasury_take;
        self.settled += usd;
        self.take += take;
        self.treasury_take += treasury;
        self.earned += usd - take;
        self.escrow -= usd;
        self.dues[Party::Provider as usize].escrow += usd - take;
        self.dues[Party::Buyback as usize].escrow += take - treasury;
        self.dues[Party::Treasury as usize].escrow += treasury;
        usd
    }
}

impl Spec {
    pub fn settle_stable(&mut self, by: Address, address: Address, words: Signed) -> Verdict {
        let provider = self.provider_of(&by)?;
        let mut job = self.job(&address)?;
        all(&[
            (provider == job.terms.provider, E::WrongProvider),
            (job.terms.order.rail == RAIL_STABLE, E::WrongRail),
        ])?;
        self.accept(&address, &mut job, &words)?;
        let paid = job.settle_dollars();
        let unpaid = job.accepted - job.settled;
        let waits = paid == 0 || job.terms.order.verifiable == 1;
        let held_to = job.state == Running && words.signer == job.meter && waits;
        all(&[(!held_to || unpaid <= job.escrow, E::ReceiptUnsecured)])?;
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn convert_stable(&mut self, address: Address) -> Verdict {
        let mut job = self.job(&address)?;
        all(&[
            (job.terms.order.rail == RAIL_STABLE, E::WrongRail),
            (job.is(&[Running, Closing, Held, Settling]), E::WrongState),
        ])?;
        self.mature(&mut job);
        all(&[(job.settle_dollars() > 0, E::NothingToConvert)])?;
        self.jobs.insert(address, job);
        Ok(())
    }
}
