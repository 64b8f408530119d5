//! `/v1/events/stream`.

use crate::support::market::{job, key};
use crate::support::{Service, eventually};
use axum::body::BodyDataStream;
use axum::http::{Method, StatusCode};
use futures_util::StreamExt;
use serde_json::Value;
use std::time::Duration;

/// A reader of a stream.
struct Reader {
    body: BodyDataStream,
    read: String,
}

/// One server-sent event.
#[derive(Debug)]
struct Sent {
    id: String,
    name: String,
    data: Value,
}

/// Longest that a test waits for an event.
const PATIENCE: Duration = Duration::from_secs(20);

impl Reader {
    async fn open(service: &Service, path: &str, headers: &[(&str, &str)]) -> Self {
        let response = service.open(path, headers).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), read: String::new() }
    }

    async fn next(&mut self) -> Sent {
        tokio::time::timeout(PATIENCE, self.read_one()).await.expect("no event came in time")
    }

    async fn read_one(&mut self) -> Sent {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.read = rest;
                let field = |name: &str| {
                    let found = event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    found.unwrap_or_default().to_owned()
                };
                let data = field("data");
                if data.is_empty() {
                    continue; // something to keep the connection alive
                }
                return Sent {
                    id: field("id"),
                    name: field("event"),
                    data: serde_json::from_str(&data).unwrap(),
                };
            }
            let chunk = self.body.next().await.expect("the stream ended").unwrap();
            self.read.push_str(str::from_utf8(&chunk).unwrap());
        }
    }

    async fn slots(&mut self, count: usize) -> Vec<u64> {
        let mut slots = Vec::with_capacity(count);
        for _ in 0..count {
            let sent = self.next().await;
            assert_eq!(sent.name, "tally");
            slots.push(sent.data["slot"].as_u64().unwrap());
        }
        slots
    }
}

fn event(slot: i64, number: i64, name: &str) -> String {
    let (signature, entity) = (format!("{number:7>88}"), key(0xCE));
    format!(
        "INSERT INTO events VALUES ({slot}, '{signature}', 0, 1, 0, '{name}', 1793900000,
            '{{\"entities\": [{{\"entity\": \"{entity}\", \"sequence\": {number}}}]}}', '', TRUE);"
    )
}

fn finalize(slot: i64) -> String {
    format!("UPDATE watermark SET finalized_slot = {slot}; NOTIFY tally_watermark;")
}

#[tokio::test]
async fn what_happens_while_one_listens_comes_as_items_of_the_list() {
    let service = Service::new();
    let mut reader = Reader::open(&service, "/v1/events/stream", &[]).await;
    service.sql(&[event(101, 1, "Paused"), event(102, 2, "Unpaused"), finalize(101)].concat());
    let sent = reader.next().await;
    let list = service.get("/v1/events?limit=1").await;
    assert_eq!(sent.data, list.json["items"][0]);
    assert_eq!(sent.data["slot"], 101);
    service.sql(&finalize(102));
    assert_eq!(reader.slots(1).await, [102], "once it is final");
}

#[tokio::test]
async fn a_reader_that_was_cut_off_goes_on_without_a_gap() {
    let service = Service::new();
    let all: Vec<u64> = [10, 30, 42, 50].into_iter().chain(60..=90).collect();
    let mut seen = Vec::new();
    let mut last = String::new();
    while seen.len() < all.len() {
        // Cut after each third event.
        let headers = [("last-event-id", last.as_str())];
        let path = "/v1/events/stream?from_slot=0";
        let mut reader = Reader::open(&service, path, if last.is_empty() { &[] } else { &headers }).await;
        for _ in 0..3.min(all.len() - seen.len()) {
            let sent = reader.next().await;
            seen.push(sent.data["slot"].as_u64().unwrap());
            last = sent.id;
        }
    }
    assert_eq!(seen, all);
    // The parameter does the same for those who cannot set a header.
    service.sql(&[event(101, 1, "Paused"), finalize(101)].concat());
    let mut reader = Reader::open(&service, &format!("/v1/events/stream?cursor={last}"), &[]).await;
    assert_eq!(reader.slots(1).await, [101]);
}

#[tokio::test]
async fn a_filter_leaves_out_and_loses_nothing() {
    let service = Service::new();
    let prices = format!("/v1/events/stream?from_slot=88&entity={}", key(0xCE));
    let mut reader = Reader::open(&service, &prices, &[]).await;
    assert_eq!(reader.slots(3).await, [88, 89, 90]);
    let mut named = Reader::open(&service, "/v1/events/stream?name=Unpaused", &[]).await;
    let other = format!("UPDATE events SET body = '{{}}' WHERE slot = 102; {}", finalize(104));
    let new = [event(101, 31, "Paused"), event(102, 32, "Paused"), event(103, 33, "Unpaused"), other];
    service.sql(&new.concat());
    assert_eq!(reader.slots(2).await, [101, 103], "102 changed another account");
    assert_eq!(named.slots(1).await, [103]);
    let of_job = format!("/v1/events/stream?from_slot=0&entity={}&name=JobOpened", job(3));
    assert_eq!(Reader::open(&service, &of_job, &[]).await.slots(1).await, [60]);
}

