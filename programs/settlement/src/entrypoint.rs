//! In front of Anchor's dispatcher, which ignores what follows an instruction's arguments: data must
//! have exactly the length that its instruction asks for, so that every instruction has one encoding.

use anchor_lang::prelude::ProgramError;
use settlement_interface::wire::has_exact_length;

anchor_lang::pinocchio::default_allocator!();
anchor_lang::pinocchio::default_panic_handler!();

/// What the loader calls: `input` holds the accounts, `data` the instruction's data, whose length
/// lies in the eight bytes before it.
///
/// # Safety
///
/// For the loader alone, whose serialisation of the parameters both pointers rely on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrypoint(input: *mut u8, data: *const u8) -> u64 {
    // SAFETY: the loader puts the length, as a u64, right before the data.
    let bytes = unsafe {
        let length = data.sub(8).cast::<u64>().read_unaligned() as usize;
        core::slice::from_raw_parts(data, length)
    };
    if !has_exact_length(bytes) {
        return ProgramError::InvalidInstructionData.into();
    }
    // SAFETY: both are as the loader gave them.
    unsafe { crate::__anchor_dispatch(input, data) }
}
