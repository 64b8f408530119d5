//! Events by self-CPI and the numbers in their headers.

use anchor_lang::cpi::InstructionAccount;
use anchor_lang::prelude::*;
use settlement_interface::events::{EventLayout, TAG, Touched};
use settlement_interface::pda::EVENT_AUTHORITY;

/// Counts an event of this entity and makes the entry for the event's header.
#[inline(always)]
pub fn touch(entity: &Address, sequence: &mut u64) -> Result<Touched> {
    crate::guards::add(sequence, 1)?;
    Ok(Touched { entity: *entity, sequence: *sequence })
}

/// An event as it is sent.
#[repr(C)]
#[derive(Clone, Copy)]
struct Framed<E> {
    tag: [u8; 8],
    discriminator: [u8; 8],
    event: E,
}

// SAFETY: all fields are plain bytes; 16 bytes lie before the event, whose alignment is at most that.
unsafe impl<E: EventLayout> bytemuck::Zeroable for Framed<E> {}
// SAFETY: as above, and so there is no padding: an event's size is a multiple of its alignment.
unsafe impl<E: EventLayout> bytemuck::Pod for Framed<E> {}

/// Emits an event from where it is made, without a copy: for hot instructions.
#[inline(always)]
pub fn emit_made<E: EventLayout>(authority: &UncheckedAccount, bump: u8, event: E) {
    const { assert!(align_of::<E>() <= 16) };
    let framed = Framed { tag: TAG, discriminator: E::DISCRIMINATOR, event };
    emit_bytes(authority, bump, bytemuck::bytes_of(&framed));
}

/// Emits an event. The program's own dispatcher checks that only `authority` can, so that a
/// stranger's instruction of the same bytes is no event.
///
/// It copies the event to the heap: for cold instructions, which have compute to spare, and for events so
/// large that [`emit_made`], which frames them on the stack, would take a frame beyond its 4 KB.
pub fn emit<E: EventLayout>(authority: &UncheckedAccount, bump: u8, event: &E) -> Result<()> {
    let mut data = alloc::vec::Vec::with_capacity(TAG.len().saturating_add(8).saturating_add(size_of::<E>()));
    data.extend_from_slice(&TAG);
    data.extend_from_slice(&E::DISCRIMINATOR);
    data.extend_from_slice(bytemuck::bytes_of(event));
    emit_bytes(authority, bump, &data);
    Ok(())
}

/// Emits an event whose bytes, tag and discriminator included, are put together already.
pub fn emit_bytes(authority: &UncheckedAccount, bump: u8, data: &[u8]) {
    let handle = authority.cpi_handle();
    anchor_lang::unchecked_invoke_signed_fixed(
        &crate::ID,
        data,
        &[InstructionAccount::readonly_signer(authority.address())],
        &[handle],
        &[&[EVENT_AUTHORITY, &[bump]]],
    );
}
