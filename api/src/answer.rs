//! The envelope of every figure: from which slot, at which commitment, as of when.

use crate::extract::Commitment;
use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// Seconds for which an answer about finalized, and about confirmed, state may be reused.
const FINALIZED_CACHE: &str = "public, max-age=5, stale-while-revalidate=30";
const CONFIRMED_CACHE: &str = "public, max-age=1";

/// From which state of the chain an answer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Source {
    /// The last slot whose events are in the answer, all of them.
    #[schema(example = 361_204_118)]
    pub slot: u64,
    /// The commitment asked for.
    #[schema(inline)]
    pub commitment: Commitment,
    /// Time of that slot on the cluster's clock; null before the first event.
    #[schema(example = "2026-11-20T12:00:00Z")]
    pub as_of: Option<String>,
}

/// One thing, with its source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Answer<T> {
    /// From which state of the chain.
    #[serde(flatten)]
    pub source: Source,
    /// The thing.
    pub data: T,
}

/// A page of things, with its source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// From which state of the chain.
    #[serde(flatten)]
    pub source: Source,
    /// The things on this page.
    pub items: Vec<T>,
    /// Cursor of the next page; null on the last one.
    pub next: Option<String>,
}

/// In an answer's extensions: what it is made of, so that it can be given again.
#[derive(Clone, Debug)]
pub struct Reusable {
    /// All of its body.
    pub body: Bytes,
    /// The last slot whose events are in it.
    pub slot: u64,
    /// The commitment asked for.
    pub commitment: Commitment,
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        json(&self, &self.source)
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        json(&self, &self.source)
    }
}

fn json(body: &impl Serialize, source: &Source) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => cacheable(bytes, "application/json", source),
        Err(error) => crate::error::Problem::internal(error).into_response(),
    }
}

/// An answer with its validator: a hash of its bytes, slot included.
pub fn cacheable(bytes: Vec<u8>, content_type: &'static str, source: &Source) -> Response {
    let body = Bytes::from(bytes);
    let tag = validator(&body);
    let Source { slot, commitment, .. } = *source;
    let cache = match commitment {
        Commitment::Finalized => FINALIZED_CACHE,
        Commitment::Confirmed => CONFIRMED_CACHE,
    };
    let mut response = body.clone().into_response();
    response.extensions_mut().insert(Reusable { body, slot, commitment });
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(tag) = tag {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// The validator of an answer with this body. Weak, because the answer may be compressed on its way.
pub fn validator(body: &[u8]) -> Option<HeaderValue> {
    let digest = Sha256::digest(body);
    let hash = BASE64_URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default());
    HeaderValue::from_str(&format!("W/\"{hash}\"")).ok()
}
