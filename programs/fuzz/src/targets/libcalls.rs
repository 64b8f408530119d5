//! The 128-bit arithmetic that the program is linked with, against this machine's.

use crate::input::Input;
use libcalls::{Wide, divide, divide_signed, multiply};

fn number(input: &mut Input) -> u128 {
    let shift = input.u8() % 128;
    let value = input.u128() >> shift;
    if input.bool() { value } else { value << (input.u8() % 128) }
}

fn both(pair: (Wide, Wide)) -> (u128, u128) {
    (pair.0.into(), pair.1.into())
}

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (n, d) = (number(&mut input), number(&mut input));
    assert_eq!(u128::from(multiply(n.into(), d.into())), n.wrapping_mul(d));
    if d == 0 {
        return;
    }
    assert_eq!(both(divide(n.into(), d.into())), (n / d, n % d));
    let (signed, by) = (n as i128, d as i128);
    let expected = (signed.wrapping_div(by) as u128, signed.wrapping_rem(by) as u128);
    assert_eq!(both(divide_signed(n.into(), d.into())), expected);
}

/// Long by short, short by long, and of one length.
pub fn seeds() -> Vec<Vec<u8>> {
    [(0u8, 100u8), (100, 0), (30, 40), (64, 64)]
        .map(|(first, second)| {
            let mut seed = vec![first];
            seed.extend_from_slice(&[0xA7; 16]);
            seed.extend_from_slice(&[1, second]);
            seed.extend_from_slice(&[0x5D; 16]);
            seed.push(1);
            seed
        })
        .into()
}
