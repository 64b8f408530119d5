//! Accounts that stand in for others. `program/accounts.rs` tries every account of the network in every
//! place of every instruction; here an attacker forges the ones that would be worth something.

use crate::common::{ATTACKER, an_hour, copied, with, worked};
use settlement_interface::accounts::{Job, JobState, Layout, Party, Provider};
use settlement_interface::{Address, ID, SettlementError as E, pda};
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{Expected, JobFixture, World, keypair};

/// Writes edited content of one of the program's accounts, as the attacker's program could.
fn forged<T: Layout + bytemuck::Pod>(world: &mut World, of: &Address, edit: impl FnOnce(&mut T)) -> Address {
    let mut content: T = world.read(of);
    edit(&mut content);
    copied(world, of, &ATTACKER, |data| data[8..].copy_from_slice(bytemuck::bytes_of(&content)))
}

#[test]
fn a_foreign_owned_copy_of_an_account_takes_its_place() {
    let mut world = World::new();
    let job = JobFixture::closed(&mut world);
    let thief = world.holder(0);
    // A provider with a fortune to claim, whose authority is the thief.
    let provider = forged::<Provider>(&mut world, &job.keys.provider, |provider| {
        provider.authority = thief.pubkey();
        (provider.claimable, provider.burned, provider.unbonding) = (u64::MAX / 2, u64::MAX, u64::MAX / 2);
        provider.stake = u64::MAX;
    });
    let claim = with(&world.network.claim(&thief.pubkey()), 0, &provider);
    world.refused(&[claim], &[], InstructionError::IllegalOwner);
    let withdraw = with(&world.network.withdraw_stake(&thief.pubkey()), 0, &provider);
    world.refused(&[withdraw], &[], InstructionError::IllegalOwner);
    // The true job names the thief through a forged provider.
    let pay = world.network.withdraw(&job.keys, Party::Provider as u8, &thief.pubkey());
    world.refused(&[with(&pay, 1, &provider)], &[], InstructionError::IllegalOwner);
    // A job that owes the thief the whole stake vault.
    let books = forged::<Job>(&mut world, &job.keys.job, |job| {
        job.terms.consumer = thief.pubkey();
        job.dues[Party::Consumer as usize].stake = u64::MAX / 4;
    });
    let pay = world.network.withdraw(&job.keys, Party::Consumer as u8, &thief.pubkey());
    world.refused(&[with(&pay, 0, &books)], &[], InstructionError::IllegalOwner);
    // A configuration whose admin is the thief.
    let config = copied(&mut world, &pda::config(), &ATTACKER, |data| {
        data[8..40].copy_from_slice(thief.pubkey().as_ref());
    });
    let unpause = with(&world.network.propose_admin(&thief.pubkey(), &thief.pubkey()), 1, &config);
    world.refused(&[unpause], &[&thief], InstructionError::IllegalOwner);
    assert_eq!(world.balance(&thief.pubkey()), 0);
}

#[test]
fn one_kind_of_account_stands_in_for_another() {
    let mut world = World::new();
    let job = worked(&mut world);
    let kinds = [
        pda::config(),
        pda::price(),
        pda::totals(),
        pda::consumer(&job.wallet()),
        job.keys.provider,
        job.keys.job,
        pda::epoch(world.epoch()),
        pda::credit(world.epoch(), &job.keys.provider),
    ];
    let instructions = [
        (world.network.claim(&job.authority()), 0, job.keys.provider),
        (world.network.withdraw(&job.keys, 0, &job.wallet()), 0, job.keys.job),
        (world.network.advance_job(&job.keys), 3, pda::totals()),
        (world.network.observe(), 1, pda::price()),
        (world.network.observe(), 0, pda::config()),
    ];
    for (instruction, position, right) in instructions {
        for other in kinds.into_iter().filter(|kind| *kind != right) {
            let reason = world.rejected(&[with(&instruction, position, &other)], &[]);
            // Refused while loading, before any rule of the program is asked.
            assert!(!matches!(reason, Expected::Program(_)), "{other}: {reason:?}");
        }
    }
    // Even the right owner and length do not help without the right first eight bytes.
    let data = world.svm.get_account(&job.keys.provider).unwrap().data;
    for at in 0..8 {
        let fake = copied(&mut world, &job.keys.provider, &ID, |data| data[at] ^= 1);
        world.rejected(&[with(&world.network.claim(&job.authority()), 0, &fake)], &[]);
        world.svm.set_account(fake, Default::default()).unwrap();
    }
    assert_eq!(world.svm.get_account(&job.keys.provider).unwrap().data, data);
}

