//! How every bid's bond comes free again.

use crate::bids::contested;
use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Bid, JobState, Party};
use settlement_interface::events::{BidWithdrawn, Event};
use settlement_interface::pda;

use solana_signer::Signer;
use tests::{ESCROW, JobFixture, Sent, World, touched};

const BOND: u64 = ESCROW / 10;

#[track_caller]
fn withdrawn(sent: &Sent) -> BidWithdrawn {
    let Event::BidWithdrawn(event) = sent.only() else { panic!("{:?}", sent.events) };
    **event
}

#[test]
fn the_best_bid_is_not_withdrawn_while_it_can_be_accepted() {
    let mut world = World::new();
    let (job, _, best) = contested(&mut world);
    let withdraw = job.withdrawing(&world, &best, &best);
    world.refused(std::slice::from_ref(&withdraw), &[&best], E::BestBid);
    job.end_bidding(&mut world);
    world.refused(std::slice::from_ref(&withdraw), &[&best], E::BestBid);
    world.until(job.read(&world).terms.order.offer_by);
    world.refused(std::slice::from_ref(&withdraw), &[&best], E::BestBid);
    // A second later it cannot be accepted any more, whether or not anybody has closed the auction.
    world.until(world.now() + 1);
    assert_eq!(job.read(&world).state(), Some(JobState::Open));
    let event = withdrawn(&world.must(&[withdraw], &[&best]));
    assert_eq!((event.bond, event.provider_locked, event.closed), (BOND, 0, 1));
}

#[test]
fn a_bid_that_was_beaten_is_withdrawn_by_its_bidder_and_by_nobody_else() {
    let mut world = World::new();
    let (job, second, best) = contested(&mut world);
    let stranger = world.wallet();
    for by in [&stranger, &best, &job.actors.consumer] {
        let withdraw = job.withdrawing(&world, by, &second);
        world.refused(&[withdraw], &[by], E::WrongParty);
    }
    let sent = job.withdraw_bid(&mut world, &second, &second).unwrap();
    let (provider, bid) = (pda::provider(&second.pubkey()), job.bid_address(&second));
    let expected = BidWithdrawn {
        entities: [touched(&bid, 2), touched(&provider, 4)],
        at: world.now(),
        job: job.keys.job,
        bid,
        provider,
        bond: BOND,
        provider_locked: 0,
        closed: 0,
        lamports: 0,
        rent_payer: world.bank.pubkey(),
    };
    assert_eq!(withdrawn(&sent), expected);
    assert_eq!((world.provider_of(&second).locked, world.totals().locked), (0, 0));
    // Its account stays while one could bid again, so that its events are numbered without a break.
    let again = job.withdrawing(&world, &second, &second);
    world.refused(&[again], &[&second], E::BidWithdrawn);
}

#[test]
fn who_withdrew_bids_anew_in_the_same_account() {
    let mut world = World::new();
    let (job, second, _) = contested(&mut world);
    job.withdraw_bid(&mut world, &second, &second).unwrap();
    let sent = job.bid(&mut world, &second, 2_000_000).unwrap();
    let Event::BidPlaced(event) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((event.index, event.bond, event.locked), (0, BOND, BOND));
    assert_eq!(event.entities[1], touched(&job.bid_address(&second), 3));
    assert_eq!((job.read(&world).bids, world.provider_of(&second).locked), (2, BOND));
}

#[test]
fn a_withdrawn_bid_is_not_accepted_and_anyone_returns_its_rent() {
    let mut world = World::new();
    let (job, second, _) = contested(&mut world);
    job.withdraw_bid(&mut world, &second, &second).unwrap();
    job.end_bidding(&mut world);
    let accept = job.accepting_bid(&world, &job.actors.consumer, &second);
    world.refused(&[accept], &[&job.actors.consumer], E::BidWithdrawn);
    let (stranger, bank) = (world.wallet(), world.bank.pubkey());
    let rent = world.lamports(&job.bid_address(&second));
    let mut elsewhere = job.withdrawing(&world, &stranger, &second);
    elsewhere.accounts[4].pubkey = stranger.pubkey();
    world.refused(&[elsewhere], &[&stranger], E::WrongRentPayer);
    let before = world.lamports(&bank);
    let event = withdrawn(&job.withdraw_bid(&mut world, &stranger, &second).unwrap());
    assert_eq!((event.bond, event.closed, event.lamports), (0, 1, rent));
    assert_eq!(world.lamports(&bank), before + rent - 10_000);
}

#[test]
fn after_bid_end_a_withdrawal_closes_the_account_at_once() {
    let mut world = World::new();
    let (job, second, _) = contested(&mut world);
    job.end_bidding(&mut world);
    let withdraw = job.withdrawing(&world, &second, &second);
    // Not twice in one transaction: a bond is released once.
    world.rejected(&[withdraw.clone(), withdraw.clone()], &[&second]);
    let event = withdrawn(&world.must(std::slice::from_ref(&withdraw), &[&second]));
    assert_eq!((event.bond, event.closed), (BOND, 1));
    world.rejected(&[withdraw], &[&second]);
    assert_eq!(world.provider_of(&second).locked, 0);
}

