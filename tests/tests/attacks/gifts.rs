//! Gifts of lamports to addresses at which the program is yet to create something.

use crate::common::wind_up;
use settlement_interface::accounts::{Credit, Epoch, Party};
use settlement_interface::change::Change;
use settlement_interface::instructions::JobKeys;
use settlement_interface::parameters::{HOUR, Parameters};
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{
    Actors, COIN, DOLLARS, ESCROW, JobFixture, MeterFixture, Trace, Verifiable, World, order, stable_order,
};

#[test]
fn lamports_are_sent_to_every_address_before_it_is_created() {
    for gift in [1_000_000, 5_000_000_000] {
        let mut world = World::before_genesis();
        let (consumer, provider) = (world.holder(1_000_000_000_000), world.holder(2_000_000_000_000));
        let keys = JobKeys::new(&consumer.pubkey(), 0, &pda::provider(&provider.pubkey()));
        let epoch = u64::try_from(world.now() + HOUR).unwrap() / 86_400;
        let addresses = [
            pda::config(),
            pda::price(),
            pda::totals(),
            pda::stake_vault(),
            pda::consumer(&consumer.pubkey()),
            keys.provider,
            keys.job,
            pda::vault(&keys.job),
            pda::epoch(epoch),
            pda::credit(epoch, &keys.provider),
        ];
        for address in addresses {
            world.svm.airdrop(&address, gift).unwrap();
        }
        let (admin, genesis) = (world.admin.insecure_clone(), world.genesis(Parameters::DEFAULT));
        let initialize = world.initialize(&genesis);
        world.must(&[initialize], &[&admin]);
        let bank = world.bank.pubkey();
        let session = world.wallet();
        let stake = world.network.stake(
            &provider.pubkey(),
            &world.associated(&provider.pubkey()),
            &keys.provider,
            tests::STAKE,
        );
        let rates = [Default::default(); settlement_interface::accounts::RATES];
        let register = world.network.register_provider(&bank, &provider.pubkey(), &[7; 32], &rates);
        world.must(&[world.network.register_consumer(&bank, &consumer.pubkey())], &[]);
        world.must(&[register, stake], &[&provider]);
        let actors = Actors { consumer, session, provider };
        let usual = order(world.now(), &actors.session.pubkey());
        let job = JobFixture::offered_as(&mut world, actors, &usual, ESCROW);
        job.accept(&mut world).unwrap();
        job.start(&mut world).unwrap();
        world.until(world.now() + HOUR);
        assert_eq!(world.epoch(), epoch);
        job.settle(&mut world, 3_600_000).unwrap();
        assert_eq!(world.read::<Epoch>(&pda::epoch(epoch)).credits, 1);
        assert_eq!(world.read::<Credit>(&pda::credit(epoch, &keys.provider)).epoch, epoch);
        job.close(&mut world, &job.actors.consumer).unwrap();
        // Who paid the rent gets the gifts to job and vault on top of it.
        let before = world.lamports(&bank);
        wind_up(&mut world, &job);
        assert!(world.lamports(&bank) > before + gift);
        later(&mut world, gift);
        on_the_market(&mut world, gift);
        on_the_stable_rail(&mut world, gift);
    }
}

/// The accounts of those who judge, of what they judge, and of a change.
fn later(world: &mut World, gift: u64) {
    let bank = world.bank.pubkey();
    let give = |world: &mut World, address: &Address| give(world, address, gift);
    let admin = world.admin.insecure_clone();
    let index = world.config().changes;
    give(world, &pda::change(index));
    assert_eq!(world.queue(&Change::parameters(Parameters::DEFAULT)), index);
    let cancel = world.network.cancel_change(&admin.pubkey(), index, &bank);
    returned(world, &pda::change(index), gift, &[cancel], &[&admin]);

    let arbiter = world.wallet();
    give(world, &pda::arbiter(&arbiter.pubkey()));
    world.must(&[world.network.register_arbiter(&bank, &arbiter.pubkey())], &[&arbiter]);
    let bond = Parameters::DEFAULT.meter_bond;
    let meter = MeterFixture { key: world.wallet(), authority: world.holder(bond) };
    let owner = meter.authority.pubkey();
    give(world, &meter.address());
    let register = world.network.register_meter(&bank, &meter.key.pubkey(), &owner);
    let vouch = world.network.vouch(&owner, &world.associated(&owner), &meter.address(), bond);
    world.must(&[register, vouch], &[&meter.key, &meter.authority]);

    let (job, reporter) = (meter.job(world, 9_000, ESCROW), world.holder(1_000_000_000));
    let start = world.now();
    world.until(start + HOUR);
    give(world, &pda::case(&job.keys.job, 0));
    let report = meter.reporting(world, &job, &reporter.pubkey(), (start, start + HOUR));
    world.must(&report, &[&reporter]);
    let answer = meter.answering(world, &job, 0, 25_920_000, start + HOUR);
    returned(world, &pda::case(&job.keys.job, 0), gift, &answer, &[]);

    let fixture = Verifiable::committed(world, &Trace::differing_from(8, 3));
    let (open, dispute) = fixture.opening(world, 1, &Trace::honest(8));
    give(world, &dispute);
    world.must(&[open], &[&fixture.job.actors.consumer]);
    fixture.miss(world, &dispute);
    fixture.resolve(world, &dispute).unwrap();
    let close = world.network.close_dispute(&dispute, &bank);
    returned(world, &dispute, gift, &[close], &[]);
}

