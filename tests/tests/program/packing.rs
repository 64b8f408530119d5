//! Many jobs in one transaction, with and without an address lookup table: built by the client's library,
//! measured, and carried by the VM.

use settlement_interface::Address;
use settlement_interface::accounts::{JobState, Provider};
use settlement_interface::instructions::{JobKeys, Network};
use settlement_interface::pda;
use solana_account::Account;
use solana_keypair::Keypair;
use solana_message::AddressLookupTableAccount;
use solana_signer::Signer;
use tally_client::batch::{Entry, MOST_JOBS, SignedBatch};
use tally_client::pack::{MOST_ACCOUNTS, MOST_BYTES, Packed, Piece, pack};
use tally_client::receipts::SignedReceipt;
use tally_client::{many, tables};
use tests::{Actors, ESCROW, JobFixture, MeterFixture, World, keypair, order};

const SLOT_HASHES: Address = Address::from_str_const("SysvarS1otHashes111111111111111111111111111");

/// Makes the present slot one that a table can be made in: the VM keeps no history of slots.
fn remember_slot(world: &mut World) -> u64 {
    let slot = world.slot();
    let mut data = vec![0; 8 + 512 * 40];
    data[0] = 1;
    data[8..16].copy_from_slice(&slot.to_le_bytes());
    let owner = Address::from_str_const("Sysvar1111111111111111111111111111111111111");
    let account = Account { lamports: 1_000_000_000, data, owner, executable: false, rent_epoch: u64::MAX };
    world.svm.set_account(SLOT_HASHES, account).unwrap();
    slot
}

/// A table of what these pieces name, made on chain by the instructions of the library; it can be used
/// from the next slot on.
fn table(world: &mut World, pieces: &[Piece<'_>]) -> AddressLookupTableAccount {
    let instructions: Vec<_> = pieces.iter().flat_map(|piece| piece(0)).collect();
    let slot = remember_slot(world);
    let (bank, named) = (world.bank.pubkey(), many::addresses(&instructions));
    world.set_clock(world.now(), slot + 1);
    let (key, making) = tables::create(&bank, &bank, slot, &named).unwrap();
    // The creation and the first extension fit one transaction; each other one takes its own.
    let (first, rest) = making.split_at(2);
    world.must(first, &[]);
    for extension in rest {
        world.must(std::slice::from_ref(extension), &[]);
    }
    world.set_clock(world.now(), slot + 2);
    let read = tables::read(key, &world.svm.get_account(&key).unwrap().data).unwrap();
    assert_eq!(read.addresses, named);
    read
}

fn send(world: &mut World, packed: &Packed, payer: &Keypair, tables: &[AddressLookupTableAccount]) {
    let transaction = packed.sign(&[payer], tables, world.svm.latest_blockhash()).unwrap();
    let sent = world.svm.send_transaction(transaction).map_err(|failed| failed.err).unwrap();
    assert!(sent.compute_units_consumed <= u64::from(packed.estimate.units));
}

/// How many of the pieces the first transaction holds.
fn first(payer: &Address, pieces: &[Piece<'_>], tables: &[AddressLookupTableAccount]) -> Packed {
    let packed = pack(payer, pieces, tables, 0).unwrap();
    let first = packed[0].clone();
    assert!(first.bytes <= MOST_BYTES);
    first
}

/// Running jobs between one consumer and one provider, a minute into their run.
fn jobs(world: &mut World, count: usize) -> Vec<JobFixture> {
    let actors = Actors::new(world);
    let usual = order(world.now(), &actors.session.pubkey());
    let jobs: Vec<_> = (0..count)
        .map(|_| {
            let actors = Actors {
                consumer: actors.consumer.insecure_clone(),
                session: actors.session.insecure_clone(),
                provider: actors.provider.insecure_clone(),
            };
            let job = JobFixture::offered_as(world, actors, &usual, ESCROW / 10);
            job.accept(world).unwrap();
            job.start(world).unwrap();
            job
        })
        .collect();
    world.until(world.now() + 60);
    jobs
}

fn batch(world: &World, meter: &MeterFixture, jobs: &[JobFixture]) -> SignedBatch {
    let entry =
        |job: &JobFixture| Entry { job: job.keys.job, opened_at: job.read(world).opened_at, units: 60_000 };
    let config = world.config();
    let entries = jobs.iter().map(entry).collect();
    let batch = SignedBatch::sign(&meter.key, config.receipt_domain, entries, world.now()).unwrap();
    let found: Vec<_> = jobs.iter().map(|job| Some(job.read(world))).collect();
    assert_eq!(batch.check(&found, &config), Ok(()));
    batch
}

#[test]
fn fifty_six_receipts_of_a_meter_are_accepted_in_one_transaction_by_a_lookup_table() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let jobs: Vec<_> = (0..MOST_JOBS + 1).map(|_| meter.job(&mut world, 0, ESCROW)).collect();
    world.until(world.now() + 60);
    let (bank, network) = (world.bank.insecure_clone(), world.network);
    let whole = batch(&world, &meter, &jobs);
    let table = table(&mut world, &[whole.piece(network, &[])]);
    world.refresh();
    // One job more is one account too many.
    assert!(pack(&bank.pubkey(), &[whole.piece(network, &[])], std::slice::from_ref(&table), 0).is_err());

    let batch = batch(&world, &meter, &jobs[..MOST_JOBS]);
    let pieces = [batch.piece(network, &[])];
    assert!(pack(&bank.pubkey(), &pieces, &[], 0).is_err());
    let tables = [table];
    let packed = first(&bank.pubkey(), &pieces, &tables);
    assert_eq!(packed.bytes, 1_077);
    send(&mut world, &packed, &bank, &tables);
    for job in &jobs[..MOST_JOBS] {
        assert_eq!((job.read(&world).units, job.read(&world).receipts), (60_000, 1));
    }
    assert_eq!(jobs[MOST_JOBS].read(&world).receipts, 0);
}

/// Most jobs whose batch fits a transaction.
fn most_batched(
    network: Network,
    world: &World,
    meter: &MeterFixture,
    jobs: &[JobFixture],
    tables: &[AddressLookupTableAccount],
) -> usize {
    let fits = |count: &usize| {
        let batch = batch(world, meter, &jobs[..*count]);
        pack(&world.bank.pubkey(), &[batch.piece(network, &[])], tables, 0).is_ok()
    };
    (1..=jobs.len()).take_while(fits).last().unwrap()
}

#[test]
fn a_table_of_the_network_alone_lets_more_receipts_of_a_meter_fit() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let jobs: Vec<_> = (0..24).map(|_| meter.job(&mut world, 0, ESCROW)).collect();
    world.until(world.now() + 60);
    let network = world.network;
    let shared = tables::shared(network.mint, network.feed);
    let table = AddressLookupTableAccount { key: keypair(77).pubkey(), addresses: shared };
    assert_eq!(most_batched(network, &world, &meter, &jobs, &[]), 15);
    assert_eq!(most_batched(network, &world, &meter, &jobs, &[table]), 17);
}

