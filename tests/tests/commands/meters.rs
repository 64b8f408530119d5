//! Third parties: registering, vouching, and batches.

use crate::desk::Desk;
use settlement_interface::accounts::{Arbiter, Meter};
use settlement_interface::pda;
use solana_account::Account;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, MeterFixture, World};

#[test]
fn a_meter_is_registered_vouched_for_and_left_again() {
    let mut world = World::new();
    let (key, wallet, stranger) = (world.wallet(), world.holder(3_000_000_000_000), world.wallet());
    let mut desk = Desk::new(world);
    let (file, named) = (desk.key(&key), key.pubkey().to_string());
    let told = desk.refused(&wallet, &["meter", "vouch", "5", "--meter", &named]);
    assert!(told.contains("no meter is registered"), "{told}");
    let own = desk.key(&wallet);
    let told = desk.refused(&wallet, &["meter", "register", "--meter-key", &own]);
    assert!(told.contains("must not be the wallet"), "{told}");
    desk.done(&wallet, &["meter", "register", "--meter-key", &file]);
    let told = desk.refused(&wallet, &["meter", "register", "--meter-key", &file]);
    assert!(told.contains("registered already"), "{told}");
    desk.done(&wallet, &["meter", "vouch", "1000", "--meter", &named]);
    let address = pda::meter(&key.pubkey());
    assert_eq!(desk.world.read::<Meter>(&address).vouched.stake, 1_000_000_000_000);
    let told = desk.refused(&stranger, &["meter", "unvouch", "1", "--meter", &named]);
    assert!(told.contains("only the wallet that stakes"), "{told}");
    let told = desk.refused(&wallet, &["meter", "unvouch", "1001", "--meter", &named]);
    assert!(told.contains("only 1000 tokens"), "{told}");
    desk.done(&wallet, &["meter", "unvouch", "400", "--meter", &named]);
    let told = desk.refused(&stranger, &["meter", "withdraw-vouched", "--meter", &named]);
    assert!(told.contains("still unbonding"), "{told}");
    desk.world.pass(7 * 86_400);
    let before = desk.world.balance(&wallet.pubkey());
    desk.done(&stranger, &["meter", "withdraw-vouched", "--meter", &named]);
    assert_eq!(desk.world.balance(&wallet.pubkey()), before + 400_000_000_000);
    let shown = desk.done(&stranger, &["meter", "show", &named]);
    assert_eq!((&shown["free"]["amount"], &shown["can_be_named"]), (&"600000000000".into(), &false.into()));
}

#[test]
fn an_arbiter_does_the_same_by_its_wallet() {
    let mut world = World::new();
    let wallet = world.holder(2_000_000_000_000);
    let mut desk = Desk::new(world);
    let told = desk.refused(&wallet, &["arbiter", "vouch", "5"]);
    assert!(told.contains("not registered as an arbiter"), "{told}");
    desk.done(&wallet, &["arbiter", "register"]);
    let told = desk.refused(&wallet, &["arbiter", "register"]);
    assert!(told.contains("already"), "{told}");
    desk.done(&wallet, &["arbiter", "vouch", "1000"]);
    desk.done(&wallet, &["arbiter", "unvouch", "1000"]);
    desk.world.pass(7 * 86_400);
    desk.done(&wallet, &["arbiter", "withdraw-vouched"]);
    assert_eq!(desk.world.read::<Arbiter>(&pda::arbiter(&wallet.pubkey())).vouched.stake, 0);
    let shown = desk.done(&wallet, &["arbiter", "show"]);
    assert_eq!(shown["rulings"], "0");
}

#[test]
fn a_meter_signs_a_receipt_of_one_job_that_its_provider_settles() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 0, ESCROW);
    world.until(world.now() + 60);
    let (provider, key) = (job.actors.provider.insecure_clone(), meter.key.insecure_clone());
    let mut desk = Desk::new(world);
    let (file, other, address) = (desk.key(&key), desk.key(&provider), job.keys.job.to_string());
    let sign = ["meter", "sign-receipt", &address, "--units", "60000", "--session-key"];
    let told = desk.refused(&key, &[&sign[..], &[other.as_str()]].concat());
    assert!(told.contains("receipts of this job are signed by"), "{told}");
    let signed = desk.done(&key, &[&sign[..], &[file.as_str()]].concat());
    assert_eq!(signed["meter"], key.pubkey().to_string());
    desk.done(&provider, &["provider", "settle", signed["receipt"].as_str().unwrap()]);
    assert_eq!(job.read(&desk.world).units, 60_000);
}

