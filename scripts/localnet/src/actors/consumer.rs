//! Consumers: they offer jobs, add to them, rotate keys, cancel and close.

use super::Hire;
use crate::failure::{Context, Result};
use crate::units::{DAY, GPU_HOUR, HOUR, MINUTE};
use crate::world::World;
use settlement_interface::instructions::JobKeys;
use settlement_interface::terms::{METER_REGISTERED, METER_SESSION, Order, RAIL_STABLE, RAIL_TOKEN};
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
    /// Tokens deposited, as percent of what the budget is worth at the moment; dollars cover it once.
    pub cover: u64,
    /// Hardware class.
    pub hardware: u16,
    /// Whether it is paid in dollars.
    pub dollars: bool,
    /// Counted by the registered meter, with this share of all that can be counted promised (basis
    /// points); `None` for a session key.
    pub promise: Option<u16>,
    /// Seconds of bidding; 0 for an offer to a named provider.
    pub bidding: i64,
    /// Hash of the arbiters' panel; zero if no receipt can be disputed.
    pub panel: [u8; 32],
}

impl Default for Deal {
    fn default() -> Self {
        Self::USUAL
    }
}

impl Deal {
    /// Eight GPUs for half a day, offered to somebody, paid in tokens, counted by a session key.
    pub const USUAL: Self = Self {
        gpus: 8,
        hours: 12,
        rate: 2_000_000,
        offer: HOUR,
        start: 2 * HOUR,
        silence: 2 * DAY,
        cover: 130,
        hardware: 1,
        dollars: false,
        promise: None,
        bidding: 0,
        panel: [0; 32],
    };

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
            panel: self.panel,
            budget: self.budget(),
            rate: self.rate,
            unit: GPU_HOUR,
            unit_cap: self.gpus.saturating_mul(1_000),
            min_price: 0,
            bid_end: if self.bidding == 0 { 0 } else { now.saturating_add(self.bidding) },
            offer_by: now.saturating_add(self.offer),
            start_by,
            end_by,
            convert_by: if self.dollars { 0 } else { end_by.saturating_add(DAY) },
            silence_max: self.silence,
            hardware: self.hardware,
            sla_bps: self.promise.unwrap_or(0),
            rail: if self.dollars { RAIL_STABLE } else { RAIL_TOKEN },
            meter_kind: if self.promise.is_some() { METER_REGISTERED } else { METER_SESSION },
            verifiable: u8::from(self.panel != [0; 32]),
            open_acceptance: u8::from(self.bidding != 0),
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

    /// A consumer by place.
    pub fn consumer(&self, consumer: usize) -> Result<&Consumer> {
        self.consumers.get(consumer).context("there is no such consumer")
    }

    /// The instruction that opens a job, and the key that will sign its receipts.
    pub fn opening(
        &self,
        name: &str,
        consumer: usize,
        provider: Option<usize>,
        deal: &Deal,
    ) -> Result<(Instruction, Keypair)> {
        let payer = self.consumer(consumer)?;
        let worker = provider.map(|place| self.provider(place)).transpose()?;
        let worker = worker.map_or_else(Address::default, super::Provider::address);
        let registered = deal.promise.map(|_| self.third.meter.insecure_clone());
        let meter = registered.unwrap_or_else(Keypair::new);
        let order = deal.order(meter.pubkey(), name, self.now()?);
        let (wallet, nonce) = (payer.wallet.pubkey(), payer.next_nonce);
        let open = if deal.dollars {
            let source = self.rail.associated(&wallet);
            self.rail.open_job(&wallet, &wallet, &source, &worker, nonce, &order, deal.budget())
        } else {
            let source = pda::associated_token(&wallet, &self.addresses.mint);
            let amount = self.worth(deal.budget(), deal.cover);
            self.addresses.open_job(&wallet, &wallet, &source, &worker, nonce, &order, amount)
        };
        Ok((open, meter))
    }

    /// Offers a job to a provider; from then on it goes by `name`.
    pub fn offer(&mut self, name: &str, consumer: usize, provider: usize, deal: &Deal) -> Result<()> {
        self.open(name, consumer, Some(provider), deal, &[])
    }

    /// Opens an auction for a job.
    pub fn auction(&mut self, name: &str, consumer: usize, deal: &Deal) -> Result<()> {
        self.open(name, consumer, None, deal, &[])
    }

    /// Opens a job, with what else goes into the same transaction.
    pub(super) fn open(
        &mut self,
        name: &str,
        consumer: usize,
        provider: Option<usize>,
        deal: &Deal,
        then: &[Instruction],
    ) -> Result<()> {
        self.refresh()?;
        let (open, meter) = self.opening(name, consumer, provider, deal)?;
        let payer = self.consumer(consumer)?;
        let instructions = [&[open], then].concat();
        self.chain.send(&[&payer.wallet], &instructions).context(format!("cannot open {name}"))?;
        let worker = provider.map(|place| self.provider(place)).transpose()?;
        let worker = worker.map_or_else(Address::default, super::Provider::address);
        let keys = JobKeys::new(&payer.wallet.pubkey(), payer.next_nonce, &worker);
        let Deal { gpus, dollars, .. } = *deal;
        let hire = Hire { keys, consumer, provider, meter, previous: None, gpus, dollars, commitment: None };
        self.jobs.insert(name.to_owned(), hire);
        let payer = self.consumers.get_mut(consumer).context("there is no such consumer")?;
        payer.next_nonce = payer.next_nonce.saturating_add(1);
        Ok(())
    }

    /// Adds tokens and budget to a job.
    pub fn top_up(&mut self, name: &str, tokens: u64, budget: u64) -> Result<()> {
        let hire = self.hire(name)?;
        let wallet = &self.consumer(hire.consumer)?.wallet;
        let source = pda::associated_token(&wallet.pubkey(), &self.addresses.mint);
        let add = self.addresses.top_up(&wallet.pubkey(), &source, &hire.keys.job, tokens, budget);
        self.chain.send(&[wallet], &[add]).context(format!("cannot top up {name}"))?;
        Ok(())
    }

    /// Replaces a job's session key.
    pub fn rotate(&mut self, name: &str) -> Result<()> {
        let hire = self.hire(name)?;
        let payer = self.consumer(hire.consumer)?;
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
        let payer = self.consumer(hire.consumer)?;
        let cancel = self.addresses.cancel_job(&payer.wallet.pubkey(), &hire.keys);
        self.chain.send(&[&payer.wallet], &[cancel]).context(format!("cannot cancel {name}"))?;
        Ok(())
    }

    /// Ends a running job by its consumer.
    pub fn close_by_consumer(&mut self, name: &str) -> Result<()> {
        let hire = self.hire(name)?;
        let payer = self.consumer(hire.consumer)?;
        let close = self.addresses.close_job(&payer.wallet.pubkey(), &hire.keys);
        self.chain.send(&[&payer.wallet], &[close]).context(format!("cannot close {name}"))?;
        Ok(())
    }
}

/// Minutes as seconds, for deals.
pub fn minutes(count: i64) -> i64 {
    count.saturating_mul(MINUTE)
}
