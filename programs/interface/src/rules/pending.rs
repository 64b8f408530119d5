//! Receipts of verifiable jobs wait for their dispute window in two buckets.
//!
//! New receipts go to the young one, which starts its window anew each time; the old one only waits.
//! So nothing is released before its window is over, and whatever the rate of receipts, all is
//! released within two windows, by whoever touches the job then. While a dispute runs nothing is.
//!
//! A window is over when its seconds have passed and as many slots: time decides, slots only prove that
//! the chain ran, so that a chain that stood still takes nobody's right to dispute.
//!
//! A bucket keeps its newest root alone, and that is enough. Each receipt's tree is over all steps since
//! the job's start and has more of them than the last one's ([`grows`]), so that whatever a bucket holds is
//! paid only if a root stands that answers for all of it: a false root that a later one replaced was
//! taken back, and nothing is paid for it, unless its steps stand in the later tree, where they can be
//! disputed. Keeping every root (to punish also what was taken back) has no bound in an account; taking a
//! receipt with the meter's signature for proof that it was ever sent would let the consumer, whose
//! session key signs, make up receipts and dispute them.

use crate::accounts::{BUCKETS, Bucket};

/// What a receipt adds.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// What it newly charges, micro-dollars.
    pub usd: u64,
    /// Root over all step hashes so far.
    pub root: [u8; 32],
    /// Steps under it.
    pub steps: u32,
    /// Number of the receipt, from 1.
    pub receipt: u32,
}

/// A moment: Unix seconds and slot.
pub type Moment = (i64, u64);

/// Whether a commitment to `steps` may follow one to `last` (0 before the first): it must answer for all
/// of that and for something more.
pub const fn grows(last: u64, steps: u64) -> bool {
    steps > last
}

/// Whether the window of what came in at `since` is over, in seconds and in slots.
pub fn is_over(since: Moment, window: i64, now: Moment) -> bool {
    let slots = u64::try_from(window).unwrap_or(u64::MAX);
    now.0 >= since.0.saturating_add(window) && now.1 >= since.1.saturating_add(slots)
}

impl Bucket {
    fn is_over(&self, window: i64, now: Moment) -> bool {
        is_over((self.since, self.slot), window, now)
    }
}

/// Releases what has waited for its window, old before young, and returns how much, micro-dollars.
/// The young bucket becomes old when the old one is empty.
pub fn mature(pending: &mut [Bucket; BUCKETS], window: i64, disputed: bool, now: Moment) -> Option<u64> {
    let mut released = 0u64;
    let [old, young] = pending;
    for _ in 0..BUCKETS {
        if old.usd == 0 {
            *old = core::mem::take(young);
        }
        if !disputed && old.usd > 0 && old.is_over(window, now) {
            released = released.checked_add(old.usd)?;
            *old = Bucket::default();
        }
    }
    Some(released)
}

/// Adds a receipt to the young bucket, which starts its window anew. One that charges nothing changes
/// nothing: there is nothing to dispute in it.
pub fn add(pending: &mut [Bucket; BUCKETS], arrival: &Arrival, now: Moment) -> Option<()> {
    if arrival.usd == 0 {
        return Some(());
    }
    let [_, young] = pending;
    *young = Bucket {
        usd: young.usd.checked_add(arrival.usd)?,
        since: now.0,
        slot: now.1,
        root: arrival.root,
        steps: arrival.steps,
        receipt: arrival.receipt,
    };
    Some(())
}

/// The bucket whose newest receipt this is, if it can still be disputed.
pub fn disputable(pending: &[Bucket; BUCKETS], receipt: u64, window: i64, now: Moment) -> Option<Bucket> {
    let open = |bucket: &&Bucket| {
        bucket.usd > 0 && u64::from(bucket.receipt) == receipt && !bucket.is_over(window, now)
    };
    pending.iter().find(open).copied()
}

/// The dispute that began at `opened` is over: the clocks stood still meanwhile, so that what came
/// in or waited during it can be disputed for as long as it could have been without.
pub fn restart(pending: &mut [Bucket; BUCKETS], opened: Moment, now: Moment) {
    for bucket in pending.iter_mut().filter(|bucket| bucket.usd > 0) {
        let stood = now.0.saturating_sub(opened.0.max(bucket.since));
        bucket.since = bucket.since.saturating_add(stood.max(0));
        let stood = now.1.saturating_sub(opened.1.max(bucket.slot));
        bucket.slot = bucket.slot.saturating_add(stood);
    }
}

