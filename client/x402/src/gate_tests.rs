use super::*;
use crate::chain::{Seen, Unknown};
use crate::mpp::{Challenge, INTENT, METHOD, decode as decode_url};
use crate::protocol::Voucher;
use crate::till::Offer;
use crate::till::tests::{CENT, One, Scene};
use crate::vouchers::Folder;
use axum::Router;
use axum::body::to_bytes;
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

fn realm() -> Arc<Realm> {
    Arc::new(Realm::random("shop").unwrap())
}

fn router(unknown: Unknown) -> (Router, tempfile::TempDir) {
    let place = tempfile::tempdir().unwrap();
    let provider = Address::new_from_array([2; 32]);
    let offer = Offer { network: "solana:x".into(), provider, timeout: 60, most_unsettled: 0 };
    let till = Arc::new(Till::new(offer, None(unknown), Folder::new(place.path()).unwrap()));
    let toll = Toll { till, realm: realm(), price: 2_500, description: "a thousand tokens" };
    let paid = Router::new()
        .route("/paid", get(async || "served"))
        .layer(axum::middleware::from_fn_with_state(toll, pass::<None, Folder>));
    (paid, place)
}

/// What a refusal says by both protocols.
struct Said {
    status: StatusCode,
    required: PaymentRequired,
    challenge: Challenge,
    problem: Value,
}

impl Said {
    fn kind(&self) -> &str {
        let kind = self.problem["type"].as_str().unwrap();
        kind.strip_prefix("https://paymentauth.org/problems/").unwrap_or(kind)
    }
}

