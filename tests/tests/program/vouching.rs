//! What meters and arbiters have at stake for their words: locked while these are judged, lost by a meter
//! whose own better words overturn them, and never held for longer.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Arbiter, Case, Dispute, Meter, Party, Vouched};
use settlement_interface::events::{ArbiterReleased, Event};
use settlement_interface::parameters::Parameters;
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ARBITER_STAKE, ESCROW, JobFixture, MeterFixture, Trace, Verifiable, World, touched};

/// Of the bond, a tenth of the escrow, the share that an hour is of the whole job; and a reporter's fifth of it.
const PENALTY: u64 = ESCROW / 10 / 24;
const REPORT: u64 = PENALTY / 5;
const HOUR: i64 = 3_600;
/// 90% of 8,000 units a second for an hour.
const HOURLY: u64 = 25_920_000;

/// Jobs at 90% by one meter, an hour into which nothing was counted.
struct Scene {
    world: World,
    meter: MeterFixture,
    jobs: Vec<JobFixture>,
    reporter: Keypair,
    start: i64,
}

impl Scene {
    fn new(jobs: usize) -> Self {
        Self::with(jobs, Parameters::DEFAULT)
    }

    fn with(jobs: usize, parameters: Parameters) -> Self {
        let mut world = World::with(parameters);
        let meter = MeterFixture::new(&mut world);
        let jobs = (0..jobs).map(|_| meter.job(&mut world, 9_000, ESCROW)).collect();
        let (reporter, start) = (world.holder(1_000_000_000_000), world.now());
        world.until(start + HOUR);
        Self { world, meter, jobs, reporter, start }
    }

    /// The two instructions that report an absence of the first hour.
    fn reporting(&self, job: usize, reporter: &Address) -> [Instruction; 2] {
        let hour = (self.start, self.start + HOUR);
        self.meter.reporting(&self.world, &self.jobs[job], reporter, hour)
    }

    fn report(&mut self, job: usize) {
        let reporter = self.reporter.insecure_clone();
        let all = self.reporting(job, &reporter.pubkey());
        self.world.must(&all, &[&reporter]);
    }

    /// Better words of the same meter overturn the report.
    fn answer(&mut self, job: usize) -> settlement_interface::events::CaseAnswered {
        let all = self.meter.answering(&self.world, &self.jobs[job], 0, HOURLY, self.start + HOUR);
        let sent = self.world.must(&all, &[]);
        let Event::CaseAnswered(answered) = sent.only() else { panic!("{:?}", sent.events) };
        **answered
    }

    fn uphold(&mut self, job: usize) {
        let resolve = self.world.network.resolve_case(&self.jobs[job].keys, 0, &self.meter.key.pubkey());
        self.world.until(self.world.now() + Parameters::DEFAULT.case_window + 1);
        self.world.must(std::slice::from_ref(&resolve), &[]);
        self.world.until(self.world.now() + HOUR);
        self.world.must(&[resolve], &[]);
    }

    fn vouched(&self) -> Vouched {
        self.world.read::<Meter>(&self.meter.address()).vouched
    }

    fn unvouching(&self, amount: u64) -> Instruction {
        let wallet = self.meter.authority.pubkey();
        self.world.network.request_unvouch(&wallet, &self.meter.address(), amount)
    }
}

#[test]
fn a_report_locks_what_its_meters_words_can_take_until_the_case_is_resolved() {
    let mut scene = Scene::new(1);
    let bond = scene.vouched().stake;
    scene.report(0);
    let case: Case = scene.world.read(&pda::case(&scene.jobs[0].keys.job, 0));
    assert_eq!(
        (case.pledged, scene.vouched().locked, scene.vouched().free()),
        (PENALTY, PENALTY, Some(bond - PENALTY))
    );
    let authority = scene.meter.authority.insecure_clone();
    let (more, free) = (scene.unvouching(bond - PENALTY + 1), scene.unvouching(bond - PENALTY));
    scene.world.refused(&[more], &[&authority], E::InsufficientStake);
    scene.world.must(&[free], &[&authority]);
    scene.uphold(0);
    assert_eq!((scene.vouched().locked, scene.vouched().free()), (0, Some(PENALTY)));
    let rest = scene.unvouching(PENALTY);
    scene.world.must(&[rest], &[&authority]);
    scene.world.pass(Parameters::DEFAULT.unbonding);
    let before = scene.world.balance(&authority.pubkey());
    let withdraw = scene.world.network.withdraw_vouched(&authority.pubkey(), &scene.meter.address());
    scene.world.must(&[withdraw], &[]);
    assert_eq!(scene.world.balance(&authority.pubkey()), before + bond);
}

