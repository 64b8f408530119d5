//! The database restarts, refuses connections, or does not answer.

use super::running::Running;
use super::support::node::{Habits, LAG, Node};
use super::support::tables::connect;
use super::trial::{CALM, Trial, chain, clean, empty};
use sqlx::{Connection, PgConnection};
use test_postgres::Cluster;

/// A head that moves on while it is followed.
const MOVING: Habits = Habits { calls_a_slot: 12, ..CALM };

/// Many commits, and calls that move the head.
const EAGER: [&str; 4] = ["--batch-events", "5", "--poll-interval-ms", "2"];

#[tokio::test]
async fn the_database_restarts() {
    let (chain, mut trial) = (chain(), Trial::of("the_database_restarts"));
    let mut cluster = Cluster::start().unwrap();
    let node = Node::start(&chain, MOVING).await;
    let running = Running::start(&cluster.empty_database().unwrap(), &node.url, &EAGER);
    for part in 1..=3 {
        running.until("tally_indexer_finalized_slot", chain.last_slot * part / 5).await;
        cluster.crash().unwrap();
        trial.holds(&running).await;
        cluster.start_again().unwrap();
    }
    running.until("tally_indexer_database_retries_total", 1).await;
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}

/// Ends every connection of an indexer to this database.
async fn end_connections(admin: &mut PgConnection) -> i64 {
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name LIKE 'tally-indexer%' AND datname = current_database()";
    sqlx::query_scalar(end).fetch_one(admin).await.unwrap()
}

#[tokio::test]
async fn connections_are_ended_again_and_again() {
    let (chain, mut trial) = (chain(), Trial::of("connections_are_ended_again_and_again"));
    let node = Node::start(&chain, MOVING).await;
    let database = empty();
    let running = Running::start(&database, &node.url, &EAGER);
    running.until("tally_indexer_finalized_slot", 1).await;
    let mut admin = connect(&database).await;
    let mut ended = 0;
    while ended < 60 {
        ended += end_connections(&mut admin).await;
        tokio::task::yield_now().await;
    }
    trial.holds(&running).await;
    running.until("tally_indexer_database_retries_total", 1).await;
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}

#[tokio::test]
async fn others_take_every_connection_of_the_server() {
    let (chain, mut trial) = (chain(), Trial::of("others_take_every_connection_of_the_server"));
    let settings = ["fsync=off", "full_page_writes=off", "max_connections=12"];
    let cluster = Cluster::start_with(&settings).unwrap();
    let node = Node::start(&chain, MOVING).await;
    let database = cluster.empty_database().unwrap();
    let running = Running::start(&database, &node.url, &EAGER);
    running.until("tally_indexer_finalized_slot", chain.last_slot / 4).await;
    let mut others = vec![connect(&database).await];
    loop {
        end_connections(&mut others[0]).await;
        match PgConnection::connect(&database).await {
            Ok(another) => others.push(another),
            Err(error) => {
                let code = error.as_database_error().and_then(|error| error.code());
                assert_eq!(code.as_deref(), Some("53300"), "{error}");
                if others.len() == 12 {
                    break;
                }
            }
        }
    }
    trial.holds(&running).await;
    drop(others);
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}

#[tokio::test]
async fn a_lock_exhausts_the_pool() {
    let (chain, mut trial) = (chain(), Trial::of("a_lock_exhausts_the_pool"));
    let node = Node::start(&chain, CALM).await;
    node.head_at(chain.last_slot / 2 + LAG);
    let database = empty();
    let running = Running::start(&database, &node.url, &["--database-connections", "2"]);
    running.until("tally_indexer_finalized_slot", chain.last_slot / 2).await;
    let mut somebody = connect(&database).await;
    let mut transaction = somebody.begin().await.unwrap();
    let lock = "LOCK TABLE watermark IN ACCESS EXCLUSIVE MODE";
    sqlx::query(lock).execute(&mut *transaction).await.unwrap();
    node.head_at(chain.last_slot + LAG);
    trial.holds(&running).await;
    transaction.rollback().await.unwrap();
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}
