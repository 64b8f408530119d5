//! Opening a job as an offer, and topping it up.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Consumer, Job, JobState, PARTIES};
use settlement_interface::events::{Event, JobOpened, JobToppedUp};
use settlement_interface::parameters::{DAY, Parameters};
use settlement_interface::pda;
use settlement_interface::terms::{Order, Terms};
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{Actors, ESCROW, Expected, JobFixture, World, keypair, order, touched};

/// The error of SPL Token for a balance that is too small.
const INSUFFICIENT_FUNDS: InstructionError = InstructionError::Custom(1);

#[track_caller]
fn refused(world: &mut World, actors: &Actors, order: &Order, amount: u64, why: impl Into<Expected>) {
    let (open, ..) = actors.open(world, order, amount);
    world.refused(&[open], &[&actors.consumer], why);
}

/// The usual order, changed, accepted or refused.
#[track_caller]
fn judged(world: &mut World, actors: &Actors, edit: impl FnOnce(&mut Order), why: Option<E>) {
    let mut order = order(world.now(), &actors.session.pubkey());
    edit(&mut order);
    match why {
        Some(error) => refused(world, actors, &order, ESCROW, error),
        None => {
            let (open, ..) = actors.open(world, &order, ESCROW);
            world.trial(&[open], &[&actors.consumer]).expect("an order within its bounds");
        }
    }
}

#[test]
fn an_offer_is_opened_escrowed_and_told_in_full() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let usual = order(world.now(), &actors.session.pubkey());
    let (open, keys, _) = actors.open(&world, &usual, ESCROW);
    let wallet = actors.consumer.pubkey();
    let before = world.balance(&wallet);
    let sent = world.must(&[open], &[&actors.consumer]);
    let terms = Terms {
        consumer: wallet,
        provider: keys.provider,
        mint: world.network.mint,
        order: usual,
        parameters: Parameters::DEFAULT,
    };
    let expected = JobOpened {
        entities: [touched(&pda::consumer(&wallet), 2), touched(&keys.job, 1)],
        at: world.now(),
        job: keys.job,
        vault: pda::vault(&keys.job),
        rent_payer: world.bank.pubkey(),
        terms,
        terms_hash: terms.hash(&keys.job, world.now()),
        nonce: 0,
        escrow: ESCROW,
        state: JobState::Offered as u64,
    };
    assert_eq!(sent.events, [Event::JobOpened(Box::new(expected))]);
    assert_eq!(world.balance(&wallet), before - ESCROW);
    assert_eq!(world.tokens(&pda::vault(&keys.job)), ESCROW);
    let job: Job = world.read(&keys.job);
    assert_eq!((job.terms, job.terms_hash, job.vault), (terms, expected.terms_hash, expected.vault));
    assert_eq!((job.funded, job.escrow, job.opened_at), (ESCROW, ESCROW, world.now()));
    assert_eq!((job.accepted, job.bond, job.dues), (0, 0, [Default::default(); PARTIES]));
    assert_eq!(world.read::<Consumer>(&pda::consumer(&wallet)).next_nonce, 1);
}

#[test]
fn a_nonce_is_the_next_one_and_never_used_again() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let usual = order(world.now(), &job.actors.session.pubkey());
    let (bank, wallet, source) = (world.bank.pubkey(), job.wallet(), world.associated(&job.wallet()));
    let open = |world: &World, nonce| {
        world.network.open_job(&bank, &wallet, &source, &job.keys.provider, nonce, &usual, ESCROW)
    };
    for nonce in [2, u64::MAX] {
        let skipping = open(&world, nonce);
        world.refused(&[skipping], &[&job.actors.consumer], E::WrongNonce);
    }
    // In use: the address is taken.
    let again = open(&world, 0);
    world.rejected(std::slice::from_ref(&again), &[&job.actors.consumer]);
    // Also after the job was closed.
    job.cancel(&mut world).unwrap();
    job.withdraw(&mut world, settlement_interface::accounts::Party::Consumer, &wallet).unwrap();
    job.reclaim(&mut world).unwrap();
    world.refused(&[again], &[&job.actors.consumer], E::WrongNonce);
    let next = open(&world, 1);
    world.must(&[next], &[&job.actors.consumer]);
}

#[test]
fn lamports_sent_to_a_job_or_its_vault_before_they_exist_change_nothing() {
    for lamports in [1, 1_000_000, 1_000_000_000] {
        let mut world = World::new();
        let actors = Actors::new(&mut world);
        let usual = order(world.now(), &actors.session.pubkey());
        let (open, keys, _) = actors.open(&world, &usual, ESCROW);
        // The vault's balance is written, for one lamport alone cannot be sent.
        for address in [keys.job, pda::vault(&keys.job)] {
            let account = solana_account::Account { lamports, ..Default::default() };
            world.svm.set_account(address, account).unwrap();
        }
        world.must(&[open], &[&actors.consumer]);
        assert_eq!(world.tokens(&pda::vault(&keys.job)), ESCROW);
    }
}

