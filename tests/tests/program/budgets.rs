//! The compute units that clients ask for, against what the VM takes.

use crate::interface::built;
use solana_instruction::Instruction;
use std::collections::BTreeSet;
use tally_client::budget::{self, BOUNDS, Estimate, SEARCH};
use tests::Sent;

/// Compute units that each derivation of an address may take in a scene: nine tries, which leaves room
/// for seven more.
const TRIED: u32 = 9 * 1_500;

/// Asserts that a transaction of these instructions took less than clients ask for and reckon with.
#[track_caller]
pub fn check(name: &str, instructions: &[Instruction], sent: &Sent) {
    let searches: u32 = instructions.iter().filter_map(budget::bound_of).map(|bound| bound.searches).sum();
    let most = Estimate::of(instructions, 1, 0).units - searches * (SEARCH - TRIED);
    assert!(
        sent.units <= u64::from(most),
        "{name}: {} compute units of {most}; see the client's budget",
        sent.units
    );
    let (made, most) = (instructions.len() + sent.calls.len(), budget::calls(instructions));
    assert!(made <= most, "{name}: {made} instructions and calls of {most}; see the client's budget");
}

#[test]
fn every_instruction_has_a_bound_by_which_its_builder_is_found() {
    let mut names = BTreeSet::new();
    for (name, instruction) in built() {
        let bound =
            budget::bound(name).unwrap_or_else(|| panic!("{name} has no bound in the client's budget"));
        assert_eq!(budget::bound_of(&instruction), Some(bound), "{name}");
        assert!(names.insert(name));
    }
    let listed: BTreeSet<&str> = BOUNDS.iter().map(|bound| bound.name).collect();
    assert_eq!(listed, names, "a bound is of no instruction");
}
