//! Supply: what exists, what does not circulate, and where it is on chain.

use super::Sides;
use super::book::{Sheet, decimal};
use crate::failure::Result;
use serde_json::Value;
use settlement_interface::accounts::Party;
use settlement_interface::events::Event;
use settlement_interface::terms::{RAIL_STABLE, RAIL_TOKEN};

/// What does not circulate, in the API's order.
const EXCLUDED: [&str; 8] = [
    "escrow",
    "dues",
    "stake_free",
    "stake_locked",
    "stake_unbonding",
    "treasury",
    "third_parties",
    "case_bonds",
];

pub(super) fn compare(sides: &mut Sides<'_>) -> Result<()> {
    reconciliation(sides)?;
    let (data, _) = sides.served.data("/v1/supply")?;
    let bare = ["total", "circulating", "max"].map(|name| sides.served.text(&format!("/v1/supply/{name}")));
    let accounts = sides.accounts;
    let supply = i128::from(accounts.supply);
    let genesis = i128::from(accounts.config.genesis_supply);
    let minted = accounts.over_providers(|provider| provider.minted);
    // What is neither there nor was minted away was burned; events tell by whom.
    let gone = genesis.saturating_add(minted).saturating_sub(supply);
    let sums = sides.flows.sum(|_| true);
    let here = sums.burned();
    let elsewhere = gone.saturating_sub(here);

    let escrow = accounts.over_jobs(RAIL_TOKEN, |job| job.escrow);
    let dues = accounts.dues(RAIL_TOKEN).saturating_add(accounts.stake_dues());
    let (vouched, case_bonds) = (accounts.vouched(), accounts.case_bonds());
    let locked = accounts.over_providers(|provider| provider.locked);
    let unbonding = accounts.over_providers(|provider| provider.unbonding);
    let stake = accounts.over_providers(|provider| provider.stake);
    let free = stake.saturating_sub(locked).saturating_sub(unbonding);
    let treasury = i128::from(accounts.treasury);
    let circulating =
        [escrow, dues, stake, vouched, case_bonds, treasury].into_iter().fold(supply, i128::saturating_sub);

    let mut sheet = Sheet::new(sides.book, "supply", &data, accounts.decimals());
    sheet.skip("/definition");
    sheet.skip("/reconciled/checked_at");
    sheet.skip("/reconciled/slot");
    sheet.plain("/mint", accounts.config.mint);
    sheet.plain("/decimals", accounts.config.decimals);
    sheet.tokens("/total", supply);
    sheet.tokens("/max", genesis);
    sheet.tokens("/genesis", genesis);
    sheet.tokens("/minted", minted);
    sheet.tokens("/burned_here", here);
    sheet.tokens("/burned_by_buybacks", sums.burned_by_buybacks);
    sheet.tokens("/burned_elsewhere", elsewhere);
    sheet.tokens("/circulating", circulating);
    sheet.tokens("/claimable_not_minted", accounts.over_providers(|provider| provider.claimable));
    sheet.tokens("/reconciled/supply", supply);
    let mut named = Vec::new();
    for place in 0..sheet.count("/excluded") {
        let at = |field: &str| format!("/excluded/{place}/{field}");
        let name = sheet.key(&at("name"))?;
        let amount = match name.as_str() {
            "escrow" => escrow,
            "dues" => dues,
            "stake_free" => free,
            "stake_locked" => locked,
            "stake_unbonding" => unbonding,
            "treasury" => treasury,
            "third_parties" => vouched,
            "case_bonds" => case_bonds,
            _ => continue,
        };
        named.push(name.clone());
        sheet.skip(&at("reason"));
        sheet.tokens_of(&at("amount"), &format!("excluded: {name}"), amount);
    }
    // None may be left out.
    sheet.note("what is excluded", named.join(" "), EXCLUDED.join(" "));
    sheet.close();

    let places = accounts.decimals();
    let [total, shown, max] = bare;
    sides.book.add("supply", "bare total", total?, decimal(supply, places));
    sides.book.add("supply", "bare circulating", shown?, decimal(circulating, places));
    sides.book.add("supply", "bare max", max?, decimal(genesis, places));
    Ok(())
}

/// What the API says of its own comparison must be what the vaults hold.
fn reconciliation(sides: &mut Sides<'_>) -> Result<()> {
    let (data, _) = sides.served.data("/v1/reconciliation")?;
    let accounts = sides.accounts;
    let mut sheet = Sheet::new(sides.book, "reconciliation", &data, accounts.decimals());
    // What jobs paid into the buyback's vault.
    let paid = sides.history.entries.iter().filter_map(|entry| match &entry.event {
        Event::DueWithdrawn(event) if event.party == Party::Buyback as u64 => Some(i128::from(event.escrow)),
        _ => None,
    });
    let inflow: i128 = paid.sum();
    sheet.plain("/sound", true);
    sheet.skip("/slot");
    sheet.skip("/checked_at");
    for place in 0..sheet.count("/subjects") {
        let at = |field: &str| format!("/subjects/{place}/{field}");
        let recorded = |rail| accounts.over_jobs(rail, |job| job.escrow).saturating_add(accounts.dues(rail));
        let staked = [accounts.stake_dues(), accounts.vouched(), accounts.case_bonds()];
        let staked =
            accounts.over_providers(|provider| provider.stake).saturating_add(staked.into_iter().sum());
        let subject = sheet.key(&at("subject"))?;
        let figures = match subject.as_str() {
            "job_vaults" => Some((recorded(RAIL_TOKEN), accounts.held(RAIL_TOKEN))),
            "job_vaults:dollars" => Some((recorded(RAIL_STABLE), accounts.held(RAIL_STABLE))),
            "buyback_vault" => Some((
                inflow.saturating_sub(sides.flows.sum(|_| true).bought_back),
                i128::from(accounts.buyback_vault),
            )),
            "stake_vault" => Some((staked, i128::from(accounts.stake_vault))),
            "supply" => {
                let minted = accounts.over_providers(|provider| provider.minted);
                let sums = sides.flows.sum(|_| true);
                let burned = sums.burned();
                let made = i128::from(accounts.config.genesis_supply).saturating_add(minted);
                Some((made.saturating_sub(burned), i128::from(accounts.supply)))
            }
            _ => None,
        };
        sheet.skip(&at("detail"));
        let verdict = data.pointer(&at("verdict")).and_then(Value::as_str).unwrap_or_default();
        match figures {
            Some((expected, found)) => {
                sheet.plain_of(&at("expected"), &format!("{subject} by events, base units"), expected);
                sheet.plain_of(&at("found"), &format!("{subject} by accounts, base units"), found);
                sheet.skip(&at("verdict"));
            }
            // Anything else that was compared, such as a sequence number, must at least be no deficit.
            None => {
                sheet.skip(&at("expected"));
                sheet.skip(&at("found"));
                let sound = if verdict == "deficit" { "no deficit" } else { verdict };
                sheet.plain_of(&at("verdict"), &subject, sound);
            }
        }
    }
    sheet.close();
    Ok(())
}
