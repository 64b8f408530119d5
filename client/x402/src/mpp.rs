//! The messages of the Machine Payments Protocol (the HTTP authentication scheme `Payment`) as far as the method [`METHOD`] uses
//! them, and the headers that carry them.
//!
//! The intent is `session`: a relationship that is paid for as it is used, which is the job. Amounts are micro-dollars, as in
//! [`crate::protocol`], whose ways to pay and standings these messages carry too.

use crate::header::{parameters, quoted};
use crate::protocol::{Extra, Requirements, SCHEME, Settled, Standing, Voucher};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// Header of a request that pays, beside one that says who asks.
pub const PAYMENT_AUTHORIZATION: &str = "Payment-Authorization";
/// Header of an answer that was paid for.
pub const PAYMENT_RECEIPT: &str = "payment-receipt";
/// The authentication scheme.
const AUTH_SCHEME: &str = "Payment";
/// Name of the payment method: receipts of a job.
pub const METHOD: &str = "tally";
/// What is asked for: payments out of a lasting relationship.
pub const INTENT: &str = "session";
/// What an amount is the price of.
pub const UNIT: &str = "request";
/// Bytes of a header that are looked at.
const MOST: usize = 8 * 1024;

/// What a server asks for: the parameters of `WWW-Authenticate`, and of the credential that answers it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// For display alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of the request's body; this method's servers ask for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// When it ends, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// [`PAYMENT_AUTHORIZATION`], if the credential is to be there and not in `Authorization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// By which the server knows it to be its own.
    pub id: String,
    /// [`INTENT`], of this method.
    pub intent: String,
    /// [`METHOD`], of this method.
    pub method: String,
    /// The server's own, to be returned as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opaque: Option<String>,
    /// What is protected, in the server's words.
    pub realm: String,
    /// [`Request`] as it is on the wire: a method's own.
    pub request: String,
}

/// What has to be paid, to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The most that a request costs, micro-dollars.
    pub amount: String,
    /// [`ASSET`](crate::protocol::ASSET).
    pub currency: String,
    /// What is paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What this method adds.
    pub method_details: Details,
    /// The provider's account.
    pub recipient: String,
    /// [`UNIT`].
    pub unit_type: String,
}

/// What this method adds to what has to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// [`BINDING`](crate::protocol::BINDING).
    pub binding: String,
    /// [`DECIMALS`](crate::protocol::DECIMALS).
    pub decimals: u32,
    /// Seconds within which the request is answered.
    pub max_timeout_seconds: u32,
    /// CAIP-2 id of the cluster.
    pub network: String,
    /// The settlement program.
    pub program: String,
    /// In the answer to a request that named a job: how that job stands with this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

impl Request {
    /// This way to pay.
    pub fn of(way: Requirements, description: Option<String>) -> Self {
        let Requirements { scheme: _, network, amount, asset, pay_to, max_timeout_seconds, extra } = way;
        let Extra { binding, program, decimals, standing } = extra;
        Self {
            amount,
            currency: asset,
            description,
            method_details: Details { binding, decimals, max_timeout_seconds, network, program, standing },
            recipient: pay_to,
            unit_type: UNIT.to_owned(),
        }
    }

    /// The way to pay that it is.
    pub fn way(self) -> Requirements {
        let Details { binding, decimals, max_timeout_seconds, network, program, standing } =
            self.method_details;
        Requirements {
            scheme: SCHEME.to_owned(),
            network,
            amount: self.amount,
            asset: self.currency,
            pay_to: self.recipient,
            max_timeout_seconds,
            extra: Extra { binding, program, decimals, standing },
        }
    }
}

/// What a request carries in the header that the challenge says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The challenge that it answers.
    pub challenge: Challenge,
    /// The commitment.
    pub payload: Voucher,
    /// Who pays, in the client's words; nothing is made of it, as the job says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What came of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Charged for this request, micro-dollars.
    pub amount: String,
    /// Authorized by the newest receipt, all together, micro-dollars.
    pub authorized: String,
    /// The challenge that was answered.
    pub challenge_id: String,
    /// The commitment's identifier: the signature of the job's receipt, base58.
    pub commitment: String,
    /// [`INTENT`].
    pub intent: String,
    /// [`METHOD`].
    pub method: String,
    /// CAIP-2 id of the cluster.
    pub network: String,
    /// The consumer's wallet.
    pub payer: String,
    /// The job.
    pub reference: String,
    /// Charged for requests, all together, micro-dollars.
    pub spent: String,
    /// `success`: there is no receipt of a failure.
    pub status: String,
    /// When it was charged, RFC 3339.
    pub timestamp: String,
}

impl Receipt {
    /// Of a charge at this time, Unix seconds.
    pub fn of(settled: Settled, challenge_id: String, now: i64) -> Self {
        let Settled { success: _, transaction, network, payer, amount, extra } = settled;
        Self {
            amount,
            authorized: extra.authorized,
            challenge_id,
            commitment: transaction,
            intent: INTENT.to_owned(),
            method: METHOD.to_owned(),
            network,
            payer,
            reference: extra.job,
            spent: extra.charged,
            status: "success".to_owned(),
            timestamp: time(now),
        }
    }

    /// How the job stands then.
    pub fn standing(&self) -> Standing {
        Standing {
            job: self.reference.clone(),
            authorized: self.authorized.clone(),
            charged: self.spent.clone(),
        }
    }
}

