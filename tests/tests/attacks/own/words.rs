//! Attacks with words: what meters, reporters, challengers and arbiters say, and what that costs them.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Arbiter, Dispute, Meter};
use settlement_interface::instructions::Evidence;
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use settlement_interface::receipt::Receipt;
use settlement_interface::rules::CHALLENGER;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ARBITER_STAKE, ESCROW, Expected, JobFixture, MeterFixture, Trace, Verifiable, World, units};

const HOUR: i64 = 3_600;
/// 90% of 8,000 units a second for an hour.
const HOURLY: u64 = 25_920_000;

/// An hour into a job that nobody counted, and a reporter.
fn silent(world: &mut World) -> (MeterFixture, JobFixture, Keypair, (i64, i64)) {
    let meter = MeterFixture::new(world);
    let (job, reporter) = (meter.job(world, 9_000, ESCROW), world.holder(1_000_000_000));
    let start = world.now();
    world.until(start + HOUR);
    (meter, job, reporter, (start, start + HOUR))
}

#[test]
fn a_pause_traps_a_report_or_a_dispute() {
    let mut world = World::new();
    let (meter, job, reporter, hour) = silent(&mut world);
    let (lie, truth) = (Trace::differing_from(8, 3), Trace::honest(8));
    let fixture = Verifiable::committed(&mut world, &lie);
    let guardian = world.guardian.insecure_clone();
    world.must(&[world.network.pause(&guardian.pubkey(), 72 * 3_600)], &[&guardian]);
    let all = meter.reporting(&world, &job, &reporter.pubkey(), hour);
    world.must(&all, &[&reporter]);
    let answer = meter.answering(&world, &job, 0, HOURLY, hour.1);
    world.must(&answer, &[]);
    let dispute = fixture.open(&mut world, 1, &truth).unwrap();
    fixture.play(&mut world, &dispute, &lie, &truth);
    for arbiter in &fixture.arbiters[..2] {
        fixture.rule(&mut world, &dispute, arbiter, false).unwrap();
    }
    fixture.execute(&mut world, &dispute).unwrap();
    fixture.release(&mut world, &dispute);
    fixture.pay(&mut world, &dispute, CHALLENGER, &fixture.job.wallet()).unwrap();
}

#[test]
fn a_meter_is_paid_for_reporting_its_own_words() {
    let mut world = World::new();
    let (meter, job, _, hour) = silent(&mut world);
    for key in [&meter.key, &meter.authority, &job.actors.provider] {
        world.give(&key.pubkey(), 1_000_000_000);
        let all = meter.reporting(&world, &job, &key.pubkey(), hour);
        world.refused(&all, &[key], E::ReporterIsParty);
    }
}

#[test]
fn a_meter_takes_its_bond_out_between_its_words_and_their_answer() {
    let mut world = World::new();
    let (meter, job, reporter, hour) = silent(&mut world);
    let (wallet, party) = (meter.authority.pubkey(), meter.address());
    let stake = world.read::<Meter>(&party).vouched.stake;
    let all = meter.reporting(&world, &job, &reporter.pubkey(), hour);
    let leave = world.network.request_unvouch(&wallet, &party, stake);
    // Within the transaction that reports, or after it.
    let both = [all.as_slice(), std::slice::from_ref(&leave)].concat();
    world.refused(&both, &[&reporter, &meter.authority], E::InsufficientStake);
    world.must(&all, &[&reporter]);
    world.refused(std::slice::from_ref(&leave), &[&meter.authority], E::InsufficientStake);
    let answer = meter.answering(&world, &job, 0, HOURLY, hour.1);
    world.must(&answer, &[]);
    assert!(world.read::<Meter>(&party).vouched.stake < stake);
    // Ahead of the report it can leave, and then its words take nobody's bond.
    let (meter, job, reporter, hour) = silent(&mut world);
    let leave = world.network.request_unvouch(&meter.authority.pubkey(), &meter.address(), stake);
    world.must(&[leave], &[&meter.authority]);
    let all = meter.reporting(&world, &job, &reporter.pubkey(), hour);
    world.refused(&all, &[&reporter], E::MeterUnbonded);
}

