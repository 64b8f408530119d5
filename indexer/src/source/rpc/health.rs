//! How each endpoint is, as figures for operators, labelled with its host: never with its whole URL,
//! which may hold a key.

use crate::metrics::Figure;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// The figures of one endpoint.
#[derive(Debug, Default)]
pub struct Health {
    /// 1 while it can be used.
    pub up: Figure,
    /// Its latest confirmed slot.
    pub confirmed: Figure,
    /// Its latest finalized slot.
    pub finalized: Figure,
    /// Calls to it.
    pub calls: Figure,
    /// Calls to it that failed.
    pub errors: Figure,
    /// Calls that waited for its rate limit, or because it asked for it.
    pub held_back: Figure,
    /// Times that it was found to contradict itself or what is stored.
    pub contradictions: Figure,
    /// Rounds that it answered whole.
    pub rounds: Figure,
}

/// The figures of all endpoints, in the order in which they were given.
#[derive(Debug, Default)]
pub struct Healths(Mutex<Vec<(String, Arc<Health>)>>);

impl Healths {
    /// Figures for an endpoint: those that it has already, if it was there before.
    pub fn add(&self, host: &str) -> Arc<Health> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, health)) = all.iter().find(|(known, _)| known == host) {
            return health.clone();
        }
        let health = Arc::new(Health::default());
        all.push((host.to_owned(), health.clone()));
        health
    }

    /// Adds them to `text` in Prometheus' form.
    pub fn render(&self, text: &mut String) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut family = |kind: &str, name: &str, help: &str, figure: fn(&Health) -> &Figure| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "# HELP tally_indexer_rpc_endpoint_{name} {help}");
            let _ = writeln!(text, "# TYPE tally_indexer_rpc_endpoint_{name} {kind}");
            for (host, health) in all.iter() {
                let value = figure(health).get();
                let _ = writeln!(text, "tally_indexer_rpc_endpoint_{name}{{host=\"{host}\"}} {value}");
            }
        };
        if all.is_empty() {
            return;
        }
        family("gauge", "up", "1 while the endpoint can be used.", |health| &health.up);
        family("gauge", "confirmed_slot", "Latest confirmed slot of the endpoint.", |health| {
            &health.confirmed
        });
        family("gauge", "finalized_slot", "Latest finalized slot of the endpoint.", |health| {
            &health.finalized
        });
        family("counter", "calls_total", "Calls to the endpoint.", |health| &health.calls);
        family("counter", "errors_total", "Calls to the endpoint that failed.", |health| &health.errors);
        family(
            "counter",
            "held_back_total",
            "Calls that waited for the endpoint's rate limit, or because it asked for it.",
            |health| &health.held_back,
        );
        family(
            "counter",
            "contradictions_total",
            "Times that the endpoint contradicted itself or what is stored.",
            |health| &health.contradictions,
        );
        family("counter", "rounds_total", "Rounds that the endpoint answered whole.", |health| {
            &health.rounds
        });
    }
}
