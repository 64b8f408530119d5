//! What a request takes when nothing is done but to answer it: one route of the same framework, in a process of its
//! own, with the headers and as many bytes as the API's answer.

use super::http::Reply;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::get;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What the server below HTTP's meaning adds by itself.
const OWN: [&str; 4] = ["connection", "content-length", "date", "transfer-encoding"];

/// The process; it ends with the value.
pub struct Bare {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Bare {
    /// Starts it with an answer as the API gave it, in a file.
    pub fn start(answer: &Path) -> Self {
        let itself = std::env::current_exe().unwrap();
        let mut child = Command::new(itself).arg("bare").arg(answer).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().to_owned() }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves the answer in a file at every path, on a free port that it says.
pub async fn serve(answer: &Path) {
    let reply = Reply::parse(&std::fs::read(answer).unwrap());
    let status = StatusCode::from_u16(reply.status).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in &reply.headers {
        if !OWN.contains(&name.as_str()) {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
    }
    let body = Bytes::from(reply.body);
    let route = get(move || {
        let answer = (status, headers.clone(), body.clone());
        async move { answer }
    });
    let router: Router = Router::new().route("/{*path}", route);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    axum::serve(listener, router).await.unwrap();
}
