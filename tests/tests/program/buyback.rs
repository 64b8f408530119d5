//! The buyback's auction: what a round sells, at which price, to whom, and what cannot hold it up.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::Party;
use settlement_interface::events::{BuybackFilled, BuybackTicked, Event, Quoted};
use settlement_interface::oracle::PriceMessage;
use settlement_interface::rules::buyback::{FALL, FLOOR_BPS, MIN_LOT, START_BPS};
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{JobFixture, Outcome, PROGRAMS, World, keypair, touched};

/// 200 USD.
const LOT: u64 = 200_000_000;
/// Tokens for 200 USD at 2 USD a token.
const EVEN: u64 = 100_000_000_000;
const HOUR: i64 = 3_600;

/// Somebody with tokens and an account for dollars.
struct Buyer {
    key: Keypair,
    destination: Address,
}

impl Buyer {
    fn new(world: &mut World) -> Self {
        let key = world.holder(10 * EVEN);
        let destination = world.dollars_of(&key.pubkey(), 0);
        Self { key, destination }
    }

    fn buying(&self, world: &World, amount: u64, max_tokens: u64) -> Instruction {
        let source = world.associated(&self.key.pubkey());
        world.rail().buyback(&self.key.pubkey(), &source, &self.destination, amount, max_tokens)
    }

    fn buy(&self, world: &mut World, amount: u64) -> Outcome {
        world.send(&[self.buying(world, amount, u64::MAX)], &[&self.key])
    }

    #[track_caller]
    fn must_buy(&self, world: &mut World, amount: u64) -> BuybackFilled {
        let sent = self.buy(world, amount).unwrap_or_else(|refusal| panic!("{refusal}"));
        let Event::BuybackFilled(filled) = sent.only() else { panic!("{:?}", sent.events) };
        **filled
    }

    #[track_caller]
    fn refused(&self, world: &mut World, amount: u64, max_tokens: u64, why: E) {
        let buying = self.buying(world, amount, max_tokens);
        world.refused(&[buying], &[&self.key], why);
    }
}

fn stocked(program: Address, lot: u64) -> (World, Buyer) {
    let mut world = World::stable(program);
    let buyer = Buyer::new(&mut world);
    world.set_amount(&pda::buyback_vault(), lot);
    (world, buyer)
}

#[track_caller]
fn tick(world: &mut World) -> BuybackTicked {
    let sent = world.must(&[world.rail().tick_buyback()], &[]);
    let Event::BuybackTicked(ticked) = sent.only() else { panic!("{:?}", sent.events) };
    **ticked
}

/// Hours of a round in which somebody ticks every hour.
fn hours(world: &mut World, count: u32) {
    for _ in 0..count {
        world.until(world.now() + HOUR);
        tick(world);
    }
}

#[test]
fn a_round_starts_at_110_percent_and_is_told_in_full() {
    for program in PROGRAMS {
        let (mut world, buyer) = stocked(program, LOT);
        let (supply, held) = (world.supply(), world.balance(&buyer.key.pubkey()));
        let filled = buyer.must_buy(&mut world, LOT / 2);
        let expected = BuybackFilled {
            entities: [touched(&pda::buyback(), 2), touched(&pda::price(), 2)],
            at: world.now(),
            buyer: buyer.key.pubkey(),
            destination: buyer.destination,
            round: 1,
            lot: LOT,
            paid: LOT / 2,
            burned: EVEN / 2 * 11 / 10,
            left: LOT / 2,
            elapsed: 0,
            factor_bps: START_BPS,
            worth: 200_000_000,
            total_sold: LOT / 2,
            total_burned: EVEN / 2 * 11 / 10,
            quoted: Quoted {
                spot: 200_000_000,
                confidence: 100_000,
                average: 200_000_000,
                burn: 199_900_000,
                mint: 200_100_000,
                publish_time: world.now(),
                slot: world.slot(),
                exponent: -8,
                scale: 11,
            },
        };
        assert_eq!(filled, expected);
        assert_eq!(world.dollars(&buyer.destination), LOT / 2);
        assert_eq!(world.dollars(&pda::buyback_vault()), LOT / 2);
        assert_eq!(world.supply(), supply - filled.burned);
        assert_eq!(world.balance(&buyer.key.pubkey()), held - filled.burned);
        let auction = world.auction();
        assert_eq!((auction.lot, auction.left, auction.rounds), (LOT, LOT / 2, 1));
        assert_eq!((auction.sold, auction.burned, auction.started_at), (LOT / 2, filled.burned, world.now()));
        assert_eq!((world.last_price().seen_at, world.last_price().spot), (world.now(), 200_000_000));
    }
}

