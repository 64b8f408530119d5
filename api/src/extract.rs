//! Reading requests strictly: what is unknown, malformed or out of range is refused by name.
//!
//! Axum's own extractors are not used for queries, paths and bodies, because their refusals speak
//! of types and fields of this code.

use crate::error::{Kind, Problem};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Makes an enum readable from a query; another word is refused with the list of words.
macro_rules! choice {
    ($name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as serde::Deserialize>::deserialize(deserializer)?;
                match word.as_str() {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(serde::de::Error::custom(format!(
                        "\"{word}\" is not one of: {}", [$($word),*].join(", ")
                    ))),
                }
            }
        }
    };
}
pub(crate) use choice;

/// A query string, read into a struct that denies unknown fields.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        query(parts.uri.query().unwrap_or_default()).map(Query)
    }
}

/// Reads a query string into a struct that denies unknown fields.
///
/// # Errors
/// What is unknown, malformed, missing or given twice, by name.
pub fn query<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    read(text).map_err(|(path, message)| parameter_problem(&QUERY, &path, &message))
}

/// Reads the arguments of a tool into a struct that denies unknown fields.
///
/// # Errors
/// What is unknown, malformed or missing, by name.
pub fn arguments<T: DeserializeOwned>(given: Map<String, Value>) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Value::Object(given)).map_err(|error| {
        let path = error.path().to_string();
        parameter_problem(&ARGUMENTS, &path, &error.into_inner().to_string())
    })
}

/// The same of a query string to which something may still be added: that something is missing is no error.
///
/// # Errors
/// As [`query`] otherwise.
pub fn query_so_far<T: DeserializeOwned>(text: &str) -> Result<Option<T>, Problem> {
    match read(text) {
        Ok(read) => Ok(Some(read)),
        // Missing fields are found last, so that all that is there is right.
        Err((_, message)) if message.starts_with("missing field") => Ok(None),
        Err((path, message)) => Err(parameter_problem(&QUERY, &path, &message)),
    }
}

/// The struct, or where the first error is and what it is.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, (String, String)> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        (path, error.into_inner().to_string())
    })
}

/// What is read, in its reader's words: whose it is, and what one of it is called.
struct Words {
    whose: &'static str,
    one: &'static str,
}

const QUERY: Words = Words { whose: "This path", one: "query parameter" };
const ARGUMENTS: Words = Words { whose: "This tool", one: "argument" };

fn parameter_problem(words: &Words, path: &str, message: &str) -> Problem {
    let Words { whose, one } = words;
    let first_quoted = || message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("unknown field") {
        let known = match message.split_once("expected") {
            Some((_, known)) if known.contains('`') => {
                let names: Vec<_> = known.split('`').skip(1).step_by(2).collect();
                format!("it has {}", names.join(", "))
            }
            _ => "it has none".to_owned(),
        };
        return Problem::new(
            Kind::UnknownParameter,
            format!("{whose} has no {one} \"{}\"; {known}.", first_quoted()),
        );
    }
    if message.starts_with("missing field") {
        let name = first_quoted();
        return Problem::new(Kind::InvalidParameter, format!("The {one} \"{name}\" is required."));
    }
    if message.starts_with("duplicate field") {
        let name = first_quoted();
        return Problem::new(Kind::InvalidParameter, format!("The {one} \"{name}\" is given twice."));
    }
    Problem::new(Kind::InvalidParameter, format!("{path}: {message}."))
}

/// A request's JSON body. Members that are not known are ignored: wallets add their own.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                return Problem::new(Kind::BodyTooLarge, "The request's body is larger than 16 KiB.");
            }
            Problem::new(Kind::InvalidBody, "The request's body could not be read to its end.")
        })?;
        serde_json::from_slice(&bytes).map(Body).map_err(|error| {
            Problem::new(Kind::InvalidBody, format!("The body must be a JSON object as documented: {error}."))
        })
    }
}

/// A Solana address in a query or a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = "solana-address", pattern = "^[1-9A-HJ-NP-Za-km-z]{32,44}$")]
pub struct Address(pub settlement_interface::Address);

impl std::str::FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| {
            let shown: String = text.chars().take(64).collect();
            format!(
                "\"{shown}\" is not a Solana address (32 bytes in base58, 32 to 44 characters); copy it whole from the wallet or explorer"
            )
        })
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The address in a path such as `/v1/jobs/{id}`.
#[derive(Clone, Copy, Debug)]
pub struct PathAddress(pub settlement_interface::Address);

impl<S: Send + Sync> FromRequestParts<S> for PathAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| {
            Problem::new(Kind::InvalidAddress, "The address in the path is not valid text; copy it whole.")
        })?;
        let address: Address =
            text.parse().map_err(|message| Problem::new(Kind::InvalidAddress, format!("{message}.")))?;
        Ok(Self(address.0))
    }
}

/// Which state of the chain an answer is from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Commitment {
    /// What the cluster can no longer revert. The default, because the figures are money.
    #[default]
    Finalized,
    /// What a supermajority has voted on; seconds younger, and in principle still revertible.
    Confirmed,
}

choice!(Commitment { Finalized = "finalized", Confirmed = "confirmed" });

impl Commitment {
    /// As requests and answers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finalized => "finalized",
            Self::Confirmed => "confirmed",
        }
    }
}

/// The query of a path that has no other parameter.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct At {
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    pub commitment: Commitment,
}

/// The query of a path that has no parameter at all.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
