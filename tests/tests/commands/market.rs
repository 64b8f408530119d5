//! Auctions, bids, standing offers, bonds.

use crate::desk::Desk;
use settlement_interface::accounts::{Bid, JobState, Provider, StandingOffer};
use settlement_interface::pda;
use settlement_interface::terms::Terms;
use solana_signer::Signer;
use tests::{Actors, ESCROW, JobFixture, World};

#[test]
fn a_job_finds_its_provider_in_an_auction() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let (best, other) = (world.bidder(), world.bidder());
    let (consumer, session) = (actors.consumer.insecure_clone(), actors.session.pubkey().to_string());
    let mut desk = Desk::new(world);
    let open = ["consumer", "open", "--auction", "1h", "--rate", "3", "--budget", "25", "--meter", &session];
    let opened = desk.done(&consumer, &open);
    let job = opened["plan"]["job"].as_str().unwrap().to_owned();
    let address = job.parse().unwrap();

    let told = desk.refused(&other, &["provider", "bid", &job, "--rate", "3.000001"]);
    assert!(told.contains("3 USD per GPU hour at most"), "{told}");
    desk.done(&other, &["provider", "bid", &job, "--rate", "2.5"]);
    desk.done(&best, &["provider", "bid", &job, "--rate", "2"]);
    let told = desk.refused(&best, &["provider", "withdraw-bid", &job]);
    assert!(told.contains("best bid"), "{told}");
    let told = desk.refused(&best, &["provider", "bid", &job, "--rate", "2"]);
    assert!(told.contains("only be lowered"), "{told}");
    let shown = desk.done(&consumer, &["job", "bids", &job]);
    assert_eq!(shown["bids"].as_array().unwrap().len(), 2);
    assert_eq!((&shown["bids"][0]["best"], &shown["bids"][1]["best"]), (&true.into(), &false.into()));
    let told = desk.refused(&consumer, &["consumer", "accept-bid", &job]);
    assert!(told.contains("once bidding has ended"), "{told}");
    let again = desk.done(&other, &["provider", "withdraw-bid", &job]);
    assert_ne!(again["plan"]["released"]["amount"], "0");

    let end = desk.world.read::<settlement_interface::accounts::Job>(&address).terms.order.bid_end;
    desk.world.until(end);
    let told = desk.refused(&other, &["consumer", "accept-bid", &job]);
    assert!(told.contains("only the consumer"), "{told}");
    let accepted = desk.done(&consumer, &["consumer", "accept-bid", "0"]);
    assert_eq!(accepted["plan"]["rate"]["amount"], "2000000");
    let found = desk.world.read::<settlement_interface::accounts::Job>(&address);
    assert_eq!((found.state(), found.terms.order.rate), (Some(JobState::Assigned), 2_000_000));
    // The bid that lost: anyone closes it, and its rent returns.
    let (stranger, loser) = (desk.world.wallet(), other.pubkey().to_string());
    desk.done(&stranger, &["provider", "withdraw-bid", &job, "--provider", &loser]);
    assert!(desk.world.get::<Bid>(&pda::bid(&address, &pda::provider(&other.pubkey()))).is_none());
    desk.done(&best, &["provider", "start", &job]);
}

#[test]
fn a_standing_offer_is_set_met_and_taken_back() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let (provider, stranger) = (job.actors.provider.insecure_clone(), world.wallet());
    let mut desk = Desk::new(world);
    let address = job.keys.job.to_string();
    let told = desk.refused(&stranger, &["job", "accept-standing", &address]);
    assert!(told.contains("NoStandingOffer"), "{told}");
    let set = [
        "provider",
        "set-standing-offer",
        "--rate",
        "2",
        "--hardware",
        "1",
        "--max-budget",
        "100",
        "--gpus",
        "8",
        "--max-bond",
        "6",
        "--min-lead",
        "1h",
        "--until",
        "2d",
    ];
    let done = desk.done(&provider, &set);
    assert_eq!(done["plan"]["max_bond"]["amount"], (ESCROW / 10).to_string());
    let told = desk.refused(
        &provider,
        &[
            &set[..],
            &["--max-service-level", "5", "--meter", &address, "--cover", "0", "--min-budget", "200"],
        ]
        .concat(),
    );
    assert!(told.contains("StandingOfferForm"), "{told}");
    desk.done(&stranger, &["job", "accept-standing", &address]);
    assert_eq!(job.read(&desk.world).state(), Some(JobState::Assigned));
    desk.done(&provider, &["provider", "clear-standing-offer"]);
    let after: Provider = desk.world.read(&job.keys.provider);
    assert_eq!(after.standing, StandingOffer::NONE);
    let told = desk.refused(&provider, &["provider", "clear-standing-offer"]);
    assert!(told.contains("no standing offer"), "{told}");
}

#[test]
fn a_bond_that_was_lowered_is_topped_up_to_what_the_terms_ask_for() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let provider = job.actors.provider.insecure_clone();
    let bond = job.read(&world).bond;
    job.penalise(&mut world, 1_000_000_000);
    let mut desk = Desk::new(world);
    let address = job.keys.job.to_string();
    let told = desk.refused(&provider, &["provider", "top-up-bond", &address, "1.000000001"]);
    assert!(told.contains("only 1 tokens can be added"), "{told}");
    desk.done(&provider, &["provider", "top-up-bond", &address]);
    assert_eq!(job.read(&desk.world).bond, bond);
    let told = desk.refused(&provider, &["provider", "top-up-bond", &address]);
    assert!(told.contains("all that the terms ask for"), "{told}");
}

#[test]
fn whoever_may_not_act_is_told_before_anything_is_signed() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let stranger = world.wallet();
    let mut desk = Desk::new(world);
    let address = job.keys.job.to_string();
    for (command, word) in [
        (vec!["provider", "bid", &address, "--rate", "1"], "not registered as a provider"),
        (vec!["provider", "clear-standing-offer"], "not registered as a provider"),
        (vec!["provider", "top-up-bond", &address], "only the authority"),
        (vec!["consumer", "accept-bid", &address], "only while it is open"),
        (vec!["case", "report", &address, "--to", &receipt_of(&desk, &job)], "only while it is running"),
    ] {
        let told = desk.refused(&stranger, &command);
        assert!(told.contains(word), "{command:?}: {told}");
    }
    let _: Terms = job.read(&desk.world).terms;
}

/// Any signed receipt of a job.
fn receipt_of(desk: &Desk, job: &JobFixture) -> String {
    let receipt = job.receipt(&desk.world, 1);
    tally_client::receipts::SignedReceipt::sign(&job.actors.session, receipt).unwrap().to_text()
}