#[test]
fn budget_rate_unit_cap_and_escrow_must_all_be_positive() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    judged(&mut world, &actors, |order| order.budget = 0, Some(E::BadRate));
    judged(&mut world, &actors, |order| order.rate = 0, Some(E::BadRate));
    judged(&mut world, &actors, |order| order.unit = 0, Some(E::BadRate));
    judged(&mut world, &actors, |order| order.unit_cap = 0, Some(E::BadRate));
    let least = |order: &mut Order| (order.budget, order.rate, order.unit, order.unit_cap) = (1, 1, 1, 1);
    judged(&mut world, &actors, least, None);
    let usual = order(world.now(), &actors.session.pubkey());
    refused(&mut world, &actors, &usual, 0, E::ZeroEscrow);
}

#[test]
fn an_escrow_beyond_the_consumers_tokens_is_refused() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let usual = order(world.now(), &actors.session.pubkey());
    let all = world.balance(&actors.consumer.pubkey());
    refused(&mut world, &actors, &usual, u64::MAX, INSUFFICIENT_FUNDS);
    refused(&mut world, &actors, &usual, all + 1, INSUFFICIENT_FUNDS);
    JobFixture::offered_as(&mut world, actors, &usual, all);
}

#[test]
fn deadlines_hold_on_both_sides_of_each_bound() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let now = world.now();
    let wrong = Some(E::Deadlines);
    judged(&mut world, &actors, |order| order.offer_by = now, wrong);
    judged(&mut world, &actors, |order| order.offer_by = now + 1, None);
    judged(&mut world, &actors, |order| order.offer_by = order.start_by, None);
    judged(&mut world, &actors, |order| order.offer_by = order.start_by + 1, wrong);
    judged(&mut world, &actors, |order| order.end_by = order.start_by, wrong);
    judged(&mut world, &actors, |order| order.end_by = order.start_by + 1, None);
    judged(&mut world, &actors, |order| order.end_by = now + 365 * DAY, None);
    judged(&mut world, &actors, |order| order.end_by = now + 365 * DAY + 1, wrong);
    judged(&mut world, &actors, |order| order.end_by = i64::MAX, wrong);
    judged(&mut world, &actors, |order| order.offer_by = i64::MIN, wrong);
}

#[test]
fn a_minimum_price_lapses_at_most_seven_days_after_the_end() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    judged(&mut world, &actors, |order| order.convert_by = order.end_by + 7 * DAY, None);
    judged(&mut world, &actors, |order| order.convert_by = order.end_by + 7 * DAY + 1, Some(E::ConvertBy));
    judged(&mut world, &actors, |order| order.convert_by = i64::MAX, Some(E::ConvertBy));
}

#[test]
fn silence_is_bounded_on_both_sides() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    judged(&mut world, &actors, |order| order.silence_max = 299, Some(E::SilenceMax));
    judged(&mut world, &actors, |order| order.silence_max = 300, None);
    judged(&mut world, &actors, |order| order.silence_max = 7 * DAY, None);
    judged(&mut world, &actors, |order| order.silence_max = 7 * DAY + 1, Some(E::SilenceMax));
}

#[test]
fn terms_that_this_version_does_not_offer_are_refused() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let edits: [fn(&mut Order); 8] = [
        |order| order.rail = 0,
        |order| order.rail = 3,
        |order| order.meter_kind = 0,
        |order| order.meter_kind = 3,
        |order| order.verifiable = 1,
        |order| order.verifiable = 255,
        |order| order.panel[31] = 1,
        |order| order.open_acceptance = 1,
    ];
    for edit in edits {
        judged(&mut world, &actors, edit, Some(E::UnsupportedTerms));
    }
}

#[test]
fn the_providers_own_key_is_no_meter() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let authority = actors.provider.pubkey();
    judged(&mut world, &actors, |order| order.meter = authority, Some(E::MeterIsParty));
}

