//! What a Solana program must bring along when upstream LLVM compiles it, instead of platform-tools.
//!
//! LLVM turns a 128-bit product, quotient or remainder into a call of a function with a fixed name
//! (a *libcall*), and its BPF backend (tried: LLVM 23) expects the result in registers r0 (low half)
//! and r2 (high half). rustc returns a 128-bit value through a pointer in r1 instead, so the functions
//! of those names in `compiler_builtins` write to whatever address the first operand happens to be,
//! and no tool reports it. This crate defines them as the backend calls them. That concerns more than
//! visible `u128`s: LLVM also widens `checked_mul` on `u64` and `i64` to 128 bits.
//!
//! A program links it by naming it once, in its `lib.rs`:
//!
//! ```ignore
//! #[cfg(target_arch = "bpf")]
//! use libcalls as _;
//! ```
//!
//! The definitions are strong and those of `compiler_builtins` weak, so these win; `scripts/sbf/link`
//! refuses a program in which they did not. Under platform-tools (`target_arch` "sbf" or "sbpf") and on
//! the host nothing is exported: there the arithmetic is an ordinary library, tested against the host's
//! own `u128`, and `tests/tests/libcalls.rs` of the root workspace tests it compiled, in the VM.
#![no_std]
#![cfg_attr(target_arch = "bpf", feature(asm_experimental_arch))]

mod divide;
#[cfg(target_arch = "bpf")]
mod exports;
#[cfg(not(target_arch = "bpf"))]
pub mod operands;
mod wide;

pub use divide::{divide, divide_signed};
#[cfg(target_arch = "bpf")]
use solana_compiler_builtins as _;
pub use wide::{Wide, multiply};
