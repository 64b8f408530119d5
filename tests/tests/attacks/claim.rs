//! Attacks on what a provider has earned.

use crate::common::{with, worked};
use settlement_interface::accounts::Provider;
use settlement_interface::{SettlementError as E, pda};
use solana_account::Account;
use solana_signer::Signer;
use tests::{World, keypair};

#[test]
fn anothers_reward_is_claimed_to_oneself() {
    let mut world = World::new();
    let job = worked(&mut world);
    let thief = crate::common::an_hour(&mut world);
    let (mine, mint) = (world.associated(&thief.authority()), world.network.mint);
    let claim = world.network.claim(&job.authority());
    world.refused(&[with(&claim, 3, &mine)], &[], E::NotAssociated);
    world.refused(&[with(&claim, 0, &thief.keys.provider)], &[], E::NothingToClaim);
    // An account that belongs to the provider, but is not its associated one.
    let aside = keypair(60).pubkey();
    world.set_tokens(&aside, &mint, &job.authority(), 0);
    world.refused(&[with(&claim, 3, &aside)], &[], E::NotAssociated);
    // The associated account, handed to the thief, or turned into something else.
    let account = world.associated(&job.authority());
    let good = world.svm.get_account(&account).unwrap();
    world.set_tokens(&account, &mint, &thief.authority(), 0);
    world.refused(std::slice::from_ref(&claim), &[], E::Undeliverable);
    let foreign = Account { owner: crate::common::ATTACKER, ..good.clone() };
    world.svm.set_account(account, foreign).unwrap();
    world.refused(std::slice::from_ref(&claim), &[], E::NotAssociated);
    world.svm.set_account(account, good).unwrap();
    // A stranger's claim pays the provider.
    let before = world.balance(&job.authority());
    let due = job.provider(&world).claimable;
    world.must(&[claim], &[]);
    assert_eq!(world.balance(&job.authority()), before + due);
}

#[test]
fn a_reward_is_claimed_twice() {
    let mut world = World::new();
    let job = worked(&mut world);
    let claim = world.network.claim(&job.authority());
    let supply = world.supply();
    let due = job.provider(&world).claimable;
    world.refused(&[claim.clone(), claim.clone()], &[], E::NothingToClaim);
    world.must(std::slice::from_ref(&claim), &[]);
    world.refused(std::slice::from_ref(&claim), &[], E::NothingToClaim);
    assert_eq!(world.supply(), supply + due);
    // More work earns for that work alone.
    world.until(world.now() + 3_600);
    job.settle(&mut world, 7_200_000).unwrap();
    world.must(&[claim], &[]);
    let provider: Provider = world.read(&job.keys.provider);
    assert_eq!(provider.minted, 2 * due);
    assert!(provider.minted + provider.take <= provider.burned);
    assert_eq!(world.supply(), supply - (provider.burned / 2) + 2 * due);
    // In another mint that the program happens to command.
    let mint = keypair(61).pubkey();
    world.set_mint(&mint, Some(pda::config()), None, 9, 0);
    world.until(world.now() + 3_600);
    job.settle(&mut world, 10_800_000).unwrap();
    let claim = world.network.claim(&job.authority());
    world.refused(&[with(&claim, 2, &mint)], &[], E::WrongMint);
}
