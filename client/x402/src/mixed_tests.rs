//! Both protocols at random over one till.

use crate::gate::{Charge, Toll, pass};
use crate::mpp::{Challenge, Credential, PAYMENT_RECEIPT, Receipt, decode as decode_url};
use crate::protocol::{
    PAYMENT_REQUIRED, PAYMENT_RESPONSE, PAYMENT_SIGNATURE, Payment, PaymentRequired, Settled, Standing,
    VERSION, decode, encode,
};
use crate::realm::Realm;
use crate::till::tests::{One, Scene};
use crate::vouchers::Folder;
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use proptest::prelude::*;
use std::sync::Arc;
use tower::ServiceExt;

/// What a request costs at most, micro-dollars.
const PRICE: u64 = 200_000;
/// What is authorized and not settled at most; nothing is settled here.
const MOST: u64 = 5_000_000;

#[derive(Clone, Copy, Debug)]
enum By {
    X402,
    Machine,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A request that is charged so much, or fails.
    Pay(By, Option<u64>),
    /// The last payment again, by this protocol.
    Replay(By),
    /// The last credential, with a letter of its challenge changed.
    Tamper(u8),
    /// The process dies, and its challenges with it.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let by = || prop_oneof![Just(By::X402), Just(By::Machine)];
    let pay = (by(), proptest::option::weighted(0.8, 0..300_000u64));
    let step = prop_oneof![
        6 => pay.prop_map(|(by, charge)| Step::Pay(by, charge)),
        2 => by().prop_map(Step::Replay),
        1 => any::<u8>().prop_map(Step::Tamper),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..60)
}

/// Charges what the path says, or fails.
async fn work(Path(charge): Path<String>) -> Response {
    let Ok(charge) = charge.parse() else { return StatusCode::IM_A_TEAPOT.into_response() };
    let mut response = "served".into_response();
    response.extensions_mut().insert(Charge(charge));
    response
}

fn router(scene: &Scene) -> Router {
    let realm = Arc::new(Realm::random("shop").unwrap());
    let toll = Toll { till: scene.till.clone(), realm, price: PRICE, description: "work" };
    Router::new()
        .route("/{charge}", get(work))
        .layer(axum::middleware::from_fn_with_state(toll, pass::<One, Folder>))
}

