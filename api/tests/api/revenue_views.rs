//! `/v1/revenue/annualized` and `/v1/integrations/defillama`.

use crate::support::Service;

#[tokio::test]
async fn a_year_is_the_window_times_365_by_its_days() {
    let service = Service::new();
    // Initialised on 2026-11-01T00:00 (slot 10), indexed to 2026-11-04T18:00: three whole days.
    for days in [7, 30, 90, 365] {
        let data = service.data(&format!("/v1/revenue/annualized?days={days}")).await;
        assert_eq!((&data["days"], &data["days_asked"]), (&3.into(), &days.into()));
        assert_eq!(
            (&data["from"], &data["to"]),
            (&"2026-11-01T00:00:00Z".into(), &"2026-11-04T00:00:00Z".into())
        );
        assert_eq!(data["window"]["fees"]["usd"], "100");
        // floor(100,000,000 * 365 / 3), and so on.
        assert_eq!(data["fees"]["micro"], "12166666666");
        assert_eq!(data["supply_side"]["micro"], "11436666666");
        assert_eq!((&data["revenue"]["usd"], &data["holders"]["usd"]), (&"730".into(), &"730".into()));
        assert_eq!(data["slots"]["first"], 10);
    }
    assert_eq!(service.data("/v1/revenue/annualized").await["days_asked"], 30);
    let reply = service.get("/v1/revenue/annualized?days=14").await;
    assert!(reply.problem("invalid-parameter").contains("\"14\" is not one of: 7, 30, 90, 365"));
}

#[tokio::test]
async fn before_the_first_midnight_there_is_no_year() {
    let service = Service::new();
    service.sql("DELETE FROM blocks WHERE slot > 30; UPDATE watermark SET finalized_slot = 30");
    let reply = service.get("/v1/revenue/annualized").await;
    assert!(reply.problem("not-found").contains("No whole day is indexed yet"), "{}", reply.text);
}

#[tokio::test]
async fn an_adapters_figures_are_those_of_revenue() {
    let service = Service::new();
    let path = "/v1/integrations/defillama?start=2026-11-01&end=2026-11-02";
    let data = service.data(path).await;
    assert_eq!((&data["dailyFees"], &data["dailyUserFees"]), (&"100".into(), &"100".into()));
    assert_eq!((&data["dailySupplySideRevenue"], &data["dailyRevenue"]), (&"94".into(), &"6".into()));
    assert_eq!((&data["dailyHoldersRevenue"], &data["dailyProtocolRevenue"]), (&"6".into(), &"0".into()));
    assert_eq!(data["dailySelfDealtFees"], "0");
    assert!(data["methodology"]["HoldersRevenue"].as_str().unwrap().contains("burned"));
    // The hour of the conversion by itself, in Unix seconds, as an adapter gives them.
    let hour = service.data("/v1/integrations/defillama?start=1793563200&end=1793566800").await;
    assert_eq!(hour["dailyFees"], "100");
}

#[tokio::test]
async fn a_day_is_never_listed_half() {
    let service = Service::new();
    let reply = service.get("/v1/integrations/defillama?start=2026-11-04&end=2026-11-05").await;
    assert!(reply.problem("unanswerable").contains("is not indexed yet"), "{}", reply.text);
    let reply = service.get("/v1/integrations/defillama?start=2026-11-01T00:30:00Z&end=2026-11-02").await;
    assert!(reply.problem("unanswerable").starts_with("start: 2026-11-01T00:30:00Z is not the first second"));
    let reply = service.get("/v1/integrations/defillama?start=2026-11-01").await;
    assert!(reply.problem("invalid-parameter").contains("\"end\" is required"));
}
