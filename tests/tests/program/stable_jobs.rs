//! A job on the stable rail from opening to the end: what is bonded, paid and taken, to the base unit.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Due, JobState, Party};
use settlement_interface::events::{Event, HALT_NOTHING, JobClosed, StableSettled};
use settlement_interface::panel::Panel;
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use settlement_interface::receipt::Receipt;
use settlement_interface::terms::{Order, RAIL_TOKEN};
use solana_signer::Signer;
use tests::{Actors, DOLLARS, ESCROW, JobFixture, PROGRAMS, World, keypair, stable_order, touched, units};

/// 10% of 100 USD at 1.999 USD a token, rounded up.
const BOND: u64 = 5_002_501_251;

fn dues(job: &JobFixture, world: &World) -> [u64; 5] {
    let dues = job.read(world).dues;
    Party::ALL.map(|party| dues[party as usize].escrow)
}

#[test]
fn a_job_is_opened_bonded_paid_and_closed_under_either_token_program() {
    for program in PROGRAMS {
        let mut world = World::stable(program);
        let supply = world.supply();
        let job = JobFixture::stable_offered(&mut world);
        let state = job.read(&world);
        assert_eq!((state.terms.mint, state.escrow, state.funded), (world.coin_mint(), DOLLARS, DOLLARS));
        assert_eq!(world.dollars(&job.vault()), DOLLARS);
        assert_eq!(world.svm.get_account(&job.vault()).unwrap().owner, program);

        let sent = job.accept(&mut world).unwrap();
        let Event::JobAccepted(accepted) = sent.only() else { panic!("{:?}", sent.events) };
        assert_eq!((accepted.bond, accepted.provider_locked, accepted.escrow), (BOND, BOND, DOLLARS));
        job.start(&mut world).unwrap();

        world.until(world.now() + 3_600);
        let sent = job.pay(&mut world, 3_600_000).unwrap();
        let Event::ReceiptAccepted(receipt) = &sent.events[0] else { panic!("{:?}", sent.events) };
        assert_eq!((receipt.accepted, receipt.outstanding, receipt.halt), (2_000_000, 2_000_000, 0));
        let expected = StableSettled {
            entities: [touched(&job.keys.job, 5)],
            at: world.now(),
            job: job.keys.job,
            provider: job.keys.provider,
            usd: 2_000_000,
            earned: 1_900_000,
            buyback: 80_000,
            treasury: 20_000,
            escrow: DOLLARS - 2_000_000,
            outstanding: 0,
            settled: 2_000_000,
            take: 100_000,
        };
        assert_eq!(sent.events[1], Event::StableSettled(Box::new(expected)));
        let state = job.read(&world);
        assert_eq!((state.settled, state.recorded, state.burned), (2_000_000, 0, 0));
        assert_eq!((state.take, state.treasury_take, state.earned), (100_000, 20_000, 1_900_000));
        assert_eq!(dues(&job, &world), [0, 1_900_000, 0, 80_000, 20_000]);
        assert_eq!(world.dollars(&job.vault()), DOLLARS); // booked, not paid
        assert_eq!(job.provider(&world).settled, 0); // recorded at the end

        let sent = job.end(&mut world);
        let Event::JobClosed(closed) = sent.only() else { panic!("{:?}", sent.events) };
        let expected = JobClosed {
            entities: [touched(&job.keys.job, 8), touched(&job.keys.provider, 4), touched(&pda::totals(), 3)],
            at: world.now(),
            job: job.keys.job,
            provider: job.keys.provider,
            refund: DOLLARS - 2_000_000,
            bond: BOND,
            void: 0,
            in_kind_usd: 0,
            in_kind_paid: 0,
            in_kind_burned: 0,
            recorded: 2_000_000,
        };
        assert_eq!(**closed, expected);
        let provider = job.provider(&world);
        assert_eq!((provider.settled, provider.good, provider.locked), (2_000_000, 2_000_000, 0));
        assert_eq!((provider.claimable, provider.burned, provider.take), (0, 0, 0));
        let state = job.read(&world);
        assert_eq!((state.recorded, state.escrow), (2_000_000, 0));
        assert_eq!(dues(&job, &world).iter().sum::<u64>(), DOLLARS);
        assert_eq!(world.supply(), supply); // nothing burns, nothing is minted
    }
}

