//! Changes behind the timelock.

use crate::desk::Desk;
use settlement_interface::accounts::Epoch;
use settlement_interface::parameters::{DAY, Parameters};
use settlement_interface::pda;
use solana_signer::Signer;
use tests::{JobFixture, World};

#[test]
fn each_kind_of_change_is_queued_listed_and_applied() {
    let mut world = World::new();
    let (admin, stranger) = (world.admin.insecure_clone(), world.wallet());
    let mut desk = Desk::new(world);
    let named = stranger.pubkey().to_string();
    let told = desk.refused(&stranger, &["network", "queue-change", "--set", "take_bps=600"]);
    assert!(told.contains("only the network's admin"), "{told}");
    let told = desk.refused(&admin, &["network", "queue-change", "--set", "take_bps=500"]);
    assert!(told.contains("in force already"), "{told}");
    let told = desk.refused(&admin, &["network", "queue-change", "--set", "epoch_len=2d"]);
    assert!(told.contains("EpochLengthFixed"), "{told}");
    desk.done(&admin, &["network", "queue-change", "--set", "take_bps=600", "--set", "grace=2h"]);
    desk.done(&admin, &["network", "queue-change", "--guardian", &named]);
    desk.done(&admin, &["network", "queue-change", "--treasury", &named]);
    let listed = desk.done(&stranger, &["network", "changes"]);
    let rows = listed["changes"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row["state"] == "waiting"));
    assert_eq!(rows[0]["against_now"], "grace from 3600 to 7200; take_bps from 500 to 600");
    let told = desk.refused(&admin, &["network", "apply-change", "0"]);
    assert!(told.contains("can be applied"), "{told}");
    desk.world.pass(Parameters::DEFAULT.timelock);
    for change in ["0", "1", "2"] {
        desk.done(&admin, &["network", "apply-change", change]);
    }
    let config = desk.world.config();
    assert_eq!((config.parameters.take_bps, config.parameters.grace), (600, 7_200));
    assert_eq!((config.guardian, config.treasury), (stranger.pubkey(), stranger.pubkey()));
    let told = desk.refused(&admin, &["network", "apply-change", "0"]);
    assert!(told.contains("no change 0 waits"), "{told}");
    let shown = desk.done(&stranger, &["network", "status"]);
    assert_eq!(shown["changes_queued_ever"], "3");
}

#[test]
fn a_change_is_given_up_by_the_admin_or_by_anyone_once_it_has_expired() {
    let mut world = World::new();
    let (admin, stranger) = (world.admin.insecure_clone(), world.wallet());
    let mut desk = Desk::new(world);
    desk.done(&admin, &["network", "queue-change", "--no-guardian"]);
    desk.done(&admin, &["network", "queue-change", "--set", "k=2"]);
    let told = desk.refused(&stranger, &["network", "cancel-change", "0"]);
    assert!(told.contains("only the admin"), "{told}");
    desk.done(&admin, &["network", "cancel-change", "0"]);
    desk.world.pass(Parameters::DEFAULT.timelock + Parameters::DEFAULT.change_expiry + 1);
    let told = desk.refused(&admin, &["network", "apply-change", "1"]);
    assert!(told.contains("expired"), "{told}");
    desk.done(&stranger, &["network", "cancel-change", "1"]);
    let listed = desk.done(&stranger, &["network", "changes"]);
    assert_eq!(listed["changes"].as_array().unwrap().len(), 0);
}

#[test]
fn an_epoch_is_closed_once_its_rebates_are_claimed() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 60);
    job.settle(&mut world, 60_000).unwrap();
    let (epoch, stranger, provider) = (world.epoch(), world.wallet(), job.actors.provider.insecure_clone());
    let mut desk = Desk::new(world);
    let index = epoch.to_string();
    let close = ["network", "close-epoch", &index];
    let told = desk.refused(&stranger, &close);
    assert!(told.contains("has not ended"), "{told}");
    desk.world.pass(DAY);
    let told = desk.refused(&stranger, &close);
    assert!(told.contains("CreditsRemain"), "{told}");
    desk.done(&provider, &["provider", "claim-rebate"]);
    desk.done(&stranger, &close);
    assert!(desk.world.get::<Epoch>(&pda::epoch(epoch)).is_none());
    let told = desk.refused(&stranger, &close);
    assert!(told.contains("closed already"), "{told}");
}
