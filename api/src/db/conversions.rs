//! Work turned into tokens or dollars, one by one.

use super::place::Place;
use super::{View, Whole};
use crate::error::Result;
use crate::pagination::{Limit, Order};
use sqlx::{Postgres, QueryBuilder};
use std::ops::Range;

/// One conversion.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of conversions, described there")]
pub struct Conversion {
    #[sqlx(flatten)]
    pub place: Place,
    pub job: String,
    pub provider: String,
    /// The job's consumer.
    pub consumer: String,
    /// Whether that is the provider's own wallet.
    pub self_dealt: bool,
    pub kind: String,
    pub hardware: i32,
    pub at: i64,
    pub usd: Whole,
    pub supply_side_usd: Whole,
    pub holders_usd: Whole,
    pub treasury_usd: Whole,
    pub burned: Whole,
    pub take: Whole,
    pub earned: Whole,
    pub escrow: Whole,
    pub outstanding: Whole,
    pub epoch: Option<i64>,
    pub weight: Option<Whole>,
    pub quality: Option<i32>,
    pub spot: Option<Whole>,
    pub confidence: Option<Whole>,
    pub average: Option<Whole>,
    pub burn_price: Option<Whole>,
    pub mint_price: Option<Whole>,
    pub exponent: Option<i32>,
    pub publish_time: Option<i64>,
    pub price_slot: Option<i64>,
}

/// Whose conversions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of<'a> {
    /// Everybody's.
    All,
    /// Those of a job.
    Job(&'a str),
    /// Those of a provider's jobs.
    Provider(&'a str),
}

// Consumer and authority never change once there is work to convert.
const COLUMNS: &str =
    "SELECT c.slot, c.tx_index, c.signature, c.instruction, c.inner_index, c.job, c.provider, c.kind,
            j.consumer_wallet AS consumer, j.consumer_wallet = p.authority AS self_dealt, c.hardware, c.at, c.usd,
            c.supply_side_usd, c.holders_usd, c.treasury_usd, c.burned, c.take, c.earned, c.escrow, c.outstanding,
            c.epoch, c.weight, c.quality, c.spot, c.confidence, c.average, c.burn_price, c.mint_price, c.exponent,
            c.publish_time, c.price_slot
     FROM conversions c JOIN jobs j USING (job) JOIN providers p ON p.provider = c.provider WHERE c.slot <= ";

impl View {
    /// Conversions within a time in order of the chain, from behind `after`.
    pub async fn conversions(
        &mut self,
        of: Of<'_>,
        within: &Range<i64>,
        after: Option<Place>,
        order: Order,
        limit: Limit,
    ) -> Result<Vec<Conversion>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new(COLUMNS);
        query.push_bind(self.slot);
        query.push(" AND c.at >= ").push_bind(within.start).push(" AND c.at < ").push_bind(within.end);
        match of {
            Of::All => &mut query,
            Of::Job(job) => query.push(" AND c.job = ").push_bind(job),
            Of::Provider(provider) => query.push(" AND c.provider = ").push_bind(provider),
        };
        Place::past(&mut query, "c", after, order);
        Place::cut(&mut query, "c", order, limit.fetch());
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }
}
