//! Consumers: they offer jobs, add to them, rotate keys, cancel and close.

use super::Hire;
use crate::failure::{Context, Result};
use crate::units::{DAY, GPU_HOUR, HOUR, MINUTE};
use crate::world::World;
use settlement_interface::instructions::JobKeys;
use settlement_interface::terms::{METER_SESSION, Order, RAIL_TOKEN};
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A wallet that pays for work.
pub struct Consumer {
    /// What the narration calls it.
    pub name: &'static str,
    /// Signs and pays.
    pub wallet: Keypair,
    /// Nonce of its next job.
    pub next_nonce: u64,
}

impl Consumer {
    /// A wallet made now.
    pub fn new(name: &'static str) -> Self {
        Self { name, wallet: Keypair::new(), next_nonce: 0 }
    }
}

/// What a consumer asks for.
#[derive(Clone, Copy, Debug)]
pub struct Deal {
    /// GPUs at once.
    pub gpus: u64,
    /// Hours of work.
    pub hours: i64,
    /// Micro-dollars per GPU hour.
    pub rate: u64,
    /// Seconds in which the offer can be accepted.
    pub offer: i64,
    /// Seconds in which it must be started.
    pub start: i64,
    /// Seconds of silence after which anyone may close it.
    pub silence: i64,
    /// Tokens deposited, as percent of what the budget is worth at the moment.
    pub cover: u64,
    /// Hardware class.
    pub hardware: u16,
}

impl Default for Deal {
    fn default() -> Self {
        Self {
            gpus: 8,
            hours: 12,
            rate: 2_000_000,
            offer: HOUR,
            start: 2 * HOUR,
            silence: 2 * DAY,
            cover: 130,
            hardware: 1,
        }
    }
}

impl Deal {
    /// What all of the work costs, micro-dollars.
    pub fn budget(&self) -> u64 {
        self.rate.saturating_mul(self.gpus).saturating_mul(self.hours.unsigned_abs())
    }

    /// The order of a job opened at `now`.
    pub fn order(&self, meter: Address, name: &str, now: i64) -> Order {
        let start_by = now.saturating_add(self.start);
        let end_by = start_by.saturating_add(self.hours.saturating_mul(HOUR));
        let mut spec_hash = [0; 32];
        spec_hash.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
        Order {
            meter,
            spec_hash,
            panel: [0; 32],
            budget: self.budget(),
            rate: self.rate,
            unit: GPU_HOUR,
            unit_cap: self.gpus.saturating_mul(1_000),
            min_price: 0,
            bid_end: 0,
            offer_by: now.saturating_add(self.offer),
            start_by,
            end_by,
            convert_by: end_by.saturating_add(DAY),
            silence_max: self.silence,
            hardware: self.hardware,
            sla_bps: 0,
            rail: RAIL_TOKEN,
            meter_kind: METER_SESSION,
            verifiable: 0,
            open_acceptance: 0,
        }
    }
}

impl World {
    /// Base units that so many micro-dollars are worth at the moment, times `percent`.
    pub fn worth(&self, usd: u64, percent: u64) -> u64 {
        // 9 decimals of the token, 8 of the price, 6 of the dollar; two more for the percent.
        let product = u128::from(usd).saturating_mul(u128::from(percent)).saturating_mul(1_000_000_000);
        u64::try_from(product.checked_div(u128::from(self.spot())).unwrap_or(0)).unwrap_or(u64::MAX)
    }

    /// The wallet of a consumer, and the account that it pays from.
    fn purse(&self, consumer: usize) -> Result<(&Consumer, Address)> {
        let consumer = self.consumers.get(consumer).context("there is no such consumer")?;
        Ok((consumer, pda::associated_token(&consumer.wallet.pubkey(), &self.addresses.mint)))
    }

    /// The instruction that opens a job, and the job's session key.
    pub fn opening(
        &self,
        name: &str,
        consumer: usize,
        provider: usize,
        deal: &Deal,
    ) -> Result<(Instruction, Keypair)> {
        let (payer, source) = self.purse(consumer)?;
        let meter = Keypair::new();
        let order = deal.order(meter.pubkey(), name, self.now()?);
        let wallet = payer.wallet.pubkey();
        let open = self.addresses.open_job(
            &wallet,
            &wallet,
            &source,
            &self.provider(provider)?.address(),
            payer.next_nonce,
            &order,
            self.worth(deal.budget(), deal.cover),
        );
        Ok((open, meter))
    }

    /// Offers a job to a provider; from then on it goes by `name`.
    pub fn offer(&mut self, name: &str, consumer: usize, provider: usize, deal: &Deal) -> Result<()> {
        self.refresh()?;
        let (open, meter) = self.opening(name, consumer, provider, deal)?;
        let (payer, _) = self.purse(consumer)?;
        self.chain.send(&[&payer.wallet], &[open]).context(format!("cannot offer {name}"))?;
        let keys =
            JobKeys::new(&payer.wallet.pubkey(), payer.next_nonce, &self.provider(provider)?.address());
        let hire = Hire { keys, consumer, provider, meter, previous: None, gpus: deal.gpus };
        self.jobs.insert(name.to_owned(), hire);
        let payer = self.consumers.get_mut(consumer).context("there is no such consumer")?;
        payer.next_nonce = payer.next_nonce.saturating_add(1);
        Ok(())
    }

    /// Adds tokens and budget to a job.
    pub fn top_up(&mut self, name: &str, tokens: u64, budget: u64) -> Result<()> {
        let hire = self.hire(name)?;
        let (payer, source) = self.purse(hire.consumer)?;
        let wallet = payer.wallet.pubkey();
        let add = self.addresses.top_up(&wallet, &source, &hire.keys.job, tokens, budget);
        self.chain.send(&[&payer.wallet], &[add]).context(format!("cannot top up {name}"))?;
        Ok(())
    }

    /// Replaces a job's session key.
    pub fn rotate(&mut self, name: &str) -> Result<()> {
        let hire = self.hire(name)?;
        let (payer, _) = self.purse(hire.consumer)?;
        let meter = Keypair::new();
        let rotate = self.addresses.rotate_meter(&payer.wallet.pubkey(), &hire.keys, &meter.pubkey());
        self.chain.send(&[&payer.wallet], &[rotate]).context(format!("cannot rotate {name}"))?;
        let rotated_at = self.job(name)?.rotated_at;
        let hire = self.jobs.get_mut(name).context("the job is gone")?;
        let previous = std::mem::replace(&mut hire.meter, meter);
        hire.previous = Some((previous, rotated_at));
        Ok(())
    }

    /// Cancels a job that has not started.
    pub fn cancel(&mut self, name: &str) -> Result<()> {
        let hire = self.hire(name)?;
        let (payer, _) = self.purse(hire.consumer)?;
        let cancel = self.addresses.cancel_job(&payer.wallet.pubkey(), &hire.keys);
        self.chain.send(&[&payer.wallet], &[cancel]).context(format!("cannot cancel {name}"))?;
        Ok(())
    }

    /// Ends a running job by its consumer.
    pub fn close_by_consumer(&mut self, name: &str) -> Result<()> {
        let hire = self.hire(name)?;
        let (payer, _) = self.purse(hire.consumer)?;
        let close = self.addresses.close_job(&payer.wallet.pubkey(), &hire.keys);
        self.chain.send(&[&payer.wallet], &[close]).context(format!("cannot close {name}"))?;
        Ok(())
    }
}

/// Minutes as seconds, for deals.
pub fn minutes(count: i64) -> i64 {
    count.saturating_mul(MINUTE)
}
