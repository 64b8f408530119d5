//! The supply as the ledger has it, and what the chain's own accounts said when last compared.

use super::{View, Whole};
use crate::error::Result;
use std::collections::HashMap;

/// The ledger's sums of the compute token by account, base units.
#[derive(Clone, Debug, Default)]
pub struct Supply {
    /// The compute token.
    pub mint: String,
    /// Its supply when the network was initialised.
    pub genesis: Whole,
    sums: HashMap<String, i128>,
}

impl Supply {
    /// The sum of an account of the ledger; nothing was ever booked on one that is missing.
    pub fn of(&self, account: &str) -> i128 {
        self.sums.get(account).copied().unwrap_or(0)
    }
}

/// The last comparison with the chain's accounts that lies within the snapshot.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Reconciled {
    /// Slot of the accounts.
    pub slot: i64,
    /// Wall clock, Unix seconds.
    pub checked_at: i64,
    /// The mint's supply, base units.
    pub supply: Whole,
    /// The stake vault's balance.
    pub stake_vault: Whole,
    /// Sum of all job vaults.
    pub job_vaults: Whole,
    /// The treasury wallet's balance.
    pub treasury: Whole,
    /// Burned by strangers, of their own.
    pub burned_elsewhere: Whole,
}

/// One comparison.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Compared {
    /// What was compared.
    pub subject: String,
    /// By the tables.
    pub expected: Whole,
    /// On the chain.
    pub found: Whole,
    /// `equal`, `surplus` or `deficit`.
    pub verdict: String,
    /// What differs, where two numbers do not tell.
    pub detail: Option<String>,
}

impl View {
    /// The ledger's sums: the balances, less what was booked since this snapshot's slot.
    pub async fn supply(&mut self) -> Result<Supply> {
        let slot = self.slot;
        let (mint, genesis): (String, Whole) =
            sqlx::query_as("SELECT mint, genesis_supply FROM config").fetch_one(self.connection()).await?;
        let rows: Vec<(String, Whole)> = sqlx::query_as(
            "SELECT account, sum(amount) FROM (
                SELECT account, sum(balance) AS amount FROM balances
                WHERE mint = $1 AND balance <> 0 GROUP BY account
                UNION ALL
                SELECT account, -sum(amount) FROM ledger WHERE mint = $1 AND slot > $2 GROUP BY account
             ) AS parts GROUP BY account",
        )
        .bind(&mint)
        .bind(slot)
        .fetch_all(self.connection())
        .await?;
        Ok(Supply { mint, genesis, sums: rows.into_iter().map(|(account, sum)| (account, sum.0)).collect() })
    }

    /// The last comparison up to this snapshot's slot; `None` before the first.
    pub async fn reconciled(&mut self) -> Result<Option<Reconciled>> {
        let slot = self.slot;
        let query = sqlx::query_as(
            "SELECT slot, extract(epoch FROM checked_at)::bigint AS checked_at, supply, stake_vault,
                    job_vaults, treasury, burned_elsewhere
             FROM snapshots WHERE slot <= $1 ORDER BY slot DESC LIMIT 1",
        );
        Ok(query.bind(slot).fetch_optional(self.connection()).await?)
    }

    /// What was compared at a slot.
    pub async fn compared(&mut self, slot: i64) -> Result<Vec<Compared>> {
        let query = sqlx::query_as(
            "SELECT subject, expected, found, verdict, detail FROM reconciliations WHERE slot = $1
             ORDER BY subject",
        );
        Ok(query.bind(slot).fetch_all(self.connection()).await?)
    }
}
