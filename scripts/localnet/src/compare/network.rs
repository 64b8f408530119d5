//! The network's addresses, parameters and last price.

use super::Sides;
use super::accounts::call;
use super::book::Sheet;
use super::hex;
use super::moment::{Moment, rfc3339};
use crate::chain::Chain;
use crate::failure::Result;
use serde_json::json;
use settlement_interface::parameters::Parameters;
use settlement_interface::{Address, ID, pda};

/// Seconds by which a local node's clock may differ from itself.
const CLOCK: u64 = 3;

pub(super) fn compare(sides: &mut Sides<'_>, chain: &Chain) -> Result<()> {
    let (data, moment) = sides.served.data("/v1/network")?;
    let accounts = sides.accounts;
    let (config, price) = (&accounts.config, &accounts.price);
    let sheet = Sheet::new(sides.book, "network", &data, accounts.decimals());
    let mut sheet = sheet.words_counted("addresses and parameters of the network");
    sheet.plain("/program", ID);
    sheet.plain("/config", pda::config());
    sheet.plain("/cluster", Address::new_from_array(config.cluster));
    sheet.plain("/admin", config.admin);
    sheet.maybe("/guardian", (config.guardian != Address::default()).then_some(config.guardian));
    sheet.plain("/treasury", config.treasury);
    sheet.plain("/mint", config.mint);
    sheet.plain("/decimals", config.decimals);
    sheet.plain("/stake_vault", pda::stake_vault());
    sheet.plain("/feed", config.feed);
    sheet.plain("/feed_id", hex(&config.feed_id));
    sheet.plain("/receipt_domain", hex(&config.receipt_domain));
    parameters(&mut sheet, "/parameters", &config.parameters);
    sheet.tokens("/genesis_supply", config.genesis_supply);
    sheet.plain("/initialized_at", rfc3339(config.initialized_at));
    let paused = (config.paused_until > moment.as_of).then(|| rfc3339(config.paused_until));
    sheet.maybe("/paused_until", paused);
    let stable = config.stable_mint != Address::default();
    sheet.maybe("/stable_mint", stable.then_some(config.stable_mint));
    sheet.maybe("/stable_program", stable.then_some(config.stable_program));
    sheet.maybe("/buyback_vault", stable.then(pda::buyback_vault));
    sheet.plain("/meters", config.meters);
    sheet.plain("/arbiters", config.arbiters);
    sheet.plain("/changes", config.changes);
    sheet.plain("/consumers", config.consumers);
    sheet.plain("/providers", config.providers);
    if price.spot == 0 {
        sheet.maybe("/price", None::<u64>);
    } else {
        sheet.plain("/price/spot", price.spot);
        sheet.plain("/price/confidence", price.confidence);
        sheet.plain("/price/average", price.average);
        sheet.plain("/price/exponent", price.exponent);
        sheet.plain("/price/published_at", rfc3339(price.publish_time));
        sheet.plain("/price/slot", price.slot);
    }
    sheet.close();
    let time = time_of(sides, chain, moment)?;
    sides.book.add("network", "as of", rfc3339(moment.as_of), rfc3339(time));

    let sums = [
        (
            "locked in all jobs, by the totals account",
            accounts.jobs.values().map(|job| i128::from(job.bond)).sum(),
            accounts.totals.locked,
        ),
        (
            "consumers, by their accounts",
            i128::try_from(accounts.consumers.len()).unwrap_or(0),
            config.consumers,
        ),
        (
            "providers, by their accounts",
            i128::try_from(accounts.providers.len()).unwrap_or(0),
            config.providers,
        ),
        ("meters, by their accounts", i128::try_from(accounts.meters.len()).unwrap_or(0), config.meters),
        (
            "arbiters, by their accounts",
            i128::try_from(accounts.arbiters.len()).unwrap_or(0),
            config.arbiters,
        ),
    ];
    // The chain against itself: what counters say must be there.
    for (figure, sum, counter) in sums {
        sides.book.add("chain", figure, sum, counter);
    }
    Ok(())
}

/// The cluster's time at a slot, which is never before the last event. The node reckons the times of
/// blocks without transactions from its own clock, so that a few seconds are no difference.
fn time_of(sides: &Sides<'_>, chain: &Chain, moment: Moment) -> Result<i64> {
    let time: i64 = call(chain, "getBlockTime", json!([moment.slot]))?;
    let time = time.max(sides.history.last_block_time());
    Ok(if time.abs_diff(moment.as_of) <= CLOCK { moment.as_of } else { time })
}

/// Every parameter by its name.
pub(super) fn parameters(sheet: &mut Sheet<'_>, at: &str, parameters: &Parameters) {
    for (name, value, _, _) in parameters.bounds() {
        sheet.plain(&format!("{at}/{name}"), value);
    }
}
