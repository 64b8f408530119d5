//! Revenue: totals against accounts, every bucket and every provider against the sums of events.

use super::Sides;
use super::book::Sheet;
use super::market::word;
use super::moment::{DAY, HOUR, Moment, rfc3339};
use super::sums::{Movement, Sums};
use crate::failure::{Context, Result};
use serde_json::Value;
use settlement_interface::Address;
use settlement_interface::accounts::{Job, OUTCOME_PROVIDER_LOST};
use settlement_interface::events::Event;
use settlement_interface::terms::{RAIL_STABLE, RAIL_TOKEN};
use std::collections::BTreeSet;

/// Most buckets of one answer.
const MOST: i64 = 1_000;

/// From when, and until before when, Unix seconds.
#[derive(Clone, Copy)]
struct Span {
    from: i64,
    to: i64,
}

/// Whose revenue.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    All,
    Provider(Address),
    Rail(u8),
}

impl Of {
    fn counts(self, movement: &Movement) -> bool {
        match self {
            Self::All => true,
            Self::Provider(provider) => movement.provider == provider,
            Self::Rail(rail) => movement.rail == rail,
        }
    }
}

pub(super) fn compare(sides: &mut Sides<'_>) -> Result<()> {
    let from = sides.accounts.config.initialized_at;
    // What a series without an end of its own goes on to.
    let (_, moment) = sides.served.data("/v1/revenue?interval=day")?;
    let span = Span { from, to: moment.as_of.saturating_add(1) };
    let hours = span.to.saturating_sub(from).checked_div(HOUR).unwrap_or(0);
    if hours.saturating_add(2) <= MOST {
        series(sides, "hour", HOUR, span, Of::All, false)?;
    }
    let providers: Vec<Address> = sides.accounts.providers.keys().copied().collect();
    for provider in providers {
        series(sides, "day", DAY, span, Of::Provider(provider), false)?;
    }
    for rail in [RAIL_TOKEN, RAIL_STABLE] {
        series(sides, "day", DAY, span, Of::Rail(rail), false)?;
    }
    months(sides, span)?;
    series(sides, "day", DAY, span, Of::All, true)
}

/// Months: the total, and the sum of the months.
fn months(sides: &mut Sides<'_>, Span { from, to }: Span) -> Result<()> {
    let (data, _) = sides.served.data(&format!("/v1/revenue?interval=month&from={from}&to={to}"))?;
    let total = sides.flows.sum(|_| true);
    let mut sheet = Sheet::new(sides.book, "revenue by month", &data, sides.accounts.decimals());
    sheet = sheet.counted("revenue by month");
    for words in [
        "/definition",
        "/interval",
        "/provider",
        "/rail",
        "/hardware",
        "/from",
        "/to",
        "/total/slots",
        "/by_rail",
        "/by_hardware",
        "/buckets",
    ] {
        sheet.skip(words);
    }
    figures(&mut sheet, "/total", &total);
    let buckets = (0..sheet.count("/buckets")).map(|place| format!("/buckets/{place}/fees/micro"));
    let fees = buckets.map(|at| sheet.key(&at)?.parse::<i128>().context("fees are no number"));
    let fees: i128 = fees.collect::<Result<Vec<_>>>()?.into_iter().sum();
    sheet.note("fees of all months, micro-USD", fees, total.fees);
    sheet.close();
    Ok(())
}

