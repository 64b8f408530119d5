//! A long history, listed once, fetched by all that run on the database, and folded in order.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, LAG, Node};
use super::support::process::{indexing, signal, spawn, until_or, writer};
use super::support::random::Random;
use super::support::script::straight;
use super::support::tables::{Database, assert_same, connect, database, sums};
use indexer::backfill::History;
use indexer::metrics::Metrics;
use indexer::pipeline::Pipeline;
use indexer::source::Until;
use indexer::source::rpc::{Client, Listing, Manners};
use indexer::store::{Committed, Next};
use sqlx::PgConnection;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const CALM: Habits = Habits { calls_a_slot: 0, forks: false, failing: 0, says_index: true };
const TERM: Duration = Duration::from_secs(60);

fn chain(slots: u64) -> Chain {
    Chain::make(Recipe { seed: 41, slots, noise: true })
}

async fn reference(chain: &Chain) -> Database {
    let database = database().await;
    database.feed(straight(&chain.source_blocks(), chain.last_slot), 1_000).await;
    database
}

/// Brings in what these nodes have, in ranges of `page_size`, until the end or until `stop` is cancelled.
async fn bring_in(database: &Database, nodes: &[&Node], page_size: usize, stop: CancellationToken) {
    let metrics = Arc::new(Metrics::default());
    let urls: Vec<String> = nodes.iter().map(|node| node.url.clone()).collect();
    let manners =
        Manners { timeout: Duration::from_secs(10), concurrency: 4, calls_a_second: 0, max_lag: 50, seed: 3 };
    let client = Client::of(&urls, manners, metrics.clone(), stop.clone()).unwrap();
    let (progress, watched) = watch::channel(Committed::default());
    let pipeline = Pipeline {
        store: database.store.clone(),
        batch_events: 20,
        metrics: metrics.clone(),
        progress,
        stop: stop.clone(),
    };
    let history = History {
        client: &client,
        store: &database.store,
        metrics: &metrics,
        progress: watched,
        page_size,
        concurrency: 4,
        start_slot: 0,
        least: 0,
        stop,
    };
    history.bring_in(&pipeline, Until::Head).await.unwrap();
}

async fn finish(database: &Database, nodes: &[&Node], page_size: usize) {
    bring_in(database, nodes, page_size, CancellationToken::new()).await;
    assert_eq!(database.number("SELECT count(*) FROM backfill").await, 0);
    assert_eq!(database.number("SELECT count(*) FROM backfill_ranges").await, 0);
}

#[tokio::test]
async fn history_in_ranges_gives_what_the_chain_holds_whatever_their_size() {
    let chain = chain(120);
    let one = reference(&chain).await.sums().await;
    for (page_size, says_index) in [(1_000, true), (7, false), (5, true)] {
        let node = Node::start(&chain, Habits { says_index, failing: 2, ..CALM }).await;
        let other = database().await;
        finish(&other, &[&node], page_size).await;
        assert_same(&one, &other.sums().await, &[]);
        assert_eq!(other.number("SELECT count(*) FROM undo").await, 0);
    }
}

#[tokio::test]
async fn a_list_that_was_stopped_goes_on_below_what_is_listed() {
    let chain = chain(150);
    let one = reference(&chain).await.sums().await;
    let node = Node::start(&chain, CALM).await;
    let other = database().await;
    // Enough calls for half of the list, none for what it names.
    node.light(30);
    let stop = CancellationToken::new();
    let stopping = async {
        node.burned().await;
        stop.cancel();
    };
    let nodes = [&node];
    tokio::join!(bring_in(&other, &nodes, 5, stop.clone()), stopping);
    let slot = other.number("SELECT cursor_slot FROM backfill WHERE NOT listed").await;
    assert!(slot > 0 && slot < i128::from(chain.last_slot), "the cursor stands at {slot}");
    let listed = other.number("SELECT sum(cardinality(slots)) FROM backfill_ranges").await;
    assert!(listed > 0);
    // What is listed above the cursor is not asked for again.
    node.forget(0);
    finish(&other, &[&node], 5).await;
    assert_same(&one, &other.sums().await, &[]);
}

