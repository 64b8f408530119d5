use super::*;
use crate::mpp::{INTENT, METHOD, Request, encode as encode_url};
use crate::realm::Realm;
use crate::till::tests::{CENT, JOB, Scene};

const REALM: &str = "shop";

fn challenge(scene: &Scene, price: u64) -> Challenge {
    let realm = Realm::random(REALM).unwrap();
    realm.challenge(&Request::of(scene.till.requires(price, None), None), today())
}

/// The challenge with another request.
fn asks(challenge: &Challenge, change: impl FnOnce(&mut Request)) -> Challenge {
    let mut request = challenge.asks().unwrap();
    change(&mut request);
    Challenge { request: encode_url(&request), ..challenge.clone() }
}

#[test]
fn nothing_is_signed_for_a_challenge_that_is_not_known_to_be_the_provider_s() {
    let mut scene = Scene::new();
    let ours = challenge(&scene, CENT);
    let cases = [
        Challenge { realm: "other".into(), ..ours.clone() },
        Challenge { method: "solana".into(), ..ours.clone() },
        Challenge { intent: "charge".into(), ..ours.clone() },
        Challenge { expires: None, ..ours.clone() },
        Challenge { expires: Some("2025-01-15T12:05:00Z".into()), ..ours.clone() },
        Challenge { expires: Some("tomorrow".into()), ..ours.clone() },
        Challenge { request: "e30".into(), ..ours.clone() },
        Challenge { header: Some("Cookie".into()), ..ours.clone() },
        asks(&ours, |it| it.recipient = JOB.to_string()),
        asks(&ours, |it| it.currency = JOB.to_string()),
        asks(&ours, |it| it.unit_type = "token".into()),
        asks(&ours, |it| it.method_details.network = "solana:y".into()),
        asks(&ours, |it| it.method_details.program = JOB.to_string()),
        asks(&ours, |it| it.method_details.binding = "tally-job/2".into()),
        asks(&ours, |it| it.method_details.decimals = 9),
    ];
    for (at, case) in cases.iter().enumerate() {
        let declined = scene.payer.answer(std::slice::from_ref(case), REALM, 2_000);
        assert!(matches!(declined, Err(Declined::NoChallenge)), "{at}");
    }
    assert!(matches!(scene.payer.answer(&[], REALM, 2_000), Err(Declined::NoChallenge)));
    assert_eq!(scene.payer.authorized(), 0);
    let among = [cases.as_slice(), std::slice::from_ref(&ours)].concat();
    let (name, header) = scene.payer.answer(&among, REALM, 2_000).unwrap();
    assert_eq!(name, "Authorization");
    let answered = Credential::read(header.as_bytes()).unwrap().challenge;
    assert_eq!((&answered, answered.method.as_str(), answered.intent.as_str()), (&ours, METHOD, INTENT));
}

#[test]
fn both_protocols_are_paid_out_of_one_budget() {
    let mut scene = Scene::new();
    let dear = challenge(&scene, 1_000_001);
    assert!(matches!(scene.payer.answer(&[dear], REALM, 2_000), Err(Declined::Dear(1_000_001, 1_000_000))));
    let dollar = challenge(&scene, 1_000_000);
    let answered = |charged: u64| Answered {
        amount: "1000000".into(),
        authorized: String::new(),
        challenge_id: String::new(),
        commitment: String::new(),
        intent: INTENT.into(),
        method: METHOD.into(),
        network: "solana:x".into(),
        payer: String::new(),
        reference: JOB.to_string(),
        spent: charged.to_string(),
        status: "success".into(),
        timestamp: String::new(),
    };
    assert!(matches!(scene.payer.answered(&answered(1)), Err(Declined::Overcharged(1, 0))));
    for dollars in 1..=9u64 {
        // Asked for by both, it is authorized once.
        scene.payer.answer(std::slice::from_ref(&dollar), REALM, 2_000).unwrap();
        scene.pay(1_000_000);
        assert_eq!(scene.payer.authorized(), dollars * 1_000_000);
        scene.payer.answered(&answered(dollars * 1_000_000)).unwrap();
    }
    let more = challenge(&scene, 1);
    assert!(matches!(scene.payer.answer(&[more], REALM, 2_000), Err(Declined::Spent(9_000_001, 9_000_000))));
}

#[test]
fn what_was_refused_as_it_was_is_signed_anew() {
    let mut scene = Scene::new();
    let ours = [challenge(&scene, CENT)];
    let receipt = |(_, header): (&str, String)| {
        let Voucher::Receipt { receipt } = Credential::read(header.as_bytes()).unwrap().payload;
        SignedReceipt::from_text(&receipt).unwrap().receipt
    };
    let first = receipt(scene.payer.answer(&ours, REALM, 2_000).unwrap());
    assert_eq!(receipt(scene.payer.answer(&ours, REALM, 2_001).unwrap()), first);
    scene.payer.turned_down(&ours);
    let second = receipt(scene.payer.answer(&ours, REALM, 2_001).unwrap());
    assert_eq!((second.units, second.through), (first.units, 2_001));
    // It is known and covers no more: what the server says of the job is what helps.
    let standing = crate::protocol::Standing {
        job: JOB.to_string(),
        authorized: CENT.to_string(),
        charged: CENT.to_string(),
    };
    let told = [asks(&ours[0], |it| it.method_details.standing = Some(standing))];
    scene.payer.turned_down(&told);
    let third = receipt(scene.payer.answer(&told, REALM, 2_002).unwrap());
    assert_eq!(third.units, 2 * second.units);
}
