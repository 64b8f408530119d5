//! Outage cases: reported by the meter's words, answered by better ones, or upheld.

use settlement_interface::SettlementError as E;
use settlement_interface::absence::Absence;
use settlement_interface::accounts::{CASE_OPEN, CASE_UPHELD, JobState, Judged, Meter, Party};
use settlement_interface::events::{CaseAnswered, CaseMarked, CaseOpened, CaseUpheld, CaseWithdrawn, Event};
use settlement_interface::instructions::{Evidence, START};
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use settlement_interface::receipt::Receipt;
use solana_signer::Signer;
use tests::{ESCROW, MeterFixture, Outage, STAKE, World, touched};

const BOND: u64 = ESCROW / 10;
/// The bond by the share of the whole job that an hour is, and a fifth of that.
const PENALTY: u64 = BOND / 24;
const REPORT: u64 = PENALTY / 5;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// 90% of 8,000 units a second for an hour.
const HOURLY: u64 = 25_920_000;

#[test]
fn an_absence_that_the_meter_states_opens_a_case_and_locks_the_reporters_bond() {
    let mut scene = Outage::new();
    let (words, open) = (scene.absence(scene.start, scene.start + HOUR), scene.open(Evidence::Absence(0)));
    let reporter = scene.reporter.insecure_clone();
    let sent = scene.world.must(&[words, open], &[&reporter]);
    let case = pda::case(&scene.job.keys.job, 0);
    let Event::CaseOpened(opened) = sent.only() else { panic!("{:?}", sent.events) };
    let expected = CaseOpened {
        entities: [touched(&scene.job.keys.job, 4), touched(&case, 1), opened.entities[2]],
        at: scene.world.now(),
        job: scene.job.keys.job,
        case,
        reporter: reporter.pubkey(),
        rent_payer: scene.world.bank.pubkey(),
        index: 0,
        evidence: 2,
        from: scene.start,
        to: scene.start + HOUR,
        units: 0,
        missed: HOURLY,
        penalty: PENALTY,
        bond: REPORT,
        meter: scene.meter.address(),
        pledged: PENALTY,
        meter_stake: Parameters::DEFAULT.meter_bond,
    };
    assert_eq!(**opened, expected);
    assert_eq!(opened.entities[2].entity, scene.meter.address());
    assert_eq!(scene.world.balance(&reporter.pubkey()), 1_000_000_000 - REPORT);
    // What may yet be answered weighs nothing.
    assert_eq!(scene.world.totals().recent(scene.world.now()), (0, 0));
    let job = scene.job.read(&scene.world);
    assert_eq!((job.cases, job.open_cases, job.judged, job.judged_units), (1, 1, Default::default(), 0));
    assert_eq!((scene.case(0).state, scene.case(0).bond), (CASE_OPEN, REPORT));
}

#[test]
fn two_receipts_open_a_case_only_if_less_than_promised_stands_between_them() {
    let mut scene = Outage::new();
    scene.world.until(scene.start + 2 * HOUR);
    let (from, to) = (scene.start + HOUR, scene.start + 2 * HOUR);
    let first = scene.receipt(1_000, from);
    let open = scene.open(Evidence::Receipts(0, 1));
    let kept = scene.receipt(1_000 + HOURLY, to);
    scene.refused(&[first.clone(), kept, open.clone()], E::NoGap);
    let less = scene.receipt(1_000 + HOURLY - 1, to);
    scene.refused(&[less.clone(), first.clone(), open.clone()], E::EvidenceForm);
    let reporter = scene.reporter.insecure_clone();
    scene.world.must(&[first, less, open], &[&reporter]);
    let case = scene.case(0);
    assert_eq!((case.from, case.to, case.units, case.missed), (from, to, HOURLY - 1, 1));
    // The start stands for a receipt of nothing.
    let mut scene = Outage::new();
    let (late, open) = (scene.receipt(5, scene.start + HOUR), scene.open(Evidence::Receipts(START, 0)));
    let reporter = scene.reporter.insecure_clone();
    scene.world.must(&[late, open], &[&reporter]);
    assert_eq!((scene.case(0).from, scene.case(0).units), (scene.start, 5));
}

