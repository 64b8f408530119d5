//! Attacks on a job's life: its address, its acceptance, its deadlines, its end.

use crate::common::{an_hour, wind_up, with, worked};
use settlement_interface::accounts::{JobState, Party};
use settlement_interface::parameters::{DAY, HOUR};
use settlement_interface::terms::Order;
use settlement_interface::{Address, SettlementError as E, pda};
use solana_account::Account;
use solana_instruction::{AccountMeta, Instruction};
use solana_signer::Signer;
use tests::{Actors, ESCROW, JobFixture, STAKE, World, order, units};

/// The system program's transfer.
fn pay(from: &Address, to: &Address, lamports: u64) -> Instruction {
    let mut data = 2u32.to_le_bytes().to_vec();
    data.extend_from_slice(&lamports.to_le_bytes());
    let accounts = vec![AccountMeta::new(*from, true), AccountMeta::new(*to, false)];
    Instruction { program_id: pda::SYSTEM_PROGRAM, accounts, data }
}

#[test]
fn a_nonce_is_used_again_also_after_its_job_was_closed() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let usual = order(world.now(), &actors.session.pubkey());
    let (open, _, _) = actors.open(&world, &usual, ESCROW);
    let by = actors.consumer.insecure_clone();
    world.rejected(&[open.clone(), open.clone()], &[&by]);
    world.must(std::slice::from_ref(&open), &[&by]);
    world.rejected(std::slice::from_ref(&open), &[&by]);
    let (next, keys, nonce) = actors.open(&world, &usual, ESCROW);
    // A nonce not yet reached is no way around: its address would be met later.
    let mut ahead = next;
    ahead.data[8..16].copy_from_slice(&(nonce + 1).to_le_bytes());
    let address = pda::job(&by.pubkey(), nonce + 1);
    let ahead = with(&with(&ahead, 6, &address), 7, &pda::vault(&address));
    world.refused(&[ahead], &[&by], E::WrongNonce);
    let job = JobFixture {
        actors,
        keys: settlement_interface::instructions::JobKeys { job: pda::job(&by.pubkey(), 0), ..keys },
        nonce: 0,
    };
    job.cancel(&mut world).unwrap();
    job.withdraw(&mut world, Party::Consumer, &by.pubkey()).unwrap();
    job.reclaim(&mut world).unwrap();
    // Closed: the address is empty again, and still never given out.
    assert!(world.svm.get_account(&job.keys.job).is_none_or(|account| account.lamports == 0));
    world.refused(&[open], &[&by], E::WrongNonce);
}

#[test]
fn a_provider_that_never_accepted_is_slashed() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let by = world.holder(0);
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    let advance = world.network.advance_job(&job.keys);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(world.now() + 30 * DAY);
    world.refused(std::slice::from_ref(&mark), &[&by], E::WrongState);
    let provider = job.provider(&world);
    world.must(std::slice::from_ref(&advance), &[]);
    world.refused(&[mark], &[&by], E::WrongState);
    world.refused(&[advance], &[], E::NothingDue);
    assert_eq!(job.provider(&world), provider, "neither bond nor penalty nor record");
    assert_eq!(job.read(&world).state(), Some(JobState::Cancelled));
    let before = world.balance(&job.wallet());
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    assert_eq!(world.balance(&job.wallet()), before + ESCROW);
}

#[test]
fn one_stake_is_locked_as_the_bond_of_two_jobs() {
    let mut world = World::new();
    // A stake that is enough for one bond and nothing else.
    let first = JobFixture::offered(&mut world);
    let by = first.actors.provider.insecure_clone();
    let rest = STAKE - ESCROW / 10;
    world.must(&[world.network.request_unstake(&by.pubkey(), rest)], &[&by]);
    let (one, hash) = (first.keys.job, first.read(&world).terms_hash);
    let usual = order(world.now(), &first.actors.session.pubkey());
    let second = first.again(&mut world, &usual, 10);
    let accept = |world: &World, job: &Address, hash: &[u8; 32]| {
        world.network.accept_offer(&by.pubkey(), job, hash, u64::MAX)
    };
    let both =
        [accept(&world, &one, &hash), accept(&world, &second.keys.job, &second.read(&world).terms_hash)];
    world.refused(&both, &[&by], E::InsufficientStake);
    // The same job twice.
    world.refused(&[both[0].clone(), both[0].clone()], &[&by], E::WrongState);
    world.must(&[both[0].clone()], &[&by]);
    world.refused(&[both[1].clone()], &[&by], E::InsufficientStake);
    assert_eq!((second.provider(&world).locked, world.totals().locked), (ESCROW / 10, ESCROW / 10));
}

