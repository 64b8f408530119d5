//! The network's start, its pauses, its office, and its price on record.

use crate::desk::Desk;
use settlement_interface::receipt::domain;
use solana_signer::Signer;
use tests::{CLUSTER, World};

#[test]
fn the_network_is_started_once_by_the_programs_upgrade_authority() {
    let mut world = World::before_genesis();
    let (admin, stranger) = (world.admin.insecure_clone(), world.wallet());
    let (mint, feed) = (world.network.mint, world.network.feed);
    let mut desk = Desk::new(world);
    let told = desk.refused(&stranger, &["network", "show"]);
    assert!(told.contains("does not exist on this cluster"), "{told}");
    let (token, wallet, feed_id) = (mint.to_string(), stranger.pubkey().to_string(), "fe".repeat(32));
    let start = [
        "network",
        "initialize",
        "--mint",
        &token,
        "--feed-id",
        &feed_id,
        "--treasury",
        &wallet,
        "--guardian",
        &wallet,
        "--set",
        "take_bps=600",
    ];
    let told = desk.refused(&stranger, &start);
    assert!(told.contains("only the program's upgrade authority"), "{told}");
    desk.done(&admin, &start);
    let config = desk.world.config();
    assert_eq!((config.admin, config.mint, config.feed), (admin.pubkey(), mint, feed));
    assert_eq!((config.treasury, config.guardian), (stranger.pubkey(), stranger.pubkey()));
    assert_eq!((config.parameters.take_bps, config.receipt_domain), (600, domain(&CLUSTER)));
    let told = desk.refused(&admin, &start);
    assert!(told.contains("initialised already"), "{told}");
    let shown = desk.done(&stranger, &["network", "show"]);
    assert_eq!(shown["admin"], admin.pubkey().to_string());
}

#[test]
fn a_pause_is_lifted_or_ends_by_itself_and_anyone_records_its_end() {
    let mut world = World::new();
    let (admin, guardian) = (world.admin.insecure_clone(), world.guardian.insecure_clone());
    let stranger = world.wallet();
    world.svm.airdrop(&guardian.pubkey(), 1_000_000_000).unwrap();
    let mut desk = Desk::new(world);
    let told = desk.refused(&stranger, &["network", "pause", "1h"]);
    assert!(told.contains("may pause"), "{told}");
    let told = desk.refused(&stranger, &["network", "resume"]);
    assert!(told.contains("NotPaused"), "{told}");
    desk.done(&guardian, &["network", "pause", "1h"]);
    let told = desk.refused(&guardian, &["network", "unpause"]);
    assert!(told.contains("only the network's admin"), "{told}");
    desk.done(&admin, &["network", "unpause"]);
    assert!(!desk.world.config().is_paused(desk.world.now()));

    desk.done(&guardian, &["network", "pause", "1h"]);
    let told = desk.refused(&stranger, &["network", "resume"]);
    assert!(told.contains("the pause ends"), "{told}");
    desk.world.pass(3_600);
    desk.done(&stranger, &["network", "resume"]);
    assert_eq!(desk.world.config().paused_until, 0);
}

#[test]
fn the_admin_hands_its_office_over_in_two_steps() {
    let mut world = World::new();
    let (admin, next) = (world.admin.insecure_clone(), world.wallet());
    let mut desk = Desk::new(world);
    let told = desk.refused(&next, &["network", "accept-admin"]);
    assert!(told.contains("nobody is proposed"), "{told}");
    desk.done(&admin, &["network", "propose-admin", &next.pubkey().to_string()]);
    let told = desk.refused(&admin, &["network", "accept-admin"]);
    assert!(told.contains("only the proposed admin"), "{told}");
    desk.done(&next, &["network", "accept-admin"]);
    assert_eq!(desk.world.config().admin, next.pubkey());
}

#[test]
fn anyone_puts_a_price_that_qualifies_on_record() {
    let mut world = World::new();
    let stranger = world.wallet();
    let now = world.now();
    world.pass(3_600);
    let mut desk = Desk::new(world);
    let told = desk.refused(&stranger, &["observe"]);
    assert!(told.contains("no price qualifies"), "{told}");
    desk.world.refresh();
    desk.done(&stranger, &["observe"]);
    let price = desk.world.last_price();
    assert_eq!((price.spot, price.seen_at), (200_000_000, now + 3_600));
}
