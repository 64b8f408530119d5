//! Attacks on receipts: forging, replaying, stretching and voiding them.

use crate::common::{an_hour, with};
use settlement_interface::accounts::Party;
use settlement_interface::ed25519::{self, ED25519_PROGRAM};
use settlement_interface::parameters::DAY;
use settlement_interface::receipt::{DOMAIN_TAG, Receipt};
use settlement_interface::{Address, SettlementError as E};
use solana_account::Account;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ESCROW, Expected, JobFixture, MeterFixture, World, keypair, order};

/// All that eight GPUs can do in the hour that the job has run.
const MOST: u64 = 8_000 * 3_600;

fn ed25519(data: Vec<u8>) -> Instruction {
    Instruction { program_id: ED25519_PROGRAM, accounts: vec![], data }
}

fn signed(key: &Keypair, message: &[u8]) -> Vec<u8> {
    ed25519::encode(key.pubkey().as_array(), key.sign_message(message).as_array(), message)
}

/// The seven words that tell the runtime where one signature lies.
fn offsets(signature: u16, key: u16, message: u16, length: u16, instruction: u16) -> Vec<u8> {
    [signature, instruction, key, instruction, message, length, instruction]
        .into_iter()
        .flat_map(u16::to_le_bytes)
        .collect()
}

/// `settle`, with the provider's own choice of what stands before it.
#[track_caller]
fn forging(
    world: &mut World,
    job: &JobFixture,
    before: &[Instruction],
    index: u16,
    why: impl Into<Expected>,
) {
    let settle = world.network.settle(&job.authority(), &job.keys.job, world.epoch(), index);
    let all: Vec<_> = before.iter().cloned().chain([settle]).collect();
    world.refused(&all, &[&job.actors.provider], why);
}

/// A receipt signed by whom it should be, refused.
#[track_caller]
fn refused(world: &mut World, job: &JobFixture, receipt: &Receipt, by: &Keypair, why: E) {
    let instructions = job.settling_instructions(world, receipt, by, 0);
    world.refused(&instructions, &[&job.actors.provider], why);
}

#[test]
fn a_receipt_without_a_signature_or_with_none_of_its_own() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let message = job.receipt(&world, MOST).encode();
    let session = job.actors.session.pubkey();
    for index in [0, 1, 2, 7, u16::MAX] {
        forging(&mut world, &job, &[], index, E::NoReceipt);
    }
    // Zero signatures verify always, whatever bytes follow.
    let body = [session.as_ref(), &[7; 64], &message].concat();
    let none = [&[0, 0][..], &offsets(48, 16, 112, 88, u16::MAX), &body].concat();
    for data in [none, vec![0, 0], [&[0, 0][..], &body].concat()] {
        let before = [ed25519(data)];
        let settle = world.network.settle(&job.authority(), &job.keys.job, world.epoch(), 0);
        let reason = world.rejected(&[before[0].clone(), settle], &[&job.actors.provider]);
        // The runtime may refuse the odd form before the program sees it.
        assert!(!matches!(reason, Expected::Program(other) if other != E::NoReceipt), "{reason:?}");
    }
    // Somebody's good receipt, signed by nobody who counts.
    for key in [&job.actors.provider, &job.actors.consumer, &keypair(700)] {
        let receipt = job.receipt(&world, MOST);
        refused(&mut world, &job, &receipt, key, E::ReceiptSigner);
    }
}

#[test]
fn a_receipt_of_the_wrong_length() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let receipt = job.receipt(&world, 1_000);
    let message = receipt.encode();
    let longer = [message.as_slice(), &[0; 36]].concat();
    for other in [&[][..], &message[..87], &[message.as_slice(), &[0]].concat(), &longer, &longer[..123]] {
        let before = [ed25519(signed(&job.actors.session, other))];
        forging(&mut world, &job, &before, 0, E::ReceiptForm);
    }
    // A signed prefix whose last bytes, the time, are added behind.
    let mut stretched = signed(&job.actors.session, &message[..80]);
    stretched.extend_from_slice(&i64::MAX.to_le_bytes());
    forging(&mut world, &job, &[ed25519(stretched)], 0, E::NoReceipt);
}

