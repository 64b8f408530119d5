//! Making everything that follows from the events anew.

use super::{Store, commit, read};
use crate::Error;
use crate::decode::Placed;
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// Events folded at a time.
const CHUNK: i64 = 5_000;

/// All that follows from `events`.
const DERIVED: &str = "config, price, totals, consumers, providers, jobs, dues, epochs, credits, receipts, \
    conversions, prices, claims, rebates, slashes, stake_moves, payouts, outcomes, ledger, balances, \
    revenue_hourly, network_hourly, undo, changes, bids, buyback, third_parties, cases, disputes, commitments, buyback_fills";

/// The names of all tables that follow from `events`, but for notes about what is not final: those are numbered in
/// order of arrival.
pub fn derived() -> impl Iterator<Item = &'static str> {
    DERIVED.split(", ").filter(|name| *name != "undo")
}

impl Store {
    /// Folds all stored events again from the first, in one transaction: all or nothing. Readers of
    /// these tables wait until it ends. The number of events.
    pub async fn rebuild(&self) -> Result<u64, Error> {
        let mut transaction = self.pool.begin().await?;
        let connection: &mut PgConnection = &mut transaction;
        let mark = self.lock(connection).await?;
        self.check_first_events(connection).await?;
        sqlx::query(AssertSqlSafe(format!("TRUNCATE {DERIVED}"))).execute(&mut *connection).await?;
        sqlx::query("UPDATE events SET applied = FALSE WHERE applied").execute(&mut *connection).await?;
        sqlx::query("DELETE FROM dead_letters WHERE kind = 'contradiction'")
            .execute(&mut *connection)
            .await?;
        let mut count = 0u64;
        let mut last = (-1i64, -1i32, String::new(), -1i32, -1i32);
        loop {
            let rows = sqlx::query(
                "SELECT slot, signature, instruction, inner_index, tx_index, data FROM events
                 WHERE (slot, tx_index, signature, instruction, inner_index) > ($1, $2, $3, $4, $5)
                 ORDER BY slot, tx_index, signature, instruction, inner_index LIMIT $6",
            )
            .bind(last.0)
            .bind(last.1)
            .bind(&last.2)
            .bind(last.3)
            .bind(last.4)
            .bind(CHUNK)
            .fetch_all(&mut *connection)
            .await?;
            let Some(end) = rows.last() else { break };
            last = (
                end.try_get("slot")?,
                end.try_get("tx_index")?,
                end.try_get("signature")?,
                end.try_get("instruction")?,
                end.try_get("inner_index")?,
            );
            let events: Vec<Placed> = rows.iter().map(read::placed).collect::<Result<_, _>>()?;
            count = count.saturating_add(u64::try_from(events.len()).unwrap_or(0));
            commit::fold(connection, events, Vec::new(), Vec::new(), mark.finalized).await?;
            tracing::info!("folded {count} events, through slot {}", last.0);
        }
        transaction.commit().await?;
        Ok(count)
    }
}
