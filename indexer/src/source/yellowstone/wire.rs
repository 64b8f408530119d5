//! The blocks of a stream, and how they become [`Block`]s.

use super::links::Link;
use crate::source::{Block, Header, Inner, Instruction, Transaction};
use settlement_interface::Address;
use yellowstone_grpc_proto::geyser::{SubscribeUpdateBlock, SubscribeUpdateTransactionInfo};
use yellowstone_grpc_proto::solana::storage::confirmed_block::{CompiledInstruction, InnerInstruction};

/// A block with its transactions that succeeded; `Err` says what the server left out.
pub fn block(update: SubscribeUpdateBlock) -> Result<(Block, Link), String> {
    let (mut transactions, mut failed) = (Vec::new(), 0u64);
    for info in update.transactions {
        match transaction(info)? {
            Some(transaction) => transactions.push(transaction),
            None => failed = failed.saturating_add(1),
        }
    }
    let time = update.block_time.map(|time| time.timestamp);
    let link = Link {
        blockhash: update.blockhash.clone(),
        parent: update.parent_slot,
        parent_hash: update.parent_blockhash,
        time,
        failed,
    };
    let header = Header { blockhash: update.blockhash, parent: update.parent_slot };
    Ok((Block { slot: update.slot, header: Some(header), time, transactions }, link))
}

/// A transaction; `None` if it failed on chain.
fn transaction(info: SubscribeUpdateTransactionInfo) -> Result<Option<Transaction>, String> {
    let signature = bs58::encode(&info.signature).into_string();
    let lacks = |what: &str| format!("transaction {signature} has no {what}");
    let meta = info.meta.ok_or_else(|| lacks("metadata"))?;
    if meta.err.is_some() {
        return Ok(None);
    }
    if meta.inner_instructions_none {
        return Err(lacks("inner instructions; the server's node does not record them"));
    }
    let message = info.transaction.and_then(|transaction| transaction.message);
    let message = message.ok_or_else(|| lacks("message"))?;
    let names = message
        .account_keys
        .iter()
        .chain(&meta.loaded_writable_addresses)
        .chain(&meta.loaded_readonly_addresses);
    let keys: Vec<Address> = names
        .map(|bytes| {
            <[u8; 32]>::try_from(&**bytes).map(Address::new_from_array).map_err(|_| lacks("whole addresses"))
        })
        .collect::<Result<_, _>>()?;
    let key = |index: u32| {
        let index = usize::try_from(index).ok();
        index
            .and_then(|index| keys.get(index))
            .copied()
            .ok_or_else(|| lacks("account at an index that it uses"))
    };
    let outer = |compiled: CompiledInstruction| {
        Ok(Instruction { program: key(compiled.program_id_index)?, data: compiled.data, inner: Vec::new() })
    };
    let mut instructions: Vec<Instruction> =
        message.instructions.into_iter().map(outer).collect::<Result<_, String>>()?;
    let inner = |compiled: InnerInstruction| {
        let accounts = compiled.accounts.iter().map(|index| key(u32::from(*index)));
        Ok::<_, String>(Inner {
            program: key(compiled.program_id_index)?,
            accounts: accounts.collect::<Result<_, _>>()?,
            data: compiled.data,
            height: compiled.stack_height,
        })
    };
    for under in meta.inner_instructions {
        let place = usize::try_from(under.index).ok();
        let parent = place.and_then(|place| instructions.get_mut(place));
        let parent = parent.ok_or_else(|| lacks("outer instruction of an inner one"))?;
        parent.inner.extend(under.instructions.into_iter().map(inner).collect::<Result<Vec<_>, _>>()?);
    }
    let index = u32::try_from(info.index).map_err(|_| lacks("believable place in its block"))?;
    Ok(Some(Transaction { signature: signature.as_str().into(), index: Some(index), instructions }))
}
