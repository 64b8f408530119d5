use super::*;
use crate::chain::{Seen, Unknown};
use crate::protocol::{Settled, Voucher};
use crate::till::Offer;
use crate::vouchers::Folder;
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use settlement_interface::Address;
use tower::ServiceExt;

/// A chain on which there is no job, or none that can be read.
struct None(Unknown);

impl Jobs for None {
    async fn seen(&self, _job: &Address, _through: i64) -> Result<Seen, Unknown> {
        Err(self.0.clone())
    }
}

fn router(unknown: Unknown) -> (Router, tempfile::TempDir) {
    let place = tempfile::tempdir().unwrap();
    let provider = Address::new_from_array([2; 32]);
    let offer = Offer { network: "solana:x".into(), provider, timeout: 60, most_unsettled: 0 };
    let till = Arc::new(Till::new(offer, None(unknown), Folder::new(place.path()).unwrap()));
    let toll = Toll { till, price: 2_500, description: "a thousand tokens" };
    let paid = Router::new()
        .route("/paid", get(async || "served"))
        .layer(axum::middleware::from_fn_with_state(toll, pass::<None, Folder>));
    (paid, place)
}

async fn ask(router: &Router, payment: Option<&str>) -> (StatusCode, HeaderMap, PaymentRequired) {
    let mut request = Request::builder().uri("/paid?x=1");
    if let Some(payment) = payment {
        request = request.header(PAYMENT_SIGNATURE, payment);
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let required = decode(response.headers()[PAYMENT_REQUIRED].as_bytes()).unwrap();
    (response.status(), response.headers().clone(), required)
}

#[tokio::test]
async fn without_a_payment_the_answer_says_how_to_pay() {
    let (router, _place) = router(Unknown::NoJob);
    let (status, headers, required) = ask(&router, Option::None).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(required.x402_version, 2);
    assert_eq!(required.resource.url, "/paid?x=1");
    assert_eq!(required.accepts[0].amount, "2500");
    assert_eq!(required.accepts[0].scheme, "batch-settlement");
    assert!(required.error.unwrap().contains("payment-signature is missing"));
    assert!(!headers.contains_key(PAYMENT_RESPONSE));
}

#[tokio::test]
async fn what_is_no_payment_and_what_cannot_be_taken_are_told_apart() {
    let (router, _place) = router(Unknown::NoJob);
    assert_eq!(ask(&router, Some("%%%")).await.0, StatusCode::BAD_REQUEST);
    let (_, _, required) = ask(&router, Option::None).await;
    let mut payment = Payment {
        x402_version: VERSION,
        accepted: required.accepts[0].clone(),
        payload: Voucher::Receipt { receipt: "AA==".into() },
    };
    let (status, _, required) = ask(&router, Some(&encode(&payment))).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert!(required.error.unwrap().contains("cannot be read"));
    payment.accepted.amount = "1".into();
    let (_, _, required) = ask(&router, Some(&encode(&payment))).await;
    assert!(required.error.unwrap().contains("another offer"));
    let settled: Result<Settled, _> = decode(encode(&payment).as_bytes());
    assert!(settled.is_err());
}
