//! What the tables say of accounts of the program, and how far comparing them has come.

use super::{Store, entities, read};
use crate::Error;
use crate::fold::{Held, Kind};
use serde_json::Value;
use settlement_interface::Address;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;

/// A row that an account is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its address.
    pub address: Address,
    /// Its kind.
    pub kind: Kind,
    /// Its state, with the slot of its last event.
    pub held: Held,
}

/// An account that differs from its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// The account.
    pub address: Address,
    /// Its kind.
    pub kind: Kind,
    /// Number of its last event by the row; 0 if there is none.
    pub expected: u64,
    /// Number of its last event by the account; 0 if there is none.
    pub found: u64,
    /// What differs.
    pub detail: String,
}

/// How far the comparison has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// What changed through this slot was compared after it changed.
    pub changed_through: u64,
    /// The kind at which the rotation is, by its place in [`Kind::ALL`].
    pub kind: usize,
    /// The last address of it that was compared; empty at its start.
    pub after: String,
    /// Whether the rotation came to its end just now.
    pub completed: bool,
}

fn address(name: &str) -> Result<Address, sqlx::Error> {
    name.parse().map_err(|_| sqlx::Error::Protocol(format!("{name} is no address")))
}

fn addresses(names: &[String]) -> Result<Vec<Address>, Error> {
    names.iter().map(|name| address(name)).collect::<Result<_, _>>().map_err(Error::from)
}

fn key(kind: Kind) -> &'static str {
    entities::table(kind).columns.first().map_or("entity", |(name, _)| name)
}

/// The name of a kind's table.
pub fn table_name(kind: Kind) -> &'static str {
    entities::table(kind).name
}

impl Store {
    /// The rows at these addresses, whatever their kinds.
    pub async fn told(&self, addresses: &[Address]) -> Result<Vec<Told>, Error> {
        let parts: Vec<String> = Kind::ALL
            .iter()
            .map(|kind| {
                let (name, key) = (table_name(*kind), key(*kind));
                format!("SELECT '{name}' AS kind, {key} AS address, image FROM {name} WHERE {key} = ANY($1::text[])")
            })
            .collect();
        let names: Vec<String> = addresses.iter().map(Address::to_string).collect();
        let sql = AssertSqlSafe(parts.join(" UNION ALL "));
        let rows = sqlx::query(sql).bind(names).fetch_all(&self.pool).await?;
        rows.iter().map(told).collect::<Result<_, _>>().map_err(Error::from)
    }

    /// The row as it was before the entity's event with this number, if that is not final or was not until just now.
    pub async fn told_before(
        &self,
        entity: &Address,
        kind: Kind,
        sequence: u64,
    ) -> Result<Option<Held>, Error> {
        let notes: Vec<Value> = sqlx::query_scalar(
            "SELECT u.images FROM event_entities n JOIN undo u USING (slot, signature, instruction, inner_index)
             WHERE n.entity = $1 AND n.sequence = $2 ORDER BY u.ordinal DESC LIMIT 1",
        )
        .bind(entity.to_string())
        .bind(sequence.cast_signed())
        .fetch_all(&self.pool)
        .await?;
        let (name, table) = (entity.to_string(), table_name(kind));
        let noted = notes.first().and_then(|note| note["entities"].as_array()).into_iter().flatten();
        let mut noted = noted.filter(|one| one["kind"] == table && one["entity"] == *name);
        let image = noted.find_map(|one| hex::decode(one["image"].as_str()?).ok());
        let held = image.map(|image| Held::read(kind, &image)).transpose();
        held.map_err(|error| Error::Database(sqlx::Error::Protocol(error.to_string())))
    }