#[test]
fn anyone_releases_every_bond_of_an_auction_that_is_over_however_it_ended() {
    for ending in 0..4 {
        let mut world = World::new();
        let (job, second, best) = contested(&mut world);
        let third = world.bidder();
        job.bid(&mut world, &third, 500_000).unwrap();
        let consumer = job.actors.consumer.insecure_clone();
        match ending {
            // Accepted, cancelled, lapsed, and gone altogether.
            0 => {
                job.end_bidding(&mut world);
                job.accept_bid(&mut world, &consumer, &third).unwrap();
            }
            1 => drop(job.cancel(&mut world).unwrap()),
            2 => {
                world.until(job.read(&world).terms.order.offer_by + 1);
                job.advance(&mut world);
            }
            _ => {
                job.cancel(&mut world).unwrap();
                job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
                job.reclaim(&mut world).unwrap();
                // Lamports at the address do not bring the job back.
                world.svm.airdrop(&job.keys.job, 1_000_000_000).unwrap();
            }
        }
        let stranger = world.wallet();
        for bidder in [&second, &best] {
            let event = withdrawn(&job.withdraw_bid(&mut world, &stranger, bidder).unwrap());
            assert_eq!((event.bond, event.closed), (BOND, 1), "{ending}");
            assert_eq!(world.provider_of(bidder).locked, 0, "{ending}");
        }
        if ending > 0 {
            job.withdraw_bid(&mut world, &stranger, &third).unwrap();
        }
        assert_eq!(world.totals().locked, if ending == 0 { BOND } else { 0 }, "{ending}");
        assert_eq!(world.all::<Bid>().len(), 0, "{ending}");
    }
}

#[test]
fn a_bid_that_was_accepted_is_not_withdrawn() {
    let mut world = World::new();
    let (job, _, best) = contested(&mut world);
    job.end_bidding(&mut world);
    let accept = job.accepting_bid(&world, &job.actors.consumer, &best);
    let withdraw = job.withdrawing(&world, &best, &best);
    // Neither later nor in the same transaction, after or before.
    let signers = [&job.actors.consumer, &best];
    world.rejected(&[accept.clone(), withdraw.clone()], &signers);
    world.refused(&[withdraw.clone(), accept.clone()], &signers, E::BestBid);
    world.must(&[accept], &[&job.actors.consumer]);
    world.rejected(&[withdraw], &[&best]);
    assert_eq!((job.read(&world).bond, world.provider_of(&best).locked), (BOND, BOND));
}

#[test]
fn a_withdrawal_names_the_job_and_the_provider_of_its_bid() {
    let mut world = World::new();
    let (job, second, best) = contested(&mut world);
    let over = JobFixture::open(&mut world);
    over.cancel(&mut world).unwrap();
    // Another job that is over does not free the best bid of this one.
    for address in [over.keys.job, pda::job(&job.wallet(), 99), best.pubkey()] {
        let mut withdraw = job.withdrawing(&world, &best, &best);
        withdraw.accounts[1].pubkey = address;
        world.refused(&[withdraw], &[&best], E::WrongBid);
    }
    let mut theirs = job.withdrawing(&world, &best, &second);
    theirs.accounts[3].pubkey = pda::provider(&best.pubkey());
    world.refused(&[theirs], &[&best], E::WrongBid);
}

#[test]
fn a_closed_bid_does_not_come_back_not_even_in_the_same_transaction() {
    let mut world = World::new();
    let (job, second, best) = contested(&mut world);
    job.end_bidding(&mut world);
    let close = job.withdrawing(&world, &second, &second);
    let again = job.bidding(&world, &second, 1);
    world.refused(&[close, again], &[&second], E::BiddingEnded);
    let accept = job.accepting_bid(&world, &job.actors.consumer, &best);
    let again = job.bidding(&world, &best, 1);
    world.refused(&[accept, again], &[&job.actors.consumer, &best], E::WrongState);
    // Nor is an account kept alive by lamports that arrive after it was closed.
    let close = job.withdrawing(&world, &second, &second);
    let bank = world.bank.insecure_clone();
    let mut data = vec![2, 0, 0, 0];
    data.extend_from_slice(&10_000_000u64.to_le_bytes());
    let gift = solana_instruction::Instruction {
        program_id: pda::SYSTEM_PROGRAM,
        accounts: vec![
            solana_instruction::AccountMeta::new(bank.pubkey(), true),
            solana_instruction::AccountMeta::new(job.bid_address(&second), false),
        ],
        data,
    };
    world.must(&[close, gift], &[&second]);
    assert!(world.get::<Bid>(&job.bid_address(&second)).is_none());
    let withdraw = job.withdrawing(&world, &second, &second);
    world.rejected(&[withdraw], &[&second]);
}
