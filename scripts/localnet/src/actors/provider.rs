//! Providers: they register, stake, accept, start, work, send receipts and claim.

use super::Hire;
use crate::failure::{Context, Result};
use crate::world::World;
use settlement_interface::accounts::{self, Config, RATES, RateEntry};
use settlement_interface::instructions::verify_receipt;
use settlement_interface::receipt::Receipt;
use settlement_interface::{Address, pda, rules};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

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

    /// Accepts an offer as it stands on chain.
    pub fn accept(&mut self, name: &str) -> Result<()> {
        self.refresh()?;
        let job = self.job(name)?;
        let hire = self.hire(name)?;
        let authority = &self.provider(hire.provider)?.authority;
        let bond = rules::bond(job.escrow, job.terms.parameters.bond_bps).context("the bond is too large")?;
        let accept = self.addresses.accept_offer(&authority.pubkey(), &hire.keys.job, &job.terms_hash, bond);
        self.chain.send(&[authority], &[accept]).context(format!("cannot accept {name}"))?;
        Ok(())
    }

    /// Starts an accepted job.
    pub fn start(&mut self, name: &str) -> Result<()> {
        let hire = self.hire(name)?;
        let authority = &self.provider(hire.provider)?.authority;
        let start = self.addresses.start_job(&authority.pubkey(), &hire.keys.job);
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

    /// Sends the receipts of one provider's jobs in one transaction, signed by the provider alone.
    pub fn settle(&mut self, names: &[&str]) -> Result<()> {
        self.refresh()?;
        let instructions = self.settling(names)?;
        let authority = self.authority_of(names)?;
        self.chain
            .send(&[authority], &instructions)
            .context(format!("cannot settle {}", names.join(", ")))?;
        Ok(())
    }

    fn authority_of(&self, names: &[&str]) -> Result<&Keypair> {
        let first = names.first().context("no job to settle")?;
        Ok(&self.provider(self.hire(first)?.provider)?.authority)
    }

    /// For each job an Ed25519 instruction with its receipt, then `settle` naming that one's index.
    fn settling(&self, names: &[&str]) -> Result<Vec<Instruction>> {
        let config: Config = self.chain.read(&pda::config())?;
        let now = self.now()?;
        let epoch = config.epoch_index(now).context("the clock is before 1970")?;
        let mut instructions = Vec::new();
        for name in names {
            let hire = self.hire(name)?;
            let job = self.job(name)?;
            let authority = self.provider(hire.provider)?.authority.pubkey();
            let index = u16::try_from(instructions.len()).context("too many receipts")?;
            instructions.push(signed_receipt(hire, &job, &config.receipt_domain, now));
            instructions.push(self.addresses.settle(&authority, &hire.keys.job, epoch, index));
        }
        Ok(instructions)
    }

    /// Ends a running job by its provider.
    pub fn close_by_provider(&mut self, name: &str) -> Result<()> {
        let hire = self.hire(name)?;
        let authority = &self.provider(hire.provider)?.authority;
        let close = self.addresses.close_job(&authority.pubkey(), &hire.keys);
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

/// What the consumer's session key attests: the GPUs were busy for all of the time since the start,
/// up to now or to where the job's end, its closing or the key's rotation puts the bound.
fn signed_receipt(hire: &Hire, job: &accounts::Job, domain: &[u8; 32], now: i64) -> Instruction {
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
    let seconds = u64::try_from(through.saturating_sub(job.through)).unwrap_or(0);
    // 97 percent busy, so that receipts differ from what the cap allows.
    let busy = hire.gpus.saturating_mul(970).saturating_mul(seconds);
    let receipt = Receipt {
        domain: *domain,
        job: hire.keys.job,
        opened_at: job.opened_at,
        units: job.units.saturating_add(busy),
        through,
        commitment: None,
    };
    let message = receipt.encode();
    let signature = meter.sign_message(&message);
    verify_receipt(&meter.pubkey(), signature.as_array(), &message)
}
