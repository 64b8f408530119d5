//! `/v1/providers` and what is under it.

use crate::support::Service;
use crate::support::market::{at, authority_a, job, key, provider_a, provider_b};
use serde_json::{Value, json};
use settlement_interface::reputation::{Outcome, score};

#[tokio::test]
async fn providers_are_listed_in_order_of_registration() {
    let service = Service::new();
    let (items, pages) = service.walk("/v1/providers?limit=1&order=asc").await;
    let names: Vec<_> = items.iter().map(|item| item["provider"].clone()).collect();
    assert_eq!((names, pages), (vec![json!(provider_a()), json!(provider_b())], 2));
    assert_eq!(items[0]["stake"]["total"]["tokens"], "998.75");
    assert_eq!(items[0]["stake"]["free"]["tokens"], "988.75");
    assert_eq!(items[0]["rates"], json!([{ "hardware": 1, "rate": "2500000" }]));
    assert_eq!(items[1]["reputation"]["newcomer"], true);
}

#[tokio::test]
async fn reputation_is_the_formula_and_names_the_job_that_cost_it() {
    let service = Service::new();
    let data = service.data(&format!("/v1/providers/{}", authority_a())).await;
    assert_eq!(data["provider"], provider_a());
    let reputation = &data["reputation"];
    let outcome = |success, weight| Outcome { success, weight, at: 0 };
    let expected = score(&[outcome(true, 5_000_000), outcome(false, 2_500_000)], 0).unwrap();
    assert_eq!(reputation["score"], expected.score);
    assert_eq!(reputation["interval"], json!({ "low": expected.score, "high": expected.upper }));
    assert_eq!(reputation["formula"], "reputation/1");
    assert_eq!((&reputation["outcomes"], &reputation["failures"]), (&json!(2), &json!(1)));
    let inputs = reputation["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 3);
    let failure = inputs.iter().find(|input| input["success"] == false).unwrap();
    assert_eq!(failure["job"], job(2));
    assert_eq!(failure["amount"]["usd"], "50");
    assert_eq!(failure["points_lost"], reputation["lost_to_failures"]);
    assert!(failure["points_lost"].as_u64().unwrap() > 0);
    let own = inputs.iter().find(|input| input["job"] == job(5)).unwrap();
    assert_eq!(
        (&own["excluded"], &own["weight_now"]["micro"]),
        (&json!(true), &json!("0")),
        "a job with itself counts for nothing"
    );
}

#[tokio::test]
async fn reputation_inputs_are_paged() {
    let service = Service::new();
    let mut path = format!("/v1/providers/{}/reputation?limit=1", provider_a());
    let mut jobs = Vec::new();
    loop {
        let data = service.data(&path).await;
        jobs.extend(data["inputs"].as_array().unwrap().iter().map(|input| input["job"].clone()));
        let Some(next) = data["next"].as_str() else { break };
        path = format!("/v1/providers/{}/reputation?limit=1&cursor={next}", provider_a());
    }
    assert_eq!(jobs, [json!(job(5)), json!(job(2)), json!(job(1))]);
}

/// All pages of a provider's inputs; every page has the same score.
async fn inputs(service: &Service, limit: u32) -> (Value, Vec<Value>) {
    let path = format!("/v1/providers/{}/reputation?limit={limit}", provider_a());
    let mut page = service.data(&path).await;
    let (lost, mut inputs) = (page["lost_to_failures"].clone(), Vec::new());
    loop {
        inputs.extend(page["inputs"].as_array().unwrap().iter().cloned());
        assert_eq!(page["lost_to_failures"], lost);
        let Some(next) = page["next"].as_str() else { return (lost, inputs) };
        page = service.data(&format!("{path}&cursor={next}")).await;
    }
}

#[tokio::test]
async fn every_point_lost_names_its_job_on_whichever_page_it_stands() {
    let service = Service::new();
    // Ten outcomes a slot, every third a failure, every seventh related, of ages up to a year.
    service.sql(&format!(
        "INSERT INTO outcomes SELECT '{}', 60 + n / 10, lpad(n::text, 88, '1'), 0, 1, lpad(n::text, 44, '1'),
            {} - n * 86400, n % 3 <> 0, n * 1000000, 500, n * 50000, n % 7 = 0
         FROM generate_series(1, 360) n",
        provider_a(),
        at(100),
    ));
    let (lost, whole) = inputs(&service, 200).await;
    assert_eq!(whole.len(), 363);
    let points: u64 = whole.iter().map(|input| input["points_lost"].as_u64().unwrap()).sum();
    assert!(points > 0);
    assert_eq!(points, lost);
    for limit in [1, 7, 50] {
        assert_eq!(inputs(&service, limit).await, (lost.clone(), whole.clone()), "{limit}");
    }
    let data = service.data(&format!("/v1/providers/{}", provider_a())).await;
    assert_eq!(data["reputation"]["inputs"].as_array().unwrap(), &whole[..50]);
    let (items, _) = service.walk("/v1/providers?order=asc").await;
    assert_eq!(items[0]["reputation"]["lost_to_failures"], lost);
    assert_eq!((&items[0]["reputation"]["score"]), &data["reputation"]["score"]);
    assert_eq!(items[1]["reputation"]["newcomer"], true, "another's history is another's");
}

#[tokio::test]
async fn the_database_adds_up_what_the_formula_does() {
    let service = Service::new();
    let now = at(100);
    // Sums that need no cut; some on both sides of where one begins; those of the greatest weights there are.
    for (scale, ages) in [(40_u32, 64_u64), (44, 1), (45, 3), (46, 2), (50, 1), (64, 66), (64, 1)] {
        let mut random = (u64::from(scale) << 8) | ages;
        let mut draw = move |below: u64| {
            random = (random ^ (random << 13)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_right(23);
            if below == 0 { random } else { random % below }
        };
        let outcomes: Vec<Outcome> = (0..90)
            .map(|_| Outcome {
                success: draw(4) > 0,
                weight: draw(0) >> (64 - scale),
                at: now - i64::try_from(draw(ages * 30 * 86_400)).unwrap(),
            })
            .chain([Outcome { success: true, weight: u64::MAX >> (64 - scale), at: now + 5 }])
            .chain((0..ages).map(|age| Outcome {
                success: age % 2 == 0,
                weight: u64::MAX >> (64 - scale),
                at: now - i64::try_from(age * 30 * 86_400).unwrap(),
            }))
            .collect();
        let rows: Vec<String> = outcomes
            .iter()
            .enumerate()
            .map(|(n, outcome)| {
                format!(
                    "('{}', {}, '{n:1>88}', 0, 1, '{n:1>44}', {}, {}, 1, 500, {}, FALSE)",
                    provider_a(),
                    60 + n / 10,
                    outcome.at,
                    outcome.success,
                    outcome.weight
                )
            })
            .collect();
        service.sql(&format!("DELETE FROM outcomes; INSERT INTO outcomes VALUES {}", rows.join(", ")));
        let reputation = service.data(&format!("/v1/providers/{}", provider_a())).await["reputation"].clone();
        let successes: Vec<Outcome> = outcomes.iter().copied().filter(|outcome| outcome.success).collect();
        let (all, good) = (score(&outcomes, now).unwrap(), score(&successes, now).unwrap());
        let micro = |field: &str| reputation[field]["micro"].as_str().unwrap().to_owned();
        let name = format!("weights of {scale} bits, {ages} half-lives");
        assert_eq!(reputation["interval"], json!({ "low": all.score, "high": all.upper }), "{name}");
        assert_eq!(reputation["share"], all.share, "{name}");
        assert_eq!(reputation["effective_jobs"], all.effective_jobs.to_string(), "{name}");
        assert_eq!(micro("weight"), all.weight.to_string(), "{name}");
        assert_eq!(micro("success_weight"), all.success_weight.to_string(), "{name}");
        assert_eq!(reputation["lost_to_failures"], good.score.saturating_sub(all.score), "{name}");
    }
}

#[tokio::test]
async fn rewards_are_what_can_be_minted_now() {
    let service = Service::new();
    let data = service.data(&format!("/v1/providers/{}/rewards", provider_a())).await;
    assert_eq!(data["claimable"]["tokens"], "7");
    assert_eq!(data["rebates_claimable"]["tokens"], "0.625");
    assert_eq!(data["total_claimable"]["tokens"], "7.625");
    assert_eq!(data["credits"][0]["claimable"], true);
    let path = format!("/v1/providers/{}/rewards?commitment=confirmed", provider_a());
    let data = service.data(&path).await;
    assert_eq!(data["claimable"]["tokens"], "25");
    assert_eq!(data["rebates_claimable"]["tokens"], "0.625", "the running epoch's is not fixed yet");
    assert_eq!(data["credits"].as_array().unwrap().len(), 2);
    assert_eq!(data["credits"][1]["claimable"], false);
}

#[tokio::test]
async fn a_provider_is_as_it_was_at_the_slot_of_the_answer() {
    let service = Service::new();
    let finalized = service.data(&format!("/v1/providers/{}", provider_a())).await;
    assert_eq!(finalized["earnings"]["burned"]["tokens"], "50");
    let confirmed = service.data(&format!("/v1/providers/{}?commitment=confirmed", provider_a())).await;
    assert_eq!(confirmed["earnings"]["burned"]["tokens"], "70");
}

#[tokio::test]
async fn a_provider_that_does_not_exist_is_not_found() {
    let service = Service::new();
    let nobody = key(0x99);
    for path in ["", "/reputation", "/rewards"] {
        let reply = service.get(&format!("/v1/providers/{nobody}{path}")).await;
        assert_eq!(reply.status, 404);
        assert!(reply.problem("not-found").contains(&nobody));
    }
}
