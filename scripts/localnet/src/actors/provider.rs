//! Providers: they register, stake, accept, start, work, send receipts and claim.

use super::Hire;
use crate::failure::{Context, Result};
use crate::world::World;
use disputes::Trace;
use settlement_interface::accounts::{self, Config, Job, RATES, RateEntry};
use settlement_interface::receipt::Receipt;
use settlement_interface::{Address, SettlementError, pda, rules};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tally_client::pack::{Piece, pack};
use tally_client::receipts::SignedReceipt;

/// A provider of compute.
pub struct Provider {
    /// What the narration calls it.
    pub name: &'static str,
    /// Signs for it and is paid.
    pub authority: Keypair,
    /// What it asks for hardware class 1, micro-dollars per GPU hour.
    pub rate: u64,
}

impl Provider {
    /// A provider whose key is made now.
    pub fn new(name: &'static str, rate: u64) -> Self {
        Self { name, authority: Keypair::new(), rate }
    }

    /// Its `Provider` account.
    pub fn address(&self) -> Address {
        pda::provider(&self.authority.pubkey())
    }

    /// Its rate card: two hardware classes, the second at twice the price.
    pub fn rates(&self) -> [RateEntry; RATES] {
        let mut rates = [RateEntry::default(); RATES];
        let entries = [(1, self.rate), (2, self.rate.saturating_mul(2))];
        rates.iter_mut().zip(entries).for_each(|(entry, (hardware, rate))| {
            *entry = RateEntry { rate, hardware, reserved: [0; 6] };
        });
        rates
    }
}

impl World {
    /// A provider by place.
    pub fn provider(&self, provider: usize) -> Result<&Provider> {
        self.providers.get(provider).context("there is no such provider")
    }

    /// A provider's account.
    pub fn provider_account(&self, provider: usize) -> Result<accounts::Provider> {
        self.chain.read(&self.provider(provider)?.address())
    }

    /// Adds to a provider's stake out of its own tokens.
    pub fn stake(&mut self, provider: usize, amount: u64) -> Result<()> {
        let provider = self.provider(provider)?;
        let wallet = provider.authority.pubkey();
        let source = pda::associated_token(&wallet, &self.addresses.mint);
        let stake = self.addresses.stake(&wallet, &source, &provider.address(), amount);
        self.chain.send(&[&provider.authority], &[stake]).context("cannot stake")?;
        Ok(())
    }

    /// Who works on a job.
    pub fn worker(&self, name: &str) -> Result<&Provider> {
        self.provider(self.hire(name)?.provider.context(format!("{name} has no provider yet"))?)
    }

    /// The bond that a job's terms ask for, at the price of the moment.
    pub fn bond_of(&self, job: &Job) -> Result<u64> {
        let (quote, terms) = (self.quote()?, &job.terms);
        let share = terms.parameters.bond_bps;
        let bond = rules::bond_asked(terms.order.rail, job.escrow, share, quote.burn, quote.scale);
        bond.context("the bond is too large")
    }

    /// Accepts an offer as it stands on chain.
    pub fn accept(&mut self, name: &str) -> Result<()> {
        self.refresh()?;
        let job = self.job(name)?;
        let bond = self.bond_of(&job)?;
        let authority = &self.worker(name)?.authority;
        let keys = &self.hire(name)?.keys;
        let accept = self.addresses.accept_offer(&authority.pubkey(), &keys.job, &job.terms_hash, bond);
        self.chain.send(&[authority], &[accept]).context(format!("cannot accept {name}"))?;
        Ok(())
    }

    /// Starts an accepted job.
    pub fn start(&mut self, name: &str) -> Result<()> {
        let authority = &self.worker(name)?.authority;
        let start = self.addresses.start_job(&authority.pubkey(), &self.hire(name)?.keys.job);
        self.chain.send(&[authority], &[start]).context(format!("cannot start {name}"))?;
        Ok(())
    }

    /// Offers, accepts and starts in one go.
    pub fn hire_and_start(
        &mut self,
        name: &str,
        consumer: usize,
        provider: usize,
        deal: &super::Deal,
    ) -> Result<()> {
        self.offer(name, consumer, provider, deal)?;
        self.accept(name)?;
        self.start(name)
    }

