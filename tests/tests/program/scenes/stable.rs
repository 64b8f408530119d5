//! Scenes of the stable rail and the buyback.

use super::{FEED, Scene, advance, anybody};
use settlement_interface::accounts::Party;
use settlement_interface::change::Change;
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use solana_signer::Signer;
use tests::{Actors, DOLLARS, ESCROW, JobFixture, World};

/// A network with a stablecoin of Token-2022, and with jobs of others on both rails running.
fn stable_crowd() -> (World, [JobFixture; 2]) {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let others = [JobFixture::running(&mut world), JobFixture::stable_running(&mut world)];
    (world, others)
}

pub fn initialize_with_a_stablecoin() -> Scene {
    let mut world = World::before_genesis();
    world.set_coin(pda::TOKEN_2022_PROGRAM, 6, &tests::COIN);
    let genesis = world.genesis(Parameters::DEFAULT);
    let payer = world.wallet();
    let coin = world.coin(pda::TOKEN_2022_PROGRAM);
    let initialize = coin.initialize(&world.admin.pubkey(), &payer.pubkey(), &genesis);
    let admin = world.admin.insecure_clone();
    Scene::new("initialize", world, initialize, &[&admin, &payer]).meant(1, anybody())
}

pub fn open_stable_rail() -> Scene {
    let mut world = World::new();
    JobFixture::running(&mut world);
    world.set_coin(pda::TOKEN_2022_PROGRAM, 6, &tests::COIN);
    let index = world.queue(&Change::stable_mint(world.coin_mint()));
    world.queue(&Change::guardian(anybody()));
    world.pass(Parameters::DEFAULT.timelock);
    let (admin, payer) = (world.admin.insecure_clone(), world.wallet());
    let coin = world.coin(pda::TOKEN_2022_PROGRAM);
    let open = coin.open_rail(&admin.pubkey(), &payer.pubkey(), index, &world.bank.pubkey());
    world.bank = world.wallet(); // so that the rent's payer is not also the fee's
    Scene::new("open_stable_rail", world, open, &[&admin, &payer]).meant(1, anybody())
}

pub fn open_a_stable_job() -> Scene {
    let (mut world, others) = stable_crowd();
    let actors = Actors::new(&mut world);
    let payer = world.wallet();
    let wallet = actors.consumer.pubkey();
    let usual = tests::stable_order(world.now(), &actors.session.pubkey());
    let source = world.dollars_of(&wallet, DOLLARS);
    let provider = actors.provider_address();
    let open = world.rail().open_job(&payer.pubkey(), &wallet, &source, &provider, 0, &usual, DOLLARS);
    Scene::new("open_job", world, open, &[&payer, &actors.consumer])
        .meant(0, anybody())
        .meant(3, others[0].keys.provider)
        .meant(3, others[1].keys.provider)
}

pub fn top_up_a_stable_job() -> Scene {
    let (mut world, _) = stable_crowd();
    let job = JobFixture::stable_running(&mut world);
    let top_up = job.stable_topping_up(&world, 5, 7);
    Scene::new("top_up", world, top_up, &[&job.actors.consumer])
}

pub fn accept_a_stable_offer() -> Scene {
    let (mut world, _) = stable_crowd();
    let job = JobFixture::stable_offered(&mut world);
    let hash = job.read(&world).terms_hash;
    let accept = world.network.accept_offer(&job.authority(), &job.keys.job, &hash, u64::MAX);
    Scene::new("accept_offer", world, accept, &[&job.actors.provider])
}

pub fn advance_a_stable_job() -> Scene {
    let (mut world, _) = stable_crowd();
    let job = JobFixture::stable_running(&mut world);
    world.until(world.now() + 3_600);
    job.pay(&mut world, 3_600_000).unwrap();
    job.close(&mut world, &job.actors.consumer).unwrap();
    world.until(world.now() + Parameters::DEFAULT.receipt_grace + 1);
    job.advance(&mut world);
    advance(world, &job).unread(&[FEED])
}

fn withdrawing(party: Party) -> Scene {
    let (mut world, _) = stable_crowd();
    let job = JobFixture::stable_closed(&mut world);
    let wallet = job.wallet_of(&world, party);
    if party != Party::Buyback {
        world.dollars_of(&wallet, 3);
    }
    let withdraw = world.rail().withdraw(&job.keys, party, &wallet);
    Scene::new("withdraw", world, withdraw, &[])
}