#[test]
fn shifted_offsets_make_the_runtime_verify_decoy_bytes() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let provider = job.actors.provider.insecure_clone();
    let session = job.actors.session.pubkey();
    let forged = job.receipt(&world, MOST).encode();
    let body = [session.as_ref(), &[7; 64], &forged].concat();
    let behind = u16::try_from(16 + body.len()).unwrap();
    // The decoy behind the forged receipt, in the same instruction.
    let decoy = [provider.pubkey().as_ref(), provider.sign_message(&[1; 88]).as_ref(), &[1; 88]].concat();
    let set = offsets(behind + 32, behind, behind + 96, 88, u16::MAX);
    let before = [ed25519([&[1, 0][..], &set, &body, &decoy].concat())];
    forging(&mut world, &job, &before, 0, E::NoReceipt);
    // The decoy in another instruction, named by all three indices.
    let set = offsets(48, 16, 112, 88, 0);
    let before = [ed25519(signed(&provider, &[1; 88])), ed25519([&[1, 0][..], &set, &body].concat())];
    forging(&mut world, &job, &before, 1, E::NoReceipt);
    // Two signatures: the first good and of a decoy, the second unlooked at.
    let one = signed(&provider, &[1; 88]);
    let shifted = offsets(48 + 14, 16 + 14, 112 + 14, 88, u16::MAX);
    let two = [&[2, 0][..], &shifted, &shifted, &one[16..]].concat();
    forging(&mut world, &job, &[ed25519(two)], 0, E::NoReceipt);
    // The genuine session key over a short message that lies within a longer one.
    let real = job.receipt(&world, 1_000).encode();
    let mut partial = signed(&keypair(701), &real);
    partial[16..48].copy_from_slice(session.as_ref());
    let settle = world.network.settle(&job.authority(), &job.keys.job, world.epoch(), 0);
    let reason = world.rejected(&[ed25519(partial), settle], &[&provider]);
    assert!(!matches!(reason, Expected::Program(_)), "{reason:?}");
}

#[test]
fn a_forged_instructions_sysvar() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let forged = job.receipt(&world, MOST);
    let data = signed(&job.actors.provider, &forged.encode());
    // One instruction as the sysvar has it, over bytes of which nobody verified anything.
    let mut data = data;
    data[16..48].copy_from_slice(job.actors.session.pubkey().as_ref());
    let mut bytes = [1u16.to_le_bytes(), 4u16.to_le_bytes(), 0u16.to_le_bytes()].concat();
    bytes.extend_from_slice(ED25519_PROGRAM.as_ref());
    bytes.extend_from_slice(&u16::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend_from_slice(&data);
    bytes.extend_from_slice(&0u16.to_le_bytes());
    let settle = world.network.settle(&job.authority(), &job.keys.job, world.epoch(), 0);
    let sysvars = Address::from_str_const("Sysvar1111111111111111111111111111111111111");
    for owner in [sysvars, crate::common::ATTACKER] {
        let account = Account {
            lamports: 10_000_000,
            data: bytes.clone(),
            owner,
            executable: false,
            rent_epoch: u64::MAX,
        };
        let fake = crate::common::put(&mut world, account);
        let reason = world.rejected(&[with(&settle, 10, &fake)], &[&job.actors.provider]);
        assert!(!matches!(reason, Expected::Program(_)), "{reason:?}");
    }
}

#[test]
fn a_valid_signature_by_another_key() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let other = JobFixture::running(&mut world);
    let receipt = job.receipt(&world, MOST);
    let keys = [
        job.actors.consumer.insecure_clone(), // not even the consumer's wallet: it named a session key
        job.actors.provider.insecure_clone(),
        other.actors.session.insecure_clone(),
        keypair(702),
    ];
    for key in &keys {
        refused(&mut world, &job, &receipt, key, E::ReceiptSigner);
    }
    job.settle_as(&mut world, &receipt, &job.actors.session).unwrap();
}

#[test]
fn a_receipt_is_replayed_on_another_job_program_or_cluster() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let receipt = job.receipt(&world, 1_000);
    job.settle_as(&mut world, &receipt, &job.actors.session).unwrap();
    // The same consumer opens another job with the same session key.
    let session = job.actors.session.insecure_clone();
    let usual = order(world.now(), &session.pubkey());
    let again = job.again(&mut world, &usual, ESCROW);
    again.accept(&mut world).unwrap();
    again.start(&mut world).unwrap();
    world.until(world.now() + 60);
    refused(&mut world, &again, &receipt, &session, E::ReceiptJob);
    // Signed for the same place, opened at another time.
    let own = again.receipt(&world, 1_000);
    for opened_at in [own.opened_at - 1, own.opened_at + 1, 0] {
        refused(&mut world, &again, &Receipt { opened_at, ..own }, &session, E::ReceiptJob);
    }
    // For another cluster, another program, another version of the receipt.
    let config = world.config();
    let domain = |tag: &[u8], cluster: &[u8; 32], program: &Address| {
        use sha2::Digest;
        let mut hasher = sha2::Sha256::new();
        hasher.update(tag);
        hasher.update(cluster);
        hasher.update(program.as_ref());
        <[u8; 32]>::from(hasher.finalize())
    };
    assert_eq!(domain(DOMAIN_TAG, &config.cluster, &settlement_interface::ID), own.domain);
    for other in [
        domain(DOMAIN_TAG, &[0xD0; 32], &settlement_interface::ID),
        domain(DOMAIN_TAG, &config.cluster, &crate::common::ATTACKER),
        domain(b"tally receipt v2", &config.cluster, &settlement_interface::ID),
        [0; 32],
    ] {
        refused(&mut world, &again, &Receipt { domain: other, ..own }, &session, E::ReceiptDomain);
    }
    again.settle_as(&mut world, &own, &session).unwrap();
}

