//! The program's events as Carbon's decoders have events: an instruction of the program that begins with the event
//! tag. What is stored of one is the very JSON that the indexer stores.

#[allow(dead_code, unused_imports, reason = "the indexer uses all of it")]
#[path = "../../../src/decode/body/mod.rs"]
pub mod body;

use carbon_core::instruction::InstructionDecoder;
use serde::{Deserialize, Serialize};
use settlement_interface::ID;
use settlement_interface::events::Event;
use solana_instruction::Instruction;

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decoded {
    /// Its name in the IDL.
    pub name: String,
    /// Every field.
    pub body: serde_json::Value,
}

impl Decoded {
    /// Reads an instruction's data; none if it is no event.
    pub fn read(data: &[u8]) -> Option<Self> {
        let event = Event::decode(data).ok()??;
        Some(Self { name: event.name().to_owned(), body: body::body(&event) })
    }
}

/// Finds events.
pub struct EventDecoder;

impl InstructionDecoder<'_> for EventDecoder {
    type InstructionType = Decoded;

    fn decode_instruction(&self, instruction: &Instruction) -> Option<Decoded> {
        if instruction.program_id.to_bytes() != ID.to_bytes() {
            return None;
        }
        Decoded::read(&instruction.data)
    }
}
