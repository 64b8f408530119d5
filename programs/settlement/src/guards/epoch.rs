//! The current epoch and the provider's credit in it, opened by whoever books the first take.

use super::same;
use anchor_lang::AccountInitialize;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Credit, Epoch, Layout};
use settlement_interface::pda::{CREDIT, EPOCH};

/// Loads an account of ours, or creates it at its canonical address.
fn load_or_open<T>(
    view: AccountView,
    payer: &AccountView,
    seeds: &[&[u8]; 3],
) -> Result<(Account<T>, Option<u8>)>
where
    T: Layout + Owner + Discriminator + bytemuck::Pod,
    Account<T>: AccountInitialize + AnchorAccount,
{
    if view.owned_by(&crate::ID) {
        // SAFETY: the caller hands over an account that is declared mutable and, by Anchor's check
        // of duplicates, no other declared account; its kind differs from every other one loaded.
        let account = unsafe { Account::<T>::load_mut(view) }?;
        return Ok((account, None));
    }
    let [prefix, index, owner] = *seeds;
    let all: &[&[u8]] = if owner.is_empty() { &[prefix, index] } else { &[prefix, index, owner] };
    let (address, bump) = anchor_lang::find_program_address(all, &crate::ID);
    same(view.address(), &address, SettlementError::WrongEpoch)?;
    let bump_seed = [bump];
    let signed: &[&[u8]] =
        if owner.is_empty() { &[prefix, index, &bump_seed] } else { &[prefix, index, owner, &bump_seed] };
    let account = Account::<T>::create_and_initialize(
        payer,
        &view,
        T::LEN,
        &crate::ID,
        &Default::default(),
        Some(signed),
        None,
    )?;
    Ok((account, Some(bump)))
}

/// The epoch of this index; a new one copies the present rebate share.
pub fn epoch(view: AccountView, index: u64, rebate_bps: u16, payer: &AccountView) -> Result<Account<Epoch>> {
    let index_seed = index.to_le_bytes();
    let (mut epoch, opened) = load_or_open::<Epoch>(view, payer, &[EPOCH, &index_seed, &[]])?;
    if let Some(bump) = opened {
        epoch.index = index;
        epoch.rent_payer = *payer.address();
        epoch.rebate_bps = rebate_bps;
        epoch.bump = bump;
    }
    require!(epoch.index == index, SettlementError::WrongEpoch);
    Ok(epoch)
}

/// The provider's credit in an epoch, and whether it was opened just now.
pub fn credit(
    view: AccountView,
    index: u64,
    provider: &Address,
    payer: &AccountView,
) -> Result<(Account<Credit>, bool)> {
    let index_seed = index.to_le_bytes();
    let (mut credit, opened) =
        load_or_open::<Credit>(view, payer, &[CREDIT, &index_seed, provider.as_ref()])?;
    if let Some(bump) = opened {
        credit.epoch = index;
        credit.provider = *provider;
        credit.rent_payer = *payer.address();
        credit.bump = bump;
    }
    require!(credit.epoch == index, SettlementError::WrongEpoch);
    same(&credit.provider, provider, SettlementError::WrongEpoch)?;
    Ok((credit, opened.is_some()))
}
