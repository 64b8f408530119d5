//! A small HTTP server for operators: is the process alive, are the tables fit to be read, figures.
//!
//! It serves nothing about the network; that is the API's. Meant for a loopback address.

use crate::Error;
use crate::metrics::Metrics;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio_util::sync::CancellationToken;

/// Seconds without a look at the head after which the tables count as stale.
const STALE_S: u64 = 120;

/// Why the tables are not fit to be read; `None` if they are.
pub fn unready(metrics: &Metrics, max_lag_slots: u64, now: u64) -> Option<String> {
    let seen = metrics.seen_at.get();
    let age = now.saturating_sub(seen);
    if seen == 0 || age > STALE_S {
        return Some(format!("the chain's head was not seen for {age} seconds"));
    }
    let lag = metrics.head_finalized.get().saturating_sub(metrics.finalized_slot.get());
    if lag > max_lag_slots {
        return Some(format!("the tables are {lag} slots behind the finalized head"));
    }
    let (dead, waiting, deficits) =
        (metrics.dead_letters.get(), metrics.waiting_events.get(), metrics.deficits.get());
    if dead > 0 {
        return Some(format!("{dead} events could not be read; see the table dead_letters"));
    }
    if waiting > 0 {
        return Some(format!("{waiting} events wait for missing ones; see the view sequence_gaps"));
    }
    (deficits > 0)
        .then(|| format!("{deficits} accounts hold less than the tables say; see the table reconciliations"))
}

/// Serves until `stop` is cancelled. Fails only if the address cannot be had.
pub async fn serve(
    address: SocketAddr,
    metrics: Arc<Metrics>,
    max_lag_slots: u64,
    stop: CancellationToken,
) -> Result<(), Error> {
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
        Error::Setup(format!("Cannot listen on {address}: {error}. Choose another `listen`."))
    })?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!("serving /livez, /readyz and /metrics on http://{address}");
    }
    let figures = metrics.clone();
    let ready = move || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let answer = match unready(&metrics, max_lag_slots, now) {
            None => (StatusCode::OK, "ready\n".to_owned()),
            Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")),
        };
        async move { answer }
    };
    let router = Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(move || async move { figures.render() }));
    let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
    serving.await.map_err(|error| Error::Setup(format!("The metrics server failed: {error}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_names_what_is_wrong() {
        let metrics = Metrics::default();
        assert!(unready(&metrics, 10, 1_000).is_some(), "nothing was seen yet");
        metrics.seen_at.set(1_000);
        assert_eq!(unready(&metrics, 10, 1_000), None);
        metrics.head_finalized.set(11);
        assert!(unready(&metrics, 10, 1_000).is_some_and(|reason| reason.contains("11 slots")));
        metrics.finalized_slot.set(11);
        metrics.dead_letters.set(1);
        assert!(unready(&metrics, 10, 1_000).is_some_and(|reason| reason.contains("dead_letters")));
        metrics.dead_letters.set(0);
        metrics.deficits.set(1);
        assert!(unready(&metrics, 10, 1_000).is_some_and(|reason| reason.contains("reconciliations")));
    }
}
