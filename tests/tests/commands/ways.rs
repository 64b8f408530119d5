//! A provider's and a consumer's way, from registering to the last payment.

use crate::desk::Desk;
use settlement_interface::accounts::{Consumer, Job, JobState, Provider};
use settlement_interface::pda;
use solana_signer::Signer;
use tests::{JobFixture, World};

#[test]
fn a_provider_and_a_consumer_go_from_registering_to_the_last_payment() {
    let mut world = World::new();
    let (provider, consumer) = (world.holder(2_000_000_000_000), world.holder(1_000_000_000_000));
    let (session, stranger) = (world.wallet(), world.wallet());
    let mut desk = Desk::new(world);
    let (named, account) = (provider.pubkey().to_string(), pda::provider(&provider.pubkey()));
    desk.done(&provider, &["provider", "register", "--rate", "1=2"]);
    let told = desk.refused(&provider, &["provider", "register", "--rate", "1=2"]);
    assert!(told.contains("already"), "{told}");
    desk.done(&provider, &["provider", "update", "--rate", "1=2.50"]);
    desk.done(&provider, &["provider", "stake", "500"]);
    let shown = desk.done(&stranger, &["provider", "show", &named]);
    let figures = (&shown["authority"], &shown["stake"]["amount"], &shown["rates"][0]["rate"]["amount"]);
    assert_eq!(figures, (&named.as_str().into(), &"500000000000".into(), &"2500000".into()));

    desk.done(&consumer, &["consumer", "register"]);
    assert_eq!(desk.world.read::<Consumer>(&pda::consumer(&consumer.pubkey())).next_nonce, 0);
    let key = session.pubkey().to_string();
    let opened =
        desk.done(&consumer, &["consumer", "open", &named, "--budget", "25", "--gpus", "2", "--meter", &key]);
    let job = opened["plan"]["job"].as_str().unwrap().to_owned();
    let listed = desk.done(&consumer, &["consumer", "jobs"]);
    assert_eq!((&listed["jobs"][0]["job"], listed["jobs"][1].is_null()), (&job.as_str().into(), true));
    desk.done(&provider, &["provider", "accept", &job]);
    desk.done(&provider, &["provider", "start", &job]);
    let now = desk.world.now();
    desk.world.until(now + 3_600);

    let file = desk.key(&session);
    let sign = ["consumer", "sign-receipt", "0", "--session-key", &file, "--gpu-hours"];
    let told = desk.refused(&consumer, &[&sign[..], &["9"]].concat());
    assert!(told.contains("ReceiptTooFast"), "{told}");
    let signed = desk.done(&consumer, &[&sign[..], &["1.5"]].concat());
    let receipt = signed["receipt"].as_str().unwrap();
    for who in [["consumer", "check-receipt"], ["provider", "check-receipt"]] {
        let checked = desk.done(&stranger, &[&who[..], &[receipt]].concat());
        assert_eq!((&checked["good"], &checked["new"]["amount"]), (&true.into(), &"3750000".into()));
    }
    desk.done(&provider, &["provider", "settle", receipt]);
    let told = desk.refused(&stranger, &["consumer", "check-receipt", receipt]);
    assert!(told.contains("ReceiptNotNewer"), "{told}");
    let listed = desk.done(&provider, &["provider", "jobs"]);
    assert_eq!(listed["jobs"][0]["job"], job);
    let told = desk.refused(&stranger, &["provider", "close", &job]);
    assert!(told.contains("only"), "{told}");
    desk.done(&provider, &["provider", "close", &job]);
    assert_eq!(desk.world.read::<Job>(&job.parse().unwrap()).state(), Some(JobState::Closing));

    let earned = desk.world.read::<Provider>(&account).claimable;
    let held = desk.world.balance(&provider.pubkey());
    desk.done(&stranger, &["provider", "claim", "--provider", &named]);
    assert!(earned > 0);
    assert_eq!(desk.world.balance(&provider.pubkey()), held + earned);
    let told = desk.refused(&stranger, &["provider", "claim", "--provider", &named]);
    assert!(told.contains("NothingToClaim"), "{told}");

    desk.done(&provider, &["provider", "unstake", "100"]);
    let told = desk.refused(&stranger, &["provider", "withdraw-stake", "--provider", &named]);
    assert!(told.contains("still unbonding"), "{told}");
    desk.world.pass(7 * 86_400);
    desk.done(&stranger, &["provider", "withdraw-stake", "--provider", &named]);
    assert_eq!(desk.world.balance(&provider.pubkey()), held + earned + 100_000_000_000);
}

#[test]
fn a_session_key_is_replaced_by_the_consumer_and_not_again_for_a_while() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let (consumer, stranger) = (job.actors.consumer.insecure_clone(), world.wallet());
    let mut desk = Desk::new(world);
    let (address, old) = (job.keys.job.to_string(), job.actors.session.pubkey().to_string());
    let new = stranger.pubkey().to_string();
    let rotate = ["consumer", "rotate-meter", &address, &new];
    let told = desk.refused(&stranger, &rotate);
    assert!(told.contains("only the job's consumer"), "{told}");
    let told = desk.refused(&consumer, &["consumer", "rotate-meter", &address, &old]);
    assert!(told.contains("SameMeter"), "{told}");
    desk.done(&consumer, &rotate);
    let state = job.read(&desk.world);
    assert_eq!((state.meter, state.previous_meter.to_string()), (stranger.pubkey(), old.clone()));
    let told = desk.refused(&consumer, &["consumer", "rotate-meter", &address, &old]);
    assert!(told.contains("it can be replaced again"), "{told}");
}

#[test]
fn an_offer_is_cancelled_by_its_consumer() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let (consumer, stranger) = (job.actors.consumer.insecure_clone(), world.wallet());
    let mut desk = Desk::new(world);
    let address = job.keys.job.to_string();
    let told = desk.refused(&stranger, &["consumer", "cancel", &address]);
    assert!(told.contains("only the job's consumer"), "{told}");
    desk.done(&consumer, &["consumer", "cancel", &address]);
    assert_eq!(job.read(&desk.world).state(), Some(JobState::Cancelled));
}
