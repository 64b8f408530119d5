//! Keyset pages: a cursor is the key of the last row seen, so that rows which arrive meanwhile never
//! shift a page.
//!
//! A cursor is opaque and signed together with the query that it belongs to: one that was altered,
//! made up, or taken to another query is refused, and no unchecked value reaches a statement.

use crate::error::{Kind, Problem, Result};
use crate::extract::Commitment;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, de};
use sha2::Sha256;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// Rows of a page if the request names no limit.
const DEFAULT_LIMIT: u32 = 50;
/// Most rows of a page.
pub const MAX_LIMIT: u32 = 200;
/// Bytes of a cursor's signature.
const TAG: usize = 16;

/// Signs and checks cursors.
#[derive(Clone)]
pub struct CursorKey(Hmac<Sha256>);

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey")
    }
}

impl CursorKey {
    /// A key from a secret of any length.
    pub fn new(secret: &[u8]) -> Self {
        // HMAC hashes long keys and pads short ones; there is no length that it refuses.
        #[expect(clippy::expect_used, reason = "see above")]
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"))
    }

    fn tag(&self, query: &str, key: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        // The length keeps query and key apart.
        mac.update(&query.len().to_le_bytes());
        mac.update(query.as_bytes());
        mac.update(key);
        mac
    }

    /// The cursor behind a row with this key, for this very query.
    fn sign<K: Serialize>(&self, query: &str, key: &K) -> Result<String> {
        let mut bytes = serde_json::to_vec(key).map_err(Problem::internal)?;
        let tag = self.tag(query, &bytes).finalize().into_bytes();
        bytes.extend(tag.iter().take(TAG));
        Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Where a page of this very query begins: behind the key in the cursor, if the request has one.
    pub fn after<K: DeserializeOwned>(&self, query: &str, cursor: Option<&String>) -> Result<Option<K>> {
        cursor.map(|cursor| self.read(query, cursor)).transpose()
    }

    /// The cursor to the next page of this very query, if there is one.
    pub fn next<K: Serialize>(&self, query: &str, key: Option<K>) -> Result<Option<String>> {
        key.map(|key| self.sign(query, &key)).transpose()
    }

    /// The key in a cursor that was signed for this very query.
    fn read<K: DeserializeOwned>(&self, query: &str, cursor: &str) -> Result<K> {
        let refused = || {
            Problem::new(
                Kind::InvalidCursor,
                "The cursor was not given by this service for this query (or the service was restarted \
                 with another secret); start again without it.",
            )
        };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refused())?;
        let (key, tag) = bytes.split_last_chunk::<TAG>().ok_or_else(refused)?;
        self.tag(query, key).verify_truncated_left(tag).map_err(|_| refused())?;
        serde_json::from_slice(key).map_err(|_| refused())
    }
}

/// Rows of a page: 1 to [`MAX_LIMIT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u32);

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        let object =
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MAX_LIMIT));
        object.default(Some(DEFAULT_LIMIT.into())).into()
    }
}

impl ToSchema for Limit {}

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT_LIMIT)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse() {
            Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(Self(limit)),
            _ => Err(de::Error::custom(format!("\"{text}\" is not a whole number from 1 to {MAX_LIMIT}"))),
        }
    }
}

impl Limit {
    /// Rows to ask the database for: one more than the page has, to know whether another follows.
    pub fn fetch(self) -> i64 {
        i64::from(self.0).saturating_add(1)
    }

    /// Cuts fetched rows to the page; the key of the last row if more follow.
    pub fn cut<R, K>(self, rows: &mut Vec<R>, key: impl Fn(&R) -> K) -> Option<K> {
        let size = usize::try_from(self.0).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return None;
        }
        rows.truncate(size);
        rows.last().map(key)
    }
}

/// Which page of a list that has no filters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Newest or oldest first.
    #[serde(default)]
    #[param(inline)]
    pub order: Order,
    /// Most rows on a page.
    #[serde(default)]
    #[param(inline)]
    pub limit: Limit,
    /// `next` of the page before.
    #[param(format = "cursor")]
    pub cursor: Option<String>,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    pub commitment: Commitment,
}

/// In which direction a list runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Newest first.
    #[default]
    Desc,
    /// Oldest first.
    Asc,
}

crate::extract::choice!(Order { Desc = "desc", Asc = "asc" });

impl Order {
    /// As requests write it; it is SQL as well.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desc => "desc",
            Self::Asc => "asc",
        }
    }

    /// The SQL comparison that leads past a cursor.
    pub const fn past(self) -> &'static str {
        match self {
            Self::Desc => "<",
            Self::Asc => ">",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_for_its_own_query_only() {
        let key = CursorKey::new(b"secret");
        let cursor = key.sign("jobs?state=running", &(7u64, "x")).unwrap();
        assert_eq!(key.read::<(u64, String)>("jobs?state=running", &cursor).unwrap(), (7, "x".to_owned()));
        assert_eq!(key.read::<(u64, String)>("jobs", &cursor).unwrap_err().kind, Kind::InvalidCursor);
        let other = CursorKey::new(b"another");
        assert!(other.read::<(u64, String)>("jobs?state=running", &cursor).is_err());
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let key = CursorKey::new(b"secret");
        let cursor = BASE64_URL_SAFE_NO_PAD.decode(key.sign("q", &42u64).unwrap()).unwrap();
        for index in 0..cursor.len() {
            let mut forged = cursor.clone();
            forged[index] ^= 1;
            assert!(key.read::<u64>("q", &BASE64_URL_SAFE_NO_PAD.encode(&forged)).is_err(), "byte {index}");
        }
        for malformed in ["", "%%%", "AAAA", "a b"] {
            assert!(key.read::<u64>("q", malformed).is_err());
        }
    }

    #[test]
    fn a_page_is_cut_only_if_more_follows() {
        let mut rows = vec![1, 2, 3];
        assert_eq!(Limit(3).cut(&mut rows, |row| *row), None);
        assert_eq!(Limit(2).cut(&mut rows, |row| *row), Some(2));
        assert_eq!(rows, [1, 2]);
    }
}
