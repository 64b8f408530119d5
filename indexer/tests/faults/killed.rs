//! The process is killed: on either side of every commit that it makes, and at random moments.

use super::proxy::{Moment, Proxy};
use super::running::Running;
use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, Node};
use super::support::random::Random;
use super::support::tables::connect;
use super::trial::{CALM, Trial, clean_of, empty};
use sqlx::PgConnection;
use std::collections::BTreeSet;
use std::io::Write;

/// From an empty database on: what it commits to make the tables, to claim them, and with each block.
async fn killed_at_each_commit(mut trial: Trial, moment: Moment) {
    let chain = Chain::make(Recipe { seed: 141, slots: 8, noise: true });
    let (clean, until) = (clean_of(&chain).await, chain.last_slot.to_string());
    let node = Node::start(&chain, CALM).await;
    let to_the_end = ["--until-slot", &until, "--batch-events", "1", "--poll-interval-ms", "2"];
    let mut at = 1;
    loop {
        let database = empty();
        let proxy = Proxy::start(&database, at, moment).await;
        let mut running = Running::start(&proxy.url, &node.url, &to_the_end);
        tokio::select! {
            // No more commits.
            status = running.ended() => {
                assert!(status.success(), "{}", running.log());
                break;
            }
            () = proxy.holds() => {}
        }
        running.kill().await;
        drop(proxy);
        if has_news(&database).await {
            trial.holds_without_process(&database).await;
        }
        let mut again = Running::start(&database, &node.url, &to_the_end);
        assert!(again.ended().await.success(), "commit {at}: {}", again.log());
        trial.ends_with(&database, &clean, &[]).await;
        at += 1;
    }
    assert!(at > 2 * chain.blocks.len() as u64, "{at} commits of {} blocks", chain.blocks.len());
    trial.done();
}

/// Whether it came far enough to have written that it saw the head.
async fn has_news(database: &str) -> bool {
    let rows = sqlx::query_scalar("SELECT count(*) FROM indexer_status");
    let rows: Result<i64, _> = rows.fetch_one(&mut connect(database).await).await;
    rows.is_ok_and(|rows| rows > 0)
}

#[tokio::test]
async fn killed_before_each_commit() {
    killed_at_each_commit(Trial::of("killed_before_each_commit"), Moment::Before).await;
}

#[tokio::test]
async fn killed_after_each_commit() {
    killed_at_each_commit(Trial::of("killed_after_each_commit"), Moment::After).await;
}

/// Whether an indexer has a transaction under way that has written.
async fn writes(admin: &mut PgConnection) -> bool {
    let sql = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
        AND application_name LIKE 'tally-indexer%' AND backend_xid IS NOT NULL)";
    sqlx::query_scalar(sql).fetch_one(admin).await.unwrap()
}

async fn confirmed(admin: &mut PgConnection) -> i64 {
    // No tables, or no row, before the first start has got so far.
    let watermark = sqlx::query_scalar("SELECT confirmed_slot FROM watermark").fetch_optional(admin).await;
    watermark.ok().flatten().unwrap_or(-1)
}

#[tokio::test]
async fn killed_at_random_moments() {
    const SEED: u64 = 77;
    const KILLS: u64 = 60;
    let mut trial = Trial::of("killed_at_random_moments");
    let chain = Chain::make(Recipe { seed: 31, slots: 220, noise: true });
    let habits = Habits { calls_a_slot: 12, forks: true, failing: 1, says_index: true };
    let more = ["--poll-interval-ms", "1", "--batch-events", "9"];
    let (database, clean) = (empty(), clean_of(&chain).await);
    let node = Node::start(&chain, habits).await;
    let mut random = Random::new(SEED);
    let mut admin = connect(&database).await;
    let (mut watermarks, mut within) = (BTreeSet::new(), 0);
    for kill in 0..KILLS {
        // The chain's end stays out of reach until the last kill.
        node.limit(chain.last_slot * (kill + 1) / KILLS);
        node.light(random.within(1, 150));
        let mut running = Running::start(&database, &node.url, &more);
        node.burned().await;
        // Somewhere in what follows the answer: decoding, or, every other time, a transaction under way.
        for _ in 0..random.within(0, 200) {
            if kill % 2 == 1 && writes(&mut admin).await {
                within += 1;
                break;
            }
            tokio::task::yield_now().await;
        }
        // On a slow machine it is killed before it gets anywhere: every other time it may pass the watermark first.
        for _ in 0..if kill % 2 == 0 { 3_000 } else { 0 } {
            if !watermarks.contains(&confirmed(&mut admin).await) {
                break;
            }
        }
        assert!(running.is_running(), "it ended by itself: {}", running.log());
        running.kill().await;
        watermarks.insert(confirmed(&mut admin).await);
    }
    assert!(watermarks.len() > 20, "it came no farther between kills: {watermarks:?}");
    assert!(within > 5, "killed within {within} transactions");
    trial.holds_without_process(&database).await;
    node.limit(u64::MAX);
    node.light(0);
    let told = format!("killed {KILLS} times, {within} of them within a transaction, seed {SEED}\n");
    let _ = std::io::stderr().write_all(told.as_bytes());
    let running = Running::start(&database, &node.url, &more);
    trial.is_over(running, chain.last_slot, &clean).await;
    let undo: i64 = sqlx::query_scalar("SELECT count(*) FROM undo").fetch_one(&mut admin).await.unwrap();
    assert_eq!(undo, 0);
    trial.done();
}
