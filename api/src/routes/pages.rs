//! What is not about figures: the page that explains a kind of problem, the icon, the root.

use crate::error::{Kind, Problem, Result};
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};

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

/// The root leads to the documentation.
pub async fn root() -> Redirect {
    Redirect::temporary("/docs/")
}