#[test]
fn a_gap_lies_within_the_job_in_the_past_and_is_at_least_a_grace_long() {
    let mut scene = Outage::new();
    let (start, end) = (scene.start, scene.start + HOUR);
    for (from, to, expected) in [
        (start - 1, end, E::GapOutside),
        (start, end + 1, E::GapOutside),
        (start + 1, end, E::GapTooShort),
        (end, start, E::GapTooShort),
    ] {
        let (words, open) = (scene.absence(from, to), scene.open(Evidence::Absence(0)));
        scene.refused(&[words, open], expected);
    }
    // After closing nothing is promised any more.
    let consumer = scene.job.actors.consumer.insecure_clone();
    scene.job.close(&mut scene.world, &consumer).unwrap();
    scene.world.until(end + HOUR);
    let (words, open) = (scene.absence(start, end + 1), scene.open(Evidence::Absence(0)));
    scene.refused(&[words, open], E::GapOutside);
    scene.report(start, end);
}

#[test]
fn evidence_of_another_job_signer_domain_or_form_is_refused() {
    let mut scene = Outage::new();
    let (start, end) = (scene.start, scene.start + HOUR);
    let open = scene.open(Evidence::Absence(0));
    let receipt = scene.job.receipt(&scene.world, 0);
    let good = Absence {
        domain: receipt.domain,
        job: receipt.job,
        opened_at: receipt.opened_at,
        from: start,
        to: end,
    };
    let wrong = [
        Absence { domain: [9; 32], ..good },
        Absence { job: scene.job.keys.provider, ..good },
        Absence { opened_at: good.opened_at + 1, ..good },
    ];
    for statement in wrong {
        let words = scene.meter.signed(&statement.encode());
        scene.refused(&[words, open.clone()], E::EvidenceForm);
    }
    let others = MeterFixture { key: scene.world.wallet(), authority: scene.world.wallet() };
    let words = others.signed(&good.encode());
    scene.refused(&[words, open.clone()], E::EvidenceForm);
    // A receipt is no statement, a statement no receipt.
    let words = scene.receipt(1, end);
    scene.refused(&[words, open.clone()], E::EvidenceForm);
    let (words, by_receipts) = (scene.absence(start, end), scene.open(Evidence::Receipts(START, 0)));
    scene.refused(&[words, by_receipts.clone()], E::EvidenceForm);
    let foreign = Receipt { domain: [9; 32], ..scene.job.receipt(&scene.world, 1) };
    let words = scene.meter.signed(&foreign.encode());
    scene.refused(&[words, by_receipts.clone()], E::EvidenceForm);
    scene.refused(std::slice::from_ref(&by_receipts), E::NoReceipt);
    // Of no known kind, or with a second index that means nothing.
    let words = scene.absence(start, end);
    for (at, value) in [(16, 3), (16, 0), (19, 1)] {
        let mut other = open.clone();
        other.data[at] = value;
        scene.refused(&[words.clone(), other], E::EvidenceForm);
    }
}

