//! `/v1/market/prices`, `/v1/economics`, `/v1/providers/{id}/earnings`.

use crate::support::Service;
use crate::support::market::{authority_a, job, provider_a, provider_b};
use serde_json::Value;

/// More conversions of hour-long jobs of class 1 at A: one for each rate, micro-dollars per GPU hour.
fn worked(rates: &[u64]) -> String {
    let one = |(number, rate): (usize, &u64)| {
        let (job, number) = (job(61 + u8::try_from(number).unwrap()), number + 1);
        format!(
            "UPDATE jobs SET provider = '{a}', rate = {rate}, state = 'closed', accepted_at = opened_at + {number}0,
                started_at = opened_at + {number}0 + {number}, ended_at = opened_at + 3600, units = 1800000, unit_cap = 1000
             WHERE job = '{job}';
             INSERT INTO conversions VALUES ('{job}', 90, lpad('{number}', 88, 'z'), 0, 1, 0, 'converted', '{a}', 1, 1793779200, {rate},
                {rate} * 9 / 10, {rate} - {rate} * 9 / 10, 0, 0, 0, 0, 0, 20760, 0, 7500, 200000000, 100000, 199000000, 199900000,
                200100000, -8, 1793779200, 90);",
            a = provider_a(),
        )
    };
    rates.iter().enumerate().map(one).collect()
}

#[tokio::test]
async fn prices_have_their_spread_over_jobs() {
    let service = Service::new();
    service.sql(&worked(&[1_000_000, 2_000_000, 3_000_000, 4_000_000, 8_000_000]));
    let data = service.data("/v1/market/prices?days=2").await;
    let prices = data["prices"].as_array().unwrap();
    assert_eq!(prices.len(), 1, "{prices:?}");
    let of = |name: &str| prices[0][name]["usd"].as_str().unwrap().to_owned();
    assert_eq!(
        (&prices[0]["hardware"], &prices[0]["rail"], &prices[0]["jobs"]),
        (&1.into(), &"token".into(), &5.into())
    );
    assert_eq!(
        [of("least"), of("quarter"), of("median"), of("three_quarters"), of("most")],
        ["1", "2", "3", "4", "8"]
    );
    assert_eq!((of("settled"), of("mean")), ("18".into(), "3.6".into()), "an hour each");
    assert_eq!((&prices[0]["gpu_ms"], &prices[0]["supply_side_bps"]), (&"18000000".into(), &9_000.into()));
    // Job 1's conversion, three days before, is among them only if it is asked for.
    let all = service.data("/v1/market/prices").await;
    assert_eq!(all["prices"][0]["jobs"], 6);
    assert!(
        service.get("/v1/market/prices?days=0").await.problem("invalid-parameter").contains("from 1 to 365")
    );
}

#[tokio::test]
async fn offers_say_how_many_found_a_provider_and_how_fast() {
    let service = Service::new();
    service.sql(&worked(&[1, 2, 3]));
    let data = service.data("/v1/market/prices").await;
    let filled = &data["filled"][0];
    // Jobs 1 to 3 were accepted without a time in this market, 64 to 80 were cancelled without a provider.
    assert_eq!(
        (&filled["opened"], &filled["accepted"], &filled["started"]),
        (&23.into(), &3.into(), &4.into())
    );
    assert_eq!((&filled["seconds_to_accept"], &filled["seconds_to_start"]), (&20.into(), &2.into()));
    let unfilled = filled["unfilled"].as_u64().unwrap();
    assert_eq!(filled["fill_bps"].as_u64().unwrap(), 3 * 10_000 / (3 + unfilled));
}

