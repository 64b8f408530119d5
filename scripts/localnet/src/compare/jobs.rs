//! Jobs: against their accounts, and those whose accounts are closed against their events.

use super::book::Sheet;
use super::hex;
use super::jobs_seen::JobSeen;
use super::moment::{happened, rfc3339};
use super::{Sides, bids, cases, disputed, market};
use crate::failure::{Context, Result};
use serde_json::Value;
use settlement_interface::accounts::{
    Job, MARK_HALT, MARK_NO_SHOW, Party, REASON_BY_CONSUMER, REASON_BY_PROVIDER, REASON_DISPUTE, REASON_END,
    REASON_LAPSED, REASON_SILENCE,
};
use settlement_interface::terms::METER_REGISTERED;
use settlement_interface::{Address, pda};

pub(super) fn compare(sides: &mut Sides<'_>) -> Result<()> {
    let items = sides.served.items("/v1/jobs")?;
    let opened: u64 = sides.accounts.consumers.values().map(|consumer| consumer.next_nonce).sum();
    sides.book.add("jobs", "number", items.len(), opened);
    for item in &items {
        let id: Address = item
            .pointer("/job")
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok())
            .context("a job of the API has no address")?;
        let seen = sides.jobs.get(&id).cloned().context(format!("job {id} of the API was never opened"))?;
        let account = sides.accounts.jobs.get(&id).copied();
        // An account that is there must not have been reclaimed, and the other way round.
        let there = |yes: bool| if yes { "there" } else { "closed" };
        let served = item.pointer("/times/reclaimed_at").is_none_or(Value::is_null);
        sides.book.add(&format!("job {id}"), "account", there(served), there(account.is_some()));
        let (detail, _) = sides.served.data(&format!("/v1/jobs/{id}"))?;
        let decimals = sides.accounts.decimals();
        let listed = Sheet::new(sides.book, format!("job {id}, listed"), item, decimals);
        let mut listed = listed.counted("jobs as the list shows them");
        shown(&mut listed, &id, &seen, account.as_ref());
        listed.close();
        let sheet = Sheet::new(sides.book, format!("job {id}"), &detail, decimals);
        let mut sheet = sheet.words_counted("terms, times and parties of jobs");
        shown(&mut sheet, &id, &seen, account.as_ref());
        dues(&mut sheet, &seen, account.as_ref(), sides.accounts.config.treasury)?;
        let places = market::places(seen.opened.terms.order.rail, decimals);
        let best = account.map_or(seen.bids.1, |job| job.best_bid);
        let own = bids::of_job(sides.bids, &id);
        bids::listed(&mut sheet, "/bids", &own, sides.accounts, (&best, places));
        let own = cases::wanted(sides.cases, |case| case.opened.job == id);
        sheet.plain_count("/cases", own.len());
        for (place, case) in own.into_iter().rev().enumerate() {
            cases::shown(&mut sheet, &format!("/cases/{place}"), case, sides.accounts);
        }
        let own = disputed::wanted(sides.disputes, |dispute| dispute.opened.job == id);
        sheet.plain_count("/disputes", own.len());
        for (place, dispute) in own.into_iter().rev().enumerate() {
            disputed::shown(&mut sheet, &format!("/disputes/{place}"), dispute, sides.accounts);
        }
        // Each of these is compared on its own page below.
        sheet.skip("/latest_receipts");
        sheet.skip("/latest_conversions");
        sheet.close();
        super::work::compare(sides, &id)?;
    }
    Ok(())
}

