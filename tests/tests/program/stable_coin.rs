//! Which mint can be the network's stablecoin, and how the rail is opened.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Buyback, Layout};
use settlement_interface::events::{Event, StableOpened};
use settlement_interface::parameters::Parameters;
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{
    Actors, COIN, DOLLARS, Expected, GENESIS_SUPPLY, PROGRAMS, World, keypair, stable_order, touched,
};

fn initializing(world: &World, program: Address) -> Instruction {
    let genesis = world.genesis(Parameters::DEFAULT);
    world.coin(program).initialize(&world.admin.pubkey(), &world.admin.pubkey(), &genesis)
}

#[track_caller]
fn refused(world: &mut World, program: Address, why: impl Into<Expected>) {
    let admin = world.admin.insecure_clone();
    let initialize = initializing(world, program);
    world.refused(&[initialize], &[&admin], why);
}

#[test]
fn a_stablecoin_of_either_token_program_opens_the_rail_and_is_told_in_full() {
    for (program, extensions) in [
        (pda::TOKEN_PROGRAM, [].as_slice()),
        (pda::TOKEN_2022_PROGRAM, &[]),
        (pda::TOKEN_2022_PROGRAM, &COIN),
        (pda::TOKEN_2022_PROGRAM, &[(18, 64), (19, 90), (20, 64), (21, 80), (22, 64), (23, 72)]),
    ] {
        let mut world = World::before_genesis();
        world.set_coin(program, 6, extensions);
        let (admin, initialize) = (world.admin.insecure_clone(), initializing(&world, program));
        let sent = world.must(&[initialize], &[&admin]);
        let expected = StableOpened {
            entities: [touched(&pda::config(), 2), touched(&pda::buyback(), 1)],
            at: world.now(),
            mint: world.coin_mint(),
            token_program: program,
            buyback: pda::buyback(),
            vault: pda::buyback_vault(),
        };
        assert_eq!(sent.events[1], Event::StableOpened(Box::new(expected)));
        assert_eq!(sent.events.len(), 2);
        let config = world.config();
        assert_eq!((config.stable_mint, config.stable_program), (world.coin_mint(), program));
        let vault = world.svm.get_account(&pda::buyback_vault()).unwrap();
        assert_eq!((vault.owner, &vault.data[..32]), (program, world.coin_mint().as_ref()));
        assert_eq!(&vault.data[32..64], pda::config().as_ref());
        let auction = world.auction();
        assert_eq!((auction.lot, auction.left, auction.rounds, auction.sequence), (0, 0, 0, 1));
    }
}

#[test]
fn without_a_stablecoin_the_network_has_one_rail() {
    let mut world = World::new();
    assert_eq!(world.config().stable_mint, Address::default());
    assert_eq!(world.get::<Buyback>(&pda::buyback()), None);
    assert!(world.svm.get_account(&pda::buyback_vault()).is_none());
    let actors = Actors::new(&mut world);
    let order = stable_order(world.now(), &actors.session.pubkey());
    let (open, ..) = actors.open(&world, &order, DOLLARS);
    world.refused(&[open], &[&actors.consumer], E::NoStableRail);
}

#[test]
fn every_extension_that_is_not_on_the_list_is_refused_known_or_not() {
    for extension in (1..=30).chain([u16::MAX]) {
        if (18..=23).contains(&extension) {
            continue;
        }
        for behind in [[].as_slice(), &COIN] {
            let mut world = World::before_genesis();
            let all = [behind, &[(extension, 64)]].concat();
            world.set_coin(pda::TOKEN_2022_PROGRAM, 6, &all);
            refused(&mut world, pda::TOKEN_2022_PROGRAM, E::StableMintExtension);
        }
    }
}

#[test]
fn a_stablecoin_has_six_decimals() {
    for program in PROGRAMS {
        for decimals in [0, 5, 7, 9] {
            let mut world = World::before_genesis();
            world.set_coin(program, decimals, &[]);
            refused(&mut world, program, E::StableMintDecimals);
        }
    }
}

#[test]
fn what_is_no_initialised_mint_is_refused() {
    for program in PROGRAMS {
        let mut world = World::before_genesis();
        world.set_coin(program, 6, &[]);
        let (mint, good) = (world.coin_mint(), world.svm.get_account(&world.coin_mint()).unwrap());
        let mut empty = good.clone();
        empty.data[45] = 0;
        let mut short = good.clone();
        short.data.truncate(81);
        let mut long = good.clone();
        long.data.resize(165, 0);
        for bad in [empty, short, long] {
            world.svm.set_account(mint, bad).unwrap();
            refused(&mut world, program, E::StableMintForm);
        }
        let mut foreign = good.clone();
        foreign.owner = keypair(60).pubkey();
        world.svm.set_account(mint, foreign).unwrap();
        refused(&mut world, program, E::StableMintProgram);
        world.svm.set_account(mint, good).unwrap();
        let other = PROGRAMS[usize::from(program == PROGRAMS[0])];
        refused(&mut world, other, E::WrongTokenProgram);
        refused(&mut world, pda::SYSTEM_PROGRAM, InstructionError::IncorrectProgramId);
    }
}

#[test]
fn the_compute_token_is_not_the_stablecoin() {
    let mut world = World::before_genesis();
    let mint = world.network.mint;
    world.set_mint(&mint, Some(pda::config()), None, 6, GENESIS_SUPPLY);
    let mut initialize = initializing(&world, pda::TOKEN_PROGRAM);
    let place = initialize.accounts.iter().position(|meta| meta.pubkey == world.coin_mint()).unwrap();
    initialize.accounts[place].pubkey = mint;
    let admin = world.admin.insecure_clone();
    world.refused(&[initialize], &[&admin], E::StableMintIsCompute);
}

#[test]
fn lamports_sent_to_the_buyback_before_it_exists_change_nothing() {
    for lamports in [1_000_000, 1_000_000_000] {
        let mut world = World::before_genesis();
        world.set_coin(pda::TOKEN_2022_PROGRAM, 6, &COIN);
        for address in [pda::buyback(), pda::buyback_vault()] {
            world.svm.airdrop(&address, lamports).unwrap();
        }
        let (admin, initialize) =
            (world.admin.insecure_clone(), initializing(&world, pda::TOKEN_2022_PROGRAM));
        world.must(&[initialize], &[&admin]);
        assert_eq!(world.auction().sequence, 1);
        assert_eq!(world.svm.get_account(&pda::buyback()).unwrap().data.len(), Buyback::LEN);
    }
}
