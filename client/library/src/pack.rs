//! Many pieces of work in as few transactions as the limits allow.

use crate::budget::{Estimate, MOST_CALLS, MOST_UNITS, calls};
use settlement_interface::Address;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_message::{AddressLookupTableAccount, CompileError, VersionedMessage, v0};
use solana_signature::Signature;
use solana_signer::{Signer, SignerError};
use solana_transaction::versioned::VersionedTransaction;

/// Most bytes of a transaction.
pub const MOST_BYTES: usize = 1_232;
/// Most accounts that a transaction may lock.
pub const MOST_ACCOUNTS: usize = 64;
/// Instructions that [`Estimate::instructions`] puts in front.
pub const IN_FRONT: usize = 2;

/// Instructions that belong together, such as an Ed25519 verification and the `settle` that reads it.
/// They are built for the index at which the first of them will stand, because `settle` names the
/// absolute index of the other.
pub type Piece<'a> = Box<dyn Fn(u16) -> Vec<Instruction> + 'a>;

/// Why pieces cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A single piece exceeds a limit.
    #[error(
        "piece {0} alone exceeds the size, the accounts, the calls or the compute units of one transaction"
    )]
    TooLarge(usize),
    /// The message cannot be compiled.
    #[error("a transaction cannot be arranged: {0}")]
    Compile(#[from] CompileError),
    /// A key did not sign.
    #[error("the transaction was not signed: {0}")]
    Signer(#[from] SignerError),
}

/// A transaction to be: its instructions, budget included.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Everything, in order.
    pub instructions: Vec<Instruction>,
    /// What it costs.
    pub estimate: Estimate,
    /// How many of the pieces it holds.
    pub pieces: usize,
    /// Its size, signatures included.
    pub bytes: usize,
}

/// Packs pieces in their order. `price` is what a compute unit is worth, millionths of a lamport.
///
/// # Errors
/// [`PackError`], naming the first piece that does not fit at all.
pub fn pack(
    payer: &Address,
    pieces: &[Piece<'_>],
    tables: &[AddressLookupTableAccount],
    price: u64,
) -> Result<Vec<Packed>, PackError> {
    let mut all = Vec::new();
    let mut first = 0usize;
    while first < pieces.len() {
        let mut best = None;
        for last in first..pieces.len() {
            match measure(payer, pieces.get(first..=last).unwrap_or_default(), tables, price)? {
                Some(packed) => best = Some(packed),
                None => break,
            }
        }
        let packed = best.ok_or(PackError::TooLarge(first))?;
        first = first.saturating_add(packed.pieces);
        all.push(packed);
    }
    Ok(all)
}

impl Packed {
    /// The transaction, signed over this blockhash with the tables that it was packed for.
    ///
    /// # Errors
    /// [`PackError`].
    pub fn sign(
        &self,
        signers: &[&dyn Signer],
        tables: &[AddressLookupTableAccount],
        blockhash: Hash,
    ) -> Result<VersionedTransaction, PackError> {
        let payer = signers.first().ok_or(SignerError::NotEnoughSigners)?.try_pubkey()?;
        let message = v0::Message::try_compile(&payer, &self.instructions, tables, blockhash)?;
        Ok(VersionedTransaction::try_new(VersionedMessage::V0(message), signers)?)
    }
}

/// The transaction of a message, with an empty place for each signature: to be measured, simulated, or
/// handed to a wallet.
pub fn unsigned(message: VersionedMessage) -> VersionedTransaction {
    let signatures = vec![Signature::default(); usize::from(message.header().num_required_signatures)];
    VersionedTransaction { signatures, message }
}

/// The transaction that holds these pieces; `None` if a limit is exceeded.
fn measure(
    payer: &Address,
    pieces: &[Piece<'_>],
    tables: &[AddressLookupTableAccount],
    price: u64,
) -> Result<Option<Packed>, PackError> {
    let mut work: Vec<Instruction> = Vec::new();
    for piece in pieces {
        let at = u16::try_from(work.len().saturating_add(IN_FRONT)).unwrap_or(u16::MAX);
        work.extend(piece(at));
    }
    let mut signers: Vec<Address> = vec![*payer];
    signers.extend(work.iter().flat_map(|one| &one.accounts).filter(|meta| meta.is_signer).map(|m| m.pubkey));
    signers.sort_unstable();
    signers.dedup();
    let estimate = Estimate::of(&work, signers.len(), price);
    let instructions: Vec<_> = estimate.instructions().into_iter().chain(work).collect();
    let message = v0::Message::try_compile(payer, &instructions, tables, Hash::default())?;
    let looked_up: usize = message
        .address_table_lookups
        .iter()
        .map(|one| one.writable_indexes.len().saturating_add(one.readonly_indexes.len()))
        .sum();
    let accounts = message.account_keys.len().saturating_add(looked_up);
    let transaction = unsigned(VersionedMessage::V0(message));
    // What cannot be serialised does not fit.
    let bytes = wincode::serialize(&transaction).map_or(usize::MAX, |bytes| bytes.len());
    let fits = bytes <= MOST_BYTES
        && accounts <= MOST_ACCOUNTS
        && estimate.units < MOST_UNITS
        && calls(&instructions) <= MOST_CALLS;
    Ok(fits.then_some(Packed { instructions, estimate, pieces: pieces.len(), bytes }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use settlement_interface::ID;
    use settlement_interface::wire::discriminator;
    use solana_instruction::AccountMeta;

    fn address(n: u8) -> Address {
        Address::new_from_array([n; 32])
    }

    fn piece(n: u8) -> Piece<'static> {
        Box::new(move |at| {
            let mut data = discriminator("close_job").to_vec();
            data.extend_from_slice(&at.to_le_bytes());
            let accounts = vec![AccountMeta::new(address(n), false), AccountMeta::new(address(100), false)];
            vec![Instruction { program_id: ID, accounts, data }]
        })
    }

    #[test]
    fn everything_is_packed_once_in_order_within_the_limits() {
        let pieces: Vec<_> = (1..=60).map(piece).collect();
        let packed = pack(&address(200), &pieces, &[], 0).unwrap();
        assert!(packed.len() > 1);
        let mut seen = Vec::new();
        for one in &packed {
            assert!(one.bytes <= MOST_BYTES);
            for (index, instruction) in one.instructions.iter().enumerate().skip(2) {
                assert_eq!(instruction.data[8..], u16::try_from(index).unwrap().to_le_bytes());
                seen.push(instruction.accounts[0].pubkey);
            }
        }
        assert_eq!(seen, (1..=60).map(address).collect::<Vec<_>>());
    }

    #[test]
    fn a_lookup_table_lets_more_fit() {
        let pieces: Vec<_> = (1..=60).map(piece).collect();
        let table =
            AddressLookupTableAccount { key: address(201), addresses: (1..=100).map(address).collect() };
        let without = pack(&address(200), &pieces, &[], 0).unwrap().len();
        let with = pack(&address(200), &pieces, &[table], 0).unwrap().len();
        assert!(with < without, "{with} of {without}");
    }

    #[test]
    fn a_piece_that_never_fits_is_named() {
        let huge: Piece<'_> =
            Box::new(|_| vec![Instruction { program_id: ID, accounts: vec![], data: vec![0; 1_300] }]);
        let error = pack(&address(200), &[piece(1), huge], &[], 0).unwrap_err();
        assert!(matches!(error, PackError::TooLarge(1)));
        assert!(pack(&address(200), &[], &[], 0).unwrap().is_empty());
    }
}
