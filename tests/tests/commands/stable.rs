//! The stable rail from its opening to the buyback.

use crate::desk::Desk;
use settlement_interface::accounts::{Job, JobState, Party};
use settlement_interface::pda;
use solana_signer::Signer;
use tally_client::receipts::SignedReceipt;
use tests::{Actors, DOLLARS, ESCROW, JobFixture, PROGRAMS, World};

fn goes_its_way(program: settlement_interface::Address) {
    let mut world = World::stable(program);
    let actors = Actors::new(&mut world);
    let (consumer, provider) = (actors.consumer.insecure_clone(), actors.provider.insecure_clone());
    world.dollars_of(&consumer.pubkey(), 2 * DOLLARS);
    let stranger = world.wallet();
    let mut desk = Desk::new(world);
    let (named, session) = (provider.pubkey().to_string(), actors.session.pubkey().to_string());
    let open = [
        "consumer", "open", &named, "--rail", "stable", "--budget", "100", "--rate", "2", "--meter",
        &session, "--end-by", "10h",
    ];
    let told = desk.refused(&stranger, &open);
    assert!(told.contains("has no account for"), "{told}");
    let opened = desk.done(&consumer, &open);
    assert_eq!(opened["plan"]["escrow"]["amount"], DOLLARS.to_string());
    let job = opened["plan"]["job"].as_str().unwrap().to_owned();
    let address = job.parse().unwrap();
    desk.done(&consumer, &["consumer", "top-up", &job, "--tokens", "1"]);
    desk.done(&provider, &["provider", "accept", &job]);
    desk.done(&provider, &["provider", "start", &job]);
    let now = desk.world.now();
    desk.world.until(now + 3_600);

    let fixture = JobFixture {
        keys: settlement_interface::instructions::JobKeys::of(&desk.world.read::<Job>(&address)),
        actors,
        nonce: 0,
    };
    let receipt = fixture.receipt(&desk.world, 3_600_000);
    let text = SignedReceipt::sign(&fixture.actors.session, receipt).unwrap().to_text();
    desk.done(&provider, &["provider", "settle", &text]);
    assert_eq!(fixture.read(&desk.world).settled, 2_000_000);
    let told = desk.refused(&stranger, &["job", "convert", &job]);
    assert!(told.contains("NothingToConvert"), "{told}");
    desk.done(&consumer, &["consumer", "close", &job]);
    let now = desk.world.now();
    desk.world.until(now + 86_401);
    desk.done(&stranger, &["job", "advance", &job]);
    desk.done(&stranger, &["job", "advance", &job]);
    assert_eq!(fixture.read(&desk.world).state(), Some(JobState::Closed));
    let shown = desk.done(&stranger, &["job", "show", &job]);
    assert_eq!((&shown["rail"], &shown["due_to_provider"]["dollars"]), (&"stable".into(), &"1900000".into()));
    for party in ["consumer", "provider", "buyback", "treasury"] {
        desk.done(&stranger, &["job", "withdraw", &job, "--party", party]);
    }
    assert!(fixture.read(&desk.world).is_paid_out());
    let treasury = desk.world.rail().associated(&fixture.wallet_of(&desk.world, Party::Treasury));
    assert_eq!(desk.world.dollars(&treasury), 20_000);
    desk.done(&stranger, &["job", "reclaim", &job]);
}

#[test]
fn a_job_in_dollars_of_spl_token_goes_from_its_offer_to_the_last_payment() {
    goes_its_way(PROGRAMS[0]);
}

#[test]
fn a_job_in_dollars_of_token_2022_does_the_same() {
    goes_its_way(PROGRAMS[1]);
}

#[test]
fn the_buyback_is_shown_ticked_and_filled() {
    let mut world = World::stable(PROGRAMS[1]);
    let buyer = world.holder(ESCROW * 10);
    world.set_amount(&pda::buyback_vault(), 5_000_000);
    let mut desk = Desk::new(world);
    let told = desk.refused(&buyer, &["buyback", "tick"]);
    assert!(told.contains("LotTooSmall"), "{told}");
    desk.world.set_amount(&pda::buyback_vault(), DOLLARS);
    let shown = desk.done(&buyer, &["buyback", "show"]);
    assert_eq!(
        (&shown["state"], &shown["left"]["amount"]),
        (&"ready for the next round".into(), &DOLLARS.to_string().into())
    );
    desk.done(&buyer, &["buyback", "tick"]);
    let now = desk.world.now();
    desk.world.until(now + 1_800);
    let told = desk.refused(&buyer, &["buyback", "fill", "9.999999"]);
    assert!(told.contains("FillTooSmall"), "{told}");
    let told = desk.refused(&buyer, &["buyback", "fill", "10", "--max-tokens", "5"]);
    assert!(told.contains("max-tokens"), "{told}");
    let held = desk.world.balance(&buyer.pubkey());
    let filled = desk.done(&buyer, &["buyback", "fill", "10"]);
    let burned: u64 = filled["plan"]["burned"]["amount"].as_str().unwrap().parse().unwrap();
    assert_eq!(desk.world.balance(&buyer.pubkey()), held - burned);
    let account = desk.world.rail().associated(&buyer.pubkey());
    assert_eq!(desk.world.dollars(&account), 10_000_000);
    let shown = desk.done(&buyer, &["buyback", "show"]);
    assert_eq!((&shown["state"], &shown["sold_ever"]["amount"]), (&"running".into(), &"10000000".into()));
}