#[test]
fn a_job_is_opened_by_its_own_consumer_in_the_compute_token() {
    let mut world = World::new();
    let (actors, other) = (Actors::new(&mut world), Actors::new(&mut world));
    let usual = order(world.now(), &actors.session.pubkey());
    let (open, ..) = actors.open(&world, &usual, ESCROW);
    let mut as_other = open.clone();
    as_other.accounts[2].pubkey = pda::consumer(&other.consumer.pubkey());
    world.refused(&[as_other], &[&actors.consumer], E::WrongParty);
    let (mint, source) = (keypair(50).pubkey(), keypair(51).pubkey());
    world.set_mint(&mint, Some(pda::config()), None, 9, 0);
    world.set_tokens(&source, &mint, &actors.consumer.pubkey(), ESCROW);
    let mut foreign_source = open.clone();
    foreign_source.accounts[8].pubkey = source;
    world.refused(std::slice::from_ref(&foreign_source), &[&actors.consumer], E::WrongMint);
    foreign_source.accounts[9].pubkey = mint;
    world.refused(&[foreign_source], &[&actors.consumer], E::WrongMint);
    // Not out of somebody else's account.
    let mut theirs = open;
    theirs.accounts[8].pubkey = world.associated(&other.consumer.pubkey());
    world.rejected(&[theirs], &[&actors.consumer]);
}

#[test]
fn a_top_up_before_acceptance_changes_the_hash_if_it_changes_the_terms() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let (before, balance) = (job.read(&world), world.balance(&job.wallet()));
    let sent = job.top_up(&mut world, 5, 7).unwrap();
    let after = job.read(&world);
    let mut terms = before.terms;
    terms.order.budget += 7;
    let expected = JobToppedUp {
        entities: [touched(&job.keys.job, 2)],
        at: world.now(),
        job: job.keys.job,
        amount: 5,
        escrow: ESCROW + 5,
        budget: 100_000_007,
        terms_hash: terms.hash(&job.keys.job, after.opened_at),
    };
    assert_eq!(sent.events, [Event::JobToppedUp(Box::new(expected))]);
    assert_eq!((after.terms, after.terms_hash), (terms, expected.terms_hash));
    assert_eq!(
        (after.funded, after.escrow, world.tokens(&job.vault())),
        (ESCROW + 5, ESCROW + 5, ESCROW + 5)
    );
    assert_eq!(world.balance(&job.wallet()), balance - 5);
    assert_ne!(after.terms_hash, before.terms_hash);
    let stale = world.network.accept_offer(&job.authority(), &job.keys.job, &before.terms_hash, u64::MAX);
    world.refused(&[stale], &[&job.actors.provider], E::TermsChanged);
    // Tokens alone are not among the terms.
    job.top_up(&mut world, 1, 0).unwrap();
    assert_eq!(job.read(&world).terms_hash, after.terms_hash);
}

#[test]
fn a_top_up_after_acceptance_leaves_what_the_provider_signed() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let before = job.read(&world);
    job.top_up(&mut world, 0, 50).unwrap();
    let after = job.read(&world);
    assert_eq!((after.terms_hash, after.accepted_budget), (before.terms_hash, 100_000_000));
    assert_eq!((after.terms.order.budget, after.bond), (100_000_050, before.bond));
}

#[test]
fn a_top_up_of_nothing_or_of_too_much_is_refused() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let nothing = job.topping_up(&world, 0, 0);
    world.refused(&[nothing], &[&job.actors.consumer], E::ZeroAmount);
    let budget = job.topping_up(&world, 0, u64::MAX);
    world.refused(&[budget], &[&job.actors.consumer], E::Arithmetic);
    let tokens = job.topping_up(&world, u64::MAX, 0);
    world.refused(&[tokens], &[&job.actors.consumer], INSUFFICIENT_FUNDS);
}

#[test]
fn only_the_consumer_tops_up_its_own_job_in_its_own_mint() {
    let mut world = World::new();
    let (job, other) = (JobFixture::running(&mut world), JobFixture::running(&mut world));
    let source = world.associated(&other.wallet());
    let theirs = world.network.top_up(&other.wallet(), &source, &job.keys.job, 5, 0);
    world.refused(&[theirs], &[&other.actors.consumer], E::WrongParty);
    let good = job.topping_up(&world, 5, 0);
    let mut vault = good.clone();
    vault.accounts[2].pubkey = other.vault();
    world.refused(&[vault], &[&job.actors.consumer], E::WrongVault);
    let (mint, foreign) = (keypair(50).pubkey(), keypair(51).pubkey());
    world.set_mint(&mint, None, None, 9, 0);
    world.set_tokens(&foreign, &mint, &job.wallet(), 5);
    let mut source = good;
    source.accounts[3].pubkey = foreign;
    world.refused(&[source], &[&job.actors.consumer], E::WrongMint);
}

#[test]
fn a_job_that_closes_or_ended_takes_no_top_up() {
    let mut world = World::new();
    let closing = JobFixture::closing(&mut world);
    let closed = JobFixture::closed(&mut world);
    let cancelled = JobFixture::offered(&mut world);
    cancelled.cancel(&mut world).unwrap();
    for job in [&closing, &closed, &cancelled] {
        let top_up = job.topping_up(&world, 5, 5);
        world.refused(&[top_up], &[&job.actors.consumer], E::WrongState);
    }
}
