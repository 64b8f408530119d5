//! A consumer's way, by its wallet.

use super::desk::Desk;
use settlement_interface::accounts::{Consumer, Job, JobState, MARK_NO_SHOW, Party};
use settlement_interface::{SettlementError, pda};
use solana_signer::Signer;
use tests::{Actors, ESCROW, JobFixture, World};

#[tokio::test]
async fn a_consumer_registers_opens_tops_up_and_cancels() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let consumer = world.holder(1_000_000_000_000);
    let desk = Desk::new(world).await;
    let told = desk.act(&consumer, "register-consumer").await;
    assert!(told["message"].as_str().unwrap().contains("Registers you"));
    assert!(desk.refused(&consumer, "register-consumer").await.contains("already"));

    let (provider, session) = (actors.provider.pubkey(), actors.session.pubkey());
    let open = format!("open-job?provider={provider}&budget=25&rate=2.5&gpus=2&meter={session}");
    let told = desk.act(&consumer, &open).await;
    let job: settlement_interface::Address = told["job"].as_str().unwrap().parse().unwrap();
    assert_eq!(job, pda::job(&consumer.pubkey(), 0));
    let found: Job = desk.world().read(&job);
    assert_eq!((found.state(), found.escrow), (Some(JobState::Offered), 15_625_000_000));

    desk.act(&consumer, &format!("top-up?job={job}&tokens=1.5")).await;
    desk.act(&consumer, &format!("top-up?job={job}&budget=5")).await;
    desk.act(&consumer, &format!("top-up?job={job}&tokens=0.5&budget=1")).await;
    let found: Job = desk.world().read(&job);
    assert_eq!((found.escrow, found.terms.order.budget), (17_625_000_000, 31_000_000));

    let told = desk.act(&consumer, &format!("cancel-job?job={job}")).await;
    assert!(told["message"].as_str().unwrap().contains("for nothing"));
    let told = desk.act(&consumer, &format!("withdraw?job={job}")).await;
    assert!(told["message"].as_str().unwrap().contains("17.625 tokens"));
    let before = desk.world().lamports(&consumer.pubkey());
    let told = desk.act(&consumer, &format!("reclaim-job?job={job}")).await;
    assert!(desk.world().lamports(&consumer.pubkey()) > before, "the rent is back: {told}");
    assert!(desk.world().get::<Job>(&job).is_none());
    assert_eq!(desk.world().read::<Consumer>(&pda::consumer(&consumer.pubkey())).next_nonce, 1);
}

#[tokio::test]
async fn a_newcomer_registers_and_opens_in_one_transaction() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let consumer = world.holder(1_000_000_000_000);
    let desk = Desk::new(world).await;
    let provider = actors.provider_address();
    let told =
        desk.act(&consumer, &format!("open-job?provider={provider}&budget=25&rate=2.5&tokens=20")).await;
    assert!(told["message"].as_str().unwrap().starts_with("Registers you as a consumer and opens"));
    let kinds: Vec<_> =
        told["moves"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["rent", "pay", "rent", "rent", "fee"]);
}

#[tokio::test]
async fn a_standing_offer_accepts_in_the_same_transaction_what_fits_it() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let (consumer, provider) = (actors.consumer.insecure_clone(), actors.provider.insecure_clone());
    let desk = Desk::new(world).await;
    let named = provider.pubkey();
    let open =
        |budget: &str| format!("open-job?provider={named}&budget={budget}&rate=2.5&hardware=1&standing=true");
    let told = desk.refused(&consumer, &open("25")).await;
    assert!(told.contains("standing offer"), "{told}");
    desk.act(&provider, "set-standing-offer?rate=2&hardware=1&max_budget=30&max_bond=5").await;
    let told = desk.refused(&consumer, &open("31")).await;
    assert!(told.contains("standing offer"), "{told}");
    let locked = desk.world().provider_of(&provider).locked;
    let told = desk.act(&consumer, &open("25")).await;
    let job: settlement_interface::Address = told["job"].as_str().unwrap().parse().unwrap();
    let found: Job = desk.world().read(&job);
    assert_eq!(found.state(), Some(JobState::Assigned));
    let lock = told["moves"].as_array().unwrap().iter().find(|it| it["kind"] == "lock").unwrap();
    assert_eq!(lock["amount"]["base"], found.bond.to_string());
    assert_eq!(desk.world().provider_of(&provider).locked, locked + found.bond);
    desk.act(&provider, "clear-standing-offer").await;
    assert!(desk.refused(&provider, "clear-standing-offer").await.contains("no standing offer"));
}

