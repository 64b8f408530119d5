//! The same step for many jobs or providers, as pieces for [`crate::pack::pack`], and what a lookup table
//! for them has to hold.

use crate::pack::Piece;
use crate::receipts::SignedReceipt;
use settlement_interface::Address;
use settlement_interface::instructions::{JobKeys, Network};
use solana_instruction::Instruction;
use std::collections::BTreeSet;

/// Settles each receipt in `epoch`, all by one provider's authority.
pub fn settle<'a>(
    network: &'a Network,
    authority: &'a Address,
    receipts: &'a [SignedReceipt],
    epoch: u64,
) -> Vec<Piece<'a>> {
    let piece = |receipt: &'a SignedReceipt| -> Piece<'a> {
        Box::new(move |at| {
            let settle = network.settle(authority, &receipt.receipt.job, epoch, at);
            vec![receipt.instruction(), settle]
        })
    };
    receipts.iter().map(piece).collect()
}

/// Mints what each provider has earned, by its authority; anyone.
pub fn claim<'a>(network: &'a Network, authorities: &'a [Address]) -> Vec<Piece<'a>> {
    authorities.iter().map(|one| -> Piece<'a> { Box::new(move |_| vec![network.claim(one)]) }).collect()
}

/// Ends each running job; `party` is the consumer of all of them, or the authority of their provider.
pub fn close<'a>(network: &'a Network, party: &'a Address, jobs: &'a [JobKeys]) -> Vec<Piece<'a>> {
    jobs.iter().map(|keys| -> Piece<'a> { Box::new(move |_| vec![network.close_job(party, keys)]) }).collect()
}

/// Takes each job one step further; anyone.
pub fn advance<'a>(network: &'a Network, jobs: &'a [JobKeys]) -> Vec<Piece<'a>> {
    jobs.iter().map(|keys| -> Piece<'a> { Box::new(move |_| vec![network.advance_job(keys)]) }).collect()
}

/// What a lookup table for these instructions can hold: every account but those that sign and the
/// programs that are called, which must stand in the transaction itself. In ascending order.
pub fn addresses<'a>(instructions: impl IntoIterator<Item = &'a Instruction> + Clone) -> Vec<Address> {
    let called: BTreeSet<Address> = instructions.clone().into_iter().map(|one| one.program_id).collect();
    let metas = || instructions.clone().into_iter().flat_map(|one| &one.accounts);
    let signing: BTreeSet<Address> = metas().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect();
    let all: BTreeSet<Address> = metas().map(|meta| meta.pubkey).collect();
    all.into_iter().filter(|one| !called.contains(one) && !signing.contains(one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use settlement_interface::{ID, pda};

    fn address(n: u8) -> Address {
        Address::new_from_array([n; 32])
    }

    #[test]
    fn a_table_holds_what_neither_signs_nor_is_called() {
        let network = Network { mint: address(1), feed: address(2) };
        let settle = network.settle(&address(3), &address(4), 5, 0);
        let found = addresses([&settle]);
        for held in [address(1), address(2), address(4), pda::config(), pda::vault(&address(4))] {
            assert!(found.contains(&held));
        }
        assert!(!found.contains(&address(3)) && !found.contains(&ID));
        // 15 accounts, of which one signs and one is the program.
        assert_eq!(found.len(), 13);
    }

    #[test]
    fn each_piece_is_one_step() {
        let network = Network { mint: address(1), feed: address(2) };
        let authorities = [address(3), address(4)];
        let claims = claim(&network, &authorities);
        assert_eq!(claims.len(), 2);
        assert_eq!(claims[1](9), [network.claim(&address(4))]);
        let jobs = [JobKeys { job: address(5), provider: address(6) }];
        assert_eq!(close(&network, &address(3), &jobs)[0](0), [network.close_job(&address(3), &jobs[0])]);
        assert_eq!(advance(&network, &jobs)[0](0), [network.advance_job(&jobs[0])]);
    }
}
