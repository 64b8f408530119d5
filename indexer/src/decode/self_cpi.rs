//! Which instructions of a transaction are events that the program emitted.
//!
//! An event is a call that the program made to itself: an inner instruction of our program, under a
//! call of our program, with the event authority as its only account (its signature is what makes
//! it genuine; the program refuses any other) and data behind the event tag. Bytes like that in
//! an outer instruction, in another program's call, or of another program, are none.

use crate::source::{Inner, Instruction, Transaction};
use settlement_interface::events::TAG;
use settlement_interface::{Address, ID, pda};
use std::sync::OnceLock;

fn authority() -> &'static Address {
    static AUTHORITY: OnceLock<Address> = OnceLock::new();
    AUTHORITY.get_or_init(pda::event_authority)
}

/// The events' data, each with the index of the outer instruction and the index under it.
pub fn events(transaction: &Transaction) -> impl Iterator<Item = (u32, u32, &[u8])> {
    transaction.instructions.iter().enumerate().flat_map(|(outer, instruction)| {
        instruction.inner.iter().enumerate().filter_map(move |(inner, call)| {
            if !is_event(instruction, inner, call) {
                return None;
            }
            Some((u32::try_from(outer).ok()?, u32::try_from(inner).ok()?, call.data.as_slice()))
        })
    })
}

fn is_event(instruction: &Instruction, position: usize, call: &Inner) -> bool {
    call.program == ID
        && call.data.starts_with(&TAG)
        && call.accounts.as_slice() == std::slice::from_ref(authority())
        && caller(instruction, position, call).is_none_or(|caller| caller == ID)
}

/// The program that made a call; `None` if the node does not say how deep calls are.
fn caller(instruction: &Instruction, position: usize, call: &Inner) -> Option<Address> {
    let height = call.height?;
    if height <= 2 {
        return Some(instruction.program);
    }
    let before = instruction.inner.get(..position)?;
    let parent = before.iter().rev().find(|earlier| earlier.height.is_some_and(|h| h < height))?;
    Some(parent.program)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may fail
    use super::*;

    const OTHER: Address = Address::new_from_array([7; 32]);

    fn call(program: Address, height: Option<u32>) -> Inner {
        let data = [TAG.as_slice(), &[1; 8]].concat();
        Inner { program, accounts: vec![*authority()], data, height }
    }

    fn count(program: Address, inner: Vec<Inner>) -> usize {
        let data = [TAG.as_slice(), &[1; 8]].concat();
        let instructions = vec![Instruction { program, data, inner }];
        events(&Transaction { signature: "s".into(), index: None, instructions }).count()
    }

    #[test]
    fn a_call_of_the_program_to_itself_is_an_event() {
        assert_eq!(count(ID, vec![call(ID, Some(2))]), 1);
        assert_eq!(count(ID, vec![call(ID, None)]), 1);
    }

    #[test]
    fn the_program_called_by_another_still_emits_its_own_events() {
        assert_eq!(count(OTHER, vec![call(ID, Some(2)), call(ID, Some(3))]), 1);
    }

    #[test]
    fn look_alikes_are_none() {
        assert_eq!(count(ID, vec![]), 0, "an outer instruction");
        assert_eq!(count(ID, vec![call(OTHER, Some(2))]), 0, "another program's");
        assert_eq!(count(OTHER, vec![call(ID, Some(2))]), 0, "called by another program");
        let mut stranger = call(ID, Some(2));
        stranger.accounts = vec![OTHER];
        assert_eq!(count(ID, vec![stranger]), 0, "without the authority");
        let mut untagged = call(ID, Some(2));
        untagged.data.remove(0);
        assert_eq!(count(ID, vec![untagged]), 0, "without the tag");
    }

    #[test]
    fn positions_count_all_calls_under_an_instruction() {
        let inner = vec![call(OTHER, Some(2)), call(ID, Some(2))];
        let instruction = Instruction { program: ID, data: vec![], inner };
        let instructions = vec![instruction.clone(), instruction];
        let transaction = Transaction { signature: "s".into(), index: None, instructions };
        let found: Vec<_> = events(&transaction).map(|(outer, inner, _)| (outer, inner)).collect();
        assert_eq!(found, [(0, 1), (1, 1)]);
    }
}
