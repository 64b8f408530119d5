//! Which words of the meter answer a case: within the gap or around it, in receipts, in batches, or accepted
//! already; and of a verifiable job.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::JobState;
use settlement_interface::events::Event;
use settlement_interface::instructions::{Evidence, LAST, Listed, START};
use settlement_interface::receipt::Receipt;
use settlement_interface::terms::METER_REGISTERED;
use settlement_interface::{Address, batch};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ESCROW, MeterFixture, Outage, Trace, Verifiable, World};

const HOUR: i64 = 3_600;
/// 90% of 8,000 units a second for an hour.
const HOURLY: u64 = 25_920_000;
/// The cap for an hour.
const MOST: u64 = 28_800_000;

/// A case of the second hour of three.
fn second_hour() -> Outage {
    let mut scene = Outage::of(|order| order.budget = 1_000_000_000);
    scene.world.until(scene.start + 3 * HOUR);
    scene.report(scene.start + HOUR, scene.start + 2 * HOUR);
    scene
}

#[track_caller]
fn answered(scene: &mut Outage, instructions: &[Instruction]) {
    let sent = scene.world.must(instructions, &[]);
    assert!(matches!(sent.only(), Event::CaseAnswered(_)), "{:?}", sent.events);
    assert_eq!(scene.job.read(&scene.world).open_cases, 0);
}

#[test]
fn words_around_the_gap_answer_it_if_the_cap_of_the_time_outside_leaves_all_that_was_promised() {
    let mut scene = second_hour();
    let start = scene.start;
    let answer = scene.answer(0, 0, 1);
    // From half an hour before the gap to half an hour after it.
    let (before, after) = (start + HOUR / 2, start + 5 * HOUR / 2);
    let first = scene.receipt(7, before);
    let short = scene.receipt(7 + MOST + HOURLY - 1, after);
    scene.world.refused(&[first.clone(), short, answer.clone()], &[], E::NotBetter);
    let enough = scene.receipt(7 + MOST + HOURLY, after);
    answered(&mut scene, &[first, enough, answer]);
}

#[test]
fn words_that_straddle_one_end_of_the_gap_or_miss_it_count_as_far_as_they_prove() {
    let mut scene = second_hour();
    let start = scene.start;
    let answer = scene.answer(0, 0, 1);
    // Half of the gap, at the full cap, is not nine tenths of it.
    let (first, second) = (scene.receipt(0, start), scene.receipt(MOST / 2 * 3, start + 3 * HOUR / 2));
    scene.world.refused(&[first, second, answer.clone()], &[], E::NotBetter);
    for (from, to) in [(0, 1), (2, 3)] {
        let (first, second) = (scene.receipt(0, start + from * HOUR), scene.receipt(MOST, start + to * HOUR));
        scene.world.refused(&[first, second, answer.clone()], &[], E::NotBetter);
    }
    // All but the last five minutes, at the full cap.
    let to = start + 2 * HOUR - 300;
    let (first, second) = (scene.receipt(1, start + HOUR), scene.receipt(1 + MOST / 12 * 11, to));
    answered(&mut scene, &[first, second, answer]);
}

#[test]
fn the_last_words_accepted_answer_without_being_signed_again() {
    let mut scene = second_hour();
    let start = scene.start;
    scene.meter.settle(&mut scene.world, &scene.job, MOST * 2 + HOURLY).unwrap();
    // From the start to now: two hours outside of the gap at the full cap, and what was promised in it.
    let answer = scene.answer(0, START, LAST);
    answered(&mut scene, &[answer]);
    // They report, too: by the meter's accepted words an hour more was promised than counted.
    scene.world.until(start + 4 * HOUR);
    let receipt = scene.job.receipt(&scene.world, MOST * 2 + HOURLY + 1);
    scene.job.settle_as(&mut scene.world, &receipt, &scene.meter.key).unwrap();
    let before = scene.receipt(MOST * 2 + HOURLY, start + 3 * HOUR);
    let open = scene.open(Evidence::Receipts(0, LAST));
    let reporter = scene.reporter.insecure_clone();
    scene.world.must(&[before, open], &[&reporter]);
    assert_eq!(scene.case(1).missed, HOURLY - 1);
}

/// A batch of this meter over the job, among others that it counts.
struct Batch {
    entries: Vec<(Address, i64, u64)>,
    through: i64,
}

impl Batch {
    fn new(scene: &Outage, others: usize, units: u64, through: i64) -> Self {
        let job = scene.job.keys.job;
        let opened_at = scene.job.read(&scene.world).opened_at;
        let mut entries: Vec<_> =
            (0..others).map(|i| (Address::new_from_array([i as u8; 32]), 5, 6)).collect();
        entries.insert(others / 2, (job, opened_at, units));
        Self { entries, through }
    }

    fn place(&self, job: &Address) -> usize {
        self.entries.iter().position(|(listed, ..)| listed == job).unwrap()
    }

    fn siblings(&self, scene: &Outage) -> Vec<[u8; 32]> {
        batch::siblings(&self.entries, self.through, self.place(&scene.job.keys.job))
    }

    fn signed(&self, scene: &Outage) -> Instruction {
        let message = batch::message(&scene.world.config().receipt_domain, &self.entries, self.through);
        scene.meter.signed(&message)
    }

    fn listed<'a>(&self, scene: &Outage, siblings: &'a [[u8; 32]]) -> Listed<'a> {
        let (_, _, units) = self.entries[self.place(&scene.job.keys.job)];
        Listed { units, through: self.through, siblings }
    }
}

