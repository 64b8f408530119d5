//! A bare program that makes the calls that it is told to make and does nothing else: no account is
//! loaded, no rule checked, no amount computed, nothing written. What it takes is the floor under an
//! instruction of the settlement that makes the same calls. It is measured in the settlement's place,
//! at its address, so that it signs for the same addresses; it is never deployed.
//!
//! | instruction data | bytes |
//! |---|---|
//! | [`CALLS`] | 1 |
//! | each call, one after the other: | |
//! | … position of the called program among the instruction's accounts | 1 |
//! | … number of accounts | 1 |
//! | … … each: its position; [`WRITABLE`] and [`SIGNER`] | 2 |
//! | … number of addresses to sign for | 1 |
//! | … … each: number of seeds; each seed's length and bytes | |
//! | … length of the data, little-endian, and the data | 2 + length |
//!
//! Data that begins otherwise is an event of the settlement, sent by this program to itself: nothing to do.

#![cfg_attr(target_os = "solana", no_std)]

#[cfg(target_arch = "bpf")]
use libcalls as _;

/// First byte of data that lists calls; no event begins with it.
pub const CALLS: u8 = 0;
/// Flag of an account that the call may write.
pub const WRITABLE: u8 = 1;
/// Flag of an account that signs the call.
pub const SIGNER: u8 = 2;

#[cfg(target_os = "solana")]
mod program {
    extern crate alloc;

    use crate::{CALLS, SIGNER, WRITABLE};
    use alloc::vec::Vec;
    use pinocchio::cpi::{CpiAccount, Seed, Signer, invoke_signed_unchecked};
    use pinocchio::error::ProgramError;
    use pinocchio::instruction::{InstructionAccount, InstructionView};
    use pinocchio::{AccountView, Address, ProgramResult};

    pinocchio::entrypoint!(process, 64);

    const SHORT: ProgramError = ProgramError::InvalidInstructionData;

    fn process(_program: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
        let (&CALLS, mut rest) = data.split_first().ok_or(SHORT)? else { return Ok(()) };
        while !rest.is_empty() {
            rest = call(accounts, rest)?;
        }
        Ok(())
    }

    /// Makes the first call of `data` and gives what follows it.
    #[inline(always)]
    fn call<'a>(accounts: &[AccountView], data: &'a [u8]) -> Result<&'a [u8], ProgramError> {
        let (&[program, count], mut data) = data.split_first_chunk().ok_or(SHORT)?;
        let mut metas = Vec::with_capacity(usize::from(count));
        let mut infos = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            let (&[position, flags], rest) = data.split_first_chunk().ok_or(SHORT)?;
            data = rest;
            let view = at(accounts, position)?;
            metas.push(InstructionAccount::new(view.address(), flags & WRITABLE != 0, flags & SIGNER != 0));
            infos.push(CpiAccount::from(view));
        }
        let (&[signers], mut data) = data.split_first_chunk().ok_or(SHORT)?;
        let mut seeds = Vec::with_capacity(usize::from(signers));
        for _ in 0..signers {
            let (&[count], rest) = data.split_first_chunk().ok_or(SHORT)?;
            data = rest;
            let mut of_one = Vec::with_capacity(usize::from(count));
            for _ in 0..count {
                let (&[length], rest) = data.split_first_chunk().ok_or(SHORT)?;
                let (seed, rest) = rest.split_at_checked(usize::from(length)).ok_or(SHORT)?;
                of_one.push(Seed::from(seed));
                data = rest;
            }
            seeds.push(of_one);
        }
        let signers: Vec<Signer> = seeds.iter().map(|seeds| Signer::from(seeds.as_slice())).collect();
        let (length, data) = data.split_first_chunk().ok_or(SHORT)?;
        let (bytes, rest) = data.split_at_checked(usize::from(u16::from_le_bytes(*length))).ok_or(SHORT)?;
        let program_id = at(accounts, program)?.address();
        let instruction = InstructionView { program_id, data: bytes, accounts: &metas };
        // SAFETY: this program never borrows the data of an account.
        unsafe { invoke_signed_unchecked(&instruction, &infos, &signers) };
        Ok(rest)
    }

    fn at(accounts: &[AccountView], position: u8) -> Result<&AccountView, ProgramError> {
        accounts.get(usize::from(position)).ok_or(ProgramError::NotEnoughAccountKeys)
    }
}
