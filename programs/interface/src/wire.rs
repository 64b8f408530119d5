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
    (discriminator("answer_case"), 2 + 2),
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
    INSTRUCTIONS.iter().find(|(discriminator, _)| discriminator == found).is_none_or(|(_, length)| {
        match arguments.split_first_chunk::<BATCH>() {
            Some((head, list)) if *found == ACCEPT_BATCH => {
                let [.., a, b, c, d] = *head;
                let count = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
                count.checked_mul(8) == Some(list.len())
            }
            _ => arguments.len() == *length,
        }
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
        assert!(has_exact_length(b"short"));
        assert!(has_exact_length(b"something else"));
    }
}
