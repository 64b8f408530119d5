//! Opening a dispute: who may, of what, until when, and what goes on meanwhile.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Dispute, JobState};
use settlement_interface::events::{DisputeOpened, Event};
use settlement_interface::panel::Panel;
use settlement_interface::rules::{Side, Stage};
use settlement_interface::{Address, pda};
use solana_signer::Signer;
use tests::{ARBITER_STAKE, JobFixture, Trace, Verifiable, World, keypair, touched};

const WINDOW: i64 = 2 * 86_400;
/// A tenth of 60 tokens.
const JOB_BOND: u64 = 6_000_000_000;
/// Half of it.
const BOND: u64 = 3_000_000_000;

#[test]
fn the_consumer_opens_one_with_a_bond_and_it_is_told_in_full() {
    let mut world = World::new();
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let fixture = Verifiable::committed(&mut world, &provider);
    let (job, wallet) = (&fixture.job, fixture.job.wallet());
    let (balance, vault) = (world.balance(&wallet), world.tokens(&pda::stake_vault()));
    let (open, dispute) = fixture.opening(&world, 1, &own);
    let sent = world.must(&[open], &[&job.actors.consumer]);
    let expected = DisputeOpened {
        entities: [touched(&job.keys.job, 7), touched(&dispute, 1)],
        at: world.now(),
        job: job.keys.job,
        dispute,
        provider: job.keys.provider,
        challenger: wallet,
        rent_payer: world.bank.pubkey(),
        slot: world.slot(),
        index: 0,
        receipt: 1,
        provider_root: provider.root(),
        challenger_root: own.root(),
        steps: 8,
        pending: 2_000_000,
        bond: BOND,
        job_bond: JOB_BOND,
        arbiter_stake: ARBITER_STAKE,
        panel: fixture.panel,
        reserved: [0; 6],
    };
    assert!(sent.events.contains(&Event::DisputeOpened(Box::new(expected))), "{:?}", sent.events);
    assert_eq!(world.balance(&wallet), balance - BOND);
    assert_eq!(world.tokens(&pda::stake_vault()), vault + BOND);
    let state = job.read(&world);
    assert_eq!((state.cases, state.disputes, state.open_disputes, state.disputed), (0, 1, 1, 1));
    let opened = world.read::<Dispute>(&dispute);
    assert_eq!((opened.stage(), opened.turn()), (Some(Stage::ChallengerLast), Some((Side::Challenger, 7))));
}

#[test]
fn a_stranger_the_provider_and_an_arbiter_open_none() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::honest(8));
    let stranger = world.holder(1_000_000_000_000);
    for key in [&stranger, &fixture.job.actors.provider, &fixture.arbiters[0], &fixture.job.actors.session] {
        let (mut open, _) = fixture.opening(&world, 1, &Trace::honest(8));
        open.accounts[1].pubkey = key.pubkey();
        open.accounts[7].pubkey = world.associated(&key.pubkey());
        if key.pubkey() == fixture.job.actors.session.pubkey() {
            world.give(&key.pubkey(), 0);
        }
        world.refused(&[open], &[key], E::WrongParty);
    }
}

#[test]
fn a_job_that_is_not_verifiable_has_none() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let wallets = [1, 2, 3].map(|n| keypair(n).pubkey());
    let panel = Panel::of(2, &wallets).unwrap();
    let (wallet, bank) = (job.wallet(), world.bank.pubkey());
    let source = world.associated(&wallet);
    let open =
        world.network.open_dispute(&bank, &wallet, &source, &job.keys, 0, 1, &[1; 32], &panel, u64::MAX);
    world.refused(&[open], &[&job.actors.consumer], E::NotVerifiable);
}

#[test]
fn it_is_too_late_when_the_window_is_over_whether_or_not_anyone_converted() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::differing_from(8, 3));
    let since = world.now();
    let (open, _) = fixture.opening(&world, 1, &Trace::honest(8));
    world.until(since + WINDOW - 1);
    world.trial(std::slice::from_ref(&open), &[&fixture.job.actors.consumer]).unwrap();
    world.until(since + WINDOW);
    world.refused(std::slice::from_ref(&open), &[&fixture.job.actors.consumer], E::NotDisputable);
    fixture.job.convert(&mut world).unwrap();
    world.refused(&[open], &[&fixture.job.actors.consumer], E::NotDisputable);
}