#[test]
fn a_deadline_is_missed_only_because_the_chain_stood_still() {
    // The standstill comes before the mark, or after it; the consumer is first when the chain runs again.
    for marked in [false, true] {
        let mut world = World::new();
        let job = JobFixture::assigned(&mut world);
        let by = job.actors.consumer.insecure_clone();
        let (mark, advance) =
            (world.network.mark(&by.pubkey(), &job.keys), world.network.advance_job(&job.keys));
        if marked {
            world.until(job.read(&world).terms.order.start_by + 1);
            world.must(std::slice::from_ref(&mark), &[&by]);
        }
        world.set_clock(world.now() + 2 * DAY, world.slot() + 3);
        if !marked {
            world.refused(&[mark.clone(), advance.clone()], &[&by], E::NothingDue);
            world.must(&[mark], &[&by]);
        }
        // Hours on the clock are not enough, and slots alone are not either.
        world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
        world.set_clock(world.now() + HOUR - 1, world.slot() + 3_590);
        world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
        // So the provider has its hour, and takes it.
        job.start(&mut world).unwrap();
        world.set_clock(world.now() + 10 * HOUR, world.slot() + 100_000);
        assert_eq!((job.provider(&world).slashed, job.provider(&world).bad), (0, 0));
    }
}

#[test]
fn an_offer_is_accepted_against_a_closed_or_replaced_price_account() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let by = &[&job.actors.provider];
    let hash = job.read(&world).terms_hash;
    let accept = world.network.accept_offer(&job.authority(), &job.keys.job, &hash, u64::MAX);
    let feed = world.svm.get_account(&world.network.feed).unwrap();
    let refused = |world: &mut World, account: Account| {
        world.svm.set_account(world.network.feed, account).unwrap();
        world.refused(std::slice::from_ref(&accept), by, E::NoPrice);
    };
    refused(&mut world, Account::default());
    refused(&mut world, Account { owner: pda::SYSTEM_PROGRAM, ..feed.clone() });
    refused(&mut world, Account { owner: crate::common::ATTACKER, ..feed.clone() });
    refused(&mut world, Account { data: vec![], ..feed.clone() });
    refused(&mut world, Account { data: feed.data[..100].to_vec(), ..feed.clone() });
    world.svm.set_account(world.network.feed, feed.clone()).unwrap();
    // Another account of the same oracle, good in every way but its address.
    let twin = crate::common::put(&mut world, feed);
    world.refused(&[with(&accept, 6, &twin)], by, E::WrongFeed);
    world.must(&[accept], by);
}

#[test]
fn the_terms_change_between_reading_and_accepting() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let by = &[&job.actors.provider];
    // Signed and held back, by whoever carries the transaction or a durable nonce.
    let read = job.read(&world).terms_hash;
    let held = world.network.accept_offer(&job.authority(), &job.keys.job, &read, ESCROW / 10);
    job.top_up(&mut world, 0, 1).unwrap();
    world.refused(std::slice::from_ref(&held), by, E::TermsChanged);
    // More escrow changes no term but raises the bond, which the provider bounded.
    let now = job.read(&world).terms_hash;
    assert_ne!(now, read);
    let held = world.network.accept_offer(&job.authority(), &job.keys.job, &now, ESCROW / 10);
    job.top_up(&mut world, 10, 0).unwrap();
    assert_eq!(job.read(&world).terms_hash, now);
    world.refused(&[held], by, E::BondTooHigh);
    // The hash of another job with the very same order is not this one's.
    let provider = job.actors.provider.insecure_clone();
    let (first, order) = (job.keys.job, job.read(&world).terms.order);
    let twin = job.again(&mut world, &order, ESCROW);
    assert_ne!(twin.read(&world).terms_hash, now);
    let crossed = world.network.accept_offer(&provider.pubkey(), &twin.keys.job, &now, u64::MAX);
    world.refused(&[crossed], &[&provider], E::TermsChanged);
    world.must(&[world.network.accept_offer(&provider.pubkey(), &first, &now, u64::MAX)], &[&provider]);
}

