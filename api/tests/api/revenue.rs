//! `/v1/revenue`.

use crate::support::Service;
use crate::support::market::{authority_a, provider_b};
use serde_json::Value;

fn of<'a>(buckets: &'a Value, start: &str) -> &'a Value {
    buckets.as_array().unwrap().iter().find(|bucket| bucket["start"] == start).unwrap()
}

#[tokio::test]
async fn days_are_gapless_and_add_up() {
    let service = Service::new();
    let data = service.data("/v1/revenue?interval=day&from=2026-10-30&to=2026-11-07").await;
    let buckets = &data["buckets"];
    let starts: Vec<&str> =
        buckets.as_array().unwrap().iter().map(|bucket| bucket["start"].as_str().unwrap()).collect();
    let expected: Vec<String> = ["10-30", "10-31", "11-01", "11-02", "11-03", "11-04", "11-05", "11-06"]
        .map(|day| format!("2026-{day}T00:00:00Z"))
        .to_vec();
    assert_eq!(starts, expected);

    let first = of(buckets, "2026-11-01T00:00:00Z");
    assert_eq!(first["fees"], serde_json::json!({ "micro": "100000000", "usd": "100" }));
    assert_eq!(first["supply_side"]["usd"], "94");
    assert_eq!(first["revenue"]["usd"], "6");
    assert_eq!(first["holders"]["usd"], "6");
    assert_eq!(first["treasury"]["usd"], "0");
    assert_eq!(first["tokens"]["burned"], serde_json::json!({ "base": "50000000000", "tokens": "50" }));
    assert_eq!(first["tokens"]["take"]["tokens"], "2.5");
    assert_eq!(first["slots"], serde_json::json!({ "first": 10, "last": 33 }));
    assert_eq!(first["complete"], true);

    let second = of(buckets, "2026-11-02T00:00:00Z");
    assert_eq!(second["tokens"]["minted"]["tokens"], "40");
    assert_eq!(second["tokens"]["burned_by_slashing"]["tokens"], "0.1875");
    assert_eq!(second["tokens"]["compensated"]["tokens"], "1.0625");
    assert_eq!(second["counts"]["jobs_failed"], 1);

    let quiet = of(buckets, "2026-10-30T00:00:00Z");
    assert_eq!(
        (&quiet["fees"]["micro"], &quiet["slots"], &quiet["counts"]["receipts"]),
        (&"0".into(), &Value::Null, &0.into())
    );
    assert_eq!(of(buckets, "2026-11-04T00:00:00Z")["complete"], false, "18:00 is not the day's end");
    assert_eq!(data["total"]["fees"]["usd"], "100");
    assert_eq!(data["total"]["tokens"]["burned"]["tokens"], "50.1875");
    assert_eq!(data["total"]["slots"], serde_json::json!({ "first": 10, "last": 100 }));
    assert_eq!(data["definition"], "revenue/2");
}

#[tokio::test]
async fn every_interval_gives_the_same_total() {
    let service = Service::new();
    let mut totals = Vec::new();
    for (interval, buckets) in [("hour", 120), ("day", 5), ("month", 1)] {
        let path = format!("/v1/revenue?interval={interval}&from=2026-11-01&to=2026-11-06");
        let data = service.data(&path).await;
        assert_eq!(data["buckets"].as_array().unwrap().len(), buckets, "{interval}");
        totals.push((data["total"]["fees"].clone(), data["total"]["tokens"].clone()));
    }
    assert_eq!(totals[0], totals[1]);
    assert_eq!(totals[1], totals[2]);
}

#[tokio::test]
async fn what_is_only_confirmed_shows_on_request() {
    let service = Service::new();
    let path = "/v1/revenue?interval=day&from=2026-11-05&to=2026-11-06";
    let finalized = service.get(path).await;
    assert_eq!((&finalized.json["slot"], &finalized.json["commitment"]), (&100.into(), &"finalized".into()));
    assert_eq!(finalized.json["as_of"], "2026-11-04T18:00:00Z");
    assert_eq!(finalized.json["data"]["total"]["fees"]["usd"], "0");
    let confirmed = service.get(&format!("{path}&commitment=confirmed")).await;
    assert_eq!((&confirmed.json["slot"], &confirmed.json["commitment"]), (&130.into(), &"confirmed".into()));
    assert_eq!(confirmed.json["data"]["total"]["fees"]["usd"], "40");
    assert_eq!(confirmed.json["data"]["total"]["tokens"]["burned"]["tokens"], "20");
}

