//! `/v1/events`.

use crate::support::Service;
use crate::support::market::{job, key};
use serde_json::{Value, json};

fn slots(items: &[Value]) -> Vec<u64> {
    items.iter().map(|item| item["slot"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn all_pages_together_are_all_events_in_the_chains_order() {
    let service = Service::new();
    let expected: Vec<u64> = [10, 30, 42, 50].into_iter().chain(60..=90).collect();
    for limit in [1, 3, 34, 35, 36, 200] {
        let (items, _) = service.walk(&format!("/v1/events?limit={limit}&order=asc")).await;
        assert_eq!(slots(&items), expected, "{limit}");
        let (items, _) = service.walk(&format!("/v1/events?limit={limit}")).await;
        assert_eq!(slots(&items), expected.iter().rev().copied().collect::<Vec<_>>(), "{limit}");
    }
    let (items, _) = service.walk("/v1/events?limit=200&commitment=confirmed").await;
    assert_eq!(slots(&items)[0], 121);
}

#[tokio::test]
async fn an_event_has_its_body_and_its_entities() {
    let service = Service::new();
    let (items, _) = service.walk("/v1/events?name=JobOpened").await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["entities"], json!([{ "entity": job(3), "sequence": 1 }]));
    assert_eq!(items[0]["body"]["amount"], "60");
    assert_eq!(items[0]["at"], "2026-11-03T02:00:00Z");
}

#[tokio::test]
async fn an_entitys_events_come_in_order_of_its_sequence() {
    let service = Service::new();
    let path = format!("/v1/events?entity={}&order=asc&limit=4", key(0xCE));
    let (items, pages) = service.walk(&path).await;
    assert_eq!((slots(&items), pages), ((61..=90).collect(), 8));
    let (items, _) = service.walk(&format!("/v1/events?limit=1&entity={}&name=JobOpened", job(3))).await;
    assert_eq!(slots(&items), [60]);
    let (items, _) = service.walk(&format!("/v1/events?entity={}&commitment=confirmed", job(3))).await;
    assert_eq!(slots(&items), [121, 60]);
}

#[tokio::test]
async fn a_name_that_no_event_has_is_refused_with_the_names_that_there_are() {
    let service = Service::new();
    let reply = service.get("/v1/events?name=converted").await;
    let detail = reply.problem("invalid-parameter");
    assert!(detail.contains("\"converted\"") && detail.contains("Converted"), "{detail}");
}
