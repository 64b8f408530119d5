//! Checks that several commands share.

use crate::context::{Context, Currency, Facts};
use crate::failure::{Failure, Result, program_refuses, refused};
use crate::run::Plan;
use tally_client::amounts::decimal;
use tally_client::interface::accounts::Provider;
use tally_client::interface::{Address, SettlementError};
use tally_client::tokens::{TOKEN_ACCOUNT_LEN, create_token_account_of};

/// The wallet's token account, if it holds `amount` base units.
pub async fn payable(context: &Context, facts: &Facts, wallet: &Address, amount: u64) -> Result<Address> {
    payable_in(context, &facts.compute(), wallet, amount).await
}

/// The same in another currency.
pub async fn payable_in(
    context: &Context,
    currency: &Currency,
    wallet: &Address,
    amount: u64,
) -> Result<Address> {
    match context.purse(wallet, currency).await? {
        None => refused(format!(
            "{wallet} has no account for {}; {} are needed in one",
            currency.mint,
            currency.say(amount)
        )),
        Some(purse) if purse.amount < amount => refused(format!(
            "{wallet} holds {}, but {} are needed; name less or get more",
            currency.say(purse.amount),
            decimal(amount, currency.decimals)
        )),
        Some(_) => Ok(currency.account(wallet)),
    }
}

/// Puts the creation of the wallet's token account in front, if it has none to be paid to.
pub async fn paid_to(context: &Context, facts: &Facts, wallet: &Address, plan: Plan) -> Result<Plan> {
    paid_in(context, &facts.compute(), wallet, plan).await
}

/// The same in another currency.
pub async fn paid_in(
    context: &Context,
    currency: &Currency,
    wallet: &Address,
    mut plan: Plan,
) -> Result<Plan> {
    if context.purse(wallet, currency).await?.is_some() {
        return Ok(plan);
    }
    let Currency { mint, token_program, .. } = currency;
    let create = create_token_account_of(&context.payer()?, wallet, mint, token_program);
    if plan.instructions.contains(&create) {
        return Ok(plan);
    }
    plan.instructions.insert(0, create);
    Ok(plan
        .say(format!(
            "{wallet} has no account for {} yet: it is created first, at the fee payer's cost.",
            currency.name
        ))
        .creates("token account", TOKEN_ACCOUNT_LEN))
}

/// Refuses unless so many tokens of a provider's stake are free.
pub fn free_stake(provider: &Provider, needed: u64, decimals: u32) -> Result<()> {
    let free = provider.free_stake().unwrap_or(0);
    if needed <= free {
        return Ok(());
    }
    refused(format!(
        "the bond is {} tokens, but only {} of the stake are free; stake more first",
        decimal(needed, decimals),
        decimal(free, decimals)
    ))
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

/// The node's own failure to know what must exist.
pub fn missing(what: &str) -> Failure {
    Failure::Failed(format!("{what} cannot be read from the node"))
}
