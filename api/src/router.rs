//! Which path leads where, and through which layers.

use crate::error::{Kind, Problem};
use crate::front::Front;
use crate::routes::{
    buyback, cases, changes, conversions, earnings, epochs, events, exports, flows, health, jobs,
    liabilities, market, network, page, pages, prices, providers, reputation, revenue, rewards, standing,
    stream, supply, third_parties,
};
use crate::state::App;
use crate::{actions, mcp, middleware, openapi};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderName, Method, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::cors::{Any, CorsLayer};
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Bytes of a request's body.
pub const MOST_BODY: usize = 16 * 1024;

/// The paths that the OpenAPI document describes, and the document.
pub fn documented() -> (Router<App>, Document) {
    let (router, mut document) = OpenApiRouter::with_openapi(openapi::root())
        .routes(routes!(revenue::revenue))
        .routes(routes!(revenue::annualized))
        .routes(routes!(revenue::defillama))
        .routes(routes!(conversions::conversions))
        .routes(routes!(flows::burns))
        .routes(routes!(flows::mints))
        .routes(routes!(flows::rebates))
        .routes(routes!(liabilities::liabilities))
        .routes(routes!(exports::exports))
        .routes(routes!(exports::export))
        .routes(routes!(supply::supply))
        .routes(routes!(supply::total))
        .routes(routes!(supply::circulating))
        .routes(routes!(supply::max))
        .routes(routes!(epochs::epochs))
        .routes(routes!(events::events))
        .routes(routes!(stream::stream_events))
        .routes(routes!(network::network))
        .routes(routes!(network::reconciliation))
        .routes(routes!(changes::changes))
        .routes(routes!(buyback::buyback))
        .routes(routes!(buyback::buybacks))
        .routes(routes!(providers::providers))
        .routes(routes!(providers::provider))
        .routes(routes!(reputation::reputation))
        .routes(routes!(earnings::earnings))
        .routes(routes!(standing::history))
        .routes(routes!(standing::formula))
        .routes(routes!(prices::economics))
        .routes(routes!(rewards::rewards))
        .routes(routes!(cases::provider_cases))
        .routes(routes!(cases::provider_disputes))
        .routes(routes!(market::market))
        .routes(routes!(prices::prices))
        .routes(routes!(jobs::jobs))
        .routes(routes!(jobs::job))
        .routes(routes!(jobs::receipts))
        .routes(routes!(jobs::conversions))
        .routes(routes!(third_parties::meters))
        .routes(routes!(third_parties::arbiters))
        .merge(actions::router())
        .routes(routes!(pages::idl))
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .split_for_parts();
    openapi::spell_links(&mut document);
    (router, document)
}

/// The whole service.
pub fn build(app: App) -> Front {
    let routes = documented()
        .0
        .merge(openapi::page())
        .route("/openapi.json", get(openapi::document))
        .merge(page::router())
        .merge(mcp::router(&app))
        .route("/icon.svg", get(pages::icon))
        .route("/problems/{slug}", get(pages::problem))
        .fallback(async |method: Method, uri: Uri, headers: HeaderMap| {
            page::missing(&method, &uri, &headers).unwrap_or_else(|| {
                let detail = format!("Nothing is served at {}; /docs lists everything that is.", uri.path());
                Problem::new(Kind::UnknownPath, detail).into_response()
            })
        });
    layered(routes, app)
}

/// These routes behind everything that every request passes.
pub fn layered(routes: Router<App>, app: App) -> Front {
    let router = routes
        // Innermost first.
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(from_fn_with_state(app.clone(), middleware::limit_time))
        .layer(CatchPanicLayer::custom(middleware::caught))
        .layer(from_fn_with_state(app.clone(), middleware::surround))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(compressible()))
        .layer(cors())
        .layer(from_fn_with_state(app.clone(), middleware::observe))
        .with_state(app.clone());
    Front::new(app, router)
}

/// What gains by compression: Parquet is compressed already, a stream's events must not wait for more of them, and the
/// scripts of the documentation are so large that compressing them would take the processor from those who ask for figures.
fn compressible() -> impl Predicate {
    DefaultPredicate::new()
        .and(NotForContentType::const_new(exports::PARQUET))
        .and(NotForContentType::const_new("text/javascript"))
        .and(NotForContentType::const_new("application/javascript"))
}

/// Anyone may read from any page: there are no cookies and no secrets here. The lists are those of
/// the Solana Actions specification, what MCP's clients send, and what figures carry besides.
fn cors() -> CorsLayer {
    let name = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::OPTIONS])
        .allow_headers([
            header::CONTENT_TYPE,
            header::AUTHORIZATION,
            header::CONTENT_ENCODING,
            header::ACCEPT_ENCODING,
            header::IF_NONE_MATCH,
            name("mcp-method"),
            name("mcp-name"),
            name("mcp-protocol-version"),
            name("x-accept-action-version"),
            name("x-accept-blockchain-ids"),
        ])
        .expose_headers([
            header::ETAG,
            header::RETRY_AFTER,
            name("x-action-version"),
            name("x-blockchain-ids"),
            name("x-request-id"),
            name("x-tally-slot"),
            name("x-tally-commitment"),
        ])
}
