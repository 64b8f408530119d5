//! `indexer verify`: the tables made anew beside the live ones are the same, and what is not is named.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, Node};
use super::support::process::{command, output, spawn};
use super::support::script::{Script, reached, straight};
use super::support::tables::{Database, assert_same, database};
use indexer::source::Update;
use indexer::store::SCRATCH;
use indexer::verify::{Genesis, Report, verify};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

fn chain() -> Chain {
    Chain::make(Recipe { seed: 91, slots: 180, noise: true })
}

async fn indexed(chain: &Chain) -> Database {
    let database = database().await;
    database.feed(straight(&chain.source_blocks(), chain.last_slot), 200).await;
    database
}

async fn verified(database: &Database, genesis: Option<Vec<Update>>) -> Report {
    let stop = CancellationToken::new();
    verify(&database.url, genesis.map(|updates| Genesis { source: Script(updates), nodes: None }), 100, &stop)
        .await
        .unwrap()
}

fn names(compared: &[indexer::store::Compared]) -> Vec<&str> {
    compared.iter().filter(|table| !table.is_same()).map(|table| table.table.as_str()).collect()
}

async fn schemas(database: &Database) -> i128 {
    database.number(&format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{SCRATCH}'")).await
}

#[tokio::test]
async fn tables_that_follow_from_their_events_are_the_same_and_nothing_is_left_behind() {
    let (chain, mut updates) = (chain(), Vec::new());
    let database = database().await;
    // Some of it is only confirmed: that is compared as well.
    updates.extend(chain.source_blocks().into_iter().map(Update::Block));
    updates.push(reached(chain.last_slot, chain.last_slot - 40));
    database.feed(updates, 20).await;
    let before = database.sums().await;
    let report = verified(&database, None).await;
    assert!(report.same && report.gaps.is_empty() && report.chain.is_none(), "{}", report.text());
    assert_eq!((report.slot, report.finalized), (chain.last_slot, chain.last_slot - 40));
    assert_eq!(i128::from(report.events), database.number("SELECT count(*) FROM events").await);
    let compared: Vec<&str> = report.derived.iter().map(|table| table.table.as_str()).collect();
    for table in ["events", "jobs", "ledger", "balances", "revenue_hourly", "dues", "conversions"] {
        let place = compared.iter().position(|name| *name == table);
        assert!(place.is_some_and(|place| report.derived[place].live.rows > 0), "{table}");
    }
    assert_eq!(schemas(&database).await, 0);
    assert_same(&before, &database.sums().await, &[]);
}

#[tokio::test]
async fn a_row_that_does_not_follow_is_named() {
    let database = indexed(&chain()).await;
    let changes = [
        ("balances", "UPDATE balances SET balance = balance + 1 WHERE account = 'minted'"),
        ("providers", "UPDATE providers SET earned = earned + 1 WHERE number = 0"),
        ("dues", "DELETE FROM dues WHERE job = (SELECT min(job) FROM dues)"),
        (
            "prices",
            "INSERT INTO prices SELECT slot, signature, 99, inner_index, at, spot, confidence, average,
            burn_price, mint_price, exponent, publish_time, price_slot FROM prices LIMIT 1",
        ),
    ];
    let provider = database.texts("SELECT provider FROM providers WHERE number = 0").await.remove(0);
    for (_, change) in changes {
        assert!(database.execute(change).await.unwrap() > 0, "{change}");
    }
    let report = verified(&database, None).await;
    assert!(!report.same);
    let mut wrong = names(&report.derived);
    wrong.sort_unstable();
    assert_eq!(wrong, ["balances", "dues", "prices", "providers"]);
    let of = |name: &str| &report.derived.iter().find(|table| table.table == name).unwrap().differing;
    assert_eq!(of("providers"), &[format!("{provider}: differs")]);
    assert!(of("dues").iter().all(|key| key.ends_with(": not in the live table")), "{:?}", of("dues"));
    assert!(of("prices")[0].ends_with(": only in the live table"), "{:?}", of("prices"));
    assert!(report.text().contains(&format!("{provider}: differs")), "{}", report.text());

    let mut by_hand = command();
    by_hand.args(["verify", "--json", "--database-url", &database.url]);
    let done = output(by_hand).await;
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((done.status.code(), &said["same"]), (Some(1), &Value::Bool(false)));
    database.store.rebuild().await.unwrap();
    let mut by_hand = command();
    by_hand.args(["verify", "--database-url", &database.url]);
    let done = output(by_hand).await;
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(String::from_utf8_lossy(&done.stdout).contains("are the same"));
}

#[tokio::test]
async fn a_number_that_is_missing_is_named_although_every_table_follows_from_what_is_there() {
    let (chain, database) = (chain(), database().await);
    let mut blocks = chain.source_blocks();
    blocks.remove(blocks.len() / 2);
    database.feed(straight(&blocks, chain.last_slot), 200).await;
    let report = verified(&database, None).await;
    assert_eq!(names(&report.derived), Vec::<&str>::new());
    assert!(!report.same && !report.gaps.is_empty());
    let entity = database.texts("SELECT min(entity) FROM sequence_gaps").await.remove(0);
    assert!(report.gaps[0].starts_with(&format!("{entity}: ")), "{:?}", report.gaps);
    assert!(report.text().contains(&report.gaps[0]), "{}", report.text());
}

#[tokio::test]
async fn from_genesis_the_chain_is_read_again_and_what_it_does_not_say_is_named() {
    let chain = chain();
    let database = indexed(&chain).await;
    let node =
        Node::start(&chain, Habits { calls_a_slot: 0, forks: false, failing: 0, says_index: true }).await;
    let genesis = async |history_slots: &str, expected: i32| {
        let mut verify = command();
        verify.args(["verify", "--from-genesis", "--json", "--database-url", &database.url]);
        verify.args(["--rpc-url", &node.url, "--poll-interval-ms", "1"]);
        verify.args(["--history-slots", history_slots, "--page-size", "5"]);
        let done = output(verify).await;
        let error = String::from_utf8_lossy(&done.stderr);
        assert_eq!(error.contains("history is in through slot"), history_slots == "1", "{error}");
        assert_eq!(done.status.code(), Some(expected), "{error}");
        serde_json::from_slice::<Value>(&done.stdout).unwrap()
    };
    // In one round, and in ranges that the scratch schema's own tables hand out.
    let said = genesis("1000", 0).await;
    assert_eq!(genesis("1", 0).await["chain"], said["chain"]);
    for table in ["blocks", "transactions", "events", "event_entities", "ledger", "receipts"] {
        let compared = said["chain"].as_array().unwrap().iter().find(|one| one["table"] == table);
        assert!(compared.unwrap()["live"]["rows"].as_u64().unwrap() > 0, "{table}");
    }
    // Nothing that follows from events tells of these.
    let forged =
        "UPDATE blocks SET blockhash = (SELECT min(b.blockhash) FROM blocks b WHERE b.slot < blocks.slot)
        WHERE slot = (SELECT max(slot) FROM blocks)";
    assert_eq!(database.execute(forged).await.unwrap(), 1);
    let lost = "DELETE FROM transactions WHERE slot = (SELECT min(slot) FROM transactions)";
    assert!(database.execute(lost).await.unwrap() > 0);
    let said = genesis("1", 1).await;
    let same = |part: &str| said[part].as_array().unwrap().iter().all(|one| one["live"] == one["anew"]);
    assert!(same("derived") && !same("chain"));
    let wrong: Vec<&str> = said["chain"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["live"] != one["anew"])
        .map(|one| one["table"].as_str().unwrap())
        .collect();
    assert_eq!(wrong, ["blocks", "transactions"]);
    assert_eq!(schemas(&database).await, 0);
}

#[tokio::test]
async fn what_an_indexer_writes_meanwhile_is_no_difference() {
    let chain = chain();
    let database = database().await;
    let blocks = chain.source_blocks();
    let (first, rest) = blocks.split_at(blocks.len() / 2);
    let middle = first.last().unwrap().slot;
    database.feed(straight(first, middle), 50).await;
    let mut live = Vec::new();
    for block in rest {
        live.push(Update::Block(block.clone()));
        live.push(reached(block.slot, block.slot.saturating_sub(6).max(middle)));
    }
    live.push(reached(chain.last_slot, chain.last_slot));
    // The chain has gone on for the second source as well: it gives more than is compared.
    let (report, metrics) =
        tokio::join!(verified(&database, Some(straight(&blocks, chain.last_slot))), database.feed(live, 1));
    assert!(report.same, "{}", report.text());
    assert!(metrics.commits_total.get() > 20);
    assert!(verified(&database, Some(straight(&blocks, chain.last_slot))).await.same);
}

#[tokio::test]
async fn what_a_killed_verify_left_is_dropped_by_the_next_and_two_at_a_time_are_refused() {
    let database = indexed(&chain()).await;
    // Held open, so that it cannot end before it is killed.
    let mut lock = database.connection().await;
    sqlx::query("BEGIN").execute(&mut lock).await.unwrap();
    sqlx::query("LOCK TABLE revenue_hourly IN ACCESS EXCLUSIVE MODE").execute(&mut lock).await.unwrap();
    let mut killed = command();
    killed.args(["verify", "--database-url", &database.url]);
    let mut child = spawn(killed);
    let filled = format!("SELECT CASE WHEN to_regclass('{SCRATCH}.jobs') IS NULL THEN 0 ELSE 1 END");
    while database.number(&filled).await == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
    }
    let mut second = command();
    second.args(["verify", "--database-url", &database.url]);
    let refused = super::support::process::refusal(second).await;
    assert!(refused.contains("Another `indexer verify` runs"), "{refused}");
    child.kill().await.unwrap();
    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    assert_eq!(schemas(&database).await, 1);
    // The killed one's connections may take a moment to notice.
    let gone = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
         AND application_name LIKE 'tally-indexer%' AND query LIKE '%{SCRATCH}%'"
    );
    while database.number(&gone).await > 0 {
        let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE 'tally-indexer%' AND pid <> pg_backend_pid()";
        database.number(kill).await;
    }
    let report = verified(&database, None).await;
    assert!(report.same, "{}", report.text());
    assert_eq!(schemas(&database).await, 0);
}

#[tokio::test]
async fn a_verify_that_is_told_to_stop_drops_its_schema() {
    let database = indexed(&chain()).await;
    let stop = CancellationToken::new();
    stop.cancel();
    let error = verify(&database.url, None::<Genesis<Script>>, 100, &stop).await.unwrap_err().to_string();
    assert!(error.starts_with("Stopped before"), "{error}");
    assert_eq!(schemas(&database).await, 0);
}
