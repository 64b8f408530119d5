//! The one error that the API answers with: RFC 9457 problem details, in the reader's terms.
//!
//! A [`Problem`] never holds what failed inside; that goes to the log under the request's reference.
//! It does not write the answer's body: [`crate::middleware`] does, because only it knows the request.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $name:ident = $slug:literal, $status:ident, $title:literal, $about:literal;)*) => {
        /// What kind of problem it is; each has a page under `/problems/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = $about] $name,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Last part of the problem's `type`.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }
            /// HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }
            /// Short, the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
            /// What it means and what to do, for its page.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }
        }
    };
}

kinds! {
    UnknownPath = "unknown-path", NOT_FOUND, "No such path",
        "Nothing is served at this path. /docs lists everything that is.";
    NotFound = "not-found", NOT_FOUND, "No such entity",
        "The address or number is well formed, but nothing with it is known at the commitment asked for. \
         What is only confirmed shows with commitment=confirmed.";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed",
        "The path exists, but not for this method; the header Allow names those that it has.";
    UnknownParameter = "unknown-parameter", BAD_REQUEST, "Unknown query parameter",
        "A query parameter that this path does not have is refused rather than ignored, so that a typing \
         error never changes what a figure means.";
    InvalidParameter = "invalid-parameter", BAD_REQUEST, "Invalid parameter",
        "A parameter is missing, given twice, or its value cannot be used; the detail names both.";
    InvalidAddress = "invalid-address", BAD_REQUEST, "Malformed address",
        "A Solana address is 32 bytes written in base58: 32 to 44 letters and digits without 0, O, I and l.";
    InvalidCursor = "invalid-cursor", BAD_REQUEST, "Invalid cursor",
        "A cursor is valid for the very query that it was given for, and only as this service signed it. \
         Start again without a cursor.";
    InvalidBody = "invalid-body", BAD_REQUEST, "Invalid request body",
        "The body is not the JSON object that this path expects.";
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "Request body too large",
        "No request of this API needs more than 16 KiB.";
    Unanswerable = "unanswerable", UNPROCESSABLE_ENTITY, "The query cannot be answered",
        "Each parameter is well formed, but together, or with what is recorded so far, they ask for something that \
         cannot be; the detail says which does not fit, and what would.";
    Refused = "refused", UNPROCESSABLE_ENTITY, "The transaction would be refused",
        "The request is well formed, but the program on chain would refuse what it asks for. Nothing was \
         built, signed or sent.";
    SpendingLimit = "spending-limit", UNPROCESSABLE_ENTITY, "More than the stated budget",
        "The transaction would take more out of the wallet than whoever asked for it allows. The detail names both figures. \
         It was not handed out.";
    SimulationDisagrees = "simulation-disagrees", CONFLICT, "The simulation moves more than was said",
        "A transaction was built and simulated, and the simulation took more out of the wallet than the summary \
         says. It was not handed out. The wallet may have been used by something else at the same moment: try again, \
         and report it if it stays so.";
    DatabaseUnavailable = "database-unavailable", SERVICE_UNAVAILABLE, "Figures are unavailable",
        "The database that the figures are read from cannot be reached, or cannot answer, at the moment. Nothing is lost: \
         the figures come from the chain.";
    NotIndexed = "not-indexed", SERVICE_UNAVAILABLE, "Nothing is indexed yet",
        "The indexer has not recorded the network's initialisation yet, so that no figure has a meaning.";
    RpcUnavailable = "rpc-unavailable", SERVICE_UNAVAILABLE, "The chain is unreachable",
        "The Solana RPC node that transactions are built from cannot be reached at the moment. Figures are \
         not affected.";
    Timeout = "timeout", SERVICE_UNAVAILABLE, "The answer took too long",
        "The request was given up after the service's time limit. Ask for a shorter range or a smaller page.";
    TooMany = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests",
        "Each reader may ask so often, and hold so many streams and exports, by its key or its address. The header \
         Retry-After says when to ask again; a stream (/v1/events/stream) and exports (/v1/exports) spare many requests.";
    ForbiddenOrigin = "forbidden-origin", FORBIDDEN, "Not from this origin",
        "The path is for programs. What a web page of another origin asks it is refused, and what comes by a host name that is \
         not this service's, so that no page can reach a service that only its visitor can. Who runs the service may let \
         origins and hosts in (mcp_origins, mcp_hosts).";
    UnknownKey = "unknown-key", UNAUTHORIZED, "Unknown key",
        "Nothing here needs a key; one only raises how often its holder may ask. The one given is none of this service's.";
    Busy = "busy", SERVICE_UNAVAILABLE, "Too much at once",
        "This service does only so many of these at a time, so that one reader's exports or streams take nothing from \
         another's. Try again when the header Retry-After says.";
    NotReady = "not-ready", SERVICE_UNAVAILABLE, "Not ready",
        "The service runs, but its figures should not be relied on now; the checks say why.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something failed on our side",
        "The service could not answer. Nothing was changed. Quote the reference when you report it.";
}

