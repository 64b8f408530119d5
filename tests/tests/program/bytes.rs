//! Instruction data that no client of ours would send.

use crate::scenes::{self, Scene};
use crate::scenes_of_meters;
use settlement_interface::events::{Claimed, Event, TAG};
use settlement_interface::{ID, SettlementError as E, pda};
use solana_instruction::{AccountMeta, Instruction};
use solana_instruction_error::InstructionError;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{Expected, JobFixture, Outcome, World};

/// One scene for every instruction.
pub const SCENES: &[fn() -> Scene] = &[
    scenes::initialize,
    scenes::propose_admin,
    scenes::accept_admin,
    scenes::pause,
    scenes::unpause,
    scenes::resume,
    scenes::queue_change,
    scenes::apply_change,
    scenes::cancel_change,
    scenes::open_stable_rail,
    scenes::register_consumer,
    scenes::register_provider,
    scenes::update_provider,
    scenes::stake,
    scenes::request_unstake,
    scenes::withdraw_stake,
    scenes::open_job,
    scenes::top_up,
    scenes::accept_offer,
    scenes::place_bid,
    scenes::withdraw_bid,
    scenes::accept_bid,
    scenes::set_standing_offer,
    scenes::accept_standing_offer,
    scenes::top_up_bond,
    scenes::start_job,
    scenes::rotate_meter,
    scenes::cancel_job,
    scenes::close_job,
    scenes::mark_a_no_show,
    scenes::advance_an_offer_that_lapsed,
    scenes::withdraw_from_the_escrow,
    scenes::reclaim_job,
    scenes::settle,
    scenes::convert,
    scenes::observe,
    scenes::claim,
    scenes::claim_rebate,
    scenes::close_epoch,
    scenes::settle_stable,
    scenes::convert_stable,
    scenes::tick_buyback,
    scenes::buyback,
    scenes_of_meters::register_meter,
    scenes_of_meters::register_arbiter,
    scenes_of_meters::vouch,
    scenes_of_meters::request_unvouch,
    scenes_of_meters::withdraw_vouched,
    scenes_of_meters::open_case,
    scenes_of_meters::answer_case,
    scenes_of_meters::resolve_case,
    scenes_of_meters::withdraw_case,
    scenes_of_meters::accept_batch,
    scenes::open_dispute,
    scenes::reveal,
    scenes::rule,
    scenes::resolve_a_ruling,
    scenes::release_arbiter,
    scenes::withdraw_dispute,
    scenes::close_dispute,
];

/// What would come of a scene with other data.
pub fn with_data(scene: &mut Scene, data: Vec<u8>) -> Outcome {
    let mut instructions = scene.instructions.clone();
    instructions[scene.at].data = data;
    let signers: Vec<Keypair> = scene.signers.iter().map(Keypair::insecure_clone).collect();
    let signers: Vec<&Keypair> = signers.iter().collect();
    scene.world.trial(&instructions, &signers)
}

/// Names of the scenes whose instruction is accepted with other data.
fn accepted_with(edit: impl Fn(&mut Vec<u8>)) -> Vec<&'static str> {
    let mut found = Vec::new();
    for scene in SCENES {
        let mut scene = scene();
        let mut data = scene.instruction().data.clone();
        edit(&mut data);
        if with_data(&mut scene, data).is_ok() {
            found.push(scene.name);
        }
    }
    found
}

#[test]
fn data_that_is_one_byte_short_is_refused_by_every_instruction() {
    assert_eq!(accepted_with(|data| data.truncate(data.len() - 1)), [""; 0]);
}

#[test]
fn data_without_arguments_is_refused_by_every_instruction_that_has_some() {
    for scene in SCENES {
        let mut scene = scene();
        let data = scene.instruction().data.clone();
        for length in 0..data.len().min(40) {
            let refusal = with_data(&mut scene, data[..length].to_vec()).err();
            let reason = refusal.unwrap_or_else(|| panic!("{}: {length} bytes", scene.name)).reason;
            assert_eq!(
                reason,
                Expected::Instruction(InstructionError::InvalidInstructionData),
                "{}: {length} bytes",
                scene.name
            );
        }
    }
}

#[test]
fn an_unknown_discriminator_is_refused() {
    let mut scene = scenes::claim();
    let data = scene.instruction().data.clone();
    for at in 0..8 {
        let mut other = data.clone();
        other[at] ^= 0x40;
        let refusal = with_data(&mut scene, other).unwrap_err();
        assert_eq!(refusal.reason, Expected::Instruction(InstructionError::InvalidInstructionData));
    }
}

#[test]
fn an_instruction_with_too_few_accounts_is_refused() {
    for scene in SCENES {
        let mut scene = scene();
        let mut instructions = scene.instructions.clone();
        instructions[scene.at].accounts.pop();
        let required: Vec<_> = scene.signers.iter().map(Keypair::insecure_clone).collect();
        let signers: Vec<&Keypair> = required.iter().collect();
        assert!(scene.world.trial(&instructions, &signers).is_err(), "{}", scene.name);
    }
}

#[test]
fn a_forged_event_of_a_stranger_is_refused() {
    let mut world = World::new();
    let stranger = world.wallet();
    let job = JobFixture::running(&mut world);
    let mut claimed: Claimed = bytemuck::Zeroable::zeroed();
    (claimed.provider, claimed.amount) = (job.keys.provider, u64::MAX);
    let event = Event::Claimed(Box::new(claimed)).encode();
    let accounts = [
        vec![],
        vec![AccountMeta::new_readonly(pda::event_authority(), false)],
        vec![AccountMeta::new_readonly(stranger.pubkey(), true)],
        vec![
            AccountMeta::new_readonly(stranger.pubkey(), true),
            AccountMeta::new_readonly(pda::event_authority(), false),
        ],
    ];
    for accounts in accounts {
        for data in [event.clone(), TAG.to_vec()] {
            let forged = Instruction { program_id: ID, accounts: accounts.clone(), data };
            let signs = accounts.first().is_some_and(|meta| meta.is_signer);
            let signers: &[&Keypair] = if signs { &[&stranger] } else { &[] };
            world.rejected(&[forged], signers);
        }
    }
}

#[test]
fn a_clock_that_is_not_positive_is_refused() {
    let mut world = World::new();
    let slot = world.slot();
    for now in [0, -1, i64::MIN] {
        world.set_clock(now, slot);
        let observe = world.network.observe();
        world.refused(&[observe], &[], E::ClockBeforeGenesis);
    }
}

#[test]
fn trailing_data_is_refused_by_every_instruction() {
    assert_eq!(accepted_with(|data| data.push(0)), [""; 0]);
}
