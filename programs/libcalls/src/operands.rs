//! Operands that find mistakes in 128-bit arithmetic: for the tests here and for those that compare
//! the compiled functions in the VM. Not part of any program.

/// Digits of 32 bits at which carries and estimated quotients go wrong.
const EDGE_DIGITS: [u32; 6] = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

/// Words at which they do; all pairs of them as halves are [`edges`].
const EDGE_WORDS: [u64; 14] = [
    0,
    1,
    2,
    3,
    0xffff_ffff,
    0x1_0000_0000,
    0x1_0000_0001,
    0xffff_ffff_ffff,
    0x1_0000_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_0000_0000,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
];

/// Every 128-bit number made of two edge words, the largest and smallest signed ones among them.
pub fn edges() -> impl Iterator<Item = u128> + Clone {
    EDGE_WORDS.into_iter().flat_map(|high| EDGE_WORDS.into_iter().map(move |low| join(high, low)))
}

/// All pairs of [`edges`].
pub fn edge_pairs() -> impl Iterator<Item = (u128, u128)> {
    edges().flat_map(|a| edges().map(move |b| (a, b)))
}

/// An endless, reproducible series of operand pairs: of every length, often with edge digits, and
/// often a multiple of each other give or take one, where a quotient's last step decides.
pub struct Pairs {
    state: u64,
}

impl Pairs {
    /// The same seed gives the same series on every machine.
    pub fn from_seed(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next random word (Steele, Lea and Flood's SplitMix64).
    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.word().checked_rem(limit).unwrap_or(0)
    }

    fn digit(&mut self) -> u64 {
        let choice = self.word();
        let random = choice & 0xffff_ffff;
        let edge = EDGE_DIGITS.get((choice >> 32) as usize & 7);
        edge.map_or(random, |&digit| u64::from(digit))
    }

    fn number(&mut self) -> u128 {
        let full = match self.below(3) {
            0 => join(self.word(), self.word()),
            _ => join(self.digit() << 32 | self.digit(), self.digit() << 32 | self.digit()),
        };
        // Every length is as likely as any other.
        full >> self.below(128)
    }
}

impl Iterator for Pairs {
    type Item = (u128, u128);

    fn next(&mut self) -> Option<Self::Item> {
        let b = self.number();
        let a = match self.below(4) {
            0 => b.wrapping_mul(self.number()).wrapping_add(1).wrapping_sub(self.below(3).into()),
            _ => self.number(),
        };
        Some((a, b))
    }
}

fn join(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}
