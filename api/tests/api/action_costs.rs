//! What a wallet pays for a transaction of an Action: compute units, their price, rent.

use crate::actions::{COMPUTE_BUDGET, decoded, open, service, work};
use crate::support::node::Node;
use serde_json::{Value, json};
use settlement_interface::accounts::{Job, Layout};
use tally_client::amounts::{SOL_DECIMALS, decimal};
use tally_client::budget::{MOST_PRICE, bound};

#[tokio::test]
async fn compute_units_and_their_price_are_asked_for_and_the_fee_is_told() {
    let node = Node::new();
    node.registered(7);
    node.takes(&[1_000, 3_000_000, 40_000]);
    let service = service(&node).await;
    let rent = (128 * 2 + Job::LEN + 165) * 6_960;
    for (query, price) in [("", 40_000u64), ("&compute_unit_price=0", 0), ("&compute_unit_price=7", 7)] {
        let reply = open(&service, &format!("&budget=25{query}")).await;
        let transaction = decoded(&reply);
        let [open_job] = work(&transaction) else { panic!("there is one job") };
        let costs = &reply.json["costs"];
        let limit = bound("open_job").unwrap().units(open_job.accounts.len()) + 3_000;
        assert_eq!(
            costs["compute_unit_limit"], limit,
            "the instruction's bound and that of the budget's own"
        );
        assert_eq!(costs["compute_unit_price"], price);
        let data = |at: usize| transaction.message.instructions[at].data[1..].to_vec();
        assert_eq!((data(0), data(1)), (limit.to_le_bytes().to_vec(), price.to_le_bytes().to_vec()));
        let fee = 5_000 + (u64::from(limit) * price).div_ceil(1_000_000);
        assert_eq!(costs["fee"]["lamports"], fee.to_string());
        assert_eq!(costs["rent"]["lamports"], rent.to_string());
        let said = reply.json["message"].as_str().unwrap();
        let fee = decimal(fee, SOL_DECIMALS);
        let told = format!(
            "The network's fee is {fee} SOL: for one signature, and {limit} compute units at {price} millionths of a lamport."
        );
        assert!(said.contains(&told), "{told} in {said}");
    }
}

#[tokio::test]
async fn a_wallet_that_sets_its_own_price_is_left_to_do_so() {
    let node = Node::new();
    node.registered(7);
    node.takes(&[40_000]);
    let service = service(&node).await;
    let reply = open(&service, "&budget=25&compute_unit_price=wallet").await;
    let message = decoded(&reply).message;
    assert!(!message.account_keys.contains(&COMPUTE_BUDGET), "a wallet that sets a price finds none");
    assert_eq!(message.instructions.len(), 1);
    let costs = &reply.json["costs"];
    assert_eq!((&costs["compute_unit_price"], &costs["fee"]["sol"]), (&Value::Null, &json!("0.000005")));
    let said = reply.json["message"].as_str().unwrap();
    assert!(said.contains("0.000005 SOL and what your wallet adds for priority"), "{said}");
}

#[tokio::test]
async fn a_price_stays_within_its_bounds() {
    let node = Node::new();
    let service = service(&node).await;
    node.takes(&[900_000]);
    let reply = open(&service, "&budget=25").await;
    assert_eq!(reply.json["costs"]["compute_unit_price"], MOST_PRICE, "no more is paid unasked");
    for bad in ["-1", "10000001", "cheap"] {
        let reply = open(&service, &format!("&budget=25&compute_unit_price={bad}")).await;
        assert!(reply.problem("invalid-parameter").contains(bad), "{}", reply.text);
    }
}