#[tokio::test]
async fn while_nothing_is_stored_the_node_with_the_longest_history_is_believed() {
    let chain = chain(120);
    let one = reference(&chain).await.sums().await;
    for swapped in [false, true] {
        let (short, long) = (Node::start(&chain, CALM).await, Node::start(&chain, CALM).await);
        short.forget(chain.last_slot / 2);
        let other = database().await;
        let nodes = if swapped { [&long, &short] } else { [&short, &long] };
        finish(&other, &nodes, 9).await;
        assert_same(&one, &other.sums().await, &[]);
    }
}

#[tokio::test]
async fn a_range_is_given_to_one_worker_at_a_time_lowest_first() {
    let first = database().await;
    let (second, third, late) = (first.again().await, first.again().await, first.again().await);
    first.store.begin_backfill(0, 1_000).await.unwrap();
    let range = |slot: u64| Listing::from([(slot, vec![("a".repeat(88).into(), Some(3))])]);
    // Newest first, as they are listed.
    let above = (50, "b".repeat(88).into());
    first.store.add_ranges(&[range(60), range(70)], &above).await.unwrap();
    assert_eq!(first.store.claim_range(TERM).await.unwrap(), None, "the list is not whole");
    let stored = [(20, "c".repeat(88).into())];
    let lacking = first.store.finish_list(&[range(10), range(20)], &stored).await.unwrap();
    assert_eq!(lacking, Some("c".repeat(88)));
    assert_eq!(first.store.claim_range(TERM).await.unwrap(), None, "the list lacks what is stored");
    let stored = [(20, "a".repeat(88).into())];
    assert_eq!(first.store.finish_list(&[range(10), range(20)], &stored).await.unwrap(), None);
    assert_eq!(first.store.backfill().await.unwrap().unwrap().last, Some(70));
    let mut given = Vec::new();
    for database in [&first, &second, &third] {
        given.push(database.store.claim_range(TERM).await.unwrap().unwrap());
    }
    assert_eq!(given.iter().map(|range| range.first).collect::<Vec<_>>(), [10, 20, 60]);
    // One that was given back, one whose worker is not heard of, one whose worker is gone, and a worker's own.
    first.store.leave_range(given[0].id, "no reason").await.unwrap();
    let over = "UPDATE backfill_ranges SET until = now() - interval '1 s' WHERE first_slot = 20";
    second.execute(over).await.unwrap();
    third.store.close().await;
    let mut claims = Vec::new();
    for database in [&first, &late, &second] {
        let claimed = database.store.claim_range(TERM).await.unwrap().unwrap();
        assert_eq!(claimed.listing, range(claimed.first));
        claims.push((claimed.first, claimed.tries));
    }
    assert_eq!(claims, [(10, 2), (20, 2), (60, 2)]);
    assert_eq!(second.store.claim_range(TERM).await.unwrap().unwrap().first, 60);
    let fresh = first.again().await;
    assert_eq!(fresh.store.claim_range(TERM).await.unwrap().unwrap().first, 70);
    assert_eq!(first.again().await.store.claim_range(TERM).await.unwrap(), None);
    // The one that folding waits for is given to another one, too, if it takes long.
    let long = "UPDATE backfill_ranges SET since = now() - interval '61 s'";
    second.execute(long).await.unwrap();
    assert_eq!(second.store.claim_range(TERM).await.unwrap().unwrap().first, 10);
    // Who comes late finds it done.
    assert!(first.store.finish_range(given[0].id, vec![1]).await.unwrap());
    assert!(!second.store.finish_range(given[0].id, vec![2]).await.unwrap());
    assert_eq!(first.store.next_range(None).await.unwrap(), Next::Fetched(10, 10, vec![1]));
    assert_eq!(first.store.next_range(Some(10)).await.unwrap(), Next::Waiting);
    assert_eq!(first.store.next_range(Some(70)).await.unwrap(), Next::None);
    first.store.drop_ranges(19).await.unwrap();
    assert_eq!(first.store.backfill_left().await.unwrap().ranges, 3);
}

#[tokio::test]
async fn one_that_dies_between_the_last_range_and_the_end_is_followed_by_one_that_goes_on() {
    let chain = chain(120);
    let one = reference(&chain).await.sums().await;
    let node = Node::start(&chain, CALM).await;
    let other = database().await;
    finish(&other, &[&node], 20).await;
    // As if the end had not been noted: all of it is folded.
    let last = other.number("SELECT finalized_slot FROM watermark").await.to_string();
    for (listed, through) in
        [("TRUE", last.as_str()), ("FALSE", last.as_str()), ("TRUE", "5"), ("FALSE", "5")]
    {
        let left = format!(
            "INSERT INTO backfill (program, after_slot, through_slot, listed) SELECT program, 0, {through}, {listed} FROM watermark"
        );
        other.execute(&left).await.unwrap();
        finish(&other, &[&node], 20).await;
        assert_same(&one, &other.sums().await, &[]);
    }
}