/// An error answer. Becomes `application/problem+json`.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind it is.
    pub kind: Kind,
    /// One sentence: what was wrong, which value, what to do.
    pub detail: String,
}

/// The result of every handler.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    /// A problem of a kind, with its sentence.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// Something that should not happen: logged with its cause, answered without it.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(Kind::Internal, "The request could not be answered because of a fault on our side.")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.title(), self.detail)
    }
}

impl std::error::Error for Problem {}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        const QUERY_CANCELED: &str = "57014";
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default();
        let lost = matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::Protocol(_)
        );
        if code == QUERY_CANCELED {
            tracing::warn!(%error, "a query exceeded the statement timeout");
            return Self::new(
                Kind::Timeout,
                "The query took too long; ask for a shorter range or a smaller page.",
            );
        }
        // Class 40, transaction rollback: a standby gives up reads of rows that the primary has removed.
        if code.starts_with("40") {
            tracing::warn!(%error, "the database gave a read up");
            return Self::new(
                Kind::DatabaseUnavailable,
                "The database gave this read up in favour of newer data; try again in a few seconds.",
            );
        }
        // Undefined table or column: an indexer of this version has not made them yet.
        if ["42P01", "42703"].contains(&code.as_ref()) {
            tracing::warn!(%error, "the database's tables are not the ones that this version reads");
            return Self::new(
                Kind::NotIndexed,
                "The database does not have the tables that this version reads yet; start the indexer, or update both.",
            );
        }
        // Classes 08 (connection), 28 and 3D (no access, no such database), 53 (too many connections),
        // 57 (shutting down): the database is there for nobody, whatever was asked.
        if lost || ["08", "28", "3D", "53", "57"].iter().any(|class| code.starts_with(class)) {
            tracing::warn!(%error, "the database is unavailable");
            return Self::new(
                Kind::DatabaseUnavailable,
                "The database with the figures cannot be reached at the moment; try again in a few seconds.",
            );
        }
        Self::internal(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        if [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&self.kind.status()) {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Identifies the kind of problem; a path of this service that explains it.
    #[serde(rename = "type")]
    #[schema(example = "/problems/unknown-parameter")]
    pub kind: String,
    /// The kind in a few words.
    #[schema(example = "Unknown query parameter")]
    pub title: &'static str,
    /// The HTTP status code.
    #[schema(example = 400)]
    pub status: u16,
    /// What was wrong with this request, which value, what to do.
    pub detail: String,
    /// Path and query of the request.
    #[schema(example = "/v1/revenue?intervall=day")]
    pub instance: String,
    /// Names this request in the service's log; quote it when reporting.
    #[schema(example = "5f0c9a6be1d24c37")]
    pub reference: String,
    /// The detail again, where wallets look for it (Solana Actions).
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_an_error_with_a_page_of_its_own() {
        let slugs: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
        assert_eq!(slugs.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!(kind.status().is_client_error() || kind.status().is_server_error());
            assert!(kind.about().ends_with('.'), "{}", kind.slug());
        }
    }

    #[test]
    fn what_failed_inside_stays_inside() {
        let problem = Problem::from(sqlx::Error::ColumnNotFound("secret_column".into()));
        assert_eq!(problem.kind, Kind::Internal);
        assert!(!problem.detail.contains("secret_column"));
    }

    #[test]
    fn a_lost_database_is_no_internal_error() {
        assert_eq!(Problem::from(sqlx::Error::PoolTimedOut).kind, Kind::DatabaseUnavailable);
    }
}
