//! A service over a database of its own, asked in process.

pub mod agent;
pub mod document;
pub mod market;
pub mod node;

use api::config::Settings;
use api::front::Front;
use api::state::App;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use document::Document;
use http_body_util::BodyExt;
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;
use tower::ServiceExt;

static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::new);

/// A service with its database.
pub struct Service {
    front: Front,
    pub database: String,
}

/// What it answered.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    /// Null if it is no JSON.
    pub json: Value,
}

/// Longest that a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks again and again until there is an answer.
pub async fn eventually<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            match ask().await {
                Some(answer) => return answer,
                None => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("it did not happen in time")
}

/// A session that holds the jobs for itself, until its transaction ends.
pub async fn lock_jobs(database: &str) -> PgConnection {
    let mut session = PgConnection::connect(database).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE jobs").execute(&mut session).await.unwrap();
    session
}

/// Waits until a statement in this database waits for a lock.
pub async fn until_locked_out(database: &str) {
    until_locks_are_waited_for(database, true).await;
}

/// Waits until none does.
pub async fn until_nobody_is_locked_out(database: &str) {
    until_locks_are_waited_for(database, false).await;
}

async fn until_locks_are_waited_for(database: &str, wanted: bool) {
    let mut session = PgConnection::connect(database).await.unwrap();
    eventually(async || {
        let query = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database =
                        (SELECT oid FROM pg_database WHERE datname = current_database()))";
        let waits: bool = sqlx::query_scalar(query).fetch_one(&mut session).await.unwrap();
        (waits == wanted).then_some(())
    })
    .await;
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that this is a problem of a kind, and returns its detail.
    pub fn problem(&self, slug: &str) -> &str {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.json["type"], format!("/problems/{slug}"), "{self:?}");
        assert_eq!(self.json["status"], self.status.as_u16());
        assert_eq!(self.json["message"], self.json["detail"]);
        assert_eq!(self.header("cache-control"), "no-store");
        self.json["detail"].as_str().unwrap()
    }
}

impl Service {
    /// Over the market.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// Over the market, with further settings.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let database = test_postgres::shared().unwrap().database().unwrap();
        test_postgres::shared().unwrap().sql(&database, &market::sql()).unwrap();
        Self::over(database, settings)
    }

    /// Over tables without a row.
    pub fn empty() -> Self {
        Self::over(test_postgres::shared().unwrap().database().unwrap(), &[])
    }

    /// With these routes alone, over tables without a row.
    pub fn of(routes: Router<App>) -> Self {
        let database = test_postgres::shared().unwrap().database().unwrap();
        let front = api::router::layered(routes, Self::app(&database, &[]));
        Self { front, database }
    }

    /// Over any database.
    pub fn over(database: String, settings: &[(&str, &str)]) -> Self {
        let front = api::router::build(Self::app(&database, settings));
        Self { front, database }
    }

    fn app(database: &str, settings: &[(&str, &str)]) -> App {
        let all = [
            ("DATABASE_URL", database),
            ("CURSOR_SECRET", "a secret of more than 32 characters"),
            // Tests change tables without saying so.
            ("ANSWER_MEMORY_BYTES", "0"),
        ];
        let environment = all.iter().chain(settings);
        let environment = environment.map(|(name, value)| (format!("TALLY_API_{name}"), (*value).to_owned()));
        let settings = Settings::load(None, environment).unwrap();
        App::new(settings, "http://tally.test".to_owned()).unwrap()
    }

    /// Serves on a free port until the test ends; its URL.
    pub async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = axum::ServiceExt::<Request<Body>>::into_make_service_with_connect_info::<SocketAddr>(
            self.front.clone(),
        );
        tokio::spawn(async move { axum::serve(listener, service).await });
        url
    }

    /// Changes the database behind the service.
    pub fn sql(&self, sql: &str) {
        test_postgres::shared().unwrap().sql(&self.database, sql).unwrap();
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path, &[], None).await
    }

    /// The `data` of an answer that succeeds.
    pub async fn data(&self, path: &str) -> Value {
        let reply = self.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
        reply.json["data"].clone()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.request(Method::POST, path, &[("content-type", "application/json")], Some(body.to_string()))
            .await
    }

    /// Asks, and holds the answer against the OpenAPI document.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Reply {
        let mut request = Request::builder().method(method.clone()).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.unwrap_or_default())).unwrap();
        let response = self.front.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap_or_default();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        let reply = Reply { status: parts.status, headers: parts.headers, text, json };
        DOCUMENT.check(&method, path, &reply);
        reply
    }

    /// Headers and bytes of an answer that succeeds.
    pub async fn bytes(&self, path: &str) -> (HeaderMap, Vec<u8>) {
        let response = self.open(path, &[]).await;
        let (parts, body) = response.into_parts();
        assert_eq!(parts.status, StatusCode::OK, "{path}");
        (parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
    }

    /// An answer whose body has not been read.
    pub async fn open(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.front.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    /// Follows `next` from a first page to the last; all items, and how many pages there were.
    pub async fn walk(&self, path: &str) -> (Vec<Value>, usize) {
        self.walk_on(path, None).await
    }

    /// Follows `next` from the page behind a cursor to the last.
    pub async fn walk_on(&self, path: &str, next: Option<&str>) -> (Vec<Value>, usize) {
        let (mut items, mut pages) = (Vec::new(), 0);
        let mut cursor = next.map_or_else(String::new, |next| format!("&cursor={next}"));
        loop {
            let reply = self.get(&format!("{path}{cursor}")).await;
            assert_eq!(reply.status, StatusCode::OK, "{path}{cursor}: {}", reply.text);
            items.extend(reply.json["items"].as_array().unwrap().iter().cloned());
            pages += 1;
            match reply.json["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return (items, pages),
            }
        }
    }
}
