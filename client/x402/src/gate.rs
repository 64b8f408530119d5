//! The till before a handler: no request passes without a payment, and none is charged that was not answered.
//!
//! Both protocols are spoken to everybody: what has to be paid is said in the words of each, a payment is taken by either, and
//! answered in the words of the one that it came by. Behind them is one till, to which a receipt is worth the same by both.

use crate::chain::Jobs;
use crate::mpp::{
    Credential, Malformed, PAYMENT_RECEIPT, Receipt, Request as Asked, encode as encode_url, now,
};
use crate::problem::Problem;
use crate::protocol::{
    PAYMENT_REQUIRED, PAYMENT_RESPONSE, PAYMENT_SIGNATURE, Payment, PaymentRequired, Resource, Settled,
    Standing, VERSION, decode, encode,
};
use crate::realm::{Invalid, Realm};
use crate::till::{Refusal, Till};
use crate::vouchers::Vouchers;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;

/// What passing costs. The state of [`pass`].
pub struct Toll<J, V> {
    /// Where it is paid.
    pub till: Arc<Till<J, V>>,
    /// What is protected, as the Machine Payments Protocol names it, such as by the server's host.
    pub realm: Arc<Realm>,
    /// The most that a request costs, micro-dollars: one at least, as the Machine Payments Protocol knows no price of nothing.
    pub price: u64,
    /// What is paid for, in words.
    pub description: &'static str,
}

impl<J, V> Clone for Toll<J, V> {
    fn clone(&self) -> Self {
        let (till, realm) = (self.till.clone(), self.realm.clone());
        Self { till, realm, price: self.price, description: self.description }
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
    let paid = match toll.payment(request.headers()) {
        Ok(paid) => paid,
        Err(refused) => return toll.refuse(url, refused),
    };
    let admission = match toll.till.admit(&paid.payment, toll.price).await {
        Ok(admission) => admission,
        Err(refusal) => {
            if refusal.is_trouble() {
                tracing::error!(%refusal, "a payment could not be taken");
            }
            return toll.refuse(url, Refused::from(refusal));
        }
    };
    let mut response = next.run(request).await;
    // What is paid for is nobody else's: no shared cache is to keep it.
    response.headers_mut().append(header::CACHE_CONTROL, HeaderValue::from_static("private"));
    if !response.status().is_success() {
        return response;
    }
    let amount = response.extensions_mut().remove::<Charge>().map_or(toll.price, |Charge(amount)| amount);
    // Of its own, for a reader that goes away now was served.
    let charged = tokio::spawn(admission.charge(amount)).await;
    match charged.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Ok(settled) => paid.by.acknowledge(settled, response.headers_mut()),
        // It was served and is charged in this process: the consumer is not told what may not last.
        Err(error) => tracing::error!(%error, "a charge could not be kept"),
    }
    response
}

/// The protocol that a payment came by.
enum By {
    X402,
    /// In answer to the challenge of this identifier.
    Machine(String),
}

impl By {
    /// Says what was charged.
    fn acknowledge(self, settled: Settled, headers: &mut HeaderMap) {
        let (name, value) = match self {
            Self::X402 => (PAYMENT_RESPONSE, encode(&settled)),
            Self::Machine(challenge) => {
                (PAYMENT_RECEIPT, encode_url(&Receipt::of(settled, challenge, now())))
            }
        };
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// A payment, by either protocol.
struct Paid {
    payment: Payment,
    by: By,
}

/// Why a request does not pass.
struct Refused {
    problem: Problem,
    status: StatusCode,
    why: String,
    standing: Option<Standing>,
}

impl Refused {
    fn new(problem: Problem, why: impl Into<String>) -> Self {
        Self { problem, status: problem.status(), why: why.into(), standing: None }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let standing = refusal.standing().cloned();
        Self { standing, ..Self::new(Problem::of(&refusal), refusal.to_string()) }
    }
}

impl<J: Jobs + 'static, V: Vouchers> Toll<J, V> {
    /// What a request pays with.
    fn payment(&self, headers: &HeaderMap) -> Result<Paid, Refused> {
        let authorizations = headers.get_all(self.realm.answered_in()).into_iter();
        let credentials: Vec<&HeaderValue> =
            authorizations.filter(|value| Credential::is_one(value.as_bytes())).collect();
        match (headers.get(PAYMENT_SIGNATURE), credentials.as_slice()) {
            (None, []) => {
                let why = format!("the header {PAYMENT_SIGNATURE} is missing, or authorization by Payment");
                Err(Refused::new(Problem::Required, why))
            }
            (Some(header), []) => match decode(header.as_bytes()) {
                Ok(payment) => Ok(Paid { payment, by: By::X402 }),
                // As x402 has it.
                Err(why) => Err(Refused {
                    status: StatusCode::BAD_REQUEST,
                    ..Refused::new(Problem::Malformed, why.to_string())
                }),
            },
            (None, [credential]) => self.answer(credential.as_bytes()),
            _ => Err(Refused::new(Problem::Several, "the request has more than one payment; send one")),
        }
    }

    /// What a request pays with that answers a challenge.
    fn answer(&self, header: &[u8]) -> Result<Paid, Refused> {
        let read = Credential::read(header).map_err(|why| {
            let problem = match why {
                Malformed::Method => Problem::Method,
                Malformed::Payload => Problem::Payload,
                _ => Problem::Malformed,
            };
            Refused::new(problem, why.to_string())
        });
        let Credential { challenge, payload, source: _ } = read?;
        self.realm.check(&challenge, now()).map_err(|why| {
            let is_late = matches!(why, Invalid::Expired);
            Refused::new(if is_late { Problem::Expired } else { Problem::Challenge }, why.to_string())
        })?;
        let accepted = challenge.asks().map(Asked::way).ok_or_else(|| Refused::from(Refusal::Offer))?;
        let payment = Payment { x402_version: VERSION, accepted, payload };
        Ok(Paid { payment, by: By::Machine(challenge.id) })
    }

    /// An answer that serves nothing, with what is required in the headers of both protocols, and in the body as problem
    /// details, which have x402's members too.
    fn refuse(&self, url: String, refused: Refused) -> Response {
        let Refused { problem, status, why, standing } = refused;
        let way = self.till.requires(self.price, standing);
        let challenge =
            self.realm.challenge(&Asked::of(way.clone(), Some(self.description.to_owned())), now());
        let mut body = problem.details(status, &why);
        let required = PaymentRequired {
            x402_version: VERSION,
            error: Some(why),
            resource: Resource { url, description: Some(self.description.to_owned()) },
            accepts: vec![way],
        };
        body["challengeId"] = challenge.id.clone().into();
        if let (Value::Object(body), Value::Object(members)) = (&mut body, json!(required)) {
            body.extend(members);
        }
        let mut response = answer(status, &body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        for (name, value) in [
            (HeaderName::from_static(PAYMENT_REQUIRED), encode(&required)),
            (header::WWW_AUTHENTICATE, challenge.header()),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
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
#[path = "mixed_tests.rs"]
mod mixed;
#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
