//! `/v1/network` and `/v1/reconciliation`.

use crate::support::Service;
use crate::support::market::mint;
use serde_json::json;

#[tokio::test]
async fn the_network_shows_its_addresses_parameters_and_price() {
    let service = Service::new();
    let data = service.data("/v1/network").await;
    assert_eq!(data["mint"], mint());
    assert_eq!(data["program"], settlement_interface::ID.to_string());
    assert_eq!(data["parameters"], json!({ "grace": 3600, "take_bps": 500 }));
    assert_eq!(data["price"]["spot"], "200000000");
    assert_eq!(data["genesis_supply"]["tokens"], "1000000");
}

#[tokio::test]
async fn the_last_comparison_is_public() {
    let service = Service::new();
    let data = service.data("/v1/reconciliation").await;
    assert_eq!((&data["slot"], &data["sound"]), (&json!(99), &json!(true)));
    assert_eq!(
        data["subjects"][1],
        json!({ "subject": "supply", "expected": "5", "found": "5", "verdict": "equal" })
    );
    service.sql("UPDATE reconciliations SET verdict = 'deficit' WHERE subject = 'supply'");
    assert_eq!(service.data("/v1/reconciliation").await["sound"], false);
    // What is said of an account is served with it.
    let detail = "stake is 5, by its events 7";
    service.sql(&format!("UPDATE reconciliations SET detail = '{detail}' WHERE subject = 'supply'"));
    let subjects = service.data("/v1/reconciliation").await["subjects"].clone();
    let told: Vec<_> = subjects.as_array().unwrap().iter().map(|one| &one["detail"]).collect();
    assert!(
        told.contains(&&detail.into()) && told.iter().filter(|one| one.is_null()).count() > 0,
        "{subjects}"
    );
}
