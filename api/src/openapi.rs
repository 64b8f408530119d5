//! The OpenAPI document, generated from the handlers, and the page to try it on.
//!
//! The page's files are part of the binary: neither building nor showing it asks a third party.

use crate::error::ProblemBody;
use crate::router;
use crate::routes::forms::Forms;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;
use std::sync::LazyLock;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{OpenApi as Document, RefOr};
use utoipa::{OpenApi, ToResponse};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What every path may answer instead: a problem, named by its `type` and `status`.
#[derive(ToResponse)]
#[response(
    description = "A problem: what was wrong with the request, or why it cannot be answered now",
    content_type = "application/problem+json"
)]
pub struct AnyProblem(#[expect(dead_code, reason = "only its type is documented")] ProblemBody);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tally API",
        description = "Figures of the Tally settlement layer, recorded from the chain by the indexer, and unsigned \
            transactions for wallets.\n\n\
            Every answer says from which slot and at which commitment it is; finalized unless the request says \
            otherwise. Amounts are integers written as strings (base units of the compute token, micro-dollars) with \
            the exact decimal beside them. Lists are pages: follow `next` until it is null. A query parameter that a \
            path does not have is refused. Finalized answers may be reused for 5 seconds, confirmed ones for 1, and \
            carry an ETag."
    ),
    components(schemas(ProblemBody), responses(AnyProblem)),
    tags(
        (name = "analysts", description = "Revenue, supply, buybacks, epochs, changes, events"),
        (name = "providers", description = "Providers, reputation, rewards, cases"),
        (name = "consumers", description = "Jobs, receipts, conversions, the market, meters and arbiters"),
        (name = "wallets", description = "Solana Actions: unsigned transactions to review and sign"),
        (name = "operators", description = "Health and metrics"),
    )
)]
struct Root;

/// The part of the document that no handler states.
pub fn root() -> Document {
    Root::openapi()
}

/// The schema of a string that is one of a few words.
pub fn words(words: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}

/// Spells the links between answers and requests as OpenAPI does. utoipa 5 writes `operation_id` for `operationId`.
pub fn spell_links(document: &mut Document) {
    let operations = document.paths.paths.values_mut().filter_map(|path| path.get.as_mut());
    let responses = operations.flat_map(|operation| operation.responses.responses.values_mut());
    for response in responses {
        let RefOr::T(response) = response else { continue };
        for link in response.links.values_mut() {
            let RefOr::T(link) = link else { continue };
            let id = Value::String(std::mem::take(&mut link.operation_id));
            link.extensions.get_or_insert_default().insert("operationId".to_owned(), id);
        }
    }
}

/// The document, as `/openapi.json` serves it and the repository keeps it.
///
/// # Errors
/// None in practice: it is a value made of strings.
pub fn pretty() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&router::documented().1)
}

/// `/openapi.json`.
pub async fn document(headers: HeaderMap) -> Response {
    DOCUMENT.answer(&headers, "application/json", "no-cache")
}

static DOCUMENT: LazyLock<Forms> =
    LazyLock::new(|| Forms::compressed(serde_json::to_vec(&router::documented().1).unwrap_or_default()));

/// The page under `/docs`, which shows it.
pub fn page() -> SwaggerUi {
    let config = Config::from("/openapi.json")
        .try_it_out_enabled(true)
        .display_request_duration(true)
        // The default asks a public validator about every document.
        .validator_url("none");
    SwaggerUi::new("/docs").config(config)
}
