//! A program that applies a named operation to pairs of 128-bit operands and returns the results.
//!
//! One source, two compilers: `tests/tests/libcalls.rs` of the root workspace calls
//! [`Operation::apply`] on the host and sends the same operands to this program in the VM. Whatever
//! differs was compiled wrongly, or computed wrongly by `libcalls`.

mod operation;
#[cfg(target_os = "solana")]
mod program;
pub mod wire;

#[cfg(target_arch = "bpf")]
use libcalls as _;
pub use operation::Operation;
