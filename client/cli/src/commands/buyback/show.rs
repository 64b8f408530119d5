//! The auction as it is.

use super::Round;
use crate::commands::checks::whole;
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Answer, Asking};
use crate::show::Record;
use tally_client::interface::rules::buyback::{FALL, FLOOR_BPS, MIN_LOT, asked};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Show {}

impl Asking for Show {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let round = Round::read(context, &facts).await?;
        let (it, decimals, now) = (&round.buyback, facts.decimals(), facts.now);
        let state = match (round.starts, round.can_run().is_ok()) {
            (false, _) => "running",
            (true, true) => "ready for the next round",
            (true, false) => "waiting for more",
        };
        let bps = |bps: u64| u16::try_from(bps).unwrap_or(u16::MAX);
        let mut record = Record::new()
            .text("state", state)
            .count("rounds", it.rounds)
            .usd("held", round.held)
            .usd("lot", round.lot)
            .usd("left", round.left)
            .usd("least_lot", MIN_LOT)
            .percent("asked_of_oracle_price", bps(round.factor_bps))
            .percent("never_below", bps(FLOOR_BPS));
        if !round.starts {
            let left = i64::try_from(FALL.saturating_sub(it.elapsed)).unwrap_or_default();
            record = record.time("round_started", it.started_at, now).span("falls_for_at_most", left);
        }
        if let Ok((quote, worth)) = round.quote(&facts)
            && round.left > 0
        {
            let tokens = whole(asked(round.left, round.factor_bps, worth, quote.scale))?;
            record = record.tokens("asked_for_all_that_is_left", tokens, decimals);
        }
        let record = record.usd("sold_ever", it.sold).tokens("burned_ever", it.burned, decimals);
        Ok(Answer { record, ..Answer::default() })
    }
}
