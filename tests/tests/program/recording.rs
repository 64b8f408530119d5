//! What the compiled program emits, written down for those who read it: `target/recordings` gets the events of
//! every scene that was played from the beginning and of the stories here, with what mint and vaults hold at
//! the end. The indexer's tests fold them (`indexer/tests/it/recorded.rs`), so that no kind of event and no
//! amount in it goes unread.

use crate::bytes::SCENES;
use serde_json::{Value, json};
use settlement_interface::absence::Absence;
use settlement_interface::accounts::{Job, JobState, Party};
use settlement_interface::events::Event;
use settlement_interface::instructions::Evidence;
use settlement_interface::parameters::Parameters;
use settlement_interface::rules::CHALLENGER;
use settlement_interface::{Address, pda};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tests::{
    ARBITER_STAKE, DOLLARS, ESCROW, GENESIS_SUPPLY, JobFixture, MeterFixture, Trace, Verifiable, World,
    arbiter,
};

/// Scenes whose network was written into accounts, not played: their events do not tell all.
const WRITTEN: [&str; 8] = [
    "top_up_bond",
    "open_dispute",
    "reveal",
    "rule",
    "release_arbiter",
    "resolve_dispute",
    "withdraw_dispute",
    "close_dispute",
];

/// Tokens in an account of either token program.
fn held(world: &World, address: &Address) -> u64 {
    let account = world.svm.get_account(address).filter(|account| account.data.len() >= 165);
    account.map_or(0, |account| u64::from_le_bytes(account.data[64..72].try_into().unwrap()))
}

fn supply(world: &World) -> u64 {
    let mint = world.svm.get_account(&world.network.mint).unwrap();
    u64::from_le_bytes(mint.data[36..44].try_into().unwrap())
}

/// A network's events and what its accounts hold after them.
fn recording(world: &World) -> Value {
    let jobs = world.all::<Job>();
    let vaults: BTreeMap<String, u64> =
        jobs.iter().map(|(job, account)| (job.to_string(), held(world, &account.vault))).collect();
    json!({
        "transactions": world.told(),
        "genesis": GENESIS_SUPPLY,
        "supply": supply(world),
        "stake_vault": held(world, &pda::stake_vault()),
        "buyback_vault": held(world, &pda::buyback_vault()),
        "vaults": vaults,
    })
}

/// A dispute between registered arbiters, to its end and paid out; who loses, by how the panel rules.
fn dispute(for_provider: bool) -> World {
    let mut world = World::new();
    let arbiters: Vec<Keypair> = (0..3).map(|_| arbiter(&mut world).0).collect();
    for arbiter in &arbiters {
        let (wallet, party) = (arbiter.pubkey(), pda::arbiter(&arbiter.pubkey()));
        let vouch = world.network.vouch(&wallet, &world.associated(&wallet), &party, ARBITER_STAKE);
        world.must(&[vouch], &[arbiter]);
    }
    let fixture = Verifiable::with_panel(&mut world, 2, arbiters, |_| {});
    let (provider, challenger) = (Trace::differing_from(8, 3), Trace::honest(8));
    world.until(world.now() + 3_600);
    fixture.commit(&mut world, 3_600_000, &provider).unwrap();
    let dispute = fixture.open(&mut world, 1, &challenger).unwrap();
    fixture.play(&mut world, &dispute, &provider, &challenger);
    for arbiter in fixture.arbiters.iter().take(2) {
        fixture.rule(&mut world, &dispute, arbiter, for_provider).unwrap();
    }
    fixture.execute(&mut world, &dispute).unwrap();
    for (member, arbiter) in fixture.arbiters.iter().enumerate().take(2) {
        fixture.pay(&mut world, &dispute, u8::try_from(member).unwrap(), &arbiter.pubkey()).unwrap();
    }
    if !for_provider {
        fixture.pay(&mut world, &dispute, CHALLENGER, &fixture.job.wallet()).unwrap();
    }
    for arbiter in fixture.arbiters.iter().take(2) {
        let release = world.network.release_arbiter(&dispute, &arbiter.pubkey());
        world.must(&[release], &[]);
    }
    let close = world.network.close_dispute(&dispute, &world.bank.pubkey());
    world.must(&[close], &[]);
    world
}

/// A dispute of which one side misses its turn.
fn turn_missed() -> World {
    let mut world = World::new();
    let arbiters: Vec<Keypair> = (0..3).map(|_| world.holder(0)).collect();
    let fixture = Verifiable::with_panel(&mut world, 2, arbiters, |_| {});
    world.until(world.now() + 3_600);
    fixture.commit(&mut world, 3_600_000, &Trace::honest(8)).unwrap();
    let dispute = fixture.open(&mut world, 1, &Trace::differing_from(8, 3)).unwrap();
    world.pass(3_601);
    fixture.resolve(&mut world, &dispute).unwrap();
    world.pass(3_600);
    fixture.resolve(&mut world, &dispute).unwrap();
    world
}

/// A job that misses its service level, to its end.
fn service_missed() -> World {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 9_000, ESCROW);
    world.until(world.now() + 3_600);
    meter.settle(&mut world, &job, 10_000_000).unwrap();
    job.close(&mut world, &job.actors.consumer).unwrap();
    let day = Parameters::DEFAULT.receipt_grace.max(Parameters::DEFAULT.case_window);
    world.until(world.now() + day + 1);
    job.advance(&mut world);
    world.until(world.now() + day + 1);
    job.advance(&mut world);
    job.advance(&mut world);
    for (party, wallet) in [(Party::Consumer, job.wallet()), (Party::Provider, job.authority())] {
        // The provider is due nothing here unless something was paid in kind.
        job.withdraw(&mut world, party, &wallet).ok();
    }
    world
}

