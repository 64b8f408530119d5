//! The functions that LLVM calls, under the names and with the registers that it uses.

use core::arch::asm;

use crate::{Wide, divide, divide_signed, multiply};

/// Defines libcalls: two 128-bit operands come in r1 to r4, as LLVM passes four words, and the result
/// goes into r0 and r2, for which Rust has no calling convention. Hence a function that, to Rust, never
/// returns: it sets both registers and leaves by itself.
macro_rules! libcalls {
    ($($name:ident($a:ident, $b:ident) => $result:expr;)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name(a_low: u64, a_high: u64, b_low: u64, b_high: u64) -> ! {
            let $a = Wide { low: a_low, high: a_high };
            let $b = Wide { low: b_low, high: b_high };
            let Wide { low, high } = $result;
            // SAFETY: `exit` ends the VM's current call frame with r0 and r2 as set here; the VM itself
            // restores r6 to r10, and no other register is kept across a call.
            unsafe { asm!("exit", in("r0") low, in("r2") high, options(noreturn, nostack)) }
        }
    )*};
}

libcalls! {
    __multi3(a, b) => multiply(a, b);
    __udivti3(n, d) => divide(n, d).0;
    __umodti3(n, d) => divide(n, d).1;
    __divti3(n, d) => divide_signed(n, d).0;
    __modti3(n, d) => divide_signed(n, d).1;
}
