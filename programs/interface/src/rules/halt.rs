//! A halt is a job's own: no price qualifies within *this job's* limits.
//!
//! The network's limits may change and a job's do not, so that what the network last saw
//! (`Price.seen_at`) does not say whether a job can convert. Instead anyone puts a mark on a job
//! that waits for a price, at a moment at which none qualifies for it; anyone takes it off at a
//! moment at which one does, and so does every conversion. Only a mark that has stood for `halt_max`
//! seconds (and one grace of slots, in which the chain ran) lets a job end in kind, and only if no
//! price qualifies at that moment either.
//!
//! One stale minute at either end of those days is therefore no way to an old price: whoever would
//! lose by it has all the time between to send one instruction that needs nobody's key, `convert`,
//! or `mark` again where the consumer's minimum bars converting. And whoever else in the network
//! records a price within this job's limits refutes the mark as well, without knowing of this job.
//! It is not a trap either: each refutation shows a moment at which this job could convert, and a
//! refuted mark is renewed at the next moment without a price.

use super::has_lasted;
use crate::accounts::{Job, MARK_HALT, Price};
use crate::oracle::{Limits, PriceMessage, qualify};

/// Whether the price on record was seen after `marked_at` and lay, when it was seen, within `limits`.
pub fn halt_refuted(price: &Price, limits: &Limits, decimals: u8, marked_at: i64) -> bool {
    let message = || {
        Some(PriceMessage {
            spot: i64::try_from(price.spot).ok()?,
            confidence: price.confidence,
            exponent: price.exponent,
            publish_time: price.publish_time,
            average: i64::try_from(price.average).ok()?,
        })
    };
    price.seen_at > marked_at
        && message().is_some_and(|message| qualify(&message, limits, decimals, price.seen_at, 0).is_ok())
}

/// Whether a halt is marked on the job and has stood for `halt_max` seconds and one grace of slots,
/// not refuted by the price on record. That no price qualifies now is for the caller to see.
pub fn halt_is_over(job: &Job, price: &Price, decimals: u8, now: i64, slot: u64) -> bool {
    let terms = &job.terms.parameters;
    job.mark == MARK_HALT
        && now >= job.marked_at.saturating_add(terms.halt_max)
        && has_lasted((job.marked_at, job.marked_slot), terms.grace, (now, slot))
        && !halt_refuted(price, &job.terms.limits(), decimals, job.marked_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    const LIMITS: Limits = Limits { max_age: 60, max_conf_bps: 100, max_deviation_bps: 500, k: 1 };
    const MARKED: i64 = 1_000;

    fn price() -> Price {
        Price {
            spot: 100_000,
            confidence: 1_000,
            average: 100_000,
            publish_time: MARKED - 59,
            seen_at: MARKED + 1,
            exponent: -8,
            ..Price::zeroed()
        }
    }

    fn refuted(price: Price) -> bool {
        halt_refuted(&price, &LIMITS, 9, MARKED)
    }

    #[test]
    fn a_price_seen_after_the_mark_within_the_jobs_limits_refutes_it() {
        assert!(refuted(price()));
        assert!(!refuted(Price { seen_at: MARKED, ..price() }));
    }

    #[test]
    fn a_price_that_only_other_limits_admit_refutes_nothing() {
        assert!(!refuted(Price { confidence: 1_001, ..price() }));
        assert!(!refuted(Price { average: 95_237, ..price() }));
        assert!(refuted(Price { average: 95_239, ..price() }));
        assert!(!refuted(Price { publish_time: MARKED - 60, ..price() }));
        assert!(!refuted(Price { spot: 0, ..price() }));
        assert!(!refuted(Price { spot: u64::MAX, ..price() }));
    }

    #[test]
    fn a_mark_counts_from_halt_max_in_seconds_and_one_grace_in_slots() {
        let mut job = Job::zeroed();
        let terms = &mut job.terms.parameters;
        (terms.halt_max, terms.grace) = (86_400, 600);
        (job.mark, job.marked_at, job.marked_slot) = (MARK_HALT, MARKED, 7);
        let over = |job: &Job, now, slot| halt_is_over(job, &Price::zeroed(), 9, now, slot);
        assert!(over(&job, MARKED + 86_400, 607));
        assert!(!over(&job, MARKED + 86_399, 607));
        assert!(!over(&job, MARKED + 86_400, 606));
        job.mark = crate::accounts::MARK_NO_SHOW;
        assert!(!over(&job, MARKED + 86_400, 607));
    }
}