#[test]
fn an_account_is_created_at_a_bump_that_is_not_canonical() {
    let mut world = World::new();
    let bank = world.bank.pubkey();
    let other = |seeds: &[&[u8]]| {
        let (_, bump) = Address::find_program_address(seeds, &ID);
        (0..bump)
            .rev()
            .find_map(|bump| {
                let bump = [bump];
                let all: Vec<&[u8]> = seeds.iter().copied().chain([bump.as_slice()]).collect();
                Address::create_program_address(&all, &ID).ok()
            })
            .unwrap()
    };
    // A second consumer of one wallet would have nonces, and so job addresses, of its own.
    let wallet = world.wallet().pubkey();
    let second = other(&[pda::CONSUMER, wallet.as_ref()]);
    let register = with(&world.network.register_consumer(&bank, &wallet), 2, &second);
    world.refused(&[register], &[], InstructionError::InvalidSeeds);
    // A second provider of one authority could hide its record.
    let provider = world.wallet();
    let rates = [Default::default(); settlement_interface::accounts::RATES];
    let register = world.network.register_provider(&bank, &provider.pubkey(), &[0; 32], &rates);
    let second = other(&[pda::PROVIDER, provider.pubkey().as_ref()]);
    world.refused(&[with(&register, 2, &second)], &[&provider], InstructionError::InvalidSeeds);
    // A second epoch or credit of one index would pay its rebates twice.
    let job = an_hour(&mut world);
    let epoch = world.epoch().to_le_bytes();
    let receipt = job.receipt(&world, 3_600_000);
    let [verify, settle] = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    for (position, address) in
        [(8, other(&[pda::EPOCH, &epoch])), (9, other(&[pda::CREDIT, &epoch, job.keys.provider.as_ref()]))]
    {
        let bad = with(&settle, position, &address);
        world.refused(&[verify.clone(), bad], &[&job.actors.provider], E::WrongEpoch);
    }
    world.must(&[verify, settle], &[&job.actors.provider]);
}

#[test]
fn two_entities_whose_seeds_run_together_share_an_address() {
    let wallet = keypair(1).pubkey();
    // Wallets, nonces and indices chosen so that what follows a prefix could be read in two ways.
    let mut reversed = wallet.to_bytes();
    reversed.reverse();
    let mirror = Address::new_from_array(reversed);
    let text = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let all = [
        pda::config(),
        pda::price(),
        pda::totals(),
        pda::stake_vault(),
        pda::buyback(),
        pda::buyback_vault(),
        pda::event_authority(),
        pda::consumer(&wallet),
        pda::provider(&wallet),
        pda::meter(&wallet),
        pda::arbiter(&wallet),
        pda::vault(&wallet),
        pda::consumer(&mirror),
        pda::job(&wallet, 0),
        pda::job(&wallet, 1),
        pda::job(&wallet, 256),
        pda::job(&wallet, 1 << 56),
        pda::job(&mirror, 0),
        pda::bid(&wallet, &wallet),
        pda::bid(&wallet, &mirror),
        pda::bid(&mirror, &wallet),
        pda::case(&wallet, 0),
        pda::case(&wallet, 1),
        pda::case(&wallet, 1 << 56),
        pda::case(&mirror, 0),
        pda::dispute(&wallet, 0),
        pda::dispute(&wallet, 1),
        pda::dispute(&wallet, 1 << 56),
        pda::dispute(&mirror, 0),
        pda::change(0),
        pda::change(1 << 56),
        pda::change(text(b"_vault\0\0")),
        pda::epoch(0),
        pda::epoch(1 << 56),
        pda::epoch(text(b"provider")),
        pda::credit(0, &wallet),
        pda::credit(1 << 56, &wallet),
        pda::credit(0, &mirror),
        pda::credit(text(b"consumer"), &wallet),
    ];
    let distinct: std::collections::BTreeSet<Address> = all.into_iter().collect();
    assert_eq!(distinct.len(), all.len());
    // The program derives them the same way: jobs of two wallets and two nonces lie apart.
    let mut world = World::new();
    let one = JobFixture::running(&mut world);
    let order = tests::order(world.now(), &one.actors.session.pubkey());
    let first = one.keys;
    let two = one.again(&mut world, &order, 7);
    assert_ne!((first.job, pda::vault(&first.job)), (two.keys.job, two.vault()));
    assert_eq!(world.read::<Job>(&first.job).state(), Some(JobState::Running));
}
