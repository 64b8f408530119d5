//! What holds for every path: refusals, cursors, caching, headers.

use crate::support::market::job;
use crate::support::{Service, lock_jobs, until_locked_out, until_nobody_is_locked_out};
use axum::http::{Method, StatusCode};
use futures_util::future::{Either, select};
use sqlx::Connection;

const LISTS: [&str; 4] = ["/v1/events?", "/v1/jobs?", "/v1/epochs?", "/v1/providers?"];

#[tokio::test]
async fn an_unknown_parameter_is_refused_by_name_on_every_path() {
    let service = Service::new();
    let document: serde_json::Value = serde_json::from_str(&api::openapi::pretty().unwrap()).unwrap();
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        if item.get("get").is_none() || path == "/actions.json" {
            continue;
        }
        let path = path.replace("{id}", &job(1));
        let reply = service.get(&format!("{path}?intervall=day")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(reply.problem("unknown-parameter").contains("\"intervall\""), "{}", reply.text);
        assert_eq!(reply.json["instance"], format!("{path}?intervall=day"));
        asked += 1;
    }
    assert!(asked >= 20, "{asked}");
}

#[tokio::test]
async fn a_malformed_address_is_named_with_the_remedy() {
    let service = Service::new();
    for path in [
        "/v1/jobs/hello",
        "/v1/providers/0OIl",
        "/v1/jobs/hello/receipts",
        "/v1/providers/%FF",
        "/v1/jobs/1111",
    ] {
        let reply = service.get(path).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(reply.problem("invalid-address").contains("copy it whole"), "{}", reply.text);
    }
    assert!(service.get("/v1/jobs/hello").await.text.contains("\\\"hello\\\""));
    let reply = service.get("/v1/jobs?provider=hello").await;
    assert!(reply.problem("invalid-parameter").starts_with("provider: \"hello\" is not a Solana address"));
}

#[tokio::test]
async fn wrong_values_are_named() {
    let service = Service::new();
    let cases = [
        ("/v1/jobs?limit=0", "limit: \"0\" is not a whole number from 1 to 200"),
        ("/v1/jobs?limit=201", "limit: \"201\""),
        ("/v1/jobs?limit=many", "limit: \"many\""),
        ("/v1/jobs?order=up", "order: \"up\" is not one of: desc, asc"),
        ("/v1/supply?commitment=processed", "commitment: \"processed\" is not one of: finalized, confirmed"),
        ("/v1/supply?commitment=confirmed&commitment=finalized", "\"commitment\" is given twice"),
    ];
    for (path, sentence) in cases {
        let reply = service.get(path).await;
        assert!(reply.problem("invalid-parameter").contains(sentence), "{path}: {}", reply.text);
    }
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist_are_problems_too() {
    let service = Service::new();
    for path in ["/v2/jobs", "/v1/", "/v1/jobs/a/b/c", "/wp-admin.php"] {
        let reply = service.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert!(reply.problem("unknown-path").contains("/docs"));
    }
    for (method, path) in
        [(Method::POST, "/v1/jobs"), (Method::DELETE, "/v1/supply/total"), (Method::PUT, "/v1/actions/claim")]
    {
        let reply = service.request(method.clone(), path, &[], None).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert!(reply.problem("method-not-allowed").contains(method.as_str()));
        assert!(reply.header("allow").contains("GET"));
    }
}

#[tokio::test]
async fn a_forged_or_borrowed_cursor_is_refused() {
    let service = Service::new();
    let mut cursors = Vec::new();
    for list in LISTS {
        let reply = service.get(&format!("{list}limit=1&commitment=confirmed")).await;
        cursors.push(reply.json["next"].as_str().unwrap().to_owned());
    }
    for (place, list) in LISTS.iter().enumerate() {
        let own = &cursors[place];
        assert_eq!(
            service.get(&format!("{list}limit=1&commitment=confirmed&cursor={own}")).await.status,
            200
        );
        let mut forged = own.clone().into_bytes();
        forged[0] = if forged[0] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        let others = [
            forged,
            cursors[(place + 1) % LISTS.len()].clone(),
            String::new(),
            "%00".into(),
            "x".repeat(5_000),
        ];
        for other in others {
            let reply = service.get(&format!("{list}limit=1&commitment=confirmed&cursor={other}")).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST);
            assert!(reply.problem("invalid-cursor").contains("start again without it"));
        }
        let reply = service.get(&format!("{list}limit=1&commitment=finalized&cursor={own}")).await;
        reply.problem("invalid-cursor");
    }
}