fn answer(scene: &Outage, first: u16, second: u16, listed: [Listed<'_>; 2]) -> Instruction {
    let (key, bank) = (scene.meter.key.pubkey(), scene.world.bank.pubkey());
    scene.world.network.answer_case(&scene.job.keys, 0, &key, &bank, first, second, listed)
}

#[test]
fn an_entry_of_a_batch_answers_by_its_siblings() {
    for others in [0, 1, 6, 30] {
        let mut scene = second_hour();
        let start = scene.start;
        let before = Batch::new(&scene, others, 1_000, start + HOUR);
        let after = Batch::new(&scene, others, 1_000 + HOURLY, start + 2 * HOUR);
        let (first, second) = (before.siblings(&scene), after.siblings(&scene));
        let listed = [before.listed(&scene, &first), after.listed(&scene, &second)];
        let signed = [before.signed(&scene), after.signed(&scene)];
        let good = answer(&scene, 0, 1, listed);
        // More units than are listed, another time, another's siblings, or none.
        let [one, two] = listed;
        for wrong in [
            [Listed { units: 999, ..one }, two],
            [one, Listed { units: two.units + 1, ..two }],
            [one, Listed { through: two.through + 1, ..two }],
            [
                Listed { siblings: &second[..second.len().min(1)], ..one },
                Listed { siblings: &[[9; 32]], ..two },
            ],
            [Listed::NONE, two],
        ] {
            let wrong = answer(&scene, 0, 1, wrong);
            scene.world.refused(&[signed[0].clone(), signed[1].clone(), wrong], &[], E::EvidenceForm);
        }
        answered(&mut scene, &[signed[0].clone(), signed[1].clone(), good]);
    }
}

#[test]
fn a_batch_and_a_receipt_or_the_start_answer_together() {
    let mut scene = second_hour();
    let start = scene.start;
    let batch = Batch::new(&scene, 9, 1_000 + HOURLY, start + 2 * HOUR);
    let siblings = batch.siblings(&scene);
    let listed = batch.listed(&scene, &siblings);
    let (receipt, signed) = (scene.receipt(1_000, start + HOUR), batch.signed(&scene));
    // What is listed belongs to what is a batch.
    for (first, second, wrong) in
        [(0, 1, [listed, Listed::NONE]), (0, 1, [listed, listed]), (START, 1, [listed, listed])]
    {
        let wrong = answer(&scene, first, second, wrong);
        scene.world.refused(&[receipt.clone(), signed.clone(), wrong], &[], E::EvidenceForm);
    }
    let good = answer(&scene, 0, 1, [Listed::NONE, listed]);
    let mut split = good.clone();
    split.data[8 + 36] = 200;
    scene.world.refused(&[receipt.clone(), signed.clone(), split], &[], E::EvidenceForm);
    answered(&mut scene, &[receipt, signed, good]);
}

#[test]
fn a_batch_of_another_meter_or_domain_answers_nothing() {
    let mut scene = second_hour();
    let start = scene.start;
    let batch = Batch::new(&scene, 3, 2 * MOST, start + 2 * HOUR);
    let siblings = batch.siblings(&scene);
    let listed = batch.listed(&scene, &siblings);
    let good = answer(&scene, START, 0, [Listed::NONE, listed]);
    let others = MeterFixture { key: Keypair::new(), authority: Keypair::new() };
    let message = batch::message(&scene.world.config().receipt_domain, &batch.entries, batch.through);
    scene.world.refused(&[others.signed(&message), good.clone()], &[], E::EvidenceForm);
    let message = batch::message(&[9; 32], &batch.entries, batch.through);
    scene.world.refused(&[scene.meter.signed(&message), good.clone()], &[], E::EvidenceForm);
    let signed = batch.signed(&scene);
    answered(&mut scene, &[signed, good]);
}

#[test]
fn a_verifiable_job_has_cases_by_committed_receipts_and_no_others() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let fixture = Verifiable::running_as(&mut world, |order| {
        (order.meter, order.meter_kind, order.sla_bps) = (meter.key.pubkey(), METER_REGISTERED, 9_000);
        order.silence_max = 86_400;
    });
    let (reporter, start) = (world.holder(1_000_000_000), world.now());
    world.until(start + HOUR);
    let trace = Trace::honest(8);
    let committed = Receipt { through: start + HOUR, ..fixture.receipt(&world, 1_000, &trace) };
    let enough = Receipt { units: HOURLY, ..committed };
    let bare = Receipt { commitment: None, ..committed };
    let mut scene = Outage { world, meter, job: fixture.job, reporter, start };
    let open = scene.open(Evidence::Receipts(START, 0));
    let words = scene.meter.signed(&bare.encode());
    scene.refused(&[words, open.clone()], E::EvidenceForm);
    let words = scene.meter.signed(&committed.encode());
    let reporter = scene.reporter.insecure_clone();
    scene.world.must(&[words, open], &[&reporter]);
    assert_eq!(scene.case(0).units, 1_000);
    // A batch says nothing of a verifiable job.
    let batch = Batch::new(&scene, 0, HOURLY, start + HOUR);
    let by_batch = answer(&scene, START, 0, [Listed::NONE, batch.listed(&scene, &[])]);
    let signed = batch.signed(&scene);
    scene.world.refused(&[signed, by_batch], &[], E::EvidenceForm);
    let (words, good) = (scene.meter.signed(&enough.encode()), scene.answer(0, START, 0));
    scene.world.trial(&[words, good], &[]).unwrap();
    let upheld = scene.uphold(0);
    assert_eq!((upheld.missed, upheld.bond), (HOURLY - 1_000, ESCROW / 10 - upheld.slashed));
    assert_eq!(scene.job.read(&scene.world).state(), Some(JobState::Running));
}
