//! Two servers, a primary and its standby: which of them is read, and what a reader sees of it.

use crate::support::{Service, eventually, market};
use axum::http::StatusCode;
use test_postgres::Cluster;

/// A primary with the market and a standby of it; commits wait for the standby.
struct Pair {
    primary: Cluster,
    standby: Cluster,
    /// The primary's.
    database: String,
}

impl Pair {
    fn start() -> Self {
        let primary = Cluster::start().unwrap();
        let database = primary.database().unwrap();
        primary.sql(&database, &market::sql()).unwrap();
        let standby = primary.standby().unwrap();
        primary.require_standby().unwrap();
        Self { primary, standby, database }
    }

    fn replica(&self) -> String {
        self.standby.same(&self.database)
    }

    fn service(&self, settings: &[(&str, &str)]) -> Service {
        let replica = self.replica();
        let all = [&[("REPLICA_URL", replica.as_str())], settings].concat();
        Service::over(self.database.clone(), &all)
    }

    /// Writes as the indexer does when it has come to a slot, `seconds` after it wrote last.
    fn advance(&self, cluster: &Cluster, slot: i64, seconds: u32) {
        let sql = format!(
            "UPDATE watermark SET confirmed_slot = {slot};
             UPDATE indexer_status SET seen_at = seen_at + interval '{seconds} seconds'"
        );
        cluster.sql(&cluster.same(&self.database), &sql).unwrap();
    }

    /// The standby applies nothing more; commits of the primary no longer wait for it.
    fn hold(&self) {
        self.primary.sql("postgres", "ALTER SYSTEM SET synchronous_commit = 'local'").unwrap();
        self.primary.sql("postgres", "SELECT pg_reload_conf()").unwrap();
        self.primary.until("SELECT current_setting('synchronous_commit') = 'local'").unwrap();
        self.standby.sql("postgres", "SELECT pg_wal_replay_pause()").unwrap();
        self.standby.until("SELECT pg_get_wal_replay_pause_state() = 'paused'").unwrap();
    }

    fn go_on(&self) {
        self.standby.sql("postgres", "SELECT pg_wal_replay_resume()").unwrap();
    }
}

/// Answers read from a server so far.
async fn reads(service: &Service, server: &str) -> u64 {
    metric(service, "tally_api_reads_total", server).await
}

