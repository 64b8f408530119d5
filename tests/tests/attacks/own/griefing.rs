//! Attacks that cost the attacker something and gain nothing but somebody's trouble.

use crate::common::{an_hour, end_of};
use settlement_interface::accounts::{Epoch, JobState, Party};
use settlement_interface::oracle::PriceMessage;
use settlement_interface::parameters::{DAY, HOUR};
use settlement_interface::{SettlementError as E, pda};
use solana_account::Account;
use solana_signer::Signer;
use tests::{Actors, ESCROW, JobFixture, STAKE, World, order, units};

#[test]
fn dust_is_staked_to_restart_a_providers_unbonding() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let stranger = world.holder(1_000);
    let owner = actors.provider.pubkey();
    let request = world.network.request_unstake(&owner, STAKE);
    world.must(&[request], &[&actors.provider]);
    let (from, provider) = (world.associated(&stranger.pubkey()), actors.provider_address());
    for _ in 0..7 {
        world.pass(DAY);
        let dust = world.network.stake(&stranger.pubkey(), &from, &provider, 1);
        world.must(&[dust], &[&stranger]);
    }
    // The ticket is as it was, and the dust is the provider's.
    let before = world.balance(&owner);
    world.must(&[world.network.withdraw_stake(&owner)], &[]);
    assert_eq!(world.balance(&owner), before + STAKE);
    assert_eq!(world.read::<settlement_interface::accounts::Provider>(&provider).stake, 7);
}

#[test]
fn a_halt_is_prolonged_by_prices_that_do_not_qualify() {
    let mut world = World::new();
    let job = JobFixture::halted(&mut world, 2_000_000);
    let by = world.wallet();
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    let wait = job.read(&world).terms.parameters.halt_max;
    let until = world.last_price().seen_at + wait;
    while world.now() + DAY < until {
        world.pass(DAY);
        let wide = PriceMessage { publish_time: world.now(), confidence: 100_000_000, ..world.price };
        world.publish(wide);
        world.refused(&[world.network.observe()], &[], E::NoPrice);
    }
    world.pass(until - world.now());
    world.publish(PriceMessage { publish_time: world.now() - 121, confidence: 100_000, ..world.price });
    world.must(&[mark], &[&by]);
    world.pass(HOUR);
    job.advance(&mut world);
    assert_eq!(job.read(&world).state(), Some(JobState::Closed));
}

#[test]
fn a_party_marks_first_to_deny_the_reporter_its_share() {
    let mut world = World::new();
    let reporter = world.holder(0);
    let job = JobFixture::late(&mut world);
    job.mark(&mut world, &job.actors.provider);
    let mark = world.network.mark(&reporter.pubkey(), &job.keys);
    world.refused(&[mark], &[&reporter], E::AlreadyMarked);
    world.until(world.now() + HOUR);
    let supply = world.supply();
    job.advance(&mut world);
    // The penalty is the same; what the reporter would have had is burned, and the provider saves nothing.
    let slashed = job.provider(&world).slashed;
    assert_eq!(slashed, ESCROW / 20);
    assert_eq!(supply - world.supply(), slashed / 5);
    assert_eq!(job.read(&world).dues[Party::Consumer as usize].stake, slashed / 5 * 4);
}

#[test]
fn a_provider_runs_ahead_of_its_own_failure_by_starting() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::marked(&mut world, &by);
    world.until(world.now() + 2 * HOUR);
    // It sees the failure coming, and starts in front of it: that is allowed, and gains it no money.
    job.start(&mut world).unwrap();
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
    job.close(&mut world, &job.actors.consumer).unwrap();
    crate::common::wind_up(&mut world, &job);
    let provider = job.provider(&world);
    assert_eq!((provider.earned, provider.slashed, provider.settled), (0, 0, 0));
    assert_eq!(world.balance(&job.wallet()), 1_000_000_000_000, "the consumer has all of it back");
}

#[test]
fn an_offer_is_withdrawn_or_made_dearer_just_ahead_of_its_acceptance() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let by = &[&job.actors.provider];
    let hash = job.read(&world).terms_hash;
    let bond = ESCROW / 10;
    let accept = world.network.accept_offer(&job.authority(), &job.keys.job, &hash, bond);
    // A top-up raises the bond, another budget the hash, cancelling everything: each time the
    // provider is refused as a whole and has nothing locked.
    job.top_up(&mut world, 10, 0).unwrap();
    world.refused(std::slice::from_ref(&accept), by, E::BondTooHigh);
    job.top_up(&mut world, 0, 1).unwrap();
    world.refused(std::slice::from_ref(&accept), by, E::TermsChanged);
    job.cancel(&mut world).unwrap();
    world.refused(&[accept], by, E::WrongState);
    assert_eq!((job.provider(&world).locked, job.provider(&world).jobs_open), (0, 0));
}

