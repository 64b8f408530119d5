//! What the program would refuse, and what the chain does meanwhile.

use super::desk::Desk;
use axum::http::StatusCode;
use settlement_interface::{Address, SettlementError};
use solana_signer::Signer;
use tests::{Actors, JobFixture, World};

#[tokio::test]
async fn whoever_may_not_act_is_told_who_may() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let stranger = world.holder(1_000_000_000);
    let desk = Desk::new(world).await;
    let address = job.keys.job;
    for (action, who) in [
        ("top-up", "the job's consumer"),
        ("cancel-job", "the job's consumer"),
        ("close-job", "Only the consumer"),
        ("top-up-bond", "the authority of the job's provider"),
    ] {
        let extra = if action == "top-up" { "&tokens=1" } else { "" };
        let told = desk.refused(&stranger, &format!("{action}?job={address}{extra}")).await;
        assert!(told.contains(who) && told.contains(&stranger.pubkey().to_string()), "{action}: {told}");
    }
    for action in ["request-unstake?amount=1", "update-provider?rates=none", "clear-standing-offer"] {
        assert!(desk.refused(&stranger, action).await.contains("not registered as a provider"), "{action}");
    }
}

#[tokio::test]
async fn what_does_not_exist_or_is_in_another_state_is_named() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let (consumer, provider) = (job.actors.consumer.insecure_clone(), job.actors.provider.insecure_clone());
    let desk = Desk::new(world).await;
    let (address, nowhere) = (job.keys.job, Address::new_from_array([7; 32]));
    for action in ["close-job", "cancel-job", "withdraw", "reclaim-job", "accept-bid", "convert", "start-job"]
    {
        let told = desk.refused(&consumer, &format!("{action}?job={nowhere}")).await;
        assert!(told.contains(&format!("no job at {nowhere}")), "{action}: {told}");
    }
    for (action, by, state) in [
        ("close-job", &consumer, "The job is offered; a job can be closed only while it is running."),
        ("start-job", &provider, "The job is offered; a job can be started only while it is assigned."),
        ("accept-bid", &consumer, "The job is offered; a bid can be accepted only while it is open."),
        ("reclaim-job", &consumer, "only while it is closed or cancelled or failed."),
        ("convert", &consumer, "only while it is running or closing or held or settling."),
    ] {
        let told = desk.refused(by, &format!("{action}?job={address}")).await;
        assert!(told.contains(state), "{action}: {told}");
    }
    for action in ["claim", "stake", "withdraw-stake"] {
        let extra = if action == "stake" { "&amount=1" } else { "" };
        let told = desk.refused(&consumer, &format!("{action}?provider={nowhere}{extra}")).await;
        assert!(told.contains(&format!("authority is {nowhere}")), "{action}: {told}");
    }
}

#[tokio::test]
async fn a_pause_holds_up_opening_and_accepting_alone() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let (consumer, provider) = (job.actors.consumer.insecure_clone(), job.actors.provider.insecure_clone());
    let guardian = world.guardian.insecure_clone();
    let pause = world.network.pause(&guardian.pubkey(), 3_600);
    world.must(&[pause], &[&guardian]);
    let desk = Desk::new(world).await;
    let address = job.keys.job;
    let open = format!("open-job?provider={}&budget=25&rate=2", provider.pubkey());
    for (by, action) in [(&consumer, open), (&provider, format!("accept-offer?job={address}"))] {
        assert_eq!(desk.refused(by, &action).await, SettlementError::Paused.message());
    }
    desk.act(&consumer, &format!("cancel-job?job={address}")).await;
}

#[tokio::test]
async fn a_wallet_without_sol_is_told_so_by_the_simulation() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let poor = solana_keypair::Keypair::new();
    world.give(&poor.pubkey(), 100_000_000_000);
    let desk = Desk::new(world).await;
    let open = format!("open-job?provider={}&budget=25&rate=2", actors.provider.pubkey());
    let told = desk.refused(&poor, &open).await;
    assert!(told.contains("SOL"), "{told}");
}

#[tokio::test]
async fn a_transaction_that_came_too_late_moves_nothing() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let consumer = job.actors.consumer.insecure_clone();
    let desk = Desk::new(world).await;
    let reply = desk.ask(&consumer, &format!("cancel-job?job={}", job.keys.job)).await;
    assert_eq!(reply.status, StatusCode::OK);
    // The blockhash that it names is the newest, and the node says until when.
    let slot = desk.world().slot();
    assert_eq!(reply.json["expires"]["block_height"], slot + 150);
    assert_eq!(reply.json["expires"]["blockhash"], desk.world().svm.latest_blockhash().to_string());
}
