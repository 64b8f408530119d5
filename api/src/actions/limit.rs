//! The most that may leave a wallet, as whoever acts for its owner states it.
//!
//! It is held against what the transaction moves, whatever the parameters were that it was made of; that a simulation
//! takes no more than the moves say, [`super::check`] sees to. So what is signed takes no more than was stated.

use super::check::leaving;
use super::moves::{Asset, Bound, Move, TokenName};
use super::values::units;
use crate::error::{Kind, Problem, Result};
use crate::units::{Amount, SolAmount, UsdAmount, sol, usd};
use serde::Serialize;
use settlement_interface::Address;
use settlement_interface::oracle::Quote;
use settlement_interface::rules::usd_floor;
use std::collections::BTreeMap;
use tally_client::amounts::usd_per_token;
use utoipa::ToSchema;

/// The most that may leave a wallet by one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Worth of all tokens together, micro-dollars.
    pub usd: u64,
    /// Tokens of each mint, in whole tokens as people write them; `None` for as many as `usd` allows.
    pub tokens: Option<String>,
    /// Lamports: rent and fees.
    pub lamports: u64,
}

/// What a transaction takes out of the wallet that signs it, and the most that it may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Spending {
    /// The stated budget.
    pub budget: UsdAmount,
    /// What the tokens that leave are worth, rounded down to a micro-dollar: at `price`, or at their face if they are
    /// dollars.
    pub worth: UsdAmount,
    /// US dollars a token at which `worth` is taken; null if no compute tokens leave.
    #[schema(example = "2")]
    pub price: Option<String>,
    /// Tokens that leave.
    pub tokens: Amount,
    /// SOL that leaves: rent, of which some comes back, and the network's fee.
    pub sol: SolAmount,
    /// The most SOL that may.
    pub max_sol: SolAmount,
}

impl Limit {
    /// What the moves take out of the wallet, with compute tokens valued at `price`.
    ///
    /// # Errors
    /// [`Kind::SpendingLimit`] if that is more than was stated, or cannot be known.
    pub fn hold(&self, wallet: &Address, moves: &[Move], price: Option<&Quote>) -> Result<Spending> {
        let outgoing = || moves.iter().filter(|it| it.changes_balances() && it.from.as_ref() == Some(wallet));
        if let Some(open) = outgoing().find(|it| matches!(it.bound, Bound::Least | Bound::About)) {
            return Err(exceeded(format!(
                "It is not certain how much leaves the wallet as \"{}\", so that no budget can be held.",
                open.reason
            )));
        }
        let assets: BTreeMap<Option<Address>, Asset> =
            outgoing().map(|it| (it.asset.mint(), it.asset)).collect();
        let (mut worth, mut lamports, mut tokens, mut priced) = (0u128, 0u64, None, None);
        for (mint, asset) in &assets {
            let leaves = leaving(wallet, moves, mint.as_ref()).max(0);
            let amount = u64::try_from(leaves).map_err(Problem::internal)?;
            let Asset::Token(currency) = asset else {
                lamports = amount;
                continue;
            };
            let says = asset.say(amount);
            if let Some(text) = &self.tokens
                && amount > units("max_tokens", text, currency.decimals)?
            {
                return Err(exceeded(format!(
                    "The transaction takes {says} out of the wallet, but max_tokens is {text}; lower work_usd or \
                     tokens, or state more."
                )));
            }
            let (value, at) = match (asset.name(), price) {
                (TokenName::Compute, Some(quote)) => {
                    let value = usd_floor(amount, quote.spot, quote.scale);
                    priced = Some(usd_per_token(quote));
                    (value, format!(" ({says} at {} USD a token)", usd_per_token(quote)))
                }
                (TokenName::Compute, None) => {
                    return Err(exceeded(format!(
                        "The transaction takes {says} out of the wallet, and no price of the token qualifies at the \
                         moment, so that it is not known whether that is within {} USD; try again later.",
                        usd(self.usd).usd
                    )));
                }
                _ => (Some(u128::from(amount)), format!(" ({says})")),
            };
            worth = value.and_then(|value| worth.checked_add(value)).ok_or_else(unpayable)?;
            if worth > u128::from(self.usd) {
                return Err(exceeded(format!(
                    "The transaction takes {} USD out of the wallet{at}, but the stated budget is {} USD; lower \
                     work_usd or tokens, or state more.",
                    usd(i128::try_from(worth).map_err(Problem::internal)?).usd,
                    usd(self.usd).usd
                )));
            }
            tokens = Some(asset.amount(amount));
        }
        if lamports > self.lamports {
            return Err(exceeded(format!(
                "The transaction takes {} SOL of rent and fees out of the wallet, but max_sol is {} SOL; state more.",
                sol(lamports).sol,
                sol(self.lamports).sol
            )));
        }
        Ok(Spending {
            budget: usd(self.usd),
            worth: usd(i128::try_from(worth).map_err(Problem::internal)?),
            price: priced,
            tokens: tokens.unwrap_or_else(|| crate::units::amount(0, 0)),
            sol: sol(lamports),
            max_sol: sol(self.lamports),
        })
    }
}

fn unpayable() -> Problem {
    exceeded("The transaction takes more out of the wallet than can be counted.")
}

fn exceeded(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::SpendingLimit, detail)
}

#[cfg(test)]
#[path = "limit_tests.rs"]
mod tests;
