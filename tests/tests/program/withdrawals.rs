//! Paying what is due, and closing what owes nothing.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Job, Party};
use settlement_interface::events::{DueWithdrawn, Event, JobReclaimed};
use settlement_interface::pda;
use solana_account::Account;
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, World, keypair, touched};

/// A cancelled job that owes the consumer 98% and the provider 2% of its escrow.
fn owing_two(world: &mut World) -> JobFixture {
    let job = JobFixture::assigned(world);
    job.cancel(world).unwrap();
    job
}

fn paying(world: &World, job: &JobFixture, party: Party) -> Instruction {
    let wallet = if party == Party::Provider { job.authority() } else { job.wallet() };
    world.network.withdraw(&job.keys, party as u8, &wallet)
}

/// The system program's transfer from the bank.
fn transfer(world: &World, to: &settlement_interface::Address, lamports: u64) -> Instruction {
    let data = [2u32.to_le_bytes().as_slice(), &lamports.to_le_bytes()].concat();
    let accounts = vec![
        solana_instruction::AccountMeta::new(world.bank.pubkey(), true),
        solana_instruction::AccountMeta::new(*to, false),
    ];
    Instruction { program_id: pda::SYSTEM_PROGRAM, accounts, data }
}

#[test]
fn each_party_is_paid_once_by_anyone() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    let before = world.balance(&job.authority());
    let sent = world.must(&[paying(&world, &job, Party::Provider)], &[]);
    let expected = DueWithdrawn {
        entities: [touched(&job.keys.job, 4)],
        at: world.now(),
        job: job.keys.job,
        wallet: job.authority(),
        party: Party::Provider as u64,
        escrow: ESCROW / 50,
        stake: 0,
    };
    assert_eq!(sent.events, [Event::DueWithdrawn(Box::new(expected))]);
    assert_eq!(world.balance(&job.authority()), before + ESCROW / 50);
    let again = paying(&world, &job, Party::Provider);
    world.refused(&[again], &[], E::NothingOwed);
    world.must(&[paying(&world, &job, Party::Consumer)], &[]);
    let again = paying(&world, &job, Party::Consumer);
    world.refused(&[again], &[], E::NothingOwed);
    assert_eq!(world.tokens(&job.vault()), 0);
}

#[test]
fn a_party_that_no_job_has_is_paid_nothing() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    for code in [5, 7, 8, 255] {
        let withdraw = world.network.withdraw(&job.keys, code, &job.wallet());
        world.refused(&[withdraw], &[], E::UnknownParty);
    }
    let reporter = world.network.withdraw(&job.keys, Party::Reporter as u8, &job.wallet());
    world.refused(&[reporter], &[], E::NothingOwed);
}

#[test]
fn the_destination_of_a_payment_cannot_be_substituted() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    let thief = world.holder(0);
    let theirs = world.network.withdraw(&job.keys, Party::Consumer as u8, &thief.pubkey());
    world.refused(&[theirs], &[], E::NotAssociated);
    // Not even another account of the same wallet.
    let (mint, second) = (world.network.mint, keypair(60).pubkey());
    world.set_tokens(&second, &mint, &job.wallet(), 0);
    let mut other = paying(&world, &job, Party::Consumer);
    other.accounts[5].pubkey = second;
    world.refused(&[other], &[], E::NotAssociated);
}

#[test]
fn a_frozen_account_blocks_nobody_else() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    let account = world.associated(&job.wallet());
    world.freeze(&account);
    let consumer = paying(&world, &job, Party::Consumer);
    world.refused(&[consumer], &[], E::Undeliverable);
    world.must(&[paying(&world, &job, Party::Provider)], &[]);
    let reclaim = job.reclaiming(&world);
    world.refused(&[reclaim], &[], E::DuesRemain);
}

#[test]
fn an_associated_account_handed_to_another_owner_is_not_paid() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    let (mint, account) = (world.network.mint, world.associated(&job.authority()));
    world.set_tokens(&account, &mint, &keypair(61).pubkey(), 5);
    let provider = paying(&world, &job, Party::Provider);
    world.refused(&[provider], &[], E::Undeliverable);
    world.must(&[paying(&world, &job, Party::Consumer)], &[]);
}

#[test]
fn a_missing_account_blocks_nobody_else_and_anyone_may_open_it() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    let account = world.associated(&job.wallet());
    world.svm.set_account(account, Account::default()).unwrap();
    let consumer = paying(&world, &job, Party::Consumer);
    world.refused(std::slice::from_ref(&consumer), &[], E::NotAssociated);
    world.must(&[paying(&world, &job, Party::Provider)], &[]);
    world.give(&job.wallet(), 0);
    world.must(&[consumer], &[]);
    assert_eq!(world.balance(&job.wallet()), ESCROW - ESCROW / 50);
}

#[test]
fn paying_names_the_jobs_own_accounts() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    let other = JobFixture::running(&mut world);
    let good = paying(&world, &job, Party::Provider);
    for (position, account, error) in
        [(1, other.keys.provider, E::WrongProvider), (3, other.vault(), E::WrongVault)]
    {
        let mut bad = good.clone();
        bad.accounts[position].pubkey = account;
        world.refused(&[bad], &[], error);
    }
}