#[tokio::test]
async fn a_block_that_leaves_the_chain_rewinds_the_confirmed_stream() {
    let service = Service::new();
    let path = "/v1/events/stream?commitment=confirmed&from_slot=120";
    let mut reader = Reader::open(&service, path, &[]).await;
    assert_eq!(reader.slots(1).await, [121]);
    service.sql(
        &[
            "DELETE FROM events WHERE slot = 121; DELETE FROM blocks WHERE slot = 121;".to_owned(),
            finalize(100),
        ]
        .concat(),
    );
    let rewound = reader.next().await;
    assert_eq!((rewound.name.as_str(), &rewound.data), ("rewound", &serde_json::json!({ "slot": 121 })));
    // What takes its place.
    let block = "INSERT INTO blocks VALUES (121, NULL, NULL, 1793890800, 'confirmed');".to_owned();
    service.sql(&[block, event(121, 2, "Paused"), event(122, 3, "Unpaused"), finalize(100)].concat());
    assert_eq!(reader.slots(2).await, [121, 122]);
    // A block below the last event counts as well.
    service.sql(&["DELETE FROM blocks WHERE slot = 110;".to_owned(), finalize(100)].concat());
    assert_eq!(reader.next().await.data, serde_json::json!({ "slot": 110 }));
    assert_eq!(reader.slots(2).await, [121, 122], "told anew");
}

#[tokio::test]
async fn who_comes_back_hears_that_its_last_event_has_left_the_chain() {
    let service = Service::new();
    let path = "/v1/events/stream?commitment=confirmed&from_slot=90";
    let mut reader = Reader::open(&service, path, &[]).await;
    assert_eq!(reader.slots(1).await, [90]);
    let last = reader.next().await;
    assert_eq!(last.data["slot"], 121);
    drop(reader);
    let back = [("last-event-id", last.id.as_str())];
    let replaced = "DELETE FROM events WHERE slot = 121;".to_owned();
    service.sql(&[replaced, event(120, 2, "Paused"), finalize(100)].concat());
    let mut reader = Reader::open(&service, path, &back).await;
    let rewound = reader.next().await;
    assert_eq!((rewound.name.as_str(), &rewound.data), ("rewound", &serde_json::json!({ "slot": 101 })));
    assert_eq!(reader.slots(1).await, [120]);
    // So it does once others have become final in its place, however long ago.
    service.sql(&[event(130, 3, "Unpaused"), finalize(125)].concat());
    let mut reader = Reader::open(&service, path, &back).await;
    assert_eq!(reader.next().await.data, serde_json::json!({ "slot": 101 }));
    assert_eq!(reader.slots(2).await, [120, 130]);
    // What was final and is kept no longer has not left the chain.
    service.sql("DELETE FROM events WHERE slot <= 120;");
    let mut reader = Reader::open(&service, path, &back).await;
    assert_eq!(reader.slots(1).await, [130]);
}

#[tokio::test]
async fn a_slow_reader_reads_on_by_itself_and_misses_nothing() {
    let service = Service::new();
    let mut slow = Reader::open(&service, "/v1/events/stream", &[]).await;
    let mut quick = Reader::open(&service, "/v1/events/stream?name=Unpaused", &[]).await;
    service.sql(&[
        "INSERT INTO events SELECT 101, lpad(n::text, 88, 'z'), 0, 1, n, 'Paused', 1793890800, '{}', '', TRUE FROM generate_series(1, 5000) AS n;".to_owned(),
        event(102, 1, "Unpaused"),
        finalize(102),
    ].concat());
    // All is told once the quick one has the last: more than is kept for the slow one.
    assert_eq!(quick.slots(1).await, [102]);
    let mut places = Vec::new();
    for _ in 0..5_000 {
        places.push(slow.next().await.data["tx_index"].as_u64().unwrap());
    }
    assert_eq!(places, (1..=5_000).collect::<Vec<u64>>());
    assert_eq!(slow.slots(1).await, [102]);
}

#[tokio::test]
async fn only_so_many_listen_and_one_that_leaves_makes_room() {
    let service = Service::with(&[("STREAM_LISTENERS", "1")]);
    let reader = Reader::open(&service, "/v1/events/stream", &[]).await;
    service.get("/v1/events/stream").await.problem("busy");
    drop(reader);
    eventually(async || {
        let response = service.open("/v1/events/stream", &[]).await;
        (response.status() == StatusCode::OK).then_some(())
    })
    .await;
}

#[tokio::test]
async fn one_reader_holds_so_many_and_others_have_theirs() {
    let service = Service::with(&[
        ("STREAM_LISTENERS_EACH", "1"),
        ("API_KEYS", "one=0123456789abcdef0123456789abcdef,other=fedcba9876543210fedcba9876543210"),
    ]);
    let [one, other] = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"]
        .map(|key| format!("Bearer {key}"));
    let path = "/v1/events/stream";
    let first = Reader::open(&service, path, &[("authorization", &one)]).await;
    let refused = service.request(Method::GET, path, &[("authorization", &one)], None).await;
    assert!(refused.problem("too-many-requests").contains("1 streams"));
    assert_eq!(refused.header("retry-after"), "5");
    Reader::open(&service, path, &[("authorization", &other)]).await;
    drop(first);
    eventually(async || {
        let response = service.open(path, &[("authorization", &one)]).await;
        (response.status() == StatusCode::OK).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_a_place_or_a_name_is_refused() {
    let service = Service::new();
    service.get("/v1/events/stream?cursor=AAAA").await.problem("invalid-cursor");
    let next = service.get("/v1/events?limit=1").await.json["next"].as_str().unwrap().to_owned();
    service.get(&format!("/v1/events/stream?cursor={next}")).await.problem("invalid-cursor");
    assert!(
        service.get("/v1/events/stream?name=paused").await.problem("invalid-parameter").contains("Paused")
    );
}