/// What both the list and the detail show. Figures are the account's as long as there is one.
fn shown(sheet: &mut Sheet<'_>, id: &Address, seen: &JobSeen, account: Option<&Job>) {
    let opened = &seen.opened;
    let of = |read: fn(&Job) -> u64, else_seen: u64| account.map_or(else_seen, read);
    let at = |read: fn(&Job) -> i64, else_seen: i64| account.map_or(else_seen, read);
    let state = account.map_or(Some(seen.state), Job::state);
    sheet.plain("/job", id);
    sheet.maybe("/state", state.map(settlement_interface::accounts::JobState::name));
    sheet.maybe("/reason", reason(of(|job| job.reason.into(), seen.reason)));
    let missed = at(|job| job.service_at, seen.service_at) != 0;
    let mark = mark(of(|job| job.mark.into(), seen.mark));
    sheet.maybe("/mark", mark.or_else(|| missed.then_some("service")));
    sheet.plain("/consumer", opened.terms.consumer);
    sheet.plain("/provider", account.map_or(opened.terms.provider, |job| job.terms.provider));
    sheet.plain("/nonce", of(|job| job.nonce, opened.nonce));
    sheet.plain("/meter", account.map_or(seen.meter, |job| job.meter));
    sheet.maybe("/previous_meter", some(account.map_or(seen.previous_meter, |job| job.previous_meter)));
    sheet.maybe("/reporter", some(account.map_or(seen.reporter, |job| job.reporter)));
    sheet.plain("/vault", pda::vault(id));
    sheet.plain("/rent_payer", account.map_or(opened.rent_payer, |job| job.rent_payer));
    sheet.plain("/opened_slot", seen.opened_slot);
    sheet.plain("/changed_slot", seen.changed_slot);
    sheet.plain("/events", of(|job| job.sequence, seen.events));
    terms(sheet, seen, account);

    sheet.plain("/times/opened_at", rfc3339(at(|job| job.opened_at, opened.at)));
    sheet.maybe("/times/accepted_at", happened(at(|job| job.accepted_at, seen.accepted_at)));
    sheet.maybe("/times/started_at", happened(at(|job| job.started_at, seen.started_at)));
    sheet.maybe("/times/heard_at", happened(at(|job| job.heard_at, seen.heard_at)));
    sheet.maybe("/times/marked_at", happened(at(|job| job.marked_at, seen.marked_at)));
    sheet.maybe("/times/closing_at", happened(at(|job| job.closing_at, seen.closing_at)));
    sheet.maybe("/times/ended_at", happened(at(|job| job.ended_at, seen.ended_at)));
    sheet.maybe("/times/reclaimed_at", happened(seen.reclaimed_at));

    let accepted = of(|job| job.accepted, seen.accepted);
    let settled = of(|job| job.settled, seen.settled);
    sheet.plain("/work/units", of(|job| job.units, seen.units));
    sheet.maybe("/work/through", happened(at(|job| job.through, seen.through)));
    sheet.plain("/work/receipts", of(|job| job.receipts, seen.receipts));
    sheet.usd("/work/accepted", accepted);
    sheet.usd("/work/settled", settled);
    let owed = accepted.saturating_sub(settled).saturating_sub(seen.void);
    sheet.usd("/work/outstanding", owed.saturating_sub(account.map_or(seen.pending, pending)));
    sheet.usd("/work/in_kind", seen.in_kind.0);
    sheet.usd("/work/void", seen.void);

    sheet.usd("/work/pending", account.map_or(seen.pending, pending));
    let places = market::places(seen.opened.terms.order.rail, sheet.decimals());
    let in_escrows_mint = [
        ("funded", of(|job| job.funded, seen.funded)),
        ("escrow", of(|job| job.escrow, seen.escrow)),
        ("burned", of(|job| job.burned, seen.tokens.0)),
        ("take", of(|job| job.take, seen.tokens.1)),
        ("treasury_take", of(|job| job.treasury_take, seen.treasury_take)),
        ("earned", of(|job| job.earned, seen.tokens.2)),
        ("in_kind_paid", seen.in_kind.1),
        ("in_kind_burned", seen.in_kind.2),
        ("refund", seen.refund),
        ("cancel_fee", seen.fee),
    ];
    for (name, amount) in in_escrows_mint {
        sheet.tokens_with(&format!("/tokens/{name}"), amount, places);
    }
    sheet.tokens("/tokens/bond", of(|job| job.bond, seen.bond));
    contest(sheet, seen, account);
}

/// What is pending for its dispute window, micro-dollars.
fn pending(job: &Job) -> u64 {
    job.pending.iter().map(|bucket| bucket.usd).fold(0, u64::saturating_add)
}

/// Auction, cases and disputes, in numbers.
fn contest(sheet: &mut Sheet<'_>, seen: &JobSeen, account: Option<&Job>) {
    let order = &seen.opened.terms.order;
    let registered = order.meter_kind == METER_REGISTERED;
    sheet.plain("/meter_kind", if registered { "registered" } else { "session" });
    if order.bid_end == 0 {
        sheet.maybe("/auction", None::<u64>);
    } else {
        let (bids, best, rate) = account.map_or(seen.bids, |job| (job.bids, job.best_bid, job.best_rate));
        sheet.plain("/auction/bid_end", rfc3339(order.bid_end));
        sheet.plain("/auction/open_acceptance", order.open_acceptance == 1);
        sheet.plain("/auction/bids", bids);
        sheet.maybe("/auction/best_bid", some(best));
        sheet.maybe_usd("/auction/best_rate", (rate != 0).then_some(rate));
    }
    let counts = |job: &Job| (job.cases, job.open_cases, job.disputes, job.open_disputes);
    let (cases, open_cases, disputes, open_disputes) = account.map_or(seen.cases, counts);
    sheet.plain("/faults/cases", cases);
    sheet.plain("/faults/open_cases", open_cases);
    sheet.plain("/faults/disputes", disputes);
    sheet.plain("/faults/open_disputes", open_disputes);
    let missed = account.map_or(seen.penalised_units, |job| job.judged_units);
    sheet.plain("/faults/penalised_units", missed);
    sheet.maybe("/faults/waits_until", happened(account.map_or(seen.waits_until, |job| job.waits_until)));
}