#[test]
fn settling_in_many_receipts_takes_exactly_what_one_takes() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    let (many, one) = (JobFixture::stable_running(&mut world), JobFixture::stable_running(&mut world));
    // Each receipt charges 3 micro-dollars more: a take of 0.15 if it were rounded alone.
    for count in 1..=40 {
        world.until(world.now() + 1);
        many.pay(&mut world, units(3 * count)).unwrap();
    }
    one.pay(&mut world, units(120)).unwrap();
    let of = |job: &JobFixture| {
        let state = job.read(&world);
        (state.settled, state.take, state.treasury_take, state.earned)
    };
    assert_eq!(of(&many), (120, 6, 1, 114));
    assert_eq!(of(&many), of(&one));
    assert_eq!(dues(&many, &world), dues(&one, &world));
}

#[test]
fn no_price_is_needed_but_to_accept() {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let job = JobFixture::stable_running(&mut world);
    let offered = JobFixture::stable_offered(&mut world);
    world.pass(600); // stale
    let hash = offered.read(&world).terms_hash;
    let accept = world.network.accept_offer(&offered.authority(), &offered.keys.job, &hash, u64::MAX);
    world.refused(&[accept], &[&offered.actors.provider], E::NoPrice);
    job.pay(&mut world, 60_000).unwrap();
    job.close(&mut world, &job.actors.provider).unwrap();
    world.pass(Parameters::DEFAULT.receipt_grace + 1);
    job.advance(&mut world);
    let by = world.bank.pubkey();
    world.refused(&[world.network.mark(&by, &job.keys)], &[], E::NothingToMark);
    job.advance(&mut world);
    assert_eq!(job.read(&world).state(), Some(JobState::Closed));
}

#[test]
fn the_bond_rounds_up_and_is_bounded_by_its_sender() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    let job = JobFixture::stable_offered(&mut world);
    let hash = job.read(&world).terms_hash;
    let accept = |max| world.network.accept_offer(&job.authority(), &job.keys.job, &hash, max);
    let (enough, less) = (accept(BOND), accept(BOND - 1));
    world.refused(&[less], &[&job.actors.provider], E::BondTooHigh);
    world.must(&[enough], &[&job.actors.provider]);
}

#[test]
fn conversion_terms_have_no_place_on_this_rail() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    let actors = Actors::new(&mut world);
    let (wallet, bank) = (actors.consumer.pubkey(), world.bank.pubkey());
    let source = world.dollars_of(&wallet, DOLLARS);
    let usual = stable_order(world.now(), &actors.session.pubkey());
    let provider = actors.provider_address();
    for (min_price, convert_by) in [(1, 0), (0, 1), (0, -1), (1, 1)] {
        let mut order = usual;
        (order.min_price, order.convert_by) = (min_price, convert_by);
        let open = world.rail().open_job(&bank, &wallet, &source, &provider, 0, &order, DOLLARS);
        world.refused(&[open], &[&actors.consumer], E::StableTerms);
    }
    for rail in [0, 3, 255] {
        let mut order = usual;
        order.rail = rail;
        let open = world.rail().open_job(&bank, &wallet, &source, &provider, 0, &order, DOLLARS);
        world.refused(&[open], &[&actors.consumer], E::UnsupportedTerms);
    }
    // The mint is the rail's: dollars do not fund the token rail, nor tokens the stable one.
    let mut order = usual;
    order.rail = RAIL_TOKEN;
    let open = world.rail().open_job(&bank, &wallet, &source, &provider, 0, &order, DOLLARS);
    world.refused(&[open], &[&actors.consumer], E::WrongMint);
    let (open, ..) = actors.open(&world, &usual, DOLLARS);
    world.refused(&[open], &[&actors.consumer], E::WrongMint);
}

#[test]
fn each_rail_has_instructions_of_its_own() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    let (stable, token) = (JobFixture::stable_running(&mut world), JobFixture::running(&mut world));
    world.until(world.now() + 60);
    let receipt = token.receipt(&world, 1_000);
    let wrong = token.paying(&world, &receipt, &token.actors.session);
    world.refused(&wrong, &[&token.actors.provider], E::WrongRail);
    world.refused(&[world.rail().convert(&token.keys.job)], &[], E::WrongRail);
    // The stablecoin of SPL Token passes for a compute mint in every check but the rail's.
    let receipt = stable.receipt(&world, 1_000);
    let mut wrong = stable.settling_instructions(&world, &receipt, &stable.actors.session, 0);
    wrong[1].accounts[7].pubkey = world.coin_mint();
    world.refused(&wrong, &[&stable.actors.provider], E::WrongRail);
    let mut wrong = world.network.convert(&world.bank.pubkey(), &stable.keys, world.epoch());
    wrong.accounts[7].pubkey = world.coin_mint();
    world.refused(&[wrong], &[], E::WrongRail);
}

