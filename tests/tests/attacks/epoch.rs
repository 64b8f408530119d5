//! Attacks on the quality rebate.

use crate::common::{end_of, with, worked};
use settlement_interface::accounts::{Credit, Epoch, Provider};
use settlement_interface::oracle::PriceMessage;
use settlement_interface::{SettlementError as E, pda};
use solana_signer::Signer;
use tests::{JobFixture, World, order, units};

#[test]
fn a_rebate_is_claimed_before_its_epoch_has_ended() {
    let mut world = World::new();
    let job = worked(&mut world);
    let epoch = world.epoch();
    let claim = world.network.claim_rebate(&job.authority(), epoch, &job.authority());
    world.refused(std::slice::from_ref(&claim), &[], E::EpochRunning);
    world.until(end_of(epoch) - 1);
    world.refused(std::slice::from_ref(&claim), &[], E::EpochRunning);
    // Against another, ended epoch's account.
    world.until(end_of(epoch));
    job.settle(&mut world, 3_700_000).unwrap();
    let next = world.epoch();
    let early = world.network.claim_rebate(&job.authority(), next, &job.authority());
    world.refused(std::slice::from_ref(&early), &[], E::EpochRunning);
    world.refused(&[with(&early, 0, &pda::epoch(epoch))], &[], E::WrongEpoch);
    world.must(&[claim], &[]);
}

#[test]
fn a_rebate_is_claimed_twice() {
    let mut world = World::new();
    let job = worked(&mut world);
    let epoch = world.epoch();
    world.until(end_of(epoch));
    let claim = world.network.claim_rebate(&job.authority(), epoch, &job.authority());
    let supply = world.supply();
    world.rejected(&[claim.clone(), claim.clone()], &[]);
    world.must(std::slice::from_ref(&claim), &[]);
    let minted = world.supply() - supply;
    world.rejected(std::slice::from_ref(&claim), &[]);
    // Revived by lamports within the transaction that closes it, it is still no credit.
    world.svm.airdrop(&pda::credit(epoch, &job.keys.provider), 10_000_000).unwrap();
    world.rejected(std::slice::from_ref(&claim), &[]);
    // Nor does settling open it again: takes are booked in the present epoch alone.
    world.until(world.now() + 60);
    let receipt = job.receipt(&world, 3_700_000);
    let [verify, settle] = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    let old = with(&with(&settle, 8, &pda::epoch(epoch)), 9, &pda::credit(epoch, &job.keys.provider));
    world.refused(&[verify, old], &[&job.actors.provider], E::WrongEpoch);
    let books: Epoch = world.read(&pda::epoch(epoch));
    assert_eq!((books.rebated, books.claimed), (minted, 1));
}

#[test]
fn a_rebate_of_an_epoch_without_work() {
    let mut world = World::new();
    let idle = JobFixture::running(&mut world);
    let job = worked(&mut world);
    let epoch = world.epoch();
    world.until(end_of(epoch));
    let supply = world.supply();
    // There was work in it, not of this provider; then an epoch in which there was none at all.
    for index in [epoch, epoch - 1, 0, u64::MAX] {
        let claim = world.network.claim_rebate(&idle.authority(), index, &idle.authority());
        world.rejected(&[claim], &[]);
    }
    // With the worker's credit in the idle one's name.
    let claim = world.network.claim_rebate(&idle.authority(), epoch, &job.authority());
    let stolen = with(&claim, 1, &pda::credit(epoch, &job.keys.provider));
    world.refused(&[stolen], &[], E::WrongProvider);
    assert_eq!(world.supply(), supply);
}

#[test]
fn a_rebate_or_the_rent_of_a_credit_goes_to_somebody_else() {
    let mut world = World::new();
    let job = worked(&mut world);
    let thief = world.holder(0);
    let epoch = world.epoch();
    world.until(end_of(epoch));
    let claim = world.network.claim_rebate(&job.authority(), epoch, &job.authority());
    let purse = world.associated(&thief.pubkey());
    world.refused(&[with(&claim, 5, &purse)], &[], E::NotAssociated);
    world.refused(&[with(&claim, 6, &thief.pubkey())], &[], E::WrongRentPayer);
    // To the accounts that it closes and changes: refused, whatever the reason.
    for own in [pda::credit(epoch, &job.keys.provider), pda::epoch(epoch), job.keys.provider] {
        world.rejected(&[with(&claim, 6, &own)], &[]);
    }
    world.must(&[claim], &[]);
}

#[test]
fn self_dealing_with_the_best_quality_among_the_worst_gets_back_less_than_its_take() {
    let mut world = World::new();
    // Many epochs of honest work lift one provider's record; all others are newcomers.
    let mut best = JobFixture::running(&mut world);
    for _ in 0..6 {
        world.until(world.now() + 50_000);
        best.settle(&mut world, units(100_000_000)).unwrap();
        let again = order(world.now(), &best.actors.session.pubkey());
        best = best.again(&mut world, &again, tests::ESCROW);
        best.accept(&mut world).unwrap();
        best.start(&mut world).unwrap();
    }
    let others = [JobFixture::running(&mut world), JobFixture::running(&mut world)];
    world.until(end_of(world.epoch()));
    let before: Provider = world.read(&best.keys.provider);
    // Now it is its own customer, and the price moves while the epoch runs.
    let step = 20_000;
    for (round, spot) in [(1, 200_000_000), (2, 180_000_000), (3, 198_000_000)] {
        world.until(world.now() + step);
        let price = PriceMessage { spot, average: spot, publish_time: world.now(), ..world.price };
        world.publish(price);
        best.settle(&mut world, units(round * 30_000_000)).unwrap();
        for other in &others {
            other.settle(&mut world, units(round * 10_000_000)).unwrap();
        }
    }
    let epoch = world.epoch();
    let credit: Credit = world.read(&pda::credit(epoch, &best.keys.provider));
    let price = world.price;
    world.until(end_of(epoch));
    world.publish(PriceMessage { publish_time: world.now(), ..price });
    let supply = world.supply();
    let claim = world.network.claim_rebate(&best.authority(), epoch, &best.authority());
    world.must(&[claim], &[]);
    let rebate = world.supply() - supply;
    assert!(rebate > 0);
    assert!(2 * rebate < credit.take, "{rebate} of {}", credit.take);
    // And all in all its burns were greater than all that it may ever mint for them.
    let after: Provider = world.read(&best.keys.provider);
    let (burned, earned) = (after.burned - before.burned, after.earned - before.earned);
    assert!(earned + rebate < burned - credit.take / 2, "{earned} + {rebate} of {burned}");
}