#[tokio::test]
async fn a_cancellation_after_acceptance_costs_what_it_says_and_frees_the_bond() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    job.accept(&mut world).expect("accept_offer");
    let consumer = job.actors.consumer.insecure_clone();
    let desk = Desk::new(world).await;
    let bond = job.read(&desk.world()).bond;
    let told = desk.act(&consumer, &format!("cancel-job?job={}", job.keys.job)).await;
    let moves = told["moves"].as_array().unwrap();
    let of = |kind: &str| -> Vec<u64> {
        let all = moves.iter().filter(|it| it["kind"] == kind);
        all.map(|it| it["amount"]["base"].as_str().unwrap().parse().unwrap()).collect()
    };
    let found = job.read(&desk.world());
    assert_eq!(of("due"), [found.dues[0].escrow, found.dues[1].escrow]);
    assert_eq!((found.dues[1].escrow, of("unlock")), (ESCROW / 50, vec![bond]));
    for party in ["consumer", "provider"] {
        desk.act(&consumer, &format!("withdraw?job={}&party={party}", job.keys.job)).await;
    }
    assert!(job.read(&desk.world()).is_paid_out());
}

#[tokio::test]
async fn a_running_job_is_given_another_key_and_closed_by_either_side() {
    for by_consumer in [true, false] {
        let mut world = World::new();
        let job = JobFixture::running(&mut world);
        let stranger = world.wallet();
        let (consumer, provider) =
            (job.actors.consumer.insecure_clone(), job.actors.provider.insecure_clone());
        let desk = Desk::new(world).await;
        let address = job.keys.job;
        let rotate = format!("rotate-meter?job={address}&meter={}", stranger.pubkey());
        assert!(desk.refused(&provider, &rotate).await.contains("the job's consumer"));
        desk.act(&consumer, &rotate).await;
        assert_eq!(job.read(&desk.world()).meter, stranger.pubkey());
        let close = format!("close-job?job={address}");
        assert!(desk.refused(&stranger, &close).await.contains("Only the consumer"));
        desk.act(if by_consumer { &consumer } else { &provider }, &close).await;
        assert_eq!(job.read(&desk.world()).state(), Some(JobState::Closing));
        assert!(desk.refused(&consumer, &close).await.contains("The job is closing"));
    }
}

#[tokio::test]
async fn a_stranger_pays_everybody_whom_an_ended_job_owes_and_creates_their_accounts() {
    let mut world = World::new();
    let job = JobFixture::closed(&mut world);
    let stranger = world.wallet();
    let consumer = job.actors.consumer.pubkey();
    // The consumer has closed its account meanwhile.
    let purse = world.associated(&consumer);
    world.svm.set_account(purse, solana_account::Account::default()).unwrap();
    let desk = Desk::new(world).await;
    let address = job.keys.job;
    let due = job.read(&desk.world()).dues[Party::Consumer as usize].escrow;
    let told = desk.refused(&stranger, &format!("reclaim-job?job={address}")).await;
    assert!(told.contains("owes") || told.contains("due"), "{told}");
    let told = desk.act(&stranger, &format!("withdraw?job={address}")).await;
    assert_eq!(desk.world().balance(&consumer), due);
    assert_ne!(told["costs"]["rent"]["lamports"], "0");
    let told = desk.refused(&stranger, &format!("withdraw?job={address}")).await;
    assert!(told.contains("Nobody is due anything"), "{told}");
    // What somebody sends to the vault is the consumer's, the rent of him who paid it.
    let vault = job.vault();
    desk.world().set_amount(&vault, 7);
    desk.act(&stranger, &format!("reclaim-job?job={address}")).await;
    assert_eq!(desk.world().balance(&consumer), due + 7);
}

