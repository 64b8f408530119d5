//! The arithmetic, compiled for this machine, against the `u128` and `i128` of this machine.

use libcalls::operands::{Pairs, edge_pairs};
use libcalls::{Wide, divide, divide_signed, multiply};

const SEED: u64 = 0x7a11_1e5e_ed00_0001;
const RANDOM_PAIRS: usize = 1_000_000;

fn every_pair() -> impl Iterator<Item = (u128, u128)> {
    edge_pairs().chain(Pairs::from_seed(SEED).take(RANDOM_PAIRS))
}

fn unsigned(pair: (Wide, Wide)) -> (u128, u128) {
    (pair.0.into(), pair.1.into())
}

#[test]
fn a_product_is_the_hosts_modulo_two_to_the_128() {
    for (a, b) in every_pair() {
        assert_eq!(u128::from(multiply(a.into(), b.into())), a.wrapping_mul(b), "{a:#x} * {b:#x}");
    }
}

#[test]
fn an_unsigned_quotient_and_remainder_are_the_hosts() {
    for (n, d) in every_pair().filter(|&(_, d)| d != 0) {
        assert_eq!(unsigned(divide(n.into(), d.into())), (n / d, n % d), "{n:#x} by {d:#x}");
    }
}

#[test]
fn a_signed_quotient_and_remainder_are_the_hosts() {
    for (n, d) in every_pair().filter(|&(_, d)| d != 0) {
        let (signed_n, signed_d) = (n as i128, d as i128);
        let expected = (signed_n.wrapping_div(signed_d) as u128, signed_n.wrapping_rem(signed_d) as u128);
        assert_eq!(unsigned(divide_signed(n.into(), d.into())), expected, "{signed_n} by {signed_d}");
    }
}

#[test]
#[should_panic(expected = "divide by zero")]
fn dividing_by_zero_panics() {
    divide(Wide { low: 1, high: 0 }, Wide::ZERO);
}

/// The series must reach the branches that a uniform one would not.
#[test]
fn the_random_pairs_are_of_many_shapes() {
    let pairs = || Pairs::from_seed(SEED).take(10_000);
    let share = |wanted: &dyn Fn(u128, u128) -> bool| pairs().filter(|&(a, b)| wanted(a, b)).count();
    assert!(share(&|_, b| b > 0 && b < 1 << 32) > 1_000, "divisors below 2^32");
    assert!(share(&|_, b| (1 << 32..1 << 64).contains(&b)) > 1_000, "divisors below 2^64");
    assert!(share(&|a, b| b >= 1 << 64 && a >= b) > 1_000, "quotients by long divisors");
    assert!(share(&|a, b| b > 1 && a > b && a % b <= 1) > 500, "multiples of each other");
    assert!(share(&|a, b| b > 1 && a > b && a % b == b - 1) > 200, "one less than a multiple");
}
