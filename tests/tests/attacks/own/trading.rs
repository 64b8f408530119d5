//! Attacks on auctions, batches, the buyback and the changes of the configuration.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Bid, Party, RATES, RateEntry};
use settlement_interface::batch;
use settlement_interface::change::Change;
use settlement_interface::parameters::{DAY, Parameters};
use settlement_interface::pda;
use settlement_interface::terms::METER_REGISTERED;
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{DOLLARS, ESCROW, JobFixture, MeterFixture, STAKE, World, keypair};

/// Anchor's refusal of two written accounts that are one.
const DUPLICATE: InstructionError = InstructionError::Custom(2040);
/// The token program's refusal of tokens of somebody who does not sign.
const NOT_OWNER: InstructionError = InstructionError::Custom(4);

#[test]
fn the_wallet_behind_a_meter_leads_an_auction_that_it_cannot_win() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let (bank, wallet) = (world.bank.pubkey(), meter.authority.pubkey());
    world.give(&wallet, STAKE);
    let register = world.network.register_provider(&bank, &wallet, &[7; 32], &[RateEntry::default(); RATES]);
    let source = world.associated(&wallet);
    let stake = world.network.stake(&wallet, &source, &pda::provider(&wallet), STAKE);
    world.must(&[register, stake], &[&meter.authority]);
    let job = JobFixture::open_as(&mut world, |order| {
        (order.meter, order.meter_kind) = (meter.key.pubkey(), METER_REGISTERED);
    });
    let bid = job.bidding(&world, &meter.authority, 1);
    world.refused(&[bid], &[&meter.authority], E::MeterIsParty);
    let honest = world.bidder();
    job.bid(&mut world, &honest, 1_000_000).unwrap();
    assert_eq!(job.read(&world).best_bid, job.bid_address(&honest));
}

#[test]
fn one_stake_is_bid_in_two_auctions() {
    let mut world = World::new();
    let (first, second) = (JobFixture::open(&mut world), JobFixture::open(&mut world));
    let bidder = world.bidder();
    let spare = world.provider_of(&bidder).free_stake().unwrap() - ESCROW / 10;
    world.must(&[world.network.request_unstake(&bidder.pubkey(), spare)], &[&bidder]);
    let both = [first.bidding(&world, &bidder, 1_000_000), second.bidding(&world, &bidder, 1_000_000)];
    world.refused(&both, &[&bidder], E::InsufficientStake);
    first.bid(&mut world, &bidder, 1_000_000).unwrap();
    let again = second.bidding(&world, &bidder, 1_000_000);
    world.refused(&[again], &[&bidder], E::InsufficientStake);
}

#[test]
fn an_auction_is_sniped_by_a_micro_dollar() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let (honest, sniper) = (world.bidder(), world.bidder());
    job.bid(&mut world, &honest, 1_000_000).unwrap();
    // Less than a percent is kept as a bid and does not lead.
    for rate in [999_999, 990_001] {
        job.bid(&mut world, &sniper, rate).unwrap();
        assert_eq!(job.read(&world).best_bid, job.bid_address(&honest), "{rate}");
    }
    job.bid(&mut world, &sniper, 990_000).unwrap();
    assert_eq!(job.read(&world).best_bid, job.bid_address(&sniper));
}

#[test]
fn a_bid_is_withdrawn_and_placed_again_for_the_bond_of_the_first() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let (best, other) = (world.bidder(), world.bidder());
    job.bid(&mut world, &best, 500_000).unwrap();
    job.bid(&mut world, &other, 1_000_000).unwrap();
    let (withdraw, place) = (job.withdrawing(&world, &other, &other), job.bidding(&world, &other, 900_000));
    world.must(&[withdraw.clone(), place, withdraw.clone()], &[&other]);
    assert_eq!((world.provider_of(&other).locked, world.provider_of(&best).locked), (0, ESCROW / 10));
    world.refused(std::slice::from_ref(&withdraw), &[&other], E::BidWithdrawn);
    // Its account stays while bids are placed, and is closed once; nothing revives it for another's rent.
    job.end_bidding(&mut world);
    world.must(std::slice::from_ref(&withdraw), &[&other]);
    assert!(world.get::<Bid>(&job.bid_address(&other)).is_none());
    world.rejected(&[withdraw], &[&other]);
}