#[test]
fn what_the_escrow_cannot_pay_waits_for_a_top_up_or_is_void() {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let job = JobFixture::stable_running_with(&mut world, 1_500_000);
    world.until(world.now() + 3_600);
    // 2 USD of work against 1.50 in escrow.
    let sent = job.pay(&mut world, 3_600_000).unwrap();
    let Event::StableSettled(settled) = &sent.events[1] else { panic!("{:?}", sent.events) };
    assert_eq!((settled.usd, settled.escrow, settled.outstanding), (1_500_000, 0, 500_000));
    // A receipt that pays nothing more is refused while the job runs: it loses nothing by waiting.
    world.until(world.now() + 60);
    let receipt = job.receipt(&world, 3_660_000);
    let paying = job.paying(&world, &receipt, &job.actors.session);
    world.refused(&paying, &[&job.actors.provider], E::ReceiptUnsecured);
    world.refused(&[world.rail().convert(&job.keys.job)], &[], E::NothingToConvert);

    let top_up = job.stable_topping_up(&world, 200_000, 0);
    world.must(&[top_up], &[&job.actors.consumer]);
    let sent = world.must(&[world.rail().convert(&job.keys.job)], &[]);
    let Event::StableSettled(settled) = sent.only() else { panic!("{:?}", sent.events) };
    // ceil(1.7 * 5%) = 85,000 in all, of which 75,000 were taken.
    assert_eq!((settled.usd, settled.earned, settled.outstanding), (200_000, 190_000, 300_000));
    assert_eq!((settled.take, settled.buyback + settled.treasury), (85_000, 10_000));

    // Closing lets it in, and then it is void.
    job.close(&mut world, &job.actors.consumer).unwrap();
    let sent = job.settle_late(&mut world, 3_660_000);
    let Event::ReceiptAccepted(receipt) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!(receipt.halt, HALT_NOTHING);
    world.until(world.now() + Parameters::DEFAULT.receipt_grace + 1);
    job.advance(&mut world);
    let sent = job.advance(&mut world);
    let Event::JobClosed(closed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((closed.refund, closed.void, closed.recorded), (0, 333_333, 1_700_000));
}

#[test]
fn what_of_a_verifiable_job_waits_for_its_window_never_exceeds_the_escrow() {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let panel = Panel::of(1, &[keypair(70).pubkey()]).unwrap().hash();
    let edit = |order: &mut Order| {
        (order.verifiable, order.panel) = (1, panel);
        order.end_by += 30 * 86_400;
    };
    let job = JobFixture::stable_as(&mut world, edit, 3_000_000);
    job.accept(&mut world).unwrap();
    job.start(&mut world).unwrap();
    let paying = |world: &World, units, steps| {
        let receipt = Receipt { commitment: Some(([1; 32], steps)), ..job.receipt(world, units) };
        job.paying(world, &receipt, &job.actors.session)
    };
    world.until(world.now() + 3_600);
    let first = paying(&world, units(2_000_000), 2);
    world.must(&first, &[&job.actors.provider]);
    world.until(world.now() + 3_600);
    let over = paying(&world, units(3_000_001), 3);
    world.refused(&over, &[&job.actors.provider], E::ReceiptUnsecured);
    // Also by a receipt that pays what has waited long enough: 2 of the 3 USD are paid by it.
    world.until(world.now() + Parameters::DEFAULT.dispute_window);
    let over = paying(&world, units(3_000_001), 3);
    world.refused(&over, &[&job.actors.provider], E::ReceiptUnsecured);
    let all = paying(&world, units(3_000_000), 3);
    let sent = world.must(&all, &[&job.actors.provider]);
    assert!(
        sent.events.iter().any(|event| matches!(event, Event::StableSettled(paid) if paid.usd == 2_000_000))
    );
    assert_eq!((job.read(&world).accepted, job.read(&world).escrow), (3_000_000, 1_000_000));
}

#[test]
fn closing_pays_what_is_outstanding_by_itself() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    let job = JobFixture::stable_running_with(&mut world, 1_500_000);
    world.until(world.now() + 3_600);
    job.pay(&mut world, 3_600_000).unwrap();
    let top_up = job.stable_topping_up(&world, 1_000_000, 0);
    world.must(&[top_up], &[&job.actors.consumer]);
    job.close(&mut world, &job.actors.consumer).unwrap();
    world.until(world.now() + Parameters::DEFAULT.receipt_grace + 1);
    job.advance(&mut world);
    let sent = job.advance(&mut world);
    let Event::StableSettled(settled) = &sent.events[0] else { panic!("{:?}", sent.events) };
    assert_eq!((settled.usd, settled.settled, settled.take), (500_000, 2_000_000, 100_000));
    let Event::JobClosed(closed) = &sent.events[1] else { panic!("{:?}", sent.events) };
    assert_eq!((closed.refund, closed.void, closed.recorded), (500_000, 0, 2_000_000));
    assert_eq!(dues(&job, &world), [500_000, 1_900_000, 0, 80_000, 20_000]);
    world.refused(&[world.rail().convert(&job.keys.job)], &[], E::WrongState);
}

