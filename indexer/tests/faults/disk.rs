//! The disk fills up while the indexer writes.

use super::running::Running;
use super::support::node::{LAG, Node};
use super::support::tables::connect;
use super::trial::{CALM, Trial, chain, clean};
use sqlx::PgConnection;
use std::io::Write;
use test_postgres::Cluster;

/// Of the disk: an empty schema takes about a third of it.
const BYTES: u64 = 40 << 20;

/// Fills the disk to the last page.
async fn fill(connection: &mut PgConnection) {
    let table = "CREATE TABLE balloon (air BIGINT)";
    sqlx::query(table).execute(&mut *connection).await.unwrap();
    for rows in [20_000i64, 1] {
        loop {
            let more = sqlx::query("INSERT INTO balloon SELECT generate_series(1, $1)").bind(rows);
            if let Err(error) = more.execute(&mut *connection).await {
                let code = error.as_database_error().and_then(|error| error.code());
                assert_eq!(code.as_deref(), Some("53100"), "{error}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn the_disk_fills_up() {
    let (chain, mut trial) = (chain(), Trial::of("the_disk_fills_up"));
    let cluster = match Cluster::start_with_small_disk(BYTES) {
        Ok(cluster) => cluster,
        Err(error) => {
            let told = format!("NOT RUN: the_disk_fills_up needs a small file system: {error}\n");
            let _ = std::io::stderr().write_all(told.as_bytes());
            return;
        }
    };
    let database = cluster.small_database().unwrap();
    let node = Node::start(&chain, CALM).await;
    node.head_at(chain.last_slot / 3 + LAG);
    let running = Running::start(&database, &node.url, &[]);
    running.until("tally_indexer_finalized_slot", chain.last_slot / 3).await;
    let mut somebody = connect(&database).await;
    fill(&mut somebody).await;
    node.head_at(chain.last_slot + LAG);
    running.until("tally_indexer_database_retries_total", 2).await;
    trial.holds_in_silence(&running).await;
    assert!(running.log().contains("No space left on device"), "{}", running.log());
    sqlx::query("DROP TABLE balloon").execute(&mut somebody).await.unwrap();
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}