#[test]
fn an_unanswered_case_takes_its_penalty_in_two_steps_and_splits_it_to_the_base_unit() {
    let mut scene = Outage::new();
    scene.report(scene.start, scene.start + HOUR);
    let opened = scene.world.now();
    let resolve = scene.resolve(0);
    scene.world.until(opened + DAY);
    scene.world.refused(std::slice::from_ref(&resolve), &[], E::CaseUnripe);
    scene.world.until(opened + DAY + 1);
    let sent = scene.world.must(std::slice::from_ref(&resolve), &[]);
    let (job, case) = (scene.job.keys.job, pda::case(&scene.job.keys.job, 0));
    let marked = CaseMarked {
        entities: [touched(&case, 2)],
        at: scene.world.now(),
        job,
        case,
        slot: scene.world.slot(),
    };
    assert_eq!(sent.events, [Event::CaseMarked(Box::new(marked))]);
    let (now, slot) = (scene.world.now(), scene.world.slot());
    for (seconds, slots) in [(HOUR - 1, 1_000_000), (1_000_000, 3_599)] {
        scene.world.set_clock(now + seconds, slot + slots);
        scene.world.refused(std::slice::from_ref(&resolve), &[], E::CaseUnripe);
    }
    scene.world.set_clock(now + HOUR, slot + 3_600);
    let (supply, vault) = (scene.world.supply(), scene.world.tokens(&pda::stake_vault()));
    let sent = scene.world.must(std::slice::from_ref(&resolve), &[]);
    let Event::CaseUpheld(upheld) = sent.only() else { panic!("{:?}", sent.events) };
    let expected = CaseUpheld {
        entities: upheld.entities,
        at: scene.world.now(),
        job,
        case,
        provider: scene.job.keys.provider,
        meter: scene.meter.address(),
        slashed: PENALTY,
        harmed: PENALTY / 100 * 80,
        reported: PENALTY / 100 * 5,
        burned: PENALTY / 100 * 15,
        returned: REPORT,
        penalty: PENALTY,
        bond: BOND - PENALTY,
        stake: STAKE - PENALTY,
        pledged: PENALTY,
        missed: HOURLY,
        // The budget, by the share of the whole job that the gap is: it ends a day after it was ordered.
        bad: 100_000_000 / 24,
    };
    assert_eq!(**upheld, expected);
    assert_eq!(scene.world.supply(), supply - expected.burned);
    assert_eq!(scene.world.tokens(&pda::stake_vault()), vault - expected.burned);
    let provider = scene.job.provider(&scene.world);
    assert_eq!(
        (provider.stake, provider.locked, provider.slashed),
        (STAKE - PENALTY, BOND - PENALTY, PENALTY)
    );
    assert_eq!(provider.bad, expected.bad);
    let totals = scene.world.totals();
    assert_eq!(totals.recent(scene.world.now()), (expected.burned, 1));
    assert_eq!(totals.locked, BOND - PENALTY);
    let judged = Judged { from: scene.start, to: scene.start + HOUR, missed: HOURLY };
    let after = scene.job.read(&scene.world);
    assert_eq!((after.judged[0], after.judged_units), (judged, HOURLY));
    assert_eq!(scene.world.read::<Meter>(&scene.meter.address()).upheld, 1);
    assert_eq!((scene.case(0).state, scene.case(0).due), (CASE_UPHELD, REPORT + expected.reported));
    scene.world.refused(std::slice::from_ref(&resolve), &[], E::CaseState);
    let answer = scene.answer(0, START, 0);
    scene.world.refused(&[answer], &[], E::CaseState);

    // The reporter is paid and the case is gone, its rent back.
    let withdraw = scene.withdraw(0);
    let lamports = scene.world.lamports(&case);
    let sent = scene.world.must(std::slice::from_ref(&withdraw), &[]);
    let paid = CaseWithdrawn {
        entities: [touched(&case, 4)],
        at: scene.world.now(),
        job,
        case,
        wallet: scene.reporter.pubkey(),
        amount: REPORT + expected.reported,
        rent_payer: scene.world.bank.pubkey(),
        lamports,
    };
    assert_eq!(sent.events, [Event::CaseWithdrawn(Box::new(paid))]);
    assert_eq!(scene.world.balance(&scene.reporter.pubkey()), 1_000_000_000 + expected.reported);
    assert_eq!(scene.world.lamports(&case), 0);
    scene.world.rejected(&[withdraw], &[]);
}

