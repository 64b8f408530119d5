//! Stake: in by anyone, out after its unbonding time.

use settlement_interface::SettlementError as E;
use settlement_interface::events::{Event, StakeWithdrawn, Staked, UnstakeRequested};
use settlement_interface::parameters::DAY;
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{Actors, STAKE, World, keypair, touched};

const UNBONDING: i64 = 7 * DAY;

fn staking(world: &World, actors: &Actors, amount: u64) -> Instruction {
    let owner = actors.provider.pubkey();
    world.network.stake(&owner, &world.associated(&owner), &actors.provider_address(), amount)
}

fn asking(world: &World, actors: &Actors, amount: u64) -> Instruction {
    world.network.request_unstake(&actors.provider.pubkey(), amount)
}

fn stake_of(world: &World, actors: &Actors) -> (u64, u64, u64, i64) {
    let provider: settlement_interface::accounts::Provider = world.read(&actors.provider_address());
    (provider.stake, provider.locked, provider.unbonding, provider.unbonding_at)
}

#[test]
fn staking_moves_tokens_into_the_one_vault() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let owner = actors.provider.pubkey();
    let before = world.balance(&owner);
    let sent = world.must(&[staking(&world, &actors, 5)], &[&actors.provider]);
    let provider = actors.provider_address();
    let expected = Staked {
        entities: [touched(&provider, 3)],
        at: world.now(),
        provider,
        from: owner,
        amount: 5,
        stake: STAKE + 5,
    };
    assert_eq!(sent.events, [Event::Staked(Box::new(expected))]);
    assert_eq!((world.balance(&owner), world.tokens(&pda::stake_vault())), (before - 5, STAKE + 5));
}

#[test]
fn anyone_may_strengthen_a_provider_and_only_the_provider_gets_it_back() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let friend = world.holder(10);
    let source = world.associated(&friend.pubkey());
    let stake = world.network.stake(&friend.pubkey(), &source, &actors.provider_address(), 10);
    world.must(&[stake], &[&friend]);
    assert_eq!(stake_of(&world, &actors).0, STAKE + 10);
    let mut theirs = asking(&world, &actors, 10);
    theirs.accounts[0].pubkey = friend.pubkey();
    world.refused(&[theirs], &[&friend], E::WrongParty);
}

#[test]
fn zero_too_much_and_another_mint_are_refused() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let owner = actors.provider.pubkey();
    let zero = staking(&world, &actors, 0);
    world.refused(&[zero], &[&actors.provider], E::ZeroAmount);
    let has = world.balance(&owner);
    for amount in [has + 1, u64::MAX] {
        let stake = staking(&world, &actors, amount);
        world.refused(&[stake], &[&actors.provider], InstructionError::Custom(1));
    }
    let (mint, source) = (keypair(50).pubkey(), keypair(51).pubkey());
    world.set_mint(&mint, None, None, 9, 5);
    world.set_tokens(&source, &mint, &owner, 5);
    let stake = world.network.stake(&owner, &source, &actors.provider_address(), 5);
    world.refused(&[stake], &[&actors.provider], E::WrongMint);
}

#[test]
fn the_stake_vault_itself_and_another_vault_are_refused() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let owner = actors.provider.pubkey();
    let own = world.network.stake(&owner, &pda::stake_vault(), &actors.provider_address(), 5);
    // Anchor's check of duplicate mutable accounts.
    world.refused(&[own], &[&actors.provider], InstructionError::Custom(2040));
    let mint = world.network.mint;
    let mine = keypair(51).pubkey();
    world.set_tokens(&mine, &mint, &owner, 0);
    let mut elsewhere = staking(&world, &actors, 5);
    elsewhere.accounts[4].pubkey = mine;
    world.refused(&[elsewhere], &[&actors.provider], InstructionError::InvalidSeeds);
}

#[test]
fn a_look_alike_token_program_is_refused() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let token_2022 = Address::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
    for program in [token_2022, settlement_interface::ID, pda::SYSTEM_PROGRAM] {
        let mut stake = staking(&world, &actors, 5);
        stake.accounts[5].pubkey = program;
        world.refused(&[stake], &[&actors.provider], InstructionError::IncorrectProgramId);
    }
}

#[test]
fn a_request_adds_to_the_one_ticket_and_restarts_its_clock() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let provider = actors.provider_address();
    world.must(&[asking(&world, &actors, 5)], &[&actors.provider]);
    world.pass(DAY);
    let sent = world.must(&[asking(&world, &actors, 7)], &[&actors.provider]);
    let expected = UnstakeRequested {
        entities: [touched(&provider, 4)],
        at: world.now(),
        provider,
        amount: 7,
        unbonding: 12,
        available_at: world.now() + UNBONDING,
    };
    assert_eq!(sent.events, [Event::UnstakeRequested(Box::new(expected))]);
    assert_eq!(stake_of(&world, &actors), (STAKE, 0, 12, world.now() + UNBONDING));
}

#[test]
fn no_more_than_the_free_stake_is_asked_back() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    for (amount, error) in
        [(0, E::ZeroAmount), (STAKE + 1, E::InsufficientStake), (u64::MAX, E::InsufficientStake)]
    {
        let ask = asking(&world, &actors, amount);
        world.refused(&[ask], &[&actors.provider], error);
    }
    world.must(&[asking(&world, &actors, STAKE)], &[&actors.provider]);
    let more = asking(&world, &actors, 1);
    world.refused(&[more], &[&actors.provider], E::InsufficientStake);
}

#[test]
fn a_ticket_is_paid_by_anyone_to_the_second_and_once() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let (owner, provider) = (actors.provider.pubkey(), actors.provider_address());
    let withdraw = world.network.withdraw_stake(&owner);
    world.refused(std::slice::from_ref(&withdraw), &[], E::NothingUnbonding);
    world.must(&[asking(&world, &actors, 12)], &[&actors.provider]);
    world.pass(UNBONDING - 1);
    world.refused(std::slice::from_ref(&withdraw), &[], E::StillUnbonding);
    world.pass(1);
    let before = world.balance(&owner);
    let sent = world.must(std::slice::from_ref(&withdraw), &[]);
    let expected = StakeWithdrawn {
        entities: [touched(&provider, 4)],
        at: world.now(),
        provider,
        to: owner,
        amount: 12,
        stake: STAKE - 12,
    };
    assert_eq!(sent.events, [Event::StakeWithdrawn(Box::new(expected))]);
    assert_eq!((world.balance(&owner), world.tokens(&pda::stake_vault())), (before + 12, STAKE - 12));
    assert_eq!(stake_of(&world, &actors), (STAKE - 12, 0, 0, 0));
    world.refused(&[withdraw], &[], E::NothingUnbonding);
}

#[test]
fn stake_is_paid_to_its_provider_only() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let owner = actors.provider.pubkey();
    world.must(&[asking(&world, &actors, 12)], &[&actors.provider]);
    world.pass(UNBONDING);
    let thief = world.holder(0).pubkey();
    let good = world.network.withdraw_stake(&owner);
    let mut theirs = good.clone();
    theirs.accounts[3].pubkey = world.associated(&thief);
    world.refused(&[theirs], &[], E::NotAssociated);
    let (mint, account) = (world.network.mint, world.associated(&owner));
    world.set_tokens(&account, &mint, &thief, 0);
    world.refused(std::slice::from_ref(&good), &[], E::Undeliverable);
    world.set_tokens(&account, &mint, &owner, 0);
    world.freeze(&account);
    world.refused(&[good], &[], E::Undeliverable);
}