/// Why a header is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Too long.
    #[error("the header has more than {MOST} bytes")]
    Long,
    /// Of another scheme.
    #[error("the header must have the scheme {AUTH_SCHEME} and one value")]
    Scheme,
    /// Of another method or intent.
    #[error("the credential is of another method or intent than {METHOD} and {INTENT}")]
    Method,
    /// What is paid with is something else.
    #[error("the credential's payload is not the one of this method")]
    Payload,
    /// Not base64.
    #[error("the value must be base64url of JSON without padding; this is not base64url")]
    Encoding,
    /// Not this message.
    #[error(
        "the value must be base64url of JSON; this is not the JSON that the scheme and this method expect"
    )]
    Shape,
}

/// A message as text: base64url of its canonical JSON (RFC 8785).
pub fn encode<T: Serialize>(message: &T) -> String {
    // A struct of strings and numbers can be written.
    let value = serde_json::to_value(message).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(sorted(value).to_string())
}

/// Members by their names, which here are ASCII, whatever kind of map this build has.
fn sorted(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    let mut members: Vec<(String, Value)> = members.into_iter().collect();
    members.sort_by(|one, other| one.0.cmp(&other.0));
    Value::Object(members.into_iter().map(|(name, member)| (name, sorted(member))).collect())
}

/// Reads [`encode`], or the JSON of others.
///
/// # Errors
/// [`Malformed`].
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    if text.len() > MOST {
        return Err(Malformed::Long);
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Malformed::Encoding)?;
    serde_json::from_slice(&bytes).map_err(|_| Malformed::Shape)
}

impl Credential {
    /// As a header's value.
    pub fn header(&self) -> String {
        format!("{AUTH_SCHEME} {}", encode(self))
    }

    /// Whether a header's value is of this scheme at all.
    pub fn is_one(header: &[u8]) -> bool {
        let (scheme, rest) = header.split_at_checked(AUTH_SCHEME.len()).unwrap_or_default();
        scheme.eq_ignore_ascii_case(AUTH_SCHEME.as_bytes()) && rest.first().is_none_or(|byte| *byte == b' ')
    }

    /// Reads [`Credential::header`].
    ///
    /// # Errors
    /// [`Malformed`]; that it is of another method before that its payload is another one.
    pub fn read(header: &[u8]) -> Result<Self, Malformed> {
        #[derive(Deserialize)]
        struct Any {
            challenge: Challenge,
            payload: Value,
            source: Option<String>,
        }
        let Any { challenge, payload, source } = decode(value(header)?)?;
        if !challenge.is_ours() {
            return Err(Malformed::Method);
        }
        let payload = serde_json::from_value(payload).map_err(|_| Malformed::Payload)?;
        Ok(Self { challenge, payload, source })
    }
}

/// What stands after the scheme.
fn value(header: &[u8]) -> Result<&str, Malformed> {
    if !Credential::is_one(header) {
        return Err(Malformed::Scheme);
    }
    let value = header.get(AUTH_SCHEME.len()..).and_then(|rest| std::str::from_utf8(rest).ok());
    value.map(str::trim).ok_or(Malformed::Encoding)
}

impl Challenge {
    /// Whether it is of this method and intent.
    fn is_ours(&self) -> bool {
        (self.method.as_str(), self.intent.as_str()) == (METHOD, INTENT)
    }

    /// What it asks for, if that is of this method.
    pub fn asks(&self) -> Option<Request> {
        self.is_ours().then(|| decode(&self.request).ok())?
    }

    /// The name of the header in which it is to be answered; none if that is none of the protocol's, and it is not to be.
    pub fn answered_in(&self) -> Option<&'static str> {
        match self.header.as_deref() {
            None => Some("Authorization"),
            Some(PAYMENT_AUTHORIZATION) => Some(PAYMENT_AUTHORIZATION),
            Some(_) => None,
        }
    }

    /// As `WWW-Authenticate`.
    pub fn header(&self) -> String {
        let optional = [
            ("expires", &self.expires),
            ("digest", &self.digest),
            ("opaque", &self.opaque),
            ("header", &self.header),
            ("description", &self.description),
        ];
        let required = [
            ("id", &self.id),
            ("realm", &self.realm),
            ("method", &self.method),
            ("intent", &self.intent),
            ("request", &self.request),
        ];
        let optional = optional.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let all = required.into_iter().chain(optional);
        let all: Vec<String> = all.map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        format!("{AUTH_SCHEME} {}", all.join(", "))
    }

    /// The challenges of this scheme in a value of `WWW-Authenticate`, which may have those of others; such as lack something
    /// or have it twice are left out.
    pub fn read(header: &str) -> Vec<Self> {
        if header.len() > MOST {
            return Vec::new();
        }
        parameters(header, AUTH_SCHEME).into_iter().filter_map(Self::of).collect()
    }

    fn of(mut parameters: HashMap<String, String>) -> Option<Self> {
        let mut take = |name: &str| parameters.remove(name);
        let id = take("id").filter(|id| !id.is_empty())?;
        Some(Self {
            id,
            realm: take("realm")?,
            method: take("method")?,
            intent: take("intent")?,
            request: take("request")?,
            description: take("description"),
            digest: take("digest"),
            expires: take("expires"),
            header: take("header"),
            opaque: take("opaque"),
        })
    }
}

/// Unix seconds as RFC 3339.
pub(crate) fn time(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Reads [`time`], or as others write it.
pub(crate) fn seconds(time: &str) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(time).ok()?.timestamp())
}

/// This machine's time, Unix seconds.
pub(crate) fn now() -> i64 {
    Utc::now().timestamp()
}

#[cfg(test)]
#[path = "mpp_tests.rs"]
mod tests;
