//! Instruction data that no honest client sends. `program/bytes.rs` tries every instruction; here are the
//! ones that move money.

use crate::common::worked;
use settlement_interface::accounts::{Config, Job, Layout};
use settlement_interface::events::{Claimed, EventLayout};
use settlement_interface::{ID, SettlementError as E, pda, wire::discriminator};
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;
use tests::{JobFixture, World};

/// Instructions that would go through, with who signs.
fn good(world: &World, job: &JobFixture) -> Vec<(Instruction, bool)> {
    let source = world.associated(&job.authority());
    vec![
        (world.network.claim(&job.authority()), false),
        (world.network.observe(), false),
        (world.network.request_unstake(&job.authority(), 5), true),
        (world.network.stake(&job.authority(), &source, &job.keys.provider, 5), true),
        (world.network.close_job(&job.authority(), &job.keys), true),
    ]
}

#[test]
fn an_unknown_discriminator() {
    let mut world = World::new();
    let job = worked(&mut world);
    for (instruction, signs) in good(&world, &job) {
        let signers: &[&solana_keypair::Keypair] = if signs { &[&job.actors.provider] } else { &[] };
        world.trial(std::slice::from_ref(&instruction), signers).unwrap();
        let names = ["", "Claim", "CLAIM", "mint", "withdraw_all", "set_parameters", "migrate", "close"];
        for name in names {
            let mut other = instruction.clone();
            other.data[..8].copy_from_slice(&discriminator(name));
            world.refused(&[other], signers, InstructionError::InvalidInstructionData);
        }
        for bit in 0..64 {
            let mut other = instruction.clone();
            other.data[bit / 8] ^= 1 << (bit % 8);
            world.refused(&[other], signers, InstructionError::InvalidInstructionData);
        }
        // An account's or an event's first bytes are no instruction's.
        for first in [Config::DISCRIMINATOR, Job::DISCRIMINATOR, Claimed::DISCRIMINATOR] {
            let mut other = instruction.clone();
            other.data[..8].copy_from_slice(&first);
            world.refused(&[other], signers, InstructionError::InvalidInstructionData);
        }
    }
}

#[test]
fn data_that_is_short_or_trails() {
    let mut world = World::new();
    let job = worked(&mut world);
    for (instruction, signs) in good(&world, &job) {
        let signers: &[&solana_keypair::Keypair] = if signs { &[&job.actors.provider] } else { &[] };
        for length in 0..instruction.data.len() {
            let mut short = instruction.clone();
            short.data.truncate(length);
            world.refused(&[short], signers, InstructionError::InvalidInstructionData);
        }
        for more in [1, 7, 8, 32, 600] {
            let mut long = instruction.clone();
            long.data.resize(long.data.len() + more, 0);
            world.refused(&[long], signers, InstructionError::InvalidInstructionData);
        }
    }
    // No data, no accounts, nothing at all.
    let nothing = Instruction { program_id: ID, accounts: vec![], data: vec![] };
    world.refused(&[nothing], &[], InstructionError::InvalidInstructionData);
    let bare = Instruction { program_id: ID, accounts: vec![], data: discriminator("claim").to_vec() };
    world.rejected(&[bare], &[]);
    // Numbers at the edge of their types are amounts like others.
    let by = &[&job.actors.provider];
    let huge = world.network.request_unstake(&job.authority(), u64::MAX);
    world.refused(&[huge], by, E::InsufficientStake);
    let far = world.network.claim_rebate(&job.authority(), u64::MAX, &job.authority());
    world.rejected(&[far], &[]);
    assert_eq!(world.tokens(&pda::stake_vault()), tests::STAKE);
}
