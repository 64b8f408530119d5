//! `scripts/verify-program` against a node that answers as Solana's do.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "tests: a failed expectation is a failed test"
)]

use settlement_interface::Address;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};

const PROGRAM: Address = Address::new_from_array([7; 32]);
/// Begins with zeros, as some addresses do.
const DATA: Address = Address::new_from_array({
    let mut bytes = [9; 32];
    (bytes[0], bytes[1]) = (0, 0);
    bytes
});
const AUTHORITY: Address = Address::new_from_array([3; 32]);

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encode = |chunk: &[u8]| {
        let word = chunk.iter().chain(&[0, 0]).take(3).fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        let digit = |place: usize| match place <= chunk.len() {
            true => char::from(ALPHABET[(word >> (18 - 6 * place) & 63) as usize]),
            false => '=',
        };
        (0..4).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(encode).collect()
}

/// What a node says of these accounts, and of no other.
fn answer(request: &str, accounts: &[(Address, Vec<u8>)]) -> String {
    let asked = accounts.iter().find(|(address, _)| request.contains(&format!("\"{address}\"")));
    let value = match asked {
        Some((_, data)) => format!(
            r#"{{"data":["{}","base64"],"executable":true,"lamports":1,"owner":"x","space":{}}}"#,
            base64(data),
            data.len()
        ),
        None => "null".into(),
    };
    format!(r#"{{"jsonrpc":"2.0","result":{{"context":{{"slot":5}},"value":{value}}},"id":1}}"#)
}

fn serve(mut stream: TcpStream, accounts: &[(Address, Vec<u8>)]) -> std::io::Result<()> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    let complete = |request: &[u8]| {
        let text = String::from_utf8_lossy(request).to_lowercase();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.split("content-length: ").nth(1)?.lines().next()?.trim().parse::<usize>().ok()?;
        (body.len() >= length).then_some(())
    };
    while complete(&request).is_none() {
        let read = stream.read(&mut buffer)?;
        request.extend_from_slice(&buffer[..read]);
    }
    let body = answer(&String::from_utf8_lossy(&request), accounts);
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// Accounts as the upgradeable loader has them, and what the script says of them and of a build.
fn verify(authority: Option<Address>, deployed: &[u8], built: &[u8]) -> (bool, String) {
    let mut data = vec![3, 0, 0, 0];
    data.extend_from_slice(&258u64.to_le_bytes());
    data.push(u8::from(authority.is_some()));
    data.extend_from_slice(authority.unwrap_or_default().as_ref());
    data.extend_from_slice(deployed);
    let program = [&[2, 0, 0, 0], DATA.as_ref()].concat();
    run(vec![(PROGRAM, program), (DATA, data)], &PROGRAM, built)
}

fn run(accounts: Vec<(Address, Vec<u8>)>, program: &Address, built: &[u8]) -> (bool, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Ends with the test.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = serve(stream, &accounts);
        }
    });
    let file = std::env::temp_dir().join(format!(
        "tally-{}-{}",
        std::process::id(),
        url.rsplit(':').next().unwrap()
    ));
    std::fs::write(&file, built).unwrap();
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scripts/verify-program");
    let Output { status, stdout, stderr } =
        Command::new(script).args([url, program.to_string()]).arg(&file).output().unwrap();
    std::fs::remove_file(file).unwrap();
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

/// A program that ends with zeros of its own.
fn program() -> Vec<u8> {
    (0..100_003u32).map(|n| if n > 99_990 { 0 } else { u8::try_from(n % 251).unwrap() }).collect()
}

#[test]
fn the_same_program_is_recognised_behind_its_header_and_before_its_reserve() {
    let reserved = [program(), vec![0; 5_000]].concat();
    for deployed in [program(), reserved] {
        let (same, said) = verify(Some(AUTHORITY), &deployed, &program());
        assert!(same, "{said}");
        assert!(said.contains("deployed in slot  258\n") && said.ends_with("the same\n"), "{said}");
        assert!(said.contains(&format!("replaceable by    {AUTHORITY}\n")), "{said}");
    }
    let (same, said) = verify(None, &program(), &program());
    assert!(same && said.contains("replaceable by    nobody\n"), "{said}");
}

#[test]
fn another_program_a_shorter_or_a_longer_one_is_not_the_same() {
    let mut other = program();
    other[50_000] ^= 1;
    let longer = [program(), vec![0, 0, 1]].concat();
    for deployed in [other, program()[..90_000].to_vec(), longer] {
        let (same, said) = verify(Some(AUTHORITY), &deployed, &program());
        assert!(!same && !said.contains("the same"), "{said}");
    }
}

#[test]
fn what_is_no_program_is_said_to_be_none() {
    let (same, said) = run(vec![], &PROGRAM, &program());
    assert!(!same && said.contains("there is no account"), "{said}");
    let (same, said) = run(vec![(PROGRAM, vec![1; 36])], &PROGRAM, &program());
    assert!(!same && said.contains("not a program of the upgradeable loader"), "{said}");
    let pointer = [&[2, 0, 0, 0], DATA.as_ref()].concat();
    let (same, said) = run(vec![(PROGRAM, pointer), (DATA, vec![1; 50])], &PROGRAM, &program());
    assert!(!same && said.contains("names no program data"), "{said}");
}
