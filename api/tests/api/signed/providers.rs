//! A provider's way, by its wallet.

use super::desk::Desk;
use serde_json::Value;
use settlement_interface::accounts::{Job, JobState, Provider};
use settlement_interface::pda;
use solana_signer::Signer;
use tally_client::receipts::SignedReceipt;
use tests::{Actors, JobFixture, World};

fn amount(answer: &Value, kind: &str) -> u64 {
    let moves = answer["moves"].as_array().unwrap().iter().filter(|it| it["kind"] == kind);
    moves.map(|it| it["amount"]["base"].as_str().unwrap().parse::<u64>().unwrap()).sum()
}

#[tokio::test]
async fn a_provider_registers_stakes_and_takes_its_stake_back() {
    let mut world = World::new();
    let (provider, patron) = (world.holder(2_000_000_000_000), world.holder(5_000_000_000));
    let desk = Desk::new(world).await;
    let address = pda::provider(&provider.pubkey());
    desk.act(&provider, "register-provider?rates=1%3D2.50,3=0.9").await;
    assert!(desk.refused(&provider, "register-provider").await.contains("registered already"));
    let told = desk.act(&provider, "update-provider?rates=1=3").await;
    assert!(told["message"].as_str().unwrap().contains("class 1 at 3 USD per GPU hour"));
    desk.act(&provider, &format!("update-provider?metadata_hash={}", "ab".repeat(32))).await;
    let found: Provider = desk.world().read(&address);
    assert_eq!((found.rates[0].rate, found.rates[1].rate, found.metadata_hash[0]), (3_000_000, 0, 0xAB));
    desk.act(&provider, "update-provider?rates=none").await;

    desk.act(&provider, "stake?amount=500").await;
    let told = desk.act(&patron, &format!("stake?amount=5&provider={address}")).await;
    assert!(told["message"].as_str().unwrap().contains("not your own wallet"));
    assert!(
        desk.refused(&patron, &format!("stake?amount=5&provider={address}")).await.contains("holds 0 tokens")
    );
    assert_eq!(desk.world().read::<Provider>(&address).stake, 505_000_000_000);

    assert!(desk.refused(&provider, "request-unstake?amount=506").await.contains("Only 505 tokens"));
    let told = desk.act(&provider, "request-unstake?amount=100").await;
    assert_eq!(amount(&told, "due"), desk.world().read::<Provider>(&address).unbonding);
    let told = desk.refused(&provider, "withdraw-stake").await;
    assert!(told.contains("it can from"), "{told}");
    desk.world().pass(7 * 86_400);
    // Anyone may, at its own cost if the provider has no token account any more.
    let purse = desk.world().associated(&provider.pubkey());
    desk.world().svm.set_account(purse, solana_account::Account::default()).unwrap();
    desk.act(&patron, &format!("withdraw-stake?provider={}", provider.pubkey())).await;
    assert_eq!(desk.world().balance(&provider.pubkey()), 100_000_000_000);
}

#[tokio::test]
async fn an_offer_is_accepted_started_settled_and_its_earnings_claimed() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let (provider, stranger) = (job.actors.provider.insecure_clone(), world.wallet());
    let desk = Desk::new(world).await;
    let address = job.keys.job;
    let accept = format!("accept-offer?job={address}");
    assert!(desk.refused(&stranger, &accept).await.contains("the authority of the provider"));
    assert!(desk.refused(&provider, &format!("{accept}&max_bond=1")).await.contains("more than max_bond"));
    let other = format!("{accept}&terms_hash={}", "00".repeat(32));
    assert!(desk.refused(&provider, &other).await.contains("terms' hash"));
    let told = desk.act(&provider, &accept).await;
    assert_eq!(amount(&told, "lock"), job.read(&desk.world()).bond);
    desk.act(&provider, &format!("start-job?job={address}")).await;

    let later = desk.world().now() + 3_600;
    desk.world().until(later);
    let receipt = job.receipt(&desk.world(), 3_600_000);
    let text = SignedReceipt::sign(&job.actors.session, receipt).unwrap().to_text();
    // As a browser would write it, and with plus signs as they are.
    let settle = format!("settle?receipt={text}");
    assert!(
        desk.refused(&provider, &format!("{settle}&compute_unit_price=wallet"))
            .await
            .contains("by their place")
    );
    assert!(desk.refused(&stranger, &settle).await.contains("the authority of the job's provider"));
    let before = desk.world().tokens(&job.vault());
    let told = desk.act(&provider, &settle).await;
    let found = job.read(&desk.world());
    assert_eq!(amount(&told, "burn"), before - desk.world().tokens(&job.vault()));
    assert_eq!((amount(&told, "due"), found.settled), (job.provider(&desk.world()).claimable, 2_000_000));
    assert!(desk.refused(&provider, &settle).await.contains("exceed the last one's"));

    let told = desk.act(&stranger, &format!("claim?provider={}", provider.pubkey())).await;
    assert_eq!(amount(&told, "mint"), found.earned);
    desk.refused(&provider, "claim").await;

    // Another day: the rebate of the epoch, and the rent of the credit, which the provider paid.
    let epoch = desk.world().epoch();
    let claim = format!("claim-rebate?epochs={epoch}&provider={}", provider.pubkey());
    assert!(desk.refused(&stranger, &claim).await.contains("has not ended"));
    let day = desk.world().now() + 86_400;
    desk.world().until(day);
    let told = desk.act(&stranger, &claim).await;
    assert!(amount(&told, "mint") > 0, "{told}");
    assert!(desk.refused(&provider, &claim).await.contains("no rebate to claim"));
}

