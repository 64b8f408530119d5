//! What several stories need.

use settlement_interface::Address;
use settlement_interface::parameters::{DAY, Parameters};
use solana_account::Account;
use solana_instruction::Instruction;
use tests::{JobFixture, World};

/// SPL Token-2022.
pub const TOKEN_2022: Address = Address::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
/// A program of the attacker's.
pub const ATTACKER: Address = Address::new_from_array([0xA7; 32]);

/// The instruction with another account at a position.
pub fn with(instruction: &Instruction, position: usize, account: &Address) -> Instruction {
    let mut other = instruction.clone();
    other.accounts[position].pubkey = *account;
    other
}

/// Writes a copy of an account, its bytes edited, owned by `owner`; returns where.
pub fn copied(world: &mut World, of: &Address, owner: &Address, edit: impl FnOnce(&mut Vec<u8>)) -> Address {
    let mut account = world.svm.get_account(of).unwrap();
    account.owner = *owner;
    edit(&mut account.data);
    put(world, account)
}

/// Writes an account to an address where there is none; returns it.
pub fn put(world: &mut World, account: Account) -> Address {
    let free = (0u8..)
        .map(|n| {
            Address::new_from_array([
                n, 0xF0, n, 0xF0, 7, 7, 7, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4,
                4, 4, 4,
            ])
        })
        .find(|address| world.svm.get_account(address).is_none())
        .unwrap();
    world.svm.set_account(free, account).unwrap();
    free
}

/// When an epoch has ended, Unix seconds.
pub fn end_of(epoch: u64) -> i64 {
    i64::try_from(epoch + 1).unwrap() * Parameters::DEFAULT.epoch_len
}

/// A job that has run for an hour, with a fresh price.
pub fn an_hour(world: &mut World) -> JobFixture {
    let job = JobFixture::running(world);
    world.until(world.now() + 3_600);
    job
}

/// A running job with 2 USD of work settled.
pub fn worked(world: &mut World) -> JobFixture {
    let job = an_hour(world);
    job.settle(world, 3_600_000).unwrap();
    job
}

/// Takes a job in Closing, with nothing left to convert, to where everybody was paid and it is gone.
pub fn wind_up(world: &mut World, job: &JobFixture) {
    world.until(world.now() + DAY + 1);
    job.advance(world);
    job.advance(world);
    let keys = job.read(world);
    for (party, wallet) in [
        (settlement_interface::accounts::Party::Consumer, job.wallet()),
        (settlement_interface::accounts::Party::Provider, job.authority()),
    ] {
        let due = keys.dues[party as usize];
        if due.escrow + due.stake > 0 {
            job.withdraw(world, party, &wallet).unwrap();
        }
    }
    job.reclaim(world).unwrap();
    assert!(world.svm.get_account(&job.keys.job).is_none_or(|account| account.lamports == 0));
}
