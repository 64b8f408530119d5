//! Outage cases.

use crate::desk::Desk;
use settlement_interface::accounts::Case;
use settlement_interface::pda;
use settlement_interface::receipt::Receipt;
use solana_signer::Signer;
use tally_client::receipts::SignedReceipt;
use tests::{ESCROW, JobFixture, MeterFixture, World};

/// A receipt that the meter signs through a moment.
fn receipt(world: &World, meter: &MeterFixture, job: &JobFixture, units: u64, through: i64) -> String {
    let receipt = Receipt { through, ..job.receipt(world, units) };
    SignedReceipt::sign(&meter.key, receipt).unwrap().to_text()
}

#[test]
fn an_outage_is_reported_listed_answered_and_another_upheld_and_paid() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 9_000, ESCROW);
    let (start, reporter, stranger) = (world.now(), world.holder(1_000_000_000_000), world.wallet());
    let provider = job.actors.provider.insecure_clone();
    world.until(start + 3_600);
    let little = receipt(&world, &meter, &job, 1_000, start + 3_600);
    let plenty = receipt(&world, &meter, &job, 25_920_000, start + 3_600);
    let mut desk = Desk::new(world);
    let address = job.keys.job.to_string();

    let report = ["case", "report", &address, "--to", &little];
    let told = desk.refused(&provider, &report);
    assert!(told.contains("ReporterIsParty"), "{told}");
    let told = desk.refused(&reporter, &["case", "report", &address, "--to", &plenty]);
    assert!(told.contains("NoGap"), "{told}");
    let told = desk.refused(&reporter, &[&report[..], &["--max-bond", "0.000000001"]].concat());
    assert!(told.contains("max-bond"), "{told}");
    desk.done(&reporter, &report);
    let listed = desk.done(&provider, &["provider", "cases"]);
    assert_eq!((&listed["cases"][0]["case"], &listed["cases"][0]["kind"]), (&"0".into(), &"outage".into()));
    let shown = desk.done(&stranger, &["case", "show", &address, "0"]);
    assert!(shown["waits_for"].as_str().unwrap().contains("an answer"), "{shown}");
    let told = desk.refused(&provider, &["case", "answer", &address, "0", "--to", &little]);
    assert!(told.contains("NotBetter"), "{told}");
    desk.done(&provider, &["provider", "answer", &address, "0", "--to", &plenty]);
    assert!(desk.world.get::<Case>(&pda::case(&job.keys.job, 0)).is_none());

    desk.done(&reporter, &report);
    let told = desk.refused(&stranger, &["case", "resolve", &address, "1"]);
    assert!(told.contains("waits for an answer"), "{told}");
    desk.world.pass(86_401);
    desk.done(&stranger, &["case", "resolve", &address, "1"]);
    let told = desk.refused(&stranger, &["case", "withdraw", &address, "1"]);
    assert!(told.contains("not decided"), "{told}");
    desk.world.pass(3_600);
    let bond = job.read(&desk.world).bond;
    desk.done(&stranger, &["case", "resolve", &address, "1"]);
    assert!(job.read(&desk.world).bond < bond);
    let before = desk.world.balance(&reporter.pubkey());
    desk.done(&stranger, &["case", "withdraw", &address, "1"]);
    assert!(desk.world.balance(&reporter.pubkey()) > before);
    let told = desk.refused(&stranger, &["case", "show", &address, "1"]);
    assert!(told.contains("has no dispute 1"), "{told}");
}

#[test]
fn an_absence_that_the_meter_signed_is_reported() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 9_000, ESCROW);
    let (start, reporter) = (world.now(), world.holder(1_000_000_000_000));
    world.until(start + 3_600);
    let mut desk = Desk::new(world);
    let (address, file) = (job.keys.job.to_string(), desk.key(&meter.key));
    let from = chrono(start);
    let sign = ["meter", "sign-absence", &address, "--meter-key", &file, "--from", &from];
    let signed = desk.done(&meter.key, &sign);
    let statement = signed["statement"].as_str().unwrap().to_owned();
    desk.done(&reporter, &["case", "report", &address, "--absence", &statement]);
    let case: Case = desk.world.read(&pda::case(&job.keys.job, 0));
    assert_eq!((case.from, case.to, case.reporter), (start, start + 3_600, reporter.pubkey()));
    let other = desk.key(&reporter);
    let told =
        desk.refused(&reporter, &["meter", "sign-absence", &address, "--meter-key", &other, "--from", &from]);
    assert!(told.contains("not the registered meter"), "{told}");
}

/// Unix seconds of the tests' first days as RFC 3339: 2027-01-15 starts at 1,799,971,200.
fn chrono(at: i64) -> String {
    let seconds = at - 1_799_971_200;
    let (day, rest) = (15 + seconds / 86_400, seconds % 86_400);
    format!("2027-01-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}
