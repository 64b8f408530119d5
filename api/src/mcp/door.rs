//! The path of the protocol: who may come in, and how the transport's answers become the API's.
//!
//! A browser names the origin of the page that asks; a program has none. A page of another origin is refused, and so is a
//! host name that is not this service's: a name that a stranger lets point here would make its page one of this origin.

use super::server::Server;
use crate::error::{Kind, Problem};
use crate::router::MOST_BODY;
use crate::state::App;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

/// How this machine is called by those on it.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// `/mcp`.
pub fn router(app: &App) -> Router<App> {
    let server = Server::new(app.clone());
    let sessions = NeverSessionManager::default().into();
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, config(app));
    let answer = async move |request: Request| {
        let response = service.handle(request).await;
        if response.status() == StatusCode::FORBIDDEN {
            return refused().into_response();
        }
        response.map(Body::new)
    };
    Router::new().route("/mcp", post(answer))
}

fn config(app: &App) -> StreamableHttpServerConfig {
    let (settings, own) = (&app.settings, origin(&app.public_url));
    let hosts =
        LOOPBACK.into_iter().map(str::to_owned).chain(host(&own)).chain(settings.mcp_hosts.iter().cloned());
    let origins = std::iter::once(own).chain(settings.mcp_origins.iter().map(|text| origin(text)));
    StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MOST_BODY)
        .with_allowed_hosts(hosts)
        .with_allowed_origins(origins)
        .enforce_origin_validation()
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let authority = rest.split('/').next().unwrap_or_default();
    // The colons of an address of the sixth version stand in brackets.
    let has_port = authority.rsplit(']').next().is_some_and(|tail| tail.contains(':'));
    let port = match (has_port, scheme) {
        (true, _) => "",
        (false, "https") => ":443",
        (false, _) => ":80",
    };
    format!("{scheme}://{authority}{port}")
}

/// The host of an origin; a name says who is meant, at whatever port.
fn host(origin: &str) -> Option<String> {
    let (_, authority) = origin.split_once("://")?;
    authority.rsplit_once(':').map(|(host, _)| host.to_owned())
}

fn refused() -> Response {
    Problem::new(
        Kind::ForbiddenOrigin,
        "The header Origin or Host of this request is not one that /mcp takes: ask from a program, or have whoever runs \
         this service let the origin in (mcp_origins) or the host (mcp_hosts).",
    )
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_always_says_its_port() {
        let cases = [
            ("https://tally.example", "https://tally.example:443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]/under", "http://[::1]:80"),
            ("http://[::1]:7/under", "http://[::1]:7"),
        ];
        for (url, expected) in cases {
            assert_eq!(origin(url), expected);
        }
    }
}