#[test]
fn only_the_newest_receipt_of_a_bucket_is_disputed() {
    let mut world = World::new();
    let trace = Trace::honest(8);
    let fixture = Verifiable::committed(&mut world, &trace);
    for (units, steps) in [(4_000_000, 9), (5_000_000, 10)] {
        world.until(world.now() + 600);
        fixture.commit(&mut world, units, &Trace::honest(steps)).unwrap();
    }
    // 1 is old, 2 was replaced by 3 in the young bucket, there is no 0 and no 4.
    for receipt in [0, 2, 4, u64::MAX] {
        let (open, _) = fixture.opening(&world, receipt, &trace);
        world.refused(&[open], &[&fixture.job.actors.consumer], E::NotDisputable);
    }
    for receipt in [1, 3] {
        let (open, _) = fixture.opening(&world, receipt, &trace);
        world.trial(&[open], &[&fixture.job.actors.consumer]).unwrap();
    }
}

#[test]
fn nothing_is_disputed_twice_nor_two_things_at_once() {
    let mut world = World::new();
    let trace = Trace::honest(8);
    let fixture = Verifiable::committed(&mut world, &trace);
    let consumer = fixture.job.actors.consumer.insecure_clone();
    world.until(world.now() + 600);
    let second = Trace::honest(9);
    fixture.commit(&mut world, 5_000_000, &second).unwrap();
    let dispute = fixture.open(&mut world, 2, &second).unwrap();
    let (another, _) = fixture.opening(&world, 1, &trace);
    world.refused(&[another], &[&consumer], E::DisputeOpen);
    // An equal output: lost by whoever opened it.
    fixture.play(&mut world, &dispute, &second, &second);
    fixture.execute(&mut world, &dispute).unwrap();
    for receipt in [1, 2] {
        let (again, _) = fixture.opening(&world, receipt, &trace);
        world.refused(&[again], &[&consumer], E::DisputedAlready);
    }
    // A later one can be.
    world.until(world.now() + 600);
    let third = Trace::honest(10);
    fixture.commit(&mut world, 6_000_000, &third).unwrap();
    let next = fixture.open(&mut world, 3, &third).unwrap();
    assert_eq!(next, pda::dispute(&fixture.job.keys.job, 1));
}

#[test]
fn the_panel_is_the_one_that_both_signed() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::honest(8));
    let consumer = fixture.job.actors.consumer.insecure_clone();
    let stranger = world.wallet().pubkey();
    let good = fixture.panel;
    let mut disordered = good;
    disordered.members.swap(0, 1);
    let mut twice = good;
    twice.members[1] = twice.members[0];
    let mut hidden = good;
    hidden.members[3] = stranger;
    let own = Panel::of(2, &[good.members[0], good.members[1], stranger]).unwrap();
    for (panel, error) in [
        (disordered, E::PanelForm),
        (twice, E::PanelForm),
        (hidden, E::PanelForm),
        (Panel { k: 1, ..good }, E::PanelForm),
        (Panel { k: 4, ..good }, E::PanelForm),
        (Panel { n: 8, ..good }, E::PanelForm),
        (Panel::default(), E::PanelForm),
        (Panel { k: 3, ..good }, E::WrongPanel),
        (own, E::WrongPanel),
    ] {
        let changed = Verifiable { panel, job: fixture_job(&fixture), arbiters: vec![] };
        let (open, _) = changed.opening(&world, 1, &Trace::honest(8));
        world.refused(&[open], &[&consumer], error);
    }
}

fn fixture_job(fixture: &Verifiable) -> JobFixture {
    let actors = tests::Actors {
        consumer: fixture.job.actors.consumer.insecure_clone(),
        session: fixture.job.actors.session.insecure_clone(),
        provider: fixture.job.actors.provider.insecure_clone(),
    };
    JobFixture { actors, keys: fixture.job.keys, nonce: fixture.job.nonce }
}

