//! Several indexers on one database: one writes, and whatever becomes of it, another one goes on where it was.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, Node};
use super::support::process::{command, indexing, output, refusal, signal, spawn, until_or, writer};
use super::support::script::straight;
use super::support::tables::{Database, assert_same, connect, database, sums};
use indexer::Error;
use indexer::store::{Asked, Batch, Lease};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::time::Duration;

const TERM: Duration = Duration::from_secs(60);
const OVER: &str = "UPDATE lease SET until = now() - interval '1 second'";

fn chain(slots: u64) -> Chain {
    Chain::make(Recipe { seed: 23, slots, noise: true })
}

async fn held(database: &Database) -> Lease {
    match database.store.ask_for_lease(TERM).await.unwrap() {
        Asked::Held(lease) => lease,
        Asked::By(holder) => panic!("{holder:?} holds the lease"),
    }
}

/// Asks until the lease is free: a server takes a moment to notice that a connection is gone.
async fn once_free(database: &Database) -> Lease {
    let ask = async {
        loop {
            if let Asked::Held(lease) = database.store.ask_for_lease(TERM).await.unwrap() {
                return lease;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TERM, ask).await.unwrap()
}

#[tokio::test]
async fn what_one_holds_another_gets_once_it_is_given_back() {
    let first = database().await;
    let second = first.again().await;
    let lease = held(&first).await;
    match second.store.ask_for_lease(TERM).await.unwrap() {
        Asked::By(holder) => {
            assert_eq!((holder.name.as_str(), holder.start), (first.store.name(), lease.start()));
        }
        Asked::Held(_) => panic!("two hold it"),
    }
    let start = lease.start();
    lease.give_back().await.unwrap();
    assert_eq!(held(&second).await.start(), start + 1);
}

#[tokio::test]
async fn a_holder_whose_connection_is_gone_is_replaced_before_its_term_is_over() {
    let first = database().await;
    let second = first.again().await;
    let lease = held(&first).await;
    drop(lease);
    once_free(&second).await;
}

#[tokio::test]
async fn a_holder_whose_term_is_over_is_replaced_and_writes_nothing_more() {
    let chain = chain(40);
    let first = database().await;
    let second = first.again().await;
    let mut lease = held(&first).await;
    lease.prolong().await.unwrap();
    first.execute(OVER).await.unwrap();
    let later = held(&second).await;
    let before = first.sums().await;
    let error = first.store.commit(&Batch::default()).await.unwrap_err();
    assert!(matches!(error, Error::Superseded), "{error}");
    let updates = straight(&chain.source_blocks(), chain.last_slot);
    let error = first.try_feed(updates.clone(), 50).await.unwrap_err();
    assert!(matches!(error, Error::Superseded), "{error}");
    assert_same(&before, &first.sums().await, &[]);
    // Its connection was ended, which it finds out first.
    assert!(matches!(lease.prolong().await.unwrap_err(), Error::Database(_)));
    let error = lease.prolong().await.unwrap_err();
    assert!(matches!(error, Error::Superseded), "{error}");
    // What it gives back is not its own any more.
    lease.give_back().await.unwrap();
    assert!(matches!(first.store.ask_for_lease(TERM).await.unwrap(), Asked::By(_)));
    second.feed(updates, 50).await;
    drop(later);
}

#[tokio::test]
async fn one_that_hangs_in_a_transaction_does_not_hold_up_the_next() {
    let first = database().await;
    let _lease = held(&first).await;
    // As a process that was stopped in the middle of a batch leaves it.
    let mut hanging = connect(&first.url).await;
    let named = format!("SET application_name = 'tally-indexer {}'", first.store.name());
    sqlx::query(AssertSqlSafe(named)).execute(&mut hanging).await.unwrap();
    let mut transaction = hanging.begin().await.unwrap();
    for written in ["UPDATE watermark SET confirmed_slot = 1", "UPDATE writers SET writes = writes + 1"] {
        sqlx::query(written).execute(&mut *transaction).await.unwrap();
    }
    first.execute(OVER).await.unwrap();
    // One that starts meanwhile is not held up either.
    let second = tokio::time::timeout(TERM, first.again()).await.expect("it waits for the one that hangs");
    held(&second).await;
    assert!(transaction.commit().await.is_err());
}

#[tokio::test]
async fn of_many_that_ask_at_once_one_gets_it() {
    let first = database().await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let one = first.again().await;
        asking.spawn(async move { (one.store.ask_for_lease(TERM).await.unwrap(), one) });
    }
    let all = asking.join_all().await;
    let holders: Vec<&str> = all
        .iter()
        .filter(|(asked, _)| matches!(asked, Asked::Held(_)))
        .map(|(_, one)| one.store.name())
        .collect();
    assert_eq!(holders.len(), 1, "{holders:?}");
    for (asked, _) in &all {
        if let Asked::By(holder) = asked {
            assert_eq!(holder.name, holders[0]);
        }
    }
}

async fn confirmed(connection: &mut PgConnection) -> i64 {
    let slot = sqlx::query_scalar("SELECT confirmed_slot FROM watermark").fetch_optional(connection).await;
    slot.ok().flatten().unwrap_or(-1)
}

/// Two processes want the head. Whoever writes is killed, or stopped until its term is over and woken again,
/// and the other one goes on; the tables are those of an undisturbed run.
#[tokio::test]
async fn when_the_writer_dies_or_hangs_the_one_that_stands_by_goes_on() {
    const TURNS: u64 = 6;
    let chain = chain(180);
    let one = database().await;
    one.feed(straight(&chain.source_blocks(), chain.last_slot), 1_000).await;

    let url = test_postgres::shared().unwrap().empty_database().unwrap();
    let habits = Habits { calls_a_slot: 2, forks: true, failing: 1, says_index: true };
    let node = Node::start(&chain, habits).await;
    node.limit(0);
    let start = || {
        let mut command = indexing(&url, &node.url);
        command.args([
            "--batch-events",
            "9",
            "--page-size",
            "50",
            "--reconcile-interval-s",
            "0",
            "--lease-s",
            "1",
        ]);
        spawn(command)
    };
    let mut connection = connect(&url).await;
    let mut writing = start();
    until_or("nobody took the lease", async || writer(&mut connection).await == writing.id()).await;
    let mut standing_by = start();
    for turn in 1..=TURNS {
        let before = confirmed(&mut connection).await;
        node.limit(chain.last_slot * turn / TURNS);
        until_or("the tables stand still", async || confirmed(&mut connection).await > before).await;
        assert_eq!(writer(&mut connection).await, writing.id(), "turn {turn}");
        let hangs = turn % 2 == 0;
        signal(&writing, if hangs { "-STOP" } else { "-KILL" });
        until_or("nobody took over", async || writer(&mut connection).await == standing_by.id()).await;
        let before_it = std::mem::replace(&mut writing, standing_by);
        standing_by = if hangs {
            signal(&before_it, "-CONT");
            before_it
        } else {
            start()
        };
    }
    node.limit(u64::MAX);
    let last = i64::try_from(chain.last_slot).unwrap();
    let finalized = "SELECT finalized_slot FROM watermark";
    until_or("the end is not reached", async || {
        sqlx::query_scalar::<_, i64>(finalized).fetch_one(&mut connection).await.unwrap() >= last
    })
    .await;
    let mut status = command();
    status.args(["status", "--json", "--database-url", &url]);
    let said: serde_json::Value = serde_json::from_slice(&output(status).await.stdout).unwrap();
    let holder = said["holder"].as_str().unwrap();
    assert_eq!(holder.split('/').nth(1), Some(writing.id().unwrap().to_string().as_str()), "{said:#}");
    assert_eq!(said["writer"], TURNS + 1, "{said:#}");
    // A run that is to end by itself does not wait for ever.
    let mut once = indexing(&url, &node.url);
    once.args(["--once", "--lease-s", "1"]);
    let error = refusal(once).await;
    assert!(error.contains(holder) && error.contains("stop it first"), "{error}");
    for mut child in [standing_by, writing] {
        signal(&child, "-TERM");
        assert!(child.wait().await.unwrap().success());
    }
    assert_eq!(writer(&mut connection).await, None, "the lease was not given back");
    assert_same(&one.sums().await, &sums(&url).await, &[]);
}