#[tokio::test]
async fn time_goes_on_while_nothing_happens() {
    let service = Service::new();
    service.sql("UPDATE watermark SET finalized_time = 1793901600"); // a day after the last final block
    let answer = service.get("/v1/revenue?interval=day&from=2026-11-04").await;
    assert_eq!(answer.json["as_of"], "2026-11-05T18:00:00Z");
    let buckets = answer.json["data"]["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), 2, "without a gap up to now");
    assert_eq!((&buckets[0]["complete"], &buckets[1]["complete"]), (&true.into(), &false.into()));
    assert_eq!(buckets[1]["fees"]["usd"], "0");
}

#[tokio::test]
async fn a_provider_is_named_by_account_or_authority() {
    let service = Service::new();
    let own =
        service.data(&format!("/v1/revenue?from=2026-11-01&to=2026-11-02&provider={}", authority_a())).await;
    assert_eq!(own["total"]["fees"]["usd"], "100");
    let other =
        service.data(&format!("/v1/revenue?from=2026-11-01&to=2026-11-02&provider={}", provider_b())).await;
    assert_eq!(other["total"]["fees"]["usd"], "0");
    assert_eq!(other["provider"], provider_b());
    let nobody = crate::support::market::key(0x99);
    let reply = service.get(&format!("/v1/revenue?provider={nobody}")).await;
    assert!(reply.problem("not-found").contains(&nobody));
}

#[tokio::test]
async fn without_a_range_the_series_ends_with_what_is_indexed() {
    let service = Service::new();
    for (interval, buckets) in [("hour", 24), ("day", 30), ("month", 12)] {
        let data = service.data(&format!("/v1/revenue?interval={interval}")).await;
        let buckets_found = data["buckets"].as_array().unwrap();
        assert_eq!(buckets_found.len(), buckets, "{interval}");
        assert_eq!(buckets_found.last().unwrap()["complete"], false);
    }
}

#[tokio::test]
async fn a_year_has_twelve_months_wherever_it_ends() {
    let service = Service::new();
    for (to, first) in [
        ("2026-11-01", "2025-11-01T00:00:00Z"),
        ("2026-11-01T00:00:01Z", "2025-12-01T00:00:00Z"),
        ("2027-02-28", "2026-03-01T00:00:00Z"),
        ("2028-03-31", "2027-04-01T00:00:00Z"),
    ] {
        let data = service.data(&format!("/v1/revenue?interval=month&to={to}")).await;
        let buckets = data["buckets"].as_array().unwrap();
        assert_eq!((buckets.len(), &buckets[0]["start"]), (12, &first.into()), "{to}");
    }
}

#[tokio::test]
async fn a_range_that_cannot_be_is_refused() {
    let service = Service::new();
    let cases = [
        ("from=2026-11-02&to=2026-11-01", "unanswerable", "does not lie before"),
        ("interval=hour&from=2020-01-01&to=2026-11-01", "unanswerable", "more than 1000 buckets"),
        ("from=yesterday", "invalid-parameter", "from: \"yesterday\" is not a time"),
        ("interval=week", "invalid-parameter", "interval: \"week\" is not one of: hour, day, month"),
        ("to=5", "invalid-parameter", "outside the years"),
    ];
    for (query, kind, sentence) in cases {
        let reply = service.get(&format!("/v1/revenue?{query}")).await;
        assert!(reply.problem(kind).contains(sentence), "{query}: {}", reply.text);
    }
}

#[tokio::test]
async fn hardware_classes_add_up_and_can_be_asked_for_one_by_one() {
    let service = Service::new();
    let path = "/v1/revenue?from=2026-11-01&to=2026-11-05";
    let all = service.data(path).await;
    let classes = all["by_hardware"].as_array().unwrap();
    assert_eq!(classes.len(), 2, "{classes:?}");
    assert_eq!(
        (&classes[0]["hardware"], &classes[0]["tokens"]["minted"]["tokens"]),
        (&Value::Null, &"40".into())
    );
    assert_eq!((&classes[1]["hardware"], &classes[1]["fees"]["usd"]), (&1.into(), &"100".into()));
    let one = service.data(&format!("{path}&hardware=1")).await;
    assert_eq!((&one["hardware"], &one["total"]["fees"]), (&1.into(), &all["total"]["fees"]));
    assert_eq!(one["total"]["tokens"]["minted"]["tokens"], "0", "claims belong to no job");
    let other = service.data(&format!("{path}&hardware=2")).await;
    assert_eq!((&other["total"]["fees"]["usd"], &other["by_hardware"]), (&"0".into(), &Value::Array(vec![])));
}

#[tokio::test]
async fn what_a_consumer_paid_to_itself_is_shown_apart_and_counted_in_fees() {
    let service = Service::new();
    let path = "/v1/revenue?from=2026-11-01&to=2026-11-05";
    assert_eq!(service.data(path).await["total"]["self_dealt"]["usd"], "0");
    // The consumer of job 1 turns out to be the provider itself.
    service.sql(&format!(
        "UPDATE jobs SET consumer_wallet = '{}' WHERE job = '{}'",
        authority_a(),
        crate::support::market::job(1)
    ));
    let data = service.data(path).await;
    assert_eq!(
        (&data["total"]["self_dealt"]["usd"], &data["total"]["fees"]["usd"]),
        (&"100".into(), &"100".into())
    );
    assert_eq!(of(&data["buckets"], "2026-11-01T00:00:00Z")["self_dealt"]["usd"], "100");
    assert_eq!(of(&data["buckets"], "2026-11-02T00:00:00Z")["self_dealt"]["usd"], "0");
    assert_eq!(data["by_rail"][0]["self_dealt"]["usd"], "100");
    assert_eq!(data["by_rail"][1]["self_dealt"]["usd"], "0");
}
