//! The entrypoint. It takes no accounts, so that the input has but one shape.

use core::slice;

use crate::wire::{MAX_PAIRS, RESULT_SIZE, decode_request};

const SUCCESS: u64 = 0;
/// The code of `InstructionError::InvalidInstructionData`, as a program returns it.
const INVALID_INSTRUCTION_DATA: u64 = 3 << 32;

unsafe extern "C" {
    fn sol_set_return_data(data: *const u8, length: u64);
}

/// # Safety
///
/// `input` is what the loader passes: the number of accounts, the accounts, then the length of the
/// instruction data and the data themselves.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrypoint(input: *const u8) -> u64 {
    let words = input.cast::<u64>();
    // SAFETY: the loader aligns its input and always writes these two words.
    let (accounts, length) = unsafe { (words.read(), words.add(1).read()) };
    if accounts != 0 {
        return INVALID_INSTRUCTION_DATA;
    }
    // SAFETY: without accounts, the data follow those words, as many bytes as the second one says.
    let data = unsafe { slice::from_raw_parts(words.add(2).cast::<u8>(), length as usize) };
    let Some((operation, pairs)) = decode_request(data) else {
        return INVALID_INSTRUCTION_DATA;
    };

    let mut results = [0; MAX_PAIRS * RESULT_SIZE];
    let mut slots = results.as_chunks_mut::<RESULT_SIZE>().0.iter_mut();
    let mut count = 0_u64;
    operation.apply(pairs, |result| {
        if let Some(slot) = slots.next() {
            *slot = result.to_le_bytes();
            count += 1;
        }
    });
    // SAFETY: at most MAX_PAIRS results were counted, and each has its place in `results`.
    unsafe { sol_set_return_data(results.as_ptr(), count * RESULT_SIZE as u64) };
    SUCCESS
}
