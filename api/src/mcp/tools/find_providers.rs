//! Who offers a hardware class, at what rate, with what record.

use super::within;
use crate::actions::units;
use crate::answer::Answer;
use crate::db::providers::Provider;
use crate::error::Result;
use crate::extract::{Commitment, choice};
use crate::mcp::tool::Tool;
use crate::routes::market::{StandingOffer, offer};
use crate::routes::providers::{ProviderJobs, Stake, counted, stake};
use crate::routes::reputation::{ReputationSummary, summaries};
use crate::state::App;
use crate::units::{UsdAmount, usd};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use settlement_interface::reputation::ONE;
use std::cmp::Reverse;
use tally_client::amounts::USD_DECIMALS;
use utoipa::ToSchema;

/// Most providers that are looked at, the cheapest first.
const MOST_EXAMINED: i64 = 1_000;

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum First {
    /// The lowest rate; of equal ones the highest score.
    #[default]
    Rate,
    /// The highest score; of equal ones the lowest rate.
    Score,
}

choice!(First { Rate = "rate", Score = "score" });

/// What is looked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindProviders {
    /// Hardware class, as providers' rate cards number them.
    #[schema(example = 1)]
    hardware: u16,
    /// Most USD per GPU hour; any rate if not given.
    #[schema(pattern = r"^[0-9]+(\.[0-9]{1,6})?$", example = "2.50")]
    max_rate_usd: Option<String>,
    /// Least reputation score in millionths; 0 if not given. A newcomer's is 0.
    #[schema(minimum = 0, maximum = 1_000_000, example = 0)]
    min_score: Option<u64>,
    /// What comes first: rate if not given.
    #[serde(default)]
    #[schema(inline)]
    first: First,
    /// Most providers to answer with: 1 to 50, 10 if not given.
    #[schema(minimum = 1, maximum = 50)]
    limit: Option<u16>,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[schema(inline)]
    commitment: Commitment,
}

/// Providers that were found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    /// Those that fit, the first ones.
    providers: Vec<FoundProvider>,
    /// How many fit of those looked at.
    fitting: u64,
    /// Whether all providers of the class at the rate were looked at; else the cheapest 1000.
    all_examined: bool,
}

/// A provider that fits.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundProvider {
    /// Its account: `provider` of build_escrow.
    provider: String,
    /// Wallet that signs for it and is paid.
    authority: String,
    /// What it asks per GPU hour of the class.
    rate: UsdAmount,
    /// Its score, with the 95% interval and how much is known.
    reputation: ReputationSummary,
    /// Its stake; `free` can secure jobs.
    stake: Stake,
    /// Its jobs.
    jobs: ProviderJobs,
    /// Terms under which it takes a job at once (`standing` of build_escrow); null for none. It may have ended: see `until`.
    standing_offer: Option<StandingOffer>,
}

impl Tool for FindProviders {
    const NAME: &'static str = "find_providers";
    const TITLE: &'static str = "Find providers";
    const ABOUT: &'static str = "Providers whose rate card has a hardware class, at no more than a rate and with at least a \
        reputation score: with address, rate, score and its interval, stake and jobs. The score is the lower bound of the \
        interval that the share of good work lies in, weighted by what was settled; 0 for a newcomer, of whom nothing is known.";
    type Answer = Answer<Found>;
    type Data = Found;

    fn example() -> Value {
        json!({ "hardware": 1, "max_rate_usd": "2.50", "min_score": 500_000 })
    }

    async fn run(self, app: &App) -> Result<Self::Answer> {
        let most =
            self.max_rate_usd.as_ref().map(|text| units("max_rate_usd", text, USD_DECIMALS)).transpose()?;
        let least = within("min_score", self.min_score, 0, 0..=ONE)?;
        let limit = usize::from(within("limit", self.limit, 10, 1..=50)?);
        let mut view = app.database.view(self.commitment).await?;
        let mut rows = view.that_ask(self.hardware, most, MOST_EXAMINED.saturating_add(1)).await?;
        let examined = usize::try_from(MOST_EXAMINED).unwrap_or(usize::MAX);
        let all_examined = rows.len() <= examined;
        rows.truncate(examined);
        let addresses: Vec<String> = rows.iter().map(|row| row.provider.clone()).collect();
        let scores = summaries(&mut view, &addresses).await?;
        let mut fitting: Vec<(Provider, u64, ReputationSummary)> = rows
            .into_iter()
            .zip(scores)
            .filter(|(_, reputation)| reputation.score() >= least)
            .filter_map(|(row, reputation)| Some((row.rate(self.hardware)?, row, reputation)))
            .map(|(rate, row, reputation)| (row, rate, reputation))
            .collect();
        match self.first {
            First::Rate => fitting.sort_by_key(|(_, rate, reputation)| (*rate, Reverse(reputation.score()))),
            First::Score => fitting.sort_by_key(|(_, rate, reputation)| (Reverse(reputation.score()), *rate)),
        }
        let all = u64::try_from(fitting.len()).unwrap_or(u64::MAX);
        let units = view.units;
        let shown = fitting.into_iter().take(limit).map(|(row, rate, reputation)| FoundProvider {
            rate: usd(rate),
            reputation,
            stake: stake(&row, units),
            jobs: counted(&row),
            standing_offer: offer(&row, units),
            provider: row.provider,
            authority: row.authority,
        });
        let providers = shown.collect();
        Ok(view.answer(Found { providers, fitting: all, all_examined }))
    }
}
