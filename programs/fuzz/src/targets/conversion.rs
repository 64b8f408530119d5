//! Conversions and ending in kind against integers without a width, and what they promise.

use crate::big::{big, ceil, floor, same, ten_to};
use crate::input::Input;
use num_bigint::BigInt;
use settlement_interface::oracle::{PriceMessage, Quote};
use settlement_interface::rules::{InKind, convert, settle_in_kind, tokens_ceil, usd_floor};

/// The design's five lines for one conversion: usd, burned, take, earned; `None` of impossible input.
fn reference(
    outstanding: u64,
    escrow: u64,
    take_bps: u16,
    quote: &Quote,
) -> Option<(BigInt, BigInt, BigInt, BigInt)> {
    if quote.burn == 0 || quote.mint == 0 || quote.scale > 13 || take_bps > 10_000 {
        return None;
    }
    let (m_b, m_m, t) = (big(quote.burn), big(quote.mint), big(take_bps));
    let scale = ten_to(quote.scale);
    let burned = ceil(&(big(outstanding) * &scale), &m_b).min(big(escrow));
    let usd = floor(&(&burned * &m_b), &scale).min(big(outstanding));
    let take = ceil(&(&burned * &t), &big(10_000));
    let share = floor(&(&usd * (big(10_000) - &t) * &scale), &(big(10_000) * &m_m));
    let earned = share.min(&burned - &take);
    Some((usd, burned, take, earned))
}

fn quote(input: &mut Input, wild: bool) -> Quote {
    let (spot, first, second, average) = (input.amount(), input.amount(), input.amount(), input.u64());
    let message =
        PriceMessage { spot: 0, confidence: 0, exponent: 0, publish_time: 0, average: average as i64 };
    let scale = input.up_to(15) as u32;
    if wild {
        return Quote { message, spot, burn: first, mint: second, scale };
    }
    let spot = spot.max(1);
    let margin = first % spot;
    let above = second % spot;
    let mint = spot.saturating_add(above);
    Quote { message, spot, burn: spot - margin, mint, scale: scale.min(13) }
}

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let wild = input.bool();
    let quote = quote(&mut input, wild);
    let take_bps = if wild { input.u16() } else { input.up_to(2_000) as u16 };
    let (outstanding, escrow) = (input.amount(), input.amount());

    let found = convert(outstanding, escrow, take_bps, &quote);
    let expected = reference(outstanding, escrow, take_bps, &quote);
    let flat = found.map(|c| (big(c.usd), big(c.burned), big(c.take), big(c.earned)));
    // Nothing in range has no result: the reference fits whenever it exists.
    assert_eq!(flat, expected);

    let price = big(quote.burn);
    let has_price = quote.burn > 0 && quote.scale <= 13;
    same(
        tokens_ceil(outstanding, quote.burn, quote.scale),
        has_price.then(|| ceil(&(big(outstanding) * ten_to(quote.scale)), &price)),
    );
    same(
        usd_floor(escrow, quote.burn, quote.scale),
        (quote.scale <= 13).then(|| floor(&(big(escrow) * &price), &ten_to(quote.scale))),
    );

    let kind = settle_in_kind(outstanding, escrow, take_bps, quote.burn, quote.scale);
    let expected = (has_price && take_bps <= 10_000).then(|| {
        let scale = ten_to(quote.scale);
        let tokens = ceil(&(big(outstanding) * &scale), &price).min(big(escrow));
        let burned = ceil(&(&tokens * big(take_bps)), &big(10_000));
        let usd = floor(&(&tokens * &price), &scale).min(big(outstanding));
        let whole = |value: &BigInt| u64::try_from(value.clone()).unwrap();
        InKind {
            usd: whole(&usd),
            tokens: whole(&tokens),
            burned: whole(&burned),
            provider: whole(&(&tokens - &burned)),
        }
    });
    assert_eq!(kind, expected);

    if let Some(c) = found {
        assert!(c.burned <= escrow && c.usd <= outstanding);
        assert!(u128::from(c.earned) + u128::from(c.take) <= u128::from(c.burned));
        if c.burned < escrow {
            assert_eq!(c.usd, outstanding, "enough escrow settles everything");
        }
        let paid = big(c.earned) * big(quote.mint) * 10_000;
        assert!(paid <= big(c.usd) * (10_000 - take_bps) * ten_to(quote.scale));
    }
    if !wild {
        one_after_another(&mut input, &quote, take_bps, escrow);
    }
}

/// A job settled in steps: the same work burns at most a base unit more a step, and never settles or
/// mints more (`programs/proofs` proves it).
fn one_after_another(input: &mut Input, quote: &Quote, take_bps: u16, escrow: u64) {
    let parts: Vec<u64> = (0..input.u8() % 16).map(|_| input.amount() >> 5).collect();
    let total: u64 = parts.iter().sum();
    let Some(whole) = convert(total, escrow, take_bps, quote) else { return };
    let (mut left, mut outstanding, mut burned, mut settled) = (escrow, 0u64, 0u64, 0u64);
    let (mut earned, mut kept) = (0u128, 0u128);
    for part in &parts {
        outstanding += part;
        let c = convert(outstanding, left, take_bps, quote).unwrap();
        left -= c.burned;
        outstanding -= c.usd;
        burned += c.burned;
        settled += c.usd;
        earned += u128::from(c.earned);
        kept += u128::from(c.earned) + u128::from(c.take);
    }
    assert!(settled <= whole.usd && kept <= u128::from(burned));
    assert!(earned <= u128::from(whole.earned), "splitting mints more");
    assert!(burned >= whole.burned && burned - whole.burned <= parts.len() as u64);
}

/// A plain conversion in either mode.
pub fn seeds() -> Vec<Vec<u8>> {
    [0u8, 1]
        .map(|mode| {
            let mut seed = vec![mode];
            for amount in [200_000_000u64, 1_000, 2_000] {
                seed.push(0);
                seed.extend_from_slice(&amount.to_le_bytes());
            }
            seed.extend_from_slice(&200_000_000u64.to_le_bytes());
            seed.extend_from_slice(&11u64.to_le_bytes());
            seed.extend_from_slice(&500u64.to_le_bytes()[..if mode == 0 { 8 } else { 2 }]);
            for amount in [100_000_000u64, 50_000_000_000] {
                seed.push(0);
                seed.extend_from_slice(&amount.to_le_bytes());
            }
            seed.push(3);
            seed.extend_from_slice(&[9; 27]);
            seed
        })
        .into()
}
