//! What an event takes on disk, table by table, once a chain is filled in.

use sqlx::{AssertSqlSafe, PgPool, Row};

/// A table's rows and bytes, those of its indexes apart and included.
pub struct Size {
    table: String,
    rows: u64,
    bytes: u64,
    indexes: u64,
}

/// Of every table, the largest first.
pub async fn of(database: &str) -> Vec<Size> {
    let pool = PgPool::connect(database).await.unwrap();
    let found = sqlx::query(
        "SELECT relname::text, pg_total_relation_size(oid)::bigint, pg_indexes_size(oid)::bigint FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 2 DESC",
    );
    let mut all = Vec::new();
    for row in found.fetch_all(&pool).await.unwrap() {
        let (table, bytes, indexes): (String, i64, i64) = (row.get(0), row.get(1), row.get(2));
        let rows = counted(&pool, &table).await;
        let [bytes, indexes] = [bytes, indexes].map(i64::unsigned_abs);
        all.push(Size { table, rows, bytes, indexes });
    }
    pool.close().await;
    all
}

async fn counted(pool: &PgPool, from: &str) -> u64 {
    let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {from}")));
    let rows: i64 = count.fetch_one(pool).await.unwrap();
    rows.unsigned_abs()
}

/// Rows of a table, or of what else stands after `FROM`.
pub async fn count(database: &str, from: &str) -> u64 {
    let pool = PgPool::connect(database).await.unwrap();
    let rows = counted(&pool, from).await;
    pool.close().await;
    rows
}

/// Rows of all tables together but those about migrations, and how many tables have any.
pub async fn rows(database: &str) -> (u64, usize) {
    let mut all = of(database).await;
    all.retain(|size| size.rows > 0 && !size.table.starts_with("_sqlx"));
    (all.iter().map(|size| size.rows).sum(), all.len())
}

/// Prints rows and bytes an event of each table that takes at least a hundredth of all, and of all together.
pub fn print(all: &[Size], events: u64) {
    let total = |of: fn(&Size) -> u64| all.iter().map(of).sum::<u64>();
    let whole = Size {
        table: "all tables".into(),
        rows: total(|size| size.rows),
        bytes: total(|size| size.bytes),
        indexes: total(|size| size.indexes),
    };
    println!("| table | rows an event | bytes an event | of which indexes |\n|---|---:|---:|---:|");
    let large = all.iter().filter(|size| size.bytes * 100 >= whole.bytes);
    for size in large.chain([&whole]) {
        let hundredths = size.rows * 100 / events;
        println!(
            "| {} | {}.{:02} | {} | {} |",
            size.table,
            hundredths / 100,
            hundredths % 100,
            size.bytes / events,
            size.indexes / events
        );
    }
}
