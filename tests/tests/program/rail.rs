//! The stable rail opened later: the stablecoin is named by a change of its own kind, once.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Buyback, ConfigChange};
use settlement_interface::change::{Change, ChangeKind};
use settlement_interface::events::{ChangeApplied, Event, StableOpened};
use settlement_interface::parameters::Parameters;
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{COIN, JobFixture, PROGRAMS, World, keypair, touched};

/// A network without a stablecoin, the mint of one, and the change that names it, ripe.
fn ripe(program: Address) -> (World, Keypair, u64) {
    let mut world = World::new();
    let extensions: &[_] = if program == pda::TOKEN_2022_PROGRAM { &COIN } else { &[] };
    world.set_coin(program, 6, extensions);
    let index = world.queue(&Change::stable_mint(world.coin_mint()));
    world.until(world.waiting(index).applies_from);
    let admin = world.admin.insecure_clone();
    (world, admin, index)
}

fn opening(world: &World, program: Address, index: u64) -> Instruction {
    let bank = world.bank.pubkey();
    world.coin(program).open_rail(&world.admin.pubkey(), &bank, index, &bank)
}

#[test]
fn a_change_names_the_stablecoin_opens_the_rail_and_is_told_in_full() {
    for program in PROGRAMS {
        let (mut world, admin, index) = ripe(program);
        let (open, before) = (opening(&world, program, index), world.config());
        let lamports = world.lamports(&pda::change(index));
        let sent = world.must(&[open], &[&admin]);
        let applied = ChangeApplied {
            entities: [touched(&pda::config(), before.sequence + 1), touched(&pda::change(index), 2)],
            at: world.now(),
            by: admin.pubkey(),
            rent_payer: world.bank.pubkey(),
            parameters: bytemuck::Zeroable::zeroed(),
            previous_parameters: bytemuck::Zeroable::zeroed(),
            address: world.coin_mint(),
            previous_address: Address::default(),
            index,
            kind: ChangeKind::StableMint as u64,
            lamports,
        };
        let opened = StableOpened {
            entities: [touched(&pda::config(), before.sequence + 2), touched(&pda::buyback(), 1)],
            at: world.now(),
            mint: world.coin_mint(),
            token_program: program,
            buyback: pda::buyback(),
            vault: pda::buyback_vault(),
        };
        let expected = [Event::ChangeApplied(Box::new(applied)), Event::StableOpened(Box::new(opened))];
        assert_eq!(sent.events, expected);
        assert!(world.get::<ConfigChange>(&pda::change(index)).is_none());
        let config = world.config();
        assert_eq!((config.stable_mint, config.stable_program), (world.coin_mint(), program));
        assert_eq!(
            (config.mint, config.treasury, config.parameters),
            (before.mint, before.treasury, before.parameters)
        );
        // And jobs live on it.
        let job = JobFixture::stable_closed(&mut world);
        assert_eq!(job.read(&world).settled, 2_000_000);
    }
}

#[test]
fn the_naming_waits_for_its_timelock_expires_and_is_the_admins() {
    let (mut world, admin, index) = ripe(pda::TOKEN_PROGRAM);
    let (open, change) = (opening(&world, pda::TOKEN_PROGRAM, index), world.waiting(index));
    let slot = world.slot();
    world.set_clock(change.applies_from - 1, slot);
    world.refused(std::slice::from_ref(&open), &[&admin], E::ChangeWaits);
    world.set_clock(change.expires_at + 1, slot);
    world.refused(std::slice::from_ref(&open), &[&admin], E::ChangeExpired);
    world.set_clock(change.expires_at, slot);
    let mut stranger = open.clone();
    stranger.accounts[0].pubkey = world.guardian.pubkey();
    let guardian = world.guardian.insecure_clone();
    world.refused(&[stranger], &[&guardian], E::NotAdmin);
    let mut elsewhere = open.clone();
    elsewhere.accounts[4].pubkey = world.admin.pubkey();
    world.refused(&[elsewhere], &[&admin], E::WrongRentPayer);
    world.must(&[open], &[&admin]);
}

#[test]
fn a_rail_is_opened_by_its_own_instruction_and_by_no_other_change() {
    let (mut world, admin, index) = ripe(pda::TOKEN_PROGRAM);
    world.refused(&[world.applying(index)], &[&admin], E::OpensRail);
    let guardian = world.queue(&Change::guardian(keypair(7).pubkey()));
    world.until(world.waiting(guardian).applies_from);
    let open = opening(&world, pda::TOKEN_PROGRAM, guardian);
    world.refused(&[open], &[&admin], E::OpensRail);
    world.apply(guardian);
}

