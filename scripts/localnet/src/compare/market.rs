//! The market: auctions and standing offers against their accounts, and what work was paid by class of
//! hardware against the conversions of all jobs.

use super::Sides;
use super::accounts::Accounts;
use super::bids;
use super::book::Sheet;
use super::hex;
use super::moment::{DAY, rfc3339};
use crate::failure::{Context, Result};
use crate::units::{GPU_HOUR, STABLE_DECIMALS};
use settlement_interface::Address;
use settlement_interface::accounts::{Job, JobState, Provider, StandingOffer};
use settlement_interface::events::Event;
use settlement_interface::math::mul_div_floor;
use settlement_interface::rules::rail_bit;
use settlement_interface::terms::{RAIL_STABLE, RAIL_TOKEN};
use std::collections::{BTreeMap, BTreeSet};

/// What work settled in this many seconds makes the prices.
const PRICED: i64 = 30 * DAY;

/// Decimals of the mint that a rail's escrow is in.
pub fn places(rail: u8, token: u32) -> u32 {
    if rail == RAIL_STABLE { STABLE_DECIMALS.into() } else { token }
}

/// The API's word for a rail.
pub fn word(rail: u8) -> &'static str {
    if rail == RAIL_STABLE { "stable" } else { "token" }
}

pub(super) fn compare(sides: &mut Sides<'_>) -> Result<()> {
    let (data, moment) = sides.served.data("/v1/market")?;
    let accounts = sides.accounts;
    let decimals = accounts.decimals();
    let mut open: Vec<(&Address, &Job)> =
        accounts.jobs.iter().filter(|(_, job)| job.state() == Some(JobState::Open)).collect();
    // Newest first; two of one second do not occur here.
    open.sort_by_key(|(_, job)| std::cmp::Reverse(job.opened_at));
    let mut standing: Vec<&Provider> = accounts.providers.values().collect();
    standing.retain(|provider| provider.standing.max_budget > 0 && provider.standing.until >= moment.as_of);
    standing.sort_by_key(|provider| provider.index);

    let paid = paid(sides, moment.as_of.saturating_sub(PRICED))?;
    let mut sheet = Sheet::new(sides.book, "market", &data, decimals);
    sheet.plain_count("/auctions", open.len());
    for (place, (id, job)) in open.into_iter().enumerate() {
        let own = bids::of_job(sides.bids, id);
        auction(&mut sheet, &format!("/auctions/{place}"), (id, job), &own, accounts);
    }
    sheet.plain_count("/standing_offers", standing.len());
    for (place, provider) in standing.into_iter().enumerate() {
        let at = format!("/standing_offers/{place}");
        sheet.plain(&format!("{at}/provider"), settlement_interface::pda::provider(&provider.authority));
        sheet.plain(&format!("{at}/authority"), provider.authority);
        sheet.plain(&format!("{at}/open_jobs"), provider.jobs_open);
        offer(&mut sheet, &at, &provider.standing);
    }
    prices(&mut sheet, &paid);
    sheet.close();
    Ok(())
}

fn auction(
    sheet: &mut Sheet<'_>,
    at: &str,
    (id, job): (&Address, &Job),
    bids: &[&bids::BidSeen],
    accounts: &Accounts,
) {
    let field = |name: &str| format!("{at}/{name}");
    let (terms, order) = (&job.terms, &job.terms.order);
    let places = places(order.rail, sheet.decimals());
    sheet.plain(&field("job"), id);
    sheet.plain(&field("consumer"), terms.consumer);
    sheet.plain(&field("rail"), word(order.rail));
    sheet.plain(&field("mint"), terms.mint);
    sheet.plain(&field("hardware"), order.hardware);
    sheet.usd(&field("budget"), order.budget);
    sheet.usd(&field("ceiling_rate"), order.rate);
    sheet.plain(&field("unit"), order.unit);
    sheet.plain(&field("unit_cap"), order.unit_cap);
    sheet.tokens_with(&field("escrow"), job.escrow, places);
    sheet.plain(&field("bid_end"), rfc3339(order.bid_end));
    sheet.plain(&field("offer_by"), rfc3339(order.offer_by));
    sheet.plain(&field("start_by"), rfc3339(order.start_by));
    sheet.plain(&field("end_by"), rfc3339(order.end_by));
    sheet.plain(&field("open_acceptance"), order.open_acceptance == 1);
    let best = (job.best_rate != 0).then_some((job.best_bid, job.best_rate));
    sheet.maybe(&field("best_bid"), best.map(|(bid, _)| bid));
    sheet.maybe_usd(&field("best_rate"), best.map(|(_, rate)| rate));
    bids::listed(sheet, &field("bids"), bids, accounts, (&job.best_bid, places));
}