/// Makes the present slot one that a table can be made in: the VM keeps no history of slots.
fn remember_slot(desk: &mut Desk) {
    let (now, slot) = (desk.world.now(), desk.world.slot());
    let mut data = vec![0; 8 + 512 * 40];
    data[0] = 1;
    data[8..16].copy_from_slice(&slot.to_le_bytes());
    let owner = "Sysvar1111111111111111111111111111111111111".parse().unwrap();
    let account = Account { lamports: 1_000_000_000, data, owner, executable: false, rent_epoch: u64::MAX };
    let address = "SysvarS1otHashes111111111111111111111111111".parse().unwrap();
    desk.world.svm.set_account(address, account).unwrap();
    desk.world.set_clock(now, slot + 1);
}

#[test]
fn a_meter_signs_for_thirty_jobs_at_once_and_anyone_has_them_accepted_by_a_table() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let jobs: Vec<JobFixture> = (0..30).map(|_| meter.job(&mut world, 0, ESCROW)).collect();
    world.until(world.now() + 60);
    let (stranger, key) = (world.wallet(), meter.key.insecure_clone());
    let mut desk = Desk::new(world);
    let file = desk.key(&key);
    let counts: Vec<String> = jobs.iter().map(|job| format!("{}=60000", job.keys.job)).collect();
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    let sign = ["meter", "sign-batch", "--meter-key", &file];
    let fast = format!("{}=60000000", jobs[0].keys.job);
    let told = desk.refused(&key, &[&sign[..], &[fast.as_str()]].concat());
    assert!(told.contains("would be skipped") && told.contains("ReceiptTooFast"), "{told}");
    let signed = desk.done(&key, &[&sign[..], &counts].concat());
    let batch = desk.file("batch", signed["batch"].as_str().unwrap());
    let batch = format!("@{batch}");
    let told = desk.refused(&stranger, &["meter", "accept-batch", &batch]);
    assert!(told.contains("--table"), "{told}");

    remember_slot(&mut desk);
    let addresses: Vec<String> = jobs.iter().map(|job| job.keys.job.to_string()).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let made = desk.done(&stranger, &[&["meter", "make-table"][..], &addresses].concat());
    let table = made["plan"]["table"].as_str().unwrap().to_owned();
    let mut left: u32 = made["plan"]["left"].as_str().unwrap().parse().unwrap();
    while left > 0 {
        let more =
            desk.done(&stranger, &[&["meter", "make-table", "--table", &table][..], &addresses].concat());
        left = more["plan"]["left"].as_str().unwrap().parse().unwrap();
    }
    let told =
        desk.refused(&stranger, &[&["meter", "make-table", "--table", &table][..], &addresses].concat());
    assert!(told.contains("already"), "{told}");
    remember_slot(&mut desk);
    desk.done(&stranger, &["meter", "accept-batch", &batch, "--table", &table]);
    assert!(jobs.iter().all(|job| job.read(&desk.world).units == 60_000));
    let told = desk.refused(&stranger, &["meter", "accept-batch", &batch, "--table", &table]);
    assert!(told.contains("older than"), "{told}");
}

#[test]
fn a_tables_rent_comes_back_once_nothing_on_its_way_can_use_it() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let (owner, stranger) = (world.wallet(), world.wallet());
    let mut desk = Desk::new(world);
    remember_slot(&mut desk);
    let made = desk.done(&owner, &["meter", "make-table", &job.keys.job.to_string()]);
    let table = made["plan"]["table"].as_str().unwrap().to_owned();
    let address = table.parse().unwrap();
    let rent = desk.world.lamports(&address);
    assert!(rent > 0);
    let close = ["meter", "close-table", &table];
    let told = desk.refused(&stranger, &close);
    assert!(told.contains("only the table's authority"), "{told}");

    desk.done(&owner, &close);
    let told = desk.refused(&owner, &close);
    assert!(told.contains("513 blocks, about 3 min 26 s more"), "{told}");
    remember_slot(&mut desk);
    let told = desk.refused(&owner, &close);
    assert!(told.contains("512 blocks"), "{told}");
    desk.world.pass(3_600);
    remember_slot(&mut desk);
    let held = desk.world.lamports(&owner.pubkey());
    let closed = desk.done(&owner, &close);
    assert_eq!(closed["plan"]["rent_back"]["amount"], rent.to_string());
    let fee: u64 = closed["costs"]["fee"]["amount"].as_str().unwrap().parse().unwrap();
    assert_eq!(desk.world.lamports(&owner.pubkey()), held + rent - fee);
    assert_eq!(desk.world.lamports(&address), 0);
    let told = desk.refused(&owner, &close);
    assert!(told.contains("closed already"), "{told}");
}
