//! Writing many rows with one statement: `COPY` where rows are known to be new, `INSERT` from arrays where
//! they may be there or are few.

pub(crate) use super::cells::cells;
pub use super::cells::{Bytes, Cells};
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// From so many rows on `COPY` takes less than arrays, although it asks the database twice.
const COPY_FROM: usize = 24;
/// Bytes of rows sent at a time.
const CHUNK: usize = 1 << 16;

/// Rows that are made one by one.
pub type Rows<'a> = Box<dyn Iterator<Item = Cells> + Send + 'a>;

/// A table as this crate writes it.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Leading columns that identify a row.
    pub key: usize,
    /// Columns and their types.
    pub columns: &'static [(&'static str, &'static str)],
    /// Names of columns that never change once a row is there.
    pub fixed: &'static [&'static str],
}

/// What to do about a row that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It must not.
    Fail,
    /// Leave it.
    Keep,
    /// Put the new values in its place.
    Replace,
    /// Add the new values to its own.
    Add,
}

impl Table {
    /// Writes rows; the number that were inserted or changed. With [`Existing::Replace`] and
    /// [`Existing::Add`] no two rows may have the same key.
    pub async fn write(
        &self,
        connection: &mut PgConnection,
        rows: Vec<Cells>,
        existing: Existing,
    ) -> Result<u64, sqlx::Error> {
        if let Some(row) = rows.iter().find(|row| row.len() != self.columns.len()) {
            return Err(sqlx::Error::Protocol(self.misshapen(row)));
        }
        if rows.is_empty() {
            return Ok(0);
        }
        if existing == Existing::Fail && rows.len() >= COPY_FROM {
            return self.copy(connection, Box::new(rows.into_iter())).await;
        }
        // Made of the names in this crate's own tables only.
        let mut query = sqlx::query(AssertSqlSafe(self.insert(existing)));
        for column in columns(&rows, self.columns.len()) {
            query = query.bind(column);
        }
        Ok(query.execute(connection).await?.rows_affected())
    }

    /// Adds rows, which must not exist. Each is made when its turn comes: the database stores what was sent meanwhile, so
    /// that neither waits for the other, and few rows are in memory at a time.
    pub async fn add(&self, connection: &mut PgConnection, mut rows: Rows<'_>) -> Result<u64, sqlx::Error> {
        let first: Vec<Cells> = rows.by_ref().take(COPY_FROM).collect();
        if first.len() < COPY_FROM {
            return self.write(connection, first, Existing::Fail).await;
        }
        self.copy(connection, Box::new(first.into_iter().chain(rows))).await
    }

    /// The same by `COPY`, however few they are.
    pub async fn copy(&self, connection: &mut PgConnection, rows: Rows<'_>) -> Result<u64, sqlx::Error> {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let statement = format!("COPY {} ({}) FROM STDIN", self.name, names.join(", "));
        let mut copy = connection.copy_in_raw(&statement).await?;
        let mut chunk = Vec::with_capacity(CHUNK);
        for row in rows {
            if row.len() != self.columns.len() {
                let reason = self.misshapen(&row);
                copy.abort(reason.as_str()).await?;
                return Err(sqlx::Error::Protocol(reason));
            }
            row.copy(&mut chunk);
            if chunk.len() >= CHUNK {
                copy.send(chunk.as_slice()).await?;
                chunk.clear();
            }
        }
        copy.send(chunk.as_slice()).await?;
        copy.finish().await
    }

    fn misshapen(&self, row: &Cells) -> String {
        format!("a row of {} has {} values", self.name, row.len())
    }

    /// Changes rows that are there to these, but for their fixed columns. No two may have the same key.
    pub async fn update(&self, connection: &mut PgConnection, rows: &[Cells]) -> Result<(), sqlx::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let places: Vec<usize> = (0..self.columns.len())
            .filter(|place| self.columns.get(*place).is_some_and(|(name, _)| !self.fixed.contains(name)))
            .collect();
        let changing: Vec<_> = places.iter().filter_map(|place| self.columns.get(*place).copied()).collect();
        let (key, rest) = changing.split_at(self.key.min(changing.len()));
        let each = |columns: &[(&str, &str)], target: &str, joint: &str| -> String {
            let all: Vec<String> =
                columns.iter().map(|(name, kind)| format!("{target}{name} = u.{name}::{kind}")).collect();
            all.join(joint)
        };
        let (arrays, names) = unnest(&changing);
        let sql = format!(
            "UPDATE {} t SET {} FROM UNNEST({arrays}) AS u ({names}) WHERE {}",
            self.name,
            each(rest, "", ", "),
            each(key, "t.", " AND ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (place, column) in columns(rows, self.columns.len()).into_iter().enumerate() {
            if places.contains(&place) {
                query = query.bind(column);
            }
        }
        let changed = query.execute(connection).await?.rows_affected();
        if usize::try_from(changed).ok() != Some(rows.len()) {
            let reason =
                format!("{changed} of {} rows of {} were there to be changed", rows.len(), self.name);
            return Err(sqlx::Error::Protocol(reason));
        }
        Ok(())
    }