/// One series: its total, and each of its buckets. Buckets that hold nothing are told in one line.
fn series(
    sides: &mut Sides<'_>,
    interval: &str,
    length: i64,
    Span { from, to }: Span,
    of: Of,
    whole: bool,
) -> Result<()> {
    let filter = match of {
        Of::All => String::new(),
        Of::Provider(provider) => format!("&provider={provider}"),
        Of::Rail(rail) => format!("&rail={}", word(rail)),
    };
    let path = format!("/v1/revenue?interval={interval}&from={from}&to={to}{filter}");
    let (data, moment) = sides.served.data(&path)?;
    let start = from.div_euclid(length).saturating_mul(length);
    let wanted = |movement: &Movement| movement.at >= start && of.counts(movement);
    let title = match (of, whole) {
        (Of::Provider(provider), _) => format!("revenue of {provider}"),
        (Of::Rail(rail), _) => format!("revenue of the {} rail", word(rail)),
        (Of::All, true) => "revenue".to_owned(),
        (Of::All, false) => format!("revenue by {interval}"),
    };
    let accounts = sides.accounts;
    let decimals = accounts.decimals();
    let total = sides.flows.sum(wanted);
    let rails = [RAIL_TOKEN, RAIL_STABLE].map(|rail| {
        let sums = sides.flows.sum(|movement| wanted(movement) && movement.rail == rail);
        (word(rail), sums)
    });
    let classes: BTreeSet<Option<u16>> =
        sides.flows.movements.iter().filter(|one| wanted(one)).map(|one| one.hardware).collect();
    let of_class = |class| {
        let sums = sides.flows.sum(|movement| wanted(movement) && movement.hardware == class);
        (class, sums)
    };
    let classes: Vec<(Option<u16>, Sums)> = classes.into_iter().map(of_class).collect();
    let mut sheet = Sheet::new(sides.book, title.clone(), &data, decimals);
    if !whole && of == Of::All {
        sheet = sheet.counted("revenue by hour");
    }
    for words in ["/definition", "/interval", "/total/slots"] {
        sheet.skip(words);
    }
    let provider = if let Of::Provider(provider) = of { Some(provider) } else { None };
    sheet.maybe("/provider", provider);
    sheet.maybe("/rail", if let Of::Rail(rail) = of { Some(word(rail)) } else { None });
    by_rail(&mut sheet, &rails)?;
    sheet.maybe("/hardware", None::<u16>);
    by_hardware(&mut sheet, &classes);
    sheet.plain("/from", rfc3339(start));
    figures(&mut sheet, "/total", &total);
    let buckets = sheet.count("/buckets");
    let mut begin = start;
    for place in 0..buckets {
        sheet.skip(&format!("/buckets/{place}"));
        begin = begin.saturating_add(length);
    }
    // The series ends with the bucket in which the last moment asked for lies, without a gap.
    sheet.plain("/to", rfc3339(begin));
    let last = to.saturating_sub(1).div_euclid(length).saturating_mul(length).saturating_add(length);
    sheet.close();
    sides.book.add(&title, "buckets without a gap to", rfc3339(begin), rfc3339(last));

    for place in 0..buckets {
        let Some(bucket) = data.pointer(&format!("/buckets/{place}")) else { continue };
        let offset = i64::try_from(place).unwrap_or(i64::MAX).saturating_mul(length);
        let (begin, end) =
            (start.saturating_add(offset), start.saturating_add(offset).saturating_add(length));
        let sums = sides.flows.sum(|movement| wanted(movement) && movement.at >= begin && movement.at < end);
        let title = format!("{title}, {}", rfc3339(begin));
        one_bucket(sides, (&title, moment), bucket, (begin, end), &sums);
    }
    if whole {
        against_accounts(sides, &data);
    }
    Ok(())
}

/// The totals of each rail that had any.
fn by_rail(sheet: &mut Sheet<'_>, rails: &[(&str, Sums)]) -> Result<()> {
    for place in 0..sheet.count("/by_rail") {
        let at = format!("/by_rail/{place}");
        let rail = sheet.key(&format!("{at}/rail"))?;
        let sums = rails.iter().find(|(word, _)| *word == rail).map(|(_, sums)| *sums);
        sheet.skip(&format!("{at}/slots"));
        figures(sheet, &at, &sums.unwrap_or_default());
    }
    Ok(())
}

/// The totals of each hardware class that had any; first of what belongs to none.
fn by_hardware(sheet: &mut Sheet<'_>, classes: &[(Option<u16>, Sums)]) {
    sheet.plain_count("/by_hardware", classes.len());
    for (place, (class, sums)) in classes.iter().enumerate() {
        let at = format!("/by_hardware/{place}");
        sheet.maybe(&format!("{at}/hardware"), *class);
        sheet.skip(&format!("{at}/slots"));
        figures(sheet, &at, sums);
    }
}

fn one_bucket(
    sides: &mut Sides<'_>,
    (title, moment): (&str, Moment),
    bucket: &Value,
    (begin, end): (i64, i64),
    sums: &Sums,
) {
    let sheet = Sheet::new(sides.book, title, bucket, sides.accounts.decimals());
    let mut sheet = sheet.counted("buckets of revenue");
    sheet.plain("/start", rfc3339(begin));
    sheet.plain("/end", rfc3339(end));
    sheet.plain("/complete", end <= moment.as_of);
    let within =
        sides.history.entries.iter().filter(|entry| entry.block_time >= begin && entry.block_time < end);
    let slots: Vec<u64> = within.map(|entry| entry.slot).collect();
    match (slots.iter().min(), slots.iter().max()) {
        (Some(first), Some(last)) => {
            sheet.plain("/slots/first", first);
            sheet.plain("/slots/last", last);
        }
        _ => sheet.maybe("/slots", None::<u64>),
    }
    figures(&mut sheet, "", sums);
    sheet.close();
}