#[tokio::test]
async fn a_machine_earns_what_the_networks_own_prices_say() {
    let service = Service::new();
    service.sql(&worked(&[1_000_000, 2_000_000, 3_000_000, 4_000_000]));
    let path = "/v1/economics?hardware=1&gpus=2&watts=500&electricity=200000&utilization_bps=5000&fixed=10000000&days=2";
    let data = service.data(path).await;
    // 2 GPUs * 720 h * 50 % = 720 GPU hours; 0.5 kW * 720 h * 0.20 = 72 dollars, and 10.
    assert_eq!(data["gpu_ms"], "2592000000");
    assert_eq!(
        (&data["electricity"]["usd"], &data["fixed"]["usd"], &data["costs"]["usd"]),
        (&"72".into(), &"10".into(), &"82".into())
    );
    let rail = &data["rails"][0];
    for (name, price, earnings, profit) in
        [("low", "1", "648", "566"), ("middle", "2", "1296", "1214"), ("high", "3", "1944", "1862")]
    {
        assert_eq!(
            (&rail[name]["price"]["usd"], &rail[name]["earnings"]["usd"], &rail[name]["profit"]["usd"]),
            (&price.into(), &earnings.into(), &profit.into()),
            "{name}"
        );
    }
    // 82 / (720 * 0.9), rounded up.
    assert_eq!(rail["break_even"]["micro"], "126544");
    let dear = service.data(&path.replace("electricity=200000", "electricity=100000000")).await;
    assert!(
        dear["rails"][0]["low"]["profit"]["micro"].as_str().unwrap().starts_with('-'),
        "it may be a loss"
    );
    assert_eq!(service.data(&path.replace("hardware=1", "hardware=9")).await["rails"], Value::Array(vec![]));
    for (wrong, words) in [
        ("gpus=2", "gpus=0"),
        ("watts=500", "watts=100001"),
        ("utilization_bps=5000", "utilization_bps=10001"),
    ] {
        service.get(&path.replace(wrong, words)).await.problem("invalid-parameter");
    }
    assert!(
        service.get("/v1/economics").await.problem("invalid-parameter").contains("\"hardware\" is required")
    );
}

#[tokio::test]
async fn a_providers_earnings_are_by_hardware_and_say_what_penalties_took() {
    let service = Service::new();
    service.sql(&worked(&[1_000_000, 3_000_000]));
    service.sql(&format!(
        "INSERT INTO slashes (provider, slot, signature, instruction, inner_index, job, at, kind, consumer_wallet, refund, bond, slashed,
            harmed, reported, burned, bad_usd)
         VALUES ('{a}', 50, '{}', 0, 1, '{}', 1793635200, 'no_show', '{a}', 0, 2500000000, 1250000000, 1000000000, 62500000, 187500000, 50000000)",
        "5".repeat(88), job(2), a = provider_a(),
    ));
    let data = service.data(&format!("/v1/providers/{}/earnings", authority_a())).await;
    assert_eq!(data["provider"], provider_a());
    assert_eq!((&data["settled"]["usd"], &data["earned"]["usd"]), (&"104".into(), &"97.6".into()));
    assert_eq!((&data["penalties"], &data["slashed"]["tokens"]), (&1.into(), &"1.25".into()));
    let work = &data["work"][0];
    assert_eq!((&work["hardware"], &work["rail"], &work["jobs"]), (&1.into(), &"token".into(), &3.into()));
    // 40 hours at 2.50, one at 1 and one at 3.
    assert_eq!(
        (&work["gpu_ms"], &work["paid_per_gpu_hour"]["micro"]),
        (&"151200000".into(), &"2476190".into())
    );
    assert_eq!(work["earned_per_gpu_hour"]["micro"], "2323809");
    assert!(work["utilization_bps"].as_u64().is_some_and(|bps| bps > 0), "{work}");
    let later =
        service.data(&format!("/v1/providers/{}/earnings?from=2026-11-04&to=2026-11-05", provider_a())).await;
    assert_eq!((&later["settled"]["usd"], &later["penalties"]), (&"4".into(), &0.into()));
    let other = service.data(&format!("/v1/providers/{}/earnings", provider_b())).await;
    assert_eq!((&other["work"], &other["earned"]["usd"]), (&Value::Array(vec![]), &"0".into()));
}
