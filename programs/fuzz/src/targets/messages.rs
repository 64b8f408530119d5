//! Everything that a meter signs: statements of absence, batches, receipts. What parses is written back
//! byte for byte, a digest or domain that differs in a bit is refused, and no bytes are two of the three,
//! so that a signature given for one is never worth anything as another.

use crate::input::Input;
use settlement_interface::Address;
use settlement_interface::absence::{self, Absence};
use settlement_interface::batch;
use settlement_interface::receipt::Receipt;

/// See the module.
pub fn run(data: &[u8]) {
    let statement = Absence::parse(data);
    if let Some(statement) = statement {
        assert_eq!(statement.encode(), data);
    }
    let tagged = data.len() == absence::LEN && data.starts_with(absence::TAG);
    assert_eq!(statement.is_some(), tagged);
    let in_batch = data.get(16..48).and_then(|domain| domain.try_into().ok()).is_some_and(|domain| {
        let digest = data.get(48..80).and_then(|digest| digest.try_into().ok()).unwrap_or([0; 32]);
        batch::is_signed(data, &domain, &digest)
    });
    assert_eq!(in_batch, data.len() == batch::LEN && data.starts_with(batch::TAG));
    let kinds = [statement.is_some(), in_batch, Receipt::parse(data).is_some()];
    assert!(kinds.iter().filter(|kind| **kind).count() <= 1, "one message, two meanings");

    let mut input = Input::new(data);
    let written = Absence {
        domain: input.bytes(),
        job: Address::new_from_array(input.bytes()),
        opened_at: input.i64(),
        from: input.i64(),
        to: input.i64(),
    };
    assert_eq!(Absence::parse(&written.encode()), Some(written));
    batches(&mut input, &written.domain);
}

/// A batch is signed for its own entries, time and domain and for no others.
fn batches(input: &mut Input, domain: &[u8; 32]) {
    let through = input.i64();
    let count = input.u8() % 5;
    let entries: Vec<(Address, i64, u64)> = (0..count)
        .map(|_| (Address::new_from_array(input.bytes()), input.i64(), input.u64()))
        .collect();
    let message = batch::message(domain, &entries, through);
    assert_eq!(message.len(), batch::LEN);
    let digest: [u8; 32] = message[48..].try_into().unwrap();
    assert!(batch::is_signed(&message, domain, &digest));
    assert_eq!(digest, hashed(&entries, through), "the root is not that of the documented tree");
    let (bit, byte) = (1 << (input.u8() % 8), usize::from(input.u8()) % batch::LEN);
    let mut other = message.clone();
    other[byte] ^= bit;
    assert!(!batch::is_signed(&other, domain, &digest));
    assert!(!batch::is_signed(&message[..79], domain, &digest));
    assert_eq!((Absence::parse(&message), Receipt::parse(&message)), (None, None));
}

/// The root over the entries as `batch.rs` documents it, written out here by hand.
fn hashed(entries: &[(Address, i64, u64)], through: i64) -> [u8; 32] {
    use sha2::Digest;
    let leaf = |(job, opened_at, units): &(Address, i64, u64)| {
        let numbers = [opened_at.to_le_bytes(), units.to_le_bytes(), through.to_le_bytes()].concat();
        sha2::Sha256::digest([&[0], job.as_ref(), &numbers].concat()).to_vec()
    };
    let mut level: Vec<Vec<u8>> = entries.iter().map(leaf).collect();
    while level.len() > 1 {
        let above = level.chunks(2).map(|pair| {
            let mut sorted = pair.to_vec();
            sorted.sort();
            if sorted.len() == 1 { sorted.concat() } else { sha2::Sha256::digest([&[1], sorted.concat().as_slice()].concat()).to_vec() }
        });
        level = above.collect();
    }
    level.pop().and_then(|root| root.try_into().ok()).unwrap_or([0; 32])
}

/// One of each kind and a byte around each length.
pub fn seeds() -> Vec<Vec<u8>> {
    let tagged = |tag: &[u8], length: usize| {
        let mut seed = tag.to_vec();
        seed.resize(length, 7);
        seed
    };
    vec![
        tagged(absence::TAG, 104),
        tagged(absence::TAG, 103),
        tagged(absence::TAG, 88),
        tagged(batch::TAG, 80),
        tagged(batch::TAG, 88),
        tagged(batch::TAG, 81),
        tagged(&[], 124),
        tagged(&[], 300),
    ]
}