#[test]
fn what_the_previous_key_signed_counts_though_nothing_pays_it() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    let job = JobFixture::stable_running_with(&mut world, 1_000_000);
    world.until(world.now() + 3_600);
    job.pay(&mut world, units(1_000_000)).unwrap();
    world.until(world.now() + 60);
    let receipt = job.receipt(&world, units(1_000_000) + 60_000);
    job.rotate(&mut world, &keypair(88).pubkey()).unwrap();
    let paying = job.paying(&world, &receipt, &job.actors.session);
    world.must(&paying, &[&job.actors.provider]);
    assert!(job.read(&world).outstanding() > Some(0));
}

#[test]
fn the_same_receipt_twice_pays_nothing_more_also_within_one_transaction() {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let job = JobFixture::stable_running(&mut world);
    world.until(world.now() + 60);
    let receipt = job.receipt(&world, 60_000);
    let [verify, settle] = job.paying(&world, &receipt, &job.actors.session);
    let twice = [verify.clone(), settle.clone(), settle.clone()];
    world.refused(&twice, &[&job.actors.provider], E::ReceiptNotNewer);
    world.must(&[verify.clone(), settle.clone()], &[&job.actors.provider]);
    world.refused(&[verify, settle], &[&job.actors.provider], E::ReceiptNotNewer);
}

#[test]
fn only_the_provider_settles_and_only_a_running_or_closing_job() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    let (job, other) = (JobFixture::stable_running(&mut world), JobFixture::stable_running(&mut world));
    world.until(world.now() + 60);
    let receipt = job.receipt(&world, 60_000);
    let good = job.paying(&world, &receipt, &job.actors.session);
    let mut theirs = good.clone();
    theirs[1].accounts[0].pubkey = other.authority();
    world.refused(&theirs, &[&other.actors.provider], E::WrongParty);
    theirs[1].accounts[2].pubkey = other.keys.provider;
    world.refused(&theirs, &[&other.actors.provider], E::WrongProvider);
    let forged = job.paying(&world, &receipt, &other.actors.session);
    world.refused(&forged, &[&job.actors.provider], E::ReceiptSigner);
    for job in [JobFixture::stable_assigned(&mut world), JobFixture::stable_closed(&mut world)] {
        let receipt = job.receipt(&world, 7_200_000);
        let paying = job.paying(&world, &receipt, &job.actors.session);
        world.refused(&paying, &[&job.actors.provider], E::WrongState);
        world.refused(&[world.rail().convert(&job.keys.job)], &[], E::WrongState);
    }
}

#[test]
fn cancelling_costs_its_share_in_dollars() {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let job = JobFixture::stable_assigned(&mut world);
    job.cancel(&mut world).unwrap();
    assert_eq!(dues(&job, &world), [98_000_000, 2_000_000, 0, 0, 0]);
    assert_eq!(job.provider(&world).locked, 0);
}

#[test]
fn a_no_show_owes_tokens_and_the_escrow_comes_back_in_dollars() {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let job = JobFixture::stable_assigned(&mut world);
    world.until(job.read(&world).terms.order.start_by + 1);
    let by = world.bank.insecure_clone();
    job.mark(&mut world, &by);
    world.until(world.now() + Parameters::DEFAULT.grace);
    let supply = world.supply();
    job.advance(&mut world);
    // Half the bond, rounded up: 80% to the consumer, 5% to the reporter, the rest burned.
    let slashed = BOND.div_ceil(2);
    let (harmed, reported) = (slashed * 8 / 10, slashed / 20);
    let state = job.read(&world);
    assert_eq!(state.dues[Party::Consumer as usize], Due { escrow: DOLLARS, stake: harmed });
    assert_eq!(state.dues[Party::Reporter as usize], Due { escrow: 0, stake: reported });
    assert_eq!(world.supply(), supply - (slashed - harmed - reported));
}

#[test]
fn both_rails_live_side_by_side() {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let (stable, token) = (JobFixture::stable_running(&mut world), JobFixture::running(&mut world));
    world.until(world.now() + 3_600);
    token.settle(&mut world, 3_600_000).unwrap();
    stable.pay(&mut world, 3_600_000).unwrap();
    let state = token.read(&world);
    assert_eq!((state.settled, state.recorded), (2_000_000, 2_000_000));
    assert_eq!(state.escrow, ESCROW - 1_000_500_251);
}
