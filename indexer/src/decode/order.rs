//! The order of a block's transactions where no node says it: by the sequence numbers of their
//! events, then by signature. Only a rank for readers; what events amount to never depends on it.

use super::Decoded;
use settlement_interface::Address;
use std::collections::HashMap;

/// Gives every transaction of the block a new place, 0 for the first.
pub fn rank(block: &mut Decoded) {
    // For each entity, its transactions by the first number that they gave it.
    let mut touched: HashMap<Address, Vec<(u64, usize)>> = HashMap::new();
    let mut signatures: Vec<_> = block.transactions.iter().map(|(signature, _)| signature.clone()).collect();
    signatures.sort();
    signatures.dedup();
    let number: HashMap<_, usize> = signatures.iter().cloned().zip(0..).collect();
    for placed in &block.events {
        let Some(transaction) = number.get(&placed.key.signature) else { continue };
        for entity in placed.event.touched() {
            touched.entry(entity.entity).or_default().push((entity.sequence, *transaction));
        }
    }
    // Each transaction waits for the ones before it at every entity.
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); signatures.len()];
    for numbers in touched.values_mut() {
        numbers.sort_unstable();
        for pair in numbers.windows(2) {
            if let [(_, first), (_, second)] = pair
                && first != second
                && let Some(list) = before.get_mut(*second)
            {
                list.push(*first);
            }
        }
    }
    let mut ranks: HashMap<_, u32> = HashMap::new();
    let mut placed = vec![false; signatures.len()];
    for rank in 0u32.. {
        let is_free = |candidate: &usize| {
            let waits = before.get(*candidate).into_iter().flatten();
            placed.get(*candidate) == Some(&false)
                && waits.clone().all(|first| placed.get(*first) == Some(&true))
        };
        // Contradictory numbers form a circle: then the smallest signature goes first.
        let any_left = || placed.iter().position(|done| !done);
        let Some(next) = (0..signatures.len()).find(is_free).or_else(any_left) else { break };
        if let (Some(done), Some(signature)) = (placed.get_mut(next), signatures.get(next)) {
            *done = true;
            ranks.insert(signature.clone(), rank);
        }
    }
    let rank_of = |signature| ranks.get(signature).copied().unwrap_or(u32::MAX);
    for (signature, index) in &mut block.transactions {
        *index = rank_of(&*signature);
    }
    for placed in &mut block.events {
        placed.tx_index = rank_of(&placed.key.signature);
    }
    for undecodable in &mut block.undecodable {
        undecodable.tx_index = rank_of(&undecodable.key.signature);
    }
}
