//! A provider's reputation: a formula that anyone can recompute from the outcomes of its jobs.
//!
//! Each job weighs `floor(USD * take_bps / 10^4)` micro-dollars ([`weight`]): what was settled for a
//! success, the budget for a failure, so forging a success costs its weight in take. A weight is
//! halved once per 30 whole days since the outcome. With `W` the sum of weights, `Q` the sum of
//! their squares and `p` the successes' share of `W`, the effective number of jobs is `n = W^2 / Q`
//! and the score is the lower bound of Wilson's 95% interval:
//!
//! ```text
//! (n p + z^2/2 - z sqrt(n p (1 - p) + z^2/4)) / (n + z^2)        z = 1.96
//! ```
//!
//! Everything is an integer in millionths. Every division rounds down; the root rounds up for the
//! lower bound and down for the upper one. Weights are first shifted right, all by the same number
//! of bits, until their sum is below 2^50, so that every product fits in 128 bits.
//!
//! Jobs between related keys are excluded by the caller, who knows the parties.

use crate::math::share_floor;
use crate::rules::halvings;

/// Version of this formula; any change of a figure that it can give raises it.
pub const VERSION: u32 = 1;
/// One, in millionths.
pub const ONE: u64 = 1_000_000;

/// `z^2`, `z^2/2` and `z^2/4` in millionths, exact for `z = 1.96`.
const Z2: u128 = 3_841_600;
const Z2_HALF: u128 = 1_920_800;
const Z2_QUARTER: u128 = 960_400;
const MILLION: u128 = 1_000_000;
/// Bits that the sum of weights is cut to: of one below `2^BITS` nothing is cut.
pub const BITS: u32 = 50;

/// How one job ended for its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it was settled; otherwise the provider failed.
    pub success: bool,
    /// Its weight when it ended, micro-dollars: see [`weight`].
    pub weight: u64,
    /// When it ended, Unix seconds.
    pub at: i64,
}

/// A score and what it was made of. Shares are in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Lower bound of the interval: the score. 0 for a newcomer.
    pub score: u64,
    /// Upper bound of the interval. 1,000,000 for a newcomer.
    pub upper: u64,
    /// Weighted share of successes. 0 for a newcomer.
    pub share: u64,
    /// Effective number of jobs, in millionths of a job.
    pub effective_jobs: u128,
    /// Sum of the decayed weights, micro-dollars.
    pub weight: u128,
    /// Of it the successes'.
    pub success_weight: u128,
    /// No outcome has any weight (left), so that nothing is known.
    pub newcomer: bool,
}

/// `floor(usd * take_bps / 10^4)` micro-dollars; `usd` is what was settled for a success, the budget
/// for a failure. `None` if `take_bps` exceeds 10,000.
pub fn weight(usd: u64, take_bps: u16) -> Option<u64> {
    share_floor(usd, take_bps)
}

/// What a weight from `at` counts at `now`: halved once per 30 whole days.
pub fn decayed(weight: u64, at: i64, now: i64) -> u64 {
    let (count, _) = halvings(at, now);
    weight.checked_shr(count).unwrap_or(0)
}

/// Sums over outcomes, which are all that a score needs of them: whoever can add up need not hold them.
///
/// The default is a provider without outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// The decayed weights, micro-dollars.
    pub weight: u128,
    /// Of them the successes'.
    pub success_weight: u128,
    /// As `weight`, but each weight shifted right by [`cut`] of `weight` bits before it is added.
    pub cut_weight: u128,
    /// Of it the successes'.
    pub cut_success_weight: u128,
    /// The squares of the weights, each shifted as in `cut_weight` before it is squared.
    pub cut_squares: u128,
}

/// Bits by which weights of this sum are shifted right, so that their products fit in 128 bits.
pub fn cut(weight: u128) -> u32 {
    u128::BITS.saturating_sub(weight.leading_zeros()).saturating_sub(BITS)
}

