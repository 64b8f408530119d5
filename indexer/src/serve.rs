//! A small HTTP server for operators: is the process alive, are the tables fit to be read, figures.
//!
//! Each answer asks the database anew, so that what is served is what `indexer status` says at that moment.
//! It serves nothing about the network; that is the API's. Meant for a loopback address.

use crate::Error;
use crate::error::one_line;
use crate::health::{Health, Limits, PATIENCE, State, judge};
use crate::metrics::Metrics;
use crate::store::Store;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Looks at the tables' health.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// The tables.
    pub store: Store,
    /// Where the figures go.
    pub metrics: Arc<Metrics>,
    /// What counts as wrong.
    pub limits: Limits,
}

impl Monitor {
    /// Asks the database and judges.
    pub async fn look(&self) -> Health {
        let (facts, health) = match tokio::time::timeout(PATIENCE, self.store.facts()).await {
            Ok(Ok(facts)) => {
                let health = judge(&facts, &self.limits);
                (Some(facts), health)
            }
            Ok(Err(error)) => (None, Health::without_database(&one_line(&error))),
            Err(_) => (None, Health::without_database("it did not answer in time")),
        };
        self.metrics.note(facts.as_ref(), &health);
        health
    }
}

/// Serves until `stop` is cancelled. Fails only if the address cannot be had.
pub async fn serve(address: SocketAddr, monitor: Monitor, stop: CancellationToken) -> Result<(), Error> {
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
        Error::Setup(format!("Cannot listen on {address}: {error}. Choose another `listen`."))
    })?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!("serving /livez, /readyz and /metrics on http://{address}");
    }
    let serving = axum::serve(listener, router(monitor)).with_graceful_shutdown(stop.cancelled_owned());
    serving.await.map_err(|error| Error::Setup(format!("The metrics server failed: {error}.")))
}

/// What is served.
pub fn router(monitor: Monitor) -> Router {
    let figures = monitor.clone();
    let ready = move || {
        let monitor = monitor.clone();
        async move {
            let health = monitor.look().await;
            let status = match health.state {
                State::Ready => StatusCode::OK,
                State::Degraded | State::Failing => StatusCode::SERVICE_UNAVAILABLE,
            };
            (status, format!("{}\n", health.line()))
        }
    };
    let metrics = move || {
        let monitor = figures.clone();
        async move {
            monitor.look().await;
            monitor.metrics.render()
        }
    };
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}
