//! What the client library signs, held against what these tests sign by hand.

use settlement_interface::absence::Absence;
use settlement_interface::receipt::Receipt;
use tally_client::absence::SignedAbsence;
use tally_client::many;
use tally_client::receipts::SignedReceipt;
use tests::{ESCROW, JobFixture, MeterFixture, World};

#[test]
fn a_receipt_that_the_client_library_signs_and_settles_is_the_tests_own_byte_for_byte() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 60);
    let (network, session, epoch) = (world.network, &job.actors.session, world.epoch());
    let authority = job.authority();
    let plain = job.receipt(&world, 60_000);
    for receipt in [plain, Receipt { commitment: Some(([7; 32], 5)), ..plain }] {
        let signed = [SignedReceipt::sign(session, receipt).unwrap()];
        let pieces = many::settle(&network, &authority, &signed, epoch);
        assert_eq!(pieces[0](3), job.settling_instructions(&world, &receipt, session, 3));
    }
    let signed = [SignedReceipt::sign(session, plain).unwrap()];
    let settling = many::settle(&network, &authority, &signed, epoch)[0](0);
    world.must(&settling, &[&job.actors.provider]);
    assert_eq!(job.read(&world).units, 60_000);
}

#[test]
fn a_statement_that_the_client_library_signs_is_the_tests_own_byte_for_byte() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 9_000, ESCROW);
    let Receipt { domain, job: address, opened_at, .. } = job.receipt(&world, 0);
    let (from, to) = (world.now(), world.now() + 600);
    let absence = Absence { domain, job: address, opened_at, from, to };
    let signed = SignedAbsence::sign(&meter.key, absence).unwrap();
    assert_eq!(signed.instruction(), meter.absence(&world, &job, (from, to)));
}
