use super::*;
use crate::protocol::Settled;
use crate::till::tests::{CENT, One, Scene, till_within};
use crate::vouchers::Folder;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use serde_json::Value;
use tower::ServiceExt;

/// What a path answers to a payment for which this much is asked.
async fn ask(
    desk: &Router,
    path: &str,
    payment: &Payment,
    change: impl FnOnce(&mut Value),
) -> (StatusCode, Value) {
    let mut asked = json!({
        "x402Version": VERSION, "paymentPayload": payment, "paymentRequirements": payment.accepted,
    });
    change(&mut asked["paymentRequirements"]);
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(asked.to_string())).unwrap();
    let response = desk.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, serde_json::from_slice(&to_bytes(response.into_body(), MOST).await.unwrap()).unwrap())
}

fn as_it_is(_: &mut Value) {}

fn desk(scene: &Scene) -> Router {
    router::<One, Folder>(scene.till.clone())
}

#[tokio::test]
async fn what_is_verified_is_set_aside_and_settled_once_for_no_more_than_it_cost() {
    let mut scene = Scene::new();
    let (desk, payment) = (desk(&scene), scene.pay(CENT));
    let (status, verified) = ask(&desk, "/verify", &payment, as_it_is).await;
    assert_eq!((status, &verified["isValid"]), (StatusCode::OK, &Value::Bool(true)));
    let (status, again) = ask(&desk, "/verify", &payment, as_it_is).await;
    assert_eq!((status, &again["isValid"]), (StatusCode::OK, &Value::Bool(false)), "it is set aside");
    assert_eq!(again["invalidReason"], "insufficient_authorization");
    assert_eq!(again["extra"]["standing"]["authorized"], CENT.to_string());
    let (status, settled) = ask(&desk, "/settle", &payment, |asked| asked["amount"] = "7000".into()).await;
    assert_eq!(status, StatusCode::OK);
    let settled: Settled = serde_json::from_value(settled).unwrap();
    assert_eq!(
        (settled.success, settled.amount.as_str(), settled.extra.charged.as_str()),
        (true, "7000", "7000")
    );
    assert_eq!(settled.payer, verified["payer"]);
    let (status, again) = ask(&desk, "/settle", &payment, as_it_is).await;
    assert_eq!((status, &again["success"]), (StatusCode::OK, &Value::Bool(false)));
    assert_eq!(scene.kept().charged, 7_000);
}

#[tokio::test]
async fn what_is_never_settled_is_free_again_after_its_time() {
    let mut scene = Scene::new();
    scene.till = till_within(&scene.jobs, &scene.place, 0);
    let (desk, payment) = (desk(&scene), scene.pay(CENT));
    for _ in 0..3 {
        assert_eq!(ask(&desk, "/verify", &payment, as_it_is).await.1["isValid"], true);
    }
    assert_eq!(scene.kept().charged, 0);
}

#[tokio::test]
async fn what_was_verified_before_the_process_died_is_settled_after_it() {
    let mut scene = Scene::new();
    let payment = scene.pay(CENT);
    assert_eq!(ask(&desk(&scene), "/verify", &payment, as_it_is).await.1["isValid"], true);
    scene.restart();
    assert_eq!(ask(&desk(&scene), "/settle", &payment, as_it_is).await.1["success"], true);
    assert_eq!(scene.kept().charged, CENT);
}

#[tokio::test]
async fn nothing_is_taken_but_what_the_payment_accepts() {
    let mut scene = Scene::new();
    let (desk, payment) = (desk(&scene), scene.pay(CENT));
    for (member, value) in
        [("amount", "10001"), ("amount", "x"), ("payTo", "x"), ("network", "solana:y"), ("asset", "x")]
    {
        for path in ["/verify", "/settle"] {
            let (status, answer) = ask(&desk, path, &payment, |asked| asked[member] = value.into()).await;
            assert_eq!(status, StatusCode::OK);
            let why = [&answer["invalidReason"], &answer["errorReason"]];
            assert!(why.contains(&&Value::from("invalid_payment_requirements")), "{member}: {answer}");
        }
    }
    let (_, less) = ask(&desk, "/verify", &payment, |asked| asked["amount"] = "1".into()).await;
    assert_eq!(less["isValid"], false);
    let (status, _) = ask(&desk, "/verify", &payment, |asked| *asked = Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(ask(&desk, "/verify", &payment, as_it_is).await.1["isValid"], true, "nothing was set aside");
}