    /// Deletes rows by the values of their key columns.
    pub async fn delete(&self, connection: &mut PgConnection, keys: Vec<Cells>) -> Result<u64, sqlx::Error> {
        if keys.is_empty() {
            return Ok(0);
        }
        let key = self.columns.get(..self.key).unwrap_or_default();
        let matches: Vec<String> =
            key.iter().map(|(name, kind)| format!("t.{name} = u.{name}::{kind}")).collect();
        let (arrays, names) = unnest(key);
        let name = self.name;
        let sql = format!(
            "DELETE FROM {name} t USING UNNEST({arrays}) AS u ({names}) WHERE {}",
            matches.join(" AND ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for column in columns(&keys, key.len()) {
            query = query.bind(column);
        }
        Ok(query.execute(connection).await?.rows_affected())
    }

    /// Adds values to those of rows that may be there, and deletes rows in which `column` has become zero. No two may have
    /// the same key.
    pub async fn add_and_prune(
        &self,
        connection: &mut PgConnection,
        rows: Vec<Cells>,
        column: &str,
    ) -> Result<(), sqlx::Error> {
        let key: Vec<&str> = self.columns.iter().take(self.key).map(|(name, _)| *name).collect();
        let each = |prefix: &str, suffix: &str| -> String {
            let names: Vec<String> = key.iter().map(|name| format!("{prefix}{name}{suffix}")).collect();
            names.join(", ")
        };
        let sql = format!(
            "WITH changed AS ({} RETURNING {}, {column}) SELECT {} FROM changed WHERE {column} = 0",
            self.insert(Existing::Add),
            each("", ""),
            each("", "::text")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for column in columns(&rows, self.columns.len()) {
            query = query.bind(column);
        }
        let mut zero = Vec::new();
        for row in query.fetch_all(&mut *connection).await? {
            let mut cells = Cells::with_room(self.key);
            for place in 0..self.key {
                cells.push(&row.try_get::<Option<String>, _>(place)?);
            }
            zero.push(cells);
        }
        self.delete(connection, zero).await?;
        Ok(())
    }

    fn insert(&self, existing: Existing) -> String {
        let (arrays, names) = unnest(self.columns);
        let values: Vec<String> =
            self.columns.iter().map(|(name, kind)| format!("u.{name}::{kind}")).collect();
        let (key, rest) = self.columns.split_at(self.key.min(self.columns.len()));
        let key: Vec<&str> = key.iter().map(|(name, _)| *name).collect();
        let update = |value: fn(&str, &str) -> String| {
            let sets: Vec<String> = rest.iter().map(|(name, _)| value(self.name, name)).collect();
            format!("ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), sets.join(", "))
        };
        let conflict = match existing {
            Existing::Fail => String::new(),
            Existing::Keep => "ON CONFLICT DO NOTHING".into(),
            Existing::Replace => update(|_, name| format!("{name} = EXCLUDED.{name}")),
            Existing::Add => update(|table, name| format!("{name} = {table}.{name} + EXCLUDED.{name}")),
        };
        let name = self.name;
        format!(
            "INSERT INTO {name} ({names}) SELECT {} FROM UNNEST({arrays}) AS u ({names}) {conflict}",
            values.join(", ")
        )
    }
}

/// The first `count` columns of rows.
pub fn columns(rows: &[Cells], count: usize) -> Vec<Vec<Option<&str>>> {
    let mut columns: Vec<Vec<Option<&str>>> = Vec::new();
    columns.resize_with(count, || Vec::with_capacity(rows.len()));
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row.iter()) {
            column.push(value);
        }
    }
    columns
}

fn unnest(columns: &[(&str, &str)]) -> (String, String) {
    let arrays: Vec<String> = (1..=columns.len()).map(|number| format!("${number}::text[]")).collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    (arrays.join(", "), names.join(", "))
}
