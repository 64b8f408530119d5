//! `/v1/jobs` and what is under it.

use crate::support::Service;
use crate::support::market::{consumer, job, key, provider_a, provider_b};
use serde_json::{Value, json};

fn names(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["job"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn all_pages_together_are_all_jobs_once() {
    let service = Service::new();
    for (query, count) in [("commitment=finalized", 23), ("commitment=confirmed", 24)] {
        let (whole, pages) = service.walk(&format!("/v1/jobs?limit=200&{query}")).await;
        assert_eq!((whole.len(), pages), (count, 1));
        for limit in [1, 2, 7, 23, 24] {
            let (parts, _) = service.walk(&format!("/v1/jobs?limit={limit}&{query}")).await;
            assert_eq!(names(&parts), names(&whole), "{limit}");
        }
        let (ascending, _) = service.walk(&format!("/v1/jobs?limit=5&order=asc&{query}")).await;
        assert_eq!(names(&ascending), names(&whole).into_iter().rev().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn filters_narrow_and_combine() {
    let service = Service::new();
    let (own, _) = service.walk(&format!("/v1/jobs?provider={}", provider_a())).await;
    assert_eq!(names(&own), [job(3), job(2), job(1)]);
    let (running, _) = service.walk("/v1/jobs?state=running").await;
    assert_eq!(names(&running), [job(3)]);
    let path = format!("/v1/jobs?limit=3&state=cancelled&consumer={}&provider={}", consumer(2), provider_b());
    let (cancelled, pages) = service.walk(&path).await;
    assert_eq!((cancelled.len(), pages), (20, 7));
    let (nothing, _) = service.walk(&format!("/v1/jobs?consumer={}", key(0x99))).await;
    assert!(nothing.is_empty());
    let reply = service.get("/v1/jobs?state=dancing").await;
    assert!(reply.problem("invalid-parameter").contains("\"dancing\" is not one of: offered, open"));
}

#[tokio::test]
async fn a_job_shows_its_dues_receipts_and_conversions() {
    let service = Service::new();
    let data = service.data(&format!("/v1/jobs/{}", job(1))).await;
    assert_eq!((&data["state"], &data["reason"]), (&json!("closed"), &json!("end")));
    assert_eq!(data["consumer"], consumer(1));
    assert_eq!(data["work"]["settled"]["usd"], "100");
    assert_eq!(data["tokens"]["burned"]["tokens"], "50");
    assert_eq!(data["terms"]["rate"]["usd"], "2.5");
    assert_eq!(data["times"]["ended_at"], "2026-11-02T06:00:00Z");
    assert_eq!(data["dues"][0]["paid_escrow"]["tokens"], "10");
    assert_eq!(data["latest_receipts"].as_array().unwrap().len(), 50);
    assert_eq!(data["latest_receipts"][0]["number"], 60);
    let conversion = &data["latest_conversions"][0];
    assert_eq!((&conversion["usd"]["usd"], &conversion["supply_side"]["usd"]), (&json!("100"), &json!("94")));
    assert_eq!(conversion["price"]["spot"], "200000000");

    let failed = service.data(&format!("/v1/jobs/{}", job(2))).await;
    assert_eq!(failed["state"], "failed");
    let parties: Vec<_> = failed["dues"].as_array().unwrap().iter().map(|due| due["party"].clone()).collect();
    assert_eq!(parties, ["consumer", "reporter"]);
    assert_eq!(failed["dues"][0]["stake"]["tokens"], "1");
}

#[tokio::test]
async fn a_job_is_as_it_was_at_the_slot_of_the_answer() {
    let service = Service::new();
    let finalized = service.data(&format!("/v1/jobs/{}", job(3))).await;
    assert_eq!(finalized["tokens"]["escrow"]["tokens"], "100");
    assert_eq!(finalized["changed_slot"], 60);
    assert!(finalized["latest_conversions"].as_array().unwrap().is_empty());
    let confirmed = service.data(&format!("/v1/jobs/{}?commitment=confirmed", job(3))).await;
    assert_eq!(confirmed["tokens"]["escrow"]["tokens"], "80");
    assert_eq!(confirmed["latest_conversions"].as_array().unwrap().len(), 1);
    let reply = service.get(&format!("/v1/jobs/{}", job(4))).await;
    assert!(reply.problem("not-found").contains("commitment=confirmed"), "{}", reply.text);
    assert_eq!(service.data(&format!("/v1/jobs/{}?commitment=confirmed", job(4))).await["state"], "offered");
}

#[tokio::test]
async fn receipts_and_conversions_are_paged() {
    let service = Service::new();
    let (receipts, pages) = service.walk(&format!("/v1/jobs/{}/receipts?limit=7&order=asc", job(1))).await;
    let numbers: Vec<u64> = receipts.iter().map(|receipt| receipt["number"].as_u64().unwrap()).collect();
    assert_eq!((numbers, pages), ((1..=60).collect(), 9));
    assert_eq!((&receipts[0]["halt"], &receipts[59]["halt"]), (&json!("stale"), &Value::Null));
    let (conversions, _) = service.walk(&format!("/v1/jobs/{}/conversions?limit=1", job(1))).await;
    assert_eq!(conversions.len(), 1);
    let reply = service.get(&format!("/v1/jobs/{}/receipts", key(0x99))).await;
    reply.problem("not-found");
}
