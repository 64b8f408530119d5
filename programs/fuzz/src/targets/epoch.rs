//! Providers' jobs over several epochs, step by step through the very rules that the program
//! applies: supply never grows, provider by provider, rebates of an epoch stay within its pool, and
//! whoever trades with himself loses more than half of his take.

use crate::input::Input;
use settlement_interface::math::proportion_floor;
use settlement_interface::oracle::{PriceMessage, Quote};
use settlement_interface::rules::{convert, quality, rebate_pool};

const PROVIDERS: usize = 4;

#[derive(Clone, Copy, Default)]
struct Book {
    burned: u64,
    earned: u64,
    minted: u64,
    good: u64,
    bad: u64,
    /// In the epoch that runs.
    take: u64,
    weight: u128,
}

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let mut books = [Book::default(); PROVIDERS];
    let rebate_bps = input.up_to(2_500) as u16;
    for _ in 0..64 {
        if input.is_empty() {
            break;
        }
        let action = input.u8();
        let book = &mut books[usize::from(action >> 2) % PROVIDERS];
        match action % 4 {
            0 | 1 => work(&mut input, book),
            2 => book.bad = book.bad.saturating_add(input.amount()),
            _ => close(&mut books, rebate_bps),
        }
    }
    close(&mut books, rebate_bps);
}

/// One conversion, at any price, booked as `Conversion::run` books it.
fn work(input: &mut Input, book: &mut Book) {
    let (spot, margin, above) = (input.amount().max(1), input.amount(), input.amount());
    let message = PriceMessage { spot: 0, confidence: 0, exponent: 0, publish_time: 0, average: 0 };
    let burn = spot - margin % spot;
    let mint = spot.saturating_add(above);
    let quote = Quote { message, spot, burn, mint, scale: input.up_to(13) as u32 };
    let take_bps = 1 + input.up_to(1_999) as u16;
    let (outstanding, escrow) = (input.amount(), input.amount() >> 8);
    let Some(moved) = convert(outstanding, escrow, take_bps, &quote) else {
        panic!("a price that can qualify has no result")
    };
    let quality = quality(book.good, book.bad);
    book.good = book.good.saturating_add(moved.usd);
    book.burned += moved.burned;
    book.earned += moved.earned;
    book.take += moved.take;
    book.weight += u128::from(moved.take) * u128::from(quality);
}

/// The epoch ends: everybody claims what was earned and the rebate.
fn close(books: &mut [Book; PROVIDERS], rebate_bps: u16) {
    let take: u64 = books.iter().map(|book| book.take).sum();
    let weight: u128 = books.iter().map(|book| book.weight).sum();
    let pool = rebate_pool(take, rebate_bps).expect("within range");
    let mut rebated = 0;
    for book in books.iter_mut() {
        let rebate = proportion_floor(pool, book.weight, weight).expect("weights are far below 2^126");
        rebated += rebate;
        assert!(rebate <= book.take / 2, "{rebate} of a take of {}", book.take);
        assert!(book.take == 0 || u128::from(rebate) * 2 < u128::from(book.take));
        book.minted += core::mem::take(&mut book.earned) + rebate;
        assert!(book.minted <= book.burned, "{} minted of {} burned", book.minted, book.burned);
        (book.take, book.weight) = (0, 0);
    }
    assert!(rebated <= pool);
    assert!(take == 0 || rebated * 4 <= take);
}

/// Two providers working and failing.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seed = vec![0xC4, 0x09, 0, 0, 0, 0, 0, 0];
    for action in [0u8, 4, 6, 0, 3, 8] {
        seed.push(action);
        seed.extend((0..70u8).map(|i| i.wrapping_mul(action + 29)));
    }
    vec![seed]
}
