//! What the tables expect accounts on chain to hold at a slot, and the record of comparing.

use super::table::{Existing, cells};
use super::{Store, read, schema};
use crate::Error;
use settlement_interface::Address;
use sqlx::Row;
use std::collections::HashMap;

/// Ledger accounts with their balance at a slot.
pub type Balance = HashMap<String, i128>;

/// What was found on chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Slot at which it was read; final.
    pub slot: u64,
    /// Supply of the compute token.
    pub supply: u64,
    /// Balance of the stake vault.
    pub stake_vault: u64,
    /// Sum of the balances of all jobs' vaults of the compute token.
    pub job_vaults: u128,
    /// Sum of the balances of all jobs' vaults of the stablecoin.
    pub job_vaults_stable: u128,
    /// Balance of the treasury wallet's token account.
    pub treasury: u64,
    /// Dollars in the buyback's vault; `None` before the stable rail opened.
    pub buyback_vault: Option<u64>,
}

/// What to look for on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The compute token.
    pub mint: Address,
    /// The treasury's wallet.
    pub treasury: Address,
    /// Supply at initialisation.
    pub genesis: u64,
    /// The stablecoin and the buyback's vault, once there are.
    pub stable: Option<(Address, Address)>,
}

/// How a comparison went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictKind {
    /// The same.
    Equal,
    /// The chain has more than the tables; harmless.
    Surplus,
    /// The chain has less than the tables: something is wrong.
    Deficit,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What was compared.
    pub subject: String,
    /// By the tables.
    pub expected: i128,
    /// On chain.
    pub found: i128,
    /// How it went.
    pub kind: VerdictKind,
    /// What differs, where two numbers do not tell.
    pub detail: Option<String>,
}

fn wide(row: &sqlx::postgres::PgRow, column: &str) -> Result<i128, sqlx::Error> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|_| sqlx::Error::Protocol(format!("{column} is no number")))
}

fn unreadable(column: &str) -> sqlx::Error {
    sqlx::Error::Protocol(format!("the network's {column} cannot be read"))
}

impl Store {
    /// What to look for on chain; `None` before the network is initialised.
    pub async fn network(&self) -> Result<Option<Known>, Error> {
        let row = sqlx::query(
            "SELECT c.mint, c.treasury, c.genesis_supply::text AS genesis, c.stable_mint, b.vault
             FROM config c LEFT JOIN buyback b ON TRUE",
        );
        let Some(row) = row.fetch_optional(&self.pool).await? else { return Ok(None) };
        let address = |column: &str| -> Result<Option<Address>, sqlx::Error> {
            let text: Option<String> = row.try_get(column)?;
            let parsed = text.map(|text| text.parse().map_err(|_| unreadable(column)));
            parsed.transpose()
        };
        let known = Known {
            mint: address("mint")?.ok_or_else(|| unreadable("mint"))?,
            treasury: address("treasury")?.ok_or_else(|| unreadable("treasury"))?,
            genesis: u64::try_from(wide(&row, "genesis")?).map_err(|_| unreadable("genesis"))?,
            stable: address("stable_mint")?.zip(address("vault")?),
        };
        Ok(Some(known))
    }

    /// Jobs whose vaults exist, with those vaults and their mints.
    pub async fn open_vaults(&self) -> Result<Vec<(String, Address, Address)>, Error> {
        let rows = sqlx::query("SELECT job, vault, mint FROM jobs WHERE reclaimed_at IS NULL ORDER BY job")
            .fetch_all(&self.pool)
            .await?;
        let address =
            |text: String| text.parse().map_err(|_| sqlx::Error::Protocol(format!("{text} is no address")));
        let parse = |row: &sqlx::postgres::PgRow| {
            Ok((row.try_get("job")?, address(row.try_get("vault")?)?, address(row.try_get("mint")?)?))
        };
        rows.iter().map(parse).collect::<Result<_, sqlx::Error>>().map_err(Error::from)
    }