#[tokio::test]
async fn an_answer_that_the_reader_has_is_not_sent_again() {
    let service = Service::new();
    for path in ["/v1/supply", "/v1/supply/total", "/v1/revenue", "/v1/jobs", "/v1/providers"] {
        let first = service.get(path).await;
        let tag = first.header("etag").to_owned();
        for known in
            [tag.clone(), format!("\"other\", {tag}"), "*".into(), tag.trim_start_matches("W/").to_owned()]
        {
            let again = service.request(Method::GET, path, &[("if-none-match", &known)], None).await;
            assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path} {known}");
            assert_eq!(again.header("etag"), tag);
            assert_eq!(again.header("cache-control"), first.header("cache-control"));
        }
        let changed = service.request(Method::GET, path, &[("if-none-match", "W/\"other\"")], None).await;
        assert_eq!(changed.text, first.text);
    }
    let before = service.get("/v1/supply").await.header("etag").to_owned();
    service.sql("UPDATE watermark SET finalized_slot = 101");
    assert_ne!(service.get("/v1/supply").await.header("etag"), before, "a new slot is a new answer");
}

#[tokio::test]
async fn confirmed_answers_are_kept_shorter() {
    let service = Service::new();
    assert!(service.get("/v1/supply").await.header("cache-control").contains("max-age=5"));
    assert!(
        service.get("/v1/supply?commitment=confirmed").await.header("cache-control").contains("max-age=1")
    );
    assert_eq!(service.get("/readyz").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn answers_can_be_read_from_any_page_compressed_and_traced() {
    let service = Service::new();
    let headers = [("origin", "https://example.org"), ("accept-encoding", "gzip")];
    let reply = service.request(Method::GET, "/v1/events?limit=0", &headers[..1], None).await;
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("x-request-id").len(), 16);
    assert_eq!(reply.json["reference"], reply.header("x-request-id"));
    for encoding in ["gzip", "br"] {
        let headers = [("accept-encoding", encoding)];
        let reply = service.request(Method::GET, "/v1/events?limit=200", &headers, None).await;
        assert_eq!((reply.status, reply.header("content-encoding")), (StatusCode::OK, encoding));
    }
}

#[tokio::test]
async fn a_panic_is_a_problem_that_says_nothing_internal() {
    async fn boom() -> &'static str {
        panic!("the secret of slot {}", 7)
    }
    let service = Service::of(axum::Router::new().route("/boom", axum::routing::get(boom)));
    let response = service.open("/boom", &[]).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&body["type"], &body["instance"]), (&"/problems/internal".into(), &"/boom".into()));
    assert!(!body.to_string().contains("secret"), "{body}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let service = Service::new();
    let body = format!("{{\"account\": \"{}\"}}", "x".repeat(17 * 1024));
    let reply = service.request(Method::POST, "/v1/actions/claim", &[], Some(body)).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    reply.problem("body-too-large");
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_given_up() {
    let service = Service::with(&[("STATEMENT_TIMEOUT_MS", "50")]);
    // A lock that another session holds, as a migration would.
    let lock = std::thread::spawn({
        let database = service.database.clone();
        move || test_postgres::shared().unwrap().sql(&database, "BEGIN; LOCK TABLE jobs; SELECT pg_sleep(3);")
    });
    let mut status = StatusCode::OK;
    for _ in 0..200 {
        let reply = service.get("/v1/jobs").await;
        status = reply.status;
        if status != StatusCode::OK {
            reply.problem("timeout");
            break;
        }
    }
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    lock.join().unwrap().unwrap();
}

#[tokio::test]
async fn a_reader_that_goes_away_takes_its_statement_along() {
    let service = Service::with(&[("STATEMENT_TIMEOUT_MS", "600000"), ("DATABASE_CONNECTIONS", "1")]);
    let locked = lock_jobs(&service.database).await;
    let asking = Box::pin(service.get("/v1/jobs"));
    let leaving = Box::pin(until_locked_out(&service.database));
    let Either::Right(((), asking)) = select(asking, leaving).await else { panic!("nobody could answer") };
    drop(asking);
    until_nobody_is_locked_out(&service.database).await;
    // The only connection is another reader's at once.
    assert_eq!(service.get("/v1/supply").await.status, StatusCode::OK);
    drop(locked);
    assert_eq!(service.get("/v1/jobs").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_that_takes_too_long_takes_its_statement_along() {
    let times = [("STATEMENT_TIMEOUT_MS", "600000"), ("REQUEST_TIMEOUT_MS", "1000")];
    let service = Service::with(&times);
    let locked = lock_jobs(&service.database).await;
    service.get("/v1/jobs").await.problem("timeout");
    until_nobody_is_locked_out(&service.database).await;
    drop(locked);
    assert_eq!(service.get("/v1/jobs").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_services_connections_refuse_to_write() {
    let service = Service::new();
    let url = [("TALLY_API_DATABASE_URL".to_owned(), service.database.clone())];
    let settings = api::config::Settings::load(None, url.into_iter()).unwrap();
    let options = api::db::options(&settings).unwrap();
    let mut connection = sqlx::PgConnection::connect_with(&options).await.unwrap();
    let error = sqlx::query("DELETE FROM jobs").execute(&mut connection).await.unwrap_err();
    assert!(error.to_string().contains("read-only transaction"), "{error}");
}
