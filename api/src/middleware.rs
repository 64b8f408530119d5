//! What every request passes: a reference, a time limit, conditional requests, problems written out,
//! counting. It knows no route and no figure.

use crate::error::{Kind, Problem, ProblemBody};
use crate::routes::page::Shown;
use crate::state::App;
use axum::Json;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::time::Instant;
use tracing::Instrument;

const REFERENCE: HeaderName = HeaderName::from_static("x-request-id");

/// Outermost: names the request, counts it, logs it.
pub async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let reference = reference();
    let method = request.method().clone();
    // The route's pattern, not the path, so that the number of series stays bounded.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("request", %reference, %method, path = %request.uri().path());
    let started = Instant::now();
    let mut request = request;
    request.extensions_mut().insert(Reference(reference.clone()));
    let mut response = next.run(request).instrument(span.clone()).await;
    let elapsed = started.elapsed();
    app.metrics.request(&route, label(&method), response.status().as_u16(), elapsed);
    let _entered = span.entered();
    tracing::debug!(status = response.status().as_u16(), micros = elapsed.as_micros(), "answered");
    if let Ok(value) = HeaderValue::from_str(&reference) {
        response.headers_mut().insert(REFERENCE, value);
    }
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

/// The reference of a request, in its extensions.
#[derive(Clone, Debug)]
pub struct Reference(String);

impl Reference {
    /// As the answer's header and the log have it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn reference() -> String {
    let mut bytes = [0u8; 8];
    // A reference only has to be hard to confuse; without randomness it is merely useless.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes problems out as `application/problem+json`, and makes one of any other error answer.
pub async fn write_problems(request: Request, next: Next) -> Response {
    let instance = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let method = request.method().clone();
    let reference =
        request.extensions().get::<Reference>().map_or_else(String::new, |reference| reference.0.clone());
    let mut response = next.run(request).await;
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
    match tokio::time::timeout(app.settings.request_timeout(), next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail =
                "The request took longer than the service allows; ask for a shorter range or a smaller page.";
            Problem::new(Kind::Timeout, detail).into_response()
        }
    }
}

/// Answers 304 if the reader has the very answer already.
pub async fn validate_cache(request: Request, next: Next) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let mut response = next.run(request).await;
    let (Some(known), Some(tag)) = (known, response.headers().get(header::ETAG)) else { return response };
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else { return response };
    // A weak comparison, as the header asks for.
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let matches = known.trim() == "*" || known.split(',').any(|candidate| opaque(candidate) == opaque(tag));
    if matches && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
            response.headers_mut().remove(name);
        }
    }
    response
}

/// Adds the headers that every answer has.
pub async fn set_headers(request: Request, next: Next) -> Response {
    let documentation = request.uri().path().starts_with("/docs");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The web page states its own. The documentation's runs its own scripts only; its styles are partly inline. What
    // is no page loads nothing.
    let policy = if documentation {
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    } else {
        "default-src 'none'; frame-ancestors 'none'"
    };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
    // Whatever is not stated to be reusable is not.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
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
