//! Entities as of the answer's slot.
//!
//! Their tables are updated in place and hold the confirmed state. An entity whose last event is
//! final is as its row says; of any other, `entities_before` holds the row from before the oldest
//! event that is not. Both halves are filtered, ordered and cut by themselves, so that each is read
//! off an index.

use super::View;
use crate::error::Result;
use crate::extract::Commitment;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Postgres, QueryBuilder};

/// A query under construction.
pub type Sql = QueryBuilder<Postgres>;

/// What to read of entities of one kind.
pub struct Entities<'a, F: Fn(&mut Sql)> {
    /// Their table.
    pub table: &'static str,
    /// Columns of the table, separated by commas.
    pub columns: &'a str,
    /// Adds conditions on columns, each behind ` AND `.
    pub conditions: F,
    /// Columns to order by with their direction; empty for any order.
    pub order: &'a str,
    /// Most rows.
    pub limit: i64,
}

impl View {
    /// Entities as of this snapshot's slot.
    pub(super) async fn entities<R, F>(&mut self, wanted: &Entities<'_, F>) -> Result<Vec<R>>
    where
        R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
        F: Fn(&mut Sql),
    {
        let Entities { table, columns, order, limit, .. } = wanted;
        let mut sql = Sql::new(format!("(SELECT {columns} FROM {table} t WHERE slot <= "));
        sql.push_bind(self.slot);
        (wanted.conditions)(&mut sql);
        cut(&mut sql, order, *limit);
        sql.push(")");
        if self.commitment == Commitment::Finalized {
            // The slot is the first value bound.
            sql.push(format_args!(" UNION ALL (SELECT {columns} FROM {}", before(table, "$1")));
            (wanted.conditions)(&mut sql);
            cut(&mut sql, order, *limit);
            sql.push(")");
            cut(&mut sql, order, *limit);
        }
        Ok(sql.build_query_as().fetch_all(self.connection()).await?)
    }
}

/// Rows of entities, called `t`, from before the oldest event above a slot of those that have such events. The slot is
/// written as it is given: a number, or the place of a value that is bound.
fn before(table: &str, slot: &str) -> String {
    format!(
        "(SELECT DISTINCT ON (entity) before FROM entities_before WHERE kind = '{table}' AND slot > {slot}
          ORDER BY entity, ordinal) b
         CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, b.before) AS t WHERE b.before IS NOT NULL"
    )
}

/// A table of entities as of a slot at a commitment, to be read as a whole; its rows are called `t`. The slot is written
/// as in [`before`].
pub(super) fn as_of(table: &str, commitment: Commitment, slot: &str) -> String {
    let now = format!("SELECT t.* FROM {table} t WHERE slot <= {slot}");
    match commitment {
        Commitment::Confirmed => format!("({now}) AS t"),
        Commitment::Finalized => {
            format!("({now} UNION ALL SELECT t.* FROM {}) AS t", before(table, slot))
        }
    }
}

fn cut(sql: &mut Sql, order: &str, limit: i64) {
    if !order.is_empty() {
        sql.push(format_args!(" ORDER BY {order}"));
    }
    sql.push(" LIMIT ").push_bind(limit);
}