fn terms(sheet: &mut Sheet<'_>, seen: &JobSeen, account: Option<&Job>) {
    let terms = account.map_or(seen.opened.terms, |job| job.terms);
    let order = &terms.order;
    let hash = account.map_or(seen.terms_hash, |job| job.terms_hash);
    sheet.plain("/terms/hash", hex(&hash));
    sheet.plain("/terms/spec_hash", hex(&order.spec_hash));
    sheet.plain("/terms/rail", market::word(order.rail));
    sheet.plain("/terms/sla_bps", order.sla_bps);
    sheet.plain("/terms/verifiable", order.verifiable == 1);
    sheet.maybe("/terms/panel", (order.verifiable == 1).then(|| hex(&order.panel)));
    sheet.plain("/terms/mint", terms.mint);
    sheet.plain("/terms/hardware", order.hardware);
    sheet.usd("/terms/budget", account.map_or(seen.budget, |job| job.terms.order.budget));
    let agreed = account.map_or(seen.accepted_budget, |job| job.accepted_budget);
    sheet.maybe_usd("/terms/accepted_budget", (agreed != 0).then_some(agreed));
    sheet.usd("/terms/rate", order.rate);
    sheet.plain("/terms/unit", order.unit);
    sheet.plain("/terms/unit_cap", order.unit_cap);
    sheet.plain("/terms/min_price", order.min_price);
    sheet.plain("/terms/take_bps", terms.parameters.take_bps);
    sheet.plain("/terms/offer_by", rfc3339(order.offer_by));
    sheet.plain("/terms/start_by", rfc3339(order.start_by));
    sheet.plain("/terms/end_by", rfc3339(order.end_by));
    sheet.plain("/terms/convert_by", rfc3339(order.convert_by));
    sheet.plain("/terms/silence_max", order.silence_max);
    super::network::parameters(sheet, "/terms/parameters", &terms.parameters);
}

fn dues(sheet: &mut Sheet<'_>, seen: &JobSeen, account: Option<&Job>, treasury: Address) -> Result<()> {
    let mut named = Vec::new();
    for place in 0..sheet.count("/dues") {
        let field = |name: &str| format!("/dues/{place}/{name}");
        let word = sheet.key(&field("party"))?;
        let party = Party::ALL.into_iter().find(|party| party.name() == word);
        let party = party.context(format!("the API names a party \"{word}\""))?;
        named.push(party);
        let code = party as usize;
        let (escrow, stake) = match account {
            Some(job) => job.dues.get(code).map_or((0, 0), |due| (due.escrow, due.stake)),
            None => seen.due(code),
        };
        let (paid_escrow, paid_stake) = seen.paid.get(code).copied().unwrap_or_default();
        let wallet = match party {
            Party::Consumer => seen.opened.terms.consumer,
            Party::Provider => seen.provider_wallet,
            Party::Reporter => seen.reporter,
            // The owner of the vault that it is paid into.
            Party::Buyback => pda::config(),
            Party::Treasury => treasury,
        };
        let places = market::places(seen.opened.terms.order.rail, sheet.decimals());
        sheet.plain(&field("wallet"), wallet);
        sheet.tokens_with(&field("escrow"), escrow, places);
        sheet.tokens(&field("stake"), stake);
        sheet.tokens_with(&field("paid_escrow"), paid_escrow, places);
        sheet.tokens(&field("paid_stake"), paid_stake);
    }
    // Whoever was ever owed anything must be listed.
    let owed = Party::ALL.into_iter().filter(|party| {
        seen.owed.get(*party as usize).is_some_and(|owed| *owed != (0, 0)) && !named.contains(party)
    });
    let missing: Vec<&str> = owed.map(Party::name).collect();
    sheet.note("parties missing from dues", "", missing.join(", "));
    Ok(())
}

fn reason(code: u64) -> Option<&'static str> {
    let words = [
        (REASON_BY_CONSUMER, "by_consumer"),
        (REASON_BY_PROVIDER, "by_provider"),
        (REASON_END, "end"),
        (REASON_SILENCE, "silence"),
        (REASON_LAPSED, "lapsed"),
        (REASON_DISPUTE, "dispute"),
    ];
    words.into_iter().find(|(known, _)| u64::from(*known) == code).map(|(_, word)| word)
}

fn mark(code: u64) -> Option<&'static str> {
    let words = [(MARK_NO_SHOW, "no_show"), (MARK_HALT, "halt")];
    words.into_iter().find(|(known, _)| u64::from(*known) == code).map(|(_, word)| word)
}

fn some(address: Address) -> Option<Address> {
    (address != Address::default()).then_some(address)
}
