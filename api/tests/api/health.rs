//! `/livez`, `/readyz`, `/metrics`, and a database that is gone.

use crate::support::{Service, market};
use axum::http::{Method, StatusCode};

#[tokio::test]
async fn a_service_with_sound_figures_is_ready() {
    let service = Service::new();
    let reply = service.get("/readyz").await;
    assert_eq!((reply.status, &reply.json["ready"]), (StatusCode::OK, &true.into()), "{}", reply.text);
    assert_eq!(reply.json["checks"].as_array().unwrap().len(), 5);
    assert_eq!(service.get("/livez").await.json["alive"], true);
}

#[tokio::test]
async fn each_thing_that_is_wrong_is_named() {
    let cases = [
        ("UPDATE indexer_status SET head_finalized = 300", "lag: 200 slots behind"),
        ("UPDATE indexer_status SET seen_at = now() - interval '2 minutes'", "saw 120 seconds ago"),
        ("DELETE FROM indexer_status", "has not reported"),
        (
            "INSERT INTO dead_letters VALUES (50, repeat('1', 88), 0, 0, 0, 'undecodable', 'why', '')",
            "decoded: 1 entries could not be understood",
        ),
        ("UPDATE events SET applied = FALSE WHERE slot = 60", "1 events wait"),
        ("UPDATE reconciliations SET verdict = 'deficit' WHERE subject = 'supply'", "differ in supply"),
        ("DELETE FROM snapshots", "have not been compared"),
        ("UPDATE snapshots SET checked_at = now() - interval '1 hour'", "3600 seconds ago"),
        (
            "UPDATE schema_version SET version = 999, oldest_reader = 998",
            "schema: version 999, to be read by",
        ),
        ("UPDATE schema_version SET version = 3, oldest_reader = 1", "schema: version 3"),
    ];
    let service = Service::new();
    for (sql, sentence) in cases {
        // Each case over a market of its own.
        let service = Service::over(test_postgres::shared().unwrap().copy(&service.database).unwrap(), &[]);
        service.sql(sql);
        let reply = service.get("/readyz").await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{sql}");
        assert!(reply.problem("not-ready").contains(sentence), "{sql}: {}", reply.text);
        assert_eq!(service.get("/livez").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_later_schema_that_has_kept_what_is_read_is_no_fault() {
    let service = Service::new();
    service.sql("UPDATE schema_version SET version = 999");
    let ready = service.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.text);
}

#[tokio::test]
async fn waiting_events_that_are_not_final_are_no_fault() {
    let service = Service::new();
    service.sql("UPDATE events SET applied = FALSE WHERE slot = 121");
    assert_eq!(service.get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn before_the_indexer_has_run_there_are_no_figures() {
    let service = Service::empty();
    let reply = service.get("/readyz").await;
    assert!(reply.problem("not-ready").contains("has not written anything yet"));
    for path in ["/v1/revenue", "/v1/supply/total", "/v1/jobs", "/v1/events"] {
        let reply = service.get(path).await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        reply.problem("not-indexed");
    }
}

#[tokio::test]
async fn a_database_that_is_gone_is_said_so() {
    let mut cluster = test_postgres::Cluster::start().unwrap();
    let database = cluster.database().unwrap();
    cluster.sql(&database, &market::sql()).unwrap();
    let service = Service::over(database.clone(), &[]);
    assert_eq!(service.get("/readyz").await.status, StatusCode::OK);
    cluster.stop();
    for path in ["/readyz", "/v1/supply", "/v1/supply/total", "/v1/revenue", "/v1/jobs"] {
        let reply = service.get(path).await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(reply.header("retry-after"), "5");
        assert!(reply.problem("database-unavailable").contains("cannot be reached"));
        assert!(!reply.text.contains("tally-pg"), "nothing internal shows: {}", reply.text);
    }
    assert_eq!(service.get("/livez").await.status, StatusCode::OK);
    assert!(service.get("/metrics").await.text.contains("tally_api_database_up 0"));
}

#[tokio::test]
async fn a_database_that_comes_later_is_noticed() {
    let cluster = test_postgres::shared().unwrap();
    let service = Service::over(cluster.url("comes_later"), &[]);
    service.get("/v1/supply").await.problem("database-unavailable");
    cluster.sql("postgres", "CREATE DATABASE comes_later").unwrap();
    for path in ["/v1/supply", "/readyz"] {
        assert!(service.get(path).await.problem("not-indexed").contains("start the indexer"));
    }
    cluster.migrate("comes_later").unwrap();
    cluster.sql("comes_later", &market::sql()).unwrap();
    assert_eq!(service.get("/v1/supply").await.status, StatusCode::OK);
    assert_eq!(service.get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_read_that_a_standby_gives_up_can_be_tried_again() {
    let service = Service::new();
    service.sql(
        "ALTER TABLE jobs RENAME TO jobs_kept;
         CREATE FUNCTION give_up() RETURNS BOOLEAN LANGUAGE plpgsql AS $$
         BEGIN
            RAISE EXCEPTION 'canceling statement due to conflict with recovery' USING ERRCODE = '40001';
         END $$;
         CREATE VIEW jobs AS SELECT * FROM jobs_kept WHERE give_up();",
    );
    let reply = service.get("/v1/jobs?commitment=confirmed").await;
    assert_eq!((reply.status, reply.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    assert!(reply.problem("database-unavailable").contains("try again"), "{}", reply.text);
}

#[tokio::test]
async fn methods_that_strangers_make_up_are_counted_together() {
    let service = Service::new();
    for name in ["FROBNICATE", "BREW", "get"] {
        let method = Method::from_bytes(name.as_bytes()).unwrap();
        service.request(method, "/v1/jobs", &[], None).await;
    }
    let text = service.get("/metrics").await.text;
    let line = "tally_api_requests_total{method=\"other\",route=\"/v1/jobs\",status=\"405\"} 3";
    assert!(text.contains(line) && !text.contains("FROBNICATE"), "{text}");
}

#[tokio::test]
async fn alerts_about_the_api_name_only_metrics_that_exist() {
    let service = Service::new();
    service.get("/v1/jobs").await;
    let text = service.get("/metrics").await.text;
    let alerts =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations/alerts.yml"))
            .unwrap();
    let expressions = alerts.lines().filter_map(|line| line.trim().strip_prefix("expr: "));
    let words = expressions.flat_map(|it| it.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
    let named: Vec<&str> = words.filter(|word| word.starts_with("tally_api_")).collect();
    assert!(named.len() >= 5, "{named:?}");
    for name in named {
        assert!(text.contains(&format!("# HELP {name} ")), "{name} is no metric");
    }
}

#[tokio::test]
async fn metrics_count_requests_and_report_the_figures_age() {
    let service = Service::new();
    service.get("/v1/jobs?limit=1").await;
    service.get(&format!("/v1/jobs/{}", market::job(1))).await;
    service.get("/v1/jobs?wrong=1").await;
    let text = service.get("/metrics").await.text;
    for line in [
        "tally_api_requests_total{method=\"GET\",route=\"/v1/jobs\",status=\"200\"} 1",
        "tally_api_requests_total{method=\"GET\",route=\"/v1/jobs\",status=\"400\"} 1",
        "tally_api_requests_total{method=\"GET\",route=\"/v1/jobs/{id}\",status=\"200\"} 1",
        "tally_api_indexed_slot{commitment=\"finalized\"} 100",
        "tally_api_lag_slots{commitment=\"finalized\"} 1",
        "tally_api_database_up 1",
        "tally_api_ready 1",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
}
