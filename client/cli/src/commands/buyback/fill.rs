//! Buying.

use super::Round;
use crate::arguments::Amount;
use crate::commands::checks::{paid_in, payable, whole};
use crate::context::Context;
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::USD_DECIMALS;
use tally_client::interface::SettlementError;
use tally_client::interface::rules::buyback::{asked, fill, is_within};
use tally_client::interface::terms::RAIL_STABLE;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Fill {
    /// Dollars to buy, at most what is left of the lot and at least a tenth of it
    dollars: Amount,
    /// Most tokens to burn for them [default: what is asked for now]
    #[arg(long, value_name = "TOKENS")]
    max_tokens: Option<Amount>,
}

impl Doing for Fill {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let wanted = self.dollars.positive("dollars", USD_DECIMALS)?;
        let round = Round::read(context, &facts).await?;
        round.can_run()?;
        let (quote, worth) = round.quote(&facts)?;
        let filled = fill(wanted, round.lot, round.left);
        let filled = filled.ok_or_else(|| program_refuses(SettlementError::FillTooSmall))?;
        let tokens = whole(asked(filled, round.factor_bps, worth, quote.scale))?;
        let decimals = facts.decimals();
        // The limit is for all that is wanted; it holds in proportion for less.
        let most = match &self.max_tokens {
            Some(most) => most.positive("max-tokens", decimals)?,
            None => whole(asked(wanted, round.factor_bps, worth, quote.scale))?,
        };
        let compute = facts.compute();
        if !is_within(tokens, filled, most, wanted) {
            return refused(format!(
                "{} are asked for now, more than your max-tokens; the price falls within a round",
                compute.say(tokens)
            ));
        }
        let (buyer, dollars) = (context.owner()?, facts.currency(RAIL_STABLE)?);
        let source = payable(context, &facts, &buyer, tokens).await?;
        let buy = facts.stable()?.buyback(&buyer, &source, &dollars.account(&buyer), wanted, most);
        let record = Record::new()
            .usd("bought", filled)
            .tokens("burned", tokens, decimals)
            .usd("left_then", round.left.saturating_sub(filled))
            .percent("asked_of_oracle_price", u16::try_from(round.factor_bps).unwrap_or(u16::MAX));
        let plan = Plan::new(vec![buy])
            .say(format!(
                "Burns {} of yours, or less, for {}, which are paid to {buyer}.",
                compute.say(tokens),
                dollars.say(filled)
            ))
            .figures(record);
        paid_in(context, &dollars, &buyer, plan).await
    }
}
