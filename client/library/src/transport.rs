//! The way to a node: no further than the address that was given, and no more of an answer than can be kept.

use async_trait::async_trait;
use http::Extensions;
use reqwest::redirect::Policy;
use reqwest::{Client, Request, Response};
use reqwest_middleware::{ClientBuilder, Error, Middleware, Next, Result};
use solana_rpc_client::http_sender::HttpSender;
use std::time::Duration;

/// Bytes of an answer that are read. The largest that is asked for, all accounts of one kind, are some thousands of 1 KB.
pub const MOST: usize = 1 << 24;

/// Why an answer is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Larger than [`MOST`].
    #[error("the answer has more than {MOST} bytes")]
    Large,
    /// It names another address.
    #[error("the answer leads to another address, which is not followed; state the address that answers")]
    Redirect,
}

struct Bounded;

#[async_trait]
impl Middleware for Bounded {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let mut response = next.run(request, extensions).await?;
        // The sender takes whatever is no success for an error, which a redirect is not.
        if response.status().is_redirection() {
            return Err(Error::middleware(Refused::Redirect));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len().saturating_add(chunk.len()) > MOST {
                return Err(Error::middleware(Refused::Large));
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = http::Response::new(body);
        *whole.status_mut() = response.status();
        *whole.headers_mut() = std::mem::take(response.headers_mut());
        Ok(whole.into())
    }
}

/// Sends to this URL and waits so long for an answer.
pub fn sender(url: String, timeout: Duration) -> HttpSender {
    let client = Client::builder()
        .default_headers(HttpSender::default_headers())
        .timeout(timeout)
        .pool_idle_timeout(timeout)
        .redirect(Policy::none())
        .build();
    #[expect(clippy::expect_used, reason = "nothing that could be wrong, such as a certificate, is set")]
    let client = client.expect("a client of these settings can be built");
    HttpSender::new_with_client_with_middleware(url, ClientBuilder::new(client).with(Bounded).build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Rpc;
    use solana_commitment_config::CommitmentConfig;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    /// A node of which every connection is answered so; its address.
    async fn node<F: Future<Output = ()> + Send>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked).await.unwrap();
                answer(stream).await;
            }
        });
        format!("http://{address}")
    }

    async fn asked(url: String) -> String {
        let rpc = Rpc::new(url, Duration::from_secs(20), CommitmentConfig::confirmed());
        rpc.genesis_hash().await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn an_answer_without_end_is_given_up() {
        let (sent, mut count) = tokio::sync::mpsc::unbounded_channel();
        let url = node(move |mut stream| {
            let sent = sent.clone();
            async move {
                let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[";
                stream.write_all(head).await.unwrap();
                let (blanks, mut bytes) = (vec![b' '; 1 << 16], 0);
                while stream.write_all(&blanks).await.is_ok() {
                    bytes += blanks.len();
                }
                sent.send(bytes).unwrap();
            }
        })
        .await;
        let why = asked(url).await;
        assert!(why.contains("more than 16777216 bytes"), "{why}");
        let bytes = count.recv().await.unwrap();
        assert!(bytes < 4 * MOST, "{bytes}");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let (told, mut elsewhere) = tokio::sync::mpsc::unbounded_channel();
        let inner = node(move |_stream| {
            told.send(()).unwrap();
            std::future::ready(())
        })
        .await;
        for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
            let head = format!("HTTP/1.1 {status}\r\nlocation: {inner}/secret\r\ncontent-length: 0\r\n\r\n");
            let url = node(move |mut stream| {
                let head = head.clone();
                async move { stream.write_all(head.as_bytes()).await.unwrap() }
            })
            .await;
            let why = asked(url).await;
            assert!(why.contains("leads to another address"), "{why}");
        }
        assert!(elsewhere.try_recv().is_err(), "nothing was asked elsewhere");
    }
}
