//! A program that passes an instruction on to another program, as an attacker's would: the tests send
//! through it what they also send directly. It is never deployed.
//!
//! | instruction data | bytes |
//! |---|---|
//! | how often to pass it on | 1 |
//! | position of the account that this program signs for, 255 for none | 1 |
//! | bump of that address, whose seed is [`SEED`] | 1 |
//! | data of the instruction to pass on | the rest |
//!
//! The first account is the program that is called, the others are what it gets, with their rights.

#![cfg_attr(target_os = "solana", no_std)]

#[cfg(target_arch = "bpf")]
use libcalls as _;

/// Seed of the address that the proxy signs for: the name of Anchor's signer of events.
pub const SEED: &[u8] = b"__event_authority";

#[cfg(target_os = "solana")]
mod program {
    extern crate alloc;

    use crate::SEED;
    use alloc::vec::Vec;
    use pinocchio::cpi::{Seed, Signer, invoke_signed_with_slice};
    use pinocchio::error::ProgramError;
    use pinocchio::instruction::{InstructionAccount, InstructionView};
    use pinocchio::{AccountView, Address, ProgramResult};

    pinocchio::entrypoint!(process, 48);

    fn process(_program: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
        let ([times, position, bump], data) =
            data.split_first_chunk().ok_or(ProgramError::InvalidInstructionData)?;
        let (program, rest) = accounts.split_first().ok_or(ProgramError::NotEnoughAccountKeys)?;
        let metas: Vec<InstructionAccount> = rest
            .iter()
            .enumerate()
            .map(|(at, view)| {
                let signs = view.is_signer() || at == usize::from(*position);
                InstructionAccount::new(view.address(), view.is_writable(), signs)
            })
            .collect();
        let instruction = InstructionView { program_id: program.address(), data, accounts: &metas };
        let views: Vec<&AccountView> = rest.iter().collect();
        let bump = [*bump];
        let seeds = [Seed::from(SEED), Seed::from(&bump)];
        for _ in 0..*times {
            invoke_signed_with_slice(&instruction, &views, &[Signer::from(&seeds)])?;
        }
        Ok(())
    }
}
