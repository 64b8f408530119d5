//! Thousands of listeners to the stream of events: what they take, and how soon all have what is new.

use super::database::Database;
use super::http::{self, Chunks};
use super::service::Service;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// As many as the service takes if nothing is said.
pub const LISTENERS: usize = 5_000;
/// Events of one commit.
pub const BURST: i64 = 100;
/// Listeners that connect at once.
const AT_ONCE: usize = 64;
/// Bytes that one reads at once.
const ROOM: usize = 8 << 10;
/// Longest that all of them are waited for.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Figures {
    pub idle_kib: u64,
    pub listening_kib: u64,
    /// While a burst reaches all.
    pub peak_kib: u64,
    pub after_kib: u64,
    /// Until the last one was answered.
    pub joined: Duration,
    /// From the commit of one event until all have it.
    pub one: Duration,
    /// From the commit of a burst until all have its last event.
    pub burst: Duration,
}

/// So many events, and how many listeners do not have them yet.
struct Mark {
    events: i64,
    missing: AtomicUsize,
    all: Notify,
}

impl Mark {
    fn new(events: i64) -> Self {
        Self { events, missing: AtomicUsize::new(LISTENERS), all: Notify::new() }
    }

    /// One more has them.
    fn reached(&self) {
        if self.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.all.notify_one();
        }
    }

    /// Until all have them.
    async fn by_all(&self) {
        let waiting = tokio::time::timeout(PATIENCE, self.all.notified()).await;
        let missing = || self.missing.load(Ordering::Acquire);
        assert!(waiting.is_ok(), "{} listeners did not get {} events in time", missing(), self.events);
    }
}

pub async fn measure(database: &mut Database) -> Figures {
    let service = Service::start(&database.url, &[]);
    http::get(&service.address, "/v1/events?limit=200", &[]);
    let idle_kib = service.resident_kib();

    // Connected; one event, which shows that all have begun; another one; a burst.
    let marks = Arc::new([0, 1, 2, 2 + BURST].map(Mark::new));
    let [connected, begun, one, burst] = &*marks;
    let door = Arc::new(Semaphore::new(AT_ONCE));
    let started = Instant::now();
    for _ in 0..LISTENERS {
        let turn = door.clone().acquire_owned().await.unwrap();
        tokio::spawn(listen(service.address.clone(), marks.clone(), turn));
    }
    connected.by_all().await;
    let joined = started.elapsed();
    database.add(1).await;
    begun.by_all().await;
    let listening_kib = service.resident_kib();
    eprintln!("{LISTENERS} listeners after {} ms", joined.as_millis());

    let committed = database.add(1).await;
    one.by_all().await;
    let one = committed.elapsed();
    service.forget_peak();
    let committed = database.add(BURST).await;
    burst.by_all().await;
    let burst = committed.elapsed();
    let (peak_kib, after_kib) = (service.peak_kib(), service.resident_kib());
    Figures { idle_kib, listening_kib, peak_kib, after_kib, joined, one, burst }
}

/// Listens until the service ends.
async fn listen(address: String, marks: Arc<[Mark; 4]>, turn: OwnedSemaphorePermit) {
    let stream = TcpStream::connect(&address).await.unwrap();
    let request = format!("GET /v1/events/stream HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.writable().await.unwrap();
    assert_eq!(stream.try_write(request.as_bytes()).unwrap(), request.len());
    let mut turn = Some(turn);
    let mut marks = marks.iter().peekable();
    let (mut head, mut chunks, mut events) = (Vec::new(), Chunks::default(), 0);
    let mut room = vec![0; ROOM];
    loop {
        let Ok(read) = read(&stream, &mut room).await else { return };
        let mut body = &room[..read];
        if turn.is_some() {
            head.extend_from_slice(body);
            let Some(end) = http::end_of_head(&head) else { continue };
            assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
            body = &head[end..];
            turn = None;
        }
        // An event is a chunk that begins with its id; what only keeps the connection begins with a colon.
        chunks.take(body, |first| events += i64::from(first == b'i'));
        while let Some(mark) = marks.next_if(|mark| mark.events <= events) {
            mark.reached();
        }
    }
}

/// What has come; an error once the service has ended.
async fn read(stream: &TcpStream, room: &mut [u8]) -> std::io::Result<usize> {
    loop {
        stream.readable().await?;
        match stream.try_read(room) {
            Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
}
