use super::*;
use crate::mpp::Details;
use crate::protocol::{ASSET, BINDING, DECIMALS};

const NOW: i64 = 1_736_942_400;

fn realm() -> Realm {
    Realm::new("api.example.com", *b"0123456789abcdef0123456789abcdef")
}

fn request() -> Request {
    Request {
        amount: "2500".into(),
        currency: ASSET.into(),
        description: None,
        method_details: Details {
            binding: BINDING.into(),
            decimals: DECIMALS,
            max_timeout_seconds: 60,
            network: "solana:x".into(),
            program: "p".into(),
            standing: None,
        },
        recipient: "provider".into(),
        unit_type: "request".into(),
    }
}

#[test]
fn a_challenge_is_known_again_until_it_expires() {
    let challenge = realm().challenge(&request(), NOW);
    assert_eq!(challenge.expires.as_deref(), Some("2025-01-15T12:05:00Z"));
    for (now, known) in [
        (NOW, Ok(())),
        (NOW + LASTS, Ok(())),
        (NOW + LASTS + 1, Err(Invalid::Expired)),
        (i64::MAX, Err(Invalid::Expired)),
    ] {
        assert_eq!(realm().check(&challenge, now), known, "{now}");
    }
}

/// By the reference implementation, mppx 0.11.0: `Challenge.from({…}, { secretKey })`.
#[test]
fn its_identifier_is_the_one_of_the_specification() {
    // The draft's eighth place, which that implementation has before the seventh.
    assert_eq!(
        realm().beside_authentication().challenge(&request(), NOW).id,
        "wsHHXUOmZpEjzErRE-gVQURcYI19g3xMXLMva6yVkS8"
    );
    assert_eq!(realm().challenge(&request(), NOW).id, "IKLoPb0dv1Q4NKRvY50nR0F0ab_6d5oGrjGHoOF5ZX0");
}

#[test]
fn a_changed_or_foreign_challenge_is_not_known() {
    let ours = realm().challenge(&request(), NOW);
    let mut dearer = request();
    dearer.amount = "1".into();
    let later = Some("2035-01-15T12:05:00Z".to_owned());
    let changed = |change: fn(&mut Challenge)| {
        let mut challenge = ours.clone();
        change(&mut challenge);
        challenge
    };
    let mut cases = vec![
        Challenge { request: encode(&dearer), ..ours.clone() },
        Challenge { expires: later, ..ours.clone() },
        changed(|it| it.expires = None),
        changed(|it| it.method = "solana".into()),
        changed(|it| it.intent = "charge".into()),
        changed(|it| it.digest = Some("sha-256=:AA==:".into())),
        changed(|it| it.opaque = Some("e30".into())),
        changed(|it| it.header = Some("Payment-Authorization".into())),
        realm().beside_authentication().challenge(&request(), NOW),
        changed(|it| it.id = String::new()),
        changed(|it| it.id = "%".into()),
        changed(|it| it.id.truncate(20)),
        Realm::random("api.example.com").unwrap().challenge(&request(), NOW),
    ];
    // A challenge of a header of its own is not one of none.
    cases[8].header = None;
    for (at, case) in cases.iter().enumerate() {
        assert_eq!(realm().check(case, NOW), Err(Invalid::Foreign), "{at}");
    }
    let elsewhere = Realm::new("other.example.com", *b"0123456789abcdef0123456789abcdef");
    assert_eq!(
        realm().check(&elsewhere.challenge(&request(), NOW), NOW),
        Err(Invalid::Realm("api.example.com".into()))
    );
    // What is for display alone is not bound.
    assert_eq!(realm().check(&changed(|it| it.description = Some("x".into())), NOW), Ok(()));
}

#[test]
fn a_realm_can_be_written_into_a_header() {
    let realm = Realm::new("caf\u{e9}\r\n \"x\"", [0; 32]);
    let challenge = realm.challenge(&request(), NOW);
    assert_eq!(challenge.realm, "caf \"x\"");
    assert_eq!(Challenge::read(&challenge.header()), [challenge]);
}
