//! What an operator meets: errors in one sentence, settings, signals, health.

use super::support::chain::{Chain, Recipe};
use super::support::http::get;
use super::support::node::{Habits, Node};
use super::support::process::{command, indexing, output, refusal, spawn, until_or};
use super::support::tables::{Database, connect, database};
use std::time::Duration;

const AT_THE_END: Habits = Habits { calls_a_slot: 0, forks: false, failing: 0, says_index: true };
const NOWHERE: &str = "http://127.0.0.1:9";

fn chain() -> Chain {
    Chain::make(Recipe { seed: 41, slots: 60, noise: false })
}

/// As a later version's indexer leaves a database.
async fn migrate_further(database: &Database) {
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'later', TRUE, '\\x00', 0)";
    database.execute(later).await.unwrap();
}

fn empty() -> String {
    test_postgres::shared().unwrap().empty_database().unwrap()
}

#[tokio::test]
async fn an_unreachable_node_is_one_sentence_and_changes_nothing() {
    let database = empty();
    let error = refusal(indexing(&database, NOWHERE)).await;
    assert!(error.contains("RPC node") && error.contains("rpc_url"), "{error}");
    let mut connection = connect(&database).await;
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM watermark").fetch_one(&mut connection).await.unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn an_unreachable_database_is_one_sentence() {
    let error = refusal(indexing("postgres://tally@127.0.0.1:9/none", NOWHERE)).await;
    assert!(error.contains("Cannot connect to the database") && error.contains("database_url"), "{error}");
    let error = refusal(indexing("mysql://x", NOWHERE)).await;
    assert!(error.contains("postgres://"), "{error}");
}

#[tokio::test]
async fn a_node_of_another_cluster_is_refused() {
    let node = Node::start(&chain(), AT_THE_END).await;
    let database = database().await;
    let other = "UPDATE watermark SET cluster = '4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY'";
    database.execute(other).await.unwrap();
    let error = refusal(indexing(&database.url, &node.url)).await;
    assert!(error.contains("4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY"), "{error}");
}

#[tokio::test]
async fn a_schema_of_a_later_version_is_refused() {
    let node = Node::start(&chain(), AT_THE_END).await;
    let database = database().await;
    migrate_further(&database).await;
    database.execute("UPDATE schema_version SET oldest_writer = 9999").await.unwrap();
    let error = refusal(indexing(&database.url, &node.url)).await;
    assert!(error.contains("9999") && error.contains("newer indexer"), "{error}");
    // Nor is it once a column says nothing of it.
    database.execute("ALTER TABLE schema_version DROP COLUMN oldest_writer").await.unwrap();
    let error = refusal(indexing(&database.url, &node.url)).await;
    assert!(error.contains("9999") && error.contains("newer indexer"), "{error}");
}

#[tokio::test]
async fn settings_that_do_not_exist_are_named() {
    let folder = std::env::temp_dir().join(format!("tally-indexer-settings-{}", std::process::id()));
    std::fs::write(&folder, "rpc_url = 'http://x'\nrcp_timeout_s = 3\n").unwrap();
    let mut with_file = command();
    with_file.arg("--config").arg(&folder);
    let error = refusal(with_file).await;
    std::fs::remove_file(&folder).unwrap();
    assert!(error.contains("rcp_timeout_s"), "{error}");

    let mut with_variable = command();
    with_variable.env("TALLY_INDEXER_RCP_URL", "http://x");
    let error = refusal(with_variable).await;
    assert!(error.contains("TALLY_INDEXER_RCP_URL"), "{error}");

    let error = refusal(command()).await;
    assert!(error.contains("`rpc_url` is missing"), "{error}");
}

#[tokio::test]
async fn help_explains_every_setting() {
    let mut help = command();
    help.arg("--help");
    let text = String::from_utf8(output(help).await.stdout).unwrap();
    for name in
        ["--rpc-url", "--database-url", "--once", "--until-slot", "[default: 1000]", "TALLY_INDEXER_LISTEN"]
    {
        assert!(text.contains(name), "{name} is not in\n{text}");
    }
}

#[tokio::test]
async fn once_ends_when_everything_final_is_in_and_migrate_and_rebuild_end_too() {
    let (chain, database) = (chain(), empty());
    let node = Node::start(&chain, AT_THE_END).await;
    let mut migrate = command();
    migrate.args(["migrate", "--database-url", &database]);
    let done = output(migrate).await;
    assert!(
        done.status.success() && String::from_utf8_lossy(&done.stdout).contains("migrations were applied")
    );
    let mut once = indexing(&database, &node.url);
    once.arg("--once");
    assert!(spawn(once).wait().await.unwrap().success());
    let mut rebuild = command();
    rebuild.args(["rebuild", "--database-url", &database]);
    let done = output(rebuild).await;
    let count = chain.events().len();
    assert!(String::from_utf8_lossy(&done.stdout).contains(&format!("from {count} events")));
    let mut connection = connect(&database).await;
    let mark: i64 =
        sqlx::query_scalar("SELECT finalized_slot FROM watermark").fetch_one(&mut connection).await.unwrap();
    assert_eq!(mark.unsigned_abs(), chain.last_slot);
}

#[tokio::test]
async fn a_later_schema_that_this_version_may_write_is_written_by_it_and_not_compared() {
    let (chain, database) = (chain(), database().await);
    let node = Node::start(&chain, AT_THE_END).await;
    migrate_further(&database).await;
    let child = spawn(indexing(&database.url, &node.url));
    let is_in =
        async || database.number("SELECT finalized_slot FROM watermark").await == i128::from(chain.last_slot);
    until_or("it does not index", is_in).await;
    // Another one comes meanwhile, and finds nothing to wait for.
    let mut migrate = command();
    migrate.args(["migrate", "--database-url", &database.url]);
    assert!(output(migrate).await.status.success());
    let mut verify = command();
    verify.args(["verify", "--database-url", &database.url]);
    let error = refusal(verify).await;
    assert!(error.contains("migration 9999") && error.contains("cannot compare"), "{error}");
    drop(child);
}

/// An address that nobody listens on at the moment.
async fn free_address() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test]
async fn it_serves_its_health_and_stops_at_a_signal_with_everything_written() {
    let (chain, database) = (chain(), empty());
    let node = Node::start(&chain, AT_THE_END).await;
    let address = free_address().await;
    let mut run = indexing(&database, &node.url);
    run.args(["--listen", &address, "--reconcile-interval-s", "0", "--max-lag-slots", "0"]);
    let mut child = spawn(run);
    let ready = async {
        loop {
            if get(&address, "/readyz").await.is_some_and(|(code, _)| code == 200) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ready).await.unwrap();
    assert_eq!(get(&address, "/livez").await.unwrap(), (200, "alive\n".into()));
    let (_, metrics) = get(&address, "/metrics").await.unwrap();
    let line = format!("tally_indexer_finalized_slot {}", chain.last_slot);
    assert!(metrics.contains(&line), "{metrics}");
    let terminate = tokio::process::Command::new("kill").arg(child.id().unwrap().to_string()).status();
    assert!(terminate.await.unwrap().success());
    assert!(child.wait().await.unwrap().success());
    let mut connection = connect(&database).await;
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&mut connection).await.unwrap();
    assert_eq!(count.unsigned_abs(), chain.events().len() as u64);
}