async fn send(router: &Router, payments: &[(&str, &str)]) -> Response {
    let mut request = Request::builder().uri("/paid?x=1");
    for (name, value) in payments {
        request = request.header(*name, *value);
    }
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn ask(router: &Router, payments: &[(&str, &str)]) -> Said {
    let response = send(router, payments).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let required: PaymentRequired = decode(headers[PAYMENT_REQUIRED].as_bytes()).unwrap();
    let challenges = Challenge::read(headers[header::WWW_AUTHENTICATE].to_str().unwrap());
    let [challenge] = challenges.as_slice() else { panic!("{challenges:?}") };
    assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert!(!headers.contains_key(PAYMENT_RESPONSE) && !headers.contains_key(PAYMENT_RECEIPT));
    let body = to_bytes(response.into_body(), 64 * 1024).await.unwrap();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    // Both say the same, in the headers and in the body.
    assert_eq!(serde_json::from_slice::<PaymentRequired>(&body).unwrap(), required);
    assert_eq!(challenge.asks().unwrap().way(), required.accepts[0]);
    assert_eq!(problem["status"], status.as_u16());
    assert_eq!(problem["detail"].as_str(), required.error.as_deref());
    assert_eq!(problem["challengeId"].as_str(), Some(challenge.id.as_str()));
    Said { status, required, challenge: challenge.clone(), problem }
}

/// What a credential with this receipt is refused with, after a change to the challenge that it answers.
async fn answer_with(router: &Router, receipt: &str, change: impl FnOnce(&mut Challenge)) -> Said {
    let mut challenge = ask(router, &[]).await.challenge;
    change(&mut challenge);
    let payload = Voucher::Receipt { receipt: receipt.into() };
    let credential = Credential { challenge, payload, source: Option::None };
    ask(router, &[("authorization", &credential.header())]).await
}

#[tokio::test]
async fn without_a_payment_the_answer_says_how_to_pay_by_both_protocols() {
    let (router, _place) = router(Unknown::NoJob);
    for other in [&[][..], &[("authorization", "Bearer x")]] {
        let said = ask(&router, other).await;
        assert_eq!((said.status, said.kind()), (StatusCode::PAYMENT_REQUIRED, "payment-required"));
        assert_eq!(said.required.x402_version, 2);
        assert_eq!(said.required.resource.url, "/paid?x=1");
        assert_eq!(said.required.accepts[0].amount, "2500");
        assert_eq!(said.required.accepts[0].scheme, "batch-settlement");
        assert!(said.required.error.unwrap().contains("payment-signature is missing"));
        let Challenge { realm, method, intent, expires, .. } = &said.challenge;
        assert_eq!((realm.as_str(), method.as_str(), intent.as_str()), ("shop", METHOD, INTENT));
        assert!(expires.is_some());
        assert_eq!(said.challenge.asks().unwrap().description.as_deref(), Some("a thousand tokens"));
    }
}

#[tokio::test]
async fn what_is_no_payment_and_what_cannot_be_taken_are_told_apart() {
    let (router, _place) = router(Unknown::NoJob);
    assert_eq!(ask(&router, &[(PAYMENT_SIGNATURE, "%%%")]).await.status, StatusCode::BAD_REQUEST);
    let mut payment = Payment {
        x402_version: VERSION,
        accepted: ask(&router, &[]).await.required.accepts[0].clone(),
        payload: Voucher::Receipt { receipt: "AA==".into() },
    };
    let said = ask(&router, &[(PAYMENT_SIGNATURE, &encode(&payment))]).await;
    assert_eq!((said.status, said.kind()), (StatusCode::PAYMENT_REQUIRED, "invalid-payload"));
    assert!(said.required.error.unwrap().contains("cannot be read"));
    payment.accepted.amount = "1".into();
    let said = ask(&router, &[(PAYMENT_SIGNATURE, &encode(&payment))]).await;
    assert!(said.required.error.unwrap().contains("another offer"));
    let settled: Result<Settled, _> = decode(encode(&payment).as_bytes());
    assert!(settled.is_err());
}

#[tokio::test]
async fn a_credential_is_refused_in_the_words_of_its_protocol() {
    let (router, _place) = router(Unknown::NoJob);
    let malformed = ["Payment", "Payment %%%", "Payment e30", "payment e30="];
    for credential in malformed {
        let said = ask(&router, &[("authorization", credential)]).await;
        assert_eq!((said.status, said.kind()), (StatusCode::PAYMENT_REQUIRED, "malformed-credential"));
    }
    let said = answer_with(&router, "AA==", |_| ()).await;
    assert_eq!((said.status, said.kind()), (StatusCode::PAYMENT_REQUIRED, "invalid-payload"));
    let foreign: [fn(&mut Challenge); 5] = [
        |it| it.realm = "other".into(),
        |it| it.id = "x".into(),
        |it| it.expires = Some("2999-01-01T00:00:00Z".into()),
        |it| it.digest = Some("sha-256=:AA==:".into()),
        |it| {
            let mut cheaper = it.asks().unwrap();
            cheaper.amount = "1".into();
            it.request = encode_url(&cheaper);
        },
    ];
    for (at, change) in foreign.into_iter().enumerate() {
        let said = answer_with(&router, "AA==", change).await;
        let expected = (StatusCode::PAYMENT_REQUIRED, "invalid-challenge");
        assert_eq!((said.status, said.kind()), expected, "{at}");
    }
    let unknown: [fn(&mut Challenge); 2] =
        [|it| it.method = "solana".into(), |it| it.intent = "charge".into()];
    for change in unknown {
        let said = answer_with(&router, "AA==", change).await;
        assert_eq!((said.status, said.kind()), (StatusCode::BAD_REQUEST, "method-unsupported"));
    }
    for pair in [("authorization", "Payment e30"), (PAYMENT_SIGNATURE, "e30")] {
        let said = ask(&router, &[pair, ("authorization", "Payment e30")]).await;
        assert_eq!((said.status, said.kind()), (StatusCode::BAD_REQUEST, "bad-request"));
    }
}

#[tokio::test]
async fn a_challenge_of_another_price_is_not_this_one_s() {
    let mut scene = Scene::new();
    let realm = realm();
    let toll = |price| Toll { till: scene.till.clone(), realm: realm.clone(), price, description: "x" };
    let at = |price| {
        Router::new()
            .route("/paid", get(async || "served"))
            .layer(axum::middleware::from_fn_with_state(toll(price), pass::<One, Folder>))
    };
    let (cheap, dear) = (at(1), at(CENT));
    let challenge = ask(&cheap, &[]).await.challenge;
    let (_, credential) = scene.payer.answer(&[challenge], "shop", 2_000).unwrap();
    let said = ask(&dear, &[("authorization", &credential)]).await;
    assert_eq!((said.status, said.kind()), (StatusCode::PAYMENT_REQUIRED, "invalid-challenge"));
    assert_eq!(send(&cheap, &[("authorization", &credential)]).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_was_paid_by_one_protocol_is_worth_nothing_more_by_the_other() {
    let mut scene = Scene::new();
    let toll = Toll { till: scene.till.clone(), realm: realm(), price: CENT, description: "x" };
    let router = Router::new()
        .route("/paid", get(async || ([(header::CACHE_CONTROL, "max-age=60")], "served")))
        .layer(axum::middleware::from_fn_with_state(toll, pass::<One, Folder>));
    let asked = ask(&router, &[]).await;
    let payment = scene.payer.pay(&asked.required, 2_000).unwrap();
    let challenges = [asked.challenge];
    let (_, credential) = scene.payer.answer(&challenges, "shop", 2_000).unwrap();
    let read = Credential::read(credential.as_bytes()).unwrap();
    assert_eq!(
        read.payload,
        decode::<Payment>(payment.as_bytes()).unwrap().payload,
        "it is the same receipt"
    );
    let response = send(&router, &[("authorization", &credential)]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!response.headers().contains_key(PAYMENT_RESPONSE));
    let caching: Vec<_> = response.headers().get_all(header::CACHE_CONTROL).iter().collect();
    assert_eq!(caching, ["max-age=60", "private"]);
    let receipt: Receipt = decode_url(response.headers()[PAYMENT_RECEIPT].to_str().unwrap()).unwrap();
    let cent = CENT.to_string();
    assert_eq!(
        (receipt.method.as_str(), receipt.intent.as_str(), receipt.status.as_str()),
        (METHOD, INTENT, "success")
    );
    assert_eq!((&receipt.amount, &receipt.spent, &receipt.authorized), (&cent, &cent, &cent));
    assert_eq!(receipt.challenge_id, challenges[0].id);
    for used in [(PAYMENT_SIGNATURE, payment.as_str()), ("authorization", credential.as_str())] {
        let said = ask(&router, &[used]).await;
        assert_eq!((said.status, said.kind()), (StatusCode::PAYMENT_REQUIRED, "payment-insufficient"));
        assert_eq!(said.required.accepts[0].extra.standing, Some(receipt.standing()));
    }
    scene.payer.answered(&receipt).unwrap();
    // By the other one from here, with what the same challenge asks for.
    let payment = scene.payer.pay(&asked.required, 2_000).unwrap();
    let response = send(&router, &[(PAYMENT_SIGNATURE, &payment)]).await;
    assert_eq!(
        (response.status(), response.headers().contains_key(PAYMENT_RECEIPT)),
        (StatusCode::OK, false)
    );
    let settled: Settled = decode(response.headers()[PAYMENT_RESPONSE].as_bytes()).unwrap();
    assert_eq!(settled.extra.charged, (2 * CENT).to_string());
    assert_eq!(scene.kept().charged, 2 * CENT);
}

#[tokio::test]
async fn what_cannot_be_judged_now_is_no_refusal() {
    let mut scene = Scene::new();
    let (router, _place) = router(Unknown::Unavailable);
    let challenge = ask(&router, &[]).await.challenge;
    let (_, credential) = scene.payer.answer(&[challenge], "shop", 2_000).unwrap();
    let said = ask(&router, &[("authorization", &credential)]).await;
    assert_eq!((said.status, said.kind()), (StatusCode::SERVICE_UNAVAILABLE, "about:blank"));
}

#[tokio::test]
async fn a_challenge_that_has_expired_is_said_to_have() {
    let mut scene = Scene::new();
    let realm = realm();
    let toll = Toll { till: scene.till.clone(), realm: realm.clone(), price: CENT, description: "x" };
    let router = Router::new()
        .route("/paid", get(async || "served"))
        .layer(axum::middleware::from_fn_with_state(toll, pass::<One, Folder>));
    let payload =
        decode::<Payment>(scene.payer.pay(&ask(&router, &[]).await.required, 2_000).unwrap().as_bytes());
    let asked = Asked::of(scene.till.requires(CENT, Option::None), Option::None);
    let challenge = realm.challenge(&asked, now() - 301);
    let credential = Credential { challenge, payload: payload.unwrap().payload, source: Option::None };
    let said = ask(&router, &[("authorization", &credential.header())]).await;
    assert_eq!((said.status, said.kind()), (StatusCode::PAYMENT_REQUIRED, "payment-expired"));
}

#[tokio::test]
async fn a_payment_can_stand_beside_authentication_and_then_stands_nowhere_else() {
    let mut scene = Scene::new();
    let realm = Arc::new(Realm::random("shop").unwrap().beside_authentication());
    let toll = Toll { till: scene.till.clone(), realm, price: CENT, description: "x" };
    let router = Router::new()
        .route("/paid", get(async || StatusCode::NOT_FOUND))
        .layer(axum::middleware::from_fn_with_state(toll, pass::<One, Folder>));
    let challenge = ask(&router, &[("authorization", "Bearer x")]).await.challenge;
    let (name, credential) = scene.payer.answer(&[challenge], "shop", 2_000).unwrap();
    assert_eq!(name, "Payment-Authorization");
    let said = ask(&router, &[("authorization", &credential)]).await;
    assert_eq!((said.status, said.kind()), (StatusCode::PAYMENT_REQUIRED, "payment-required"));
    let response = send(&router, &[("authorization", "Bearer x"), (name, &credential)]).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND, "the handler was asked");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "private", "which nothing else has caches know");
}
