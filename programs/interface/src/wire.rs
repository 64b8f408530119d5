//! Instruction data: its first eight bytes and its exact length.

use crate::accounts::StandingOffer;
use crate::events::TAG;
use crate::merkle::Proof;
use crate::panel::Panel;
use crate::parameters::Parameters;
use crate::terms::Order;

/// `sha256("global:" + name)[..8]`, Anchor's discriminator of an instruction.
pub const fn discriminator(name: &str) -> [u8; 8] {
    crate::accounts::discriminator(b"global:", name)
}

/// Bytes of a provider's metadata hash and rate card.
const CARD: usize = 32 + size_of::<[crate::accounts::RateEntry; crate::accounts::RATES]>();

/// Bytes of a batch's arguments before its list of units; the last four of them count the list.
const BATCH: usize = 2 + 8 + 4;
const ACCEPT_BATCH: [u8; 8] = discriminator("accept_batch");
/// Bytes of an answer's arguments before its list of siblings.
const ANSWER: usize = 2 + 2 + 2 * 8 + 2 * 8 + 1 + 4;
const ANSWER_CASE: [u8; 8] = discriminator("answer_case");

/// Instructions that end with a list: bytes of their arguments before it, the last four of which count it, and
/// bytes of an element.
const LISTS: [([u8; 8], usize, usize); 2] = [(ACCEPT_BATCH, BATCH, 8), (ANSWER_CASE, ANSWER, 32)];

/// Every instruction: its discriminator and the bytes of its arguments, the hottest first.
pub const INSTRUCTIONS: &[([u8; 8], usize)] = &[
    (discriminator("settle"), 2),
    (discriminator("convert"), 0),
    (discriminator("settle_stable"), 2),
    (ACCEPT_BATCH, BATCH),
    (discriminator("claim"), 0),
    (discriminator("open_job"), 8 + size_of::<Order>() + 8),
    (discriminator("accept_offer"), 32 + 8),
    (discriminator("accept_standing_offer"), 0),
    (discriminator("accept_bid"), 0),
    (discriminator("place_bid"), 32 + 8 + 8),
    (discriminator("withdraw_bid"), 0),
    (discriminator("start_job"), 0),
    (discriminator("close_job"), 0),
    (discriminator("advance_job"), 0),
    (discriminator("withdraw"), 1),
    (discriminator("reclaim_job"), 0),
    (discriminator("claim_rebate"), 0),
    (discriminator("top_up"), 8 + 8),
    (discriminator("top_up_bond"), 8),
    (discriminator("rotate_meter"), 32),
    (discriminator("cancel_job"), 0),
    (discriminator("mark"), 0),
    (discriminator("observe"), 0),
    (discriminator("stake"), 8),
    (discriminator("request_unstake"), 8),
    (discriminator("withdraw_stake"), 0),
    (discriminator("register_consumer"), 0),
    (discriminator("register_provider"), CARD),
    (discriminator("update_provider"), CARD),
    (discriminator("set_standing_offer"), size_of::<StandingOffer>()),
    (discriminator("open_case"), 8 + 1 + 2 + 2 + 8),
    (ANSWER_CASE, ANSWER),
    (discriminator("resolve_case"), 0),
    (discriminator("withdraw_case"), 0),
    (discriminator("register_meter"), 0),
    (discriminator("register_arbiter"), 0),
    (discriminator("vouch"), 8),
    (discriminator("request_unvouch"), 8),
    (discriminator("withdraw_vouched"), 0),
    (discriminator("initialize"), size_of::<Parameters>() + 4 * 32 + 2),
    (discriminator("propose_admin"), 32),
    (discriminator("accept_admin"), 0),
    (discriminator("pause"), 4),
    (discriminator("unpause"), 0),
    (discriminator("resume"), 0),
    (discriminator("queue_change"), size_of::<Parameters>() + 32 + 1),
    (discriminator("apply_change"), 0),
    (discriminator("open_stable_rail"), 0),
    (discriminator("cancel_change"), 0),
    (discriminator("close_epoch"), 0),
    (discriminator("convert_stable"), 0),
    (discriminator("tick_buyback"), 0),
    (discriminator("buyback"), 8 + 8),
    (discriminator("open_dispute"), 8 + 8 + 32 + size_of::<Panel>() + 8),
    (discriminator("reveal"), 32 + size_of::<Proof>()),
    (discriminator("rule"), 1),
    (discriminator("resolve_dispute"), 0),
    (discriminator("release_arbiter"), 0),
    (discriminator("withdraw_dispute"), 1),
    (discriminator("close_dispute"), 0),
];

