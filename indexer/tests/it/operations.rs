//! `/readyz`, `/metrics` and `indexer status` say the same of every condition, and the files for operators name only
//! what there is.

use super::support::chain::{Chain, Recipe};
use super::support::http::get;
use super::support::process::{command, output};
use super::support::script::straight;
use super::support::tables::{Database, database};
use indexer::health::Limits;
use indexer::metrics::Metrics;
use indexer::serve::{Monitor, router};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// A server of an indexer's health.
struct Server(String);

impl Server {
    async fn start(database: &Database) -> Self {
        let limits = Limits { max_lag_slots: 150, reconcile_interval_s: 60 };
        let monitor =
            Monitor { store: database.store.clone(), metrics: Arc::new(Metrics::default()), limits };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router(monitor)).await });
        Self(address)
    }

    async fn get(&self, path: &str) -> (u16, String) {
        get(&self.0, path).await.unwrap()
    }

    async fn figure(&self, name: &str) -> u64 {
        let (_, text) = self.get("/metrics").await;
        let line = text.lines().find(|line| line.split(' ').next() == Some(name));
        let line = line.unwrap_or_else(|| panic!("{name} is not in {text}"));
        line.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

async fn status(database: &Database) -> (Option<i32>, Value) {
    let mut status = command();
    status.args(["status", "--json", "--database-url", &database.url]);
    let done = output(status).await;
    let error = String::from_utf8_lossy(&done.stderr);
    (done.status.code(), serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{error}")))
}

/// Asserts that all three say this state, for exactly these reasons.
async fn assert_all_say(database: &Database, server: &Server, state: &str, codes: &[&str]) {
    let (code, said) = status(database).await;
    assert_eq!(said["state"], *state, "{said:#}");
    assert_eq!(code, Some(i32::from(state != "ready")));
    let reasons = said["reasons"].as_array().unwrap();
    let found: BTreeSet<&str> = reasons.iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(found, codes.iter().copied().collect(), "{said:#}");
    let (code, line) = server.get("/readyz").await;
    assert_eq!(code, if state == "ready" { 200 } else { 503 }, "{line}");
    assert!(line.starts_with(state), "{line}");
    for reason in reasons {
        assert!(line.contains(reason["text"].as_str().unwrap()), "{line} lacks {reason}");
    }
    for name in ["ready", "degraded", "failing"] {
        let figure = server.figure(&format!("tally_indexer_{name}")).await;
        assert_eq!(figure, u64::from(name == state), "{name}");
    }
    let progress = &said["progress"];
    for (name, value) in [
        ("finalized_slot", &progress["finalized_slot"]),
        ("head_finalized", &progress["head_finalized"]),
        ("lag_slots", &progress["lag_slots"]),
        ("waiting_events", &said["waiting_events"]),
        ("gaps", &Value::from(said["gaps"].as_array().unwrap().len())),
        ("deficits", &Value::from(said["differences"].as_array().unwrap().len())),
    ] {
        // What is not known yet has no figure, and the state says that nothing was indexed.
        let known = value.as_u64().unwrap_or(0);
        assert_eq!(server.figure(&format!("tally_indexer_{name}")).await, known, "{name}");
    }
}

fn chain() -> Chain {
    Chain::make(Recipe { seed: 95, slots: 120, noise: false })
}

#[tokio::test]
async fn the_three_say_the_same_of_every_condition_and_of_its_end() {
    let (chain, database) = (chain(), database().await);
    let server = Server::start(&database).await;
    let say = async |state: &str, codes: &[&str]| assert_all_say(&database, &server, state, codes).await;
    say("failing", &["nothing"]).await;
    database.feed(straight(&chain.source_blocks(), chain.last_slot), 500).await;
    say("degraded", &["not_compared"]).await;
    let compared = "INSERT INTO snapshots (slot, checked_at, supply, stake_vault, job_vaults, treasury, burned_elsewhere)
        VALUES (1, now(), 0, 0, 0, 0, 0)";
    database.execute(compared).await.unwrap();
    say("ready", &[]).await;

    let old = "UPDATE snapshots SET checked_at = now() - INTERVAL '20 minutes'";
    let conditions = [
        (
            "failing",
            "stale",
            "UPDATE indexer_status SET seen_at = now() - INTERVAL '10 minutes'",
            "UPDATE indexer_status SET seen_at = now()",
        ),
        (
            "failing",
            "lag",
            "UPDATE indexer_status SET head_finalized = head_finalized + 151",
            "UPDATE indexer_status SET head_finalized = head_finalized - 151",
        ),
        (
            "failing",
            "differences",
            "INSERT INTO reconciliations VALUES (1, 'supply', 5, 4, 'deficit')",
            "DELETE FROM reconciliations",
        ),
        ("degraded", "not_compared", old, "UPDATE snapshots SET checked_at = now()"),
        (
            "degraded",
            "undecodable",
            "INSERT INTO dead_letters VALUES (1, repeat('1', 64), 0, 0, 0, 'undecodable', 'x', '\\x00')",
            "DELETE FROM dead_letters",
        ),
        (
            "degraded",
            "contradictions",
            "INSERT INTO dead_letters VALUES (1, repeat('1', 64), 0, 0, 0, 'contradiction', 'x', '\\x00')",
            "DELETE FROM dead_letters",
        ),
    ];
    for (state, code, begin, end) in conditions {
        database.execute(begin).await.unwrap();
        say(state, &[code]).await;
        database.execute(end).await.unwrap();
        say("ready", &[]).await;
    }
    // A surplus is a gift, and a lag at the limit is none.
    database.execute("INSERT INTO reconciliations VALUES (1, 'supply', 4, 5, 'surplus')").await.unwrap();
    database.execute("UPDATE indexer_status SET head_finalized = head_finalized + 150").await.unwrap();
    say("ready", &[]).await;
}

#[tokio::test]
async fn the_three_say_the_same_of_a_gap() {
    let (chain, database) = (chain(), database().await);
    let server = Server::start(&database).await;
    let mut blocks = chain.source_blocks();
    let missing = blocks.remove(blocks.len() / 2);
    database.feed(straight(&blocks, chain.last_slot), 500).await;
    assert_all_say(&database, &server, "degraded", &["gaps", "waiting", "not_compared"]).await;
    let (_, said) = status(&database).await;
    let gap = &said["gaps"][0];
    let slots = gap["after_slot"].as_u64().unwrap()..=gap["before_slot"].as_u64().unwrap();
    assert!(slots.contains(&missing.slot), "{gap}");
    database.feed(straight(&[missing], chain.last_slot), 500).await;
    assert_all_say(&database, &server, "degraded", &["not_compared"]).await;
}

#[tokio::test]
async fn status_needs_a_schema_of_this_version_and_makes_none() {
    let url = test_postgres::shared().unwrap().empty_database().unwrap();
    for name in ["status", "verify"] {
        let mut asked = command();
        asked.args([name, "--database-url", &url]);
        let error = super::support::process::refusal(asked).await;
        assert!(error.contains("indexer migrate"), "{error}");
    }
    let mut connection = super::support::tables::connect(&url).await;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn status_is_told_to_people_too() {
    let (chain, database) = (chain(), database().await);
    database.feed(straight(&chain.source_blocks(), chain.last_slot), 500).await;
    let mut asked = command();
    asked.args(["status", "--database-url", &database.url]);
    let text = String::from_utf8(output(asked).await.stdout).unwrap();
    for word in
        ["health", "degraded", "through slot 120 final", "0 slots", "writer", "dead letters   0", "disk"]
    {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
}

/// What an expression of Prometheus names of ours.
fn named(expression: &str) -> Vec<String> {
    let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("tally_")).map(str::to_owned).collect()
}

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations").join(name);
    std::fs::read_to_string(&path).unwrap()
}

/// Every `expr` in a document.
fn expressions(document: &Value, found: &mut Vec<String>) {
    match document {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if name == "expr" => found.push(text.to_owned()),
                    _ => expressions(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
        _ => {}
    }
}

#[test]
fn dashboard_and_alerts_name_only_metrics_that_exist() {
    let metrics = Metrics::default();
    metrics.endpoints.add("node.example");
    let text = metrics.render();
    let there: BTreeSet<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split([' ', '{']).next())
        .collect();
    let mut dashboard = Vec::new();
    expressions(&serde_json::from_str(&file("dashboard.json")).unwrap(), &mut dashboard);
    let alerts: Vec<String> = file("alerts.yml")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: ").map(str::to_owned))
        .filter(|expression| !expression.contains("tally_api_")) // a test of the API looks at its own
        .collect();
    assert!(dashboard.len() >= 10 && alerts.len() >= 6, "{} and {}", dashboard.len(), alerts.len());
    for expression in dashboard.iter().chain(&alerts) {
        let names = named(expression);
        assert!(!names.is_empty(), "{expression}");
        for name in names {
            assert!(there.contains(name.as_str()), "{name} in `{expression}` is no metric");
        }
    }
}

#[test]
fn every_alert_has_a_part_of_the_runbook() {
    let (alerts, runbook) = (file("alerts.yml"), file("runbook.md"));
    let names: Vec<&str> = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        assert!(runbook.contains(&format!("## {name}\n")), "the runbook does not tell what {name} means");
        let anchor = format!("runbook.md#{}", name.to_lowercase());
        assert!(alerts.contains(&anchor), "{name} does not lead to the runbook");
    }
}

#[test]
fn every_metric_has_a_help_text_and_a_type() {
    let text = Metrics::default().render();
    let helps = text.lines().filter(|line| line.starts_with("# HELP tally_indexer_")).count();
    let types: Vec<&str> = text.lines().filter(|line| line.starts_with("# TYPE ")).collect();
    assert_eq!(helps, types.len());
    for line in types {
        let words: Vec<&str> = line.split(' ').collect();
        let is_counter = words[3] == "counter";
        assert_eq!(is_counter, words[2].ends_with("_total"), "{line}");
    }
}