#[test]
fn the_price_falls_linearly_to_97_percent_in_six_hours_and_stays_there() {
    let (mut world, buyer) = stocked(pda::TOKEN_PROGRAM, LOT);
    let ticked = tick(&mut world);
    assert_eq!((ticked.round, ticked.lot, ticked.left, ticked.elapsed), (1, LOT, LOT, 0));
    assert_eq!((ticked.factor_bps, ticked.entities[0].sequence), (START_BPS, 2));
    hours(&mut world, 3);
    let filled = buyer.must_buy(&mut world, LOT / 10);
    assert_eq!((filled.elapsed, filled.factor_bps), (3 * 3_600, 10_350));
    assert_eq!(filled.burned, EVEN / 10 * 10_350 / 10_000);
    hours(&mut world, 3);
    let filled = buyer.must_buy(&mut world, LOT / 10);
    assert_eq!((filled.elapsed, filled.factor_bps), (FALL, FLOOR_BPS));
    hours(&mut world, 30);
    let filled = buyer.must_buy(&mut world, LOT);
    assert_eq!((filled.factor_bps, filled.paid, filled.left), (FLOOR_BPS, LOT * 8 / 10, 0));
    assert_eq!(filled.burned, EVEN * 8 / 10 * 97 / 100);
}

#[test]
fn nothing_restarts_the_price_within_a_round() {
    let (mut world, buyer) = stocked(pda::TOKEN_2022_PROGRAM, LOT);
    let mut last = tick(&mut world).factor_bps;
    for _ in 0..8 {
        hours(&mut world, 1);
        // Fills, donations and ticks in between.
        let filled = buyer.must_buy(&mut world, LOT / 10);
        assert!(filled.factor_bps < last || last == FLOOR_BPS);
        last = filled.factor_bps;
        world.set_amount(&pda::buyback_vault(), world.dollars(&pda::buyback_vault()) + LOT);
        assert_eq!(tick(&mut world).factor_bps, last);
        assert_eq!((filled.round, filled.lot), (1, LOT));
    }
}

#[test]
fn later_inflow_waits_for_the_next_round() {
    let (mut world, buyer) = stocked(pda::TOKEN_PROGRAM, LOT);
    buyer.must_buy(&mut world, LOT / 2);
    // A job's take and a stranger's gift arrive.
    let job = JobFixture::stable_closed(&mut world);
    job.collect(&mut world, Party::Buyback, &pda::config()).unwrap();
    let vault = pda::buyback_vault();
    world.set_amount(&vault, world.dollars(&vault) + MIN_LOT);
    let filled = buyer.must_buy(&mut world, LOT);
    assert_eq!((filled.paid, filled.left, filled.round), (LOT / 2, 0, 1));
    assert_eq!(world.dollars(&vault), MIN_LOT + 80_000);
    let ticked = tick(&mut world);
    assert_eq!((ticked.round, ticked.lot, ticked.factor_bps), (2, MIN_LOT + 80_000, START_BPS));
}

#[test]
fn no_round_starts_on_dust() {
    let (mut world, buyer) = stocked(pda::TOKEN_PROGRAM, MIN_LOT - 1);
    world.refused(&[world.rail().tick_buyback()], &[], E::LotTooSmall);
    buyer.refused(&mut world, MIN_LOT, u64::MAX, E::LotTooSmall);
    world.set_amount(&pda::buyback_vault(), MIN_LOT);
    assert_eq!(tick(&mut world).lot, MIN_LOT);
}

#[test]
fn a_fill_is_a_tenth_of_the_lot_or_all_that_is_left() {
    let (mut world, buyer) = stocked(pda::TOKEN_PROGRAM, LOT + 1);
    let tenth = LOT / 10 + 1; // rounded up
    buyer.refused(&mut world, 0, u64::MAX, E::ZeroAmount);
    buyer.refused(&mut world, 1, u64::MAX, E::FillTooSmall);
    buyer.refused(&mut world, tenth - 1, u64::MAX, E::FillTooSmall);
    for _ in 0..9 {
        buyer.must_buy(&mut world, tenth);
    }
    // Less than a tenth is left: it goes whole, and not in parts.
    let left = world.auction().left;
    assert_eq!(left, LOT + 1 - 9 * tenth);
    buyer.refused(&mut world, left - 1, u64::MAX, E::FillTooSmall);
    assert_eq!(buyer.must_buy(&mut world, tenth).paid, left);
    assert_eq!(world.auction().left, 0);
}

