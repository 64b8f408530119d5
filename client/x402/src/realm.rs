//! Challenges that a server knows again without keeping them: their identifier is a keyed hash of what they say.
//!
//! A challenge may be answered as often as its time lasts: it says what a request costs and whom it pays, and what is used up by a
//! request is what a receipt authorizes.

use crate::mpp::{Challenge, INTENT, METHOD, PAYMENT_AUTHORIZATION, Request, encode, seconds, time};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Seconds for which a challenge can be answered.
pub const LASTS: i64 = 300;

/// What is protected, by its name, and the secret that its challenges are bound with.
pub struct Realm {
    name: String,
    secret: [u8; 32],
    /// Whether credentials are in a header of their own.
    apart: bool,
}

/// Why a challenge is not one that can be answered here and now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Another realm's.
    #[error("the challenge is of another realm than {0}; answer the one of this answer")]
    Realm(String),
    /// Not of this server, or not as it was.
    #[error("the challenge is not one of this server's, or was changed; answer the one of this answer")]
    Foreign,
    /// Too late.
    #[error("the challenge has expired; answer the one of this answer")]
    Expired,
}

impl Realm {
    /// With a secret that is kept elsewhere, such as one that several servers have. A header carries the name: of it, what is
    /// printable ASCII.
    pub fn new(name: impl Into<String>, secret: [u8; 32]) -> Self {
        let name: String = name.into();
        Self { name: name.chars().filter(|it| matches!(it, ' '..='~')).collect(), secret, apart: false }
    }

    /// With a secret of this process: after a restart what was asked before is asked anew.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub fn random(name: impl Into<String>) -> Result<Self, getrandom::Error> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        Ok(Self::new(name, secret))
    }

    /// Whose credentials are in [`PAYMENT_AUTHORIZATION`], as `Authorization` says who asks.
    #[must_use]
    pub fn beside_authentication(self) -> Self {
        Self { apart: true, ..self }
    }

    /// The header in which its challenges are answered, in lower case.
    pub fn answered_in(&self) -> &'static str {
        if self.apart { "payment-authorization" } else { "authorization" }
    }

    /// Asks for this at a time, Unix seconds.
    pub fn challenge(&self, request: &Request, now: i64) -> Challenge {
        let mut challenge = Challenge {
            realm: self.name.clone(),
            method: METHOD.to_owned(),
            intent: INTENT.to_owned(),
            request: encode(request),
            expires: Some(time(now.saturating_add(LASTS))),
            header: self.apart.then(|| PAYMENT_AUTHORIZATION.to_owned()),
            ..Challenge::default()
        };
        challenge.id = URL_SAFE_NO_PAD.encode(self.bound(&challenge).finalize().into_bytes());
        challenge
    }

    /// Whether a challenge is one of [`Realm::challenge`], as it was, at a time, Unix seconds.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn check(&self, challenge: &Challenge, now: i64) -> Result<(), Invalid> {
        if challenge.realm != self.name {
            return Err(Invalid::Realm(self.name.clone()));
        }
        let id = URL_SAFE_NO_PAD.decode(&challenge.id).map_err(|_| Invalid::Foreign)?;
        self.bound(challenge).verify_slice(&id).map_err(|_| Invalid::Foreign)?;
        let expires = challenge.expires.as_deref().and_then(seconds).ok_or(Invalid::Foreign)?;
        if now > expires { Err(Invalid::Expired) } else { Ok(()) }
    }

    /// Over everything that the protocol has bound, each in its place.
    #[allow(clippy::expect_used, reason = "a key of any length does")]
    fn bound(&self, challenge: &Challenge) -> Hmac<Sha256> {
        let or_nothing = |value: &Option<String>| value.clone().unwrap_or_default();
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("a key of any length does");
        let mut bound = vec![
            challenge.realm.clone(),
            challenge.method.clone(),
            challenge.intent.clone(),
            challenge.request.clone(),
            or_nothing(&challenge.expires),
            or_nothing(&challenge.digest),
            or_nothing(&challenge.opaque),
        ];
        // It came later than the others: challenges without it are bound as before.
        bound.extend(challenge.header.clone());
        mac.update(bound.join("|").as_bytes());
        mac
    }
}

#[cfg(test)]
#[path = "realm_tests.rs"]
mod tests;
