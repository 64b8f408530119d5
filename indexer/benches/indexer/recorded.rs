//! Blocks in a file, written and read one at a time: what a block holds of the program's, and nothing else. It
//! knows neither the indexer's types nor anyone else's, so that both can be fed with the same file.
#![allow(dead_code, reason = "one writes, another reads")]

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

/// A block with the transactions in it.
pub struct Recorded {
    pub slot: u64,
    pub time: i64,
    /// Base58.
    pub blockhash: String,
    pub transactions: Vec<Sent>,
}

/// A transaction that succeeded.
pub struct Sent {
    /// Base58.
    pub signature: String,
    /// The program's instructions, each as the data of the events that it emitted, in their order. Before each
    /// event it called the token program.
    pub instructions: Vec<Vec<Vec<u8>>>,
}

/// Appends a block.
pub fn write(out: &mut impl Write, block: &Recorded) {
    number(out, block.slot);
    number(out, block.time.cast_unsigned());
    bytes(out, block.blockhash.as_bytes());
    number(out, block.transactions.len() as u64);
    for transaction in &block.transactions {
        bytes(out, transaction.signature.as_bytes());
        number(out, transaction.instructions.len() as u64);
        for events in &transaction.instructions {
            number(out, events.len() as u64);
            events.iter().for_each(|data| bytes(out, data));
        }
    }
}

fn number(out: &mut impl Write, value: u64) {
    out.write_all(&value.to_le_bytes()).unwrap();
}

fn bytes(out: &mut impl Write, value: &[u8]) {
    number(out, value.len() as u64);
    out.write_all(value).unwrap();
}

/// The blocks of a file.
pub struct Reader(BufReader<File>);

impl Reader {
    pub fn open(file: &Path) -> Self {
        Self(BufReader::with_capacity(1 << 20, File::open(file).unwrap()))
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = [0; 8];
        self.0.read_exact(&mut value).ok()?;
        Some(u64::from_le_bytes(value))
    }

    fn bytes(&mut self) -> Vec<u8> {
        let mut value = vec![0; self.number().unwrap() as usize];
        self.0.read_exact(&mut value).unwrap();
        value
    }

    fn text(&mut self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> T) -> Vec<T> {
        let count = self.number().unwrap();
        (0..count).map(|_| one(self)).collect()
    }
}

impl Iterator for Reader {
    type Item = Recorded;

    fn next(&mut self) -> Option<Recorded> {
        let slot = self.number()?;
        let time = self.number().unwrap().cast_signed();
        let blockhash = self.text();
        let transactions = self.list(|file| Sent {
            signature: file.text(),
            instructions: file.list(|file| file.list(Self::bytes)),
        });
        Some(Recorded { slot, time, blockhash, transactions })
    }
}
