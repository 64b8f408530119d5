//! Division of 128-bit numbers. In the VM every instruction costs one compute unit, a 64-bit division
//! no more than a shift, and none counts leading zeros. So the cases are cut by what they take there:
//! 64 by 64 bits is one division, and a divisor below 2^48 (almost any amount) needs no normalising.

use crate::wide::{LOW_HALF, Wide, multiply, opaque};

/// Quotient and remainder of unsigned numbers.
///
/// Panics if `d` is zero; compiled code never gets there, since Rust checks before it calls.
#[inline(always)]
pub fn divide(n: Wide, d: Wide) -> (Wide, Wide) {
    if d.high == 0 { divide_by_word(n, d.low) } else { divide_by_wide(n, d) }
}

/// Quotient and remainder of signed numbers: the quotient is rounded towards zero and the remainder
/// has the sign of `n`. The smallest number divided by -1 gives itself and 0.
///
/// Panics if `d` is zero.
#[inline(always)]
pub fn divide_signed(n: Wide, d: Wide) -> (Wide, Wide) {
    let (quotient, remainder) = divide(n.magnitude(), d.magnitude());
    (quotient.negate_if(n.is_negative() != d.is_negative()), remainder.negate_if(n.is_negative()))
}

#[inline(always)]
#[expect(clippy::arithmetic_side_effects, reason = "/ and % alone; a divisor of zero is the caller's")]
fn divide_by_word(n: Wide, d: u64) -> (Wide, Wide) {
    if n.high == 0 {
        return (word(n.low / d), word(n.low % d));
    }
    // The upper word first; what remains of it is below d, so the rest of the quotient is one word too.
    let (q_high, high) = (n.high / d, n.high % d);
    let rest = Wide { low: n.low, high };
    let (q_low, remainder) = match d {
        0..0x1_0000_0000 => divide_in_digits::<32>(rest, d),
        0x1_0000_0000..0x1_0000_0000_0000 => divide_in_digits::<16>(rest, d),
        _ => {
            let shift = leading_zeros(d);
            let (q, remainder) = divide_normalized(shift_left(rest, shift), d << shift);
            (q, remainder >> shift)
        }
    };
    (Wide { low: q_low, high: q_high }, word(remainder))
}

/// Quotient and remainder where `n.high < d` and `d < 2^(64 - BITS)`: as on paper, in digits of `BITS`
/// bits, each from a division of what remains and the next digit, which together fit in a word.
#[inline(always)]
#[expect(clippy::arithmetic_side_effects, reason = "shifts by less than 64; the divisor as above")]
fn divide_in_digits<const BITS: u32>(n: Wide, d: u64) -> (u64, u64) {
    let (mut q, mut rest) = (0, n.high);
    let mut coming = n.low;
    for _ in 0..64 / BITS {
        let part = (rest << BITS) | (coming >> (64 - BITS));
        coming <<= BITS;
        q = (q << BITS) | (part / d);
        rest = part % d;
    }
    (q, rest)
}

/// Quotient and remainder where `d >= 2^64`, so that the quotient fits in a word.
#[inline(always)]
fn divide_by_wide(n: Wide, d: Wide) -> (Wide, Wide) {
    if !n.at_least(d) {
        return (Wide::ZERO, n);
    }
    // Estimate the quotient from the top word of the divisor: right, or one too large. Taking one
    // away makes it right or one too small, which the remainder then shows.
    // (Warren, Hacker's Delight, 2nd edition, section 9-5.)
    let shift = leading_zeros(d.high);
    let top = shift_left(d, shift).high;
    let halved = Wide { low: (n.high << 63) | (n.low >> 1), high: n.high >> 1 };
    let (estimate, _) = divide_normalized(halved, top);
    let mut q = (estimate >> (63 ^ shift)).saturating_sub(1);
    let mut rest = n.minus(multiply(word(q), d));
    if rest.at_least(d) {
        q = q.wrapping_add(1);
        rest = rest.minus(d);
    }
    (word(q), rest)
}

/// Quotient and remainder of `n` by `d`, where `n.high < d` (so that the quotient fits in a word) and
/// the top bit of `d` is set.
#[inline(always)]
fn divide_normalized(n: Wide, d: u64) -> (u64, u64) {
    let (q_1, rest) = long_digit(n.high, n.low >> 32, d);
    let (q_0, rest) = long_digit(rest, n.low & LOW_HALF, d);
    ((q_1 << 32) | q_0, rest)
}

/// A digit of 32 bits of the quotient and what remains, where `rest < d`, `next < 2^32` and the top bit
/// of `d` is set: estimated from the upper half of `d`, then lowered twice at most.
/// (Knuth, The Art of Computer Programming, volume 2, section 4.3.1, algorithm D.)
#[inline(always)]
#[expect(clippy::arithmetic_side_effects, reason = "/ and % alone; the divisor is 2^31 at least")]
fn long_digit(rest: u64, next: u64, d: u64) -> (u64, u64) {
    let (d_1, d_0) = (d >> 32, d & LOW_HALF);
    let (mut q, mut r) = (rest / d_1, rest % d_1);
    while q > LOW_HALF || q.wrapping_mul(d_0) > (r << 32) | next {
        q = q.wrapping_sub(1);
        r = r.wrapping_add(d_1);
        if r > LOW_HALF {
            break;
        }
    }
    // The true difference is below d; what wraps away above 2^64 is equal on both sides.
    (q, ((rest << 32) | next).wrapping_sub(q.wrapping_mul(d)))
}

/// A number of one word.
#[inline(always)]
fn word(low: u64) -> Wide {
    Wide { low, high: 0 }
}

/// `a * 2^shift` modulo 2^128, for `shift` below 64.
#[inline(always)]
fn shift_left(a: Wide, shift: u64) -> Wide {
    // In two steps, so that nothing is shifted by 64 where `shift` is 0.
    Wide { low: a.low << shift, high: (a.high << shift) | (a.low >> 1 >> (63 ^ shift)) }
}

/// Leading zeros of a number that is not zero, by halving: in half the instructions that LLVM spells
/// `u64::leading_zeros` out in.
#[inline(always)]
fn leading_zeros(a: u64) -> u64 {
    let (mut rest, mut count) = (a >> 32, 0_u64);
    if rest == 0 {
        (rest, count) = (opaque(a), 32);
    }
    // Of these 32 bits. Compared in the lower half of a register: there the limits fit in instructions.
    for (bits, limit) in [(16, 1 << 16), (8, 1 << 24), (4, 1 << 28), (2, 1 << 30), (1, 1 << 31)] {
        if rest < limit {
            rest = opaque(rest << bits);
            count = count.wrapping_add(bits);
        }
    }
    // At most 63 anyway: for the compiler, which then need not check the shifts.
    count & 63
}
