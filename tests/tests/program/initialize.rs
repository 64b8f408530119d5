//! Starting the network: by whom, with what, and within which bounds.

use settlement_interface::SettlementError as E;
use settlement_interface::events::{Event, Initialized};
use settlement_interface::oracle::push_feed;
use settlement_interface::parameters::{Genesis, Parameters};
use settlement_interface::receipt::domain;
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{CLUSTER, Expected, FEED_ID, GENESIS_SUPPLY, Outcome, World, keypair, touched};

fn trial(world: &mut World, genesis: &Genesis) -> Outcome {
    let admin = world.admin.insecure_clone();
    world.trial(&[world.initialize(genesis)], &[&admin])
}

#[track_caller]
fn refused(world: &mut World, initialize: Instruction, why: impl Into<Expected>) {
    let admin = world.admin.insecure_clone();
    world.refused(&[initialize], &[&admin], why);
}

#[test]
fn the_network_starts_as_genesis_says_and_tells_it_in_full() {
    let mut world = World::before_genesis();
    let genesis = world.genesis(Parameters::DEFAULT);
    let admin = world.admin.insecure_clone();
    let initialize = world.initialize(&genesis);
    let sent = world.must(&[initialize], &[&admin]);
    let expected = Initialized {
        entities: [touched(&pda::config(), 1), touched(&pda::price(), 1), touched(&pda::totals(), 1)],
        at: world.now(),
        admin: admin.pubkey(),
        guardian: world.guardian.pubkey(),
        treasury: world.treasury,
        mint: world.network.mint,
        stake_vault: pda::stake_vault(),
        feed: world.network.feed,
        feed_id: FEED_ID,
        cluster: CLUSTER,
        receipt_domain: domain(&CLUSTER),
        parameters: Parameters::DEFAULT,
        genesis_supply: GENESIS_SUPPLY,
        decimals: 9,
    };
    assert_eq!(sent.events, [Event::Initialized(Box::new(expected))]);
    let config = world.config();
    assert_eq!((config.admin, config.pending_admin), (admin.pubkey(), Address::default()));
    assert_eq!((config.guardian, config.treasury), (expected.guardian, expected.treasury));
    assert_eq!((config.mint, config.feed, config.decimals), (expected.mint, expected.feed, 9));
    assert_eq!((config.parameters, config.receipt_domain), (Parameters::DEFAULT, domain(&CLUSTER)));
    assert_eq!((config.consumers, config.providers, config.paused_until), (0, 0, 0));
    assert_eq!((world.last_price().spot, world.last_price().seen_at), (0, world.now()));
    assert_eq!((world.totals().locked, world.totals().sequence), (0, 1));
    let vault = world.svm.get_account(&pda::stake_vault()).unwrap();
    assert_eq!((vault.owner, &vault.data[..32]), (pda::TOKEN_PROGRAM, world.network.mint.as_ref()));
    assert_eq!(&vault.data[32..64], pda::config().as_ref());
}

#[test]
fn initialising_twice_is_refused() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let genesis = world.genesis(Parameters { take_bps: 1, ..Parameters::DEFAULT });
    let again = world.initialize(&genesis);
    world.rejected(&[again], &[&admin]);
}

#[test]
fn every_parameter_is_accepted_at_both_bounds_and_refused_beyond_them() {
    let mut world = World::before_genesis();
    let mut tried = 0;
    for (name, _, least, greatest) in Parameters::DEFAULT.bounds() {
        let mut base = Parameters::DEFAULT;
        // What is bounded together must not hide what is bounded alone.
        (base.harmed_bps, base.reporter_bps) = (0, 0);
        (base.receipt_grace, base.case_window) = (3_600, 7 * 86_400);
        (base.outage_bps, base.sla_penalty_bps) = (10_000, 0);
        for (value, fine) in [(least, true), (greatest, true), (least - 1, false), (greatest + 1, false)] {
            let mut parameters = base;
            if parameters.set(name, value).is_none() {
                assert_eq!(value, -1, "{name}: only what is below zero does not fit the type");
                continue;
            }
            let genesis = world.genesis(parameters);
            let outcome = trial(&mut world, &genesis);
            match fine {
                true => drop(outcome.unwrap_or_else(|refusal| panic!("{name} = {value}: {refusal}"))),
                false => assert_eq!(
                    outcome.unwrap_err().reason,
                    Expected::Program(E::ParameterOutOfBounds),
                    "{name} = {value}"
                ),
            }
            tried += 1;
        }
    }
    assert!(tried >= 32 * 3, "{tried}");
}

#[test]
fn sums_products_and_reserved_bytes_are_bounded_too() {
    let mut world = World::before_genesis();
    type Edit = fn(&mut Parameters);
    let edits: [(Edit, bool); 11] = [
        (|p| (p.harmed_bps, p.reporter_bps) = (9_000, 500), true),
        (|p| (p.harmed_bps, p.reporter_bps) = (9_000, 501), false),
        (|p| (p.harmed_bps, p.reporter_bps) = (0, 9_500), true),
        (|p| (p.k, p.max_conf_bps) = (4, 500), true),
        (|p| (p.case_window, p.receipt_grace) = (7_200, 7_200), true),
        (|p| (p.case_window, p.receipt_grace) = (7_200, 7_201), false),
        (|p| (p.outage_bps, p.sla_penalty_bps) = (700, 700), true),
        (|p| (p.outage_bps, p.sla_penalty_bps) = (699, 700), false),
        (|p| (p.outage_bps, p.sla_penalty_bps) = (0, 700), true),
        (|p| p.reserved[2] = 1, false),
        (|p| (p.grace, p.unbonding) = (i64::MIN, i64::MAX), false),
    ];
    for (at, (edit, fine)) in edits.into_iter().enumerate() {
        let mut parameters = Parameters::DEFAULT;
        edit(&mut parameters);
        let genesis = world.genesis(parameters);
        if fine {
            trial(&mut world, &genesis).unwrap_or_else(|refusal| panic!("{at}: {refusal}"));
        } else {
            let initialize = world.initialize(&genesis);
            refused(&mut world, initialize, E::ParameterOutOfBounds);
        }
    }
}

