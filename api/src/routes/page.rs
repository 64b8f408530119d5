//! The web page: its files are part of the binary, if it was built before the binary was.
//!
//! Which views there are, the page decides by itself; here only their paths are known, each of which is answered
//! with the page's document. What the page may load and do, its policy says: its own files and this API, no more.

use super::forms::Forms;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A file of the page, and its compressed forms where they are smaller.
struct File {
    /// From the root, with a slash before it.
    path: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

// `FILES`, empty if the page was not built.
include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Paths of the page's views.
const VIEWS: [&str; 5] = ["/", "/jobs", "/jobs/{address}", "/providers/{address}", "/consumers/{address}"];

/// The page's scripts, styles, pictures and font are its own, it talks to this API alone, and nothing embeds it.
pub const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// What is shown in the page's stead.
const NOT_BUILT: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>Tally</title>
<h1>The page was not built</h1>
<p>This binary was compiled without it. With Node.js at hand, <code>scripts/build-page</code> builds the page; then
compile <code>api</code> again.</p>
<p>Every figure is served all the same: see <a href=\"/docs/\">the API's documentation</a>.</p>
</html>
";

/// Marks an answer that is the page though its status is an error's, so that it is not made a problem of.
#[derive(Clone, Debug)]
pub struct Shown;

/// Whether this binary has the page.
pub fn is_built() -> bool {
    !FILES.is_empty()
}

/// The views' paths and the files that they load.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let views = VIEWS.into_iter().fold(Router::new(), |router, path| {
        router.route(path, get(async |headers: HeaderMap| document(&headers)))
    });
    FILES.iter().filter(|file| file.path != "/index.html").fold(views, |router, file| {
        router.route(file.path, get(async move |headers: HeaderMap| answer(file, &headers)))
    })
}

/// The page, saying that there is nothing at this path, to whoever reads it as a page; `None` to a program.
pub fn missing(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let reads = |value: &HeaderValue| value.to_str().is_ok_and(|accepted| accepted.contains("text/html"));
    let is_page = headers.get(header::ACCEPT).is_some_and(reads);
    if *method != Method::GET || !is_page || uri.path().starts_with("/v1") {
        return None;
    }
    let mut response = document(headers);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.extensions_mut().insert(Shown);
    Some(response)
}

fn document(headers: &HeaderMap) -> Response {
    match FILES.iter().find(|file| file.path == "/index.html") {
        Some(file) => answer(file, headers),
        None => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (header::CONTENT_SECURITY_POLICY, POLICY),
            ];
            (headers, NOT_BUILT).into_response()
        }
    }
}

fn answer(file: &File, asked: &HeaderMap) -> Response {
    let Some(forms) = FORMS.get(file.path) else { return StatusCode::NOT_FOUND.into_response() };
    // What the build named by its content never changes; the rest is asked for again each time.
    let cache =
        if file.path.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = forms.answer(asked, content_type(file.path), cache);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Each file by its path.
static FORMS: LazyLock<HashMap<&str, Forms>> = LazyLock::new(|| {
    let forms = |file: &'static File| {
        let [brotli, gzip] = [file.brotli, file.gzip].map(|form| form.map(Bytes::from_static));
        (file.path, Forms::new(Bytes::from_static(file.plain), brotli, gzip))
    };
    FILES.iter().map(forms).collect()
});

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