#[test]
fn an_overturned_word_costs_the_meter_its_pledge_and_the_reporter_its_bond() {
    let mut scene = Scene::new(1);
    let (bond, supply) = (scene.vouched().stake, scene.world.supply());
    scene.report(0);
    let vault = scene.world.tokens(&pda::stake_vault());
    let answered = scene.answer(0);
    assert_eq!((answered.pledged, answered.slashed), (PENALTY, PENALTY));
    assert_eq!((answered.bond, answered.meter_stake), (REPORT, bond - PENALTY));
    assert_eq!((scene.vouched().stake, scene.vouched().locked), (bond - PENALTY, 0));
    assert_eq!(scene.world.supply(), supply - PENALTY);
    assert_eq!(scene.world.tokens(&pda::stake_vault()), vault - PENALTY);
    assert_eq!(scene.jobs[0].read(&scene.world).dues[Party::Provider as usize].stake, REPORT);
    // And the provider can take it.
    let authority = scene.jobs[0].authority();
    let before = scene.world.balance(&authority);
    scene.jobs[0].withdraw(&mut scene.world, Party::Provider, &authority).unwrap();
    assert_eq!(scene.world.balance(&authority), before + REPORT);
}

#[test]
fn words_of_a_meter_without_a_bond_take_nobodys() {
    let mut scene = Scene::new(1);
    let (authority, reporter) = (scene.meter.authority.insecure_clone(), scene.reporter.insecure_clone());
    let bond = scene.vouched().stake;
    let leave = scene.unvouching(bond - PENALTY + 1);
    scene.world.must(&[leave], &[&authority]);
    let all = scene.reporting(0, &reporter.pubkey());
    scene.world.refused(&all, &[&reporter], E::MeterUnbonded);
    // Anyone may vouch for it anew: one base unit, and its words count again.
    let source = scene.world.associated(&reporter.pubkey());
    let vouch = scene.world.network.vouch(&reporter.pubkey(), &source, &scene.meter.address(), 1);
    scene.world.must(&[vouch], &[&reporter]);
    scene.world.must(&all, &[&reporter]);
    assert_eq!((scene.vouched().free(), scene.vouched().locked), (Some(0), PENALTY));
}

#[test]
fn nobody_behind_a_meter_reports_on_its_words() {
    let mut scene = Scene::new(1);
    for key in [scene.meter.key.insecure_clone(), scene.meter.authority.insecure_clone()] {
        scene.world.give(&key.pubkey(), 1_000_000_000);
        let all = scene.reporting(0, &key.pubkey());
        scene.world.refused(&all, &[&key], E::ReporterIsParty);
    }
    scene.report(0);
}

#[test]
fn reports_share_their_meters_bond_so_that_none_bars_another_and_none_is_free() {
    let parameters = Parameters { meter_bond: PENALTY, ..Parameters::DEFAULT };
    let mut scene = Scene::with(4, parameters);
    assert_eq!(scene.vouched().stake, PENALTY);
    for job in 0..3 {
        scene.report(job);
    }
    assert_eq!((scene.vouched().locked, scene.vouched().free()), (3 * PENALTY, Some(0)));
    // The first that is overturned takes what there is, the second nothing, and the third is upheld.
    assert_eq!((scene.answer(1).slashed, scene.answer(0).slashed), (PENALTY, 0));
    assert_eq!((scene.vouched().stake, scene.vouched().locked), (0, PENALTY));
    let reporter = scene.reporter.insecure_clone();
    let all = scene.reporting(3, &reporter.pubkey());
    scene.world.refused(&all, &[&reporter], E::MeterUnbonded);
    scene.uphold(2);
    assert_eq!(scene.vouched().locked, 0);
}

#[test]
fn another_meter_is_not_locked_in_place_of_the_jobs() {
    let mut scene = Scene::new(1);
    let other = MeterFixture::new(&mut scene.world);
    let reporter = scene.reporter.insecure_clone();
    let [words, mut open] = scene.reporting(0, &reporter.pubkey());
    open.accounts[4].pubkey = other.address();
    scene.world.refused(&[words, open], &[&reporter], E::WrongMeter);
    scene.report(0);
    let [words, mut answer] =
        scene.meter.answering(&scene.world, &scene.jobs[0], 0, HOURLY, scene.start + HOUR);
    answer.accounts[2].pubkey = other.address();
    scene.world.refused(&[words, answer], &[], E::WrongMeter);
}

