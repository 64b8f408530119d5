//! What stands before the router: a reader who asks again for what it has is told so here, if another was told the same a
//! moment ago. Most who poll do just that, and each layer of the framework would cost more than this answer.

use crate::limits;
use crate::middleware::{Reference, is_known};
use crate::state::App;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use axum::routing::future::RouteFuture;
use axum::{BoxError, Router};
use futures_util::TryFutureExt;
use futures_util::future::{Either, MapOk};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};
use std::time::Instant;
use tower::Service;

type Routed = MapOk<RouteFuture<Infallible>, fn(Response) -> Response>;

/// The whole service; cheap to clone.
#[derive(Clone, Debug)]
pub struct Front {
    app: App,
    router: Router,
}

impl Front {
    /// Before this router, which keeps what it answers in the memory of `app`.
    pub fn new(app: App, router: Router) -> Self {
        Self { app, router }
    }

    /// The answer to a reader who has the very answer already, if the router gave it before.
    fn unchanged(&self, request: &mut Request) -> Option<Response> {
        let started = Instant::now();
        let known = request.headers().get(header::IF_NONE_MATCH)?;
        if request.method() != Method::GET {
            return None;
        }
        let unchanged = self.app.memory.unchanged(request.uri().path_and_query()?.as_str())?;
        let said = unchanged.said()?;
        if !is_known(known, said.headers.get(header::ETAG)?) {
            return None;
        }
        if limits::refuse(&self.app, request).is_some() {
            // The router finds the same, and says it as it says everything.
            return None;
        }
        let reference = Reference::next();
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().clone_from(&said.headers);
        response.headers_mut().insert(Reference::HEADER, reference.into());
        let elapsed = started.elapsed();
        self.app.metrics.remembered();
        self.app.metrics.request(said.route.as_str(), "GET", response.status(), elapsed);
        tracing::debug!(
            %reference, method = "GET", path = request.uri().path(), status = 304, micros = elapsed.as_micros(), "answered"
        );
        Some(response)
    }
}

/// The framework states the length of the body that is sent; of an answer without one, the length would have to be that
/// of the body that the reader has (RFC 9110, 8.6).
fn without_length(mut response: Response) -> Response {
    if response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}

impl<B> Service<Request<B>> for Front
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, Routed>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut request = request.map(Body::new);
        match self.unchanged(&mut request) {
            Some(response) => Either::Left(ready(Ok(response))),
            None => {
                Either::Right(self.router.call(request).map_ok(without_length as fn(Response) -> Response))
            }
        }
    }
}
