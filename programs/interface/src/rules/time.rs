//! How long something has lasted, in seconds and in slots: time decides, slots only prove that the chain
//! ran. A slot takes less than a second, so that on a chain that runs the slots are never what is waited
//! for; on one that stands still, nobody loses a right that could not be used.

/// Unix seconds and slot.
pub type Moment = (i64, u64);

fn ends(since: Moment, length: i64) -> Moment {
    let slots = u64::try_from(length).unwrap_or(0);
    (since.0.saturating_add(length), since.1.saturating_add(slots))
}

/// Whether at least `length` seconds and as many slots have passed since a moment.
pub fn has_lasted(since: Moment, length: i64, now: Moment) -> bool {
    let end = ends(since, length);
    now.0 >= end.0 && now.1 >= end.1
}

/// Whether more than `length` seconds and more than as many slots have passed since a moment.
pub fn has_outlasted(since: Moment, length: i64, now: Moment) -> bool {
    let end = ends(since, length);
    now.0 > end.0 && now.1 > end.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_seconds_and_slots_must_have_passed() {
        let since = (1_000, 50);
        for (now, lasted, outlasted) in [
            ((1_099, 10_000), false, false),
            ((10_000, 149), false, false),
            ((1_100, 150), true, false),
            ((1_101, 150), true, false),
            ((1_100, 151), true, false),
            ((1_101, 151), true, true),
        ] {
            assert_eq!(has_lasted(since, 100, now), lasted);
            assert_eq!(has_outlasted(since, 100, now), outlasted);
        }
        assert!(!has_outlasted((i64::MAX, u64::MAX), 1, (i64::MAX, u64::MAX)));
    }
}
