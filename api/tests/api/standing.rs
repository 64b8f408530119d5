//! `/v1/reputation/formula` and `/v1/providers/{id}/reputation/history`.

use crate::support::Service;
use crate::support::market::{provider_a, provider_b};

#[tokio::test]
async fn the_last_score_of_a_history_is_the_score_of_now() {
    let service = Service::new();
    for interval in ["hour", "day", "month"] {
        let data = service
            .data(&format!("/v1/providers/{}/reputation/history?interval={interval}", provider_a()))
            .await;
        let now = service.data(&format!("/v1/providers/{}/reputation", provider_a())).await;
        let scores = data["scores"].as_array().unwrap();
        let last = scores.last().unwrap();
        assert_eq!(last["at"], now["computed_at"], "{interval}");
        assert_eq!(
            (&last["score"], &last["upper"], &last["share"]),
            (&now["score"], &now["interval"]["high"], &now["share"])
        );
        assert_eq!((&last["outcomes"], &last["failures"]), (&now["outcomes"], &now["failures"]));
    }
}

#[tokio::test]
async fn a_score_knows_only_what_had_happened() {
    let service = Service::new();
    let path = format!("/v1/providers/{}/reputation/history?from=2026-11-01&to=2026-11-05", provider_a());
    let data = service.data(&path).await;
    let scores = data["scores"].as_array().unwrap();
    let known: Vec<(u64, u64)> = scores
        .iter()
        .map(|one| (one["outcomes"].as_u64().unwrap(), one["failures"].as_u64().unwrap()))
        .collect();
    // Settled on the second day at 06:00, failed at 16:00; the fourth day has come to 18:00.
    assert_eq!(known, [(0, 0), (2, 1), (2, 1), (2, 1)]);
    assert_eq!(
        (&scores[0]["newcomer"], &scores[0]["score"], &scores[0]["upper"]),
        (&true.into(), &0.into(), &1_000_000.into())
    );
    assert_eq!(
        (&scores[0]["at"], &scores[3]["at"]),
        (&"2026-11-01T23:59:59Z".into(), &"2026-11-04T18:00:00Z".into())
    );
    let hours = service.data(&format!("{path}&interval=hour")).await;
    let first = hours["scores"].as_array().unwrap().iter().position(|one| one["outcomes"] == 1).unwrap();
    let (good, bad) = (&hours["scores"][first], &hours["scores"][first + 10]);
    assert_eq!((&good["share"], &bad["outcomes"]), (&1_000_000.into(), &2.into()));
    assert!(good["score"].as_u64() > bad["score"].as_u64());
}

#[tokio::test]
async fn nobody_knows_a_newcomer_at_any_time() {
    let service = Service::new();
    let data = service.data(&format!("/v1/providers/{}/reputation/history", provider_b())).await;
    assert!(data["scores"].as_array().unwrap().iter().all(|one| one["newcomer"] == true));
    let reply = service
        .get(&format!("/v1/providers/{}/reputation/history?interval=hour&from=2026-10-01", provider_a()))
        .await;
    assert!(reply.problem("unanswerable").contains("more than 400 intervals"));
}

#[tokio::test]
async fn a_history_too_long_for_so_many_scores_is_refused_and_fewer_are_not() {
    let service = Service::new();
    service.sql(&format!(
        "INSERT INTO outcomes (provider, slot, signature, instruction, inner_index, job, at, success, usd, take_bps, weight,
                related, kind)
         SELECT '{}', 50, lpad(n::text, 88, 'z'), 0, 0, job, at, TRUE, usd, take_bps, weight, FALSE, 'settled'
         FROM generate_series(1, 12000) AS n, (SELECT * FROM outcomes LIMIT 1) AS one",
        provider_b()
    ));
    let path = format!("/v1/providers/{}/reputation/history?interval=hour", provider_b());
    let long = service.get(&format!("{path}&from=2026-10-20T00:00:00Z&to=2026-11-05T00:00:00Z")).await;
    assert!(long.problem("unanswerable").contains("ask for fewer intervals"), "{}", long.text);
    let short = service.data(&format!("{path}&from=2026-11-04T00:00:00Z&to=2026-11-05T00:00:00Z")).await;
    assert!(
        short["scores"].as_array().unwrap().last().unwrap()["outcomes"].as_u64() > Some(10_000),
        "{short}"
    );
}

#[tokio::test]
async fn the_formula_is_stated_with_its_constants() {
    let service = Service::new();
    let formula = service.get("/v1/reputation/formula").await.json;
    let score = service.data(&format!("/v1/providers/{}/reputation", provider_a())).await;
    assert_eq!(formula["formula"], score["formula"]);
    assert_eq!(
        (&formula["one"], &formula["half_life_seconds"], &formula["z_hundredths"]),
        (&1_000_000.into(), &2_592_000.into(), &196.into())
    );
    assert!(formula["recompute"].as_str().unwrap().contains("indexer reputation"));
}