#[test]
fn a_consumer_waits_past_the_start_to_cancel_for_nothing() {
    let mut world = World::new();
    // A provider that starts in time cannot be cancelled at all.
    let punctual = JobFixture::assigned(&mut world);
    let idle = JobFixture::assigned(&mut world);
    let start_by = punctual.read(&world).terms.order.start_by;
    world.until(start_by);
    punctual.start(&mut world).unwrap();
    let cancel = world.network.cancel_job(&punctual.wallet(), &punctual.keys);
    world.until(start_by + 1);
    world.refused(&[cancel], &[&punctual.actors.consumer], E::WrongState);
    // One that did not is cancelled for nothing, and spared the penalty by it.
    idle.cancel(&mut world).unwrap();
    let state = idle.read(&world);
    assert_eq!(state.dues[Party::Provider as usize].escrow, 0);
    assert_eq!((idle.provider(&world).slashed, idle.provider(&world).locked), (0, 0));
    // To the second: at start_by it still costs the fee.
    let other = JobFixture::assigned(&mut world);
    world.until(other.read(&world).terms.order.start_by);
    other.cancel(&mut world).unwrap();
    assert_eq!(other.read(&world).dues[Party::Provider as usize].escrow, ESCROW / 50);
}

#[test]
fn a_stranger_opens_the_accounts_of_an_epoch_first() {
    let mut world = World::new();
    let stranger = world.wallet();
    let job = JobFixture::running(&mut world);
    world.pass(HOUR);
    job.settle(&mut world, 3_600_000).unwrap();
    world.refresh();
    let epoch = world.epoch();
    let convert = world.network.convert(&stranger.pubkey(), &job.keys, epoch);
    world.must(&[convert], &[&stranger]);
    // The stranger paid rent and has it back from the credit; it has a say in nothing.
    world.until(end_of(epoch));
    let held = world.lamports(&stranger.pubkey());
    let mine = world.network.claim_rebate(&job.authority(), epoch, &job.authority());
    world.refused(&[mine], &[], E::WrongRentPayer);
    let (before, minted) = (world.balance(&job.authority()), job.provider(&world).minted);
    world.must(&[world.network.claim_rebate(&job.authority(), epoch, &stranger.pubkey())], &[]);
    assert!(world.lamports(&stranger.pubkey()) > held);
    assert_eq!(world.balance(&job.authority()) - before, job.provider(&world).minted - minted);
    assert_eq!(world.read::<Epoch>(&pda::epoch(epoch)).claimed, 1);
}

#[test]
fn the_one_who_paid_the_rent_empties_its_wallet() {
    let mut world = World::new();
    // The job was opened at another's expense; that wallet is empty when the rent comes back.
    let actors = Actors::new(&mut world);
    let payer = world.wallet();
    let usual = order(world.now(), &actors.session.pubkey());
    let (mut open, keys, nonce) = actors.open(&world, &usual, ESCROW);
    open.accounts[0].pubkey = payer.pubkey();
    world.must(&[open], &[&payer, &actors.consumer]);
    world.svm.set_account(payer.pubkey(), Account::default()).unwrap();
    let paid = JobFixture { actors, keys, nonce };
    paid.cancel(&mut world).unwrap();
    paid.withdraw(&mut world, Party::Consumer, &paid.wallet()).unwrap();
    let reclaim = world.network.reclaim_job(&keys.job, &paid.wallet(), &payer.pubkey());
    world.refused(&[paid.reclaiming(&world)], &[], E::WrongRentPayer);
    world.must(&[reclaim], &[]);
    assert!(world.lamports(&payer.pubkey()) > 1_000_000);
}

#[test]
fn one_job_of_a_provider_in_trouble_holds_up_its_others() {
    let mut world = World::new();
    let by = world.wallet();
    // The provider works on one job; another of it fails, and its whole free stake leaves.
    let first = an_hour(&mut world);
    let usual = order(world.now(), &first.actors.session.pubkey());
    let (keys, wallet) = (first.keys, first.wallet());
    let second = first.again(&mut world, &usual, ESCROW);
    second.accept(&mut world).unwrap();
    let all = world.network.request_unstake(&second.authority(), STAKE - ESCROW / 5);
    world.must(&[all], &[&second.actors.provider]);
    world.until(usual.start_by + 1);
    second.mark(&mut world, &by);
    world.until(world.now() + HOUR);
    second.advance(&mut world);
    // The first goes on, its bond untouched.
    let first = JobFixture { actors: second.actors, keys, nonce: 0 };
    first.settle(&mut world, units(4_000_000)).unwrap();
    assert_eq!(first.read(&world).bond, ESCROW / 10);
    assert_eq!(first.provider(&world).locked, ESCROW / 10);
    let pay = world.network.withdraw(&second.keys, Party::Consumer as u8, &wallet);
    world.must(&[pay], &[]);
}
