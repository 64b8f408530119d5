//! Calls that either token program answers, SPL Token or Token-2022: both know these instructions by the
//! same bytes, and the mints that are let in have no extension that asks for more.

use crate::tokens::{ACCOUNT_LEN, CLOSE_ACCOUNT, INITIALIZE_ACCOUNT_3, Seeds, TRANSFER, with_amount};
use anchor_lang::cpi::InstructionAccount;
use anchor_lang::prelude::*;
use anchor_lang::unchecked_invoke_signed_fixed;

/// An instruction over two accounts that change and who signs for the first: the shape of all that moves,
/// burns, mints or closes.
pub fn call(
    program: &Address,
    data: &[u8],
    first: CpiHandleMut<'_>,
    second: CpiHandleMut<'_>,
    authority: CpiHandle<'_>,
    seeds: Seeds<'_>,
) {
    unchecked_invoke_signed_fixed(
        program,
        data,
        &[
            InstructionAccount::writable(first.address()),
            InstructionAccount::writable(second.address()),
            InstructionAccount::readonly_signer(authority.address()),
        ],
        &[first.into(), second.into(), authority],
        seeds,
    );
}

/// Moves tokens between accounts of one mint of this program.
pub fn transfer(
    program: &Address,
    from: CpiHandleMut<'_>,
    to: CpiHandleMut<'_>,
    authority: CpiHandle<'_>,
    amount: u64,
    seeds: Seeds<'_>,
) {
    call(program, &with_amount(TRANSFER, amount), from, to, authority, seeds);
}

/// Closes an empty account; its rent goes to `destination`.
pub fn close(
    program: &Address,
    account: CpiHandleMut<'_>,
    destination: CpiHandleMut<'_>,
    owner: CpiHandle<'_>,
    seeds: Seeds<'_>,
) {
    call(program, &[CLOSE_ACCOUNT], account, destination, owner, seeds);
}

/// Creates a vault at an address of this program: a token account of `mint` owned by `owner`.
/// Works also if somebody has sent lamports there before.
pub fn open_vault(
    program: &Address,
    payer: &AccountView,
    vault: &mut UncheckedAccount,
    mint: CpiHandle<'_>,
    owner: &Address,
    seeds: &[&[u8]],
) -> Result<()> {
    anchor_lang::create_account_signed(payer, vault.account(), ACCOUNT_LEN, program, seeds)?;
    let mut data = [INITIALIZE_ACCOUNT_3; 33];
    data[1..].copy_from_slice(owner.as_ref());
    let vault = vault.try_cpi_handle_mut()?;
    unchecked_invoke_signed_fixed(
        program,
        &data,
        &[InstructionAccount::writable(vault.address()), InstructionAccount::readonly(mint.address())],
        &[vault.into(), mint],
        &[],
    );
    Ok(())
}