    /// Has the next receipt of a verifiable job commit to an execution.
    pub fn commit(&mut self, name: &str, trace: &Trace) -> Result<()> {
        let steps = u32::try_from(trace.steps().len()).context("a trace is too long")?;
        let hire = self.jobs.get_mut(name).context("the job is gone")?;
        hire.commitment = Some((trace.root(), steps));
        Ok(())
    }

    /// Sends the receipts of one provider's jobs in one transaction, signed by the provider alone.
    pub fn settle(&mut self, names: &[&str]) -> Result<()> {
        self.refresh()?;
        let what = || format!("cannot settle {}", names.join(", "));
        let config: Config = self.chain.read(&pda::config())?;
        let time = self.time()?;
        let epoch = config.epoch_index(time.now).context("the clock is before 1970")?;
        let authority = &self.worker(names.first().context("no job to settle")?)?.authority;
        let wallet = authority.pubkey();
        let mut pieces: Vec<Piece<'_>> = Vec::new();
        for name in names {
            let (hire, job) = (self.hire(name)?, self.job(name)?);
            let signed = signed_receipt(hire, &job, &config.receipt_domain, time.now)?;
            // As a provider would before it works on, it makes sure that this will be paid.
            let checked = signed.check(&hire.keys.job, &job, &config, (time.now, time.slot));
            checked.map_err(SettlementError::message).context(what())?;
            let (address, dollars, rail) = (hire.keys.job, hire.dollars, self.rail);
            pieces.push(Box::new(move |at| {
                let settle = if dollars {
                    rail.settle(&wallet, &address, at)
                } else {
                    rail.network.settle(&wallet, &address, epoch, at)
                };
                vec![signed.instruction(), settle]
            }));
        }
        let packed = pack(&wallet, &pieces, &[], 0).context(what())?;
        for transaction in packed {
            self.chain.send_packed(&[authority], &transaction.instructions).context(what())?;
        }
        Ok(())
    }

    /// Locks more of a provider's stake in a job's bond. Returns what the bond is then.
    pub fn top_up_bond(&mut self, name: &str, amount: u64) -> Result<u64> {
        let authority = &self.worker(name)?.authority;
        let top_up = self.addresses.top_up_bond(&authority.pubkey(), &self.hire(name)?.keys.job, amount);
        self.chain.send(&[authority], &[top_up]).context(format!("cannot top up the bond of {name}"))?;
        Ok(self.job(name)?.bond)
    }

    /// Ends a running job by its provider.
    pub fn close_by_provider(&mut self, name: &str) -> Result<()> {
        let authority = &self.worker(name)?.authority;
        let close = self.addresses.close_job(&authority.pubkey(), &self.hire(name)?.keys);
        self.chain.send(&[authority], &[close]).context(format!("cannot close {name}"))?;
        Ok(())
    }

    /// Mints what a provider has earned; sent by a stranger. Returns how much.
    pub fn claim(&mut self, provider: usize) -> Result<u64> {
        let claimable = self.provider_account(provider)?.claimable;
        if claimable == 0 {
            return Ok(0);
        }
        let claim = self.addresses.claim(&self.provider(provider)?.authority.pubkey());
        self.chain.send(&[&self.officers.stranger], &[claim]).context("cannot claim")?;
        Ok(claimable)
    }
}

/// What the meter attests: the GPUs were busy for all of the time since the start, up to now or to where
/// the job's end, its closing or the key's rotation puts the bound.
fn signed_receipt(hire: &Hire, job: &Job, domain: &[u8; 32], now: i64) -> Result<SignedReceipt> {
    let mut through = now.min(job.terms.order.end_by);
    if job.closing_at != 0 {
        through = through.min(job.closing_at);
    }
    // What the previous key measured counts until it was replaced; then the new one takes over.
    let meter = match &hire.previous {
        Some((previous, rotated_at)) if job.through < *rotated_at => {
            through = through.min(*rotated_at);
            previous
        }
        _ => &hire.meter,
    };
    let receipt = Receipt {
        domain: *domain,
        job: hire.keys.job,
        opened_at: job.opened_at,
        units: job.units.saturating_add(hire.busy(job, through)),
        through,
        commitment: hire.commitment,
    };
    SignedReceipt::sign(meter, receipt).context("the meter does not sign")
}
