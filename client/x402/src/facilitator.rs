//! The till behind a facilitator's paths, for a provider whose servers are not written in Rust: `/supported`, `/verify` and
//! `/settle` of x402 version 2.
//!
//! What is verified is set aside until it is settled, or the offer's time has passed: of requests that are served at the same time
//! none is served for what another one pays. A payment is settled when it is charged here, as the scheme has it; the newest
//! receipt goes on chain as that of any server.
//!
//! Whoever reaches these paths can have charged what a consumer has authorized: they are for the provider's own servers.

use crate::chain::Jobs;
use crate::gate::answer;
use crate::protocol::{Payment, Requirements, VERSION, Voucher};
use crate::till::{Admission, Refusal, Till};
use crate::vouchers::Vouchers;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of a request that are read.
const MOST: usize = 64 * 1024;

/// What both paths are asked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    payment_payload: Payment,
    payment_requirements: Requirements,
}

impl Asked {
    /// The price that the payment accepts, and what is asked for, which may be less; nothing else may differ.
    fn terms(&self) -> Result<(u64, u64), Refusal> {
        let (accepted, required) = (&self.payment_payload.accepted, &self.payment_requirements);
        let amount = |way: &Requirements| way.amount.parse::<u64>().map_err(|_| Refusal::Offer);
        let (price, charge) = (amount(accepted)?, amount(required)?);
        let mut same = required.clone();
        same.amount.clone_from(&accepted.amount);
        same.extra.standing.clone_from(&accepted.extra.standing);
        if same != *accepted || charge > price { Err(Refusal::Offer) } else { Ok((price, charge)) }
    }

    /// By what a verified payment is found again.
    fn key(&self, price: u64) -> (String, u64) {
        let Voucher::Receipt { receipt } = &self.payment_payload.payload;
        (receipt.clone(), price)
    }
}

/// A payment that is verified, and when that ends.
struct Held<J: Jobs, V: Vouchers> {
    until: Instant,
    admission: Admission<J, V>,
}

type AllHeld<J, V> = HashMap<(String, u64), Vec<Held<J, V>>>;

/// The till, and what is set aside in it.
struct Desk<J: Jobs, V: Vouchers> {
    till: Arc<Till<J, V>>,
    held: Mutex<AllHeld<J, V>>,
}

impl<J: Jobs, V: Vouchers> Desk<J, V> {
    /// Does something with what is set aside, once what has outlasted its time is no longer.
    fn held<T>(&self, act: impl FnOnce(&mut AllHeld<J, V>) -> T) -> T {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        held.retain(|_, all| {
            all.retain(|one| one.until > now);
            !all.is_empty()
        });
        act(&mut held)
    }

    /// Sets a price aside; who pays it.
    async fn verify(&self, asked: &Asked) -> Result<String, Refusal> {
        let (price, charge) = asked.terms()?;
        if charge != price {
            return Err(Refusal::Offer);
        }
        self.held(|_| ());
        let admission = self.till.admit(&asked.payment_payload, price).await?;
        let time = Duration::from_secs(asked.payment_requirements.max_timeout_seconds.into());
        let (until, payer) = (Instant::now().checked_add(time), admission.payer().to_string());
        if let Some(until) = until {
            self.held(|held| held.entry(asked.key(price)).or_default().push(Held { until, admission }));
        }
        Ok(payer)
    }

    /// What was set aside for a payment, or what is now; and what is to be charged of it.
    async fn taken(&self, asked: &Asked) -> Result<(Admission<J, V>, u64), Refusal> {
        let (price, charge) = asked.terms()?;
        let held = self.held(|held| held.get_mut(&asked.key(price)).and_then(Vec::pop));
        match held {
            Some(held) => Ok((held.admission, charge)),
            None => Ok((self.till.admit(&asked.payment_payload, price).await?, charge)),
        }
    }
}

