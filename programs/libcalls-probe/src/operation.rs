//! The operations that LLVM turns into libcalls, or might.

use core::hint::black_box;

/// Declares the operations once: their numbers on the wire, their names and what they do.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = |$a:ident, $b:ident| $result:expr;)*) => {
        /// What the program can be asked for. The discriminant is its number on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Operation {
            $($(#[$doc])* $name,)*
        }

        impl Operation {
            /// All of them, each at its number.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Applies the operation to each pair, in order. Never panics: where the arithmetic has
            /// no result (an overflow, a division by zero), it is [`NO_RESULT`].
            ///
            /// One loop an operation, so that what a loop costs more than [`Operation::Baseline`]'s
            /// is what the operation costs.
            pub fn apply(self, pairs: impl Iterator<Item = (u128, u128)>, take: impl FnMut(u128)) {
                match self {
                    $(Self::$name => each(pairs, take, |$a: u128, $b: u128| -> u128 { $result }),)*
                }
            }
        }
    };
}

/// What stands for "no result" of a checked operation.
pub const NO_RESULT: u128 = u128::MAX;

operations! {
    /// No arithmetic: what decoding, the loop and encoding cost.
    Baseline = |a, b| a ^ b;
    /// The product modulo 2^128.
    Multiply = |a, b| a.wrapping_mul(b);
    /// The product, if it fits.
    MultiplyChecked = |a, b| a.checked_mul(b).unwrap_or(NO_RESULT);
    /// The product of signed numbers, if it fits.
    MultiplySignedChecked = |a, b| result((a as i128).checked_mul(b as i128));
    /// The full product of the low words.
    MultiplyWords = |a, b| product(low(a), low(b));
    /// The product of the low words, if it fits in a word: LLVM widens it, then looks.
    MultiplyWordsChecked = |a, b| low(a).checked_mul(low(b)).map_or(NO_RESULT, u128::from);
    /// The product of the low words as signed numbers, if it fits in a word.
    MultiplySignedWordsChecked = |a, b| {
        result((low(a) as i64).checked_mul(low(b) as i64).map(i128::from))
    };
    /// The quotient.
    Divide = |a, b| a.checked_div(b).unwrap_or(NO_RESULT);
    /// The remainder.
    Remainder = |a, b| a.checked_rem(b).unwrap_or(NO_RESULT);
    /// The quotient of signed numbers.
    DivideSigned = |a, b| result((a as i128).checked_div(b as i128));
    /// The remainder of signed numbers.
    RemainderSigned = |a, b| result((a as i128).checked_rem(b as i128));
    /// What a settlement does most: a product of two amounts, divided by a third. Odd, so not by zero.
    MultiplyThenDivide = |a, b| product(low(a), low(b)).checked_div((high(b) | 1).into()).unwrap_or(NO_RESULT);
    /// The same by a constant: a share in basis points.
    MultiplyThenDivideByConstant = |a, b| product(low(a), low(b)) / 10_000;
    /// A shift by up to 127 bits; so are the next two.
    ShiftLeft = |a, b| a << (b & 127);
    /// A shift that fills with zeros.
    ShiftRight = |a, b| a >> (b & 127);
    /// A shift that fills with the sign.
    ShiftRightSigned = |a, b| ((a as i128) >> (b & 127)) as u128;
    /// A count of zero bits from the top.
    LeadingZeros = |a, b| (a ^ b).leading_zeros().into();
    /// A count of zero bits from the bottom.
    TrailingZeros = |a, b| (a ^ b).trailing_zeros().into();
    /// The sum, if it fits.
    AddChecked = |a, b| a.checked_add(b).unwrap_or(NO_RESULT);
    /// The sum, or the largest number.
    AddSaturating = |a, b| a.saturating_add(b);
    /// The difference, if it fits.
    SubtractChecked = |a, b| a.checked_sub(b).unwrap_or(NO_RESULT);
}

impl TryFrom<u64> for Operation {
    type Error = ();

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        usize::try_from(number).ok().and_then(|index| Self::ALL.get(index)).copied().ok_or(())
    }
}

#[inline(never)]
fn each(
    pairs: impl Iterator<Item = (u128, u128)>,
    mut take: impl FnMut(u128),
    operation: impl Fn(u128, u128) -> u128,
) {
    for (a, b) in pairs {
        // The whole of both operands, whichever part the operation uses.
        let (a, b) = black_box((a, b));
        take(operation(a, b));
    }
}

/// A signed result as the wire carries it.
fn result(signed: Option<i128>) -> u128 {
    signed.map_or(NO_RESULT, |value| value as u128)
}

#[expect(clippy::arithmetic_side_effects, reason = "a product of two words always fits")]
fn product(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

fn low(a: u128) -> u64 {
    a as u64
}

fn high(a: u128) -> u64 {
    (a >> 64) as u64
}
