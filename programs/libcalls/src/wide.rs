//! A 128-bit number as two halves, and everything but its division.
//!
//! Nothing in this crate's arithmetic may use `u128`, or a checked `u64` product: compiled for BPF,
//! either becomes a call of the very functions that this crate defines.

/// The low 32 bits of a word.
pub(crate) const LOW_HALF: u64 = u32::MAX as u64;

/// A 128-bit number in two's complement: `high * 2^64 + low`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wide {
    /// The lower 64 bits.
    pub low: u64,
    /// The upper 64 bits, with the sign of a signed number.
    pub high: u64,
}

impl Wide {
    /// The number 0.
    pub const ZERO: Self = Self { low: 0, high: 0 };

    #[inline(always)]
    pub(crate) fn is_negative(self) -> bool {
        self.high >> 63 == 1
    }

    /// `-self` modulo 2^128 where `negate`, else `self`.
    #[inline(always)]
    pub(crate) fn negate_if(self, negate: bool) -> Self {
        if negate { Self::ZERO.minus(self) } else { self }
    }

    /// The absolute value as an unsigned number: exact for every operand, -2^127 included.
    #[inline(always)]
    pub(crate) fn magnitude(self) -> Self {
        self.negate_if(self.is_negative())
    }

    /// `self - other` modulo 2^128.
    #[inline(always)]
    pub(crate) fn minus(self, other: Self) -> Self {
        let borrow = u64::from(self.low < other.low);
        Self {
            low: self.low.wrapping_sub(other.low),
            high: self.high.wrapping_sub(other.high).wrapping_sub(borrow),
        }
    }

    /// Unsigned `self >= other`.
    #[inline(always)]
    pub(crate) fn at_least(self, other: Self) -> bool {
        self.high > other.high || (self.high == other.high && self.low >= other.low)
    }
}

/// The product modulo 2^128; the same for signed and unsigned operands.
#[inline(always)]
pub fn multiply(a: Wide, b: Wide) -> Wide {
    let Wide { low, high } = multiply_words(a.low, b.low);
    let cross = a.low.wrapping_mul(b.high).wrapping_add(a.high.wrapping_mul(b.low));
    Wide { low, high: high.wrapping_add(cross) }
}

/// The full product of two 64-bit numbers, from their 32-bit halves. No sum here overflows:
/// a product of halves is at most (2^32 - 1)^2, which leaves room for two more halves.
#[inline(always)]
fn multiply_words(a: u64, b: u64) -> Wide {
    let (a_low, a_high) = (a & LOW_HALF, a >> 32);
    let (b_low, b_high) = (b & LOW_HALF, b >> 32);
    let bottom = a_low.wrapping_mul(b_low);
    let middle = opaque(a_high.wrapping_mul(b_low).wrapping_add(bottom >> 32));
    let other_middle = a_low.wrapping_mul(b_high).wrapping_add(middle & LOW_HALF);
    let top = a_high.wrapping_mul(b_high);
    Wide {
        // The low word is also the plain product, which costs one instruction.
        low: a.wrapping_mul(b),
        high: top.wrapping_add(middle >> 32).wrapping_add(other_middle >> 32),
    }
}

/// `value`, through an empty line of assembler: the optimiser cannot tell how it came about, nor move
/// its computation out of a branch. Neither is for beauty:
/// - LLVM knows a product spelled out in halves when it sees one, and would put a 128-bit product in its
///   place: a call of the very function that contains it.
/// - LLVM computes both sides of a short `if` and selects one, as if BPF had an instruction for that.
#[inline(always)]
#[cfg_attr(not(target_arch = "bpf"), expect(unused_mut, reason = "only BPF has the assembler line"))]
pub(crate) fn opaque(mut value: u64) -> u64 {
    #[cfg(target_arch = "bpf")]
    // SAFETY: there is no instruction in it.
    unsafe {
        core::arch::asm!("/* {0} */", inlateout(reg) value, options(nomem, nostack, preserves_flags));
    }
    value
}

/// Conversions for callers whose own 128-bit arithmetic is sound: anything but BPF.
#[cfg(not(target_arch = "bpf"))]
mod convert {
    use super::Wide;

    impl From<u128> for Wide {
        fn from(value: u128) -> Self {
            Self { low: value as u64, high: (value >> 64) as u64 }
        }
    }

    impl From<Wide> for u128 {
        fn from(value: Wide) -> Self {
            (u128::from(value.high) << 64) | u128::from(value.low)
        }
    }
}