#[test]
fn a_meter_hides_its_bond_behind_a_friends_report() {
    let penalty = ESCROW / 10 / 24;
    let mut world = World::with(Parameters { meter_bond: penalty, ..Parameters::DEFAULT });
    let meter = MeterFixture::new(&mut world);
    let jobs = [meter.job(&mut world, 9_000, ESCROW), meter.job(&mut world, 9_000, ESCROW)];
    let (reporter, start) = (world.holder(1_000_000_000), world.now());
    let hour = (start, start + HOUR);
    world.until(hour.1);
    // The friend's report pledges all that there is; the victim's, which is a lie, costs all of it the same.
    for job in &jobs {
        let all = meter.reporting(&world, job, &reporter.pubkey(), hour);
        world.must(&all, &[&reporter]);
    }
    let answer = meter.answering(&world, &jobs[1], 0, HOURLY, hour.1);
    world.must(&answer, &[]);
    assert_eq!(world.read::<Meter>(&meter.address()).vouched.stake, 0);
}

#[test]
fn an_arbiter_or_a_job_stands_in_for_the_meter_of_a_case() {
    let mut world = World::new();
    let (meter, job, reporter, hour) = silent(&mut world);
    let (wallet, _) = tests::arbiter(&mut world);
    let [words, open] = meter.reporting(&world, &job, &reporter.pubkey(), hour);
    for account in [pda::arbiter(&wallet.pubkey()), job.keys.job, job.keys.provider, pda::config()] {
        let mut forged = open.clone();
        forged.accounts[4].pubkey = account;
        let reason = world.rejected(&[words.clone(), forged], &[&reporter]);
        assert!(!matches!(reason, Expected::Program(_)), "{account}: {reason:?}");
    }
    // Another meter is a meter, but not the one that the terms name.
    let mut other = open.clone();
    other.accounts[4].pubkey = MeterFixture::new(&mut world).address();
    world.refused(&[words.clone(), other], &[&reporter], E::WrongMeter);
    world.must(&[words, open], &[&reporter]);
}

#[test]
fn a_case_and_a_dispute_stand_in_for_each_other() {
    let mut world = World::new();
    let (meter, job, reporter, hour) = silent(&mut world);
    let all = meter.reporting(&world, &job, &reporter.pubkey(), hour);
    world.must(&all, &[&reporter]);
    let (fixture, dispute) = Verifiable::ruled(&mut world, false);
    let case = pda::case(&job.keys.job, 0);
    let mut forged = fixture.resolving(&world, &dispute);
    forged.accounts[0].pubkey = case;
    let reason = world.rejected(&[forged], &[]);
    assert!(!matches!(reason, Expected::Program(_)), "{reason:?}");
    let resolve = world.network.resolve_case(&job.keys, 0, &meter.key.pubkey());
    world.until(world.now() + Parameters::DEFAULT.case_window + 1);
    let mut forged = resolve.clone();
    forged.accounts[1].pubkey = dispute;
    let reason = world.rejected(&[forged], &[]);
    assert!(!matches!(reason, Expected::Program(_)), "{reason:?}");
    // And another job's dispute does not slash this one's provider.
    let (other, _) = Verifiable::narrowed(&mut world);
    let mut forged = fixture.resolving(&world, &dispute);
    (forged.accounts[1].pubkey, forged.accounts[2].pubkey) = (other.job.keys.job, other.job.keys.provider);
    world.refused(&[forged], &[], E::WrongDispute);
    // Each in its own place is resolved.
    world.must(&[resolve], &[]);
    fixture.resolve(&mut world, &dispute).unwrap();
}