/// Whether everything through a slot is in, and nothing left of bringing it in.
async fn is_in(connection: &mut PgConnection, slot: u64) -> bool {
    let sql = "SELECT (SELECT finalized_slot FROM watermark) >= $1 AND NOT EXISTS (SELECT FROM backfill)";
    sqlx::query_scalar(sql).bind(slot.cast_signed()).fetch_one(connection).await.unwrap()
}

/// Stopped while it brings history in, the holder wakes up after another one has taken over, and stands by.
#[tokio::test]
async fn one_that_hangs_while_it_brings_history_in_stands_by_when_it_wakes() {
    let chain = chain(200);
    let one = reference(&chain).await.sums().await;
    let node = Node::start(&chain, CALM).await;
    let url = test_postgres::shared().unwrap().empty_database().unwrap();
    let start = || {
        let mut command = indexing(&url, &node.url);
        command.args(["--history-slots", "4", "--page-size", "5", "--batch-events", "9", "--lease-s", "1"]);
        command.args(["--reconcile-interval-s", "0", "--concurrency", "1"]);
        spawn(command)
    };
    let mut connection = connect(&url).await;
    let mut first = start();
    until_or("nobody took the lease", async || writer(&mut connection).await == first.id()).await;
    let mut second = start();
    node.light(60);
    node.burned().await;
    signal(&first, "-STOP");
    until_or("nobody took over", async || writer(&mut connection).await == second.id()).await;
    signal(&first, "-CONT");
    until_or("the end is not reached", async || is_in(&mut connection, chain.last_slot).await).await;
    assert_same(&one, &sums(&url).await, &[]);
    // The first one still stands by: it writes once the second is gone.
    second.kill().await.unwrap();
    until_or("nobody took over", async || {
        assert!(first.try_wait().unwrap().is_none(), "it ended by itself");
        writer(&mut connection).await == first.id()
    })
    .await;
}

/// Three processes bring history in together while the head moves and forks; any of them is killed again and again.
#[tokio::test]
async fn several_processes_share_the_work_and_any_of_them_may_die() {
    const SEED: u64 = 5;
    const KILLS: u64 = 24;
    let chain = chain(220);
    let one = reference(&chain).await;
    let habits = Habits { calls_a_slot: 12, forks: true, failing: 1, says_index: true };
    let node = Node::start(&chain, habits).await;
    node.head_at(chain.last_slot * 2 / 3);
    let url = test_postgres::shared().unwrap().empty_database().unwrap();
    let start = || {
        let mut command = indexing(&url, &node.url);
        command.args(["--history-slots", "4", "--page-size", "5", "--batch-events", "9"]);
        command.args(["--reconcile-interval-s", "0", "--concurrency", "2"]);
        spawn(command)
    };
    let mut random = Random::new(SEED);
    let mut connection = connect(&url).await;
    let mut running = [start(), start(), start()];
    let mut workers = BTreeSet::new();
    for kill in 0..KILLS {
        node.limit(chain.last_slot * 2 / 3 + (LAG + chain.last_slot / 3) * kill / KILLS);
        node.light(random.within(20, 90));
        node.burned().await;
        let seen = sqlx::query_scalar::<_, String>(
            "SELECT DISTINCT worker FROM backfill_ranges WHERE worker IS NOT NULL",
        );
        workers.extend(seen.fetch_all(&mut connection).await.unwrap_or_default());
        let one = &mut running[usize::try_from(random.within(0, 2)).unwrap()];
        one.kill().await.unwrap();
        *one = start();
    }
    node.limit(u64::MAX);
    until_or("the end is not reached", async || is_in(&mut connection, chain.last_slot).await).await;
    for child in &mut running {
        assert!(child.try_wait().unwrap().is_none(), "one ended by itself");
        child.kill().await.unwrap();
    }
    // Said even if the test passes, when what is printed is thrown away.
    let _ = writeln!(std::io::stderr(), "killed {KILLS} times, {} workers seen, seed {SEED}", workers.len());
    assert!(workers.len() >= 3, "{workers:?}");
    assert_same(&one.sums().await, &sums(&url).await, &[]);
}