#[test]
fn an_ended_job_that_owes_nothing_returns_its_rent_to_who_paid_it() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    let reclaim = job.reclaiming(&world);
    world.refused(std::slice::from_ref(&reclaim), &[], E::DuesRemain);
    world.must(&[paying(&world, &job, Party::Provider)], &[]);
    world.refused(std::slice::from_ref(&reclaim), &[], E::DuesRemain);
    world.must(&[paying(&world, &job, Party::Consumer)], &[]);
    let payer = world.bank.pubkey();
    let lamports = world.lamports(&job.keys.job) + world.lamports(&job.vault());
    world.bank = world.wallet(); // somebody else pays the fee
    let before = world.lamports(&payer);
    let sent = world.must(std::slice::from_ref(&reclaim), &[]);
    let expected = JobReclaimed {
        entities: [touched(&job.keys.job, 6)],
        at: world.now(),
        job: job.keys.job,
        rent_payer: payer,
        stray: 0,
        lamports,
    };
    assert_eq!(sent.events, [Event::JobReclaimed(Box::new(expected))]);
    assert_eq!(world.lamports(&payer), before + lamports);
    assert!(world.get::<Job>(&job.keys.job).is_none());
    assert_eq!((world.lamports(&job.keys.job), world.lamports(&job.vault())), (0, 0));
    // Twice.
    world.refused(&[reclaim], &[], InstructionError::AccountDataTooSmall);
}

#[test]
fn a_job_that_has_not_ended_is_not_reclaimed() {
    let mut world = World::new();
    for job in [
        JobFixture::offered(&mut world),
        JobFixture::assigned(&mut world),
        JobFixture::running(&mut world),
        JobFixture::settling(&mut world),
    ] {
        let reclaim = job.reclaiming(&world);
        world.refused(&[reclaim], &[], E::WrongState);
    }
}

#[test]
fn rent_goes_to_nobody_else_and_a_job_is_not_closed_to_itself() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    let other = JobFixture::running(&mut world);
    job.withdraw(&mut world, Party::Provider, &job.authority()).unwrap();
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    for wrong in [job.keys.job, job.vault(), job.wallet(), other.keys.job] {
        let mut reclaim = job.reclaiming(&world);
        reclaim.accounts[2].pubkey = wrong;
        world.rejected(&[reclaim], &[]);
    }
    let thief = world.wallet().pubkey();
    let reclaim = world.network.reclaim_job(&job.keys.job, &job.wallet(), &thief);
    world.refused(&[reclaim], &[], E::WrongRentPayer);
    let mut vault = job.reclaiming(&world);
    vault.accounts[1].pubkey = other.vault();
    world.refused(&[vault], &[], E::WrongVault);
}

#[test]
fn a_stray_unit_in_the_vault_goes_to_the_consumer_and_the_vault_closes() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    let (mint, vault) = (world.network.mint, job.vault());
    world.set_tokens(&vault, &mint, &job.keys.job, ESCROW + 1);
    job.withdraw(&mut world, Party::Provider, &job.authority()).unwrap();
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    assert_eq!(world.tokens(&vault), 1);
    let thief = world.holder(0).pubkey();
    let theirs = world.network.reclaim_job(&job.keys.job, &thief, &world.bank.pubkey());
    world.refused(&[theirs], &[], E::NotAssociated);
    let before = world.balance(&job.wallet());
    let sent = job.reclaim(&mut world).unwrap();
    let Event::JobReclaimed(reclaimed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((reclaimed.stray, world.balance(&job.wallet())), (1, before + 1));
    assert_eq!(world.lamports(&vault), 0);
}

#[test]
fn a_stray_unit_waits_while_the_consumers_account_is_frozen_or_missing() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    job.withdraw(&mut world, Party::Provider, &job.authority()).unwrap();
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    let (mint, account) = (world.network.mint, world.associated(&job.wallet()));
    world.set_tokens(&job.vault(), &mint, &job.keys.job, 1);
    let reclaim = job.reclaiming(&world);
    world.freeze(&account);
    world.refused(std::slice::from_ref(&reclaim), &[], E::Undeliverable);
    world.svm.set_account(account, Account::default()).unwrap();
    world.refused(std::slice::from_ref(&reclaim), &[], E::NotAssociated);
    world.give(&job.wallet(), 0);
    world.must(&[reclaim], &[]);
}

#[test]
fn without_strays_the_consumers_account_need_not_exist() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    job.withdraw(&mut world, Party::Provider, &job.authority()).unwrap();
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    let account = world.associated(&job.wallet());
    world.svm.set_account(account, Account::default()).unwrap();
    job.reclaim(&mut world).unwrap();
}

#[test]
fn a_closed_job_is_not_revived_in_the_same_transaction() {
    let mut world = World::new();
    let job = owing_two(&mut world);
    job.withdraw(&mut world, Party::Provider, &job.authority()).unwrap();
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    let revive = transfer(&world, &job.keys.job, 100_000_000);
    let reclaim = job.reclaiming(&world);
    world.must(&[reclaim.clone(), revive.clone()], &[]);
    let account = world.svm.get_account(&job.keys.job).unwrap();
    assert_eq!((account.owner, account.data.len()), (pda::SYSTEM_PROGRAM, 0));
    world.rejected(&[reclaim], &[]);
    // Nor does its address come back as a job.
    let order = tests::order(world.now(), &job.actors.session.pubkey());
    let (open, ..) = job.actors.open(&world, &order, 5);
    let source = world.associated(&job.wallet());
    let bank = world.bank.pubkey();
    let same =
        world.network.open_job(&bank, &job.wallet(), &source, &job.keys.provider, job.nonce, &order, 5);
    world.refused(&[same], &[&job.actors.consumer], E::WrongNonce);
    world.must(&[open], &[&job.actors.consumer]);
}
