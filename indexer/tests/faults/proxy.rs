//! Stands between an indexer and PostgreSQL, counts what commits, and holds one commit.
//!
//! It knows of PostgreSQL's protocol where a message ends, which statement it is about, and whether the session is
//! in a transaction.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Which side of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The server never hears of it.
    Before,
    /// The server has committed, and the indexer never hears of it.
    After,
}

/// What all connections share.
struct Shared {
    socket: PathBuf,
    at: u64,
    moment: Moment,
    commits: AtomicU64,
    reached: Notify,
}

/// A running proxy; its connections end when it is dropped.
pub struct Proxy {
    pub url: String,
    shared: Arc<Shared>,
    _connections: JoinSet<()>,
}

impl Proxy {
    /// In front of the database at `url`, to hold its commit number `at`.
    pub async fn start(url: &str, at: u64, moment: Moment) -> Self {
        let (name, folder) = url.rsplit_once('/').map(|_| url.split_once("?host=").unwrap()).unwrap();
        let name = name.rsplit('/').next().unwrap();
        let socket = PathBuf::from(folder).join(".s.PGSQL.5432");
        let shared = Shared { socket, at, moment, commits: AtomicU64::new(0), reached: Notify::new() };
        let (shared, mut connections) = (Arc::new(shared), JoinSet::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepting = shared.clone();
        connections.spawn(async move {
            let mut each = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                each.spawn(pass_on(client, accepting.clone()));
            }
        });
        let url = format!("postgres://tally@127.0.0.1:{port}/{name}?sslmode=disable");
        Self { url, shared, _connections: connections }
    }

    /// Waits until it holds the commit.
    pub async fn holds(&self) {
        self.shared.reached.notified().await;
    }
}

/// One connection, both ways.
async fn pass_on(client: TcpStream, shared: Arc<Shared>) {
    let Ok(server) = UnixStream::connect(&shared.socket).await else { return };
    let session = Session { shared, is_held: AtomicBool::new(false), status: AtomicU8::new(0) };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    // An error is the end of the connection, on either side.
    let _ = tokio::select! {
        ended = session.ask(&mut from_client, &mut to_server) => ended,
        ended = session.answer(&mut from_server, &mut to_client) => ended,
    };
}

/// What is known of a connection.
struct Session {
    shared: Arc<Shared>,
    /// Whether the next answer is the one to hold.
    is_held: AtomicBool,
    /// As the server last said it: `I` outside of a transaction.
    status: AtomicU8,
}

impl Session {
    async fn ask(
        &self,
        client: &mut (impl AsyncRead + Unpin),
        server: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        // The first message alone has no letter.
        let length = client.read_u32().await?;
        server.write_u32(length).await?;
        server.write_all(&rest(client, length).await?).await?;
        let (mut statements, mut current) = (HashMap::new(), String::new());
        loop {
            let (letter, body) = message(client).await?;
            let mut texts =
                body.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
            let mut next = || texts.next().unwrap_or_default();
            match letter {
                b'P' => {
                    statements.insert(next(), next());
                }
                b'B' => {
                    let _portal = next();
                    current = statements.get(&next()).cloned().unwrap_or_default();
                }
                b'Q' => current = next(),
                _ => {}
            }
            if matches!(letter, b'Q' | b'S') && self.commits(&current) {
                current.clear();
                let number = self.shared.commits.fetch_add(1, Ordering::SeqCst) + 1;
                if number == self.shared.at {
                    if self.shared.moment == Moment::Before {
                        self.shared.reached.notify_one();
                        return std::future::pending().await;
                    }
                    self.is_held.store(true, Ordering::SeqCst);
                }
            }
            send(server, letter, &body).await?;
        }
    }

    async fn answer(
        &self,
        server: &mut (impl AsyncRead + Unpin),
        client: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        loop {
            let (letter, body) = message(server).await?;
            if self.is_held.load(Ordering::SeqCst) {
                if letter == b'Z' {
                    self.shared.reached.notify_one();
                }
                continue;
            }
            if letter == b'Z' {
                self.status.store(body[0], Ordering::SeqCst);
            }
            send(client, letter, &body).await?;
        }
    }

    /// Whether a statement commits: a transaction, or, outside of one, what it writes by itself.
    fn commits(&self, statement: &str) -> bool {
        const WRITES: [&str; 6] = ["INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP"];
        let word = statement.split_whitespace().next().unwrap_or_default().to_uppercase();
        let is_alone = self.status.load(Ordering::SeqCst) == b'I';
        word == "COMMIT" || is_alone && WRITES.contains(&&*word)
    }
}

/// A message's letter and what follows its length.
async fn message(from: &mut (impl AsyncRead + Unpin)) -> io::Result<(u8, Vec<u8>)> {
    let letter = from.read_u8().await?;
    let length = from.read_u32().await?;
    Ok((letter, rest(from, length).await?))
}

/// What is left of a message whose length counts itself.
async fn rest(from: &mut (impl AsyncRead + Unpin), length: u32) -> io::Result<Vec<u8>> {
    let mut body = vec![0; length as usize - 4];
    from.read_exact(&mut body).await?;
    Ok(body)
}

async fn send(to: &mut (impl AsyncWrite + Unpin), letter: u8, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len() + 4).unwrap();
    to.write_all(&[&[letter], length.to_be_bytes().as_slice(), body].concat()).await
}
