//! From sums to a series: each row belongs to a bucket, a rail, a hardware class and the total.

use super::shapes::{
    Counts, DollarFlows, HardwareRevenue, RailRevenue, Revenue, RevenueBucket, RevenueSeries, SlotRange,
    TokenFlows,
};
use super::{DEFINITION, Rail, Wanted};
use crate::db::View;
use crate::db::Whole;
use crate::db::revenue::{Selection, SelfDealt, Slots, Sums};
use crate::error::Result;
use crate::moment::rfc3339;
use crate::routes::count;
use crate::units::{Units, usd};
use std::collections::BTreeMap;

/// Sums with what of their fees was self-dealt.
#[derive(Clone, Default)]
struct Part {
    sums: Sums,
    self_dealt: i128,
}

/// The series that a request wants, of what was read for it.
pub(super) fn series(
    view: &View,
    wanted: &Wanted,
    selection: Selection,
    rows: Vec<Sums>,
    self_dealt: &[SelfDealt],
    slots: &[Slots],
) -> RevenueSeries {
    let Selection { starts, end, provider, .. } = selection;
    let rails = Rail::ALL.into_iter().filter(|one| wanted.rail.is_none_or(|rail| rail == *one));
    let mut by_rail: Vec<(Rail, Part)> = rails.map(|rail| (rail, Part::default())).collect();
    let mut by_hardware: BTreeMap<i32, Part> = BTreeMap::new();
    let mut total = Part::default();
    let mut parts = vec![Part::default(); starts.len()];
    // What belongs to a bucket, a rail and a class belongs to the sum of each, and to the total.
    let mut each = |bucket: i32, rail: &str, hardware: i32, add: &dyn Fn(&mut Part)| {
        add(&mut total);
        add(by_hardware.entry(hardware).or_default());
        if let Some((_, part)) = by_rail.iter_mut().find(|(one, _)| one.name() == rail) {
            add(part);
        }
        let place = usize::try_from(bucket).ok().and_then(|number| number.checked_sub(1));
        if let Some(part) = place.and_then(|place| parts.get_mut(place)) {
            add(part);
        }
    };
    for row in rows {
        each(row.bucket, &row.rail, row.hardware, &|part| add(&mut part.sums, &row));
    }
    for row in self_dealt {
        let more = row.fees_usd.0;
        each(row.bucket, &row.rail, row.hardware, &|part| {
            part.self_dealt = part.self_dealt.saturating_add(more);
        });
    }
    let within = |bucket: usize| {
        let bucket = i32::try_from(bucket).unwrap_or(i32::MAX).saturating_add(1);
        let found = slots.iter().find(|slots| slots.bucket == bucket);
        found.map(|slots| SlotRange { first: count(slots.first), last: count(slots.last) })
    };
    let whole = slots.first().zip(slots.last());
    let whole = whole.map(|(first, last)| SlotRange { first: count(first.first), last: count(last.last) });
    let ends = starts.iter().skip(1).chain([&end]);
    let buckets =
        starts.iter().zip(ends).zip(&parts).enumerate().map(|(place, ((start, end), part))| RevenueBucket {
            start: rfc3339(*start),
            end: rfc3339(*end),
            complete: *end <= view.as_of,
            figures: figures(part, within(place), view.units),
        });
    let buckets = buckets.collect();
    let of_rail =
        |(rail, part): &(Rail, Part)| RailRevenue { rail: *rail, figures: figures(part, whole, view.units) };
    let of_hardware = |(hardware, part): (&i32, &Part)| HardwareRevenue {
        hardware: u64::try_from(*hardware).ok(),
        figures: figures(part, whole, view.units),
    };
    RevenueSeries {
        definition: DEFINITION,
        interval: wanted.interval,
        from: rfc3339(starts.first().copied().unwrap_or(end)),
        to: rfc3339(end),
        provider,
        rail: wanted.rail,
        hardware: wanted.hardware,
        by_rail: by_rail.iter().map(of_rail).collect(),
        by_hardware: by_hardware.iter().map(of_hardware).collect(),
        buckets,
        total: figures(&total, whole, view.units),
    }
}

