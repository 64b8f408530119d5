use super::*;
use crate::protocol::{ASSET, BINDING, DECIMALS};
use proptest::prelude::*;

fn challenge() -> Challenge {
    Challenge {
        id: "x7Tg2pLqR9mKvNwY3hBcZa".into(),
        realm: "api.example.com".into(),
        method: "example".into(),
        intent: "charge".into(),
        expires: Some("2025-01-15T12:05:00Z".into()),
        request: "eyJhbW91bnQiOiIxMDAwIiwiY3VycmVuY3kiOiJVU0QiLCJyZWNpcGllbnQiOiJhY2N0XzEyMyJ9".into(),
        ..Challenge::default()
    }
}

fn request() -> Request {
    let standing = Standing { job: "j".into(), authorized: "3".into(), charged: "2".into() };
    let extra =
        Extra { binding: BINDING.into(), program: "p".into(), decimals: DECIMALS, standing: Some(standing) };
    let way = Requirements {
        scheme: SCHEME.into(),
        network: "solana:x".into(),
        amount: "2500".into(),
        asset: ASSET.into(),
        pay_to: "provider".into(),
        max_timeout_seconds: 60,
        extra,
    };
    assert_eq!(Request::of(way.clone(), None).way(), way);
    Request::of(way, Some("Wörter \"zählen\"".into()))
}

/// The examples of draft-httpauth-payment.
#[test]
fn the_specification_s_own_examples_can_be_read() {
    let header = "Payment id=\"x7Tg2pLqR9mKvNwY3hBcZa\",\n    realm=\"api.example.com\",\n    method=\"example\",\n    \
                  intent=\"charge\",\n    expires=\"2025-01-15T12:05:00Z\",\n    \
                  request=\"eyJhbW91bnQiOiIxMDAwIiwiY3VycmVuY3kiOiJVU0QiLCJyZWNpcGllbnQiOiJhY2N0XzEyMyJ9\"";
    assert_eq!(Challenge::read(header), [challenge()]);
    let credential = "Payment eyJjaGFsbGVuZ2UiOnsiaWQiOiJ4N1RnMnBMcVI5bUt2TndZM2hCY1phIiwicmVhbG0iOiJhcGkuZXhhbXBsZS5jb20iLCJtZXRob2QiOiJleGFtcGxlIiwiaW50ZW50IjoiY2hhcmdlIiwicmVxdWVzdCI6ImV5SmhiVzkxYm5RaU9pSXhNREF3SWl3aVkzVnljbVZ1WTNraU9pSlZVMFFpTENKeVpXTnBjR2xsYm5RaU9pSmhZMk4wWHpFeU15SjkiLCJleHBpcmVzIjoiMjAyNS0wMS0xNVQxMjowNTowMFoifSwicGF5bG9hZCI6eyJwcm9vZiI6IjB4YWJjMTIzLi4uIn19";
    assert_eq!(Credential::read(credential.as_bytes()), Err(Malformed::Method));
    let apart = format!("{header}, header=\"Payment-Authorization\"");
    let [read] = Challenge::read(&apart).try_into().unwrap();
    assert_eq!(
        (challenge().answered_in(), read.answered_in()),
        (Some("Authorization"), Some("Payment-Authorization"))
    );
    assert_eq!(Challenge { header: Some("Cookie".into()), ..challenge() }.answered_in(), None);
    assert_eq!(challenge().asks(), None);
    assert_eq!(seconds("2025-01-15T12:05:00Z"), Some(1_736_942_700));
    assert_eq!(time(1_736_942_700), "2025-01-15T12:05:00Z");
}

#[test]
fn challenges_are_found_among_others() {
    let one = challenge();
    let other =
        Challenge { intent: INTENT.into(), description: Some("a \"b\\c\", d=e".into()), ..challenge() };
    let header = format!(
        "Basic realm=\"a, Payment id=\\\"x\\\"\", {}, Negotiate abc==, PAYMENT {}, Bearer",
        one.header(),
        &other.header()[AUTH_SCHEME.len() + 1..],
    );
    assert_eq!(Challenge::read(&header), [one, other]);
}

