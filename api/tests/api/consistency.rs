//! What holds while the indexer writes.

use crate::support::market::{at, job, key, provider_a};
use crate::support::{Service, lock_jobs, until_locked_out};
use serde_json::Value;

fn keys(items: &[Value], name: &str) -> Vec<Value> {
    items.iter().map(|item| item[name].clone()).collect()
}

#[tokio::test]
async fn an_answer_is_of_one_snapshot_however_long_it_takes() {
    let service = Service::new();
    let path = format!("/v1/jobs/{}?commitment=confirmed", job(3));
    let mut indexer = lock_jobs(&service.database).await;
    let committing = async {
        // The answer's slot has been read by now, the job has not.
        until_locked_out(&service.database).await;
        let sql = "UPDATE watermark SET confirmed_slot = 131; UPDATE jobs SET escrow = 1, slot = 131; COMMIT";
        sqlx::raw_sql(sql).execute(&mut indexer).await.unwrap();
    };
    let (during, ()) = tokio::join!(service.get(&path), committing);
    let figures =
        |reply: &Value| (reply["slot"].clone(), reply["data"]["tokens"]["escrow"]["tokens"].clone());
    assert_eq!(figures(&during.json), (130.into(), "80".into()), "{}", during.text);
    let after = service.get(&path).await;
    assert_eq!(figures(&after.json), (131.into(), "0.000000001".into()));
}

#[tokio::test]
async fn rows_that_arrive_between_two_pages_are_neither_skipped_nor_repeated() {
    for (list, name, limit) in [("events", "slot", 10), ("jobs", "job", 7), ("events", "slot", 31)] {
        let service = Service::new();
        let path = |order: &str| format!("/v1/{list}?limit={limit}&order={order}");
        let (before, _) = service.walk(&path("desc")).await;
        let newest = service.get(&path("desc")).await.json;
        let oldest = service.get(&path("asc")).await.json;
        // Slot 120 opens a job, 121 has an event; both become final.
        service.sql("UPDATE watermark SET finalized_slot = 130");
        let (after, _) = service.walk(&path("asc")).await;
        assert_eq!(after.len(), before.len() + 1, "{list}");
        for (first, order, expected) in [(newest, "desc", before), (oldest, "asc", after)] {
            let mut items = first["items"].as_array().unwrap().clone();
            items.extend(service.walk_on(&path(order), first["next"].as_str()).await.0);
            assert_eq!(keys(&items, name), keys(&expected, name), "{list} {order}");
        }
    }
}

#[tokio::test]
async fn events_of_which_no_node_says_the_place_are_on_one_page_each() {
    let service = Service::new();
    // Two transactions that were both taken for the first of their block.
    for name in ['2', '3'] {
        service.sql(&format!(
            "INSERT INTO events VALUES (99, '{}', 0, 1, 0, 'Paused', {}, '{{}}', '', TRUE)",
            name.to_string().repeat(88),
            at(99),
        ));
    }
    for order in ["asc", "desc"] {
        let (all, _) = service.walk(&format!("/v1/events?limit=1&name=Paused&order={order}")).await;
        assert_eq!(all.len(), 2, "{order}");
        assert_ne!(all[0]["signature"], all[1]["signature"]);
    }
}

#[tokio::test]
async fn outcomes_that_arrive_between_two_pages_are_neither_skipped_nor_repeated() {
    let service = Service::new();
    let path = format!("/v1/providers/{}/reputation?limit=1", provider_a());
    let mut page = service.data(&path).await;
    let mut jobs = keys(page["inputs"].as_array().unwrap(), "job");
    service.sql(&format!(
        "INSERT INTO outcomes VALUES ('{}', 99, '{:1>88}', 0, 1, '{}', {}, FALSE, 1000000, 500, 50000, FALSE)",
        provider_a(),
        99,
        key(0x99),
        at(99),
    ));
    while let Some(next) = page["next"].as_str() {
        page = service.data(&format!("{path}&cursor={next}")).await;
        jobs.extend(keys(page["inputs"].as_array().unwrap(), "job"));
    }
    assert_eq!(jobs, [job(5), job(2), job(1)]);
    assert_eq!(service.data(&path).await["inputs"][0]["job"], key(0x99));
}