/// A batch of one receipt for each job, signed by their meter, with `opened_at` as the meter knew it.
fn signed(world: &World, meter: &MeterFixture, jobs: &[&JobFixture], through: i64) -> Instruction {
    let entries: Vec<_> = jobs.iter().map(|job| (job.keys.job, job.read(world).opened_at, 1_000)).collect();
    meter.signed(&batch::message(&world.config().receipt_domain, &entries, through))
}

#[test]
fn a_job_is_closed_ahead_of_a_batch_to_hold_up_the_others() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let jobs = [meter.job(&mut world, 0, ESCROW), meter.job(&mut world, 0, ESCROW)];
    let through = world.now() + 60;
    world.until(through);
    let words = signed(&world, &meter, &[&jobs[0], &jobs[1]], through);
    let opened_at = jobs[0].read(&world).opened_at;
    jobs[0].close(&mut world, &jobs[0].actors.consumer).unwrap();
    world.until(world.now() + DAY + 1);
    for _ in 0..3 {
        jobs[0].advance(&mut world);
    }
    jobs[0].withdraw(&mut world, Party::Consumer, &jobs[0].wallet()).unwrap();
    jobs[0].reclaim(&mut world).unwrap();
    let units = [(jobs[0].keys.job, 1_000), (jobs[1].keys.job, 1_000)];
    let accept = world.network.accept_batch_without(&units, &[opened_at], through, 0);
    world.must(&[words, accept], &[]);
    assert_eq!(jobs[1].read(&world).units, 1_000);
}

#[test]
fn a_job_that_lives_is_passed_off_as_gone_to_drop_its_receipt() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let jobs = [meter.job(&mut world, 0, ESCROW), meter.job(&mut world, 0, ESCROW)];
    world.until(world.now() + 60);
    let through = world.now();
    let words = signed(&world, &meter, &[&jobs[0], &jobs[1]], through);
    let opened_at = jobs[0].read(&world).opened_at;
    let units = [(jobs[0].keys.job, 1_000), (jobs[1].keys.job, 1_000)];
    let mut forged = world.network.accept_batch_without(&units, &[opened_at], through, 0);
    world.refused(&[words.clone(), forged.clone()], &[], E::BatchAccounts);
    // Another account in its place has another address than what was signed.
    let place = forged.accounts.len() - 2;
    forged.accounts[place].pubkey = keypair(90).pubkey();
    world.refused(&[words, forged], &[], E::BatchForm);
}

#[test]
fn a_batch_is_replayed_on_another_cluster_or_stretched_to_another_time() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 0, ESCROW);
    world.until(world.now() + 60);
    let (through, opened_at) = (world.now(), job.read(&world).opened_at);
    let accept = world.network.accept_batch(&[(job.keys.job, 1_000)], through, 0);
    let elsewhere = meter.signed(&batch::message(&[9; 32], &[(job.keys.job, opened_at, 1_000)], through));
    world.refused(&[elsewhere, accept.clone()], &[], E::BatchForm);
    let earlier = signed(&world, &meter, &[&job], through - 30);
    world.refused(&[earlier, accept], &[], E::BatchForm);
}

#[test]
fn a_lot_is_bought_in_parts_so_small_that_nothing_burns() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    world.set_amount(&pda::buyback_vault(), 2 * DOLLARS);
    let buyer = world.holder(10 * ESCROW);
    let destination = world.dollars_of(&buyer.pubkey(), 0);
    let source = world.associated(&buyer.pubkey());
    let buy = |amount, most| world.rail().buyback(&buyer.pubkey(), &source, &destination, amount, most);
    let attempts = [
        (buy(1, u64::MAX), E::FillTooSmall),
        (buy(0, u64::MAX), E::ZeroAmount),
        (buy(DOLLARS, 0), E::FillTooDear),
    ];
    let all = buy(2 * DOLLARS, u64::MAX);
    for (attempt, why) in attempts {
        world.refused(&[attempt], &[&buyer], why);
    }
    // All of it at once costs what it is worth and a tenth, and not one dollar more than the lot leaves.
    let supply = world.supply();
    world.must(&[all], &[&buyer]);
    assert_eq!((world.dollars(&destination), world.dollars(&pda::buyback_vault())), (2 * DOLLARS, 0));
    assert!(supply - world.supply() >= 2 * DOLLARS / 2 * 1_000 * 11 / 10);
}