    /// Slot and name of the applied event that has this number at an entity.
    pub async fn event_of(&self, entity: &Address, sequence: u64) -> Result<Option<(u64, String)>, Error> {
        let row = sqlx::query(
            "SELECT n.slot, e.name FROM event_entities n JOIN events e USING (slot, signature, instruction, inner_index)
             WHERE n.entity = $1 AND n.sequence = $2 AND e.applied",
        )
        .bind(entity.to_string())
        .bind(sequence.cast_signed())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| Ok((read::unsigned(&row, "slot")?, row.try_get("name")?))).transpose()
    }

    /// Entities with events in slots above `after` through `through`, about `most` of them, and the slot through which
    /// these are all.
    pub async fn changed(&self, after: u64, through: u64, most: usize) -> Result<(Vec<Address>, u64), Error> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = sqlx::query(
            "SELECT slot, entity FROM event_entities WHERE slot > $1 AND slot <= $2 ORDER BY slot LIMIT $3",
        )
        .bind(after.cast_signed())
        .bind(through.cast_signed())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let mut found: Vec<(u64, String)> = Vec::with_capacity(rows.len());
        for row in &rows {
            found.push((read::unsigned(row, "slot")?, row.try_get("entity")?));
        }
        let cut = found.last().filter(|_| found.len() >= most).map(|(slot, _)| *slot);
        // The last slot may have more than was read.
        let reached = cut.map_or(through, |cut| cut.saturating_sub(1).max(after));
        let mut names: Vec<String> =
            found.into_iter().filter(|(slot, _)| *slot <= reached).map(|(_, name)| name).collect();
        let reached = match cut {
            // One slot alone has more than that: all of it.
            Some(cut) if names.is_empty() => {
                let all = sqlx::query_scalar("SELECT DISTINCT entity FROM event_entities WHERE slot = $1");
                names = all.bind(cut.cast_signed()).fetch_all(&self.pool).await?;
                cut
            }
            _ => reached,
        };
        names.sort_unstable();
        names.dedup();
        Ok((addresses(&names)?, reached))
    }

    /// The next addresses in the rotation over all rows.
    pub async fn next_in_rotation(&self, sweep: &mut Sweep, most: usize) -> Result<Vec<Address>, Error> {
        let mut found = Vec::new();
        while let Some(kind) = Kind::ALL.get(sweep.kind) {
            let left = most.saturating_sub(found.len());
            if left == 0 {
                return addresses(&found);
            }
            let (name, key) = (table_name(*kind), key(*kind));
            let sql = format!("SELECT {key}::text FROM {name} WHERE {key} > $1 ORDER BY {key} LIMIT $2");
            let names: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(&sweep.after)
                .bind(i64::try_from(left).unwrap_or(i64::MAX))
                .fetch_all(&self.pool)
                .await?;
            if names.len() < left {
                (sweep.kind, sweep.after) = (sweep.kind.saturating_add(1), String::new());
            } else if let Some(last) = names.last() {
                sweep.after.clone_from(last);
            }
            found.extend(names);
        }
        (sweep.kind, sweep.completed) = (0, true);
        addresses(&found)
    }

    /// How far the comparison has come; it starts with the rotation, and with what changes after `slot`.
    pub async fn sweep(&self, slot: u64) -> Result<Sweep, Error> {
        let row = sqlx::query("SELECT changed_through, kind, after_entity FROM sweep");
        let Some(row) = row.fetch_optional(&self.pool).await? else {
            return Ok(Sweep { changed_through: slot, kind: 0, after: String::new(), completed: false });
        };
        let name: String = row.try_get("kind")?;
        let kind = Kind::ALL.iter().position(|kind| table_name(*kind) == name).unwrap_or(0);
        Ok(Sweep {
            changed_through: read::unsigned(&row, "changed_through")?,
            kind,
            after: row.try_get("after_entity")?,
            completed: false,
        })
    }

    /// Notes how far the comparison has come, which accounts were found equal and which not.
    pub async fn note_sweep(
        &self,
        sweep: &Sweep,
        slot: u64,
        equal: &[Address],
        differing: &[Differing],
    ) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "INSERT INTO sweep (changed_through, kind, after_entity, completed_at)
             VALUES ($1, $2, $3, CASE WHEN $4 THEN now() END)
             ON CONFLICT (singleton) DO UPDATE SET changed_through = EXCLUDED.changed_through, kind = EXCLUDED.kind,
                after_entity = EXCLUDED.after_entity,
                completed_at = coalesce(EXCLUDED.completed_at, sweep.completed_at)",
        )
        .bind(sweep.changed_through.cast_signed())
        .bind(Kind::ALL.get(sweep.kind).map_or("", |kind| table_name(*kind)))
        .bind(&sweep.after)
        .bind(sweep.completed)
        .execute(&mut *transaction)
        .await?;
        let names: Vec<String> = equal.iter().map(Address::to_string).collect();
        for sql in [
            "DELETE FROM differences WHERE entity = ANY($1::text[])",
            "DELETE FROM gaps WHERE entity = ANY($1::text[]) AND found_by = 'account'",
        ] {
            sqlx::query(sql).bind(&names).execute(&mut *transaction).await?;
        }
        for one in differing {
            sqlx::query(
                "INSERT INTO differences (kind, entity, slot, expected, found, detail)
                 VALUES ($1, $2, $3, $4::text::wide, $5::text::wide, $6)
                 ON CONFLICT (kind, entity) DO UPDATE SET slot = EXCLUDED.slot, expected = EXCLUDED.expected,
                    found = EXCLUDED.found, detail = EXCLUDED.detail",
            )
            .bind(table_name(one.kind))
            .bind(one.address.to_string())
            .bind(slot.cast_signed())
            .bind(one.expected.to_string())
            .bind(one.found.to_string())
            .bind(&one.detail)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Accounts that were found to differ and not found equal since, at most `most`, and how many there are.
    pub async fn differing(&self, most: usize) -> Result<(Vec<Differing>, u64), Error> {
        let rows = sqlx::query(
            "SELECT kind, entity, expected::text AS expected, found::text AS found, detail,
                    count(*) OVER () AS all_of_them
             FROM differences ORDER BY slot, entity LIMIT $1",
        )
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        let all = rows.first().map_or(Ok(0), |row| read::unsigned(row, "all_of_them"))?;
        let number = |row: &PgRow, column: &str| -> Result<u64, sqlx::Error> {
            let text: String = row.try_get(column)?;
            text.parse().map_err(|_| sqlx::Error::Protocol(format!("{column} is no number")))
        };
        let mut found = Vec::new();
        for row in &rows {
            let (kind, name): (String, String) = (row.try_get("kind")?, row.try_get("entity")?);
            let Some(kind) = entities::kind(&kind) else { continue };
            found.push(Differing {
                address: address(&name)?,
                kind,
                expected: number(row, "expected")?,
                found: number(row, "found")?,
                detail: row.try_get("detail")?,
            });
        }
        Ok((found, all))
    }

    /// How many children of a kind the tables have of each of these parents, with numbers below what it counts.
    /// Numbers are given once and in order, so that later ones do not matter.
    pub async fn children(
        &self,
        child: Kind,
        parents: &[(Address, u64)],
    ) -> Result<HashMap<Address, u64>, Error> {
        let sql = match child {
            // Of these there is one parent, the network.
            Kind::Consumer => "(SELECT count(*) FROM consumers WHERE number < p.most)",
            Kind::Provider => "(SELECT count(*) FROM providers WHERE number < p.most)",
            Kind::Change => "(SELECT count(*) FROM changes WHERE number < p.most)",
            // Both roles are numbered for themselves: with all of them at hand there are as many rows.
            Kind::ThirdParty => "(SELECT least(count(*), p.most) FROM third_parties)",
            Kind::Job => {
                "(SELECT count(*) FROM consumers c JOIN jobs j ON j.consumer_wallet = c.wallet AND j.nonce < p.most
                  WHERE c.consumer = p.parent)"
            }
            Kind::Bid => "(SELECT count(*) FROM bids b WHERE b.job = p.parent AND b.number < p.most)",
            Kind::Case => "(SELECT count(*) FROM cases c WHERE c.job = p.parent AND c.number < p.most)",
            Kind::Dispute => "(SELECT count(*) FROM disputes d WHERE d.job = p.parent AND d.number < p.most)",
            // Without numbers: later ones may be among them.
            Kind::Credit => {
                "(SELECT least(count(*), p.most) FROM epochs e JOIN credits c ON c.epoch = e.epoch
                  WHERE e.entity = p.parent)"
            }
            _ => return Ok(HashMap::new()),
        };
        let sql = format!(
            "SELECT p.parent, {sql}::bigint AS children FROM UNNEST($1::text[], $2::bigint[]) AS p (parent, most)"
        );
        let names: Vec<String> = parents.iter().map(|(parent, _)| parent.to_string()).collect();
        let most: Vec<i64> = parents.iter().map(|(_, most)| most.cast_signed()).collect();
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(names).bind(most).fetch_all(&self.pool).await?;
        let mut found = HashMap::new();
        for row in &rows {
            let name: String = row.try_get("parent")?;
            found.insert(address(&name)?, read::unsigned(row, "children")?);
        }
        Ok(found)
    }
}

fn told(row: &PgRow) -> Result<Told, sqlx::Error> {
    let (kind, name): (String, String) = (row.try_get("kind")?, row.try_get("address")?);
    let kind = entities::kind(&kind).ok_or_else(|| sqlx::Error::Protocol(format!("{kind} is no kind")))?;
    let image: Vec<u8> = row.try_get("image")?;
    let held = Held::read(kind, &image).map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
    Ok(Told { address: address(&name)?, kind, held })
}