#[test]
fn the_stablecoin_is_named_once() {
    let (mut world, admin, index) = ripe(pda::TOKEN_PROGRAM);
    let second = world.queue(&Change::stable_mint(world.coin_mint()));
    world.until(world.waiting(second).applies_from);
    let (open, again) =
        (opening(&world, pda::TOKEN_PROGRAM, index), opening(&world, pda::TOKEN_PROGRAM, second));
    world.must(&[open], &[&admin]);
    world.refused(&[again], &[&admin], E::StableMintSet);
    for mint in [world.coin_mint(), keypair(90).pubkey()] {
        let queue = world.queueing(&Change::stable_mint(mint));
        world.refused(&[queue], &[&admin], E::StableMintSet);
    }
    // Nor where the network started with one.
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let queue = world.queueing(&Change::stable_mint(keypair(90).pubkey()));
    world.refused(&[queue], &[&admin], E::StableMintSet);
}

#[test]
fn what_is_no_stablecoin_is_refused_when_it_is_queued_or_when_the_rail_opens() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    for (mint, error) in [(Address::default(), E::NoStableMint), (world.network.mint, E::StableMintIsCompute)]
    {
        let queue = world.queueing(&Change::stable_mint(mint));
        world.refused(&[queue], &[&admin], error);
    }
    let with_parameters =
        Change { parameters: Parameters::DEFAULT, ..Change::stable_mint(keypair(9).pubkey()) };
    let queue = world.queueing(&with_parameters);
    world.refused(&[queue], &[&admin], E::UnknownChange);

    // The mint is judged as it is when the rail opens, whatever it was when it was named.
    let program = pda::TOKEN_2022_PROGRAM;
    let (mut world, admin, index) = ripe(program);
    let open = opening(&world, program, index);
    world.set_coin(program, 6, &[(1, 108)]);
    world.refused(std::slice::from_ref(&open), &[&admin], E::StableMintExtension);
    world.set_coin(program, 9, &COIN);
    world.refused(std::slice::from_ref(&open), &[&admin], E::StableMintDecimals);
    world.set_coin(pda::TOKEN_PROGRAM, 6, &[]);
    world.refused(std::slice::from_ref(&open), &[&admin], E::WrongTokenProgram);
    world.set_coin(program, 6, &COIN);
    let mut other = open.clone();
    other.accounts[5].pubkey = keypair(91).pubkey();
    world.set_mint(&keypair(91).pubkey(), None, None, 6, 0);
    world.refused(&[other], &[&admin], E::WrongMint);
    world.must(&[open], &[&admin]);
}

#[test]
fn lamports_sent_to_the_buyback_before_the_rail_opens_change_nothing() {
    let (mut world, admin, index) = ripe(pda::TOKEN_2022_PROGRAM);
    for address in [pda::buyback(), pda::buyback_vault()] {
        world.svm.airdrop(&address, 1_000_000).unwrap();
    }
    world.must(&[opening(&world, pda::TOKEN_2022_PROGRAM, index)], &[&admin]);
    assert_eq!(world.read::<Buyback>(&pda::buyback()).sequence, 1);
}

#[test]
fn the_treasury_that_a_share_of_the_stable_rail_goes_to_is_never_nobody() {
    let mut world = World::before_genesis();
    world.set_coin(pda::TOKEN_PROGRAM, 6, &[]);
    let admin = world.admin.insecure_clone();
    let mut genesis = world.genesis(Parameters::DEFAULT);
    genesis.treasury = Address::default();
    let initialize = world.coin(pda::TOKEN_PROGRAM).initialize(&admin.pubkey(), &admin.pubkey(), &genesis);
    world.refused(&[initialize], &[&admin], E::NoTreasury);
    let (mut world, admin, index) = ripe(pda::TOKEN_PROGRAM);
    let queue = world.queueing(&Change::treasury(Address::default()));
    world.refused(&[queue], &[&admin], E::NoTreasury);
    world.must(&[opening(&world, pda::TOKEN_PROGRAM, index)], &[&admin]);
    assert_ne!(world.config().treasury, Address::default());
}