#[test]
fn a_rest_of_dust_ends_its_round_for_one_base_unit_or_more() {
    let (mut world, buyer) = stocked(pda::TOKEN_PROGRAM, LOT);
    buyer.must_buy(&mut world, LOT - 1);
    world.set_amount(&pda::buyback_vault(), 1 + LOT);
    let filled = buyer.must_buy(&mut world, 1);
    assert_eq!((filled.paid, filled.left, filled.burned), (1, 0, 550));
    assert_eq!(tick(&mut world).lot, LOT);
}

#[test]
fn what_is_asked_rounds_up() {
    let (mut world, buyer) = stocked(pda::TOKEN_PROGRAM, 100_000_001);
    let price = PriceMessage { spot: 300_000_000, average: 300_000_000, ..world.price };
    world.publish(price);
    let filled = buyer.must_buy(&mut world, LOT);
    // 100.000001 * 1.1 / 3 = 36.6666670333..
    assert_eq!(filled.burned, 36_666_667_034);
}

#[test]
fn the_limit_of_the_buyer_is_a_price_also_of_less_than_it_wants() {
    let (mut world, buyer) = stocked(pda::TOKEN_PROGRAM, LOT);
    let asked = EVEN * 11 / 10;
    buyer.refused(&mut world, LOT, asked - 1, E::FillTooDear);
    // Somebody was faster: half the lot is left, for half the tokens.
    buyer.must_buy(&mut world, LOT / 2);
    buyer.refused(&mut world, LOT, asked - 2, E::FillTooDear);
    let buying = buyer.buying(&world, LOT, asked);
    world.must(&[buying], &[&buyer.key]);
    // A new round has begun at a price that the limit of the last one does not reach.
    world.set_amount(&pda::buyback_vault(), LOT / 2);
    buyer.refused(&mut world, LOT, EVEN * 97 / 100, E::FillTooDear);
}

#[test]
fn the_lower_of_spot_and_average_is_asked_so_a_spike_buys_no_cheaper() {
    let (mut world, buyer) = stocked(pda::TOKEN_PROGRAM, LOT);
    let spike = PriceMessage { spot: 219_000_000, ..world.price };
    world.publish(spike);
    assert_eq!(buyer.must_buy(&mut world, LOT / 2).burned, EVEN / 2 * 11 / 10);
    let dip = PriceMessage { spot: 190_000_000, ..world.price };
    world.publish(dip);
    let filled = buyer.must_buy(&mut world, LOT / 2);
    assert_eq!(filled.worth, 190_000_000);
    assert_eq!(filled.burned, 57_894_736_843);
}

#[test]
fn without_a_qualifying_price_nothing_is_sold_and_nothing_ticks() {
    let (mut world, buyer) = stocked(pda::TOKEN_PROGRAM, LOT);
    tick(&mut world);
    world.pass(121);
    buyer.refused(&mut world, LOT, u64::MAX, E::NoPrice);
    world.refused(&[world.rail().tick_buyback()], &[], E::NoPrice);
    world.refresh();
    let uncertain = PriceMessage { confidence: 4_000_001, ..world.price };
    world.publish(uncertain);
    buyer.refused(&mut world, LOT, u64::MAX, E::NoPrice);
}

#[test]
fn a_halt_stops_the_rounds_clock_even_if_a_price_is_observed_just_before_the_fill() {
    for observed in [false, true] {
        let (mut world, buyer) = stocked(pda::TOKEN_PROGRAM, LOT);
        tick(&mut world);
        world.pass(48 * HOUR);
        world.refresh();
        if observed {
            world.must(&[world.network.observe()], &[]);
            world.until(world.now() + 10);
        }
        let filled = buyer.must_buy(&mut world, LOT);
        assert_eq!(filled.elapsed, 3_600 + if observed { 10 } else { 0 });
    }
}

#[test]
fn prices_that_are_seen_on_the_way_let_time_run_for_an_hour_each() {
    let (mut world, _) = stocked(pda::TOKEN_PROGRAM, LOT);
    tick(&mut world);
    world.until(world.now() + HOUR);
    world.must(&[world.network.observe()], &[]);
    world.until(world.now() + HOUR + 1);
    assert_eq!(tick(&mut world).elapsed, 7_200);
    // Twice within a second counts that second once.
    assert_eq!(tick(&mut world).elapsed, 7_200);
    world.until(world.now() + 1);
    assert_eq!(tick(&mut world).elapsed, 7_201);
}

