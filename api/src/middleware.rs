//! What every request passes: a reference, a time limit, conditional requests, problems written out,
//! counting. It knows no route and no figure.
//!
//! Each layer of the framework costs a request some microseconds, so that there are two of it, and functions within.

use crate::error::{Kind, Problem, ProblemBody};
use crate::memory::{Said, Unchanged};
use crate::routes::page::Shown;
use crate::state::App;
use crate::{actions, given_up, limits};
use axum::Json;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tracing::Instrument;

/// Outermost, for every request, preflights included: names it, counts it, logs it.
pub async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let reference = Reference::next();
    let method = request.method().clone();
    // The route's pattern, not the path, so that the number of series stays bounded.
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("none", MatchedPath::as_str);
    let is_action = actions::is_action(request.uri().path());
    let span = tracing::info_span!("request", %reference, %method, path = %request.uri().path());
    let started = Instant::now();
    request.extensions_mut().insert(reference);
    let mut response = next.run(request).instrument(span.clone()).await;
    let elapsed = started.elapsed();
    app.metrics.request(route, label(&method), response.status(), elapsed);
    span.in_scope(|| {
        tracing::debug!(status = response.status().as_u16(), micros = elapsed.as_micros(), "answered");
    });
    if response.status() == StatusCode::NOT_MODIFIED
        && let (Some(unchanged), Some(route)) = (response.extensions().get::<Unchanged>(), matched)
    {
        unchanged.learn(|| Said { headers: response.headers().clone(), route });
    }
    let headers = response.headers_mut();
    headers.insert(Reference::HEADER, reference.into());
    if is_action {
        actions::identify(&app, headers);
    }
    response
}

/// What lies around every answer, in one piece, for it is passed by each: who may ask, what was read a moment ago,
/// conditional requests, problems written out, headers.
pub async fn surround(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let asked = Asked {
        uri: request.uri().clone(),
        method: request.method().clone(),
        reference: request.extensions().get::<Reference>().copied(),
    };
    let mut response = match limits::refuse(&app, &mut request) {
        None => app.memory.answer(request, next).await,
        Some(refusal) => refusal.answer(&app),
    };
    if let Some(known) = known {
        validate_cache(&known, &mut response);
    }
    let mut response = write_problem(&asked, response);
    set_headers(&asked, response.headers_mut());
    response
}

/// A method as a label: a method is any token that a stranger makes up, the number of series is not.
fn label(method: &Method) -> &str {
    let standard = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::CONNECT,
        Method::OPTIONS,
        Method::TRACE,
        Method::PATCH,
    ];
    if standard.contains(method) { method.as_str() } else { "other" }
}

/// The reference of a request, in its extensions: 16 letters.
#[derive(Clone, Copy, Debug)]
pub struct Reference([u8; 16]);

/// References so far, from a beginning that differs from process to process.
static REFERENCES: LazyLock<AtomicU64> = LazyLock::new(|| {
    let mut bytes = [0u8; 8];
    // A reference only has to be hard to confuse; without randomness it is merely useless.
    let _ = getrandom::fill(&mut bytes);
    AtomicU64::new(u64::from_le_bytes(bytes))
});
/// Odd, so that no reference comes twice, and without a pattern, so that neighbours differ in most letters.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Reference {
    /// The header that says it.
    pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

    /// One that no other request has.
    pub fn next() -> Self {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let mut number = REFERENCES.fetch_add(STEP, Ordering::Relaxed);
        Self([0; 16].map(|_: u8| {
            let digit = usize::try_from(number & 15).ok().and_then(|digit| DIGITS.get(digit));
            number >>= 4;
            digit.copied().unwrap_or(b'0')
        }))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl From<Reference> for HeaderValue {
    fn from(reference: Reference) -> Self {
        Self::from_bytes(&reference.0).unwrap_or(Self::from_static("0"))
    }
}

/// What was asked, for what is said of it afterwards.
struct Asked {
    uri: Uri,
    method: Method,
    reference: Option<Reference>,
}

/// Writes a problem out as `application/problem+json`, and makes one of any other error answer.
fn write_problem(asked: &Asked, mut response: Response) -> Response {
    if response.status().is_success() {
        return response;
    }
    let method = &asked.method;
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => {
            let allowed = response
                .headers()
                .get(header::ALLOW)
                .and_then(|value| value.to_str().ok())
                .unwrap_or("others");
            Problem::new(
                Kind::MethodNotAllowed,
                format!("This path does not take {method}; it takes {allowed}."),
            )
        }
        None if response.extensions().get::<Shown>().is_some() => return response,
        // Only the documentation's own answers come here as plain errors.
        None if response.status() == StatusCode::NOT_FOUND => {
            Problem::new(Kind::UnknownPath, "Nothing is served at this path; see /docs.")
        }
        None => return response,
    };
    let instance = asked.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let reference = asked.reference.map_or_else(String::new, |reference| reference.to_string());
    let kind = problem.kind;
    let body = ProblemBody {
        kind: format!("/problems/{}", kind.slug()),
        title: kind.title(),
        status: kind.status().as_u16(),
        message: problem.detail.clone(),
        detail: problem.detail,
        instance,
        reference,
    };
    let (parts, _) = response.into_parts();
    let mut response = (kind.status(), Json(body)).into_response();
    let headers = response.headers_mut();
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = parts.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Gives a request up after the configured time.
pub async fn limit_time(State(app): State<App>, request: Request, next: Next) -> Response {
    match given_up::within(app.settings.request_timeout(), next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail =
                "The request took longer than the service allows; ask for a shorter range or a smaller page.";
            Problem::new(Kind::Timeout, detail).into_response()
        }
    }
}

/// Answers 304 if the reader has the very answer already, of those that it knows.
fn validate_cache(known: &HeaderValue, response: &mut Response) {
    let Some(tag) = response.headers().get(header::ETAG) else { return };
    if is_known(known, tag) && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
            response.headers_mut().remove(name);
        }
    }
}

/// Whether a validator is one of those that a reader says it knows.
pub fn is_known(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else { return false };
    known.trim() == "*" || known.split(',').any(|candidate| opaque(candidate) == opaque(tag))
}

/// What of a validator counts in a weak comparison, as the header asks for.
fn opaque(tag: &str) -> &str {
    tag.trim().trim_start_matches("W/")
}

/// Adds the headers that every answer has.
fn set_headers(asked: &Asked, headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The web page states its own. The documentation's runs its own scripts only; its styles are partly inline. What
    // is no page loads nothing.
    let policy = if asked.uri.path().starts_with("/docs") {
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    } else {
        "default-src 'none'; frame-ancestors 'none'"
    };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
    // Whatever is not stated to be reusable is not.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// What a panic becomes; its message goes to the log only.
pub fn caught(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Problem::internal(format!("panic: {message}")).into_response()
}
