//! Jobs in dollars, by wallets, of either token program.

use super::desk::Desk;
use settlement_interface::Address;
use settlement_interface::accounts::{Job, JobState, Party};
use settlement_interface::instructions::JobKeys;
use solana_signer::Signer;
use tally_client::receipts::SignedReceipt;
use tests::{Actors, DOLLARS, JobFixture, PROGRAMS, World};

async fn goes_its_way(program: Address) {
    let mut world = World::stable(program);
    let actors = Actors::new(&mut world);
    let (consumer, provider) = (actors.consumer.insecure_clone(), actors.provider.insecure_clone());
    world.dollars_of(&consumer.pubkey(), 2 * DOLLARS);
    let stranger = world.wallet();
    let desk = Desk::new(world).await;
    let open = format!(
        "open-job?rail=stable&provider={}&budget=100&rate=2&meter={}&hours=10",
        provider.pubkey(),
        actors.session.pubkey()
    );
    assert!(desk.refused(&stranger, &open).await.contains("has no account for"));
    let told = desk.act(&consumer, &open).await;
    let address: Address = told["job"].as_str().unwrap().parse().unwrap();
    let paid = told["moves"].as_array().unwrap().iter().find(|it| it["kind"] == "pay").unwrap();
    assert_eq!((&paid["token"], &paid["amount"]["decimal"]), (&"stable".into(), &"100".into()));
    desk.act(&consumer, &format!("top-up?job={address}&tokens=1")).await;
    desk.act(&provider, &format!("accept-offer?job={address}")).await;
    desk.act(&provider, &format!("start-job?job={address}")).await;
    let later = desk.world().now() + 3_600;
    desk.world().until(later);

    let keys = JobKeys::of(&desk.world().read::<Job>(&address));
    let job = JobFixture { keys, actors, nonce: 0 };
    let receipt = job.receipt(&desk.world(), 3_600_000);
    let text = SignedReceipt::sign(&job.actors.session, receipt).unwrap().to_text();
    let told = desk.act(&provider, &format!("settle?receipt={text}")).await;
    let due: Vec<u64> = told["moves"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["kind"] == "due")
        .map(|it| it["amount"]["base"].as_str().unwrap().parse().unwrap())
        .collect();
    let dues = job.read(&desk.world()).dues;
    let booked = [Party::Provider, Party::Buyback, Party::Treasury].map(|party| dues[party as usize].escrow);
    assert_eq!(due, booked);
    desk.refused(&stranger, &format!("convert?job={address}")).await;

    desk.act(&consumer, &format!("close-job?job={address}")).await;
    let over = desk.world().now() + 86_401;
    desk.world().until(over);
    job.advance(&mut desk.world());
    job.advance(&mut desk.world());
    assert_eq!(job.read(&desk.world()).state(), Some(JobState::Closed));
    // Everybody at once, by a stranger, who creates the accounts that are missing.
    let told = desk.act(&stranger, &format!("withdraw?job={address}")).await;
    assert!(job.read(&desk.world()).is_paid_out(), "{told}");
    let treasury = desk.world().treasury;
    let held = desk.world().rail().associated(&treasury);
    assert_eq!(desk.world().dollars(&held), 20_000);
    desk.act(&stranger, &format!("reclaim-job?job={address}")).await;
}

#[tokio::test]
async fn a_job_in_dollars_of_spl_token_goes_from_its_offer_to_the_last_payment() {
    goes_its_way(PROGRAMS[0]).await;
}

#[tokio::test]
async fn a_job_in_dollars_of_token_2022_does_the_same() {
    goes_its_way(PROGRAMS[1]).await;
}
