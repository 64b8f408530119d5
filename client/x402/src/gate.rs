//! The till before a handler: no request passes without a payment, and none is charged that was not answered.

use crate::chain::Jobs;
use crate::protocol::{
    PAYMENT_REQUIRED, PAYMENT_RESPONSE, PAYMENT_SIGNATURE, Payment, PaymentRequired, Resource, Standing,
    VERSION, decode, encode,
};
use crate::till::Till;
use crate::vouchers::Vouchers;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;

/// What passing costs. The state of [`pass`].
pub struct Toll<J, V> {
    /// Where it is paid.
    pub till: Arc<Till<J, V>>,
    /// The most that a request costs, micro-dollars.
    pub price: u64,
    /// What is paid for, in words.
    pub description: &'static str,
}

impl<J, V> Clone for Toll<J, V> {
    fn clone(&self) -> Self {
        Self { till: self.till.clone(), price: self.price, description: self.description }
    }
}

/// What a handler charges instead of the whole price, micro-dollars: put it among the answer's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge(pub u64);

/// Lets a request pass that pays; for [`axum::middleware::from_fn_with_state`].
///
/// Without a payment, or with one that does not suffice, the answer is 402 with what is required. An answer that is a success
/// is charged and says so; another costs nothing.
pub async fn pass<J: Jobs + 'static, V: Vouchers>(
    State(toll): State<Toll<J, V>>,
    request: Request,
    next: Next,
) -> Response {
    let url = request.uri().to_string();
    let required = |error: Option<String>, standing: Option<Standing>| PaymentRequired {
        x402_version: VERSION,
        error,
        resource: Resource { url: url.clone(), description: Some(toll.description.to_owned()) },
        accepts: vec![toll.till.requires(toll.price, standing)],
    };
    let Some(header) = request.headers().get(PAYMENT_SIGNATURE) else {
        let why = format!("the header {PAYMENT_SIGNATURE} is missing");
        return refused(StatusCode::PAYMENT_REQUIRED, &required(Some(why), None));
    };
    let payment: Payment = match decode(header.as_bytes()) {
        Ok(payment) => payment,
        Err(why) => return refused(StatusCode::BAD_REQUEST, &required(Some(why.to_string()), None)),
    };
    let admission = match toll.till.admit(&payment, toll.price).await {
        Ok(admission) => admission,
        Err(refusal) => {
            let status = if refusal.is_trouble() {
                tracing::error!(%refusal, "a payment could not be taken");
                StatusCode::SERVICE_UNAVAILABLE
            } else {
                StatusCode::PAYMENT_REQUIRED
            };
            return refused(status, &required(Some(refusal.to_string()), refusal.standing().cloned()));
        }
    };
    let mut response = next.run(request).await;
    if !response.status().is_success() {
        return response;
    }
    let amount = response.extensions_mut().remove::<Charge>().map_or(toll.price, |Charge(amount)| amount);
    // Of its own, for a reader that goes away now was served.
    let charged = tokio::spawn(admission.charge(amount)).await;
    match charged.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Ok(settled) => {
            if let Ok(value) = HeaderValue::from_str(&encode(&settled)) {
                response.headers_mut().insert(PAYMENT_RESPONSE, value);
            }
        }
        // It was served and is charged in this process: the consumer is not told what may not last.
        Err(error) => tracing::error!(%error, "a charge could not be kept"),
    }
    response
}

/// An answer that serves nothing, with what is required in header and body.
fn refused(status: StatusCode, required: &PaymentRequired) -> Response {
    let mut response = answer(status, &json!(required));
    if let Ok(value) = HeaderValue::from_str(&encode(required)) {
        response.headers_mut().insert(PAYMENT_REQUIRED, value);
    }
    response
}

/// JSON that nobody is to keep.
pub(crate) fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
