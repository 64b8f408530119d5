//! Why a request was not served, in the Machine Payments Protocol's words for programs.

use crate::chain::Unknown;
use crate::till::Refusal;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Where the types are described.
const BASE: &str = "https://paymentauth.org/problems/";

/// A type of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing was paid.
    Required,
    /// What was paid does not suffice: a newer receipt, or more in escrow, does.
    Insufficient,
    /// What was paid with is no payment here.
    Unverified,
    /// It is no payment at all.
    Malformed,
    /// It is one, but not with a receipt.
    Payload,
    /// It answers no challenge of this server.
    Challenge,
    /// It answers one that has expired.
    Expired,
    /// It is of another method or intent.
    Method,
    /// It is more than one.
    Several,
    /// The server cannot tell now.
    Unavailable,
}

impl Problem {
    /// Of this refusal.
    pub fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Receipt(_) => Self::Payload,
            Refusal::Offer => Self::Challenge,
            Refusal::Older(_) | Refusal::Uncovered(_) | Refusal::Unsecured(_) | Refusal::Unsettled(_) => {
                Self::Insufficient
            }
            Refusal::Provider | Refusal::Program(_) | Refusal::Unknown(Unknown::NoJob) => Self::Unverified,
            Refusal::Unknown(Unknown::Unavailable) | Refusal::Kept(_) => Self::Unavailable,
        }
    }

    /// The status that it is answered with.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Method | Self::Several => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::PAYMENT_REQUIRED,
        }
    }

    /// Its details (RFC 9457), with the status that it is answered with and the reason in words.
    pub fn details(self, status: StatusCode, detail: &str) -> Value {
        let (name, title) = match self {
            Self::Required => ("payment-required", "Payment Required"),
            Self::Insufficient => ("payment-insufficient", "Payment Insufficient"),
            Self::Unverified => ("verification-failed", "Verification Failed"),
            Self::Malformed => ("malformed-credential", "Malformed Credential"),
            Self::Payload => ("invalid-payload", "Invalid Payload"),
            Self::Challenge => ("invalid-challenge", "Invalid Challenge"),
            Self::Expired => ("payment-expired", "Payment Expired"),
            Self::Method => ("method-unsupported", "Method Unsupported"),
            Self::Several => ("bad-request", "Bad Request"),
            // The protocol has no type for it: the status says it.
            Self::Unavailable => ("", "Service Unavailable"),
        };
        let kind = if name.is_empty() { "about:blank".to_owned() } else { format!("{BASE}{name}") };
        json!({ "type": kind, "title": title, "status": status.as_u16(), "detail": detail })
    }
}