/// A job paid in dollars to its end, its dues collected, and its take sold in a buyback.
fn bought_back() -> World {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let job = JobFixture::stable_closed(&mut world);
    for party in [Party::Consumer, Party::Provider, Party::Treasury, Party::Buyback] {
        let wallet = job.wallet_of(&world, party);
        if party != Party::Buyback {
            world.dollars_of(&wallet, 0);
        }
        job.collect(&mut world, party, &wallet).unwrap();
    }
    // Somebody adds to the vault, so that there is a lot.
    let took = held(&world, &pda::buyback_vault());
    world.set_amount(&pda::buyback_vault(), took + 2 * DOLLARS);
    world.refresh();
    let tick = world.rail().tick_buyback();
    world.must(&[tick], &[]);
    let buyer = world.holder(ESCROW * 10);
    let (source, destination) = (world.associated(&buyer.pubkey()), world.dollars_of(&buyer.pubkey(), 0));
    let buy = world.rail().buyback(&buyer.pubkey(), &source, &destination, DOLLARS, u64::MAX);
    world.must(&[buy], &[&buyer]);
    world
}

/// An outage that nobody answers, after which the provider makes its bond whole again.
fn outage() -> World {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job_as(&mut world, ESCROW, |order| (order.sla_bps, order.silence_max) = (9_000, 86_400));
    let start = world.now();
    world.until(start + 3_600);
    let receipt = job.receipt(&world, 0);
    let absence = Absence {
        domain: receipt.domain,
        job: receipt.job,
        opened_at: receipt.opened_at,
        from: start,
        to: start + 3_600,
    };
    let reporter = world.holder(ESCROW);
    let (wallet, bank) = (reporter.pubkey(), world.bank.pubkey());
    let source = world.associated(&wallet);
    let words = meter.signed(&absence.encode());
    let open = world.network.open_case(
        &bank,
        &wallet,
        &source,
        &job.keys,
        0,
        &meter.key.pubkey(),
        Evidence::Absence(0),
        u64::MAX,
    );
    world.must(&[words, open], &[&reporter]);
    world.until(world.now() + Parameters::DEFAULT.case_window + 1);
    let resolve = world.network.resolve_case(&job.keys, 0, &meter.key.pubkey());
    world.must(std::slice::from_ref(&resolve), &[]);
    world.until(world.now() + Parameters::DEFAULT.grace);
    world.must(&[resolve], &[]);
    let withdraw = world.network.withdraw_case(&job.keys.job, 0, &wallet, &bank);
    world.must(&[withdraw], &[]);
    let top_up = job.topping_up_bond(&world, 5);
    world.must(&[top_up], &[&job.actors.provider]);
    world
}

/// Many providers do not start; some penalties wait.
fn many_fail() -> World {
    let mut world = World::new();
    let by = world.holder(0);
    let jobs: Vec<JobFixture> = (0..12).map(|_| JobFixture::assigned(&mut world)).collect();
    world.until(jobs.iter().map(|job| job.read(&world).terms.order.start_by).max().unwrap() + 1);
    for job in &jobs {
        job.mark(&mut world, &by);
    }
    world.until(world.now() + Parameters::DEFAULT.grace);
    jobs[10].start(&mut world).unwrap();
    jobs[11].cancel(&mut world).unwrap();
    for job in &jobs[..10] {
        job.advance(&mut world);
    }
    world.until(world.now() + 86_400);
    for job in
        jobs[..10].iter().filter(|job| job.read(&world).state == JobState::Assigned as u8).collect::<Vec<_>>()
    {
        job.advance(&mut world);
    }
    for party in [(Party::Consumer, jobs[0].wallet()), (Party::Reporter, by.pubkey())] {
        jobs[0].withdraw(&mut world, party.0, &party.1).unwrap();
    }
    world
}

#[test]
fn every_kind_of_event_is_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/recordings");
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).unwrap();
    let mut seen = BTreeSet::new();
    let mut write = |name: &str, world: &World| {
        let events = world.history.iter().flat_map(|(_, _, events)| events);
        seen.extend(events.map(Event::name));
        std::fs::write(folder.join(format!("{name}.json")), recording(world).to_string()).unwrap();
    };
    for scene in SCENES {
        let mut scene = scene();
        if WRITTEN.contains(&scene.name) {
            continue;
        }
        let signers: Vec<Keypair> = scene.signers.iter().map(Keypair::insecure_clone).collect();
        let signers: Vec<&Keypair> = signers.iter().collect();
        scene.world.must(&scene.instructions, &signers);
        write(scene.name, &scene.world);
    }
    write("dispute_lost_by_the_provider", &dispute(false));
    write("dispute_lost_by_the_challenger", &dispute(true));
    write("turn_missed", &turn_missed());
    write("service_missed", &service_missed());
    write("bought_back", &bought_back());
    write("outage", &outage());
    write("many_fail", &many_fail());
    let missing: Vec<_> = Event::NAMES.iter().filter(|name| !seen.contains(*name)).collect();
    assert!(missing.is_empty(), "no recording has {missing:?}");
}
