//! The market on the embedded network: every act succeeds, and what it leaves on chain adds up.
//!
//! Needs the compiled program: `scripts/build-program`.

#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)] // a test may fail

use localnet::actors::Hire;
use localnet::acts::{ACTS, REAL_TIME};
use localnet::chain::Chain;
use localnet::genesis::{self, GENESIS_TOKENS, load_program};
use localnet::market;
use localnet::network::{Network, Ports};
use localnet::units::{HOUR, tokens};
use localnet::world::World;
use settlement_interface::accounts::{Buyback, Config, ConfigChange, Job, JobState, Layout, Totals};
use settlement_interface::pda;
use std::path::Path;
use std::time::Duration;

fn program() -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy/settlement.so");
    load_program(&file).unwrap()
}

fn supply(chain: &Chain, mint: &settlement_interface::Address) -> u64 {
    let data = chain.data(mint).unwrap().unwrap();
    u64::from_le_bytes(*data[36..].first_chunk().unwrap())
}

#[test]
fn the_market_plays_and_its_accounts_add_up() {
    plays(7);
}

#[test]
fn it_plays_with_a_stablecoin_of_token_2022_as_well() {
    plays(8);
}

/// Held here, where time travels, for a validator on which it takes an hour and a half.
#[test]
fn the_market_of_a_validator_plays_too() {
    let ports = Ports::choose(0, 0).unwrap();
    let mut world =
        World::found(ports, market::wall_clock().unwrap(), 3, &program(), genesis::hasty()).unwrap();
    market::play(&mut world, REAL_TIME, Duration::ZERO, &mut |line| println!("{line}")).unwrap();
    let time = world.time().unwrap().now - world.started();
    assert!(time < 2 * HOUR, "it takes {time} seconds");
    let open: Config = world.chain.read(&pda::config()).unwrap();
    assert_eq!((open.stable_mint, open.parameters.take_bps), (world.rail.mint, 450));
}

fn plays(seed: u64) {
    let ports = Ports::choose(0, 0).unwrap();
    let start = market::wall_clock().unwrap() - market::SPAN;
    let mut world = World::found(ports, start, seed, &program(), genesis::parameters()).unwrap();
    let mut told = Vec::new();
    market::play(&mut world, ACTS, Duration::ZERO, &mut |line| {
        println!("{line}");
        told.push(line.to_owned());
    })
    .unwrap();
    assert_eq!(told.len(), ACTS.len());

    // The clock has reached the machine's, and the time of every slot lies on one line.
    let time = world.time().unwrap();
    assert!((market::wall_clock().unwrap() - time.now).abs() < 60);
    let Network::Embedded(network) = world.network() else { unreachable!("it was founded embedded") };
    assert_eq!(network.origin().seconds_at(time.slot), time.now);

    // Supply only ever fell: minted never exceeds what was burned for it, provider by provider.
    let providers: Vec<_> =
        (0..world.providers.len()).map(|at| world.provider_account(at).unwrap()).collect();
    let minted: u64 = providers.iter().map(|provider| provider.minted).sum();
    let burned: u64 = providers.iter().map(|provider| provider.burned).sum();
    assert!(minted > 0 && providers.iter().all(|provider| provider.minted <= provider.burned));
    let supply = supply(&world.chain, &world.addresses.mint);
    // Slashed bonds, work paid in kind and a stranger's own 11 tokens burned beside conversions.
    assert!(supply < tokens(GENESIS_TOKENS) + minted - burned - tokens(11));

    // The bonds locked in jobs are those that the totals count; the stake vault holds all stake and more.
    let bond =
        |hire: &Hire| world.chain.data(&hire.keys.job).unwrap().map(|data| Job::read(&data).unwrap().bond);
    let locked: u64 = world.jobs.values().filter_map(bond).sum();
    assert_eq!(world.chain.read::<Totals>(&pda::totals()).unwrap().locked, locked);
    let staked: u64 = providers.iter().map(|provider| provider.stake).sum();
    assert!(world.chain.balance(&pda::stake_vault()).unwrap() > staked);

    // Something is left open in every place, and every vault covers what its job records.
    let left =
        ["offered", "in auction", "assigned", "live", "dollars left", "absent", "in dispute", "unclaimed"]
            .map(|name| world.job(name).unwrap().state().unwrap());
    let running = JobState::Running;
    assert_eq!(left[..3], [JobState::Offered, JobState::Open, JobState::Assigned]);
    assert_eq!(left[3..], [running, running, running, running, JobState::Failed]);
    let open = |name| world.job(name).map(|job| (job.bids, job.open_cases, job.open_disputes)).unwrap();
    assert_eq!([open("in auction"), open("absent"), open("in dispute")], [(2, 0, 0), (0, 1, 0), (0, 0, 1)]);

    // The take in dollars bought tokens for half of a round; a change of parameters waits.
    let buyback: Buyback = world.chain.read(&pda::buyback()).unwrap();
    assert!(buyback.sold > 0 && buyback.left > 0 && buyback.burned > 0);
    let config: Config = world.chain.read(&pda::config()).unwrap();
    assert_eq!((config.changes, config.parameters.take_bps), (4, 450));
    assert!(world.chain.read::<ConfigChange>(&pda::change(3)).is_ok());
    for (name, hire) in &world.jobs {
        let Some(data) = world.chain.data(&hire.keys.job).unwrap() else { continue };
        assert!(!data.is_empty());
        let job = world.job(name).unwrap();
        let due: u64 = job.dues.iter().map(|due| due.escrow).sum();
        assert_eq!(world.chain.balance(&job.vault).unwrap(), job.escrow + due, "{name}");
    }
}