#[tokio::test]
async fn a_receipt_waits_for_a_price_and_anyone_converts_it_then() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let (provider, stranger) = (job.actors.provider.insecure_clone(), world.wallet());
    world.pass(3_600);
    let desk = Desk::new(world).await;
    let address = job.keys.job;
    let receipt = job.receipt(&desk.world(), 3_600_000);
    let text = SignedReceipt::sign(&job.actors.session, receipt).unwrap().to_text();
    let told = desk.act(&provider, &format!("settle?receipt={}", text.replace('+', "%2B"))).await;
    assert!(told["message"].as_str().unwrap().contains("No price qualifies now"));
    assert_eq!(job.read(&desk.world()).outstanding(), Some(2_000_000));
    let convert = format!("convert?job={address}");
    assert!(desk.refused(&stranger, &convert).await.contains("stale"));
    desk.world().refresh();
    let told = desk.act(&stranger, &convert).await;
    assert_eq!((amount(&told, "burn"), amount(&told, "due")), {
        let found = job.read(&desk.world());
        (found.burned, found.earned)
    });
    desk.refused(&stranger, &convert).await;
}

#[tokio::test]
async fn a_bid_locks_what_it_says_is_lowered_and_withdrawn() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let (best, other, stranger) = (world.bidder(), world.bidder(), world.wallet());
    let desk = Desk::new(world).await;
    let address = job.keys.job;
    let bid = |rate: &str| format!("place-bid?job={address}&rate={rate}");
    assert!(desk.refused(&stranger, &bid("1")).await.contains("not registered as a provider"));
    assert!(desk.refused(&other, &bid("2.1")).await.contains("2 USD per GPU hour at most"));
    let told = desk.act(&other, &bid("1.9")).await;
    let locked = desk.world().provider_of(&other).locked;
    assert_eq!(amount(&told, "lock"), locked);
    assert!(desk.refused(&other, &bid("1.9")).await.contains("only be lowered"));
    let told = desk.act(&other, &bid("1.8")).await;
    assert_eq!(amount(&told, "lock"), 0, "what is locked already is locked once");
    assert_eq!(desk.world().provider_of(&other).locked, locked);
    let told = desk.act(&best, &bid("1.799")).await;
    assert!(told["message"].as_str().unwrap().contains("would not lead"));
    let withdraw = format!("withdraw-bid?job={address}");
    assert!(desk.refused(&other, &withdraw).await.contains("best bid"));
    let told = desk.act(&best, &withdraw).await;
    assert_eq!((amount(&told, "unlock"), desk.world().provider_of(&best).locked), (locked, 0));
    assert!(desk.refused(&best, &withdraw).await.contains("withdrawn already"));
    let end = desk.world().read::<Job>(&address).terms.order.bid_end;
    desk.world().until(end);
    // Its account is left, and its rent is its payer's.
    let told = desk.act(&best, &withdraw).await;
    assert!(amount(&told, "rent") > 0);
}

#[tokio::test]
async fn a_bond_that_a_penalty_lowered_is_topped_up() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let provider = job.actors.provider.insecure_clone();
    let bond = job.read(&world).bond;
    job.penalise(&mut world, 1_000_000_000);
    let desk = Desk::new(world).await;
    let top_up = format!("top-up-bond?job={}", job.keys.job);
    assert!(desk.refused(&provider, &format!("{top_up}&amount=1.000000001")).await.contains("Only 1 tokens"));
    let told = desk.act(&provider, &top_up).await;
    assert_eq!((amount(&told, "lock"), job.read(&desk.world()).bond), (1_000_000_000, bond));
    assert!(desk.refused(&provider, &top_up).await.contains("all that the terms ask for"));
}

#[tokio::test]
async fn a_registered_meter_counts_for_a_job_that_promises_a_service_level() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let meter = tests::MeterFixture::new(&mut world);
    let consumer = actors.consumer.insecure_clone();
    let desk = Desk::new(world).await;
    let (named, key) = (actors.provider.pubkey(), meter.key.pubkey());
    let open = format!(
        "open-job?provider={named}&budget=25&rate=2.5&meter={key}&registered_meter=true&service_level=95"
    );
    let told = desk.act(&consumer, &open).await;
    let job: Job = desk.world().read(&told["job"].as_str().unwrap().parse().unwrap());
    assert_eq!((job.state(), job.terms.order.sla_bps), (Some(JobState::Offered), 9_500));
}