#[test]
fn a_deadline_is_past_or_absurdly_far() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let now = world.now();
    type Edit = fn(&mut Order, i64);
    let edits: [(Edit, E); 14] = [
        (|o, now| o.offer_by = now, E::Deadlines),
        (|o, _| o.offer_by = i64::MIN, E::Deadlines),
        (|o, _| o.offer_by = o.start_by + 1, E::Deadlines),
        (|o, _| o.end_by = o.start_by, E::Deadlines),
        (|o, now| o.end_by = now + 365 * DAY + 1, E::Deadlines),
        (|o, _| o.end_by = i64::MAX, E::Deadlines),
        (|o, _| (o.offer_by, o.start_by, o.end_by) = (i64::MAX - 2, i64::MAX - 1, i64::MAX), E::Deadlines),
        (|o, _| o.start_by = i64::MAX, E::Deadlines),
        (|o, _| o.convert_by = o.end_by + 7 * DAY + 1, E::ConvertBy),
        (|o, _| o.convert_by = i64::MAX, E::ConvertBy),
        (|o, _| o.silence_max = 299, E::SilenceMax),
        (|o, _| o.silence_max = i64::MAX, E::SilenceMax),
        (|o, _| o.silence_max = -1, E::SilenceMax),
        (|o, _| o.unit = 0, E::BadRate),
    ];
    for (edit, error) in edits {
        let mut order = order(now, &actors.session.pubkey());
        edit(&mut order, now);
        let (open, _, _) = actors.open(&world, &order, ESCROW);
        world.refused(&[open], &[&actors.consumer], error);
    }
}

#[test]
fn a_provider_without_enough_stake_accepts() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let by = &[&job.actors.provider];
    let bond = ESCROW / 10;
    let hash = job.read(&world).terms_hash;
    let accept = world.network.accept_offer(&job.authority(), &job.keys.job, &hash, u64::MAX);
    // One unit short, because it unbonds; then because it was never there.
    world.must(&[world.network.request_unstake(&job.authority(), STAKE - bond + 1)], by);
    world.refused(std::slice::from_ref(&accept), by, E::InsufficientStake);
    world.pass(7 * DAY);
    world.must(&[world.network.withdraw_stake(&job.authority())], &[]);
    assert_eq!(job.provider(&world).stake, bond - 1);
    let usual = order(world.now(), &job.actors.session.pubkey());
    let late = job.again(&mut world, &usual, ESCROW);
    world.refresh();
    let hash = late.read(&world).terms_hash;
    let accept = world.network.accept_offer(&late.authority(), &late.keys.job, &hash, u64::MAX);
    let by = &[&late.actors.provider];
    world.refused(std::slice::from_ref(&accept), by, E::InsufficientStake);
    // Stake sent to the vault by hand is a gift to nobody; staked properly, one unit does.
    let mint = world.network.mint;
    let held = world.tokens(&pda::stake_vault());
    world.set_tokens(&pda::stake_vault(), &mint, &pda::config(), held + STAKE);
    world.refused(std::slice::from_ref(&accept), by, E::InsufficientStake);
    let source = world.associated(&late.authority());
    let one = world.network.stake(&late.authority(), &source, &late.keys.provider, 1);
    world.must(&[one, accept], by);
}

