//! Attacks on settling and on payments: being paid twice, by rounding, or in another's stead.

use crate::common::{an_hour, wind_up, with, worked};
use settlement_interface::accounts::{JobState, Party};
use settlement_interface::parameters::DAY;
use settlement_interface::{SettlementError as E, pda};
use solana_account::Account;
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, World, keypair};

#[test]
fn the_same_receipt_is_settled_twice_also_within_one_transaction() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let receipt = job.receipt(&world, 3_600_000);
    let by = &[&job.actors.provider];
    let [verify, settle] = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    // Two settles of one signature; two signatures of one receipt.
    let twice = [verify.clone(), settle.clone(), settle.clone()];
    world.refused(&twice, by, E::ReceiptNotNewer);
    let [second, named] = job.settling_instructions(&world, &receipt, &job.actors.session, 2);
    world.refused(&[verify.clone(), settle.clone(), second, named], by, E::ReceiptNotNewer);
    world.must(&[verify.clone(), settle.clone()], by);
    let paid = job.read(&world);
    world.refused(&[verify, settle], by, E::ReceiptNotNewer);
    // Converted is what was outstanding, once.
    let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[convert], &[], E::NothingToConvert);
    assert_eq!(job.read(&world), paid);
}

#[test]
fn ten_thousand_one_unit_settles_against_one_of_ten_thousand() {
    const MANY: u64 = 10_000;
    // A unit costs 100 micro-dollars, so that each settle rounds.
    let priced = |world: &mut World| {
        JobFixture::running_as(world, |order| (order.rate, order.unit) = (100, 1), ESCROW)
    };
    let mut world = World::new();
    let (one, many) = (priced(&mut world), priced(&mut world));
    let supply = world.supply();
    for unit in 1..=MANY {
        world.until(world.now() + 1);
        many.settle(&mut world, unit).unwrap();
    }
    let burned_by_many = supply - world.supply();
    one.settle(&mut world, MANY).unwrap();
    let (one, many) = (one.read(&world), many.read(&world));
    assert_eq!((one.settled, many.settled), (1_000_000, 1_000_000));
    assert_eq!(burned_by_many, many.burned);
    assert!(many.earned <= one.earned, "{} against {}", many.earned, one.earned);
    assert!(many.burned >= one.burned && many.burned - one.burned <= MANY, "{}", many.burned - one.burned);
}

#[test]
fn a_partys_account_is_frozen_or_closed_to_hold_up_the_others() {
    for frozen in [true, false] {
        let mut world = World::new();
        let reporter = world.holder(0);
        let job = JobFixture::failed(&mut world, &reporter);
        // The consumer's account cannot receive; the reporter is paid all the same.
        let account = world.associated(&job.wallet());
        let good = world.svm.get_account(&account).unwrap();
        match frozen {
            true => world.freeze(&account),
            false => world.svm.set_account(account, Account::default()).unwrap(),
        }
        let pay = world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet());
        let why = if frozen { E::Undeliverable } else { E::NotAssociated };
        world.refused(std::slice::from_ref(&pay), &[], why);
        let due = job.read(&world).dues[Party::Reporter as usize].stake;
        job.withdraw(&mut world, Party::Reporter, &reporter.pubkey()).unwrap();
        assert_eq!(world.balance(&reporter.pubkey()), due);
        // The share waits with its vault, however often somebody tries to sweep it away.
        world.refused(&[job.reclaiming(&world)], &[], E::DuesRemain);
        world.pass(400 * DAY);
        world.refused(&[job.reclaiming(&world)], &[], E::DuesRemain);
        assert_eq!(world.tokens(&job.vault()), ESCROW);
        world.svm.set_account(account, good).unwrap();
        world.must(&[pay], &[]);
        job.reclaim(&mut world).unwrap();
    }
}

#[test]
fn one_unit_is_sent_to_a_vault_so_that_it_never_closes() {
    let mut world = World::new();
    let job = worked(&mut world);
    let mint = world.network.mint;
    let escrow = job.read(&world).escrow;
    world.set_tokens(&job.vault(), &mint, &job.keys.job, escrow + 1);
    // It counts for nothing while the job runs: neither as escrow nor as a bond.
    world.until(world.now() + 60);
    job.settle(&mut world, 3_660_000).unwrap();
    let state = job.read(&world);
    assert_eq!(world.tokens(&job.vault()), state.escrow + 1);
    job.close(&mut world, &job.actors.consumer).unwrap();
    // At the end it is the consumer's, and the vault closes.
    let before = world.balance(&job.wallet());
    wind_up(&mut world, &job);
    assert_eq!(world.balance(&job.wallet()), before + state.escrow + 1);
    assert!(world.svm.get_account(&job.vault()).is_none_or(|account| account.lamports == 0));
}

#[test]
fn a_settle_moves_the_money_of_another_job_or_provider() {
    let mut world = World::new();
    let other = worked(&mut world);
    let job = an_hour(&mut world);
    let receipt = job.receipt(&world, 3_600_000);
    let [verify, settle] = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    let by = &[&job.actors.provider];
    for (position, account, why) in [
        (1, other.keys.job, E::WrongProvider),
        (2, other.keys.provider, E::WrongParty),
        (6, other.vault(), E::WrongVault),
        (6, pda::stake_vault(), E::WrongVault),
        (9, pda::credit(world.epoch(), &other.keys.provider), E::WrongEpoch),
    ] {
        world.refused(&[verify.clone(), with(&settle, position, &account)], by, why);
    }
    // A mint of the attacker's, so that nothing real burns.
    let mint = keypair(710).pubkey();
    world.set_mint(&mint, Some(pda::config()), None, 9, u64::MAX);
    world.refused(&[verify.clone(), with(&settle, 7, &mint)], by, E::WrongMint);
    // By another provider in the own name, with the right receipt.
    let theirs = world.network.settle(&other.authority(), &job.keys.job, world.epoch(), 0);
    world.refused(&[verify.clone(), theirs], &[&other.actors.provider], E::WrongProvider);
    // And not by the provider at all.
    let mut unsigned = settle.clone();
    unsigned.accounts[0].is_signer = false;
    world.refused(&[verify.clone(), unsigned], &[], InstructionError::MissingRequiredSignature);
    world.must(&[verify, settle], by);
}

#[test]
fn a_party_is_paid_twice() {
    let mut world = World::new();
    let job = JobFixture::closed(&mut world);
    let pay = world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet());
    world.refused(&[pay.clone(), pay.clone()], &[], E::NothingOwed);
    world.must(std::slice::from_ref(&pay), &[]);
    world.refused(std::slice::from_ref(&pay), &[], E::NothingOwed);
    // Not by advancing it once more, and not under a code that is no party's.
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
    for code in 3..=u8::MAX {
        let odd = world.network.withdraw(&job.keys, code, &job.wallet());
        let outcome = world.trial(&[odd], &[]);
        assert!(outcome.is_err(), "{code}");
    }
    let reporter = world.network.withdraw(&job.keys, Party::Reporter as u8, &pda::SYSTEM_PROGRAM);
    world.refused(&[reporter], &[], E::NothingOwed);
    assert_eq!(job.read(&world).state(), Some(JobState::Closed));
}