#[test]
fn two_jobs_are_settled_at_once_without_a_table_and_three_with_one() {
    let mut world = World::new();
    let jobs = jobs(&mut world, 6);
    let (authority, provider) = (jobs[0].authority(), jobs[0].actors.provider.insecure_clone());
    let sign = |job: &JobFixture| {
        let receipt = job.receipt(&world, 60_000);
        SignedReceipt::sign(&job.actors.session, receipt).unwrap()
    };
    let receipts: Vec<_> = jobs.iter().map(sign).collect();
    let network = world.network;
    let pieces = many::settle(&network, &authority, &receipts, world.epoch());
    assert_eq!(first(&authority, &pieces, &[]).pieces, 2);
    let tables = [table(&mut world, &pieces)];
    world.refresh();
    let packed = pack(&authority, &pieces, &tables, 0).unwrap();
    assert_eq!(packed.iter().map(|one| one.pieces).collect::<Vec<_>>(), [3, 3]);
    for one in &packed {
        send(&mut world, one, &provider, &tables);
    }
    for job in &jobs {
        assert_eq!(job.read(&world).settled, 33_333);
    }
}

#[test]
fn jobs_are_closed_and_taken_further_many_at_once() {
    let mut world = World::new();
    let jobs = jobs(&mut world, 40);
    let (wallet, consumer) = (jobs[0].wallet(), jobs[0].actors.consumer.insecure_clone());
    let keys: Vec<JobKeys> = jobs.iter().map(|job| job.keys).collect();
    let network = world.network;
    let closing = many::close(&network, &wallet, &keys);
    assert_eq!(first(&wallet, &closing, &[]).pieces, 19);
    let tables = [table(&mut world, &closing)];
    let packed = pack(&wallet, &closing, &tables, 0).unwrap();
    assert_eq!(packed.iter().map(|one| one.pieces).collect::<Vec<_>>(), [31, 9]);
    for one in &packed {
        send(&mut world, one, &consumer, &tables);
    }
    world.until(world.now() + world.config().parameters.receipt_grace + 1);

    let advancing = many::advance(&network, &keys);
    let bank = world.bank.insecure_clone();
    assert_eq!(first(&bank.pubkey(), &advancing, &[]).pieces, 8);
    let tables = [table(&mut world, &advancing)];
    for one in pack(&bank.pubkey(), &advancing, &tables, 0).unwrap() {
        send(&mut world, &one, &bank, &tables);
    }
    for job in &jobs {
        assert_eq!(job.read(&world).state(), Some(JobState::Settling));
    }
}

#[test]
fn many_providers_are_paid_at_once() {
    let mut world = World::new();
    let providers: Vec<Keypair> = (0..30).map(|_| world.bidder()).collect();
    let authorities: Vec<Address> = providers.iter().map(Keypair::pubkey).collect();
    for authority in &authorities {
        let address = pda::provider(authority);
        let mut provider: Provider = world.read(&address);
        (provider.claimable, provider.burned) = (5, 5);
        world.rewrite(&address, &provider);
    }
    let (network, bank) = (world.network, world.bank.insecure_clone());
    let pieces = many::claim(&network, &authorities);
    assert_eq!(first(&bank.pubkey(), &pieces, &[]).pieces, 10);
    let tables = [table(&mut world, &pieces)];
    let packed = pack(&bank.pubkey(), &pieces, &tables, 0).unwrap();
    assert_eq!(packed.iter().map(|one| one.pieces).collect::<Vec<_>>(), [20, 10]);
    for one in &packed {
        assert!(one.instructions.len() <= MOST_ACCOUNTS);
        send(&mut world, one, &bank, &tables);
    }
    for authority in &authorities {
        assert_eq!(world.read::<Provider>(&pda::provider(authority)).claimable, 0);
    }
}