#[test]
fn someone_other_than_the_upgrade_authority_initialises_first() {
    let mut world = World::before_genesis();
    let genesis = world.genesis(Parameters::DEFAULT);
    let stranger = world.wallet();
    let initialize = world.network.initialize(&stranger.pubkey(), &stranger.pubkey(), &genesis);
    world.refused(&[initialize], &[&stranger], E::NotUpgradeAuthority);
}

#[test]
fn an_immutable_program_and_forged_program_data_are_refused() {
    let mut world = World::before_genesis();
    let genesis = world.genesis(Parameters::DEFAULT);
    let stranger = world.wallet();
    let good = world.svm.get_account(&pda::program_data()).unwrap();
    // The stranger's own program has data of the same kind, elsewhere.
    let mut forged = good.clone();
    forged.data.truncate(45);
    forged.data[13..45].copy_from_slice(stranger.pubkey().as_ref());
    let elsewhere = keypair(70).pubkey();
    world.svm.set_account(elsewhere, forged.clone()).unwrap();
    let mut initialize = world.network.initialize(&stranger.pubkey(), &stranger.pubkey(), &genesis);
    initialize.accounts[2].pubkey = elsewhere;
    world.refused(&[initialize], &[&stranger], E::NotUpgradeAuthority);

    // No authority: the option is empty, though the bytes of one are still there.
    let mut immutable = good;
    immutable.data[12] = 0;
    world.svm.set_account(pda::program_data(), immutable).unwrap();
    let initialize = world.initialize(&genesis);
    refused(&mut world, initialize, E::NotUpgradeAuthority);
}

#[test]
fn the_compute_mint_is_minted_by_the_program_alone_and_frozen_by_nobody() {
    let mint = World::before_genesis().network.mint;
    let stranger = keypair(71).pubkey();
    for (mint_authority, freeze_authority, decimals, error) in [
        (Some(stranger), None, 9, Some(E::MintAuthority)),
        (None, None, 9, Some(E::MintAuthority)),
        (Some(pda::config()), Some(stranger), 9, Some(E::FreezeAuthority)),
        (Some(pda::config()), Some(pda::config()), 9, Some(E::FreezeAuthority)),
        (Some(pda::config()), None, 5, Some(E::MintDecimals)),
        (Some(pda::config()), None, 6, None),
        (Some(pda::config()), None, 11, None),
        (Some(pda::config()), None, 12, Some(E::MintDecimals)),
    ] {
        let mut world = World::before_genesis();
        world.set_mint(&mint, mint_authority, freeze_authority, decimals, GENESIS_SUPPLY);
        let genesis = world.genesis(Parameters::DEFAULT);
        let initialize = world.initialize(&genesis);
        match error {
            Some(error) => refused(&mut world, initialize, error),
            None => drop(trial(&mut world, &genesis).expect("decimals within bounds")),
        }
    }
}

#[test]
fn a_mint_of_token_2022_is_refused() {
    let mut world = World::before_genesis();
    let mint = world.network.mint;
    let mut account = world.svm.get_account(&mint).unwrap();
    account.owner = Address::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
    world.svm.set_account(mint, account).unwrap();
    let genesis = world.genesis(Parameters::DEFAULT);
    let initialize = world.initialize(&genesis);
    refused(&mut world, initialize, InstructionError::IllegalOwner);
}

#[test]
fn the_feed_is_the_push_feed_of_its_shard_and_id() {
    let mut world = World::before_genesis();
    let genesis = world.genesis(Parameters::DEFAULT);
    for wrong in [Genesis { feed_shard: 1, ..genesis }, Genesis { feed_id: [0xFD; 32], ..genesis }] {
        let initialize = world.initialize(&wrong);
        refused(&mut world, initialize, E::FeedAddress);
    }
    world.network.feed = push_feed(7, &FEED_ID);
    let initialize = world.initialize(&genesis);
    refused(&mut world, initialize, E::FeedAddress);
    // It need not exist yet.
    trial(&mut world, &Genesis { feed_shard: 7, ..genesis }).unwrap();
}

#[test]
fn lamports_sent_to_the_singletons_before_they_exist_change_nothing() {
    for lamports in [1_000_000, 1_000_000_000] {
        let mut world = World::before_genesis();
        for address in [pda::config(), pda::price(), pda::totals(), pda::stake_vault()] {
            world.svm.airdrop(&address, lamports).unwrap();
        }
        let genesis = world.genesis(Parameters::DEFAULT);
        let (admin, initialize) = (world.admin.insecure_clone(), world.initialize(&genesis));
        world.must(&[initialize], &[&admin]);
        assert_eq!(world.config().sequence, 1);
    }
}

#[test]
fn before_genesis_nothing_else_works() {
    let mut world = World::before_genesis();
    let bank = world.bank.pubkey();
    let wallet = world.wallet().pubkey();
    let register = world.network.register_consumer(&bank, &wallet);
    world.rejected(&[register], &[]);
    let observe = world.network.observe();
    world.rejected(&[observe], &[]);
}

#[test]
fn a_network_without_a_treasury_is_refused() {
    let mut world = World::before_genesis();
    let genesis = Genesis { treasury: Address::default(), ..world.genesis(Parameters::DEFAULT) };
    let (initialize, admin) = (world.initialize(&genesis), world.admin.insecure_clone());
    world.refused(&[initialize], &[&admin], E::NoTreasury);
}
