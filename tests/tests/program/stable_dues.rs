//! Who is paid from a job on the stable rail, where to, and what an issuer that freezes can hold up:
//! what it froze, and nothing else.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Due, Party};
use settlement_interface::events::{DueWithdrawn, Event};
use settlement_interface::parameters::Parameters;
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_signer::Signer;
use std::collections::BTreeSet;
use tests::{Actors, DOLLARS, Expected, JobFixture, PROGRAMS, World, keypair, touched};

const OWED: [(Party, u64); 4] = [
    (Party::Consumer, 98_000_000),
    (Party::Provider, 1_900_000),
    (Party::Buyback, 80_000),
    (Party::Treasury, 20_000),
];

/// Opens every party's account of the stablecoin; the buyback's exists.
fn accounts(job: &JobFixture, world: &mut World) -> [Address; 4] {
    OWED.map(|(party, _)| match party {
        Party::Buyback => pda::buyback_vault(),
        _ => {
            let wallet = job.wallet_of(world, party);
            world.dollars_of(&wallet, 0)
        }
    })
}

/// What of two instructions both may write: transactions that share an account wait for each other.
fn both_write(one: &Instruction, other: &Instruction) -> Vec<Address> {
    let writes = |instruction: &Instruction| -> BTreeSet<Address> {
        instruction.accounts.iter().filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect()
    };
    writes(one).intersection(&writes(other)).copied().collect()
}

#[test]
fn settles_of_different_jobs_share_no_writable_account_and_payments_only_where_both_go() {
    for program in PROGRAMS {
        let mut world = World::stable(program);
        let (one, other) = (JobFixture::stable_running(&mut world), JobFixture::stable_running(&mut world));
        world.until(world.now() + 60);
        let [one_pays, other_pays] = [&one, &other].map(|job| {
            let receipt = job.receipt(&world, 1_000);
            job.paying(&world, &receipt, &job.actors.session)[1].clone()
        });
        assert_eq!(both_write(&one_pays, &other_pays), []);
        world.must(
            &[one.paying(&world, &one.receipt(&world, 1_000), &one.actors.session)[0].clone(), one_pays],
            &[&one.actors.provider],
        );
        // Payments share the vaults that the token program writes: the one of all stake, because a payment
        // also pays what is due in tokens, and the one of the buyback.
        for party in [Party::Consumer, Party::Provider, Party::Buyback] {
            let [a, b] = [&one, &other]
                .map(|job| world.rail().withdraw(&job.keys, party, &job.wallet_of(&world, party)));
            let mut expected = BTreeSet::from([pda::stake_vault()]);
            if party == Party::Buyback {
                expected.insert(pda::buyback_vault());
            }
            assert_eq!(BTreeSet::from_iter(both_write(&a, &b)), expected, "{party:?}");
        }
    }
}

#[test]
fn everybody_is_paid_once_in_dollars_and_the_rent_returns() {
    for program in PROGRAMS {
        let mut world = World::stable(program);
        let job = JobFixture::stable_closed(&mut world);
        let places = accounts(&job, &mut world);
        for (index, ((party, amount), place)) in OWED.into_iter().zip(places).enumerate() {
            let wallet = job.wallet_of(&world, party);
            let sent = job.collect(&mut world, party, &wallet).unwrap();
            let expected = DueWithdrawn {
                entities: [touched(&job.keys.job, 9 + index as u64)],
                at: world.now(),
                job: job.keys.job,
                wallet,
                party: party as u64,
                escrow: amount,
                stake: 0,
            };
            assert_eq!(sent.events, [Event::DueWithdrawn(Box::new(expected))]);
            assert_eq!(world.dollars(&place), amount);
            let again = world.rail().withdraw(&job.keys, party, &wallet);
            world.refused(&[again], &[], E::NothingOwed);
        }
        assert_eq!(world.dollars(&job.vault()), 0);
        let reclaim = job.stable_reclaiming(&world);
        world.must(&[reclaim], &[]);
        assert!(world.svm.get_account(&job.vault()).is_none_or(|account| account.lamports == 0));
    }
}

