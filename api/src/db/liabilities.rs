//! What the program holds for others and what it owes, by mint and account of the ledger.

use super::{View, Whole};
use crate::error::Result;

/// The sum of an account of the ledger in a mint.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Held {
    /// The mint.
    pub mint: String,
    /// The ledger's account.
    pub account: String,
    /// Base units.
    pub amount: Whole,
    /// How many it is owed to: rows of the ledger's balances.
    pub parts: i64,
}

impl View {
    /// All that is held or owed as of this snapshot's slot: the balances, less what was booked since.
    pub async fn held(&mut self) -> Result<Vec<Held>> {
        let slot = self.slot;
        let query = sqlx::query_as(
            "SELECT mint, account, sum(amount) AS amount, count(*) AS parts FROM (
                SELECT mint, account, owner, job, sum(amount) AS amount FROM (
                    SELECT mint, account, owner, job, balance AS amount FROM balances WHERE balance <> 0
                    UNION ALL
                    SELECT mint, account, owner, job, -amount FROM ledger WHERE slot > $1
                ) AS entries GROUP BY 1, 2, 3, 4 HAVING sum(amount) <> 0
             ) AS parts GROUP BY 1, 2 ORDER BY 1, 2",
        );
        Ok(query.bind(slot).fetch_all(self.connection()).await?)
    }
}