/// A facilitator's paths over a till.
pub fn router<J: Jobs + 'static, V: Vouchers>(till: Arc<Till<J, V>>) -> Router {
    Router::new()
        .route("/supported", get(supported::<J, V>))
        .route("/verify", post(verify::<J, V>))
        .route("/settle", post(settle::<J, V>))
        .layer(DefaultBodyLimit::max(MOST))
        .with_state(Arc::new(Desk { till, held: Mutex::default() }))
}

async fn supported<J: Jobs, V: Vouchers>(State(desk): State<Arc<Desk<J, V>>>) -> Response {
    let Requirements { scheme, network, extra, .. } = desk.till.requires(0, None);
    let kind = json!({ "x402Version": VERSION, "scheme": scheme, "network": network, "extra": extra });
    answer(StatusCode::OK, &json!({ "kinds": [kind], "extensions": [], "signers": {} }))
}

async fn verify<J: Jobs, V: Vouchers>(State(desk): State<Arc<Desk<J, V>>>, body: Bytes) -> Response {
    let refused = |status, reason: &str, message: String, extra: Value| {
        answer(
            status,
            &json!({ "isValid": false, "invalidReason": reason, "invalidMessage": message, "extra": extra }),
        )
    };
    let asked: Asked = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(why) => return refused(StatusCode::BAD_REQUEST, INVALID, why.to_string(), Value::Null),
    };
    match desk.verify(&asked).await {
        Ok(payer) => answer(StatusCode::OK, &json!({ "isValid": true, "payer": payer })),
        Err(refusal) => {
            let extra = refusal.standing().map_or(Value::Null, |standing| json!({ "standing": standing }));
            refused(status(&refusal), reason(&refusal), refusal.to_string(), extra)
        }
    }
}

async fn settle<J: Jobs + 'static, V: Vouchers>(
    State(desk): State<Arc<Desk<J, V>>>,
    body: Bytes,
) -> Response {
    let network = desk.till.requires(0, None).network;
    let refused = |status, reason: &str, message: String| {
        let why = json!({
            "success": false, "errorReason": reason, "errorMessage": message, "transaction": "", "network": network,
        });
        answer(status, &why)
    };
    let asked: Asked = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(why) => return refused(StatusCode::BAD_REQUEST, INVALID, why.to_string()),
    };
    let (admission, charge) = match desk.taken(&asked).await {
        Ok(taken) => taken,
        Err(refusal) => return refused(status(&refusal), reason(&refusal), refusal.to_string()),
    };
    // Of its own, for what was served is charged though the asker goes away now.
    let charged = tokio::spawn(admission.charge(charge)).await;
    match charged.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Ok(settled) => answer(StatusCode::OK, &json!(settled)),
        Err(error) => {
            tracing::error!(%error, "a charge could not be kept");
            let refusal = Refusal::Kept(error);
            refused(status(&refusal), reason(&refusal), refusal.to_string())
        }
    }
}

/// What is no request of the protocol.
const INVALID: &str = "invalid_payload";

/// A refusal is an answer; what cannot be judged now is none.
fn status(refusal: &Refusal) -> StatusCode {
    if refusal.is_trouble() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
}

/// A refusal in a word for programs.
fn reason(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Receipt(_) => INVALID,
        Refusal::Offer | Refusal::Provider => "invalid_payment_requirements",
        Refusal::Older(_) => "older_receipt",
        Refusal::Uncovered(_) => "insufficient_authorization",
        Refusal::Unsecured(_) => "insufficient_funds",
        Refusal::Unsettled(_) => "too_much_unsettled",
        Refusal::Program(_) => "receipt_not_settleable",
        Refusal::Unknown(crate::chain::Unknown::NoJob) => "unknown_job",
        Refusal::Unknown(crate::chain::Unknown::Unavailable) | Refusal::Kept(_) => "unavailable",
    }
}

#[cfg(test)]
#[path = "facilitator_tests.rs"]
mod tests;
