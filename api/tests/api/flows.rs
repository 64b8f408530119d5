//! `/v1/burns`, `/v1/mints`, `/v1/rebates`, `/v1/conversions`, `/v1/liabilities`.

use crate::support::Service;
use crate::support::market::{authority_a, consumer, job, key, mint, provider_a};
use serde_json::Value;

/// The sum of an amount over items.
fn sum(items: &[Value], name: &str, unit: &str) -> u128 {
    items.iter().map(|item| item[name][unit].as_str().unwrap().parse::<u128>().unwrap()).sum()
}

#[tokio::test]
async fn every_burn_says_why_and_what_was_paid() {
    let service = Service::new();
    let (burns, _) = service.walk("/v1/burns?order=asc").await;
    assert_eq!(burns.len(), 2, "{burns:?}");
    let (conversion, penalty) = (&burns[0], &burns[1]);
    assert_eq!((&conversion["source"], &conversion["event"]), (&"conversion".into(), &"Converted".into()));
    assert_eq!(conversion["amount"]["tokens"], "50");
    assert_eq!(conversion["paid"]["usd"], "100");
    assert_eq!((&conversion["job"], &conversion["provider"]), (&job(1).into(), &provider_a().into()));
    assert_eq!((&penalty["source"], &penalty["paid"]), (&"slashing".into(), &Value::Null));
    assert_eq!((&penalty["amount"]["tokens"], &penalty["job"]), (&"0.1875".into(), &job(2).into()));
}

#[tokio::test]
async fn burns_and_mints_add_up_to_revenues_tokens() {
    let service = Service::new();
    for commitment in ["finalized", "confirmed"] {
        let range = "from=2026-11-01&to=2026-11-08";
        let revenue = service.data(&format!("/v1/revenue?{range}&commitment={commitment}")).await;
        for (list, name) in [("burns", "burned"), ("mints", "minted")] {
            let (items, _) =
                service.walk(&format!("/v1/{list}?{range}&limit=1&commitment={commitment}")).await;
            let total = revenue["total"]["tokens"][name]["base"].as_str().unwrap();
            assert_eq!(sum(&items, "amount", "base").to_string(), total, "{list} {commitment}");
        }
        let (work, _) = service.walk(&format!("/v1/conversions?{range}&commitment={commitment}")).await;
        let fees = revenue["total"]["fees"]["micro"].as_str().unwrap();
        assert_eq!(sum(&work, "usd", "micro").to_string(), fees, "{commitment}");
    }
}

#[tokio::test]
async fn a_mint_names_who_was_paid() {
    let service = Service::new();
    let (mints, _) = service.walk("/v1/mints").await;
    assert_eq!(mints.len(), 1);
    assert_eq!((&mints[0]["kind"], &mints[0]["amount"]["tokens"]), (&"claim".into(), &"40".into()));
    assert_eq!((&mints[0]["provider"], &mints[0]["wallet"]), (&provider_a().into(), &authority_a().into()));
    assert_eq!(mints[0]["epoch"], Value::Null);
}

#[tokio::test]
async fn a_rebate_names_its_epoch_and_what_it_was_worth() {
    let service = Service::new();
    let signature = "7".repeat(88);
    service.sql(&format!(
        "INSERT INTO events VALUES (70, '{signature}', 0, 1, 1, 'RebateClaimed', 1793707200, '{{}}', '', TRUE);
         INSERT INTO rebates VALUES ('{}', 70, '{signature}', 0, 1, 1793707200, 20758, '{}', 625000000, 500000000, 990000, 40500000000);",
        provider_a(), authority_a(),
    ));
    let (rebates, _) = service.walk("/v1/rebates?from=2026-11-03&to=2026-11-04").await;
    assert_eq!(rebates.len(), 1);
    assert_eq!((&rebates[0]["epoch"], &rebates[0]["amount"]["tokens"]), (&20758.into(), &"0.5".into()));
    assert_eq!((&rebates[0]["usd"]["usd"], &rebates[0]["pool"]["tokens"]), (&"0.99".into(), &"0.625".into()));
    assert!(service.walk("/v1/rebates?to=2026-11-03").await.0.is_empty());
}

#[tokio::test]
async fn a_conversion_names_both_sides_and_can_be_asked_for_by_provider() {
    let service = Service::new();
    let (all, _) = service.walk("/v1/conversions").await;
    assert_eq!(all.len(), 1, "the other is not final");
    assert_eq!((&all[0]["job"], &all[0]["provider"]), (&job(1).into(), &provider_a().into()));
    assert_eq!((&all[0]["consumer"], &all[0]["self_dealt"]), (&consumer(1).into(), &false.into()));
    assert_eq!((&all[0]["hardware"], &all[0]["price"]["mint"]), (&1.into(), &"200100000".into()));
    let path = |provider: &str| format!("/v1/conversions?commitment=confirmed&provider={provider}");
    assert_eq!(service.walk(&path(&authority_a())).await.0.len(), 2, "by the authority's wallet too");
    assert!(service.walk(&path(&crate::support::market::provider_b())).await.0.is_empty());
    assert!(service.get(&path(&key(0x99))).await.problem("not-found").contains(&key(0x99)));
}

#[tokio::test]
async fn liabilities_name_what_is_held_for_whom() {
    let service = Service::new();
    let data = service.data("/v1/liabilities").await;
    let mints = data["mints"].as_array().unwrap();
    assert_eq!((mints.len(), &mints[0]["mint"], &mints[0]["rail"]), (1, &mint().into(), &"token".into()));
    let amount = |account: &str| {
        let items = mints[0]["items"].as_array().unwrap();
        items.iter().find(|item| item["account"] == account).map(|item| item["amount"]["tokens"].clone())
    };
    assert_eq!(amount("escrow"), Some("100".into()), "job 3's");
    assert_eq!(amount("locked"), Some("10".into()));
    assert_eq!(amount("unclaimed"), Some("7".into()), "earned 47, claimed 40");
    assert_eq!(mints[0]["mintable"]["tokens"], "7");
    assert_eq!(amount("case_bond"), None, "nobody reported anything");
    // The sum is what the supply leaves out, but for the treasury's.
    let supply = service.data("/v1/supply").await;
    let excluded = supply["excluded"].as_array().unwrap().iter().filter(|one| one["name"] != "treasury");
    let excluded: u128 =
        excluded.map(|one| one["amount"]["base"].as_str().unwrap().parse::<u128>().unwrap()).sum();
    assert_eq!(mints[0]["held"]["base"], excluded.to_string());
    let confirmed = service.data("/v1/liabilities?commitment=confirmed").await;
    assert_ne!(confirmed["mints"][0]["held"], mints[0]["held"], "slot 121 burned out of an escrow");
}

#[tokio::test]
async fn a_time_that_cannot_be_is_refused_and_a_cursor_belongs_to_its_time() {
    let service = Service::new();
    for list in ["burns", "mints", "rebates", "conversions"] {
        let reply = service.get(&format!("/v1/{list}?from=2026-11-02&to=2026-11-02")).await;
        assert!(reply.problem("unanswerable").contains("does not lie before"), "{list}");
    }
    let reply = service.get("/v1/burns?limit=1&from=2026-11-01").await;
    let next = reply.json["next"].as_str().unwrap();
    assert_eq!(
        service.get(&format!("/v1/burns?limit=1&from=2026-11-01&cursor={next}")).await.json["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    service.get(&format!("/v1/burns?limit=1&cursor={next}")).await.problem("invalid-cursor");
    service.get(&format!("/v1/mints?limit=1&from=2026-11-01&cursor={next}")).await.problem("invalid-cursor");
}
