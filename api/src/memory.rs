//! Answers that were read a moment ago, for whoever asks the same: many readers of one figure are one read.
//!
//! An answer is given again for at most [`KEPT_FOR`], and not once the database has said that there is something new. Nor
//! is it given if any reader was told of a later slot at its commitment, whatever the database says: asking again never
//! leads back in time. Those who ask while the answer is being read wait for it, so that a figure which takes long is
//! read once however many want it. Only what [`crate::answer::cacheable`] makes is kept; it says so itself.

use crate::answer::Reusable;
use crate::db::live::Bell;
use crate::error::Problem;
use crate::extract::Commitment;
use crate::metrics::Metrics;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use moka::future::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Longest that an answer is kept: the time for which a confirmed one may be reused by its reader.
const KEPT_FOR: Duration = Duration::from_secs(1);
/// Bytes that an answer takes besides its body and its path: headers and the table's own.
const OVERHEAD: usize = 1_024;

/// What is asked, as of which change of the tables.
type Asked = (u64, String);

/// An answer.
#[derive(Clone)]
struct Kept {
    headers: HeaderMap,
    answer: Reusable,
}

impl From<Kept> for Response {
    fn from(kept: Kept) -> Self {
        let mut response = Self::new(Body::from(kept.answer.body));
        *response.headers_mut() = kept.headers;
        response
    }
}

/// The answers; cheap to clone.
#[derive(Clone)]
pub struct Memory(Option<Arc<Inner>>);

struct Inner {
    answers: Cache<Asked, Kept>,
    bell: Bell,
    metrics: Metrics,
    /// The last slot that any reader was told of, at each commitment.
    finalized: AtomicU64,
    confirmed: AtomicU64,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}

impl Memory {
    /// With room for so many bytes; without any, everything is read for itself.
    pub fn new(bytes: u64, bell: Bell, metrics: Metrics) -> Self {
        if bytes == 0 {
            return Self(None);
        }
        let weigh = |(_, path): &Asked, kept: &Kept| {
            let bytes = OVERHEAD.saturating_add(path.len()).saturating_add(kept.answer.body.len());
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let answers = Cache::builder().max_capacity(bytes).weigher(weigh).time_to_live(KEPT_FOR).build();
        let (finalized, confirmed) = (AtomicU64::new(0), AtomicU64::new(0));
        Self(Some(Arc::new(Inner { answers, bell, metrics, finalized, confirmed })))
    }

    /// Answers with what was read a moment ago, if the very same was.
    pub async fn answer(&self, request: Request, next: Next) -> Response {
        match &self.0 {
            Some(memory) if request.method() == Method::GET => memory.answer(request, next).await,
            _ => next.run(request).await,
        }
    }
}

impl Inner {
    async fn answer(&self, request: Request, next: Next) -> Response {
        let path = request.uri().path_and_query().map_or_else(String::new, |path| path.as_str().to_owned());
        let asked = (self.bell.changes(), path);
        if let Some(kept) = self.answers.get(&asked).await {
            if self.is_newest(&kept) {
                self.metrics.remembered();
                return kept.into();
            }
            self.answers.invalidate(&asked).await;
        }
        // Whoever comes first reads; what cannot be kept is the answer to that one request.
        let mut waiting = Some((request, next));
        let mut other = None;
        let reading = async {
            let (request, next) = waiting.take()?;
            self.read(request, next).await.map_err(|response| other = Some(response)).ok()
        };
        let kept = self.answers.optionally_get_with(asked, reading).await;
        match (other, waiting, kept) {
            (Some(response), ..) => response,
            (None, None, Some(kept)) => kept.into(),
            (None, Some(_), Some(kept)) if self.is_newest(&kept) => {
                self.metrics.remembered();
                kept.into()
            }
            (None, Some((request, next)), _) => {
                self.read(request, next).await.map_or_else(|response| response, Into::into)
            }
            (None, None, None) => Problem::internal("an answer was lost").into_response(),
        }
    }

    /// Has a request answered; an answer that cannot be kept is the error.
    async fn read(&self, request: Request, next: Next) -> Result<Kept, Response> {
        let mut response = next.run(request).await;
        let Some(answer) = response.extensions_mut().remove::<Reusable>() else { return Err(response) };
        self.newest(answer.commitment).fetch_max(answer.slot, Ordering::AcqRel);
        Ok(Kept { headers: std::mem::take(response.headers_mut()), answer })
    }

    fn newest(&self, commitment: Commitment) -> &AtomicU64 {
        match commitment {
            Commitment::Finalized => &self.finalized,
            Commitment::Confirmed => &self.confirmed,
        }
    }

    fn is_newest(&self, kept: &Kept) -> bool {
        kept.answer.slot >= self.newest(kept.answer.commitment).load(Ordering::Acquire)
    }
}