#[test]
fn a_frozen_vault_stops_the_round_and_its_clock() {
    for program in PROGRAMS {
        let (mut world, buyer) = stocked(program, LOT);
        tick(&mut world);
        world.set_frozen(&pda::buyback_vault(), true);
        for _ in 0..3 {
            world.until(world.now() + 2 * HOUR);
            world.refused(&[world.rail().tick_buyback()], &[], E::BuybackFrozen);
            buyer.refused(&mut world, LOT, u64::MAX, E::BuybackFrozen);
        }
        world.set_frozen(&pda::buyback_vault(), false);
        assert_eq!(buyer.must_buy(&mut world, LOT).elapsed, 3_600);
    }
}

#[test]
fn the_buyer_signs_and_burns_its_own_tokens() {
    let (mut world, buyer) = stocked(pda::TOKEN_2022_PROGRAM, LOT);
    let other = Buyer::new(&mut world);
    let mut theirs = buyer.buying(&world, LOT, u64::MAX);
    theirs.accounts[6].pubkey = world.associated(&other.key.pubkey());
    world.rejected(&[theirs], &[&buyer.key]);
    let poor = world.holder(5);
    let source = world.associated(&poor.pubkey());
    let short = world.rail().buyback(&poor.pubkey(), &source, &buyer.destination, LOT, u64::MAX);
    world.rejected(&[short], &[&poor]);
    // The vault is not where the dollars go, nor an account of another mint.
    for destination in [pda::buyback_vault(), world.associated(&other.key.pubkey())] {
        let mut bad = buyer.buying(&world, LOT, u64::MAX);
        bad.accounts[8].pubkey = destination;
        world.rejected(&[bad], &[&buyer.key]);
    }
    let mut bad = buyer.buying(&world, LOT, u64::MAX);
    bad.accounts[10].pubkey = pda::TOKEN_PROGRAM;
    world.refused(&[bad], &[&buyer.key], E::WrongTokenProgram);
    let mint = keypair(50).pubkey();
    world.set_mint(&mint, Some(pda::config()), None, 9, 0);
    let mut bad = buyer.buying(&world, LOT, u64::MAX);
    bad.accounts[7].pubkey = mint;
    world.refused(&[bad], &[&buyer.key], E::WrongMint);
    let mut bad = buyer.buying(&world, LOT, u64::MAX);
    bad.accounts[4].pubkey = pda::totals();
    world.refused(&[bad], &[&buyer.key], E::WrongFeed);
    // Bought for another: the destination is the buyer's to name.
    let mut gift = buyer.buying(&world, LOT, u64::MAX);
    gift.accounts[8].pubkey = other.destination;
    world.must(&[gift], &[&buyer.key]);
    assert_eq!(world.dollars(&other.destination), LOT);
}

#[test]
fn a_pause_stops_no_buyback_and_no_payment() {
    let (mut world, buyer) = stocked(pda::TOKEN_PROGRAM, LOT);
    let job = JobFixture::stable_running(&mut world);
    let guardian = world.guardian.insecure_clone();
    world.must(&[world.network.pause(&guardian.pubkey(), 7_200)], &[&guardian]);
    world.until(world.now() + 60);
    job.pay(&mut world, 60_000).unwrap();
    buyer.must_buy(&mut world, LOT);
}

#[test]
fn the_take_of_jobs_is_sold_and_burns() {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let buyer = Buyer::new(&mut world);
    let supply = world.supply();
    for _ in 0..3 {
        let job = JobFixture::stable_running(&mut world);
        world.until(world.now() + 6_250);
        job.pay(&mut world, 50_000_000).unwrap(); // 27.777777 USD
        job.end(&mut world);
        job.collect(&mut world, Party::Buyback, &pda::config()).unwrap();
    }
    let vault = world.dollars(&pda::buyback_vault());
    // take = ceil(27.777777 * 5%) = 1.388889, treasury 0.277777
    assert_eq!(vault, 3 * (1_388_889 - 277_777));
    world.refused(&[world.rail().tick_buyback()], &[], E::LotTooSmall);
    world.set_amount(&pda::buyback_vault(), vault + MIN_LOT); // a gift reaches the least lot
    let filled = buyer.must_buy(&mut world, LOT);
    assert_eq!(filled.paid, vault + MIN_LOT);
    assert_eq!(world.supply(), supply - filled.burned);
}
