//! Whether a job's sums balance, and what shows it.

use crate::support::Service;
use crate::support::agent::Agent;
use crate::support::market::{at, job};
use serde_json::{Value, json};

fn signature(slot: i64) -> String {
    format!("{slot:1>88}")
}

/// Has the market keep an event of a job, as its ledger has the entries; its number among the job's events.
fn event(service: &Service, job: &str, sequence: i64, slot: i64, name: &str, body: Value) {
    let (signature, at) = (signature(slot), at(slot));
    service.sql(&format!(
        "INSERT INTO events VALUES ({slot}, '{signature}', 0, 1, 0, '{name}', {at}, '{body}', '', TRUE)
            ON CONFLICT (slot, signature, instruction, inner_index) DO UPDATE SET body = excluded.body;
         INSERT INTO event_entities VALUES ('{job}', {sequence}, {slot}, '{signature}', 0, 1) ON CONFLICT DO NOTHING;"
    ));
}

/// The market with every event of job 1, which was paid 60 tokens, burned 50 for 100 USD and had 10 paid back.
fn whole() -> Service {
    let (service, one) = (Service::new(), job(1));
    event(&service, &one, 1, 20, "JobOpened", json!({ "escrow": "60000000000" }));
    event(&service, &one, 2, 30, "Converted", json!({ "burned": "50000000000", "usd": "100000000" }));
    let closed =
        json!({ "refund": "10000000000", "in_kind_paid": "0", "in_kind_burned": "0", "in_kind_usd": "0" });
    event(&service, &one, 3, 40, "JobClosed", closed);
    event(&service, &one, 4, 41, "DueWithdrawn", json!({ "escrow": "10000000000" }));
    service.sql(&format!("UPDATE jobs SET sequence = 4 WHERE job = '{one}'"));
    service
}

async fn reconciled(service: &Service, number: u8) -> Value {
    let agent = Agent::at(&service.listen().await).await;
    agent.ask("reconcile_job", json!({ "job": job(number) })).await["data"].clone()
}

/// What does not balance.
fn wrong(data: &Value) -> Vec<&str> {
    let checks = data["checks"].as_array().unwrap().iter();
    let wrong: Vec<_> = checks
        .filter(|check| check["balances"] == false)
        .map(|check| check["what"].as_str().unwrap())
        .collect();
    assert_eq!(data["balances"], wrong.is_empty(), "{data}");
    wrong
}

#[tokio::test]
async fn a_closed_job_balances_to_the_last_unit_with_the_transactions_that_show_it() {
    let data = reconciled(&whole(), 1).await;
    assert!(wrong(&data).is_empty(), "{data}");
    assert_eq!(data["checks"].as_array().unwrap().len(), 9);
    let escrow = &data["escrow"];
    let of = |name: &str| escrow[name]["tokens"].as_str().unwrap().to_owned();
    assert_eq!([of("escrowed"), of("converted"), of("refunded"), of("held")], ["60", "50", "10", "0"]);
    assert_eq!([of("due"), of("paid"), of("cancel_fee"), of("in_kind_paid")], ["0", "10", "0", "0"]);
    assert_eq!(
        (&data["work"]["settled"]["usd"], &data["work"]["accepted"]["usd"]),
        (&json!("100"), &json!("100"))
    );
    let evidence = data["evidence"].as_array().unwrap();
    let shown: Vec<_> = evidence
        .iter()
        .map(|one| {
            (
                one["event"].as_str().unwrap(),
                one["slot"].as_i64().unwrap(),
                one["escrow"]["tokens"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("JobOpened", 20, "60"),
            ("Converted", 30, "-50"),
            ("JobClosed", 40, "-10"),
            ("DueWithdrawn", 41, "0")
        ]
    );
    assert_eq!(evidence[1]["signature"], signature(30));
    assert_eq!((&evidence[3]["dues"]["tokens"], &evidence[1]["usd"]["usd"]), (&json!("-10"), &json!("100")));
    assert_eq!(data["evidence_left_out"], 0);
}

#[tokio::test]
async fn a_unit_that_is_missing_anywhere_shows() {
    let one = job(1);
    let cases = [
        (
            format!("UPDATE jobs SET funded = funded + 1 WHERE job = '{one}'"),
            "escrowed = what the job counts as funded",
        ),
        (
            format!("UPDATE jobs SET refund = refund - 1 WHERE job = '{one}'"),
            "refunded = what the job counts as refunded",
        ),
        (
            format!("UPDATE jobs SET settled = settled - 1, outstanding = 1 WHERE job = '{one}'"),
            "settled by events = settled by the job",
        ),
        (
            format!("UPDATE jobs SET accepted = accepted + 1 WHERE job = '{one}'"),
            "accepted = settled + outstanding + pending",
        ),
        (
            format!("UPDATE jobs SET sequence = 5 WHERE job = '{one}'"),
            "the job's events that are kept = those that it counts",
        ),
    ];
    for (sql, what) in cases {
        let service = whole();
        service.sql(&sql);
        assert_eq!(wrong(&reconciled(&service, 1).await), [what], "{sql}");
    }
    let service = whole();
    service.sql(&format!("UPDATE jobs SET escrow = 1 WHERE job = '{one}'"));
    let data = reconciled(&service, 1).await;
    let found = wrong(&data);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("escrowed = converted") && found[1].ends_with("escrow = held"), "{found:?}");
}

#[tokio::test]
async fn an_event_that_is_not_kept_shows_and_is_not_made_up() {
    // The market keeps one event of the job, its conversion, without what it burned.
    let service = whole();
    service.sql(&format!("DELETE FROM event_entities WHERE entity = '{}' AND sequence = 4", job(1)));
    let data = reconciled(&service, 1).await;
    let found = wrong(&data);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].ends_with("paid + due") && found[1].ends_with("dues = due"), "{found:?}");
    assert!(found[2].contains("events that are kept"), "{found:?}");
}

#[tokio::test]
async fn an_event_without_its_amount_is_a_fault_and_no_zero() {
    let service = whole();
    event(&service, &job(1), 2, 30, "Converted", json!({ "usd": "100000000" }));
    let agent = Agent::at(&service.listen().await).await;
    agent.refused("reconcile_job", json!({ "job": job(1) }), "internal").await;
}
