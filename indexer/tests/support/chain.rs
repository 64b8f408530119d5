//! Blocks that carry a market's transactions, among things that look like them and are not.

use super::market::{Group, Holdings, Market, address};
use super::random::Random;
use indexer::source::{Block, Header, Inner, Instruction, Transaction};
use settlement_interface::events::{Claimed, Event, TAG, Touched};
use settlement_interface::{Address, ID, pda};
use std::sync::Arc;

/// A transaction, failed ones included.
#[derive(Clone, Debug)]
pub struct Sent {
    pub failed: bool,
    pub transaction: Transaction,
}

/// A block with all of its transactions that name the program, in their order.
#[derive(Clone, Debug)]
pub struct Full {
    pub slot: u64,
    pub blockhash: String,
    pub parent: u64,
    pub time: i64,
    pub sent: Vec<Sent>,
}

/// A chain from genesis to its last block.
pub struct Chain {
    pub blocks: Vec<Full>,
    pub last_slot: u64,
    pub holdings: Holdings,
    pub market: Market,
}

/// What a chain is made of.
#[derive(Clone, Copy)]
pub struct Recipe {
    pub seed: u64,
    pub slots: u64,
    pub noise: bool,
}

impl Chain {
    pub fn make(recipe: Recipe) -> Self {
        let mut market = Market::new(recipe.seed);
        // Of its own, so that noise does not change the market.
        let mut random = Random::new(recipe.seed ^ 0xdead);
        let (mut blocks, mut parent) = (Vec::new(), 0);
        for slot in 1..=recipe.slots {
            if random.chance(25) {
                continue; // skipped, or without us
            }
            market.slot = slot;
            let mut sent: Vec<Sent> = Vec::new();
            for _ in 0..random.within(1, 3) {
                let groups = market.transaction();
                if !groups.is_empty() {
                    sent.push(Sent { failed: false, transaction: genuine(&mut random, &groups) });
                }
            }
            if sent.is_empty() {
                continue;
            }
            let mut stray = Random::new(recipe.seed ^ slot);
            if recipe.noise && stray.chance(40) {
                let place = stray.index(sent.len() + 1);
                sent.insert(place, noise(&mut stray));
            }
            number(&mut sent);
            let blockhash = bs58::encode(random.bytes::<32>()).into_string();
            blocks.push(Full { slot, blockhash, parent, time: market.now, sent });
            parent = slot;
        }
        Self { blocks, last_slot: recipe.slots, holdings: market.holdings.clone(), market }
    }

    /// What a source gives of it: the blocks with transactions that succeeded.
    pub fn source_blocks(&self) -> Vec<Block> {
        self.blocks.iter().map(Full::block).filter(|block| !block.transactions.is_empty()).collect()
    }

    pub fn events(&self) -> Vec<Event> {
        let decoded = self.source_blocks().into_iter().map(indexer::decode::decode);
        decoded.flat_map(|block| block.events).map(|placed| placed.event).collect()
    }
}

impl Full {
    pub fn block(&self) -> Block {
        let fine = self.sent.iter().filter(|sent| !sent.failed);
        Block {
            slot: self.slot,
            header: Some(Header { blockhash: self.blockhash.clone(), parent: self.parent }),
            time: Some(self.time),
            transactions: fine.map(|sent| sent.transaction.clone()).collect(),
        }
    }
}

/// Places in the block, with room for other people's transactions.
pub fn number(sent: &mut [Sent]) {
    for (place, one) in (0u32..).zip(sent) {
        one.transaction.index = Some(place * 3 + 1);
    }
}

fn signature(random: &mut Random) -> Arc<str> {
    bs58::encode(random.bytes::<64>()).into_string().into()
}

/// A call that the program makes to itself.
pub fn self_cpi(data: Vec<u8>) -> Inner {
    Inner { program: ID, accounts: vec![pda::event_authority()], data, height: Some(2) }
}

pub fn genuine(random: &mut Random, groups: &[Group]) -> Transaction {
    let other = Address::new_from_array([3; 32]);
    let instructions = groups.iter().map(|events| {
        // Token calls stand between the events.
        let token =
            Inner { program: pda::TOKEN_PROGRAM, accounts: vec![other], data: vec![3], height: Some(2) };
        let calls = events.iter().flat_map(|event| [token.clone(), self_cpi(event.encode())]);
        Instruction { program: ID, data: vec![1, 2, 3], inner: calls.collect() }
    });
    Transaction { signature: signature(random), index: None, instructions: instructions.collect() }
}

/// An event that would be worth something if it were believed.
pub fn forged(random: &mut Random) -> Event {
    let provider = address(random);
    Event::Claimed(Box::new(Claimed {
        entities: [Touched { entity: provider, sequence: 1 }],
        at: 1_780_000_000,
        provider,
        wallet: provider,
        amount: 1_000_000,
        minted: 1_000_000,
    }))
}

/// How something names the program without being an event of it.
#[derive(Clone, Copy, Debug)]
pub enum Noise {
    /// Genuine bytes in a transaction that failed.
    Failed,
    /// Another program's event.
    OtherProgram,
    /// A stranger calls us with event bytes.
    Caller,
    /// Without the authority.
    Authority,
    /// Event bytes at the top.
    Outer,
}

impl Noise {
    pub const ALL: [Self; 5] = [Self::Failed, Self::OtherProgram, Self::Caller, Self::Authority, Self::Outer];

    /// A transaction with it.
    pub fn make(self, random: &mut Random) -> Sent {
        let data = forged(random).encode();
        let stranger = Address::new_from_array([9; 32]);
        let mut call = self_cpi(data.clone());
        let mut outer = Instruction { program: ID, data: vec![], inner: vec![] };
        match self {
            Self::Failed => {}
            Self::OtherProgram => call.program = stranger,
            Self::Caller => outer.program = stranger,
            Self::Authority => call.accounts = vec![stranger],
            Self::Outer => outer.data = data.clone(),
        }
        if outer.data.is_empty() {
            outer.inner.push(call);
        } else {
            assert!(outer.data.starts_with(&TAG));
        }
        let transaction =
            Transaction { signature: signature(random), index: None, instructions: vec![outer] };
        Sent { failed: matches!(self, Self::Failed), transaction }
    }
}

/// Some of it.
fn noise(random: &mut Random) -> Sent {
    random.pick(&Noise::ALL).make(random)
}
