//! Lines of progress: how far while catching up, then one line an interval.

use crate::metrics::Metrics;
use crate::patience::stopped_within;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Logs a line per `interval` until stopped. `start` is the slot that indexing started from.
pub async fn report(metrics: Arc<Metrics>, start: u64, interval: Duration, stop: CancellationToken) {
    let mut before = metrics.events_total.get();
    loop {
        if stopped_within(interval, &stop).await {
            return;
        }
        let events = metrics.events_total.get();
        tracing::info!("{}", line(&metrics, start, events.saturating_sub(before), interval));
        before = events;
    }
}

fn line(metrics: &Metrics, start: u64, more: u64, interval: Duration) -> String {
    let (at, head) = (metrics.finalized_slot.get(), metrics.head_finalized.get());
    let rate = more.checked_div(interval.as_secs()).unwrap_or(more);
    if head == 0 {
        return "waiting for the chain's head".into();
    }
    let events = metrics.events_total.get();
    if at >= head {
        let confirmed = metrics.confirmed_slot.get();
        return format!("slot {confirmed}, final through {at}: {events} events, {more} new");
    }
    let (done, all) = (at.saturating_sub(start), head.saturating_sub(start));
    let percent = done.saturating_mul(100).checked_div(all).unwrap_or(0);
    format!("catching up: slot {at} of {head} ({percent}%), {events} events, {rate} a second")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_a_share_of_what_was_missing_at_the_start() {
        let metrics = Metrics::default();
        metrics.head_finalized.set(300);
        metrics.finalized_slot.set(150);
        metrics.events_total.set(40);
        let line = line(&metrics, 100, 20, Duration::from_secs(10));
        assert_eq!(line, "catching up: slot 150 of 300 (25%), 40 events, 2 a second");
    }
}