impl Sums {
    /// Those of outcomes at `now` (Unix seconds), in any order.
    ///
    /// `None` only if a sum leaves 128 bits, which takes more than 2^64 outcomes.
    pub fn of(outcomes: &[Outcome], now: i64) -> Option<Self> {
        let mut sums = Self::default();
        for outcome in outcomes {
            let value = u128::from(decayed(outcome.weight, outcome.at, now));
            sums.weight = sums.weight.checked_add(value)?;
            if outcome.success {
                sums.success_weight = sums.success_weight.checked_add(value)?;
            }
        }
        let cut = cut(sums.weight);
        for outcome in outcomes {
            let value = u128::from(decayed(outcome.weight, outcome.at, now)).checked_shr(cut)?;
            sums.cut_weight = sums.cut_weight.checked_add(value)?;
            sums.cut_squares = sums.cut_squares.checked_add(value.checked_mul(value)?)?;
            if outcome.success {
                sums.cut_success_weight = sums.cut_success_weight.checked_add(value)?;
            }
        }
        Some(sums)
    }

    /// The score of a provider whose outcomes have these sums.
    ///
    /// `None` only if they are not the sums of any outcomes.
    pub fn score(&self) -> Option<Score> {
        let Self { weight, success_weight, cut_weight: sum, cut_success_weight: good, cut_squares: squares } =
            *self;
        if sum == 0 {
            return Some(Score { upper: ONE, newcomer: true, weight, success_weight, ..Score::default() });
        }
        // n in millionths, without leaving 128 bits: sum < 2^50.
        let square = sum.checked_mul(sum)?;
        let whole = square.checked_div(squares)?.checked_mul(MILLION)?;
        let part = square.checked_rem(squares)?.checked_mul(MILLION)?.checked_div(squares)?;
        let n = whole.checked_add(part)?;
        let np = n.checked_mul(good)?.checked_div(sum)?;
        let npq = np.checked_mul(sum.checked_sub(good)?)?.checked_div(sum)?;
        let under_root = npq.checked_add(Z2_QUARTER)?.checked_mul(Z2)?;
        let root_down = under_root.isqrt();
        let exact = root_down.checked_mul(root_down)? == under_root;
        let root_up = if exact { root_down } else { root_down.checked_add(1)? };
        let middle = np.checked_add(Z2_HALF)?;
        let divisor = n.checked_add(Z2)?;
        let bound = |numerator: u128| {
            let millionths = numerator.checked_mul(MILLION)?.checked_div(divisor)?;
            Some(u64::try_from(millionths.min(MILLION)).unwrap_or(ONE))
        };
        Some(Score {
            score: bound(middle.saturating_sub(root_up))?,
            upper: bound(middle.checked_add(root_down)?)?,
            share: u64::try_from(good.checked_mul(MILLION)?.checked_div(sum)?).ok()?,
            effective_jobs: n,
            weight,
            success_weight,
            newcomer: false,
        })
    }
}

/// The score of a provider with these outcomes at `now` (Unix seconds), in any order.
///
/// `None` only if the sum of weights leaves 128 bits, which takes more than 2^64 outcomes.
pub fn score(outcomes: &[Outcome], now: i64) -> Option<Score> {
    Sums::of(outcomes, now)?.score()
}

#[cfg(test)]
#[allow(clippy::float_arithmetic)] // the reference that the integers are held against
mod tests {
    use super::*;
    use crate::rules::HALF_LIFE;
    use proptest::prelude::*;

    fn outcome(success: bool, weight: u64, at: i64) -> Outcome {
        Outcome { success, weight, at }
    }

    /// Wilson's interval in floating point, in millionths.
    fn reference(outcomes: &[Outcome]) -> (f64, f64) {
        let z = 1.96f64;
        let weights = || outcomes.iter().map(|o| (o.success, o.weight as f64));
        let sum: f64 = weights().map(|(_, w)| w).sum();
        let good: f64 = weights().filter(|(success, _)| *success).map(|(_, w)| w).sum();
        let squares: f64 = weights().map(|(_, w)| w * w).sum();
        let (n, p) = (sum * sum / squares, good / sum);
        let middle = n * p + z * z / 2.0;
        let root = z * (n * p * (1.0 - p) + z * z / 4.0).sqrt();
        ((middle - root) / (n + z * z) * 1e6, (middle + root) / (n + z * z) * 1e6)
    }

