//! What `/metrics` reports of the service itself. What the figures' database says is added when it
//! is asked, in `routes::health`. Prometheus counts in floats; no figure of money passes here.

use crate::db::State;
use axum::http::StatusCode;
use prometheus::core::Collector;
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use std::sync::Arc;
use std::time::Duration;

/// Counters of one running service.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    /// Requests refused because their reader asks too often, by what it is known by.
    turned_away: IntCounterVec,
    /// Last slot indexed, by commitment.
    slots: IntGaugeVec,
    /// Slots that it lies behind the chain's head, by commitment.
    behind: IntGaugeVec,
    /// 1 if the database answers.
    database: IntGauge,
    /// What the indexer could not decode.
    dead_letters: IntGauge,
    /// 1 if every check of /readyz passes.
    ready: IntGauge,
    /// Connections of the read pools, by state.
    connections: IntGaugeVec,
    /// Answers that were read for another request a moment ago.
    remembered: IntCounter,
    /// Answers read, by server.
    reads: IntCounterVec,
    /// 1 if a server answers, by server.
    servers: IntGaugeVec,
    /// Milliseconds that a server lies behind the other one, by server.
    lag: IntGaugeVec,
}

impl Metrics {
    /// Fresh counters, registered.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let gauges = |name: &str, help: &str, label: &str| IntGaugeVec::new(Opts::new(name, help), &[label]);
        let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let inner = Inner {
            requests: IntCounterVec::new(
                Opts::new("tally_api_requests_total", "Requests answered."),
                &["route", "method", "status"],
            )?,
            durations: HistogramVec::new(
                HistogramOpts::new("tally_api_request_seconds", "Time to answer.").buckets(buckets),
                &["route"],
            )?,
            turned_away: IntCounterVec::new(
                Opts::new(
                    "tally_api_turned_away_total",
                    "Requests refused because their reader asks too often.",
                ),
                &["by"],
            )?,
            slots: gauges("tally_api_indexed_slot", "Last slot in the figures.", "commitment")?,
            behind: gauges(
                "tally_api_lag_slots",
                "Slots behind the chain's head as the indexer saw it.",
                "commitment",
            )?,
            database: IntGauge::new("tally_api_database_up", "1 if the database answers.")?,
            dead_letters: IntGauge::new(
                "tally_api_dead_letters",
                "Entries that the indexer could not read, or that contradict what came before.",
            )?,
            ready: IntGauge::new("tally_api_ready", "1 if every check of /readyz passes.")?,
            connections: gauges("tally_api_database_connections", "Connections of the read pools.", "state")?,
            remembered: IntCounter::new(
                "tally_api_remembered_total",
                "Answers that were read for another request a moment ago.",
            )?,
            reads: IntCounterVec::new(Opts::new("tally_api_reads_total", "Answers read."), &["server"])?,
            servers: gauges("tally_api_server_up", "1 if the server answers.", "server")?,
            lag: gauges(
                "tally_api_server_lag_milliseconds",
                "Milliseconds of the indexer's writing that the server lies behind the other one.",
                "server",
            )?,
            registry,
        };
        let all: [Box<dyn Collector>; 13] = [
            Box::new(inner.requests.clone()),
            Box::new(inner.durations.clone()),
            Box::new(inner.turned_away.clone()),
            Box::new(inner.slots.clone()),
            Box::new(inner.behind.clone()),
            Box::new(inner.database.clone()),
            Box::new(inner.dead_letters.clone()),
            Box::new(inner.ready.clone()),
            Box::new(inner.connections.clone()),
            Box::new(inner.remembered.clone()),
            Box::new(inner.reads.clone()),
            Box::new(inner.servers.clone()),
            Box::new(inner.lag.clone()),
        ];
        for collector in all {
            inner.registry.register(collector)?;
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Counts one answered request.
    pub fn request(&self, route: &str, method: &str, status: StatusCode, elapsed: Duration) {
        self.0.requests.with_label_values(&[route, method, status.as_str()]).inc();
        self.0.durations.with_label_values(&[route]).observe(elapsed.as_secs_f64());
    }

    /// Counts a request of a reader that asks too often.
    pub fn turned_away(&self, by_key: bool) {
        self.0.turned_away.with_label_values(&[if by_key { "key" } else { "address" }]).inc();
    }

    /// Counts an answer that was read for another request.
    pub fn remembered(&self) {
        self.0.remembered.inc();
    }

    /// Records how far the figures are at a commitment.
    pub fn indexed(&self, commitment: &str, slot: i64, behind: i64) {
        self.0.slots.with_label_values(&[commitment]).set(slot);
        self.0.behind.with_label_values(&[commitment]).set(behind);
    }

    /// Records whether the database answers, what could not be decoded, and whether all is well.
    pub fn health(&self, database: bool, dead_letters: i64, ready: bool) {
        self.0.database.set(i64::from(database));
        self.0.dead_letters.set(dead_letters);
        self.0.ready.set(i64::from(ready));
    }

    /// Records how a server is doing.
    pub fn server(&self, state: &State) {
        let name = &[state.name];
        let reads = self.0.reads.with_label_values(name);
        reads.inc_by(state.reads.saturating_sub(reads.get()));
        self.0.servers.with_label_values(name).set(i64::from(state.up));
        if let Some(behind) = state.behind_ms {
            self.0.lag.with_label_values(name).set(behind);
        }
    }

    /// Records the read pools.
    pub fn connections(&self, idle: i64, all: i64) {
        self.0.connections.with_label_values(&["idle"]).set(idle);
        self.0.connections.with_label_values(&["busy"]).set(all.saturating_sub(idle));
    }

    /// Everything in Prometheus's text format.
    pub fn render(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.0.registry.gather(), &mut text)?;
        Ok(text)
    }
}
