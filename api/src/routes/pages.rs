//! What is not about figures: the page that explains a kind of problem, the icon, the program's IDL.

use super::forms::Forms;
use crate::error::{Kind, Problem, Result};
use crate::extract::{Nothing, Query};
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

/// The explanation behind a problem's `type`.
pub async fn problem(Path(slug): Path<String>) -> Result<Response> {
    let kind = Kind::ALL.iter().find(|kind| kind.slug() == slug);
    let kind = kind.ok_or_else(|| Problem::new(Kind::UnknownPath, "There is no problem of that name."))?;
    let text = format!("{} ({})\n\n{}\n", kind.title(), kind.status().as_u16(), kind.about());
    Ok((
        [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        text,
    )
        .into_response())
}

/// The picture that wallets show beside an Action.
pub async fn icon() -> Response {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, include_str!("../../assets/icon.svg")).into_response()
}

/// The program's IDL
///
/// What a client needs to build instructions and to read accounts and events: Anchor's IDL of the program that this
/// version of the service reads.
#[utoipa::path(get, path = "/idl.json", tag = "wallets",
    responses((status = 200, description = "The IDL", body = serde_json::Value), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn idl(headers: HeaderMap, Query(Nothing {}): Query<Nothing>) -> Response {
    IDL.answer(&headers, "application/json", "public, max-age=3600")
}

/// As the repository keeps it; a test of the program holds it against the source.
static IDL: LazyLock<Forms> = LazyLock::new(|| {
    Forms::compressed(Bytes::from_static(include_bytes!("../../../programs/idl/settlement.json")))
});
