//! A hot standby serves the API while the primary is written; the primary dies in the middle of a transaction; the
//! standby is promoted and the indexer goes on with it. Both servers are the test's own, and so is the streaming
//! replication between them.

use super::support::chain::{Chain, Recipe};
use super::support::tables::{CLUSTER, Database, assert_same, connect, database, sums};
use api::state::App;
use axum::ServiceExt;
use axum::extract::Request;
use indexer::decode::decode;
use indexer::source::{Heads, Reached};
use indexer::store::{Batch, Committed, Store};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use test_postgres::Cluster;

/// Slots until a block is final.
const FINALITY: u64 = 12;
const PATIENCE: Duration = Duration::from_secs(60);

/// A primary that waits until the standby has applied what it acknowledges, and an API that reads the standby.
struct Pair {
    primary: Cluster,
    standby: Cluster,
    indexed: Database,
    /// Where the API listens.
    api: String,
}

impl Pair {
    async fn start() -> Self {
        let primary = Cluster::start().unwrap();
        let url = primary.empty_database().unwrap();
        let store = Store::connect(&url, 4).await.unwrap();
        store.migrate().await.unwrap();
        store.claim(CLUSTER, 0).await.unwrap();
        let standby = primary.standby().unwrap();
        primary.require_standby().unwrap();
        let api = serve(&url, &standby.same(&url)).await;
        Self { primary, standby, indexed: Database { url, store }, api }
    }

    fn replica(&self) -> String {
        self.standby.same(&self.indexed.url)
    }

    async fn ask(&self, path: &str) -> Value {
        ask(&self.api, path).await.unwrap_or_else(|| panic!("{path} was not answered"))
    }

    /// The indexer starts again, with the standby that was promoted.
    async fn fail_over(&self) -> Database {
        self.standby.promote().unwrap();
        let url = self.replica();
        let store = Store::connect(&url, 4).await.unwrap();
        assert_eq!(store.migrate().await.unwrap(), 0);
        store.claim(CLUSTER, 0).await.unwrap();
        Database { url, store }
    }
}

