//! What became of each event that was fed: every stored row is compared with the events of its key.

use crate::decode::Decoded;
use crate::recorded::Reader;
use sqlx::types::Json;
use sqlx::{PgPool, Row};
use std::collections::HashMap;
use std::path::Path;

/// Carbon's key but for the stack height, which is the same for all of our events: the transaction's signature and
/// the index of its outer instruction.
type Key = (String, i64);

/// Events, by what became of them. The latter three make up the first.
#[derive(Default)]
pub struct Count {
    /// In the file.
    pub fed: u64,
    /// In the table.
    pub stored: u64,
    /// Not in the table, which has a later event of the same key in their place.
    pub overwritten: u64,
    /// Not in the table, without another having taken their place.
    pub lost: u64,
}

/// Counts, once a pipeline has ended.
pub async fn count(pool: &PgPool, file: &Path) -> Count {
    let mut rows = rows(pool).await;
    let mut count = Count::default();
    for sent in Reader::open(file).flat_map(|block| block.transactions) {
        for (index, events) in (0..).zip(&sent.instructions) {
            let events: Vec<_> = events.iter().map(|data| Decoded::read(data).unwrap()).collect();
            let all = events.len() as u64;
            count.fed += all;
            let Some(row) = rows.remove(&(sent.signature.clone(), index)) else {
                count.lost += all;
                continue;
            };
            let place =
                events.iter().position(|event| *event == row).expect("a row is an event that was fed");
            let before = place as u64;
            count.stored += 1;
            count.overwritten += before;
            count.lost += all - before - 1;
        }
    }
    assert!(rows.is_empty(), "every row is of an event that was fed");
    count
}

async fn rows(pool: &PgPool) -> HashMap<Key, Decoded> {
    let all = sqlx::query("SELECT __signature, __instruction_index, decoded_instruction FROM instructions");
    let all = all.fetch_all(pool).await.unwrap();
    let one = |row: sqlx::postgres::PgRow| {
        let Json(decoded) = row.get(2);
        ((row.get(0), row.get(1)), decoded)
    };
    all.into_iter().map(one).collect()
}
