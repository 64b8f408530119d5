//! The cluster's time at the watermark, the same however what a source says is divided into batches.

use std::collections::BTreeMap;

/// Times of the chain's heads that were said while a batch was collected.
#[derive(Clone, Debug, Default)]
pub struct Times(BTreeMap<u64, (i64, bool)>);

impl Times {
    /// Notes that the head was at this slot and time while everything through `reached` had been given.
    pub fn note(&mut self, reached: u64, head: u64, time: Option<i64>) {
        if let Some(time) = time.filter(|_| reached <= head) {
            let (latest, was_reached) = self.0.entry(head).or_insert((time, false));
            *latest = (*latest).max(time);
            *was_reached |= reached == head;
        }
    }

    /// The last time at which the watermark was the head, if it stood at `mark` before the batch.
    pub fn at_watermark(&self, mark: u64) -> Option<i64> {
        let known = self.0.range(mark..).filter(|(head, (_, was_reached))| *was_reached || **head == mark);
        known.map(|(_, (time, _))| *time).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_counts_that_is_reached_or_was_before() {
        let mut times = Times::default();
        times.note(5, 9, Some(90));
        assert_eq!(
            (times.at_watermark(5), times.at_watermark(9), times.at_watermark(10)),
            (None, Some(90), None)
        );
        times.note(9, 9, None);
        assert_eq!(times.at_watermark(5), None);
        times.note(9, 9, Some(91));
        assert_eq!(
            (times.at_watermark(5), times.at_watermark(9), times.at_watermark(10)),
            (Some(91), Some(91), None)
        );
    }
}