/// An API that keeps no answers: every question reads the standby.
async fn serve(database: &str, replica: &str) -> String {
    let settings = [
        ("TALLY_API_DATABASE_URL", database),
        ("TALLY_API_REPLICA_URL", replica),
        ("TALLY_API_ANSWER_MEMORY_BYTES", "0"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = api::config::Settings::load(None, settings.into_iter()).unwrap();
    let app = App::new(settings, "http://tally.test".to_owned()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = ServiceExt::<Request>::into_make_service(api::router::build(app));
    tokio::spawn(async move { axum::serve(listener, service).await });
    format!("http://{address}")
}

/// The answer; `None` as long as the network's first event is not in.
async fn ask(api: &str, path: &str) -> Option<Value> {
    let answer = reqwest::get(format!("{api}{path}")).await.unwrap();
    let (status, answer) = (answer.status(), answer.json::<Value>().await.unwrap());
    if answer["type"] == "/problems/not-indexed" {
        return None;
    }
    assert!(status.is_success(), "{path}: {answer}");
    Some(answer)
}

/// A block a transaction.
fn batches(chain: &Chain) -> Vec<Batch> {
    let blocks = chain.source_blocks();
    let last = blocks.last().unwrap().slot;
    let each = blocks.into_iter().map(|block| {
        let finalized = if block.slot == last { last } else { block.slot.saturating_sub(FINALITY) };
        let head =
            Heads { confirmed: block.slot, finalized, confirmed_time: block.time, finalized_time: None };
        let reached = Reached { confirmed: block.slot, finalized, head };
        let mut batch = Batch { blocks: vec![decode(block)], ..Batch::default() };
        batch.reach(reached);
        batch
    });
    each.collect()
}

fn chain() -> Chain {
    Chain::make(Recipe { seed: 77, slots: 120, noise: true })
}

async fn write(database: &Database, batches: &[Batch]) -> Vec<Committed> {
    let mut all = Vec::new();
    for batch in batches {
        all.push(database.store.commit(batch).await.unwrap());
    }
    all
}

/// The same batches in a database of another server, where nothing ever failed.
async fn undisturbed(batches: &[Batch]) -> BTreeMap<String, String> {
    let database = database().await;
    write(&database, batches).await;
    database.sums().await
}

fn whole(amount: &Value) -> i128 {
    amount["base"].as_str().unwrap_or_else(|| panic!("{amount}")).parse().unwrap()
}

/// Whether an answer about the supply is one state and no mixture of two.
fn balances(supply: &Value) {
    let data = &supply["data"];
    let excluded = data["excluded"].as_array().unwrap().iter().map(|one| whole(&one["amount"]));
    let parts = whole(&data["circulating"]) + excluded.sum::<i128>();
    assert_eq!(whole(&data["total"]), parts, "{supply}");
    let made = whole(&data["genesis"]) + whole(&data["minted"]) - whole(&data["burned_here"]);
    assert_eq!(whole(&data["total"]), made, "{supply}");
}

/// Reads the supply again and again until `stop`; every answer, in order.
async fn read_on(api: String, stop: Arc<AtomicBool>) -> Vec<Value> {
    let mut answers = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        answers.extend(ask(&api, "/v1/supply?commitment=confirmed").await);
    }
    answers
}

/// Waits until a question to this server is answered with yes.
async fn until(url: &str, question: &'static str) {
    let mut connection = connect(url).await;
    let asking = async {
        while !sqlx::query_scalar::<_, bool>(question).fetch_one(&mut connection).await.unwrap() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("not in time: {question}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standby_serves_every_acknowledged_state_while_the_primary_is_written() {
    let pair = Pair::start().await;
    let stop = Arc::new(AtomicBool::new(false));
    let reading: Vec<_> = (0..2).map(|_| tokio::spawn(read_on(pair.api.clone(), stop.clone()))).collect();
    let mut states = BTreeMap::new();
    for (place, batch) in batches(&chain()).into_iter().enumerate() {
        if place == 40 {
            // Beside it all, tables are divided.
            pair.indexed.store.partition(40).await.unwrap();
        }
        let done = pair.indexed.store.commit(&batch).await.unwrap();
        // What was acknowledged is in the next answer, and nothing later is there yet.
        let answer = pair.ask("/v1/supply?commitment=confirmed").await;
        assert_eq!(answer["slot"], done.confirmed);
        let finalized = ask(&pair.api, "/v1/supply").await;
        assert!(finalized.is_none_or(|answer| answer["slot"] == done.finalized));
        balances(&answer);
        states.insert(done.confirmed, answer["data"].clone());
    }
    stop.store(true, Ordering::Relaxed);
    let mut seen = 0;
    for reader in reading {
        let answers = reader.await.unwrap();
        let slots: Vec<u64> = answers.iter().map(|answer| answer["slot"].as_u64().unwrap()).collect();
        assert!(slots.is_sorted(), "a slot went back: {slots:?}");
        for (answer, slot) in answers.iter().zip(slots) {
            assert_eq!(answer["data"], states[&slot], "an answer of slot {slot} is of another state");
            seen += 1;
        }
    }
    assert!(seen > states.len(), "{seen} answers to {} states", states.len());
    let metrics = reqwest::get(format!("{}/metrics", pair.api)).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("tally_api_reads_total{server=\"database\"} 0"), "{metrics}");
    assert_same(&pair.indexed.sums().await, &sums(&pair.replica()).await, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_killed_in_the_middle_of_a_transaction_loses_nothing_acknowledged() {
    let (pair, batches) = (Pair::start().await, batches(&chain()));
    let (before, rest) = batches.split_at(batches.len() / 2);
    let acknowledged = write(&pair.indexed, before).await;

    // The next one has written everything but how far the head is when it has to wait; so it is killed.
    let mut other = connect(&pair.indexed.url).await;
    sqlx::raw_sql("BEGIN; LOCK TABLE indexer_status IN EXCLUSIVE MODE").execute(&mut other).await.unwrap();
    let (store, batch) = (pair.indexed.store.clone(), rest[0].clone());
    let writing = tokio::spawn(async move { store.commit(&batch).await });
    until(&pair.indexed.url, "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)").await;
    pair.primary.kill().unwrap();
    writing.await.unwrap().unwrap_err();

    let promoted = pair.fail_over().await;
    holds(&promoted, &acknowledged).await;
    assert_same(&undisturbed(before).await, &promoted.sums().await, &[]);
    let last = acknowledged.last().unwrap();
    assert_eq!(pair.ask("/v1/supply?commitment=confirmed").await["slot"], last.confirmed);

    write(&promoted, rest).await;
    assert_same(&undisturbed(&batches).await, &promoted.sums().await, &[]);
    let answer = pair.ask("/v1/supply").await;
    assert_eq!(answer["slot"], batches.last().unwrap().reached.unwrap().finalized);
    balances(&answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_acknowledgement_was_lost_is_there_once() {
    let (pair, batches) = (Pair::start().await, batches(&chain()));
    let (before, rest) = batches.split_at(batches.len() / 2);
    let acknowledged = write(&pair.indexed, before).await;

    // The standby has the next transaction and does not apply it, so that nobody is told that it is committed.
    let mut standby = connect(&pair.replica()).await;
    sqlx::query("SELECT pg_wal_replay_pause()").execute(&mut standby).await.unwrap();
    until(&pair.replica(), "SELECT pg_get_wal_replay_pause_state() = 'paused'").await;
    let (store, batch) = (pair.indexed.store.clone(), rest[0].clone());
    let writing = tokio::spawn(async move { store.commit(&batch).await });
    until(
        &pair.indexed.url,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')
            AND (SELECT flush_lsn >= pg_current_wal_flush_lsn() FROM pg_stat_replication)",
    )
    .await;
    let last = acknowledged.last().unwrap();
    assert_eq!(pair.ask("/v1/supply?commitment=confirmed").await["slot"], last.confirmed);
    assert!(!writing.is_finished());
    pair.primary.kill().unwrap();
    writing.await.unwrap().unwrap_err();

    let promoted = pair.fail_over().await;
    holds(&promoted, &acknowledged).await;
    assert_same(&undisturbed(&batches[..=before.len()]).await, &promoted.sums().await, &[]);
    // It is written again, because nobody was told.
    let again = promoted.store.commit(&rest[0]).await.unwrap();
    assert_eq!((again.blocks, again.transactions, again.events), (0, 0, 0));
    write(&promoted, &rest[1..]).await;
    assert_same(&undisturbed(&batches).await, &promoted.sums().await, &[]);
}

/// Asserts that everything that was acknowledged is there.
async fn holds(database: &Database, acknowledged: &[Committed]) {
    let sum = |of: fn(&Committed) -> u64| acknowledged.iter().map(of).sum::<u64>();
    let last = acknowledged.last().unwrap();
    let through = last.confirmed;
    for (table, expected) in [
        ("blocks", sum(|done| done.blocks)),
        ("transactions", sum(|done| done.transactions)),
        ("events", sum(|done| done.events)),
    ] {
        let sql = format!("SELECT count(*) FROM {table} WHERE slot <= {through}");
        assert_eq!(database.number(&sql).await, i128::from(expected), "{table}");
    }
    let mark = database.store.watermark().await.unwrap().unwrap();
    assert!(mark.confirmed >= last.confirmed && mark.finalized >= last.finalized, "{mark:?}");
}