#[test]
fn a_receipt_that_is_not_newer_too_fast_or_beyond_the_budget() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let session = job.actors.session.insecure_clone();
    let first = job.receipt(&world, 3_600_000);
    job.settle_as(&mut world, &first, &session).unwrap();
    world.until(world.now() + 10);
    let now = world.now();
    // The same again, fewer units of later, more units of the same time.
    refused(&mut world, &job, &first, &session, E::ReceiptNotNewer);
    refused(&mut world, &job, &Receipt { through: now, ..first }, &session, E::ReceiptNotNewer);
    refused(&mut world, &job, &Receipt { units: 3_600_001, ..first }, &session, E::ReceiptNotNewer);
    let less = Receipt { units: 3_599_999, through: now, ..first };
    refused(&mut world, &job, &less, &session, E::ReceiptNotNewer);
    // Ten seconds of eight GPUs, and one unit.
    let most = 3_600_000 + 80_000;
    for units in [most + 1, u64::MAX] {
        let fast = Receipt { units, through: now, ..first };
        refused(&mut world, &job, &fast, &session, E::ReceiptTooFast);
    }
    job.settle_as(&mut world, &Receipt { units: most, through: now, ..first }, &session).unwrap();
    // Beyond the budget, at full speed for hours: charged is the budget, and then nothing.
    world.until(now + 50_000);
    let all = job.receipt(&world, most + 50_000 * 8_000);
    job.settle_as(&mut world, &all, &session).unwrap();
    let state = job.read(&world);
    assert_eq!((state.accepted, state.terms.order.budget), (100_000_000, 100_000_000));
    let escrow = state.escrow;
    world.until(now + 50_100);
    let more = Receipt { units: all.units + 1, through: world.now(), ..all };
    job.settle_as(&mut world, &more, &session).unwrap();
    assert_eq!((job.read(&world).accepted, job.read(&world).escrow), (100_000_000, escrow));
}

#[test]
fn a_receipt_reaches_past_closing_into_the_future_before_the_job_or_comes_too_late() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let session = job.actors.session.insecure_clone();
    let good = job.receipt(&world, 1_000);
    let state = job.read(&world);
    for (through, why) in [
        (world.now() + 1, E::ReceiptTime),
        (i64::MAX, E::ReceiptTime),
        (state.started_at, E::ReceiptNotNewer),
        (state.opened_at - 1, E::ReceiptNotNewer),
        (i64::MIN, E::ReceiptNotNewer),
    ] {
        refused(&mut world, &job, &Receipt { through, ..good }, &session, why);
    }
    job.close(&mut world, &job.actors.consumer).unwrap();
    let closing = world.now();
    world.until(closing + DAY);
    refused(&mut world, &job, &Receipt { through: closing + 1, ..good }, &session, E::ReceiptTime);
    let last = Receipt { through: closing, ..good };
    let instructions = job.settling_instructions(&world, &last, &session, 0);
    world.trial(&instructions, &[&job.actors.provider]).unwrap();
    // One second after the grace, whether or not anybody has advanced the job.
    world.until(closing + DAY + 1);
    refused(&mut world, &job, &last, &session, E::ReceiptTooLate);
    job.advance(&mut world);
    refused(&mut world, &job, &last, &session, E::WrongState);
}