#[test]
fn a_job_is_cancelled_or_closed_to_hide_accepted_work() {
    let mut world = World::new();
    let job = worked(&mut world);
    let paid = job.read(&world).burned;
    let cancel = world.network.cancel_job(&job.wallet(), &job.keys);
    world.refused(std::slice::from_ref(&cancel), &[&job.actors.consumer], E::WrongState);
    // Work that was signed and not yet sent: closing comes first, and the receipt still counts.
    world.until(world.now() + HOUR);
    let signed = job.receipt(&world, 7_200_000);
    job.close(&mut world, &job.actors.consumer).unwrap();
    world.refused(&[cancel], &[&job.actors.consumer], E::WrongState);
    world.until(world.now() + DAY);
    job.settle_as(&mut world, &signed, &job.actors.session).unwrap();
    assert_eq!(job.read(&world).settled, 4_000_000);
    let before = world.balance(&job.wallet());
    let burned = job.read(&world).burned;
    wind_up(&mut world, &job);
    // Only what was not spent comes back.
    assert_eq!(world.balance(&job.wallet()) - before, ESCROW - burned);
    assert_eq!(burned, 2 * paid);
}

#[test]
fn the_wrong_party_cancels_or_closes() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    let other = JobFixture::running(&mut world);
    let by = [&job.actors.provider, &job.actors.session, &other.actors.consumer];
    for key in by {
        let cancel = world.network.cancel_job(&key.pubkey(), &job.keys);
        world.refused(&[cancel], &[key], E::WrongParty);
    }
    let mut unsigned = world.network.cancel_job(&job.wallet(), &job.keys);
    unsigned.accounts[0].is_signer = false;
    world.rejected(&[unsigned], &[]);
    // With another's provider, so that another's bond would be released.
    let cancel = with(&world.network.cancel_job(&job.wallet(), &job.keys), 2, &other.keys.provider);
    world.refused(&[cancel], &[&job.actors.consumer], E::WrongProvider);
    job.start(&mut world).unwrap();
    for key in [&job.actors.session, &other.actors.consumer, &other.actors.provider] {
        let close = world.network.close_job(&key.pubkey(), &job.keys);
        world.refused(&[close], &[key], E::WrongParty);
    }
    let crossed = with(&world.network.close_job(&other.authority(), &job.keys), 2, &other.keys.provider);
    world.refused(&[crossed], &[&other.actors.provider], E::WrongProvider);
}

#[test]
fn a_job_expires_one_second_early_or_to_the_strangers_own_good() {
    let mut world = World::new();
    let (stranger, purse) = (world.holder(0), 0);
    // The offer: until it lapses nobody ends it but the consumer.
    let offered = JobFixture::offered(&mut world);
    let advance = world.network.advance_job(&offered.keys);
    world.until(offered.read(&world).terms.order.offer_by);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(world.now() + 1);
    world.must(&[advance], &[]);
    offered.withdraw(&mut world, Party::Consumer, &offered.wallet()).unwrap();
    // The job: silence, then its end.
    let job = an_hour(&mut world);
    let advance = world.network.advance_job(&job.keys);
    let silent = job.read(&world).heard_at + 7_200;
    world.until(silent);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    job.settle(&mut world, 3_600_000).unwrap();
    world.until(silent + 1);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    // A receipt grace is a grace to the second.
    world.until(silent + 7_201);
    world.must(std::slice::from_ref(&advance), &[]);
    world.until(world.now() + DAY);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(world.now() + 1);
    world.must(std::slice::from_ref(&advance), &[]);
    world.must(&[advance], &[]);
    // Whoever sends it, everything goes where it belongs.
    let pay = world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet());
    let mine = world.associated(&stranger.pubkey());
    world.refused(&[with(&pay, 5, &mine)], &[], E::NotAssociated);
    let before = world.balance(&job.wallet());
    world.must(&[pay], &[]);
    assert_eq!(world.balance(&job.wallet()) - before, ESCROW - job.read(&world).burned);
    let reclaim = job.reclaiming(&world);
    world.refused(&[with(&reclaim, 2, &stranger.pubkey())], &[], E::WrongRentPayer);
    world.must(&[reclaim], &[]);
    assert_eq!(world.balance(&stranger.pubkey()), purse);
}

