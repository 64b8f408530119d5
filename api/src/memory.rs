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
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use moka::future::Cache;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Longest that an answer is kept: the time for which a confirmed one may be reused by its reader.
const KEPT_FOR: Duration = Duration::from_secs(1);
/// Bytes that an answer takes besides its body and its path: headers and the table's own.
const OVERHEAD: usize = 1_024;

/// What is asked, as of which change of the tables.
type Asked = (u64, String);

/// An answer.
struct Kept {
    headers: HeaderMap,
    answer: Reusable,
    unchanged: Unchanged,
}

/// In the extensions of an answer that is kept: what is said to a reader who has it already, as soon as one was told. It
/// is the same for all of them.
#[derive(Clone, Debug, Default)]
pub struct Unchanged(Arc<OnceLock<Said>>);

/// What a reader was told who has the answer already.
#[derive(Debug)]
pub struct Said {
    /// All but what names the request.
    pub headers: HeaderMap,
    /// The route by which it was found.
    pub route: MatchedPath,
}

impl Unchanged {
    /// Keeps what a reader was told, so that the next need not pass the layers that made it.
    pub fn learn(&self, said: impl FnOnce() -> Said) {
        self.0.get_or_init(said);
    }

    /// What is to be said; `None` if nobody was told.
    pub fn said(&self) -> Option<&Said> {
        self.0.get()
    }
}

impl Kept {
    fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.answer.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response.extensions_mut().insert(self.unchanged.clone());
        response
    }
}

/// An answer that cannot be kept. If it is that the service cannot answer now, those who wait for it are told the same: were
/// all of them to ask, it could even less.
struct Unkept(Option<Problem>);

impl Unkept {
    fn of(response: &mut Response) -> Self {
        let problem = response.extensions().get::<Problem>();
        Self(problem.filter(|problem| problem.kind.status() == StatusCode::SERVICE_UNAVAILABLE).cloned())
    }
}

/// The answers; cheap to clone.
#[derive(Clone)]
pub struct Memory(Option<Arc<Inner>>);

struct Inner {
    answers: Cache<Asked, Arc<Kept>>,
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
        let weigh = |(_, path): &Asked, kept: &Arc<Kept>| {
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

    /// What is said to a reader who has the answer already, if there is one that may be given. Within a Tokio runtime.
    pub fn unchanged(&self, path: &str) -> Option<Unchanged> {
        let inner = self.0.as_ref()?;
        let asked = (inner.bell.changes(), path.to_owned());
        // It waits for nothing but its own upkeep, which can wait itself.
        let kept = inner.answers.get(&asked).now_or_never()??;
        inner.is_newest(&kept).then(|| kept.unchanged.clone())
    }
}

impl Inner {
    async fn answer(&self, request: Request, next: Next) -> Response {
        let path = request.uri().path_and_query().map_or_else(String::new, |path| path.as_str().to_owned());
        let asked = (self.bell.changes(), path);
        if let Some(kept) = self.answers.get(&asked).await {
            if self.is_newest(&kept) {
                self.metrics.remembered();
                return kept.response();
            }
            self.answers.invalidate(&asked).await;
        }
        // Whoever comes first reads; what cannot be kept is the answer to that one request.
        let mut waiting = Some((request, next));
        let mut other = None;
        let reading = async {
            let Some((request, next)) = waiting.take() else { return Err(Unkept(None)) };
            self.read(request, next).await.map_err(|response| Unkept::of(other.insert(response)))
        };
        let kept = self.answers.try_get_with(asked, reading).await;
        match (other, waiting, kept) {
            (Some(response), ..) => response,
            (None, None, Ok(kept)) => kept.response(),
            (None, Some(_), Ok(kept)) if self.is_newest(&kept) => {
                self.metrics.remembered();
                kept.response()
            }
            (None, Some((request, next)), kept) => match kept.err().and_then(|unkept| unkept.0.clone()) {
                Some(problem) => problem.into_response(),
                None => {
                    self.read(request, next).await.map_or_else(|response| response, |kept| kept.response())
                }
            },
            (None, None, Err(_)) => Problem::internal("an answer was lost").into_response(),
        }
    }

    /// Has a request answered; an answer that cannot be kept is the error.
    async fn read(&self, request: Request, next: Next) -> Result<Arc<Kept>, Response> {
        let mut response = next.run(request).await;
        let Some(answer) = response.extensions_mut().remove::<Reusable>() else { return Err(response) };
        self.newest(answer.commitment).fetch_max(answer.slot, Ordering::AcqRel);
        let headers = std::mem::take(response.headers_mut());
        Ok(Arc::new(Kept { headers, answer, unchanged: Unchanged::default() }))
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