async fn ask(router: &Router, charge: Option<u64>, payment: Option<(&str, &str)>) -> (StatusCode, HeaderMap) {
    let path = charge.map_or("fails".to_owned(), |charge| charge.to_string());
    let mut request = Request::builder().uri(format!("/{path}"));
    if let Some((name, value)) = payment {
        request = request.header(name, value);
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    (response.status(), response.headers().clone())
}

fn challenges(headers: &HeaderMap) -> Vec<Challenge> {
    Challenge::read(headers[header::WWW_AUTHENTICATE].to_str().unwrap())
}

/// A payment with this receipt, by this protocol, for what these headers ask.
fn carry(by: By, payload: &Payment, asked: &HeaderMap) -> (&'static str, String) {
    let required: PaymentRequired = decode(asked[PAYMENT_REQUIRED].as_bytes()).unwrap();
    let payload = payload.payload.clone();
    match by {
        By::X402 => {
            let accepted = required.accepts[0].clone();
            (PAYMENT_SIGNATURE, encode(&Payment { x402_version: VERSION, accepted, payload }))
        }
        By::Machine => {
            let challenge = challenges(asked).remove(0);
            ("authorization", Credential { challenge, payload, source: None }.header())
        }
    }
}

/// What an answer says was charged.
fn told(headers: &HeaderMap) -> Option<Standing> {
    let settled = headers.get(PAYMENT_RESPONSE).map(|it| decode::<Settled>(it.as_bytes()).unwrap().extra);
    let receipt = headers.get(PAYMENT_RECEIPT).map(|it| decode_url::<Receipt>(it.to_str().unwrap()).unwrap());
    assert!(settled.is_none() || receipt.is_none());
    settled.or(receipt.map(|receipt| receipt.standing()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn never_is_more_charged_than_authorized_and_nothing_is_served_for_nothing(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut scene = Scene::new();
            let mut router = router(&scene);
            let (mut charged, mut last) = (0u64, None::<Payment>);
            for step in steps {
                let (_, asked) = ask(&router, Some(0), None).await;
                match step {
                    Step::Pay(by, charge) => {
                        let payment = match by {
                            By::X402 => {
                                let required = decode(asked[PAYMENT_REQUIRED].as_bytes()).unwrap();
                                scene.payer.pay(&required, 2_000)
                            }
                            By::Machine => {
                                scene.payer.answer(&challenges(&asked), "shop", 2_000).map(|(_, value)| value)
                            }
                        };
                        let Ok(payment) = payment else { continue };
                        let name = match by { By::X402 => PAYMENT_SIGNATURE, By::Machine => "authorization" };
                        last = Some(match by {
                            By::X402 => decode(payment.as_bytes()).unwrap(),
                            By::Machine => {
                                let Credential { challenge, payload, .. } = Credential::read(payment.as_bytes()).unwrap();
                                Payment { x402_version: VERSION, accepted: challenge.asks().unwrap().way(), payload }
                            }
                        });
                        let (status, headers) = ask(&router, charge, Some((name, &payment))).await;
                        let cost = charge.map_or(0, |charge| charge.min(PRICE));
                        if status == StatusCode::PAYMENT_REQUIRED {
                            prop_assert!(charged + PRICE > MOST, "{:?}", headers);
                        } else {
                            prop_assert_eq!(status.is_success(), charge.is_some());
                            charged += cost;
                        }
                        if let Some(standing) = told(&headers) {
                            prop_assert_eq!(&standing.charged, &charged.to_string());
                            match by {
                                By::X402 => scene.payer.paid(&decode(headers[PAYMENT_RESPONSE].as_bytes()).unwrap()).unwrap(),
                                By::Machine => {
                                    let receipt = headers[PAYMENT_RECEIPT].to_str().unwrap();
                                    scene.payer.answered(&decode_url(receipt).unwrap()).unwrap();
                                }
                            }
                        }
                    }
                    Step::Replay(by) => if let Some(payment) = &last {
                        // It may cover what was authorized and not charged, and no more, whichever way it comes.
                        let covered = scene.payer.authorized() - charged >= PRICE && charged + PRICE <= MOST;
                        let (name, value) = carry(by, payment, &asked);
                        let (status, headers) = ask(&router, None, Some((name, &value))).await;
                        prop_assert_eq!(status == StatusCode::IM_A_TEAPOT, covered, "{} {:?}", status, headers);
                    },
                    Step::Tamper(at) => if let Some(payment) = &last {
                        let (_, value) = carry(By::Machine, payment, &asked);
                        let mut credential = Credential::read(value.as_bytes()).unwrap();
                        let request = &mut credential.challenge.request;
                        let at = usize::from(at) % request.len();
                        let other = if &request[at..=at] == "A" { "B" } else { "A" };
                        request.replace_range(at..=at, other);
                        let (status, _) = ask(&router, Some(1), Some(("authorization", &credential.header()))).await;
                        prop_assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
                    },
                    Step::Restart => {
                        scene.restart();
                        router = self::router(&scene);
                        if let Some(payment) = &last {
                            // What the process before it asked for is nothing to this one.
                            let (name, value) = carry(By::Machine, payment, &asked);
                            let (status, _) = ask(&router, Some(1), Some((name, &value))).await;
                            prop_assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
                        }
                    }
                }
                prop_assert!(charged <= scene.payer.authorized());
                if last.is_some() {
                    prop_assert_eq!(scene.kept().charged, charged);
                }
            }
            Ok(())
        })?;
    }
}