#[test]
fn a_meter_registers_again_to_wipe_its_record() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let (bank, key) = (world.bank.pubkey(), meter.key.pubkey());
    for authority in [&meter.authority, &world.wallet()] {
        let register = world.network.register_meter(&bank, &key, &authority.pubkey());
        world.rejected(&[register], &[&meter.key, authority]);
    }
    let (wallet, _) = tests::arbiter(&mut world);
    let again = world.network.register_arbiter(&bank, &wallet.pubkey());
    world.rejected(&[again], &[&wallet]);
}

#[test]
fn an_arbiter_backs_two_rulings_with_one_stake() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::narrowed(&mut world);
    let arbiter = &fixture.arbiters[0];
    let rule = world.network.rule(&arbiter.pubkey(), &dispute, true);
    // Twice in one transaction, on one dispute or with the stake on its way out behind it.
    world.refused(&[rule.clone(), rule.clone()], &[arbiter], E::RuledAlready);
    let leave = world.network.request_unvouch(&arbiter.pubkey(), &pda::arbiter(&arbiter.pubkey()), 1);
    world.refused(&[rule.clone(), leave.clone()], &[arbiter], E::InsufficientStake);
    world.refused(&[leave, rule.clone()], &[arbiter], E::ArbiterBond);
    world.must(&[rule], &[arbiter]);
    assert_eq!(world.read::<Arbiter>(&pda::arbiter(&arbiter.pubkey())).vouched.locked, ARBITER_STAKE);
}

#[test]
fn an_arbiters_stake_is_trapped_by_a_dispute_that_nobody_ends() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::narrowed(&mut world);
    let arbiter = &fixture.arbiters[0];
    fixture.rule(&mut world, &dispute, arbiter, true).unwrap();
    let release = world.network.release_arbiter(&dispute, &arbiter.pubkey());
    world.refused(std::slice::from_ref(&release), &[], E::WrongStage);
    // Neither the parties nor the rest of the panel move any more: time and anyone do.
    world.until(world.now() + Parameters::DEFAULT.dispute_window);
    fixture.resolve(&mut world, &dispute).unwrap();
    world.must(&[release], &[]);
    let leave =
        world.network.request_unvouch(&arbiter.pubkey(), &pda::arbiter(&arbiter.pubkey()), ARBITER_STAKE);
    world.must(&[leave], &[arbiter]);
}

#[test]
fn a_dispute_is_closed_with_stake_still_locked_for_it() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::resolved(&mut world, true);
    for (member, arbiter) in [(0, &fixture.arbiters[0]), (1, &fixture.arbiters[1])] {
        fixture.pay(&mut world, &dispute, member, &arbiter.pubkey()).unwrap();
    }
    let close = world.network.close_dispute(&dispute, &world.bank.pubkey());
    world.refused(std::slice::from_ref(&close), &[], E::ArbitersHeld);
    fixture.release(&mut world, &dispute);
    world.must(&[close], &[]);
    // Its address does not come back: the next dispute has another number.
    assert!(world.get::<Dispute>(&dispute).is_none());
    assert_eq!(fixture.job.read(&world).disputes, 1);
}

#[test]
fn a_report_of_an_outage_takes_the_number_of_a_dispute() {
    let mut world = World::new();
    let (meter, reporter) = (MeterFixture::new(&mut world), world.holder(1_000_000_000));
    let ours = meter.order(world.now(), 9_000);
    let fixture = Verifiable::running_as(&mut world, |order| {
        (order.meter, order.meter_kind, order.sla_bps) = (ours.meter, ours.meter_kind, ours.sla_bps);
        order.silence_max = 86_400;
    });
    world.pass(HOUR);
    let lie = fixture.receipt(&world, HOURLY, &Trace::differing_from(8, 3));
    fixture.job.settle_as(&mut world, &lie, &meter.key).unwrap();
    let from = world.now();
    world.pass(HOUR);
    // The consumer signs its dispute; a friend of the provider's lands true words of an outage before it.
    let (dispute, address) = fixture.opening(&world, 1, &Trace::honest(8));
    let words = meter.absence(&world, &fixture.job, (from, from + HOUR));
    let report = meter.opening(&world, &fixture.job, &reporter.pubkey(), Evidence::Absence(0));
    world.must(&[words, report], &[&reporter]);
    world.must(&[dispute], &[&fixture.job.actors.consumer]);
    let state = fixture.job.read(&world);
    assert_eq!((state.cases, state.disputes, state.open_disputes), (1, 1, 1));
    assert!(world.get::<Dispute>(&address).is_some());
}

