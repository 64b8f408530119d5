//! `/v1/providers` and what is under it.

use crate::support::Service;
use crate::support::market::{authority_a, job, key, provider_a, provider_b};
use serde_json::json;
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
