//! Instruction data: its first eight bytes and its exact length.

use crate::accounts::StandingOffer;
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

/// Whether data has the length that its discriminator asks for. Data without one that is known
/// passes: it is not this function that refuses it.
pub fn has_exact_length(data: &[u8]) -> bool {
    let Some((found, arguments)) = data.split_first_chunk::<8>() else { return true };
    let known = INSTRUCTIONS.iter().find(|(discriminator, _)| discriminator == found);
    known.is_none_or(|(discriminator, length)| {
        let element = LISTS.iter().find(|(list, ..)| list == discriminator).map(|(_, _, element)| *element);
        let Some(element) = element else { return arguments.len() == *length };
        let Some((head, list)) = arguments.split_at_checked(*length) else { return false };
        let count = head.last_chunk().map_or(u32::MAX, |count| u32::from_le_bytes(*count));
        usize::try_from(count).ok().and_then(|count| count.checked_mul(element)) == Some(list.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(has_exact_length(b"short"));
        assert!(has_exact_length(b"something else"));
    }
}