#[test]
fn a_closed_job_is_revived_within_the_transaction_or_closed_to_itself() {
    let mut world = World::new();
    let job = JobFixture::closed(&mut world);
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    let (stranger, bank) = (world.wallet(), world.bank.pubkey());
    let reclaim = job.reclaiming(&world);
    for own in [job.keys.job, job.vault()] {
        world.rejected(&[with(&reclaim, 2, &own)], &[]);
    }
    // Lamports keep the address alive beyond the transaction: as an empty account of the system's.
    let rent = world.lamports(&job.keys.job) + world.lamports(&job.vault());
    let before = world.lamports(&bank);
    let revive = [
        reclaim.clone(),
        pay(&stranger.pubkey(), &job.keys.job, 20_000_000),
        pay(&stranger.pubkey(), &job.vault(), 20_000_000),
    ];
    // Closed twice around it, the second finds no job.
    world.rejected(&[revive[0].clone(), revive[1].clone(), revive[2].clone(), reclaim.clone()], &[&stranger]);
    world.must(&revive, &[&stranger]);
    assert!(world.lamports(&bank) > before + rent - 100_000, "rent less fees");
    for address in [job.keys.job, job.vault()] {
        let account = world.svm.get_account(&address).unwrap();
        assert_eq!((account.owner, account.data.len()), (pda::SYSTEM_PROGRAM, 0));
    }
    world.rejected(&[reclaim], &[]);
    let pay = world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet());
    world.rejected(&[pay], &[]);
    // The consumer's next job lies elsewhere, and lives.
    let usual = order(world.now(), &job.actors.session.pubkey());
    let next = job.again(&mut world, &usual, ESCROW);
    assert_eq!(next.read(&world).nonce, 1);
}

#[test]
fn the_minimum_price_holds_up_conversion_without_end() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let mut never = order(world.now(), &actors.session.pubkey());
    never.min_price = u64::MAX;
    never.convert_by = never.end_by + 7 * DAY + 1;
    let (open, _, _) = actors.open(&world, &never, ESCROW);
    world.refused(&[open], &[&actors.consumer], E::ConvertBy);
    never.convert_by -= 1;
    let job = JobFixture::offered_as(&mut world, actors, &never, ESCROW);
    job.accept(&mut world).unwrap();
    job.start(&mut world).unwrap();
    world.until(world.now() + HOUR);
    job.settle(&mut world, units(2_000_000)).unwrap();
    job.close(&mut world, &job.actors.consumer).unwrap();
    world.until(world.now() + DAY + 1);
    job.advance(&mut world);
    let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(std::slice::from_ref(&convert), &[], E::BelowMinimumPrice);
    // It is no halt, and what was earned is not refundable meanwhile.
    let by = world.wallet();
    world.refused(&[world.network.mark(&by.pubkey(), &job.keys)], &[&by], E::NothingToMark);
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
    world.until(never.convert_by - 1);
    let convert = |world: &World| world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[convert(&world)], &[], E::BelowMinimumPrice);
    world.until(never.convert_by);
    world.must(&[convert(&world)], &[]);
    assert_eq!(job.read(&world).settled, 2_000_000);
}

#[test]
fn a_bid_is_withdrawn_while_it_leads() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let (shill, honest) = (world.bidder(), world.bidder());
    job.bid(&mut world, &honest, 2_000_000).unwrap();
    job.bid(&mut world, &shill, 1).unwrap();
    let withdraw = job.withdrawing(&world, &shill, &shill);
    world.refused(std::slice::from_ref(&withdraw), &[&shill], E::BestBid);
    job.end_bidding(&mut world);
    world.refused(std::slice::from_ref(&withdraw), &[&shill], E::BestBid);
    // The consumer takes it at its word, and its bond stays until it is assigned or out of time.
    job.accept_bid(&mut world, &job.actors.consumer, &shill).unwrap();
    assert_eq!(job.read(&world).terms.order.rate, 1);
    world.rejected(&[withdraw], &[&shill]);
    job.withdraw_bid(&mut world, &honest, &honest).unwrap();
}