pub fn withdraw_dollars() -> Scene {
    withdrawing(Party::Provider)
}

pub fn withdraw_for_the_buyback() -> Scene {
    withdrawing(Party::Buyback)
}

pub fn withdraw_for_the_treasury() -> Scene {
    withdrawing(Party::Treasury)
}

/// What the stake vault owes the consumer of a job whose escrow is in dollars.
pub fn withdraw_tokens_of_a_stable_job() -> Scene {
    let (mut world, _) = stable_crowd();
    let job = JobFixture::stable_assigned(&mut world);
    world.until(job.read(&world).terms.order.start_by + 1);
    let by = world.wallet();
    job.mark(&mut world, &by);
    world.until(world.now() + Parameters::DEFAULT.grace);
    job.advance(&mut world);
    // So that the dollars are not what is paid through another destination.
    world.dollars_of(&job.wallet(), 0);
    job.collect(&mut world, Party::Consumer, &job.wallet()).unwrap();
    let withdraw = world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet());
    Scene::new("withdraw", world, withdraw, &[])
}

pub fn reclaim_a_stable_job() -> Scene {
    let (mut world, _) = stable_crowd();
    let job = JobFixture::stable_closed(&mut world);
    for party in [Party::Consumer, Party::Provider, Party::Treasury] {
        let wallet = job.wallet_of(&world, party);
        world.dollars_of(&wallet, 0);
    }
    for party in [Party::Consumer, Party::Provider, Party::Treasury, Party::Buyback] {
        let wallet = job.wallet_of(&world, party);
        job.collect(&mut world, party, &wallet).unwrap();
    }
    world.set_amount(&job.vault(), 1);
    let reclaim = job.stable_reclaiming(&world);
    world.bank = world.wallet(); // so that the rent's payer is not also the fee's
    Scene::new("reclaim_job", world, reclaim, &[])
}

pub fn settle_stable() -> Scene {
    let (mut world, [_, other]) = stable_crowd();
    let job = JobFixture::stable_running(&mut world);
    world.until(world.now() + 60);
    other.pay(&mut world, 60_000).unwrap();
    let receipt = job.receipt(&world, 60_000);
    let instructions = job.paying(&world, &receipt, &job.actors.session);
    let signers = vec![job.actors.provider.insecure_clone()];
    let name = "settle_stable";
    Scene { name, world, instructions: instructions.into(), at: 1, signers, unread: vec![], meant: vec![] }
}

pub fn convert_stable() -> Scene {
    let (mut world, _) = stable_crowd();
    let job = JobFixture::stable_running_with(&mut world, 1_000_000);
    world.until(world.now() + 3_600);
    job.pay(&mut world, 3_600_000).unwrap();
    let top_up = job.stable_topping_up(&world, 5_000_000, 0);
    world.must(&[top_up], &[&job.actors.consumer]);
    let convert = world.rail().convert(&job.keys.job);
    Scene::new("convert_stable", world, convert, &[])
}

pub fn tick_buyback() -> Scene {
    let (mut world, _) = stable_crowd();
    world.set_amount(&pda::buyback_vault(), 2 * DOLLARS);
    let tick = world.rail().tick_buyback();
    Scene::new("tick_buyback", world, tick, &[])
}

pub fn buyback() -> Scene {
    let (mut world, _) = stable_crowd();
    world.set_amount(&pda::buyback_vault(), 2 * DOLLARS);
    let buyer = world.holder(ESCROW * 10);
    let (source, destination) = (world.associated(&buyer.pubkey()), world.dollars_of(&buyer.pubkey(), 0));
    let buy = world.rail().buyback(&buyer.pubkey(), &source, &destination, DOLLARS, u64::MAX);
    let dollars: Vec<_> = world
        .snapshot()
        .into_iter()
        .filter(|(_, account)| account.owner == pda::TOKEN_2022_PROGRAM && account.data.len() < 200)
        .map(|(address, _)| address)
        .collect();
    // The buyer may have any account of the stablecoin paid, its own or another's; the vault itself not.
    let others = dollars.into_iter().filter(|one| *one != destination && *one != pda::buyback_vault());
    let scene = Scene::new("buyback", world, buy, &[&buyer]);
    others.fold(scene, |scene, one| scene.meant(8, one))
}