#[test]
fn what_is_no_challenge_is_left_out() {
    let header = challenge().header();
    for broken in [
        header.replace("x7Tg2pLqR9mKvNwY3hBcZa", ""),
        header.replace("realm=", "domain="),
        format!("{header}, id=\"again\""),
        header.replacen("Payment", "Payments", 1),
        header.trim_end_matches('"').to_owned(),
        format!("{header}, description=\"{}\"", "x".repeat(MOST)),
    ] {
        assert_eq!(Challenge::read(&broken), [], "{broken}");
    }
    assert_eq!(Challenge::read(&format!("{header}, colour=blue")), [challenge()], "unknown ones are ignored");
}

#[test]
fn messages_are_canonical_json() {
    let json = URL_SAFE_NO_PAD.decode(encode(&request())).unwrap();
    assert_eq!(
        String::from_utf8(json).unwrap(),
        "{\"amount\":\"2500\",\"currency\":\"USD\",\"description\":\"Wörter \\\"zählen\\\"\",\"methodDetails\":\
         {\"binding\":\"tally-job/1\",\"decimals\":6,\"maxTimeoutSeconds\":60,\"network\":\"solana:x\",\"program\":\"p\",\
         \"standing\":{\"authorized\":\"3\",\"charged\":\"2\",\"job\":\"j\"}},\"recipient\":\"provider\",\
         \"unitType\":\"request\"}"
    );
    let credential = Credential {
        challenge: Challenge {
            method: METHOD.into(),
            intent: INTENT.into(),
            request: encode(&request()),
            ..challenge()
        },
        payload: Voucher::Receipt { receipt: "AA==".into() },
        source: None,
    };
    let other =
        serde_json::json!({ "challenge": credential.challenge, "payload": { "type": "transaction" } });
    let other = format!("Payment {}", encode(&other));
    assert_eq!(Credential::read(other.as_bytes()), Err(Malformed::Payload));
    assert_eq!(credential.challenge.asks(), Some(request()));
    assert_eq!(Credential::read(credential.header().as_bytes()), Ok(credential.clone()));
    assert_eq!(
        Credential::read(credential.header().replace("Payment", "payment").as_bytes()),
        Ok(credential)
    );
}

#[test]
fn what_is_no_credential_is_refused() {
    for other in ["Bearer x", "Paymen", "PaymentX eyJ9", ""] {
        assert!(!Credential::is_one(other.as_bytes()), "{other}");
    }
    assert!(Credential::is_one(b"Payment"));
    assert_eq!(Credential::read(b"Payment %%%"), Err(Malformed::Encoding));
    assert_eq!(Credential::read(b"Payment \xff"), Err(Malformed::Encoding));
    assert_eq!(Credential::read(b"Payment e30"), Err(Malformed::Shape));
    assert_eq!(Credential::read(b"Payment e30="), Err(Malformed::Encoding), "padding is not the protocol's");
    assert_eq!(
        Credential::read(format!("Payment {}", "A".repeat(MOST + 1)).as_bytes()),
        Err(Malformed::Long)
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        id in "[ -~]{1,20}", realm in "[ -~]{0,20}", method in "[a-z]{1,9}", request in "[A-Za-z0-9_-]{0,40}",
        description in proptest::option::of("[ -~]{0,20}"), header in proptest::option::of("[ -~]{0,20}"), opaque in proptest::option::of("[A-Za-z0-9_-]{0,20}"),
    ) {
        let one = Challenge { id, realm, method, request, description, header, opaque, ..challenge() };
        let header = format!("{}, Basic realm=\"r\", {}", one.header(), challenge().header());
        prop_assert_eq!(Challenge::read(&header), [one, challenge()]);
    }

    #[test]
    fn nothing_that_is_sent_is_a_panic(header in "(Payment )?[ -~]{0,80}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = Challenge::read(&header);
        let _ = (Credential::read(&bytes), Credential::read(header.as_bytes()));
    }
}
