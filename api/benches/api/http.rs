//! As much of HTTP/1.1 as a benchmark needs of a client: an answer as it came, and bodies in chunks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// An answer.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// Of its bytes, whole and not in chunks.
    pub fn parse(bytes: &[u8]) -> Self {
        let end = end_of_head(bytes).expect("an HTTP answer");
        let head = str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { status, headers, body: bytes[end..].to_vec() }
    }

    pub fn header(&self, wanted: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str())
    }
}

/// Where the body begins.
pub fn end_of_head(bytes: &[u8]) -> Option<usize> {
    const END: &[u8] = b"\r\n\r\n";
    bytes.windows(END.len()).position(|window| window == END).map(|place| place + END.len())
}

/// Asks; the answer ends the connection.
fn asked(address: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// The bytes of an answer.
pub fn get(address: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    asked(address, path, headers).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Reads an answer in chunks to its end and keeps nothing; the bytes of its body.
pub fn drain(address: &str, path: &str) -> u64 {
    let mut stream = BufReader::with_capacity(1 << 18, asked(address, path, &[]));
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 200"), "{path}: {line}");
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).unwrap();
    }
    let mut chunks = Chunks::default();
    while !chunks.ended() {
        let read = stream.fill_buf().unwrap();
        assert!(!read.is_empty(), "{path} broke off after {} bytes", chunks.bytes);
        let length = read.len();
        chunks.take(read, |_| {});
        stream.consume(length);
    }
    chunks.bytes
}

/// Where in a body one is.
#[derive(Default, PartialEq, Eq)]
enum Within {
    #[default]
    Size,
    First,
    Rest,
    Break,
    End,
}

/// A body in chunks, taken apart as it comes. It looks at few of its bytes, so that a reader takes little of the
/// processor from the service.
#[derive(Default)]
pub struct Chunks {
    within: Within,
    /// Bytes of the chunk that are still to come.
    left: usize,
    /// Bytes of all chunks so far.
    pub bytes: u64,
}

impl Chunks {
    /// Takes more of the body and tells the first byte of each chunk that begins in it.
    pub fn take(&mut self, mut more: &[u8], mut begun: impl FnMut(u8)) {
        while let Some((first, rest)) = more.split_first() {
            match self.within {
                Within::Size => {
                    more = rest;
                    match first {
                        b'\n' if self.left == 0 => self.within = Within::End,
                        b'\n' => self.within = Within::First,
                        b'\r' => {}
                        digit => {
                            let digit = char::from(*digit).to_digit(16).expect("a chunk's size");
                            self.left = self.left * 16 + digit as usize;
                        }
                    }
                }
                Within::First => {
                    begun(*first);
                    self.within = Within::Rest;
                }
                Within::Rest => {
                    let length = self.left.min(more.len());
                    self.bytes += length as u64;
                    self.left -= length;
                    more = &more[length..];
                    if self.left == 0 {
                        self.within = Within::Break;
                    }
                }
                Within::Break => {
                    more = rest;
                    if *first == b'\n' {
                        self.within = Within::Size;
                    }
                }
                Within::End => return,
            }
        }
    }

    /// Whether the last chunk came.
    pub fn ended(&self) -> bool {
        self.within == Within::End
    }
}
