//! The sides of a dispute and its arbiters, each with its own trace of the same computation.

use crate::failure::{Context, Failure, Result};
use crate::world::World;
use disputes::{Answer, Trace};
use settlement_interface::accounts::Dispute;
use settlement_interface::panel::Panel;
use settlement_interface::rules::{CHALLENGER, Side};
use settlement_interface::{Address, pda};
use solana_signer::Signer;

impl World {
    /// The panel of all arbiters, two of whom decide.
    pub fn panel(&self) -> Result<Panel> {
        let wallets: Vec<Address> = self.third.arbiters.iter().map(Signer::pubkey).collect();
        Panel::of(2, &wallets).context("the arbiters are no panel")
    }

    /// The consumer disputes the last receipt of a job by what it computed itself.
    pub fn dispute(&mut self, name: &str, own: &Trace) -> Result<Address> {
        let (keys, job) = (self.hire(name)?.keys, self.job(name)?);
        let wallet = &self.consumer(self.hire(name)?.consumer)?.wallet;
        let payer = wallet.pubkey();
        let source = pda::associated_token(&payer, &self.addresses.mint);
        let panel = self.panel()?;
        let open = self.addresses.open_dispute(
            &payer,
            &payer,
            &source,
            &keys,
            job.disputes,
            job.receipts,
            &own.root(),
            &panel,
            // Never more than what it stands to lose.
            job.escrow,
        );
        self.chain.send(&[wallet], &[open]).context(format!("cannot dispute {name}"))?;
        Ok(pda::dispute(&keys.job, job.disputes))
    }

    /// Whose turn it is reveals the step that is due, out of its own trace. Returns whether one was.
    pub fn reveal(
        &mut self,
        name: &str,
        dispute: &Address,
        provider: &Trace,
        challenger: &Trace,
    ) -> Result<bool> {
        let account: Dispute = self.chain.read(dispute)?;
        let Some((side, _)) = account.turn() else { return Ok(false) };
        let (trace, key) = match side {
            Side::Provider => (provider, &self.worker(name)?.authority),
            Side::Challenger => (challenger, &self.consumer(self.hire(name)?.consumer)?.wallet),
        };
        let Answer::Reveal(next) = trace.answer(&account, side).context("a trace is unfit")? else {
            return Err(Failure::new("whose turn it is, has nothing to reveal"));
        };
        let reveal = self.addresses.reveal(&key.pubkey(), dispute, &next.step, &next.proof);
        self.chain.send(&[key], &[reveal]).context(format!("cannot reveal step {}", next.index))?;
        Ok(true)
    }

    /// Both sides reveal in turns until one step is left. Returns how many reveals that took.
    pub fn bisect(
        &mut self,
        name: &str,
        dispute: &Address,
        provider: &Trace,
        challenger: &Trace,
    ) -> Result<usize> {
        let mut reveals = 0usize;
        while self.reveal(name, dispute, provider, challenger)? {
            reveals = reveals.saturating_add(1);
        }
        Ok(reveals)
    }

    /// As many arbiters as decide execute the step that is left and rule by what they get.
    pub fn rule(&mut self, dispute: &Address, right: &[u8; 32]) -> Result<()> {
        let account: Dispute = self.chain.read(dispute)?;
        let for_provider = disputes::verdict(&account, right);
        for arbiter in self.third.arbiters.iter().take(account.panel.k.into()) {
            let rule = self.addresses.rule(&arbiter.pubkey(), dispute, for_provider);
            self.chain.send(&[arbiter], &[rule]).context("an arbiter cannot rule")?;
        }
        Ok(())
    }

    /// Executes what is decided, pays everybody and closes the dispute; all sent by a stranger. Returns
    /// the dispute as it was resolved.
    pub fn conclude(&mut self, name: &str, dispute: &Address) -> Result<Dispute> {
        let resolve = self.addresses.resolve_dispute(&self.hire(name)?.keys, dispute);
        self.send_by_stranger(&[resolve]).context("cannot resolve a dispute")?;
        let resolved: Dispute = self.chain.read(dispute)?;
        let wallets = resolved.panel.wallets().iter().copied();
        let places = (0u8..).zip(wallets).chain([(CHALLENGER, resolved.challenger)]);
        for (place, wallet) in places {
            let mut left: Dispute = self.chain.read(dispute)?;
            if left.take_due(place).is_some_and(|(_, amount)| amount > 0) {
                let pay = self.addresses.withdraw_dispute(dispute, place, &wallet);
                self.send_by_stranger(&[pay]).context("cannot pay out of a dispute")?;
            }
        }
        for wallet in resolved.panel.wallets() {
            let place = resolved.panel.place(wallet).unwrap_or(usize::MAX);
            if resolved.has_ruled(place) {
                let release = self.addresses.release_arbiter(dispute, wallet);
                self.send_by_stranger(&[release]).context("cannot release an arbiter's stake")?;
            }
        }
        let close = self.addresses.close_dispute(dispute, &resolved.rent_payer);
        self.send_by_stranger(&[close]).context("cannot close a dispute")?;
        Ok(resolved)
    }
}