/// The same by discriminator as a number, ascending: every entry of the program looks its data up.
const SORTED: [(u64, usize); INSTRUCTIONS.len()] = sorted();

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler alone"
)]
const fn sorted() -> [(u64, usize); INSTRUCTIONS.len()] {
    let mut sorted = [(0, 0); INSTRUCTIONS.len()];
    let mut next = 0;
    while next < INSTRUCTIONS.len() {
        let (discriminator, length) = INSTRUCTIONS[next];
        let entry = (u64::from_le_bytes(discriminator), length);
        let mut place = next;
        while place > 0 && sorted[place - 1].0 > entry.0 {
            sorted[place] = sorted[place - 1];
            place -= 1;
        }
        sorted[place] = entry;
        next += 1;
    }
    sorted
}

/// Whether data has the length that its discriminator asks for. Data without one that is known
/// passes: it is not this function that refuses it.
pub fn has_exact_length(data: &[u8]) -> bool {
    let Some((found, arguments)) = data.split_first_chunk::<8>() else { return true };
    if *found == TAG {
        return true; // an event of the program's own, of which each of the hottest instructions makes two
    }
    if let [(hottest, length), ..] = INSTRUCTIONS
        && found == hottest
    {
        return arguments.len() == *length;
    }
    let key = u64::from_le_bytes(*found);
    let known = SORTED.binary_search_by_key(&key, |(discriminator, _)| *discriminator);
    let Some((_, length)) = known.ok().and_then(|place| SORTED.get(place)) else { return true };
    let element = LISTS.iter().find(|(list, ..)| list == found).map(|(_, _, element)| *element);
    let Some(element) = element else { return arguments.len() == *length };
    let Some((head, list)) = arguments.split_at_checked(*length) else { return false };
    let count = head.last_chunk().map_or(u32::MAX, |count| u32::from_le_bytes(*count));
    usize::try_from(count).ok().and_then(|count| count.checked_mul(element)) == Some(list.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_is_found_and_no_two_are_one() {
        assert!(SORTED.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (discriminator, length) in INSTRUCTIONS {
            let place = SORTED.binary_search(&(u64::from_le_bytes(*discriminator), *length));
            assert!(place.is_ok());
        }
    }

    #[test]
    fn one_byte_more_or_less_is_noticed() {
        let mut data = discriminator("settle").to_vec();
        assert!(!has_exact_length(&data));
        data.extend_from_slice(&[0, 0]);
        assert!(has_exact_length(&data));
        data.push(0);
        assert!(!has_exact_length(&data));
        for (list, head, element) in LISTS {
            let mut data = [list.as_slice(), &vec![0; head]].concat();
            assert!(has_exact_length(&data) && !has_exact_length(&data[..7 + head]));
            data[4 + head] = 3;
            assert!(!has_exact_length(&data));
            data.resize(8 + head + 3 * element, 0);
            assert!(has_exact_length(&data) && !has_exact_length(&[data.as_slice(), &[0]].concat()));
        }
        assert!(has_exact_length(&TAG) && has_exact_length(&[TAG.as_slice(), &[1; 99]].concat()));
        assert!(has_exact_length(b"short"));
        assert!(has_exact_length(b"something else"));
    }
}