#[test]
fn dues_of_both_mints_are_paid_apart_in_any_order() {
    for dollars_first in [true, false] {
        let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
        let job = JobFixture::stable_assigned(&mut world);
        world.until(job.read(&world).terms.order.start_by + 1);
        let by = world.bank.insecure_clone();
        job.mark(&mut world, &by);
        world.until(world.now() + Parameters::DEFAULT.grace);
        job.advance(&mut world);
        let wallet = job.wallet();
        let account = world.dollars_of(&wallet, 0);
        let (before, due) = (world.balance(&wallet), job.read(&world).dues[0]);
        for dollars in [dollars_first, !dollars_first] {
            if dollars {
                job.collect(&mut world, Party::Consumer, &wallet).unwrap();
                assert_eq!(world.dollars(&account), DOLLARS);
                let again = world.rail().withdraw(&job.keys, Party::Consumer, &wallet);
                let left = job.read(&world).dues[0];
                assert_eq!(left.escrow, 0);
                world.refused(&[again], &[], E::NothingOwed);
            } else {
                job.withdraw(&mut world, Party::Consumer, &wallet).unwrap();
                assert_eq!(world.balance(&wallet), before + due.stake);
                let again = world.network.withdraw(&job.keys, Party::Consumer as u8, &wallet);
                world.refused(&[again], &[], E::NothingOwed);
            }
        }
        assert_eq!(job.read(&world).dues[0], Due::default());
    }
}

#[test]
fn payments_go_to_the_party_and_nowhere_else() {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let job = JobFixture::stable_closed(&mut world);
    let places = accounts(&job, &mut world);
    let stranger = keypair(71).pubkey();
    let theirs = world.dollars_of(&stranger, 0);
    for (party, _) in OWED {
        let wallet = job.wallet_of(&world, party);
        let good = world.rail().withdraw(&job.keys, party, &wallet);
        let own = good.accounts[5].pubkey;
        for other in places.into_iter().chain([theirs, stranger]).filter(|other| *other != own) {
            let mut bad = good.clone();
            bad.accounts[5].pubkey = other;
            world.refused(&[bad], &[], E::NotAssociated);
        }
        // Another account that config owns is not the buyback's vault.
        let mut bad = good.clone();
        bad.accounts[5].pubkey = keypair(72).pubkey();
        world.set_dollars(&keypair(72).pubkey(), &wallet, 0);
        world.refused(&[bad], &[], E::NotAssociated);
        // The token program is the destination's.
        let mut bad = good.clone();
        bad.accounts[6].pubkey = pda::TOKEN_PROGRAM;
        world.refused(&[bad], &[], E::NotAssociated);
        world.must(&[good], &[]);
    }
    let unknown = {
        let mut bad = world.rail().withdraw(&job.keys, Party::Consumer, &job.wallet());
        *bad.data.last_mut().unwrap() = 8;
        bad
    };
    world.refused(&[unknown], &[], E::UnknownParty);
}

#[test]
fn an_account_of_a_third_mint_is_paid_nothing() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    let job = JobFixture::stable_closed(&mut world);
    let third = keypair(73).pubkey();
    world.set_mint(&third, None, None, 6, 0);
    let account = pda::associated_token(&job.wallet(), &third);
    world.set_tokens(&account, &third, &job.wallet(), 0);
    let mut bad = world.rail().withdraw(&job.keys, Party::Consumer, &job.wallet());
    bad.accounts[5].pubkey = account;
    world.refused(&[bad], &[], E::NotAssociated);
}

#[test]
fn a_frozen_account_of_one_party_leaves_everybody_else_paid() {
    for program in PROGRAMS {
        for (frozen, _) in OWED {
            let mut world = World::stable(program);
            let job = JobFixture::stable_closed(&mut world);
            let places = accounts(&job, &mut world);
            let place = places[OWED.iter().position(|(party, _)| *party == frozen).unwrap()];
            world.set_frozen(&place, true);
            for ((party, amount), place) in OWED.into_iter().zip(places) {
                let wallet = job.wallet_of(&world, party);
                if party == frozen {
                    let theirs = world.rail().withdraw(&job.keys, party, &wallet);
                    world.refused(&[theirs], &[], E::Undeliverable);
                } else {
                    job.collect(&mut world, party, &wallet).unwrap();
                    assert_eq!(world.dollars(&place), amount);
                }
            }
            world.refused(&[job.stable_reclaiming(&world)], &[], E::DuesRemain);
            // It waits with its vault until it can be paid.
            world.set_frozen(&place, false);
            let wallet = job.wallet_of(&world, frozen);
            job.collect(&mut world, frozen, &wallet).unwrap();
            world.must(&[job.stable_reclaiming(&world)], &[]);
        }
    }
}

