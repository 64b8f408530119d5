//! The floor under a transaction of the program: what its calls alone cost. The calls that the program
//! made (token programs, system program, events) are made again, from the same state and by the same
//! transaction, by a bare program in its place that does nothing else. What precompiles verify costs no
//! compute units, so that a signature check adds nothing to the floor.

use litesvm::LiteSVM;
use settlement_interface::accounts::{
    Arbiter, Bid, Case, ConfigChange, Consumer, Credit, Dispute, Epoch, Job, Layout, Meter, Provider,
};
use settlement_interface::{Address, ID, pda};
use solana_account::Account;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use std::path::Path;
use tests::{Call, World, program_data};

/// Compute units of the same calls by the bare program, the transaction's own overhead included.
pub fn units(
    before: &World,
    after: &World,
    instructions: &[Instruction],
    calls: &[Call],
    signers: &[&Keypair],
) -> u64 {
    let mut world = before.fork();
    install(&mut world.svm);
    let bare: Vec<Instruction> = instructions
        .iter()
        .enumerate()
        .map(|(at, instruction)| {
            if instruction.program_id != ID {
                return instruction.clone();
            }
            let mut data = vec![0]; // `floor::CALLS`
            for call in calls.iter().filter(|call| call.instruction == at) {
                encode(&mut data, &instruction.accounts, call, before, after);
            }
            Instruction { data, ..instruction.clone() }
        })
        .collect();
    world.must(&bare, signers).units
}

fn install(svm: &mut LiteSVM) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy/floor.so");
    let program = std::fs::read(&file).unwrap_or_else(|_| {
        panic!("{} is not there; build it by: scripts/build-program floor", file.display())
    });
    let authority = Address::default();
    let pointer = svm.get_account(&ID).unwrap();
    let data = program_data(&program, &authority);
    let loaded = Account { lamports: 10_000_000_000, data, ..svm.get_account(&pda::program_data()).unwrap() };
    svm.set_account(pda::program_data(), loaded).unwrap();
    svm.set_account(ID, pointer).unwrap();
}

/// Appends a call as the bare program reads it.
fn encode(data: &mut Vec<u8>, metas: &[AccountMeta], call: &Call, before: &World, after: &World) {
    let position = |address: &Address| {
        let found = metas.iter().position(|meta| meta.pubkey == *address);
        u8::try_from(found.unwrap_or_else(|| panic!("{address} is not among the accounts"))).unwrap()
    };
    data.extend([position(&call.program), u8::try_from(call.accounts.len()).unwrap()]);
    let mut signed = Vec::new();
    for (at, address) in call.accounts.iter().enumerate() {
        let meta = metas.iter().filter(|meta| meta.pubkey == *address);
        let (writable, signs) =
            meta.fold((false, false), |all, meta| (all.0 || meta.is_writable, all.1 || meta.is_signer));
        let must_sign = call.signs(at);
        if must_sign && !signs {
            signed.push(seeds(address, before, after));
        }
        data.extend([position(address), u8::from(writable) | u8::from(must_sign) << 1]);
    }
    data.push(u8::try_from(signed.len()).unwrap());
    for seeds in signed {
        data.push(u8::try_from(seeds.len()).unwrap());
        for seed in seeds {
            data.push(u8::try_from(seed.len()).unwrap());
            data.extend(seed);
        }
    }
    data.extend(u16::try_from(call.data.len()).unwrap().to_le_bytes());
    data.extend(&call.data);
}

/// The seeds of an address of the program, its bump last, by what the account there says.
fn seeds(address: &Address, before: &World, after: &World) -> Vec<Vec<u8>> {
    let singletons = [
        pda::CONFIG,
        pda::PRICE,
        pda::TOTALS,
        pda::STAKE_VAULT,
        pda::BUYBACK,
        pda::BUYBACK_VAULT,
        pda::EVENT_AUTHORITY,
    ];
    let alone = singletons.iter().map(|seed| vec![seed.to_vec()]);
    let told = [after, before].into_iter().filter_map(|world| of_content(address, world));
    for mut seeds in alone.chain(told) {
        let parts: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        let (found, bump) = Address::find_program_address(&parts, &ID);
        if found == *address {
            seeds.push(vec![bump]);
            return seeds;
        }
    }
    panic!("nobody knows the seeds of {address}");
}

fn of_content(address: &Address, world: &World) -> Option<Vec<Vec<u8>>> {
    let account = world.svm.get_account(address)?;
    let data = &account.data;
    let key = |address: Address| address.to_bytes().to_vec();
    let number = |number: u64| number.to_le_bytes().to_vec();
    if account.owner != ID {
        // A vault is owned by its job.
        let owner: [u8; 32] = data.get(32..64)?.try_into().ok()?;
        return Some(vec![pda::VAULT.to_vec(), owner.to_vec()]);
    }
    if let Some(it) = Consumer::read(data) {
        return Some(vec![pda::CONSUMER.to_vec(), key(it.wallet)]);
    }
    if let Some(it) = Provider::read(data) {
        return Some(vec![pda::PROVIDER.to_vec(), key(it.authority)]);
    }
    if let Some(it) = Meter::read(data) {
        return Some(vec![pda::METER.to_vec(), key(it.key)]);
    }
    if let Some(it) = Arbiter::read(data) {
        return Some(vec![pda::ARBITER.to_vec(), key(it.wallet)]);
    }
    if let Some(it) = Job::read(data) {
        return Some(vec![pda::JOB.to_vec(), key(it.terms.consumer), number(it.nonce)]);
    }
    if let Some(it) = Bid::read(data) {
        return Some(vec![pda::BID.to_vec(), key(it.job), key(it.provider)]);
    }
    if let Some(it) = Case::read(data) {
        return Some(vec![pda::CASE.to_vec(), key(it.job), number(it.index)]);
    }
    if let Some(it) = Dispute::read(data) {
        return Some(vec![pda::DISPUTE.to_vec(), key(it.job), number(it.index)]);
    }
    if let Some(it) = Epoch::read(data) {
        return Some(vec![pda::EPOCH.to_vec(), number(it.index)]);
    }
    if let Some(it) = Credit::read(data) {
        return Some(vec![pda::CREDIT.to_vec(), number(it.epoch), key(it.provider)]);
    }
    ConfigChange::read(data).map(|it| vec![pda::CHANGE.to_vec(), number(it.index)])
}
