//! A connection of the command line to a node over the VM.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use tests::World;
use tests::rpc::{Sent, answer};

/// Reads one question, and answers it; false if the connection is closed without one.
pub fn serve(world: &mut World, sent: &mut Sent, mut stream: TcpStream) -> bool {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 {
            return false;
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(bytes) = line.strip_prefix("content-length:") {
            length = bytes.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request: Value = serde_json::from_slice(&body).unwrap();
    let result = answer(world, sent, request["method"].as_str().unwrap(), &request["params"]);
    let mut reply = json!({ "jsonrpc": "2.0", "id": request["id"] });
    match result {
        Ok(result) => reply["result"] = result,
        Err(error) => reply["error"] = error,
    }
    let reply = reply.to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{reply}", reply.len()).unwrap();
    true
}