#[test]
fn the_bond_is_at_most_what_the_consumer_allows_and_in_the_compute_token() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::honest(8));
    let consumer = &fixture.job.actors.consumer;
    let (open, dispute) = fixture.opening(&world, 1, &Trace::honest(8));
    let with_max = |max: u64| {
        let mut open = open.clone();
        let at = open.data.len() - 8;
        open.data[at..].copy_from_slice(&max.to_le_bytes());
        open
    };
    world.refused(&[with_max(BOND - 1)], &[consumer], E::BondTooHigh);
    world.trial(&[with_max(BOND)], &[consumer]).unwrap();
    let (mint, source) = (keypair(50).pubkey(), keypair(51).pubkey());
    world.set_mint(&mint, Some(pda::config()), None, 9, 0);
    world.set_tokens(&source, &mint, &consumer.pubkey(), BOND);
    let mut foreign = open.clone();
    foreign.accounts[7].pubkey = source;
    world.refused(&[foreign], &[consumer], E::WrongMint);
    // Not at another place than the next one.
    let keys = fixture.job.keys;
    let (wallet, bank) = (consumer.pubkey(), world.bank.pubkey());
    let source = world.associated(&wallet);
    let elsewhere =
        world.network.open_dispute(&bank, &wallet, &source, &keys, 1, 1, &[1; 32], &fixture.panel, u64::MAX);
    world.refused(&[elsewhere], &[consumer], E::WrongDispute);
    assert!(world.get::<Dispute>(&dispute).is_none());
}

#[test]
fn it_is_opened_while_the_job_is_closing_or_held_and_not_later() {
    let mut world = World::new();
    let trace = Trace::honest(8);
    let fixture = Verifiable::committed(&mut world, &trace);
    let (job, since) = (&fixture.job, world.now());
    let (open, _) = fixture.opening(&world, 1, &trace);
    let consumer = &job.actors.consumer;
    job.close(&mut world, consumer).unwrap();
    world.trial(std::slice::from_ref(&open), &[consumer]).unwrap();
    world.until(since + 86_401);
    job.advance(&mut world);
    world.trial(std::slice::from_ref(&open), &[consumer]).unwrap();
    world.until(since + WINDOW);
    job.advance(&mut world);
    world.refused(&[open], &[consumer], E::WrongState);
}

#[test]
fn while_it_is_open_receipts_come_in_and_nothing_matures() {
    let mut world = World::new();
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    let (job, opened) = (&fixture.job, world.now());
    world.until(opened + 3_000);
    fixture.commit(&mut world, 5_400_000, &Trace::honest(9)).unwrap();
    job.top_up(&mut world, 1_000, 1_000).unwrap();
    world.until(opened + WINDOW + 86_400);
    fixture.commit(&mut world, 7_200_000, &Trace::honest(10)).unwrap();
    let [old, young] = job.read(&world).pending;
    assert_eq!((old.usd, old.receipt, young.receipt), (2_000_000, 1, 3));
    assert_eq!(job.read(&world).settled, 0);
    // The disputed root is the one of the dispute, whatever the buckets hold by now.
    let state = world.read::<Dispute>(&dispute);
    assert_eq!((state.provider_root, state.steps), (provider.root(), 8));
    fixture.play(&mut world, &dispute, &provider, &own);
    assert_eq!(world.read::<Dispute>(&dispute).hi, 3);
    // Closed in the middle by the provider, held in the middle, and no further.
    job.close(&mut world, &job.actors.provider).unwrap();
    world.until(world.now() + 86_401);
    job.advance(&mut world);
    assert_eq!(job.read(&world).state(), Some(JobState::Held));
    world.until(world.now() + 86_401);
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
    fixture.resolve(&mut world, &dispute).unwrap();
    // Nobody ruled: the clocks go on where they stood.
    let now = world.now();
    let [old, young] = job.read(&world).pending;
    assert_eq!((old.since, young.since), (now, now));
    world.until(now + WINDOW);
    job.advance(&mut world);
    assert_eq!(job.read(&world).state(), Some(JobState::Settling));
    assert_eq!(job.read(&world).outstanding(), Some(4_000_000));
}

#[test]
fn the_address_of_a_dispute_is_of_its_job_and_number() {
    let job = Address::new_from_array([7; 32]);
    assert_ne!(pda::dispute(&job, 0), pda::dispute(&job, 1));
    assert_ne!(pda::dispute(&job, 0), pda::vault(&job));
}
