//! Checks that several commands share.

use crate::context::{Context, Facts};
use crate::failure::{Failure, Result, program_refuses, refused};
use crate::run::Plan;
use tally_client::amounts::decimal;
use tally_client::interface::accounts::{RATES, RateEntry};
use tally_client::interface::{Address, SettlementError, pda};
use tally_client::tokens::{TOKEN_ACCOUNT_LEN, create_token_account};

/// The wallet's token account, if it holds `amount` base units.
pub async fn payable(context: &Context, facts: &Facts, wallet: &Address, amount: u64) -> Result<Address> {
    let needed = decimal(amount, facts.decimals());
    match context.purse(wallet, facts.mint()).await? {
        None => refused(format!(
            "{wallet} has no account for the compute token {}; {needed} tokens are needed in one",
            facts.mint()
        )),
        Some(purse) if purse.amount < amount => refused(format!(
            "{wallet} holds {} tokens, but {needed} are needed; name less or get more",
            decimal(purse.amount, facts.decimals())
        )),
        Some(_) => Ok(pda::associated_token(wallet, facts.mint())),
    }
}

/// Puts the creation of the wallet's token account in front, if it has none to be paid to.
pub async fn paid_to(context: &Context, facts: &Facts, wallet: &Address, mut plan: Plan) -> Result<Plan> {
    if context.purse(wallet, facts.mint()).await?.is_some() {
        return Ok(plan);
    }
    plan.instructions.insert(0, create_token_account(&context.payer()?, wallet, facts.mint()));
    Ok(plan
        .say(format!("{wallet} has no token account yet: it is created first, at the fee payer's cost."))
        .creates("token account", TOKEN_ACCOUNT_LEN))
}

/// Refuses while opening and accepting is paused.
pub fn not_paused(facts: &Facts) -> Result<()> {
    if facts.config.is_paused(facts.now) {
        let until = crate::arguments::local(facts.config.paused_until, facts.now);
        return refused(format!("{} It ends {until}. (Paused)", SettlementError::Paused.message()));
    }
    Ok(())
}

/// Arithmetic that cannot fail for amounts that exist.
pub fn whole<T>(result: Option<T>) -> Result<T> {
    result.ok_or_else(|| program_refuses(SettlementError::Arithmetic))
}

/// Entries as a rate card; each of another class.
pub fn rate_card(entries: &[(u16, u64)]) -> Result<[RateEntry; RATES]> {
    let mut card = [RateEntry::default(); RATES];
    let distinct: std::collections::BTreeSet<_> = entries.iter().map(|(class, _)| class).collect();
    if entries.len() > RATES || distinct.len() != entries.len() {
        return Err(program_refuses(SettlementError::TooManyRates));
    }
    card.iter_mut().zip(entries).for_each(|(entry, (hardware, rate))| {
        *entry = RateEntry { rate: *rate, hardware: *hardware, reserved: [0; 6] };
    });
    Ok(card)
}

/// The node's own failure to know what must exist.
pub fn missing(what: &str) -> Failure {
    Failure::Failed(format!("{what} cannot be read from the node"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_card_has_eight_classes_at_most_and_none_twice() {
        let entries: Vec<_> = (1..=8u16).map(|class| (class, 5)).collect();
        let card = rate_card(&entries).unwrap();
        assert_eq!((card[7].hardware, card[7].rate), (8, 5));
        assert_eq!(rate_card(&[]).unwrap()[0], RateEntry::default());
        let nine: Vec<_> = (1..=9u16).map(|class| (class, 5)).collect();
        for bad in [nine.as_slice(), &[(1, 5), (1, 6)]] {
            assert!(rate_card(bad).unwrap_err().sentence().contains("at most eight entries"));
        }
    }
}