/// Adds a bucket to the total. Sums of what 64-bit amounts moved stay far below 128 bits.
fn add(total: &mut Sums, row: &Sums) {
    macro_rules! sum {
        ($($amount:ident),*; $($count:ident),*) => {
            $(total.$amount = Whole(total.$amount.0.saturating_add(row.$amount.0));)*
            $(total.$count = total.$count.saturating_add(row.$count);)*
        };
    }
    sum!(fees_usd, supply_side_usd, holders_usd, treasury_usd, rebated_usd, burned, burned_converted,
        burned_in_kind, burned_slashed, take, earned, paid_in_kind, minted, claimed, rebated, slashed,
        compensated, cancel_fees, deposited, refunded, units, burned_buyback, buyback_usd, dollars_deposited,
        dollars_refunded, dollars_cancel_fees;
        conversions, receipts, jobs_opened, jobs_accepted, jobs_closed, jobs_failed, jobs_cancelled);
}

fn figures(part: &Part, slots: Option<SlotRange>, units: Units) -> Revenue {
    let sums = &part.sums;
    Revenue {
        slots,
        fees: usd(sums.fees_usd),
        self_dealt: usd(part.self_dealt),
        supply_side: usd(sums.supply_side_usd),
        revenue: usd(sums.fees_usd.0.saturating_sub(sums.supply_side_usd.0)),
        holders: usd(sums.holders_usd),
        treasury: usd(sums.treasury_usd),
        rebated: usd(sums.rebated_usd),
        tokens: TokenFlows {
            burned: units.tokens(sums.burned),
            burned_by_conversions: units.tokens(sums.burned_converted),
            burned_in_kind: units.tokens(sums.burned_in_kind),
            burned_by_slashing: units.tokens(sums.burned_slashed),
            burned_by_buybacks: units.tokens(sums.burned_buyback),
            take: units.tokens(sums.take),
            earned: units.tokens(sums.earned),
            paid_in_kind: units.tokens(sums.paid_in_kind),
            minted: units.tokens(sums.minted),
            claimed: units.tokens(sums.claimed),
            rebated: units.tokens(sums.rebated),
            slashed: units.tokens(sums.slashed),
            compensated: units.tokens(sums.compensated),
            cancel_fees: units.tokens(sums.cancel_fees),
            deposited: units.tokens(sums.deposited),
            refunded: units.tokens(sums.refunded),
        },
        dollars: DollarFlows {
            deposited: usd(sums.dollars_deposited),
            refunded: usd(sums.dollars_refunded),
            cancel_fees: usd(sums.dollars_cancel_fees),
            bought_back: usd(sums.buyback_usd),
        },
        counts: Counts {
            conversions: count(sums.conversions),
            receipts: count(sums.receipts),
            units: sums.units.0.to_string(),
            jobs_opened: count(sums.jobs_opened),
            jobs_accepted: count(sums.jobs_accepted),
            jobs_closed: count(sums.jobs_closed),
            jobs_failed: count(sums.jobs_failed),
            jobs_cancelled: count(sums.jobs_cancelled),
        },
    }
}

/// The figures of all jobs from the first second of an hour to that of another.
pub(super) async fn sum(view: &mut View, start: i64, end: i64) -> Result<Revenue> {
    let selection = Selection { starts: vec![start], end, provider: None, rail: None, hardware: None };
    let mut part = Part::default();
    for row in view.revenue(&selection).await? {
        add(&mut part.sums, &row);
    }
    for row in view.self_dealt(&selection).await? {
        part.self_dealt = part.self_dealt.saturating_add(row.fees_usd.0);
    }
    let slots = view.revenue_slots(&selection.starts, end).await?;
    let slots = slots.first().map(|slots| SlotRange { first: count(slots.first), last: count(slots.last) });
    Ok(figures(&part, slots, view.units))
}
