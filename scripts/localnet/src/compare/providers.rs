//! Providers, their rewards and their reputation.

use super::Sides;
use super::book::Sheet;
use super::moment::{Moment, happened, rfc3339};
use super::outcomes::{OutcomeSeen, outcomes};
use crate::failure::{Context, Result};
use serde_json::Value;
use settlement_interface::accounts::Provider;
use settlement_interface::math::proportion_floor;
use settlement_interface::reputation::{ONE, Outcome, Score, VERSION, decayed, score};
use settlement_interface::{Address, pda, rules};

pub(super) fn compare(sides: &mut Sides<'_>) -> Result<()> {
    let items = sides.served.items_at("/v1/providers")?;
    sides.book.add("providers", "number", items.len(), sides.accounts.providers.len());
    for (item, listed) in &items {
        let id: Address = item
            .pointer("/provider")
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok())
            .context("a provider of the API has no address")?;
        let Some(account) = sides.accounts.providers.get(&id).copied() else {
            sides.book.add(&format!("provider {id}"), "account", id, "(none)");
            continue;
        };
        let (detail, moment) = sides.served.data(&format!("/v1/providers/{id}"))?;
        shown(sides, &format!("provider {id}, listed"), (item, *listed), &id, &account, false)?;
        shown(sides, &format!("provider {id}"), (&detail, moment), &id, &account, true)?;
        rewards(sides, &id, &account)?;
        super::cases::of_provider(sides, &id)?;
        super::disputed::of_provider(sides, &id)?;
    }
    Ok(())
}

fn shown(
    sides: &mut Sides<'_>,
    group: &str,
    (value, moment): (&Value, Moment),
    id: &Address,
    account: &Provider,
    detailed: bool,
) -> Result<()> {
    let free = account.free_stake().context("a provider's figures contradict each other")?;
    let all = outcomes(sides.history, sides.jobs, id, &account.authority)?;
    let sheet = Sheet::new(sides.book, group, value, sides.accounts.decimals());
    let mut sheet = sheet.words_counted("words and counts of providers");
    if !detailed {
        sheet = sheet.counted("providers as the list shows them");
    }
    sheet.plain("/provider", id);
    sheet.plain("/authority", account.authority);
    sheet.plain("/number", account.index);
    sheet.plain("/registered_at", rfc3339(account.registered_at));
    sheet.plain("/metadata_hash", super::hex(&account.metadata_hash));
    let rates: Vec<_> = account.rates.iter().filter(|entry| entry.rate != 0).collect();
    sheet.plain_count("/rates", rates.len());
    for (place, entry) in rates.iter().enumerate() {
        sheet.plain(&format!("/rates/{place}/hardware"), entry.hardware);
        sheet.plain(&format!("/rates/{place}/rate"), entry.rate);
    }
    if account.standing.max_budget == 0 {
        sheet.maybe("/standing_offer", None::<u64>);
    } else {
        super::market::offer(&mut sheet, "/standing_offer", &account.standing);
    }
    sheet.tokens("/stake/total", account.stake);
    sheet.tokens("/stake/free", free);
    sheet.tokens("/stake/locked", account.locked);
    sheet.tokens("/stake/unbonding", account.unbonding);
    sheet.maybe("/stake/unbonding_at", happened(account.unbonding_at));
    sheet.tokens("/earnings/earned", account.earned);
    sheet.tokens("/earnings/claimable", account.claimable);
    sheet.tokens("/earnings/minted", account.minted);
    sheet.tokens("/earnings/burned", account.burned);
    sheet.tokens("/earnings/take", account.take);
    sheet.tokens("/earnings/slashed", account.slashed);
    sheet.usd("/settled", account.settled);
    sheet.usd("/good", account.good);
    sheet.usd("/bad", account.bad);
    sheet.plain("/decayed_at", rfc3339(account.decayed_at));
    sheet.plain("/jobs/accepted", account.jobs_accepted);
    sheet.plain("/jobs/open", account.jobs_open);
    sheet.plain("/jobs/failed", account.jobs_failed);
    reputation(&mut sheet, &all, moment.as_of, detailed)?;
    sheet.close();
    Ok(())
}