#[test]
fn a_round_is_waited_out_on_a_price_that_nobody_can_check() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    world.set_amount(&pda::buyback_vault(), 2 * DOLLARS);
    world.must(&[world.rail().tick_buyback()], &[]);
    let buyer = world.holder(10 * ESCROW);
    let (source, destination) = (world.associated(&buyer.pubkey()), world.dollars_of(&buyer.pubkey(), 0));
    let buy = world.rail().buyback(&buyer.pubkey(), &source, &destination, DOLLARS, u64::MAX);
    // The feed falls silent for days: nothing is sold, and the price does not fall meanwhile.
    world.pass(3 * DAY);
    world.refused(std::slice::from_ref(&buy), &[&buyer], E::NoPrice);
    world.refused(&[world.rail().tick_buyback()], &[], E::NoPrice);
    world.refresh();
    let supply = world.supply();
    world.must(&[buy], &[&buyer]);
    assert!(supply - world.supply() > DOLLARS / 2 * 1_000, "no cheaper than the oracle says");
}

#[test]
fn the_dollars_of_a_buyback_are_sold_to_its_own_vault() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    world.set_amount(&pda::buyback_vault(), 2 * DOLLARS);
    world.must(&[world.rail().tick_buyback()], &[]);
    let buyer = world.holder(10 * ESCROW);
    let source = world.associated(&buyer.pubkey());
    let vault = pda::buyback_vault();
    let buy = world.rail().buyback(&buyer.pubkey(), &source, &vault, DOLLARS, u64::MAX);
    world.refused(&[buy], &[&buyer], DUPLICATE);
    // Nor are the tokens of the stake vault, of which there are enough, what is burned for them.
    world.bidder();
    let destination = world.dollars_of(&buyer.pubkey(), 0);
    let buy = world.rail().buyback(&buyer.pubkey(), &pda::stake_vault(), &destination, DOLLARS, u64::MAX);
    world.refused(&[buy], &[&buyer], NOT_OWNER);
    // With tokens of its own and to an account of its own, it may.
    let buy = world.rail().buyback(&buyer.pubkey(), &source, &destination, DOLLARS, u64::MAX);
    world.must(&[buy], &[&buyer]);
    assert_eq!((world.dollars(&destination), world.dollars(&vault)), (DOLLARS, DOLLARS));
}

#[test]
fn another_mint_is_slipped_in_between_naming_the_stablecoin_and_opening_its_rail() {
    let mut world = World::new();
    world.set_coin(pda::TOKEN_PROGRAM, 6, &[]);
    let admin = world.admin.insecure_clone();
    let index = world.queue(&Change::stable_mint(world.coin_mint()));
    world.until(world.waiting(index).applies_from);
    let (bank, other) = (world.bank.pubkey(), keypair(91).pubkey());
    world.set_mint(&other, None, None, 6, 0);
    let open = world.coin(pda::TOKEN_PROGRAM).open_rail(&admin.pubkey(), &bank, index, &bank);
    let mut forged = open.clone();
    forged.accounts[5].pubkey = other;
    world.refused(&[forged], &[&admin], E::WrongMint);
    // The thief of the admin's key has no rent of it either, and names no second one.
    let thief = world.wallet().pubkey();
    let mut rent = open.clone();
    rent.accounts[4].pubkey = thief;
    world.refused(&[rent], &[&admin], E::WrongRentPayer);
    world.must(&[open], &[&admin]);
    let queue = world.queueing(&Change::stable_mint(other));
    world.refused(&[queue], &[&admin], E::StableMintSet);
}

#[test]
fn a_queued_change_is_applied_a_second_time() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let index = world.queue(&Change::guardian(keypair(7).pubkey()));
    world.until(world.waiting(index).applies_from);
    let apply = world.applying(index);
    world.rejected(&[apply.clone(), apply.clone()], &[&admin]);
    world.must(std::slice::from_ref(&apply), &[&admin]);
    world.rejected(&[apply], &[&admin]);
    // The next one has another address, so that a closed change never comes back under its own.
    assert_eq!(world.queue(&Change::parameters(Parameters::DEFAULT)), index + 1);
}