/// A standing offer at a place of an answer.
pub fn offer(sheet: &mut Sheet<'_>, at: &str, offer: &StandingOffer) {
    let field = |name: &str| format!("{at}/{name}");
    sheet.plain(&field("hardware"), offer.hardware);
    sheet.usd(&field("floor_rate"), offer.floor_rate);
    sheet.usd(&field("min_budget"), offer.min_budget);
    sheet.usd(&field("max_budget"), offer.max_budget);
    sheet.plain(&field("max_unit_cap"), offer.max_unit_cap);
    sheet.tokens(&field("max_bond"), offer.max_bond);
    sheet.plain(&field("min_lead"), offer.min_lead);
    sheet.plain(&field("max_duration"), offer.max_duration);
    sheet.plain(&field("until"), rfc3339(offer.until));
    sheet.plain(&field("max_jobs"), offer.max_jobs);
    sheet.plain(&field("max_sla_bps"), offer.max_sla_bps);
    sheet.plain(&field("min_cover_bps"), offer.min_cover_bps);
    let rails: Vec<u8> =
        [RAIL_TOKEN, RAIL_STABLE].into_iter().filter(|rail| rail_bit(*rail) & offer.rails != 0).collect();
    sheet.plain_count(&field("rails"), rails.len());
    for (place, rail) in rails.into_iter().enumerate() {
        sheet.plain(&field(&format!("rails/{place}")), word(rail));
    }
    sheet.maybe(&field("meter"), (offer.meter != Address::default()).then_some(offer.meter));
    sheet.maybe(&field("panel"), (offer.panel != [0; 32]).then(|| hex(&offer.panel)));
    sheet.plain(&field("parameters"), hex(&offer.parameters));
}

/// What work of one hardware class was paid on one rail.
#[derive(Default)]
struct Paid {
    jobs: BTreeSet<Address>,
    settled: u128,
    gpu_ms: u128,
}

/// By hardware class and the rail's word.
fn paid(sides: &Sides<'_>, after: i64) -> Result<BTreeMap<(u16, &'static str), Paid>> {
    let mut sums: BTreeMap<(u16, &'static str), Paid> = BTreeMap::new();
    for entry in &sides.history.entries {
        let (job, usd) = match &entry.event {
            Event::Converted(event) => (event.job, event.usd),
            Event::StableSettled(event) => (event.job, event.usd),
            Event::JobClosed(event) if event.in_kind_usd > 0 => (event.job, event.in_kind_usd),
            _ => continue,
        };
        let seen = sides.jobs.get(&job).context(format!("job {job} was never opened"))?;
        let order = &seen.opened.terms.order;
        if entry.event.at() <= after || order.unit != GPU_HOUR {
            continue;
        }
        // At the rate that was accepted, which in an auction is the winner's.
        let time = mul_div_floor(usd.into(), order.unit.into(), order.rate.into());
        let sum = sums.entry((order.hardware, word(order.rail))).or_default();
        sum.jobs.insert(job);
        sum.settled = sum.settled.saturating_add(usd.into());
        sum.gpu_ms = sum.gpu_ms.saturating_add(time.context("a rate is out of range")?);
    }
    Ok(sums)
}

fn prices(sheet: &mut Sheet<'_>, sums: &BTreeMap<(u16, &'static str), Paid>) {
    sheet.plain_count("/prices", sums.len());
    for (place, ((hardware, rail), sum)) in sums.iter().enumerate() {
        let field = |name: &str| format!("/prices/{place}/{name}");
        sheet.plain(&field("hardware"), hardware);
        sheet.plain(&field("rail"), rail);
        sheet.plain(&field("jobs"), sum.jobs.len());
        sheet.plain(&field("gpu_ms"), sum.gpu_ms);
        sheet.usd(&field("settled"), i128::try_from(sum.settled).unwrap_or(i128::MAX));
        let price = mul_div_floor(sum.settled, GPU_HOUR.into(), sum.gpu_ms);
        sheet.maybe_usd(&field("usd_per_gpu_hour"), price.and_then(|price| u64::try_from(price).ok()));
    }
}