    fn close(exact: u64, reference: f64) -> bool {
        (exact as f64 - reference).abs() <= 3.0
    }

    proptest! {
        #[test]
        fn the_integers_follow_the_formula(
            jobs in prop::collection::vec((any::<bool>(), 1u64..1 << 45), 1..200),
        ) {
            let outcomes: Vec<Outcome> = jobs.into_iter().map(|(s, w)| outcome(s, w, 0)).collect();
            let found = score(&outcomes, 0).unwrap();
            let (low, high) = reference(&outcomes);
            prop_assert!(close(found.score, low), "{} and {low}", found.score);
            prop_assert!(close(found.upper, high), "{} and {high}", found.upper);
            prop_assert!(found.score <= found.share && found.share <= found.upper.saturating_add(1));
        }

        #[test]
        fn no_input_fails_and_every_score_is_a_share(
            jobs in prop::collection::vec((any::<bool>(), any::<u64>(), any::<i64>()), 0..50), now: i64,
        ) {
            let outcomes: Vec<Outcome> = jobs.into_iter().map(|(s, w, at)| outcome(s, w, at)).collect();
            let found = score(&outcomes, now).unwrap();
            prop_assert!(found.score <= found.upper && found.upper <= ONE);
        }

        #[test]
        fn the_order_of_outcomes_does_not_matter(
            mut jobs in prop::collection::vec((any::<bool>(), any::<u64>()), 0..20),
        ) {
            let all = |jobs: &[(bool, u64)]| jobs.iter().map(|(s, w)| outcome(*s, *w, 0)).collect::<Vec<_>>();
            let forwards = score(&all(&jobs), 0);
            jobs.reverse();
            prop_assert_eq!(forwards, score(&all(&jobs), 0));
        }
    }

    #[test]
    fn a_newcomer_is_marked_and_scores_nothing() {
        let nothing = score(&[], 0).unwrap();
        assert_eq!((nothing.score, nothing.upper, nothing.newcomer), (0, ONE, true));
        let faded = score(&[outcome(true, 1, 0)], HALF_LIFE).unwrap();
        assert!(faded.newcomer);
        // Work too small to weigh anything is no record either.
        assert_eq!(weight(19, 500), Some(0));
        assert!(score(&[outcome(true, 0, 0)], 0).unwrap().newcomer);
    }

    #[test]
    fn known_scores() {
        // One success: (1 + 1.9208 - 1.9208) / 4.8416.
        assert_eq!(score(&[outcome(true, 5, 0)], 0).unwrap().score, 206_543);
        let ten = [outcome(true, 5, 0); 10];
        assert_eq!(score(&ten, 0).unwrap().score, 722_459);
        assert_eq!(score(&[outcome(false, 5, 0); 10], 0).unwrap().score, 0);
        assert_eq!(score(&ten, 0).unwrap().effective_jobs, 10_000_000);
    }

    #[test]
    fn a_bad_week_fades_and_a_failure_weighs_its_budget() {
        let mut jobs = vec![outcome(true, 1_000, 100 * HALF_LIFE); 20];
        jobs.push(outcome(false, 10_000, 90 * HALF_LIFE));
        let now = score(&jobs, 90 * HALF_LIFE).unwrap().score;
        let later = score(&jobs, 100 * HALF_LIFE).unwrap().score;
        assert!(now < 500_000 && later > 800_000, "{now} then {later}");
    }

    #[test]
    fn one_huge_job_is_one_job() {
        let mut jobs = vec![outcome(true, 1_000_000_000_000, 0)];
        jobs.extend(vec![outcome(true, 1, 0); 100]);
        let found = score(&jobs, 0).unwrap();
        assert_eq!(found.effective_jobs, 1_000_000);
        assert_eq!(found.score, 206_543);
    }
}
