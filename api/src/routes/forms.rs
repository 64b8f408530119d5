//! An answer that is always the same: compressed once, and sent in the form that the reader takes.

use crate::answer::validator;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// Its forms; a compressed one only where it is smaller.
#[derive(Debug)]
pub struct Forms {
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
    tag: Option<HeaderValue>,
}

impl Forms {
    /// Those that there are.
    pub fn new(plain: Bytes, brotli: Option<Bytes>, gzip: Option<Bytes>) -> Self {
        // The forms share it, as it is a weak one.
        let tag = validator(&plain);
        Self { plain, brotli, gzip, tag }
    }

    /// The plain form and what gzip makes of it.
    pub fn compressed(plain: impl Into<Bytes>) -> Self {
        let plain = plain.into();
        let gzip = gzip(&plain).ok().filter(|gzip| gzip.len() < plain.len());
        Self::new(plain, None, gzip.map(Bytes::from))
    }

    /// The answer to a request with these headers.
    pub fn answer(&self, asked: &HeaderMap, content_type: &'static str, cache: &'static str) -> Response {
        let forms = [("br", &self.brotli), ("gzip", &self.gzip)];
        let form = forms
            .into_iter()
            .find_map(|(name, bytes)| Some((name, bytes.as_ref().filter(|_| accepts(asked, name))?)));
        let mut response = form.map_or(&self.plain, |(_, bytes)| bytes).clone().into_response();
        let headers = response.headers_mut();
        if let Some((name, _)) = form {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(tag) = &self.tag {
            headers.insert(header::ETAG, tag.clone());
        }
        response
    }
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}

/// Whether the reader takes this coding.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut entries = values.flat_map(|value| value.split(',')).map(|entry| entry.split(';'));
    entries.any(|mut parts| {
        let name = parts.next().unwrap_or_default().trim();
        let refused = parts.any(|part| {
            let weight = part.trim().strip_prefix("q=").unwrap_or("1");
            weight.bytes().all(|byte| matches!(byte, b'0' | b'.'))
        });
        name.eq_ignore_ascii_case(coding) && !refused
    })
}