/// Voids all that is pending and returns how much it was, micro-dollars.
pub fn void(pending: &mut [Bucket; BUCKETS]) -> Option<u64> {
    let [old, young] = core::mem::take(pending);
    old.usd.checked_add(young.usd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WINDOW: i64 = 100;

    fn arrival(usd: u64, receipt: u32) -> Arrival {
        Arrival { usd, root: [u8::try_from(receipt).unwrap_or(255); 32], steps: 2, receipt }
    }

    /// A moment of a chain with one slot a second.
    fn at(second: i64) -> Moment {
        (second, u64::try_from(second).unwrap())
    }

    #[test]
    fn a_window_is_over_in_seconds_and_in_slots() {
        assert!(is_over((1_000, 50), WINDOW, (1_100, 150)));
        assert!(!is_over((1_000, 50), WINDOW, (1_099, 9_999)));
        assert!(!is_over((1_000, 50), WINDOW, (9_999, 149)));
        assert!(!grows(5, 5) && !grows(5, 4) && grows(5, 6) && grows(0, 2));
    }

    #[test]
    fn a_bucket_is_released_when_its_window_is_over_and_not_one_second_earlier() {
        let mut pending = [Bucket::default(); BUCKETS];
        add(&mut pending, &arrival(5, 1), at(1_000)).unwrap();
        assert_eq!(mature(&mut pending, WINDOW, false, at(1_099)), Some(0));
        assert!(disputable(&pending, 1, WINDOW, at(1_099)).is_some());
        assert!(disputable(&pending, 1, WINDOW, at(1_100)).is_none());
        assert_eq!(mature(&mut pending, WINDOW, true, at(9_999)), Some(0));
        assert_eq!(mature(&mut pending, WINDOW, false, at(1_100)), Some(5));
        assert_eq!(pending, [Bucket::default(); BUCKETS]);
    }

    #[test]
    fn the_newest_root_of_a_bucket_counts_and_a_receipt_without_charge_changes_none() {
        let mut pending = [Bucket::default(); BUCKETS];
        add(&mut pending, &arrival(5, 1), at(1_000)).unwrap();
        mature(&mut pending, WINDOW, false, at(1_000)).unwrap();
        add(&mut pending, &arrival(6, 2), at(1_010)).unwrap();
        add(&mut pending, &arrival(7, 3), at(1_020)).unwrap();
        add(&mut pending, &arrival(0, 4), at(1_030)).unwrap();
        let [old, young] = pending;
        assert_eq!((old.usd, old.since, old.receipt), (5, 1_000, 1));
        assert_eq!((young.usd, young.since, young.receipt, young.root), (13, 1_020, 3, [3; 32]));
        assert!(disputable(&pending, 2, WINDOW, at(1_020)).is_none());
        assert_eq!(disputable(&pending, 3, WINDOW, at(1_020)), Some(young));
        assert_eq!(void(&mut pending), Some(18));
        assert_eq!(pending, [Bucket::default(); BUCKETS]);
    }

    #[test]
    fn a_dispute_stops_the_clock_of_both_buckets() {
        let mut pending = [Bucket::default(); BUCKETS];
        add(&mut pending, &arrival(5, 1), at(1_000)).unwrap();
        mature(&mut pending, WINDOW, false, at(1_000)).unwrap();
        add(&mut pending, &arrival(6, 2), at(1_080)).unwrap();
        restart(&mut pending, at(1_050), at(2_000));
        let [old, young] = pending;
        // 50 of 100 seconds had passed for one; the other came in while the dispute ran.
        assert_eq!((old.since, young.since), (1_950, 2_000));
        assert_eq!((old.slot, young.slot), (1_950, 2_000));
    }

    proptest! {
        /// Receipts and idle calls at any times: nothing is lost, nothing is released before it has
        /// waited its window, and all that was called for two windows later is out.
        #[test]
        fn nothing_is_lost_early_or_late(moves in prop::collection::vec((0i64..60, 0u64..50, any::<bool>()), 1..80)) {
            let mut pending = [Bucket::default(); BUCKETS];
            let (mut now, mut added, mut released) = (1_000i64, 0u64, 0u64);
            let mut arrived: Vec<(i64, u64)> = Vec::new(); // when, cumulative
            for (number, (wait, usd, receipt)) in (1u32..).zip(moves) {
                now += wait;
                released += mature(&mut pending, WINDOW, false, at(now)).unwrap();
                if receipt {
                    add(&mut pending, &arrival(usd, number), at(now)).unwrap();
                    added += usd;
                    arrived.push((now, added));
                }
                let waiting: u64 = pending.iter().map(|bucket| bucket.usd).sum();
                prop_assert_eq!(added, released + waiting);
                let at_most = arrived.iter().rev().find(|(at, _)| at + WINDOW <= now).map_or(0, |last| last.1);
                let at_least = arrived.iter().rev().find(|(at, _)| at + 2 * WINDOW <= now).map_or(0, |last| last.1);
                prop_assert!(released <= at_most, "released early");
                prop_assert!(released >= at_least, "released late");
            }
            released += mature(&mut pending, WINDOW, false, at(now + 2 * WINDOW)).unwrap();
            prop_assert_eq!(added, released);
        }
    }
}
