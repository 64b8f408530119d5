//! Counting a round's time, or starting one. Anyone may: a qualifying price stands in for a signer.

use super::Round;
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Tick {}

impl Doing for Tick {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let round = Round::read(context, &facts).await?;
        round.quote(&facts)?;
        round.can_run()?;
        let record = Record::new()
            .usd("lot", round.lot)
            .usd("left", round.left)
            .percent("asked_of_oracle_price", u16::try_from(round.factor_bps).unwrap_or(u16::MAX));
        Ok(Plan::new(vec![facts.stable()?.tick_buyback()])
            .say(if round.starts {
                "Starts a round: all that the buyback vault holds is for sale, at a price that falls for six hours."
            } else {
                "Counts the time since a price was last seen, by which the asking price falls."
            })
            .figures(record))
    }
}