fn figures(sheet: &mut Sheet<'_>, at: &str, sums: &Sums) {
    let revenue = sums.fees.saturating_sub(sums.supply_side);
    let dollars = [
        ("fees", sums.fees),
        ("self_dealt", sums.self_dealt),
        ("supply_side", sums.supply_side),
        ("revenue", revenue),
        ("holders", revenue.saturating_sub(sums.treasury)),
        ("treasury", sums.treasury),
        ("rebated", sums.rebated_usd),
        ("dollars/deposited", sums.dollars_deposited),
        ("dollars/refunded", sums.dollars_refunded),
        ("dollars/cancel_fees", sums.dollars_cancel_fees),
        ("dollars/bought_back", sums.bought_back),
    ];
    for (name, amount) in dollars {
        sheet.usd(&format!("{at}/{name}"), amount);
    }
    let tokens = [
        ("burned", sums.burned()),
        ("burned_by_conversions", sums.burned_by_conversions),
        ("burned_in_kind", sums.burned_in_kind),
        ("burned_by_slashing", sums.burned_by_slashing),
        ("burned_by_buybacks", sums.burned_by_buybacks),
        ("take", sums.take),
        ("earned", sums.earned),
        ("paid_in_kind", sums.paid_in_kind),
        ("minted", sums.claimed.saturating_add(sums.rebated)),
        ("claimed", sums.claimed),
        ("rebated", sums.rebated),
        ("slashed", sums.slashed),
        ("compensated", sums.compensated),
        ("cancel_fees", sums.cancel_fees),
        ("deposited", sums.deposited),
        ("refunded", sums.refunded),
    ];
    for (name, amount) in tokens {
        sheet.tokens(&format!("{at}/tokens/{name}"), amount);
    }
    let counts = [
        ("conversions", sums.conversions),
        ("receipts", sums.receipts),
        ("units", sums.units),
        ("jobs_opened", sums.jobs_opened),
        ("jobs_accepted", sums.jobs_accepted),
        ("jobs_closed", sums.jobs_closed),
        ("jobs_failed", sums.jobs_failed),
        ("jobs_cancelled", sums.jobs_cancelled),
    ];
    for (name, count) in counts {
        sheet.plain(&format!("{at}/counts/{name}"), count);
    }
}

/// What accounts keep for ever, against the same totals.
fn against_accounts(sides: &mut Sides<'_>, data: &Value) {
    let accounts = sides.accounts;
    let read = |pointer: &str| match data.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "(missing)".into(),
    };
    // Of epochs that are closed, what their last event says.
    let closed = sides.history.entries.iter().filter_map(|entry| match &entry.event {
        Event::EpochClosed(event) => Some((event.take, event.rebated)),
        _ => None,
    });
    let epochs = accounts.epochs.values().map(|epoch| (epoch.take, epoch.rebated)).chain(closed);
    let (taken, rebated) = epochs.fold((0i128, 0i128), |(taken, rebated), (take, rebate)| {
        (taken.saturating_add(take.into()), rebated.saturating_add(rebate.into()))
    });
    let minted = accounts.over_providers(|provider| provider.minted);
    let opened: i128 = accounts.consumers.values().map(|consumer| i128::from(consumer.next_nonce)).sum();
    // What a job pays in dollars is in its provider's record from when it closes.
    let unrecorded = |job: &Job| job.settled.saturating_sub(job.recorded);
    let fees = accounts
        .over_providers(|provider| provider.settled)
        .saturating_add(accounts.over_jobs(RAIL_STABLE, unrecorded));
    // These count as failed in the record, though the job goes on to its end.
    let lost = sides.history.entries.iter().filter(|entry| match &entry.event {
        Event::DisputeResolved(event) => event.outcome == u64::from(OUTCOME_PROVIDER_LOST),
        _ => false,
    });
    let disputes_lost = i128::try_from(lost.count()).unwrap_or(0);
    // What meters lost is in no provider's account.
    let of_meters = sides.history.entries.iter().filter_map(|entry| match &entry.event {
        Event::CaseAnswered(event) => Some(i128::from(event.slashed)),
        _ => None,
    });
    let of_meters: i128 = of_meters.sum();
    let figures = [
        ("fees, by provider accounts and jobs paid in dollars", "/total/fees/micro", fees),
        (
            "burned by conversions, by provider accounts",
            "/total/tokens/burned_by_conversions/base",
            accounts.over_providers(|p| p.burned),
        ),
        ("take, by provider accounts", "/total/tokens/take/base", accounts.over_providers(|p| p.take)),
        ("take, by epochs", "/total/tokens/take/base", taken),
        ("earned, by provider accounts", "/total/tokens/earned/base", accounts.over_providers(|p| p.earned)),
        ("minted, by provider accounts", "/total/tokens/minted/base", minted),
        ("rebated, by epochs", "/total/tokens/rebated/base", rebated),
        ("claimed, by both", "/total/tokens/claimed/base", minted.saturating_sub(rebated)),
        (
            "slashed, by provider accounts and overturned cases",
            "/total/tokens/slashed/base",
            accounts.over_providers(|p| p.slashed).saturating_add(of_meters),
        ),
        ("jobs opened, by consumer accounts", "/total/counts/jobs_opened", opened),
        (
            "jobs accepted, by provider accounts",
            "/total/counts/jobs_accepted",
            accounts.over_providers(|p| p.jobs_accepted),
        ),
        (
            "jobs failed, by provider accounts less disputes lost",
            "/total/counts/jobs_failed",
            accounts.over_providers(|p| p.jobs_failed).saturating_sub(disputes_lost),
        ),
    ];
    for (figure, pointer, chain) in figures {
        sides.book.add("revenue", figure, read(pointer), chain);
    }
}
