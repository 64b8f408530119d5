//! Revenue and flows of tokens as the program's events add up to them.
//!
//! The definitions are those of the API's documentation, applied anew to what was read from the chain.

use super::history::{Entry, History};
use crate::failure::{Context, Result};
use settlement_interface::events::Event;
use settlement_interface::math::mul_div_floor;
use settlement_interface::rules::usd_floor;
use settlement_interface::terms::{RAIL_STABLE, RAIL_TOKEN};
use settlement_interface::{Address, pda};
use std::collections::BTreeMap;

macro_rules! sums {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Sums; USD in micro-dollars, tokens in base units.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct Sums {
            $($(#[$doc])* pub $name: i128,)*
        }

        impl Sums {
            fn add(&mut self, other: &Self) {
                $(self.$name = self.$name.saturating_add(other.$name);)*
            }
        }
    };
}
impl Sums {
    /// Base units burned in all.
    pub fn burned(&self) -> i128 {
        let parts = [self.burned_by_conversions, self.burned_in_kind, self.burned_by_slashing];
        parts.into_iter().fold(self.burned_by_buybacks, i128::saturating_add)
    }
}

sums! {
    /// Settled by conversions and in kind.
    fees,
    /// Of it paid to providers by their own wallets.
    self_dealt,
    /// Of it the providers'.
    supply_side,
    /// Of it the treasury's; on the stable rail only.
    treasury,
    /// Rebates, at the worth of their epochs' take.
    rebated_usd,
    /// Burned by conversions.
    burned_by_conversions,
    /// Burned as the take of work paid in kind.
    burned_in_kind,
    /// Burned out of slashed bonds.
    burned_by_slashing,
    /// Burned by buyers of the buyback's dollars.
    burned_by_buybacks,
    /// The take of conversions.
    take,
    /// Earned by conversions.
    earned,
    /// Paid to providers in kind.
    paid_in_kind,
    /// Minted by claims.
    claimed,
    /// Minted as rebates.
    rebated,
    /// Taken from bonds.
    slashed,
    /// Of it due to consumers and reporters.
    compensated,
    /// Due to providers for cancelled jobs.
    cancel_fees,
    /// Paid into escrows.
    deposited,
    /// Due back out of escrows.
    refunded,
    /// The same three in dollars, of the stable rail's escrows.
    dollars_deposited,
    /// Due back out of those.
    dollars_refunded,
    /// Due to providers out of those for cancelled jobs.
    dollars_cancel_fees,
    /// Dollars that the buyback sold.
    bought_back,
    /// Conversions, in kind included.
    conversions,
    /// Receipts accepted.
    receipts,
    /// Compute units that they added.
    units,
    /// Jobs opened.
    jobs_opened,
    /// Jobs accepted.
    jobs_accepted,
    /// Jobs settled to their end.
    jobs_closed,
    /// Jobs failed.
    jobs_failed,
    /// Jobs cancelled or lapsed.
    jobs_cancelled,
}

/// What one event adds, when, and for which provider.
#[derive(Clone, Copy, Debug)]
pub struct Movement {
    /// The cluster's time, Unix seconds.
    pub at: i64,
    /// The provider that it is about; the `Buyback` for what that sold.
    pub provider: Address,
    /// Code of the rail.
    pub rail: u8,
    /// Hardware class of the job; `None` for what belongs to no job.
    pub hardware: Option<u16>,
    /// What it adds.
    pub sums: Sums,
}

/// What the take of an epoch was worth at each conversion's burn price.
#[derive(Clone, Copy, Debug, Default)]
pub struct TakeWorth {
    /// Base units.
    pub take: u64,
    /// Micro-dollars.
    pub usd: u64,
}

/// All movements, and the worth of each epoch's take by the epoch's index.
pub struct Flows {
    /// In the order of slots.
    pub movements: Vec<Movement>,
    /// By epoch.
    pub takes: BTreeMap<u64, TakeWorth>,
}

impl Flows {
    /// Adds the history up.
    pub fn of(history: &History) -> Result<Self> {
        let takes = takes(history)?;
        let mut units: BTreeMap<Address, u64> = BTreeMap::new();
        let mut jobs = Jobs::default();
        let mut movements = Vec::new();
        for entry in &history.entries {
            movements.extend(batch(entry, &mut units, &jobs)?);
            if let Some(movement) = movement(entry, &takes, &mut units, &mut jobs)? {
                movements.push(movement);
            }
        }
        Ok(Self { movements, takes })
    }

    /// The sum of all movements that are wanted.
    pub fn sum(&self, wanted: impl Fn(&Movement) -> bool) -> Sums {
        let mut sum = Sums::default();
        self.movements
            .iter()
            .filter(|movement| wanted(movement))
            .for_each(|movement| sum.add(&movement.sums));
        sum
    }
}

fn takes(history: &History) -> Result<BTreeMap<u64, TakeWorth>> {
    let mut takes: BTreeMap<u64, TakeWorth> = BTreeMap::new();
    for entry in &history.entries {
        let Event::Converted(event) = &entry.event else { continue };
        let worth = usd_floor(event.take, event.quoted.burn, event.quoted.scale);
        let worth = worth.and_then(|usd| u64::try_from(usd).ok()).context("a price is out of range")?;
        let epoch = takes.entry(event.epoch).or_default();
        epoch.take = epoch.take.saturating_add(event.take);
        epoch.usd = epoch.usd.saturating_add(worth);
    }
    Ok(takes)
}

/// Who a job's sums belong to.
#[derive(Clone, Copy)]
struct Owner {
    /// Its provider, if it has one yet.
    provider: Address,
    rail: u8,
    hardware: Option<u16>,
    consumer: Address,
}

/// What is known of jobs and of who stands behind providers.
#[derive(Default)]
struct Jobs {
    owners: BTreeMap<Address, Owner>,
    authorities: BTreeMap<Address, Address>,
}

impl Jobs {
    fn of(&self, job: &Address) -> Result<Owner> {
        self.owners.get(job).copied().context(format!("job {job} was never opened"))
    }

    /// What of this is paid by the provider's own wallet.
    fn self_dealt(&self, owner: Owner, usd: u64) -> i128 {
        let own = self.authorities.get(&owner.provider) == Some(&owner.consumer);
        if own { usd.into() } else { 0 }
    }
}

/// A batch is a receipt of each job in it.
fn batch(entry: &Entry, units: &mut BTreeMap<Address, u64>, jobs: &Jobs) -> Result<Vec<Movement>> {
    let Event::BatchAccepted(event) = &entry.event else { return Ok(Vec::new()) };
    let mut movements = Vec::new();
    for (touched, receipt) in event.entities.iter().zip(&event.entries) {
        let Owner { provider, rail, hardware, .. } = jobs.of(&touched.entity)?;
        let sums = received(units, &touched.entity, receipt.units);
        movements.push(Movement { at: event.at, provider, rail, hardware, sums });
    }
    Ok(movements)
}

fn received(seen: &mut BTreeMap<Address, u64>, job: &Address, units: u64) -> Sums {
    let last = seen.insert(*job, units).unwrap_or(0);
    Sums { receipts: 1, units: i128::from(units).saturating_sub(last.into()), ..Sums::default() }
}

/// What moved in or out of a job's escrow, in its mint.
fn escrowed(rail: u8, deposited: u64, refunded: u64, fee: u64) -> Sums {
    let [deposited, refunded, fee] = [deposited, refunded, fee].map(i128::from);
    if rail == RAIL_STABLE {
        Sums {
            dollars_deposited: deposited,
            dollars_refunded: refunded,
            dollars_cancel_fees: fee,
            ..Sums::default()
        }
    } else {
        Sums { deposited, refunded, cancel_fees: fee, ..Sums::default() }
    }
}

/// A penalty: what was taken from a bond, due to those whom it harmed and those who reported, and burned.
fn penalty(slashed: u64, compensated: u64, burned: u64) -> Sums {
    Sums {
        slashed: slashed.into(),
        compensated: compensated.into(),
        burned_by_slashing: burned.into(),
        ..Sums::default()
    }
}

fn movement(
    entry: &Entry,
    takes: &BTreeMap<u64, TakeWorth>,
    units: &mut BTreeMap<Address, u64>,
    jobs: &mut Jobs,
) -> Result<Option<Movement>> {
    let at = entry.event.at();
    let wide = i128::from;
    let (owner, sums) = match &entry.event {
        Event::ProviderRegistered(event) => {
            jobs.authorities.insert(event.provider, event.authority);
            return Ok(None);
        }
        Event::JobOpened(event) => {
            let order = &event.terms.order;
            let of = Owner {
                provider: event.terms.provider,
                rail: order.rail,
                hardware: Some(order.hardware),
                consumer: event.terms.consumer,
            };
            jobs.owners.insert(event.job, of);
            (of, Sums { jobs_opened: 1, ..escrowed(of.rail, event.escrow, 0, 0) })
        }
        Event::JobToppedUp(event) => {
            let of = jobs.of(&event.job)?;
            (of, escrowed(of.rail, event.amount, 0, 0))
        }
        Event::JobAccepted(event) => {
            // An auction has its provider from here on.
            let of = Owner { provider: event.provider, ..jobs.of(&event.job)? };
            jobs.owners.insert(event.job, of);
            (of, Sums { jobs_accepted: 1, ..Sums::default() })
        }
        Event::ReceiptAccepted(event) => (jobs.of(&event.job)?, received(units, &event.job, event.units)),
        Event::Converted(event) => {
            let worth = usd_floor(event.earned, event.quoted.mint, event.quoted.scale);
            let worth = worth.and_then(|usd| i128::try_from(usd).ok()).context("a price is out of range")?;
            let of = jobs.of(&event.job)?;
            let sums = Sums {
                conversions: 1,
                fees: wide(event.usd),
                self_dealt: jobs.self_dealt(of, event.usd),
                supply_side: worth,
                burned_by_conversions: wide(event.burned),
                take: wide(event.take),
                earned: wide(event.earned),
                ..Sums::default()
            };
            (of, sums)
        }
        Event::StableSettled(event) => {
            let of = jobs.of(&event.job)?;
            let sums = Sums {
                conversions: 1,
                fees: wide(event.usd),
                self_dealt: jobs.self_dealt(of, event.usd),
                supply_side: wide(event.earned),
                treasury: wide(event.treasury),
                ..Sums::default()
            };
            (of, sums)
        }
        Event::BuybackFilled(event) => {
            let sums = Sums {
                burned_by_buybacks: wide(event.burned),
                bought_back: wide(event.paid),
                ..Sums::default()
            };
            (of_no_job(pda::buyback(), RAIL_STABLE), sums)
        }
        Event::JobCancelled(event) => {
            let of = jobs.of(&event.job)?;
            (of, Sums { jobs_cancelled: 1, ..escrowed(of.rail, 0, event.refund, event.fee) })
        }
        Event::JobFailed(event) => {
            let of = jobs.of(&event.job)?;
            let compensated = event.harmed.saturating_add(event.reported);
            let mut sums = penalty(event.slashed, compensated, event.burned);
            sums.add(&escrowed(of.rail, 0, event.refund, 0));
            (of, Sums { jobs_failed: 1, ..sums })
        }
        Event::CaseUpheld(event) => {
            let compensated = event.harmed.saturating_add(event.reported);
            (jobs.of(&event.job)?, penalty(event.slashed, compensated, event.burned))
        }
        // The meter's, which contradicted itself.
        Event::CaseAnswered(event) => (jobs.of(&event.job)?, penalty(event.slashed, 0, event.slashed)),
        Event::ServiceCredited(event) => {
            (jobs.of(&event.job)?, penalty(event.slashed, event.harmed, event.burned))
        }
        // What arbiters are paid out of a bond compensates nobody.
        Event::DisputeResolved(event) => (jobs.of(&event.job)?, penalty(event.slashed, event.to_consumer, 0)),
        Event::JobClosed(event) => {
            let of = jobs.of(&event.job)?;
            let tokens = event.in_kind_paid.saturating_add(event.in_kind_burned);
            // The provider's share of the dollars is its share of the tokens.
            let share = mul_div_floor(event.in_kind_usd.into(), event.in_kind_paid.into(), tokens.into());
            let share = i128::try_from(share.unwrap_or(0)).unwrap_or(0);
            let sums = Sums {
                jobs_closed: 1,
                conversions: i128::from(event.in_kind_usd > 0),
                fees: wide(event.in_kind_usd),
                self_dealt: jobs.self_dealt(of, event.in_kind_usd),
                supply_side: share,
                burned_in_kind: wide(event.in_kind_burned),
                paid_in_kind: wide(event.in_kind_paid),
                ..escrowed(of.rail, 0, event.refund, 0)
            };
            (of, sums)
        }
        Event::Claimed(event) => {
            let sums = Sums { claimed: wide(event.amount), ..Sums::default() };
            (of_no_job(event.provider, RAIL_TOKEN), sums)
        }
        Event::RebateClaimed(event) => {
            let take = takes.get(&event.epoch).copied().unwrap_or_default();
            let usd = mul_div_floor(event.amount.into(), take.usd.into(), take.take.into()).unwrap_or(0);
            let usd = i128::try_from(usd).unwrap_or(0);
            let sums = Sums { rebated: wide(event.amount), rebated_usd: usd, ..Sums::default() };
            (of_no_job(event.provider, RAIL_TOKEN), sums)
        }
        _ => return Ok(None),
    };
    let Owner { provider, rail, hardware, .. } = owner;
    Ok(Some(Movement { at, provider, rail, hardware, sums }))
}

/// Of a provider, or of the `Buyback`, and of none of its jobs.
fn of_no_job(provider: Address, rail: u8) -> Owner {
    Owner { provider, rail, hardware: None, consumer: Address::default() }
}
