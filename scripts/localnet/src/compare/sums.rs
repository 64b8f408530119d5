//! Revenue and flows of tokens as the program's events add up to them.
//!
//! The definitions are those of the API's documentation, applied anew to what was read from the chain.

use super::history::{Entry, History};
use crate::failure::{Context, Result};
use settlement_interface::Address;
use settlement_interface::events::Event;
use settlement_interface::math::mul_div_floor;
use settlement_interface::rules::usd_floor;
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
sums! {
    /// Settled by conversions and in kind.
    fees,
    /// Of it the providers'.
    supply_side,
    /// Rebates, at the worth of their epochs' take.
    rebated_usd,
    /// Burned by conversions.
    burned_by_conversions,
    /// Burned as the take of work paid in kind.
    burned_in_kind,
    /// Burned out of slashed bonds.
    burned_by_slashing,
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
    /// The provider that it is about.
    pub provider: Address,
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
        let mut providers: BTreeMap<Address, Address> = BTreeMap::new();
        let mut movements = Vec::new();
        for entry in &history.entries {
            if let Some(movement) = movement(entry, &takes, &mut units, &mut providers)? {
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

fn movement(
    entry: &Entry,
    takes: &BTreeMap<u64, TakeWorth>,
    units: &mut BTreeMap<Address, u64>,
    providers: &mut BTreeMap<Address, Address>,
) -> Result<Option<Movement>> {
    let at = entry.event.at();
    let wide = i128::from;
    let of_job = |job: &Address, providers: &BTreeMap<Address, Address>| {
        providers.get(job).copied().context(format!("job {job} was never opened"))
    };
    let (provider, sums) = match &entry.event {
        Event::JobOpened(event) => {
            providers.insert(event.job, event.terms.provider);
            let sums = Sums { jobs_opened: 1, deposited: wide(event.escrow), ..Sums::default() };
            (event.terms.provider, sums)
        }
        Event::JobToppedUp(event) => {
            let sums = Sums { deposited: wide(event.amount), ..Sums::default() };
            (of_job(&event.job, providers)?, sums)
        }
        Event::JobAccepted(event) => (event.provider, Sums { jobs_accepted: 1, ..Sums::default() }),
        Event::ReceiptAccepted(event) => {
            let last = units.insert(event.job, event.units).unwrap_or(0);
            let added = wide(event.units).saturating_sub(wide(last));
            (of_job(&event.job, providers)?, Sums { receipts: 1, units: added, ..Sums::default() })
        }
        Event::Converted(event) => {
            let worth = usd_floor(event.earned, event.quoted.mint, event.quoted.scale);
            let worth = worth.and_then(|usd| i128::try_from(usd).ok()).context("a price is out of range")?;
            let sums = Sums {
                conversions: 1,
                fees: wide(event.usd),
                supply_side: worth,
                burned_by_conversions: wide(event.burned),
                take: wide(event.take),
                earned: wide(event.earned),
                ..Sums::default()
            };
            (event.provider, sums)
        }
        Event::JobCancelled(event) => {
            let sums = Sums {
                jobs_cancelled: 1,
                cancel_fees: wide(event.fee),
                refunded: wide(event.refund),
                ..Sums::default()
            };
            (of_job(&event.job, providers)?, sums)
        }
        Event::JobFailed(event) => {
            let sums = Sums {
                jobs_failed: 1,
                slashed: wide(event.slashed),
                compensated: wide(event.harmed).saturating_add(wide(event.reported)),
                burned_by_slashing: wide(event.burned),
                refunded: wide(event.refund),
                ..Sums::default()
            };
            (event.provider, sums)
        }
        Event::JobClosed(event) => {
            let tokens = event.in_kind_paid.saturating_add(event.in_kind_burned);
            // The provider's share of the dollars is its share of the tokens.
            let share = mul_div_floor(event.in_kind_usd.into(), event.in_kind_paid.into(), tokens.into());
            let share = i128::try_from(share.unwrap_or(0)).unwrap_or(0);
            let sums = Sums {
                jobs_closed: 1,
                conversions: i128::from(event.in_kind_usd > 0),
                fees: wide(event.in_kind_usd),
                supply_side: share,
                burned_in_kind: wide(event.in_kind_burned),
                paid_in_kind: wide(event.in_kind_paid),
                refunded: wide(event.refund),
                ..Sums::default()
            };
            (event.provider, sums)
        }
        Event::Claimed(event) => (event.provider, Sums { claimed: wide(event.amount), ..Sums::default() }),
        Event::RebateClaimed(event) => {
            let take = takes.get(&event.epoch).copied().unwrap_or_default();
            let usd = mul_div_floor(event.amount.into(), take.usd.into(), take.take.into()).unwrap_or(0);
            let usd = i128::try_from(usd).unwrap_or(0);
            (event.provider, Sums { rebated: wide(event.amount), rebated_usd: usd, ..Sums::default() })
        }
        _ => return Ok(None),
    };
    Ok(Some(Movement { at, provider, sums }))
}