#[test]
fn the_consumer_holds_the_meter_key_signs_nothing_and_reports_an_outage() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    // There is nothing to mark: silence is evidence of nothing.
    let by = job.actors.consumer.insecure_clone();
    world.refused(&[world.network.mark(&by.pubkey(), &job.keys)], &[&by], E::NothingToMark);
    // Its own statement that nobody was there is of no meter that the network knows,
    let hour = (world.now() - 3_600, world.now());
    let mine = MeterFixture { key: job.actors.session.insecure_clone(), authority: world.wallet() };
    let report = mine.reporting(&world, &job, &by.pubkey(), hour);
    let reason = world.rejected(&report, &[&by]);
    assert!(!matches!(reason, Expected::Program(_)), "{reason:?}");
    // and once it registers the key as one, still not of one that the provider agreed to be judged by.
    let register = world.network.register_meter(&by.pubkey(), &mine.key.pubkey(), &mine.authority.pubkey());
    world.must(&[register], &[&by, &mine.key, &mine.authority]);
    world.refused(&report, &[&by], E::NoOutages);
    // The same report passes where the provider did agree.
    let meter = MeterFixture::new(&mut world);
    let agreed = meter.job(&mut world, 9_000, ESCROW);
    let start = world.now();
    world.until(start + 3_600);
    let report = meter.reporting(&world, &agreed, &agreed.wallet(), (start, start + 3_600));
    world.must(&report, &[&agreed.actors.consumer]);
    // The provider may leave at any time, and so may the consumer; silence lets anybody end it.
    let leave = world.network.close_job(&job.authority(), &job.keys);
    world.trial(&[leave], &[&job.actors.provider]).unwrap();
    world.until(job.read(&world).heard_at + 7_201);
    job.advance(&mut world);
    world.until(world.now() + DAY + 1);
    job.advance(&mut world);
    job.advance(&mut world);
    let provider = job.provider(&world);
    assert_eq!((provider.slashed, provider.bad, provider.jobs_failed, provider.locked), (0, 0, 0, 0));
    assert_eq!(job.read(&world).dues[Party::Consumer as usize].stake, 0);
}

#[test]
fn the_meter_key_is_rotated_to_void_what_was_signed_and_not_yet_sent() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let session = job.actors.session.insecure_clone();
    let signed = job.receipt(&world, 3_600_000);
    job.rotate(&mut world, &keypair(703).pubkey()).unwrap();
    let rotated = world.now();
    // Not twice, which would forget the key that signed.
    let again = world.network.rotate_meter(&job.wallet(), &job.keys, &keypair(704).pubkey());
    world.refused(std::slice::from_ref(&again), &[&job.actors.consumer], E::RotatedRecently);
    // To the old key and back is twice as well; the new key attests units that hide the old ones.
    let back = world.network.rotate_meter(&job.wallet(), &job.keys, &session.pubkey());
    world.refused(&[back], &[&job.actors.consumer], E::RotatedRecently);
    // What the old key signs after the rotation is worth nothing, whatever it says of time.
    world.until(rotated + 60);
    let after = Receipt { through: rotated + 1, ..signed };
    refused(&mut world, &job, &after, &session, E::ReceiptTime);
    // Closing does not void it, nor a grace to its last second.
    job.close(&mut world, &job.actors.consumer).unwrap();
    world.until(rotated + DAY);
    job.settle_as(&mut world, &signed, &session).unwrap();
    assert_eq!(job.read(&world).settled, 2_000_000);
    world.until(rotated + DAY + 1);
    let late = Receipt { units: 3_600_001, through: signed.through, ..signed };
    refused(&mut world, &job, &late, &session, E::ReceiptNotNewer);
}

#[test]
fn a_provider_and_its_own_registered_meter_bill_the_full_cap() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    // The meter is not the provider's by key or wallet, as the program can tell, but by friendship.
    let job = meter.job(&mut world, 0, ESCROW);
    let cap = job.read(&world).terms.order.unit_cap;
    world.until(world.now() + 60);
    let over = job.receipt(&world, 60 * cap + 1);
    let all = job.settling_instructions(&world, &over, &meter.key, 0);
    world.refused(&all, &[&job.actors.provider], E::ReceiptTooFast);
    meter.settle(&mut world, &job, 60 * cap).unwrap();
    let billed = job.read(&world).accepted;
    assert_eq!(billed, 60 * cap * 2_000_000 / 3_600_000);
    // The consumer leaves at once, and nothing that is counted from then on is billed.
    job.close(&mut world, &job.actors.consumer).unwrap();
    world.until(world.now() + 60);
    let late = job.receipt(&world, 120 * cap);
    let all = job.settling_instructions(&world, &late, &meter.key, 0);
    world.refused(&all, &[&job.actors.provider], E::ReceiptTime);
    assert_eq!(job.read(&world).accepted, billed);
}