#[test]
fn better_words_of_the_same_meter_overturn_a_case_until_its_penalty_is_executed() {
    for late in [false, true] {
        let mut scene = Outage::new();
        scene.report(scene.start, scene.start + HOUR);
        if late {
            scene.mark(0);
            scene.world.until(scene.world.now() + 10 * HOUR);
        }
        let answer = scene.answer(0, START, 0);
        let short = scene.receipt(HOURLY - 1, scene.start + HOUR);
        scene.world.refused(&[short, answer.clone()], &[], E::NotBetter);
        // One second outside of the gap may have counted the cap.
        let beyond = scene.receipt(HOURLY + 7_999, scene.start + HOUR + 1);
        scene.world.refused(&[beyond, answer.clone()], &[], E::NotBetter);
        let better = scene.receipt(HOURLY, scene.start + HOUR);
        let lamports = scene.world.lamports(&pda::case(&scene.job.keys.job, 0));
        let sent = scene.world.must(&[better.clone(), answer.clone()], &[]);
        let Event::CaseAnswered(answered) = sent.only() else { panic!("{:?}", sent.events) };
        let expected = CaseAnswered {
            entities: answered.entities,
            at: scene.world.now(),
            job: scene.job.keys.job,
            case: pda::case(&scene.job.keys.job, 0),
            meter: scene.meter.address(),
            from: scene.start,
            to: scene.start + HOUR,
            units: HOURLY,
            bond: REPORT,
            penalty: PENALTY,
            pledged: PENALTY,
            slashed: PENALTY,
            meter_stake: Parameters::DEFAULT.meter_bond - PENALTY,
            rent_payer: scene.world.bank.pubkey(),
            lamports,
        };
        assert_eq!(**answered, expected);
        assert_eq!(scene.world.read::<Meter>(&scene.meter.address()).overturned, 1);
        let job = scene.job.read(&scene.world);
        assert_eq!((job.open_cases, job.judged), (0, Default::default()));
        assert_eq!(job.dues[Party::Provider as usize].stake, REPORT);
        assert_eq!(scene.world.totals().recent(scene.world.now()), (0, 0));
        assert_eq!(scene.job.provider(&scene.world).slashed, 0);
        scene.world.rejected(&[better, answer], &[]);
        let authority = scene.job.authority();
        let before = scene.world.balance(&authority);
        scene.job.withdraw(&mut scene.world, Party::Provider, &authority).unwrap();
        assert_eq!(scene.world.balance(&authority), before + REPORT);
    }
}

#[test]
fn the_provider_reports_nothing_and_the_consumer_gets_no_reporters_share() {
    let mut scene = Outage::new();
    scene.reporter = scene.job.actors.provider.insecure_clone();
    let (words, open) = (scene.absence(scene.start, scene.start + HOUR), scene.open(Evidence::Absence(0)));
    scene.refused(&[words, open], E::ReporterIsParty);
    scene.reporter = scene.job.actors.consumer.insecure_clone();
    scene.report(scene.start, scene.start + HOUR);
    let upheld = scene.uphold(0);
    assert_eq!((upheld.reported, upheld.burned), (0, PENALTY / 100 * 20));
    assert_eq!(scene.case(0).due, REPORT);
}

#[test]
fn a_report_costs_no_more_than_its_sender_allows_and_waits_for_its_window() {
    let mut scene = Outage::new();
    let words = scene.absence(scene.start, scene.start + HOUR);
    let mut dear = scene.open(Evidence::Absence(0));
    let end = dear.data.len();
    dear.data[end - 8..].copy_from_slice(&(REPORT - 1).to_le_bytes());
    scene.refused(&[words.clone(), dear], E::BondTooHigh);
    let consumer = scene.job.actors.consumer.insecure_clone();
    scene.job.close(&mut scene.world, &consumer).unwrap();
    let closed = scene.world.now();
    scene.world.until(closed + DAY + 1);
    let open = scene.open(Evidence::Absence(0));
    scene.refused(&[words.clone(), open.clone()], E::CaseTooLate);
    scene.job.advance(&mut scene.world);
    scene.refused(&[words.clone(), open.clone()], E::CaseTooLate);
    // Service was missed by nobody's word, so that Held passes once the window is over.
    scene.job.advance(&mut scene.world);
    scene.refused(&[words, open], E::WrongState);
}