fn reputation(sheet: &mut Sheet<'_>, all: &[OutcomeSeen<'_>], now: i64, detailed: bool) -> Result<()> {
    let mut counted: Vec<Outcome> = all.iter().filter(|one| !one.related).map(|one| one.counts).collect();
    // What settled too little to weigh anything counts for nothing.
    counted.retain(|outcome| outcome.weight > 0);
    let good: Vec<Outcome> = counted.iter().copied().filter(|outcome| outcome.success).collect();
    let scored =
        |outcomes: &[Outcome]| -> Result<Score> { score(outcomes, now).context("weights are out of range") };
    let (whole, flawless) = (scored(&counted)?, scored(&good)?);
    let missing = ONE.saturating_sub(whole.score);
    let to_failures = match (whole.newcomer, flawless.newcomer) {
        (true, _) => 0,
        (false, true) => missing,
        (false, false) => flawless.score.saturating_sub(whole.score),
    };
    let at = |name: &str| format!("/reputation/{name}");
    sheet.plain(&at("formula"), format!("reputation/{VERSION}"));
    sheet.plain(&at("computed_at"), rfc3339(now));
    sheet.plain(&at("score"), whole.score);
    sheet.plain(&at("interval/low"), whole.score);
    sheet.plain(&at("interval/high"), whole.upper);
    sheet.plain(&at("share"), whole.share);
    sheet.plain(&at("newcomer"), whole.newcomer);
    sheet.plain(&at("effective_jobs"), whole.effective_jobs);
    sheet.usd(&at("weight"), i128::try_from(whole.weight).unwrap_or(i128::MAX));
    sheet.usd(&at("success_weight"), i128::try_from(whole.success_weight).unwrap_or(i128::MAX));
    sheet.plain(&at("lost_to_failures"), to_failures);
    sheet.plain(&at("lost_to_uncertainty"), missing.saturating_sub(to_failures));
    sheet.plain(&at("outcomes"), counted.len());
    sheet.plain(&at("failures"), counted.len().saturating_sub(good.len()));
    if !detailed {
        return Ok(());
    }
    sheet.maybe(&at("next"), None::<u64>);
    sheet.plain_count(&at("inputs"), all.len());
    let mut lost = 0u64;
    for place in 0..all.len() {
        let field = |name: &str| format!("/reputation/inputs/{place}/{name}");
        let (job, kind) = (sheet.key(&field("job"))?, sheet.key(&field("kind"))?);
        let signature = sheet.key(&field("signature"))?;
        let found = all
            .iter()
            .find(|one| one.job.to_string() == job && one.kind == kind && one.entry.signature == signature);
        let one = found.context(format!("the API counts {kind} of {job}, which the chain does not tell"))?;
        let Outcome { success, weight, at } = one.counts;
        let counts = if one.related { 0 } else { decayed(weight, at, now) };
        sheet.maybe(&field("case"), one.case);
        sheet.plain(&field("success"), success);
        sheet.plain(&field("ended_at"), rfc3339(at));
        sheet.plain(&field("slot"), one.entry.slot);
        sheet.usd(&field("amount"), one.amount);
        sheet.plain(&field("take_bps"), one.take_bps);
        sheet.usd(&field("weight"), weight);
        sheet.plain(&field("age_seconds"), now.saturating_sub(at));
        sheet.usd(&field("weight_now"), counts);
        sheet.plain(&field("excluded"), one.related);
        lost = lost.saturating_add(sheet.whole_number(&field("points_lost"))?);
    }
    // Every point lost names the job that cost it.
    sheet.note("points lost, named by job", lost, to_failures);
    Ok(())
}

fn rewards(sides: &mut Sides<'_>, id: &Address, account: &Provider) -> Result<()> {
    let (data, moment) = sides.served.data(&format!("/v1/providers/{id}/rewards"))?;
    let accounts = sides.accounts;
    let own = accounts.credits.iter().filter(|(_, credit)| credit.provider == *id);
    let mut credits: Vec<_> = own.map(|(address, credit)| (*address, *credit)).collect();
    credits.sort_by_key(|(_, credit)| credit.epoch);
    let length = accounts.config.parameters.epoch_len;
    let sheet = Sheet::new(sides.book, format!("rewards of {id}"), &data, accounts.decimals());
    let mut sheet = sheet.words_counted("words and counts of rewards");
    let mut claimable = 0u64;
    sheet.plain_count("/credits", credits.len());
    for (place, (address, credit)) in credits.iter().enumerate() {
        let field = |name: &str| format!("/credits/{place}/{name}");
        let epoch = accounts.epochs.get(&pda::epoch(credit.epoch)).context("a credit's epoch is missing")?;
        let pool = rules::rebate_pool(epoch.take, epoch.rebate_bps).context("a pool is out of range")?;
        let rebate = proportion_floor(pool, credit.weight.get(), epoch.weight.get());
        let rebate = rebate.context("a credit weighs more than its epoch")?;
        let ends = i64::try_from(credit.epoch).unwrap_or(i64::MAX).saturating_add(1).saturating_mul(length);
        let ended = ends <= moment.as_of;
        if ended {
            claimable = claimable.saturating_add(rebate);
        }
        sheet.plain(&field("epoch"), credit.epoch);
        sheet.plain(&field("account"), address);
        sheet.plain(&field("ends_at"), rfc3339(ends));
        sheet.plain(&field("claimable"), ended);
        sheet.tokens(&field("take"), credit.take);
        sheet.plain(&field("weight"), credit.weight.get());
        sheet.plain(&field("epoch_weight"), epoch.weight.get());
        sheet.tokens(&field("pool"), pool);
        sheet.tokens(&field("rebate"), rebate);
    }
    sheet.plain("/provider", id);
    sheet.plain("/authority", account.authority);
    sheet.plain("/more_credits", false);
    sheet.tokens("/claimable", account.claimable);
    sheet.tokens("/rebates_claimable", claimable);
    sheet.tokens("/total_claimable", account.claimable.saturating_add(claimable));
    sheet.close();
    Ok(())
}