    /// The ledger's accounts at the end of `slot`, of one mint.
    pub async fn balances_at(&self, mint: &Address, slot: u64) -> Result<Balance, Error> {
        let rows = sqlx::query(
            "SELECT account, sum(amount)::text AS balance FROM (
                SELECT account, balance AS amount FROM balances WHERE mint = $1
                UNION ALL
                SELECT account, -amount FROM ledger WHERE mint = $1 AND slot > $2
             ) AS parts GROUP BY account",
        )
        .bind(mint.to_string())
        .bind(slot.cast_signed())
        .fetch_all(&self.pool)
        .await?;
        let parse = |row: &sqlx::postgres::PgRow| Ok((row.try_get("account")?, wide(row, "balance")?));
        rows.iter().map(parse).collect::<Result<_, sqlx::Error>>().map_err(Error::from)
    }

    /// What these jobs' vaults hold at the end of `slot`; a job that is missing holds nothing.
    pub async fn vaults_at(&self, jobs: &[String], slot: u64) -> Result<HashMap<String, i128>, Error> {
        let rows = sqlx::query(
            "SELECT job, sum(amount)::text AS balance FROM (
                SELECT job, balance AS amount FROM balances
                WHERE job = ANY($1) AND account IN ('escrow', 'dues')
                UNION ALL
                SELECT job, -amount FROM ledger
                WHERE slot > $2 AND job = ANY($1) AND account IN ('escrow', 'dues')
             ) AS parts GROUP BY job",
        )
        .bind(jobs)
        .bind(slot.cast_signed())
        .fetch_all(&self.pool)
        .await?;
        let parse = |row: &sqlx::postgres::PgRow| Ok((row.try_get("job")?, wide(row, "balance")?));
        rows.iter().map(parse).collect::<Result<_, sqlx::Error>>().map_err(Error::from)
    }

    /// The numbers of these entities' last events at the end of `slot`.
    pub async fn sequences_at(
        &self,
        entities: &[Address],
        slot: u64,
    ) -> Result<HashMap<Address, u64>, Error> {
        let names: Vec<String> = entities.iter().map(Address::to_string).collect();
        let rows = sqlx::query(
            "SELECT names.entity, newest.sequence AS last FROM UNNEST($1::text[]) AS names (entity)
             CROSS JOIN LATERAL (
                SELECT sequence FROM event_entities e WHERE e.entity = names.entity AND slot <= $2
                ORDER BY sequence DESC LIMIT 1
             ) newest",
        )
        .bind(names)
        .bind(slot.cast_signed())
        .fetch_all(&self.pool)
        .await?;
        let mut found = HashMap::new();
        for row in &rows {
            let name: String = row.try_get("entity")?;
            let address = name.parse().map_err(|_| sqlx::Error::Protocol(format!("{name} is no address")))?;
            found.insert(address, read::unsigned(row, "last")?);
        }
        Ok(found)
    }

    /// Slots above `after` through `last` in which something was applied.
    pub async fn slots_that_moved(&self, after: u64, last: u64) -> Result<Vec<u64>, Error> {
        let rows = sqlx::query(
            "SELECT DISTINCT slot FROM events WHERE slot > $1 AND slot <= $2 AND applied ORDER BY slot",
        )
        .bind(after.cast_signed())
        .bind(last.cast_signed())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| read::unsigned(row, "slot")).collect::<Result<_, _>>().map_err(Error::from)
    }

    /// Records a comparison.
    pub async fn record(
        &self,
        snapshot: &Snapshot,
        burned_elsewhere: i128,
        verdicts: &[Verdict],
    ) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "INSERT INTO snapshots
                (slot, checked_at, supply, stake_vault, job_vaults, treasury, burned_elsewhere, buyback_vault,
                 job_vaults_stable)
             VALUES ($1, now(), $2::text::u64, $3::text::u64, $4::text::wide, $5::text::u64, $6::text::wide,
                     $7::text::u64, $8::text::wide)
             ON CONFLICT (slot) DO UPDATE SET checked_at = EXCLUDED.checked_at, supply = EXCLUDED.supply,
                stake_vault = EXCLUDED.stake_vault, job_vaults = EXCLUDED.job_vaults,
                treasury = EXCLUDED.treasury, burned_elsewhere = EXCLUDED.burned_elsewhere,
                buyback_vault = EXCLUDED.buyback_vault, job_vaults_stable = EXCLUDED.job_vaults_stable",
        )
        .bind(snapshot.slot.cast_signed())
        .bind(snapshot.supply.to_string())
        .bind(snapshot.stake_vault.to_string())
        .bind(snapshot.job_vaults.to_string())
        .bind(snapshot.treasury.to_string())
        .bind(burned_elsewhere.to_string())
        .bind(snapshot.buyback_vault.map(|held| held.to_string()))
        .bind(snapshot.job_vaults_stable.to_string())
        .execute(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM reconciliations WHERE slot = $1")
            .bind(snapshot.slot.cast_signed())
            .execute(&mut *transaction)
            .await?;
        let rows = verdicts.iter().map(|verdict| {
            let word = match verdict.kind {
                VerdictKind::Equal => "equal",
                VerdictKind::Surplus => "surplus",
                VerdictKind::Deficit => "deficit",
            };
            cells![snapshot.slot, verdict.subject, verdict.expected, verdict.found, word, verdict.detail]
        });
        schema::RECONCILIATIONS.write(&mut transaction, rows.collect(), Existing::Fail).await?;
        transaction.commit().await?;
        Ok(())
    }
}
