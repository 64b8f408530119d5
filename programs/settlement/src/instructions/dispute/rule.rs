use crate::emit::{emit, touch};
use crate::guards::{self, add, same, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Arbiter, Dispute};
use settlement_interface::events::Ruled;
use settlement_interface::rules::Stage;

/// Rules on the one step that is left: whose hash follows from the step before it. `k` equal votes
/// decide, and from then on a grace runs before anyone can execute it; each arbiter has one. Signed by an arbiter of the panel whose free stake covers what it
/// rules on and who is no party to the job. That stake is locked until the dispute is resolved, so that it
/// covers no other ruling meanwhile and does not leave; then anyone frees it by `release_arbiter`.
#[event_cpi]
#[derive(Accounts)]
pub struct Rule {
    /// The arbiter's wallet.
    pub wallet: Signer,
    /// Its arbiter account.
    #[account(mut)]
    pub arbiter: Account<Arbiter>,
    /// The dispute.
    #[account(mut)]
    pub dispute: Account<Dispute>,
}

pub(crate) fn handler(ctx: &mut Context<Rule>, for_provider: bool) -> Result<()> {
    let (now, slot) = guards::now()?;
    let Rule { wallet, arbiter, dispute, event_authority, .. } = &mut ctx.accounts;
    same(wallet.address(), &arbiter.wallet, SettlementError::WrongParty)?;
    require!(dispute.stage() == Some(Stage::Panel), SettlementError::WrongStage);
    let place = dispute.panel.place(wallet.address()).ok_or(SettlementError::NotOnPanel)?;
    let party = *wallet.address() == dispute.challenger || *wallet.address() == dispute.authority;
    require!(!party, SettlementError::ArbiterIsParty);
    require!(!dispute.has_ruled(place), SettlementError::RuledAlready);
    let locked = dispute.arbiter_stake;
    arbiter.vouched.lock(locked).ok_or(SettlementError::ArbiterBond)?;
    whole(dispute.rule(place, for_provider, (now, slot)))?;
    add(&mut arbiter.rulings, 1)?;
    let (dispute_address, arbiter_address) = (*dispute.address(), *arbiter.address());
    let event = Ruled {
        entities: [
            touch(&dispute_address, &mut dispute.sequence)?,
            touch(&arbiter_address, &mut arbiter.sequence)?,
        ],
        at: now,
        dispute: dispute_address,
        arbiter: *wallet.address(),
        for_provider: u64::from(for_provider),
        votes_for_provider: u64::from(dispute.for_provider.count_ones()),
        votes_for_challenger: u64::from(dispute.for_challenger.count_ones()),
        locked,
        stage: u64::from(dispute.stage),
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
