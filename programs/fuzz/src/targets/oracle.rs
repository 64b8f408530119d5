//! A price account's bytes, read by the program and by the oracle's own SDK: both take the same
//! accounts for fully verified updates of the feed, and read the same figures.

use crate::input::Input;
use anchor_lang::AccountDeserialize;
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};
use settlement_interface::Address;
use settlement_interface::oracle::{Halt, PriceMessage, encode, parse};

const FEED: [u8; 32] = [0xFE; 32];

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let form = input.u8();
    let account = if form & 1 == 0 { input.rest().to_vec() } else { written(&mut input) };
    let feed = if form & 2 == 0 {
        FEED
    } else {
        // The feed that the account is of, wherever that is.
        account.get(41..73).and_then(|id| id.try_into().ok()).unwrap_or(FEED)
    };
    let ours = parse(&account, &feed);
    let theirs = PriceUpdateV2::try_deserialize(&mut account.as_slice());
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(theirs.verification_level, VerificationLevel::Full);
            let message = theirs.price_message;
            assert_eq!(message.feed_id, feed);
            let same = PriceMessage {
                spot: message.price,
                confidence: message.conf,
                exponent: message.exponent,
                publish_time: message.publish_time,
                average: message.ema_price,
            };
            assert_eq!(ours, same);
        }
        (Ok(_), Err(error)) => panic!("the oracle's SDK refuses what is read here: {error}"),
        (Err(halt), Ok(theirs)) => {
            let partly = theirs.verification_level != VerificationLevel::Full;
            let other = theirs.price_message.feed_id != feed;
            assert!(partly || other, "{halt:?}, but the SDK reads a full update of this feed");
            // A partly verified update is called so, whatever else is wrong with it.
            assert!(!partly || halt == Halt::NotVerified);
        }
        (Err(_), Err(_)) => {}
    }
}

/// An update as the local network writes it, some bytes changed, cut at some length.
fn written(input: &mut Input) -> Vec<u8> {
    let message = PriceMessage {
        spot: input.i64(),
        confidence: input.u64(),
        exponent: input.i32(),
        publish_time: input.i64(),
        average: input.i64(),
    };
    let mut account = encode(&Address::new_from_array(input.bytes()), &FEED, &message, input.u64());
    assert_eq!(parse(&account, &FEED), Ok(message));
    for _ in 0..input.u8() % 8 {
        let at = usize::from(input.u8()) % account.len();
        account[at] = input.u8();
    }
    if input.bool() {
        account.truncate(usize::from(input.u8()));
    }
    account
}

/// A full update, a partial one, and one that is cut.
pub fn seeds() -> Vec<Vec<u8>> {
    let message = PriceMessage { spot: 1, confidence: 2, exponent: -8, publish_time: 3, average: 4 };
    let full = encode(&Address::new_from_array([5; 32]), &FEED, &message, 6);
    let mut partial = full.clone();
    partial[40] = 0;
    let raw = |account: &[u8]| [&[0], account].concat();
    vec![raw(&full), raw(&partial), raw(&full[..100]), vec![1; 120], vec![3; 120]]
}
