//! Who may ask, how much at once, and what is no request of the protocol.

use crate::support::market::job;
use crate::support::{Reply, Service, lock_jobs, until_locked_out, until_nobody_is_locked_out};
use axum::http::{Method, StatusCode};
use futures_util::future::{Either, select};
use serde_json::{Value, json};

const OWN: &str = "http://tally.test";

async fn sent(service: &Service, headers: &[(&str, &str)], body: String) -> Reply {
    let usual = [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    let named = |name: &str| headers.iter().any(|(given, _)| *given == name);
    let mut all: Vec<_> = usual.into_iter().filter(|(name, _)| !named(name)).collect();
    all.extend_from_slice(headers);
    if !named("host") {
        all.push(("host", "tally.test"));
    }
    service.request(Method::POST, "/mcp", &all, Some(body)).await
}

fn list() -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }).to_string()
}

fn called(tool: &str, arguments: Value) -> String {
    let params = json!({ "name": tool, "arguments": arguments });
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string()
}

#[tokio::test]
async fn a_program_and_a_page_of_this_service_may_ask() {
    let service = Service::new();
    for headers in [&[][..], &[("origin", OWN)], &[("host", "localhost:9")], &[("host", "127.0.0.1")]] {
        let reply = sent(&service, headers, list()).await;
        assert_eq!(reply.status, StatusCode::OK, "{headers:?}: {}", reply.text);
        assert_eq!(reply.json["result"]["tools"].as_array().unwrap().len(), 5);
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("x-request-id").len(), 16);
        assert_eq!(reply.header("mcp-session-id"), "", "nothing is remembered");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_and_a_name_that_is_not_ours_are_refused() {
    let service = Service::new();
    for headers in [
        ("origin", "https://evil.example"),
        ("origin", "http://tally.test:81"),
        ("origin", "https://tally.test"),
        ("origin", "http://localhost:5173"),
        ("origin", "null"),
        ("origin", "nonsense"),
        ("host", "evil.example"),
        ("host", "tally.test.evil.example"),
    ] {
        let reply = sent(&service, &[headers], called("quote", json!({}))).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{headers:?}: {}", reply.text);
        assert!(reply.problem("forbidden-origin").contains("mcp_origins"), "{}", reply.text);
    }
}

#[tokio::test]
async fn origins_and_hosts_are_let_in_by_who_runs_the_service() {
    let settings =
        [("MCP_ORIGINS", "https://agents.example, http://localhost:5173"), ("MCP_HOSTS", "api.internal")];
    let service = Service::with(&settings);
    for headers in [
        ("origin", "https://agents.example"),
        ("origin", "http://localhost:5173"),
        ("host", "api.internal:8080"),
    ] {
        assert_eq!(sent(&service, &[headers], list()).await.status, StatusCode::OK, "{headers:?}");
    }
    let other = sent(&service, &[("origin", "http://agents.example")], list()).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_page_that_is_let_in_may_send_the_protocols_headers() {
    let service = Service::with(&[("MCP_ORIGINS", "https://agents.example")]);
    let headers = [
        ("origin", "https://agents.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,mcp-protocol-version"),
    ];
    let reply = service.request(Method::OPTIONS, "/mcp", &headers, None).await;
    assert!(reply.header("access-control-allow-headers").contains("mcp-protocol-version"));
}

#[tokio::test]
async fn only_post_is_taken_and_nothing_is_streamed() {
    let service = Service::new();
    for method in [Method::GET, Method::DELETE] {
        let headers = [("accept", "text/event-stream"), ("host", "tally.test")];
        let reply = service.request(method.clone(), "/mcp", &headers, None).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
        reply.problem("method-not-allowed");
        assert_eq!(reply.header("allow"), "POST");
    }
}

#[tokio::test]
async fn what_is_no_request_of_the_protocol_is_refused_by_it() {
    let service = Service::new();
    let none = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/steal" }).to_string();
    assert_eq!(sent(&service, &[], none).await.json["error"]["code"], -32_601);
    let malformed = [
        ("{", &[][..]),
        ("[]", &[]),
        (&list(), &[("content-type", "text/plain")]),
        (&list(), &[("accept", "text/html")]),
        (&list(), &[("mcp-protocol-version", "1999-01-01")]),
    ];
    for (body, headers) in malformed {
        let reply = sent(&service, headers, body.to_owned()).await;
        assert!(reply.status.is_client_error(), "{body} {headers:?}: {reply:?}");
    }
}

#[tokio::test]
async fn the_newest_version_of_the_protocol_needs_no_handshake() {
    let service = Service::new();
    let version = "2026-07-28";
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    for (method, params, part) in [
        ("server/discover", json!({ "_meta": meta }), "/result/capabilities/tools"),
        ("tools/list", json!({ "_meta": meta }), "/result/tools/4/outputSchema"),
        (
            "tools/call",
            json!({ "_meta": meta, "name": "find_providers", "arguments": { "hardware": 1 } }),
            "/result/structuredContent/data/providers/0",
        ),
    ] {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let headers =
            [("mcp-protocol-version", version), ("mcp-method", method), ("mcp-name", "find_providers")];
        let headers = if method == "tools/call" { &headers[..] } else { &headers[..2] };
        let reply = sent(&service, headers, body).await;
        assert_eq!(reply.status, StatusCode::OK, "{method}: {}", reply.text);
        assert!(reply.json.pointer(part).is_some(), "{method}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_body_is_no_larger_than_anywhere_else() {
    let service = Service::new();
    let long = called("quote", json!({ "gpu_hours": "1".repeat(17_000) }));
    assert_eq!(sent(&service, &[], long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn who_asks_too_often_waits() {
    let key = "0123456789abcdef0123456789abcdef";
    let keys = format!("agent={key}");
    let settings =
        [("API_KEYS", keys.as_str()), ("KEY_REQUESTS_PER_SECOND", "1"), ("KEY_REQUESTS_BURST", "12")];
    let service = Service::with(&settings);
    let bearer = format!("Bearer {key}");
    let mut codes = Vec::new();
    for _ in 0..3 {
        let reply = sent(&service, &[("authorization", &bearer)], list()).await;
        codes.push(reply.status.as_u16());
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            reply.problem("too-many-requests");
            // Each counts as six, for it may build a transaction.
            assert_eq!(reply.header("retry-after"), "6");
        }
    }
    assert_eq!(codes, [200, 200, 429]);
}

#[tokio::test]
async fn who_goes_away_or_waits_too_long_takes_the_statement_along() {
    let service = |ms| {
        Service::with(&[
            ("STATEMENT_TIMEOUT_MS", "600000"),
            ("REQUEST_TIMEOUT_MS", ms),
            ("DATABASE_CONNECTIONS", "1"),
        ])
    };
    let follow =
        async |service: &Service| sent(service, &[], called("follow_job", json!({ "job": job(3) }))).await;
    let patient = service("600000");
    let _locked = lock_jobs(&patient.database).await;
    let leaving = Box::pin(until_locked_out(&patient.database));
    let Either::Right(((), asking)) = select(Box::pin(follow(&patient)), leaving).await else {
        panic!("nobody could answer")
    };
    drop(asking);
    until_nobody_is_locked_out(&patient.database).await;

    let service = service("3000");
    let locked = lock_jobs(&service.database).await;
    let told = follow(&service).await.json["result"].clone();
    assert_eq!(told["isError"], true, "{told}");
    assert!(told["content"][0]["text"].as_str().unwrap().contains("/problems/timeout"), "{told}");
    until_nobody_is_locked_out(&service.database).await;
    drop(locked);
    assert_eq!(follow(&service).await.json["result"]["isError"], false);
}
