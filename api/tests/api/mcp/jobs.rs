//! How a job goes.

use crate::support::Service;
use crate::support::agent::Agent;
use crate::support::market::{at, job, key};
use serde_json::{Value, json};

#[tokio::test]
async fn a_running_job_says_what_is_settled_and_left_and_who_comes_next() {
    let agent = Agent::at(&Service::new().listen().await).await;
    let answer = agent.ask("follow_job", json!({ "job": job(3) })).await;
    assert_eq!((&answer["slot"], &answer["commitment"]), (&json!(100), &json!("finalized")));
    let data = &answer["data"];
    assert_eq!(data["state"], "running");
    assert_eq!(
        (&data["work"]["budget"]["usd"], &data["work"]["left"]["usd"]),
        (&json!("100"), &json!("100"))
    );
    assert_eq!(data["escrow"]["held"]["tokens"], "100");
    // It started in slot 61, one hour a slot, and may be silent for an hour.
    assert_eq!(data["deadlines"]["silent_at"], "2026-11-03T04:00:00Z");
    assert_eq!(
        (&data["next"]["who"], &data["next"]["at"]),
        (&json!("anyone"), &json!("2026-11-03T04:00:00Z"))
    );
    assert_eq!(data["next"]["action"], format!("/v1/actions/advance-job?job={}", job(3)));
    let later = agent.ask("follow_job", json!({ "job": job(3), "commitment": "confirmed" })).await;
    assert_eq!((&later["slot"], &later["commitment"]), (&json!(130), &json!("confirmed")));
    assert_eq!(later["data"]["escrow"]["held"]["tokens"], "80");
    assert_eq!(later["data"]["work"]["settled"]["usd"], "40");
}

#[tokio::test]
async fn a_job_that_ended_says_what_is_due() {
    let agent = Agent::at(&Service::new().listen().await).await;
    let failed = agent.ask("follow_job", json!({ "job": job(2) })).await["data"].clone();
    assert_eq!((&failed["state"], &failed["dues"][0]["escrow"]["tokens"]), (&json!("failed"), &json!("25")));
    assert_eq!(failed["next"]["action"], format!("/v1/actions/withdraw?job={}", job(2)));
    let closed = agent.ask("follow_job", json!({ "job": job(1) })).await["data"].clone();
    assert_eq!((&closed["state"], &closed["next"]["who"]), (&json!("closed"), &json!("anyone")));
    assert_eq!(closed["next"]["action"], format!("/v1/actions/reclaim-job?job={}", job(1)));
}

#[tokio::test]
async fn each_state_has_its_next_step() {
    let service = Service::new();
    let agent = Agent::at(&service.listen().await).await;
    let next = async |columns: &str| -> (Value, String) {
        service.sql(&format!("UPDATE jobs SET {columns} WHERE job = '{}'", job(3)));
        let asked = json!({ "job": job(3), "commitment": "confirmed" });
        let data = agent.ask("follow_job", asked).await["data"].clone();
        let action = data["next"]["action"].as_str().unwrap_or("/v1/actions/none?").to_owned();
        (data["next"]["who"].clone(), action.split(['/', '?']).nth(3).unwrap().to_owned())
    };
    // The answer is as of slot 124, the last one with a time.
    let (before, after) = (at(123), at(125));
    let cases = [
        (format!("state = 'offered', offer_by = {after}"), "provider", "accept-offer"),
        (format!("offer_by = {before}"), "anyone", "advance-job"),
        (format!("state = 'open', bid_end = {after}, offer_by = {after} + 1"), "provider", "place-bid"),
        (format!("bid_end = {before}"), "consumer", "accept-bid"),
        ("open_acceptance = TRUE".to_owned(), "anyone", "accept-bid"),
        (format!("offer_by = {before}"), "anyone", "advance-job"),
        (format!("state = 'assigned', start_by = {after}"), "provider", "start-job"),
        (format!("start_by = {before}"), "anyone", "advance-job"),
        (format!("mark = 'no_show', marked_at = {before}"), "anyone", "advance-job"),
        (format!("state = 'running', heard_at = {before} + 1800"), "provider", "none"),
        (format!("end_by = {before}"), "anyone", "advance-job"),
        (format!("state = 'closing', closing_at = {before}"), "anyone", "advance-job"),
        ("state = 'held'".to_owned(), "anyone", "advance-job"),
        ("state = 'settling'".to_owned(), "anyone", "advance-job"),
        ("state = 'closed'".to_owned(), "anyone", "reclaim-job"),
        (format!("reclaimed_at = {before}"), "nobody", "none"),
    ];
    for (columns, who, action) in cases {
        assert_eq!(next(&columns).await, (json!(who), action.to_owned()), "{columns}");
    }
}

#[tokio::test]
async fn a_job_that_is_not_there_is_a_problem_that_says_what_to_try() {
    let agent = Agent::at(&Service::new().listen().await).await;
    for tool in ["follow_job", "reconcile_job"] {
        let told = agent.refused(tool, json!({ "job": key(0x99) }), "not-found").await;
        assert!(told.contains("commitment=confirmed"), "{told}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_a_problem_too() {
    let nowhere = "postgres://nobody@localhost/none?host=/nowhere";
    let agent = Agent::at(&Service::over(nowhere.into(), &[]).listen().await).await;
    agent.refused("follow_job", json!({ "job": key(0x99) }), "database-unavailable").await;
}