#[test]
fn a_job_without_a_promise_knows_no_outage() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 0, ESCROW);
    let reporter = world.holder(1_000_000_000);
    let start = world.now();
    world.until(start + HOUR);
    let mut scene = Outage { world, meter, job, reporter, start };
    let (words, open) = (scene.absence(start, start + HOUR), scene.open(Evidence::Absence(0)));
    scene.refused(&[words, open], E::NoOutages);
}

#[test]
fn a_job_does_not_leave_held_with_a_case_open_and_then_does() {
    let mut scene = Outage::new();
    let provider = scene.job.actors.provider.insecure_clone();
    scene.job.close(&mut scene.world, &provider).unwrap();
    scene.world.until(scene.world.now() + DAY);
    scene.report(scene.start, scene.start + HOUR);
    scene.world.until(scene.world.now() + 1);
    scene.job.advance(&mut scene.world);
    assert_eq!(scene.job.read(&scene.world).state(), Some(JobState::Held));
    let advance = scene.world.network.advance_job(&scene.job.keys);
    scene.world.until(scene.world.now() + 5 * HOUR);
    scene.world.refused(&[advance], &[], E::NothingDue);
    // All stake that is free may leave; what is at stake may not.
    let all = scene.world.network.request_unstake(&scene.job.authority(), STAKE - BOND + 1);
    scene.world.refused(&[all], &[&provider], E::InsufficientStake);
    let free = scene.world.network.request_unstake(&scene.job.authority(), STAKE - BOND);
    scene.world.must(&[free], &[&provider]);
    let upheld = scene.uphold(0);
    assert_eq!(upheld.slashed, PENALTY);
    scene.job.advance(&mut scene.world);
    scene.job.advance(&mut scene.world);
    assert_eq!(scene.job.read(&scene.world).state(), Some(JobState::Closed));
    // An undeliverable reporter leaves only its own case waiting.
    let reporter = scene.world.associated(&scene.reporter.pubkey());
    scene.world.freeze(&reporter);
    let consumer = scene.job.wallet();
    scene.job.withdraw(&mut scene.world, Party::Consumer, &consumer).unwrap();
    scene.job.reclaim(&mut scene.world).unwrap();
    let withdraw = scene.withdraw(0);
    scene.world.refused(&[withdraw], &[], E::Undeliverable);
    assert_eq!(scene.world.lamports(&scene.job.keys.job), 0);
}

#[test]
fn another_jobs_case_meter_or_provider_is_refused() {
    let mut scene = Outage::new();
    let others = MeterFixture::new(&mut scene.world);
    let other = others.job(&mut scene.world, 9_000, ESCROW);
    scene.report(scene.start, scene.start + HOUR);
    scene.mark(0);
    scene.world.until(scene.world.now() + HOUR);
    let good = scene.resolve(0);
    for (at, account, expected) in [
        (0, other.keys.job, E::WrongCase),
        (2, other.keys.provider, E::WrongProvider),
        (3, others.address(), E::WrongMeter),
    ] {
        let mut wrong = good.clone();
        wrong.accounts[at].pubkey = account;
        scene.world.refused(&[wrong], &[], expected);
    }
    let words = scene.receipt(HOURLY, scene.start + HOUR);
    let mut answer = scene.answer(0, START, 0);
    answer.accounts[4].pubkey = scene.reporter.pubkey();
    scene.world.refused(&[words, answer], &[], E::WrongRentPayer);
    scene.world.must(&[good], &[]);
}