#[test]
fn a_frozen_vault_holds_up_its_own_dollars_alone() {
    for program in PROGRAMS {
        let mut world = World::stable(program);
        let job = JobFixture::stable_running(&mut world);
        let other = JobFixture::stable_closed(&mut world);
        world.set_frozen(&job.vault(), true);
        // Work goes on, is settled, and the job ends: nothing of this moves a token.
        world.until(world.now() + 3_600);
        job.pay(&mut world, 3_600_000).unwrap();
        job.end(&mut world);
        assert_eq!(job.provider(&world).locked, 0);
        accounts(&job, &mut world);
        for (party, _) in OWED {
            let wallet = job.wallet_of(&world, party);
            let withdraw = world.rail().withdraw(&job.keys, party, &wallet);
            let reason = world.rejected(&[withdraw], &[]);
            assert!(matches!(reason, Expected::Instruction(_)), "{reason:?}"); // the token program's own
        }
        // The bond is free, and other jobs are not touched.
        let unstake = world.network.request_unstake(&job.authority(), tests::STAKE);
        world.must(&[unstake], &[&job.actors.provider]);
        accounts(&other, &mut world);
        for (party, _) in OWED {
            let wallet = other.wallet_of(&world, party);
            other.collect(&mut world, party, &wallet).unwrap();
        }
        world.set_frozen(&job.vault(), false);
        for (party, _) in OWED {
            let wallet = job.wallet_of(&world, party);
            job.collect(&mut world, party, &wallet).unwrap();
        }
    }
}

#[test]
fn a_frozen_vault_holds_up_no_tokens_of_the_stake_vault() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    let job = JobFixture::stable_assigned(&mut world);
    world.until(job.read(&world).terms.order.start_by + 1);
    let by = world.bank.insecure_clone();
    job.mark(&mut world, &by);
    world.set_frozen(&job.vault(), true);
    world.until(world.now() + Parameters::DEFAULT.grace);
    job.advance(&mut world);
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    job.withdraw(&mut world, Party::Reporter, &by.pubkey()).unwrap();
    assert_eq!(job.read(&world).dues[0], Due { escrow: DOLLARS, stake: 0 });
}

#[test]
fn a_dollar_sent_to_a_vault_goes_to_the_consumer_and_the_vault_closes() {
    for program in PROGRAMS {
        let mut world = World::stable(program);
        let job = JobFixture::stable_closed(&mut world);
        let places = accounts(&job, &mut world);
        for (party, _) in OWED {
            let wallet = job.wallet_of(&world, party);
            job.collect(&mut world, party, &wallet).unwrap();
        }
        world.set_amount(&job.vault(), 7);
        let sent = world.must(&[job.stable_reclaiming(&world)], &[]);
        let Event::JobReclaimed(reclaimed) = sent.only() else { panic!("{:?}", sent.events) };
        assert_eq!(reclaimed.stray, 7);
        assert_eq!(world.dollars(&places[0]), OWED[0].1 + 7);
    }
}

#[test]
fn the_token_program_is_the_one_of_the_vault() {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let job = JobFixture::stable_running(&mut world);
    let mut top_up = job.stable_topping_up(&world, 5, 0);
    top_up.accounts[4].pubkey = pda::TOKEN_PROGRAM;
    world.refused(&[top_up], &[&job.actors.consumer], E::WrongTokenProgram);
    let closed = JobFixture::stable_closed(&mut world);
    accounts(&closed, &mut world);
    for (party, _) in OWED {
        let wallet = closed.wallet_of(&world, party);
        closed.collect(&mut world, party, &wallet).unwrap();
    }
    let mut reclaim = closed.stable_reclaiming(&world);
    reclaim.accounts[4].pubkey = pda::TOKEN_PROGRAM;
    world.refused(&[reclaim], &[], E::WrongTokenProgram);
    let actors = Actors::new(&mut world);
    let (wallet, bank) = (actors.consumer.pubkey(), world.bank.pubkey());
    let source = world.dollars_of(&wallet, DOLLARS);
    let usual = tests::stable_order(world.now(), &actors.session.pubkey());
    let provider = actors.provider_address();
    let mut open = world.rail().open_job(&bank, &wallet, &source, &provider, 0, &usual, DOLLARS);
    open.accounts[10].pubkey = pda::TOKEN_PROGRAM;
    world.refused(&[open], &[&actors.consumer], E::WrongTokenProgram);
}
