//! A receipt's bytes: what parses is written back byte for byte, every field is where the table in
//! `receipt.rs` puts it, and no other length parses.

use crate::input::Input;
use settlement_interface::Address;
use settlement_interface::receipt::Receipt;

fn at<const N: usize>(data: &[u8], offset: usize) -> [u8; N] {
    data[offset..offset + N].try_into().unwrap()
}

/// See the module.
pub fn run(data: &[u8]) {
    let parsed = Receipt::parse(data);
    match (data.len(), parsed) {
        (88 | 124, Some(receipt)) => {
            assert_eq!(receipt.encode(), data);
            assert_eq!(receipt.domain, at::<32>(data, 0));
            assert_eq!(receipt.job, Address::new_from_array(at(data, 32)));
            assert_eq!(receipt.opened_at, i64::from_le_bytes(at(data, 64)));
            assert_eq!(receipt.units, u64::from_le_bytes(at(data, 72)));
            assert_eq!(receipt.through, i64::from_le_bytes(at(data, 80)));
            let commitment = (data.len() == 124).then(|| (at(data, 88), u32::from_le_bytes(at(data, 120))));
            assert_eq!(receipt.commitment, commitment);
        }
        (88 | 124, None) => panic!("a receipt of {} bytes is refused", data.len()),
        (_, parsed) => assert_eq!(parsed, None),
    }

    let mut input = Input::new(data);
    let receipt = Receipt {
        commitment: input.bool().then(|| (input.bytes(), input.u32())),
        domain: input.bytes(),
        job: Address::new_from_array(input.bytes()),
        opened_at: input.i64(),
        units: input.u64(),
        through: input.i64(),
    };
    assert_eq!(Receipt::parse(&receipt.encode()), Some(receipt));
}

/// Both forms, and one byte around each.
pub fn seeds() -> Vec<Vec<u8>> {
    [0, 87, 88, 89, 123, 124, 125].map(|length| (0..length).map(|i| i as u8).collect()).into()
}