#[tokio::test]
async fn time_takes_a_job_to_its_end_by_whoever_comes() {
    let mut world = World::new();
    let job = JobFixture::closing(&mut world);
    let stranger = world.wallet();
    let desk = Desk::new(world).await;
    let advance = format!("advance-job?job={}", job.keys.job);
    assert_eq!(desk.refused(&stranger, &advance).await, SettlementError::NothingDue.message());
    let over = desk.world().now() + 86_401;
    desk.world().until(over);
    desk.act(&stranger, &advance).await;
    assert_eq!(job.read(&desk.world()).state(), Some(JobState::Settling));
    let Job { escrow, bond, .. } = job.read(&desk.world());
    let told = desk.act(&stranger, &advance).await;
    let moves = told["moves"].as_array().unwrap();
    let of = |kind: &str| moves.iter().find(|it| it["kind"] == kind).unwrap()["amount"]["base"].clone();
    assert_eq!((of("due"), of("unlock")), (escrow.to_string().into(), bond.to_string().into()));
    assert_eq!(job.read(&desk.world()).dues[Party::Consumer as usize].escrow, escrow);
    assert!(desk.refused(&stranger, &advance).await.contains("has ended"));
}

#[tokio::test]
async fn an_offer_lapses_and_a_provider_that_never_started_loses_what_is_said() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let stranger = world.wallet();
    let mut failing = world.fork();
    let desk = Desk::new(world).await;
    let advance = format!("advance-job?job={}", job.keys.job);
    let late = desk.world().now() + 1_801;
    desk.world().until(late);
    desk.act(&stranger, &advance).await;
    assert_eq!(job.read(&desk.world()).state(), Some(JobState::Cancelled));

    job.accept(&mut failing).expect("accept_offer");
    let late = failing.now() + 3_601;
    failing.until(late);
    let (supply, desk) = (failing.supply(), Desk::new(failing).await);
    let told = desk.act(&stranger, &advance).await;
    assert!(told["message"].as_str().unwrap().contains("on record"), "{told}");
    let marked = job.read(&desk.world());
    assert_eq!((marked.mark, marked.reporter), (MARK_NO_SHOW, stranger.pubkey()));
    assert_eq!(desk.refused(&stranger, &advance).await, SettlementError::NothingDue.message());
    desk.world().until(late + 3_601);
    let told = desk.act(&stranger, &advance).await;
    let found = job.read(&desk.world());
    assert_eq!(found.state(), Some(JobState::Failed));
    let moves = told["moves"].as_array().unwrap();
    let of = |kind: &str| -> Vec<u64> {
        let all = moves.iter().filter(|it| it["kind"] == kind);
        all.map(|it| it["amount"]["base"].as_str().unwrap().parse().unwrap()).collect()
    };
    let [consumer, reporter] = [Party::Consumer, Party::Reporter].map(|party| found.dues[party as usize]);
    assert_eq!(of("due"), [consumer.stake, reporter.stake, consumer.escrow]);
    assert_eq!(of("burn"), [supply - desk.world().supply()]);
}

#[tokio::test]
async fn the_best_bid_is_accepted_and_the_rent_of_it_returns() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let (best, other) = (world.bidder(), world.bidder());
    let consumer = actors.consumer.insecure_clone();
    let desk = Desk::new(world).await;
    let session = actors.session.pubkey();
    let told =
        desk.act(&consumer, &format!("open-job?auction_minutes=60&budget=25&rate=3&meter={session}")).await;
    let job = told["job"].as_str().unwrap().to_owned();
    let accept = format!("accept-bid?job={job}");
    assert!(desk.refused(&consumer, &accept).await.contains("once bidding has ended"));
    for (bidder, rate) in [(&other, "2.5"), (&best, "2")] {
        desk.act(bidder, &format!("place-bid?job={job}&rate={rate}")).await;
    }
    let address = job.parse().unwrap();
    let end = desk.world().read::<Job>(&address).terms.order.bid_end;
    desk.world().until(end);
    assert!(desk.refused(&other, &accept).await.contains("Only the consumer"));
    let told = desk.act(&consumer, &accept).await;
    assert!(told["message"].as_str().unwrap().contains("at 2 USD per GPU hour"));
    let found: Job = desk.world().read(&address);
    assert_eq!((found.state(), found.terms.order.rate), (Some(JobState::Assigned), 2_000_000));
    // The bid that lost: anyone closes it, and its rent returns to who paid it.
    let stranger = desk.world().wallet();
    desk.act(&stranger, &format!("withdraw-bid?job={job}&provider={}", other.pubkey())).await;
    desk.act(&best, &format!("start-job?job={job}")).await;
}
