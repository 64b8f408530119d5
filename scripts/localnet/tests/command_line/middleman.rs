//! A node's address that misbehaves once a transaction is sent through it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

/// What it does with the first transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// The node gets it; the answer never comes.
    PassOnAndHang,
    /// The node never gets it, and no answer comes.
    SwallowAndHang,
    /// The node gets it; from then on nothing is answered any more.
    PassOnAndVanish,
}

/// It listens until the test ends.
pub struct Middleman {
    url: String,
    sent: Receiver<()>,
}

struct Shared {
    node: String,
    manner: Manner,
    vanished: AtomicBool,
    tell: Sender<()>,
}

impl Middleman {
    /// Listens in front of the node.
    pub fn start(node: &str, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, sent) = channel();
        let shared =
            Arc::new(Shared { node: node.to_owned(), manner, vanished: AtomicBool::new(false), tell });
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = shared.clone();
                // A client that goes away ends its own connection alone.
                std::thread::spawn(move || serve(&stream.unwrap(), &shared));
            }
        });
        Self { url, sent }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Says when a transaction has come by.
    pub fn sent(&self) -> &Receiver<()> {
        &self.sent
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> Option<()> {
    let client = reqwest::blocking::Client::new();
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let body = request(&mut reader)?;
        if shared.vanished.load(Ordering::SeqCst) {
            return None;
        }
        let sends = body.contains("\"sendTransaction\"");
        if sends && shared.manner == Manner::SwallowAndHang {
            shared.tell.send(()).ok()?;
            request(&mut reader)?;
            return None;
        }
        let post = client.post(&shared.node).header("content-type", "application/json").body(body);
        let answer = post.send().ok()?.text().ok()?;
        if sends {
            shared.vanished.store(shared.manner == Manner::PassOnAndVanish, Ordering::SeqCst);
            shared.tell.send(()).ok()?;
            if shared.manner == Manner::PassOnAndHang {
                request(&mut reader)?;
            }
            return None;
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        let mut writer = stream;
        writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(answer.as_bytes())).ok()?;
    }
}

/// The body of the next request; `None` if the client has gone.
fn request(reader: &mut impl BufRead) -> Option<String> {
    let mut length = 0usize;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}
