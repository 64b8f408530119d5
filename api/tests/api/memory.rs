//! Answers that were read a moment ago.

use crate::support::market::key;
use crate::support::{Reply, Service, eventually, lock_jobs, until_locked_out};
use axum::http::{Method, StatusCode};

const ON: [(&str, &str); 1] = [("ANSWER_MEMORY_BYTES", "1000000")];

/// Answers given without reading, and answers read, of which asking for these is one.
async fn counts(service: &Service) -> (u64, u64) {
    let text = service.get("/metrics").await.text;
    let count = |start: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(start));
        line.map_or(0, |count| count.trim().parse().unwrap())
    };
    (count("tally_api_remembered_total "), count("tally_api_reads_total{server=\"database\"} "))
}

/// An answer given without reading. That the service has begun to listen to the database counts as a change, so that
/// what it reads before is not kept.
async fn until_kept(service: &Service, path: &str) -> Reply {
    eventually(async || {
        let (before, _) = counts(service).await;
        let reply = service.get(path).await;
        (counts(service).await.0 > before).then_some(reply)
    })
    .await
}

async fn until_slot(service: &Service, path: &str, slot: u64) {
    eventually(async || (service.get(path).await.json["slot"] == slot).then_some(())).await;
}

#[tokio::test]
async fn who_asks_the_same_is_given_the_same_without_reading() {
    let service = Service::with(&ON);
    let first = until_kept(&service, "/v1/supply/total").await;
    let (_, reads) = counts(&service).await;
    let known = [("if-none-match", first.header("etag"))];
    let again = service.request(Method::GET, "/v1/supply/total", &known, None).await;
    // A second may have passed, in which case it was read again, to the same end.
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    for name in ["etag", "cache-control", "x-tally-slot", "x-tally-commitment"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    assert!(counts(&service).await.1 <= reads + 2);
    let head = service.request(Method::HEAD, "/v1/supply/total", &[], None).await;
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
}

/// The headers but those that name the request.
fn lasting(reply: &Reply) -> Vec<(&str, &str)> {
    let each = reply.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let mut headers: Vec<_> = each.filter(|(name, _)| *name != "x-request-id").collect();
    headers.sort_unstable();
    headers
}

#[tokio::test]
async fn where_the_first_is_not_answered_nobody_who_waits_asks_again() {
    let more = [ON[0], ("STATEMENT_TIMEOUT_MS", "600000"), ("REQUEST_TIMEOUT_MS", "2000")];
    let service = Service::with(&more);
    until_kept(&service, "/v1/supply").await;
    let locked = lock_jobs(&service.database).await;
    let (_, before) = counts(&service).await;
    let replies = futures_util::future::join_all((0..8).map(|_| service.get("/v1/jobs"))).await;
    replies
        .iter()
        .for_each(|reply| assert!(reply.problem("timeout").contains("took longer"), "{}", reply.text));
    assert_eq!(counts(&service).await.1, before + 2, "the one, and this question");
    drop(locked);
    assert_eq!(service.get("/v1/jobs").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_has_it_already_is_told_the_same_each_time() {
    let service = Service::with(&ON);
    let path = "/v1/supply";
    let tag = service.get(path).await.header("etag").to_owned();
    let ask = async |known: &str| service.request(Method::GET, path, &[("if-none-match", known)], None).await;
    let first = ask(&tag).await;
    assert_eq!(first.header("access-control-allow-origin"), "*");
    for known in [tag.as_str(), "*", &format!("W/\"other\", {tag}"), tag.trim_start_matches("W/")] {
        // By the layers before it is kept, and before them once it is.
        for _ in 0..4 {
            let again = ask(known).await;
            assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{known}");
            assert_eq!(lasting(&again), lasting(&first), "{known}");
            assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
        }
    }
    let other = ask("W/\"other\"").await;
    assert_eq!((other.status, other.header("etag")), (StatusCode::OK, tag.as_str()));
    let head = service.request(Method::HEAD, path, &[("if-none-match", &tag)], None).await;
    assert_eq!(lasting(&head), lasting(&first));
    let asked = "tally_api_requests_total{method=\"GET\",route=\"/v1/supply\",status=\"304\"} 17";
    let metrics = service.get("/metrics").await.text;
    assert!(metrics.contains(asked), "{metrics}");
    service.sql("UPDATE watermark SET finalized_slot = 101; NOTIFY tally_watermark");
    let changed =
        eventually(async || Some(ask(&tag).await).filter(|reply| reply.status == StatusCode::OK)).await;
    assert_eq!(changed.json["slot"], 101);
}

#[tokio::test]
async fn who_has_it_already_may_not_ask_more_often() {
    let key = "0123456789abcdef0123456789abcdef";
    let (keys, bearer) = (format!("desk={key}"), format!("Bearer {key}"));
    let bounds =
        [("KEY_REQUESTS_PER_SECOND", "1"), ("KEY_REQUESTS_BURST", "12"), ("API_KEYS", keys.as_str()), ON[0]];
    let service = Service::with(&bounds);
    let tag = service.get("/v1/supply").await.header("etag").to_owned();
    let mut told = Vec::new();
    for _ in 0..20 {
        let headers = [("if-none-match", tag.as_str()), ("authorization", &bearer)];
        told.push(service.request(Method::GET, "/v1/supply", &headers, None).await.status.as_u16());
    }
    let (let_through, refused): (Vec<u16>, Vec<u16>) = told.iter().partition(|status| **status == 304);
    assert!((12..16).contains(&let_through.len()), "{told:?}");
    assert!(refused.iter().all(|status| *status == 429), "{told:?}");
    let metrics = service.get("/metrics").await.text;
    let refusals = format!("tally_api_turned_away_total{{by=\"key\"}} {}", refused.len());
    assert!(metrics.contains(&refusals), "{metrics}");
}

#[tokio::test]
async fn what_the_indexer_has_written_is_in_the_next_answer() {
    let service = Service::with(&ON);
    let path = "/v1/supply";
    assert_eq!(service.get(path).await.json["slot"], 100);
    service.sql("UPDATE watermark SET finalized_slot = 101; NOTIFY tally_watermark");
    until_slot(&service, path, 101).await;
    // Whoever has seen a slot is not led back by an answer that was read before, on whichever path.
    let other = "/v1/supply/max";
    service.get(other).await;
    service.sql("UPDATE watermark SET finalized_slot = 102");
    let fresh = service.get("/v1/revenue").await;
    assert_eq!(fresh.json["slot"], 102);
    assert_eq!(service.get(other).await.header("x-tally-slot"), "102");
    assert_eq!(service.get(path).await.json["slot"], 102);
}

#[tokio::test]
async fn a_change_that_nobody_told_is_seen_within_a_second() {
    let service = Service::with(&ON);
    assert_eq!(service.get("/v1/supply").await.json["slot"], 100);
    service.sql("UPDATE watermark SET finalized_slot = 101");
    until_slot(&service, "/v1/supply", 101).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_at_once_are_one_read() {
    let service = Service::with(&ON);
    until_kept(&service, "/v1/supply/max").await;
    let (_, before) = counts(&service).await;
    let locked = lock_jobs(&service.database).await;
    let asking = (0..50).map(|_| service.get("/v1/jobs"));
    let all = futures_util::future::join_all(asking);
    let unlock = async {
        until_locked_out(&service.database).await;
        drop(locked);
    };
    let (replies, ()) = tokio::join!(all, unlock);
    assert!(replies.iter().all(|reply| reply.status == StatusCode::OK && reply.text == replies[0].text));
    assert_eq!(counts(&service).await.1, before + 2);
}

#[tokio::test]
async fn what_failed_is_not_kept() {
    let service = Service::with(&ON);
    let path = format!("/v1/jobs/{}", key(0x99));
    for _ in 0..2 {
        service.get(&path).await.problem("not-found");
    }
    assert_eq!(counts(&service).await.0, 0);
    service.get("/v1/supply?unknown=1").await.problem("unknown-parameter");
    assert_eq!(service.get("/readyz").await.header("cache-control"), "no-store");
}
