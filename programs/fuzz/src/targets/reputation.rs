//! The reputation score against the formula in integers without a width.

use crate::big::{big, floor};
use crate::input::Input;
use num_bigint::BigInt;
use settlement_interface::reputation::{ONE, Outcome, decayed, score, weight};

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let now = 1_700_000_000 + i64::from(input.u32());
    let (usd, bps) = (input.amount(), input.u16() % 10_001);
    assert_eq!(weight(usd, bps).map(big), Some(floor(&(big(usd) * bps), &big(10_000))));
    let outcomes: Vec<Outcome> = (0..input.u8() % 24)
        .map(|_| Outcome {
            success: input.bool(),
            weight: input.amount(),
            at: now - i64::from(input.u32() >> (input.u8() % 32)),
        })
        .collect();
    let found = score(&outcomes, now).expect("so few outcomes always have a score");
    let weights: Vec<u64> = outcomes.iter().map(|o| decayed(o.weight, o.at, now)).collect();
    for (outcome, weight) in outcomes.iter().zip(&weights) {
        let periods = (now - outcome.at) / (30 * 86_400);
        assert_eq!(*weight, if periods > 63 { 0 } else { outcome.weight >> periods });
    }
    let sum: u128 = weights.iter().copied().map(u128::from).sum();
    let successes = || outcomes.iter().zip(&weights).filter(|(outcome, _)| outcome.success);
    assert_eq!(found.weight, sum);
    assert_eq!(found.success_weight, successes().map(|(_, weight)| u128::from(*weight)).sum::<u128>());
    assert!(found.score <= found.upper && found.upper <= ONE && found.share <= ONE);
    assert_eq!(found.newcomer, sum == 0);
    if sum == 0 {
        assert_eq!((found.score, found.upper), (0, ONE));
        return;
    }
    assert!(found.effective_jobs >= u128::from(ONE), "one job at least");
    assert!(found.effective_jobs <= outcomes.len() as u128 * u128::from(ONE));
    assert!(found.score <= found.share, "a lower bound lies below the share");

    // The formula, with weights cut to 50 bits of sum as documented.
    let cut = (128 - sum.leading_zeros()).saturating_sub(50);
    let cut_weights = weights.iter().map(|weight| weight >> cut);
    let total: BigInt = cut_weights.clone().map(big).sum();
    let squares: BigInt = cut_weights.map(|weight| big(weight) * weight).sum();
    let good: BigInt = successes().map(|(_, weight)| big(weight >> cut)).sum();
    let n = floor(&(&total * &total * 1_000_000), &squares);
    let np = floor(&(&n * &good), &total);
    let npq = floor(&(&np * (&total - &good)), &total);
    let under_root: BigInt = (npq + 960_400) * 3_841_600;
    let down = under_root.sqrt();
    let up = if &down * &down == under_root { down.clone() } else { &down + 1 };
    let of_all = |numerator: BigInt| {
        floor(&(numerator.max(big(0)) * 1_000_000), &(&n + 3_841_600)).min(big(1_000_000))
    };
    assert_eq!(big(found.effective_jobs), n);
    assert_eq!(big(found.score), of_all(&np + 1_920_800 - up));
    assert_eq!(big(found.upper), of_all(&np + 1_920_800 + down));

    // Failing once more never helps, succeeding never lowers the share.
    let mut worse = outcomes.clone();
    worse.push(Outcome { success: false, weight: input.amount(), at: now });
    assert!(score(&worse, now).is_some_and(|worse| worse.share <= found.share));
}

/// A few jobs of many sizes.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![(0..250u8).map(|i| i.wrapping_mul(13)).collect(), vec![0x81; 200]]
}
