//! Providers, their rewards and their reputation.

use super::Sides;
use super::book::Sheet;
use super::jobs_seen::JobSeen;
use super::moment::{Moment, happened, rfc3339};
use crate::failure::{Context, Result};
use serde_json::Value;
use settlement_interface::accounts::{JobState, Provider};
use settlement_interface::math::proportion_floor;
use settlement_interface::reputation::{ONE, Outcome, Score, VERSION, decayed, score, weight};
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
    let ended: Vec<(&Address, &JobSeen)> = sides.jobs.iter().filter(|(_, job)| is_outcome(job, id)).collect();
    reputation(&mut sheet, &ended, account, moment.as_of, detailed)?;
    sheet.close();
    Ok(())
}

fn is_outcome(job: &JobSeen, provider: &Address) -> bool {
    job.opened.terms.provider == *provider && matches!(job.state, JobState::Closed | JobState::Failed)
}

/// One job's outcome: whether it succeeded, its amount, its weight, when.
fn outcome(job: &JobSeen) -> Result<(u64, Outcome)> {
    let success = job.state == JobState::Closed;
    let amount = if success { job.settled } else { job.accepted_budget };
    let weight = weight(amount, job.opened.terms.parameters.take_bps).context("a take is out of range")?;
    Ok((amount, Outcome { success, weight, at: job.ended_at }))
}

fn reputation(
    sheet: &mut Sheet<'_>,
    ended: &[(&Address, &JobSeen)],
    account: &Provider,
    now: i64,
    detailed: bool,
) -> Result<()> {
    let related = |job: &JobSeen| job.opened.terms.consumer == account.authority;
    let mut counted = Vec::new();
    for (_, job) in ended.iter().filter(|(_, job)| !related(job)) {
        counted.push(outcome(job)?.1);
    }
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
    sheet.plain_count(&at("inputs"), ended.len());
    let mut lost = 0u64;
    for place in 0..ended.len() {
        let field = |name: &str| format!("/reputation/inputs/{place}/{name}");
        let id = sheet.key(&field("job"))?;
        let found = ended.iter().find(|(address, _)| address.to_string() == id);
        let (_, job) = found.context(format!("the API counts {id}, which the chain has not ended"))?;
        let (amount, outcome) = outcome(job)?;
        let counts = if related(job) { 0 } else { decayed(outcome.weight, outcome.at, now) };
        sheet.plain(&field("success"), outcome.success);
        sheet.plain(&field("ended_at"), rfc3339(outcome.at));
        sheet.skip(&field("slot"));
        sheet.skip(&field("signature"));
        sheet.usd(&field("amount"), amount);
        sheet.plain(&field("take_bps"), job.opened.terms.parameters.take_bps);
        sheet.usd(&field("weight"), outcome.weight);
        sheet.plain(&field("age_seconds"), now.saturating_sub(outcome.at));
        sheet.usd(&field("weight_now"), counts);
        sheet.plain(&field("excluded"), related(job));
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