#[test]
fn a_false_receipt_is_pushed_out_of_reach_by_a_later_one() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::honest(5));
    world.until(world.now() + 600);
    let lie = Trace::differing_from(900, 3);
    fixture.commit(&mut world, 8_000_000, &lie).unwrap();
    // Honest, but over less than was claimed: the consumer's check has begun, and the lie must go.
    world.until(world.now() + 60);
    for steps in [6, 899, 900] {
        let receipt = fixture.receipt(&world, 8_000_001, &Trace::honest(steps));
        let all = fixture.job.settling_instructions(&world, &receipt, &fixture.job.actors.session, 0);
        world.refused(&all, &[&fixture.job.actors.provider], E::StepsNotMore);
    }
    fixture.open(&mut world, 2, &Trace::honest(900)).unwrap();
}

#[test]
fn a_receipt_of_the_largest_count_bars_all_that_follow() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::honest(5));
    world.until(world.now() + 600);
    // A consumer signs it, so that its provider could send no other: who sends receipts is the provider.
    let last = Receipt { commitment: Some(([7; 32], 1 << 20)), ..fixture.job.receipt(&world, 4_000_000) };
    let all = fixture.job.settling_instructions(&world, &last, &fixture.job.actors.session, 0);
    let consumer = &fixture.job.actors.consumer;
    let mut theirs = all.clone();
    theirs[1].accounts[0].pubkey = consumer.pubkey();
    world.refused(&theirs, &[consumer], E::WrongParty);
    fixture.commit(&mut world, 4_000_000, &Trace::honest(6)).unwrap();
}

#[test]
fn a_top_up_makes_it_cheap_to_hold_up_much_work() {
    let mut world = World::new();
    let fixture = Verifiable::running(&mut world);
    world.give(&fixture.job.wallet(), 10 * ESCROW);
    fixture.job.top_up(&mut world, 9 * ESCROW, 900_000_000).unwrap();
    world.until(world.now() + 200_000);
    fixture.commit(&mut world, units(800_000_000), &Trace::honest(8)).unwrap();
    let dispute = fixture.open(&mut world, 1, &Trace::differing_from(8, 3)).unwrap();
    // 800 USD are 400 tokens: a twentieth of that, not of the 60 that the provider once accepted.
    assert_eq!(world.read::<Dispute>(&dispute).bond, 20_000_000_000);
    // It is lost by falling silent, most of it to the provider.
    fixture.miss(&mut world, &dispute);
    fixture.resolve(&mut world, &dispute).unwrap();
    let dues = fixture.job.read(&world).dues;
    assert_eq!(dues[settlement_interface::accounts::Party::Provider as usize].stake, 20_000_000_000);
    let none = world.network.withdraw_dispute(&dispute, CHALLENGER, &fixture.job.wallet());
    world.refused(&[none], &[], E::NothingOwed);
}

#[test]
fn a_top_up_raises_what_a_provider_can_lose() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.give(&job.wallet(), 10 * ESCROW);
    job.top_up(&mut world, 9 * ESCROW, 900_000_000).unwrap();
    let state = job.read(&world);
    assert_eq!((state.bond, state.bonded_escrow, state.accepted_budget), (ESCROW / 10, ESCROW, 100_000_000));
    // By its own signature alone, and never beyond what the terms ask for.
    let consumer = &job.actors.consumer;
    let mut forged = job.topping_up_bond(&world, 1);
    forged.accounts[0].pubkey = consumer.pubkey();
    world.refused(&[forged], &[consumer], E::WrongParty);
    let more = job.topping_up_bond(&world, ESCROW);
    world.refused(&[more], &[&job.actors.provider], E::BondFull);
}
