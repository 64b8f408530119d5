//! The paths of Actions as Solana Pay's transaction requests, by the rules of its specification 1.1, and what
//! Actions say of themselves.

use crate::actions::{decoded, open, service};
use crate::support::node::{Node, address, authority, wallet};
use axum::http::Method;
use serde_json::{Value, json};
use settlement_interface::pda;

/// Every Action's path, off the documentation.
pub fn paths() -> Vec<String> {
    let document: Value = serde_json::from_str(&api::openapi::pretty().unwrap()).unwrap();
    let all = document["paths"].as_object().unwrap().keys();
    all.filter(|path| path.starts_with("/v1/actions/")).cloned().collect()
}

fn parameters(path: &str, method: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(&api::openapi::pretty().unwrap()).unwrap();
    document["paths"][path][method]["parameters"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_get_says_who_asks_with_an_icon_at_an_absolute_address() {
    let service = service(&Node::new()).await;
    let paths = paths();
    assert!(paths.len() >= 25, "{paths:?}");
    for path in &paths {
        let reply = service.get(path).await;
        assert_eq!(reply.header("content-type"), "application/json", "{path}: {}", reply.text);
        assert!(reply.json["label"].as_str().unwrap().starts_with("Tally: "), "{path}");
        let icon = reply.json["icon"].as_str().unwrap().strip_prefix("http://tally.test").unwrap();
        let icon = service.get(icon).await;
        assert_eq!((icon.status.as_u16(), icon.header("content-type")), (200, "image/svg+xml"));
        let compressed = service.request(Method::GET, path, &[("accept-encoding", "gzip")], None).await;
        assert_eq!(compressed.header("content-encoding"), "gzip", "{path}");
    }
}

#[tokio::test]
async fn a_get_takes_every_parameter_of_the_post_and_names_no_wallet() {
    let service = service(&Node::new()).await;
    for path in paths() {
        let (get, post) = (parameters(&path, "get"), parameters(&path, "post"));
        let names = |list: &[Value]| list.iter().map(|it| it["name"].clone()).collect::<Vec<_>>();
        assert_eq!(names(&get), names(&post), "{path}");
        assert!(get.iter().all(|it| it["required"] == false), "{path}");
        assert!(names(&get).contains(&json!("compute_unit_price")), "{path}");
        let reply = service.get(&format!("{path}?compute_unit_price=7")).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        let reply = service.get(&format!("{path}?compute_unit_price=cheap")).await;
        assert!(reply.problem("invalid-parameter").contains("cheap"), "{path}");
        let reply = service.get(&format!("{path}?account={}", wallet())).await;
        assert!(reply.problem("unknown-parameter").contains("\"account\""), "{path}");
    }
}

#[tokio::test]
async fn a_post_answers_with_a_transaction_that_the_account_alone_signs_and_pays_for() {
    let node = Node::new();
    let service = service(&node).await;
    let reply = open(&service, "&budget=25").await;
    let transaction = decoded(&reply);
    let message = &transaction.message;
    assert_eq!(message.header.num_required_signatures, 1, "another signature is malicious");
    assert_eq!(message.account_keys[0], wallet(), "the fee payer");
    assert_eq!(transaction.signatures[0].as_ref(), [0; 64], "an empty one");
    assert_eq!(message.recent_blockhash.to_string(), reply.json["expires"]["blockhash"]);
    // The beginning of the message is all that a wallet has to show.
    let shown: String = reply.json["message"].as_str().unwrap().chars().take(80).collect();
    assert!(shown.contains("opens your job 0"), "{shown}");
    // The job stands in for a reference: whoever knows its address finds what landed.
    let job = pda::job(&wallet(), 0);
    assert_eq!(reply.json["job"], job.to_string());
    assert!(message.account_keys.contains(&job));
}

#[tokio::test]
async fn an_error_has_a_message_that_says_what_is_wrong_at_once() {
    let service = service(&Node::new()).await;
    for path in paths() {
        let reply = service.post(&path, &json!({ "account": "nobody" })).await;
        assert!(reply.status.is_client_error(), "{path}: {}", reply.text);
        let shown: String = reply.json["message"].as_str().unwrap().chars().take(80).collect();
        assert!(shown.contains("nobody") || shown.contains("required"), "{path}: {shown}");
    }
}

#[tokio::test]
async fn a_form_asks_for_what_is_missing_and_keeps_what_is_given() {
    let service = service(&Node::new()).await;
    for path in paths() {
        let required: Vec<_> =
            parameters(&path, "post").into_iter().filter(|it| it["required"] == true).collect();
        let reply = service.get(&path).await;
        assert_eq!(reply.json["type"], "action");
        for action in reply.json["links"]["actions"].as_array().unwrap() {
            let href = action["href"].as_str().unwrap();
            assert!(href.starts_with(&path), "{href}");
            assert_eq!(action["type"], "transaction");
            let asked = action["parameters"].as_array().unwrap();
            for parameter in asked {
                let name = parameter["name"].as_str().unwrap();
                assert!(href.contains(&format!("{name}={{{name}}}")), "{href}");
            }
            for parameter in &required {
                let is_asked = asked.iter().any(|it| it["name"] == parameter["name"]);
                assert!(is_asked, "{path} does not ask for {}", parameter["name"]);
            }
        }
    }
    let provider = authority().to_string();
    let form = service.get(&format!("/v1/actions/open-job?provider={provider}&budget=2.5")).await;
    let link = &form.json["links"]["actions"][0];
    let expected =
        format!("/v1/actions/open-job?provider={provider}&budget=2.5&rate={{rate}}&meter={{meter}}");
    assert_eq!(link["href"], expected);
    assert_eq!(link["parameters"].as_array().unwrap().len(), 2);
    // What is given is checked before anything is asked for.
    let reply = service.get("/v1/actions/open-job?provider=0OIl").await;
    assert!(reply.problem("invalid-parameter").contains("0OIl"));
    // Of two ways of filling it in the one that was chosen is left.
    let form = service.get(&format!("/v1/actions/top-up?job={}&tokens=5", address(9))).await;
    let links = form.json["links"]["actions"].as_array().unwrap();
    assert_eq!((links.len(), &links[0]["label"]), (1, &json!("Add tokens")));
    assert_eq!(service.get("/actions.json").await.json["rules"][0]["apiPath"], "/v1/actions/**");
}