/// A bid's account.
fn on_the_market(world: &mut World, gift: u64) {
    let (job, bidder) = (JobFixture::open(world), world.bidder());
    let bid = job.bid_address(&bidder);
    give(world, &bid, gift);
    job.bid(world, &bidder, 1_900_000).unwrap();
    assert_eq!(job.bid_of(world, &bidder).rate, 1_900_000);
    job.cancel(world).unwrap();
    let withdraw = job.withdrawing(world, &bidder, &bidder);
    returned(world, &bid, gift, &[withdraw], &[&bidder]);
}

/// The buyback and its vault, which stay, and the vault of a job in dollars.
fn on_the_stable_rail(world: &mut World, gift: u64) {
    let (admin, bank) = (world.admin.insecure_clone(), world.bank.pubkey());
    for address in [pda::buyback(), pda::buyback_vault()] {
        give(world, &address, gift);
    }
    world.set_coin(pda::TOKEN_2022_PROGRAM, 6, &COIN);
    let index = world.queue(&Change::stable_mint(world.coin_mint()));
    world.until(world.waiting(index).applies_from);
    let coin = world.coin(pda::TOKEN_2022_PROGRAM);
    world.must(&[coin.open_rail(&admin.pubkey(), &bank, index, &bank)], &[&admin]);
    for address in [pda::buyback(), pda::buyback_vault()] {
        assert!(world.lamports(&address) >= gift);
    }
    world.set_amount(&pda::buyback_vault(), DOLLARS);
    let tick = world.rail().tick_buyback();
    world.must(&[tick], &[]);
    assert_eq!(world.auction().lot, DOLLARS);

    let actors = Actors::new(world);
    let (wallet, provider) = (actors.consumer.pubkey(), actors.provider_address());
    let keys = JobKeys::new(&wallet, 0, &provider);
    give(world, &pda::vault(&keys.job), gift);
    let usual = stable_order(world.now(), &actors.session.pubkey());
    let source = world.dollars_of(&wallet, DOLLARS);
    let open = world.rail().open_job(&bank, &wallet, &source, &provider, 0, &usual, DOLLARS);
    world.must(&[open], &[&actors.consumer]);
    let job = JobFixture { keys, actors, nonce: 0 };
    job.cancel(world).unwrap();
    job.collect(world, Party::Consumer, &wallet).unwrap();
    assert_eq!(world.dollars(&source), DOLLARS);
    let reclaim = job.stable_reclaiming(world);
    returned(world, &pda::vault(&keys.job), gift, &[reclaim], &[]);
}

fn give(world: &mut World, address: &Address, gift: u64) {
    world.svm.airdrop(address, gift).unwrap();
}

/// Closes an account: all that is in it, the gift included, goes to the bank, which paid its rent and pays
/// the fees of this.
fn returned(
    world: &mut World,
    address: &Address,
    gift: u64,
    instructions: &[Instruction],
    signers: &[&Keypair],
) {
    let (held, before) = (world.lamports(address), world.lamports(&world.bank.pubkey()));
    assert!(held >= gift);
    world.must(instructions, signers);
    let fees = 15_000; // three signatures, the precompile's among them
    assert!(world.lamports(&world.bank.pubkey()) >= before + held - fees);
    assert_eq!(world.lamports(address), 0);
}
