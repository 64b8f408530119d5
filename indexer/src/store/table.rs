//! Writing many rows with one statement. Values travel as text arrays and are cast by the database,
//! so that 64- and 128-bit amounts and domains need no driver types.

use settlement_interface::Address;
use sqlx::{AssertSqlSafe, PgConnection};
use std::sync::Arc;

/// A row's values in order of the table's columns; `None` is NULL.
pub type Cells = Vec<Option<String>>;

/// A table as this crate writes it.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Leading columns that identify a row.
    pub key: usize,
    /// Columns and their types.
    pub columns: &'static [(&'static str, &'static str)],
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
        if rows.is_empty() {
            return Ok(0);
        }
        let mut columns: Vec<Vec<Option<String>>> = Vec::new();
        columns.resize_with(self.columns.len(), || Vec::with_capacity(rows.len()));
        for row in rows {
            if row.len() != self.columns.len() {
                let reason = format!("a row of {} has {} values", self.name, row.len());
                return Err(sqlx::Error::Protocol(reason));
            }
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        // Made of the names in this crate's own tables only.
        let mut query = sqlx::query(AssertSqlSafe(self.insert(existing)));
        for column in columns {
            query = query.bind(column);
        }
        Ok(query.execute(connection).await?.rows_affected())
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
        for column in 0..key.len() {
            let values: Vec<Option<String>> =
                keys.iter().map(|cells| cells.get(column).cloned().flatten()).collect();
            query = query.bind(values);
        }
        Ok(query.execute(connection).await?.rows_affected())
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

fn unnest(columns: &[(&str, &str)]) -> (String, String) {
    let arrays: Vec<String> = (1..=columns.len()).map(|number| format!("${number}::text[]")).collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    (arrays.join(", "), names.join(", "))
}

/// A value on its way into a row.
pub trait Cell {
    /// Its text, or NULL.
    fn cell(&self) -> Option<String>;
}

macro_rules! cell {
    ($($kind:ty),*) => {$(
        impl Cell for $kind {
            fn cell(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )*};
}
cell!(
    str,
    String,
    Arc<str>,
    u64,
    u32,
    u16,
    u8,
    i64,
    i32,
    u128,
    i128,
    usize,
    bool,
    Address,
    serde_json::Value
);

impl Cell for [u8; 32] {
    fn cell(&self) -> Option<String> {
        Some(hex::encode(self))
    }
}

/// Bytes in the form that `bytea` reads.
#[derive(Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

impl Cell for Bytes<'_> {
    fn cell(&self) -> Option<String> {
        Some(format!("\\x{}", hex::encode(self.0)))
    }
}

impl<T: Cell + ?Sized> Cell for &T {
    fn cell(&self) -> Option<String> {
        (**self).cell()
    }
}

impl<T: Cell> Cell for Option<T> {
    fn cell(&self) -> Option<String> {
        self.as_ref().and_then(Cell::cell)
    }
}

/// A row of values.
macro_rules! cells {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::table::Cell::cell(&$value)),*]
    };
}
pub(crate) use cells;