fn of(world: &World, arbiter: &Keypair) -> Vouched {
    world.read::<Arbiter>(&pda::arbiter(&arbiter.pubkey())).vouched
}

#[test]
fn a_ruling_locks_its_stake_until_the_dispute_is_resolved_and_anyone_frees_it_once() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::narrowed(&mut world);
    let [first, second, third] = fixture.arbiters.as_slice() else { panic!() };
    let release = |arbiter: &Keypair| world.network.release_arbiter(&dispute, &arbiter.pubkey());
    let (free, other, nothing) = (release(first), release(second), release(third));
    let stranger = world.holder(0);
    world.set_arbiter(&stranger.pubkey(), ARBITER_STAKE);
    let foreign = world.network.release_arbiter(&dispute, &stranger.pubkey());
    fixture.rule(&mut world, &dispute, first, false).unwrap();
    assert_eq!((of(&world, first).locked, of(&world, first).free()), (ARBITER_STAKE, Some(0)));
    let party = pda::arbiter(&first.pubkey());
    let leave = world.network.request_unvouch(&first.pubkey(), &party, 1);
    world.refused(std::slice::from_ref(&leave), &[first], E::InsufficientStake);
    world.refused(std::slice::from_ref(&free), &[], E::WrongStage);
    fixture.rule(&mut world, &dispute, second, false).unwrap();
    world.refused(std::slice::from_ref(&free), &[], E::WrongStage);
    fixture.execute(&mut world, &dispute).unwrap();
    world.refused(&[nothing], &[], E::NothingHeld);
    world.refused(&[foreign], &[], E::NotOnPanel);

    let sent = world.must(std::slice::from_ref(&free), &[]);
    let state = world.read::<Dispute>(&dispute);
    let expected = ArbiterReleased {
        entities: [touched(&dispute, state.sequence), touched(&party, 2)],
        at: world.now(),
        dispute,
        arbiter: first.pubkey(),
        amount: ARBITER_STAKE,
        locked: 0,
    };
    assert_eq!(sent.events, [Event::ArbiterReleased(Box::new(expected))]);
    world.refused(&[free], &[], E::NothingHeld);
    world.must(&[leave], &[first]);
    // The account stays until everybody is free.
    for (member, arbiter) in [(0, first), (1, second)] {
        fixture.pay(&mut world, &dispute, member, &arbiter.pubkey()).unwrap();
    }
    fixture
        .pay(&mut world, &dispute, settlement_interface::rules::CHALLENGER, &fixture.job.wallet())
        .unwrap();
    let close = world.network.close_dispute(&dispute, &world.bank.pubkey());
    world.refused(std::slice::from_ref(&close), &[], E::ArbitersHeld);
    world.must(&[other, close], &[]);
    assert_eq!(of(&world, second).free(), Some(ARBITER_STAKE));
}

#[test]
fn one_stake_backs_one_ruling_at_a_time() {
    let mut world = World::new();
    let arbiters: Vec<Keypair> = (0..3).map(|_| world.holder(0)).collect();
    for arbiter in &arbiters {
        world.set_arbiter(&arbiter.pubkey(), ARBITER_STAKE);
    }
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let narrowed = |world: &mut World| {
        let arbiters = arbiters.iter().map(Keypair::insecure_clone).collect();
        let fixture = Verifiable::with_panel(world, 2, arbiters, |_| {});
        world.until(world.now() + HOUR);
        fixture.commit(world, 3_600_000, &provider).unwrap();
        let dispute = fixture.open(world, 1, &own).unwrap();
        fixture.play(world, &dispute, &provider, &own);
        (fixture, dispute)
    };
    let (first, other) = (narrowed(&mut world), narrowed(&mut world));
    let arbiter = &first.0.arbiters[0];
    first.0.rule(&mut world, &first.1, arbiter, true).unwrap();
    let again = world.network.rule(&arbiter.pubkey(), &other.1, true);
    world.refused(std::slice::from_ref(&again), &[arbiter], E::ArbiterBond);
    // Nobody else rules on the first: time resolves it, anyone frees the arbiter, and it rules again.
    world.until(world.read::<Dispute>(&first.1).turn_at + Parameters::DEFAULT.dispute_window);
    first.0.resolve(&mut world, &first.1).unwrap();
    world.must(&[world.network.release_arbiter(&first.1, &arbiter.pubkey())], &[]);
    world.must(&[again], &[arbiter]);
    assert_eq!(of(&world, arbiter).locked, ARBITER_STAKE);
}
