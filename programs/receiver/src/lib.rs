//! Stands in for Pyth's receiver on a validator that nobody publishes prices to: at the receiver's address, it
//! writes its instruction's data over the data of the one account that it is given, which must be as long. Anyone
//! may send it, so it is never deployed.

#![cfg_attr(target_os = "solana", no_std)]

#[cfg(target_arch = "bpf")]
use libcalls as _;

#[cfg(target_os = "solana")]
mod program {
    use pinocchio::error::ProgramError;
    use pinocchio::{AccountView, Address, ProgramResult};

    pinocchio::entrypoint!(process, 2);

    fn process(_program: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
        let [account] = accounts else { return Err(ProgramError::NotEnoughAccountKeys) };
        let mut stored = account.try_borrow_mut()?;
        if stored.len() != data.len() {
            return Err(ProgramError::InvalidAccountData);
        }
        stored.copy_from_slice(data);
        Ok(())
    }
}