async fn metric(service: &Service, name: &str, server: &str) -> u64 {
    let text = service.get("/metrics").await.text;
    let start = format!("{name}{{server=\"{server}\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("{start} in\n{text}")).parse().unwrap()
}

async fn confirmed(service: &Service) -> i64 {
    let reply = service.get("/v1/supply?commitment=confirmed").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    reply.json["slot"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standby_is_read_and_its_lag_is_told() {
    let pair = Pair::start();
    let service = pair.service(&[]);
    for path in ["/v1/supply", "/v1/revenue", "/v1/jobs", "/v1/providers", "/v1/events"] {
        assert_eq!(service.get(path).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(reads(&service, "database").await, 0);
    assert!(reads(&service, "replica").await >= 5);
    // What was acknowledged is there at once.
    for slot in 131..141 {
        pair.advance(&pair.primary, slot, 0);
        assert_eq!(confirmed(&service).await, slot);
    }
    assert_eq!(reads(&service, "database").await, 0);
    assert_eq!(metric(&service, "tally_api_server_up", "replica").await, 1);
    let ready = service.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.text);
    let check = ready.json["checks"].as_array().unwrap().iter().find(|check| check["name"] == "replica");
    let detail = check.unwrap()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("replica (a standby) is") && detail.contains("database (no standby)"),
        "{detail}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_too_far_behind_is_not_read_until_it_has_caught_up() {
    let pair = Pair::start();
    let service = pair.service(&[("REPLICA_MAX_LAG_SECONDS", "20")]);
    assert_eq!(confirmed(&service).await, 130);
    pair.hold();
    pair.advance(&pair.primary, 131, 20);
    // Twenty seconds are not too many.
    eventually(async || {
        (metric(&service, "tally_api_server_lag_milliseconds", "replica").await == 20_000).then_some(())
    })
    .await;
    assert_eq!(confirmed(&service).await, 130);
    pair.advance(&pair.primary, 132, 1);
    eventually(async || (confirmed(&service).await == 132).then_some(())).await;
    // And no answer is of an earlier slot than one before it.
    let before = reads(&service, "replica").await;
    assert_eq!(confirmed(&service).await, 132);
    let (headers, _) = service.bytes("/v1/exports/events?commitment=confirmed").await;
    assert_eq!(headers["x-tally-slot"], "132", "nor is an export");
    let ready = service.get("/readyz").await;
    assert!(ready.text.contains("too far to be read"), "{}", ready.text);
    assert_eq!((ready.status, reads(&service, "replica").await), (StatusCode::OK, before));
    pair.go_on();
    eventually(async || {
        assert_eq!(confirmed(&service).await, 132);
        (reads(&service, "replica").await > before).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_of_an_earlier_state_than_one_before_it() {
    let pair = Pair::start();
    let service = pair.service(&[("REPLICA_MAX_LAG_SECONDS", "5")]);
    assert_eq!(confirmed(&service).await, 130);
    pair.hold();
    pair.advance(&pair.primary, 135, 6);
    eventually(async || (confirmed(&service).await == 135).then_some(())).await;
    // Now the standby is a little behind, which would do, but not for who has seen slot 135.
    let sql = "UPDATE indexer_status SET seen_at = seen_at - interval '5 seconds'";
    pair.primary.sql(&pair.database, sql).unwrap();
    let replica = reads(&service, "replica").await;
    eventually(async || {
        let lag = metric(&service, "tally_api_server_lag_milliseconds", "replica").await;
        assert_eq!(confirmed(&service).await, 135);
        (lag == 1_000).then_some(())
    })
    .await;
    for _ in 0..5 {
        assert_eq!(confirmed(&service).await, 135);
    }
    assert_eq!(reads(&service, "replica").await, replica);
}

#[tokio::test(flavor = "multi_thread")]
async fn either_server_alone_is_enough() {
    let mut pair = Pair::start();
    let service = pair.service(&[]);
    assert_eq!(confirmed(&service).await, 130);
    // The standby is gone, and answers come from the primary.
    pair.primary.sql("postgres", "ALTER SYSTEM RESET synchronous_standby_names").unwrap();
    pair.primary.sql("postgres", "SELECT pg_reload_conf()").unwrap();
    pair.standby.stop();
    assert_eq!(confirmed(&service).await, 130);
    assert_eq!(service.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(metric(&service, "tally_api_server_up", "replica").await, 0);
    pair.advance(&pair.primary, 131, 0);
    assert_eq!(confirmed(&service).await, 131);
    pair.primary.stop();
    let reply = service.get("/v1/supply").await;
    assert!(reply.problem("database-unavailable").contains("cannot be reached"));
    assert_eq!(service.get("/livez").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_fail_over_answers_go_on_from_what_was_the_standby() {
    let pair = Pair::start();
    let service = pair.service(&[]);
    pair.advance(&pair.primary, 140, 0);
    assert_eq!(confirmed(&service).await, 140);
    pair.primary.kill().unwrap();
    assert_eq!(confirmed(&service).await, 140);
    pair.standby.promote().unwrap();
    pair.advance(&pair.standby, 141, 0);
    assert_eq!(confirmed(&service).await, 141);
    let ready = service.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.text);
    eventually(async || {
        let text = service.get("/readyz").await.text;
        (text.contains("replica (no standby)") && text.contains("does not answer")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standby_is_preferred_whichever_setting_names_it() {
    let pair = Pair::start();
    let service = Service::over(pair.replica(), &[("REPLICA_URL", pair.database.as_str())]);
    assert_eq!(confirmed(&service).await, 130);
    assert_eq!(
        (reads(&service, "replica").await, metric(&service, "tally_api_server_up", "replica").await),
        (0, 1)
    );
    assert!(reads(&service, "database").await > 0);
}
