//! A server that speaks Yellowstone's protocol from its published definition and streams what a
//! [`Node`] has, with the habits of real ones: it cuts connections, repeats and reorders messages,
//! sends a block's meta and not the block, says of slots that they are dead, and replays less than is
//! asked for.

use super::chain::{Full, Sent};
use super::encode::keys;
use super::node::{Node, State};
use super::random::Random;
use futures_util::Stream;
use futures_util::stream::unfold;
use indexer::source::Inner;
use settlement_interface::Address;
use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};
use yellowstone_grpc_proto::geyser::geyser_server::{Geyser, GeyserServer};
use yellowstone_grpc_proto::geyser::subscribe_update::UpdateOneof;
use yellowstone_grpc_proto::geyser::*;
use yellowstone_grpc_proto::solana::storage::confirmed_block::{
    CompiledInstruction, InnerInstruction, InnerInstructions, Message, Transaction, TransactionError,
    TransactionStatusMeta, UnixTimestamp,
};

/// What it does wrong, in percent of messages, blocks or answers.
#[derive(Clone, Copy, Default)]
pub struct Faults {
    /// Connections that it cuts, each after a random number of messages.
    pub cuts: u64,
    pub repeats: u64,
    pub swaps: u64,
    /// Blocks of which only the meta comes.
    pub missing: u64,
    /// Blocks that lack a transaction.
    pub short: u64,
    /// Slots that are said to be dead, blocks that were given among them.
    pub dead: u64,
    /// Whether it replays, and how far at random.
    pub replays: bool,
}

struct Shared {
    node: Arc<Mutex<State>>,
    faults: Faults,
    random: Random,
    token: Option<&'static str>,
    first_available: Option<u64>,
    stalled: watch::Sender<bool>,
    muted: watch::Sender<bool>,
    told: Told,
}

/// What happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    pub connections: u64,
    pub cuts: u64,
    pub replays: u64,
    pub refused: u64,
    pub missing: u64,
    pub pongs: u64,
}

#[derive(Clone)]
pub struct Server(Arc<Mutex<Shared>>);

impl Server {
    pub async fn start(
        node: &Node,
        faults: Faults,
        seed: u64,
        token: Option<&'static str>,
    ) -> (Self, String) {
        let (random, told) = (Random::new(seed), Told::default());
        let node = node.state.clone();
        let (stalled, muted) = (watch::Sender::new(false), watch::Sender::new(false));
        let shared = Shared { node, faults, random, token, first_available: None, stalled, muted, told };
        let server = Self(Arc::new(Mutex::new(shared)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = tonic::transport::Server::builder().add_service(GeyserServer::new(server.clone()));
        tokio::spawn(service.serve_with_incoming(TcpIncoming::from(listener)));
        (server, url)
    }

    /// Has it say nothing, to new subscribers too, and leave connections open; or go on.
    pub fn stall(&self, stalled: bool) {
        self.0.lock().unwrap().stalled.send_replace(stalled);
    }

    /// Has it leave new subscribers without any answer, on connections that are alive; or answer them.
    pub fn mute(&self, muted: bool) {
        self.0.lock().unwrap().muted.send_replace(muted);
    }

    async fn speaks(&self) {
        let mut muted = self.0.lock().unwrap().muted.subscribe();
        let _ = muted.wait_for(|muted| !muted).await;
    }

    pub fn told(&self) -> Told {
        self.0.lock().unwrap().told
    }

    fn admits<T>(&self, request: &Request<T>) -> Result<(), Status> {
        let wanted = self.0.lock().unwrap().token;
        let given = request.metadata().get("x-token").and_then(|token| token.to_str().ok());
        if wanted == given { Ok(()) } else { Err(Status::unauthenticated("No valid auth token")) }
    }

    /// Streams to one subscriber until it is cut or gone.
    async fn stream(self, from: Option<u64>, sink: mpsc::Sender<Result<SubscribeUpdate, Status>>) {
        let mut fuse = {
            let mut shared = self.0.lock().unwrap();
            if shared.told.cuts < shared.faults.cuts { shared.random.within(1, 40) } else { u64::MAX }
        };
        let present = self.0.lock().unwrap().node.lock().unwrap().confirmed();
        let start = from.unwrap_or(present + 1);
        let mut sent = Seen::default();
        let mut stalled = self.0.lock().unwrap().stalled.subscribe();
        loop {
            tokio::select! {
                _ = stalled.wait_for(|stalled| !stalled) => {}
                () = sink.closed() => return,
            }
            let batch = self.step(start, &mut sent);
            if batch.is_empty() {
                // Until the chain goes on; as fast as may be would starve who moves it.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            for message in batch {
                if fuse == 0 {
                    self.0.lock().unwrap().told.cuts += 1;
                    let _ = sink.send(Err(Status::unavailable("lagged"))).await;
                    return;
                }
                fuse -= 1;
                let update = SubscribeUpdate { update_oneof: Some(message), ..SubscribeUpdate::default() };
                if sink.send(Ok(update)).await.is_err() {
                    return;
                }
            }
            if sent.is_over {
                // The chain stands still.
                return sink.closed().await;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Moves the chain on by a slot, and what there is to say of it.
    fn step(&self, start: u64, sent: &mut Seen) -> Vec<UpdateOneof> {
        let mut shared = self.0.lock().unwrap();
        let node = shared.node.clone();
        let mut node = node.lock().unwrap();
        let is_behind = sent.through >= node.confirmed();
        if is_behind {
            node.advance();
        }
        sent.is_over = is_behind && node.is_over();
        sent.through = node.confirmed();
        let view: Vec<Full> = node.view().into_iter().cloned().collect();
        let hashes: HashMap<u64, String> =
            view.iter().map(|block| (block.slot, block.blockhash.clone())).collect();
        let (faults, finalized) = (shared.faults, node.finalized());
        let mut messages = Vec::new();
        let random = &mut shared.random;
        let mut missing = 0;
        for block in view.iter().filter(|block| block.slot >= start) {
            if sent.blocks.insert((block.slot, block.blockhash.clone())) {
                let parent = hashes.get(&block.parent).cloned().unwrap_or_else(|| "genesis".into());
                messages.push(status(block.slot, SlotStatus::SlotProcessed));
                messages.push(UpdateOneof::BlockMeta(meta(block, &parent)));
                if random.chance(faults.missing) {
                    missing += 1;
                } else {
                    let mut whole = encode(block, &parent);
                    if random.chance(faults.short) {
                        whole.transactions.pop();
                    }
                    messages.push(UpdateOneof::Block(whole));
                }
                messages.push(status(block.slot, SlotStatus::SlotConfirmed));
            }
        }
        for block in view.iter().filter(|block| block.slot >= start && block.slot <= finalized) {
            if sent.finals.insert(block.slot) {
                messages.push(status(block.slot, SlotStatus::SlotFinalized));
            }
        }
        if random.chance(5) {
            messages.push(UpdateOneof::Ping(SubscribeUpdatePing {}));
        }
        if random.chance(faults.dead) {
            messages.push(status(random.within(start, sent.through + 5), SlotStatus::SlotDead));
        }
        for place in (1..messages.len()).rev() {
            if random.chance(faults.repeats) {
                messages.insert(place, messages[random.index(place)].clone());
            }
            if random.chance(faults.swaps) {
                messages.swap(place, place - 1);
            }
        }
        shared.told.missing += missing;
        messages
    }
}

/// What one subscriber was sent.
#[derive(Default)]
struct Seen {
    blocks: BTreeSet<(u64, String)>,
    finals: BTreeSet<u64>,
    through: u64,
    is_over: bool,
}

fn status(slot: u64, status: SlotStatus) -> UpdateOneof {
    UpdateOneof::Slot(SubscribeUpdateSlot { slot, status: status.into(), ..SubscribeUpdateSlot::default() })
}

fn meta(block: &Full, parent_blockhash: &str) -> SubscribeUpdateBlockMeta {
    SubscribeUpdateBlockMeta {
        slot: block.slot,
        blockhash: block.blockhash.clone(),
        parent_slot: block.parent,
        parent_blockhash: parent_blockhash.into(),
        executed_transaction_count: 1_000,
        ..SubscribeUpdateBlockMeta::default()
    }
}

fn encode(block: &Full, parent_blockhash: &str) -> SubscribeUpdateBlock {
    SubscribeUpdateBlock {
        slot: block.slot,
        blockhash: block.blockhash.clone(),
        block_time: Some(UnixTimestamp { timestamp: block.time }),
        parent_slot: block.parent,
        parent_blockhash: parent_blockhash.into(),
        executed_transaction_count: 1_000,
        transactions: block.sent.iter().map(transaction).collect(),
        ..SubscribeUpdateBlock::default()
    }
}

fn transaction(sent: &Sent) -> SubscribeUpdateTransactionInfo {
    let keys = keys(sent);
    let place = |key: &Address| keys.iter().position(|candidate| candidate == key).unwrap();
    let inner = |call: &Inner| InnerInstruction {
        program_id_index: place(&call.program) as u32,
        accounts: call.accounts.iter().map(|account| place(account) as u8).collect(),
        data: call.data.clone(),
        stack_height: call.height,
    };
    let instructions = &sent.transaction.instructions;
    let compiled = instructions.iter().map(|instruction| CompiledInstruction {
        program_id_index: place(&instruction.program) as u32,
        accounts: Vec::new(),
        data: instruction.data.clone(),
    });
    let under = (0u32..).zip(instructions).map(|(index, instruction)| InnerInstructions {
        index,
        instructions: instruction.inner.iter().map(inner).collect(),
    });
    // The last keys come from a lookup table.
    let (fixed, loaded) = keys.split_at(keys.len() / 2);
    let bytes = |keys: &[Address]| keys.iter().map(|key| key.as_ref().to_vec()).collect::<Vec<_>>();
    let signature = bs58::decode(&*sent.transaction.signature).into_vec().unwrap();
    SubscribeUpdateTransactionInfo {
        signature: signature.clone(),
        transaction: Some(Transaction {
            signatures: vec![signature],
            message: Some(Message {
                account_keys: bytes(fixed),
                instructions: compiled.collect(),
                ..Message::default()
            }),
        }),
        meta: Some(TransactionStatusMeta {
            err: sent.failed.then(|| TransactionError { err: vec![1] }),
            inner_instructions: under.collect(),
            loaded_writable_addresses: bytes(&loaded[..loaded.len() / 2]),
            loaded_readonly_addresses: bytes(&loaded[loaded.len() / 2..]),
            ..TransactionStatusMeta::default()
        }),
        index: u64::from(sent.transaction.index.unwrap()),
        ..SubscribeUpdateTransactionInfo::default()
    }
}

type Updates<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Geyser for Server {
    type SubscribeStream = Updates<SubscribeUpdate>;
    type SubscribeDeshredStream = Updates<SubscribeUpdateDeshred>;
    type SubscribeGossipStream = Updates<SubscribeUpdateGossip>;

    async fn subscribe(
        &self,
        request: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        self.admits(&request)?;
        self.speaks().await;
        let mut requests = request.into_inner();
        let first = requests.message().await?.ok_or_else(|| Status::invalid_argument("no request"))?;
        let is_ours = first.blocks.values().all(|blocks| {
            blocks.account_include == [settlement_interface::ID.to_string()] && blocks.include_transactions()
        });
        let wants_dead = first.slots.values().all(SubscribeRequestFilterSlots::interslot_updates);
        if first.blocks.len() != 1
            || !is_ours
            || !wants_dead
            || first.commitment() != CommitmentLevel::Confirmed
        {
            return Err(Status::invalid_argument("another subscription was expected"));
        }
        {
            let mut shared = self.0.lock().unwrap();
            shared.told.connections += 1;
            if let Some(from) = first.from_slot {
                if shared.first_available.is_none_or(|first| first > from) {
                    shared.told.refused += 1;
                    return Err(Status::out_of_range(format!("broadcast from {from} is not available")));
                }
                shared.told.replays += 1;
            }
        }
        let pings = self.clone();
        tokio::spawn(async move {
            while let Ok(Some(request)) = requests.message().await {
                pings.0.lock().unwrap().told.pongs += u64::from(request.ping.is_some());
            }
        });
        let (sink, updates) = mpsc::channel(4);
        tokio::spawn(self.clone().stream(first.from_slot, sink));
        Ok(Response::new(Box::pin(unfold(updates, |mut updates| async {
            Some((updates.recv().await?, updates))
        }))))
    }

    async fn subscribe_replay_info(
        &self,
        request: Request<SubscribeReplayInfoRequest>,
    ) -> Result<Response<SubscribeReplayInfoResponse>, Status> {
        self.admits(&request)?;
        let mut shared = self.0.lock().unwrap();
        let present = shared.node.lock().unwrap().confirmed();
        let window = shared.random.within(0, 40);
        let first_available = shared.faults.replays.then(|| present.saturating_sub(window));
        // By the time it is asked for, the window may have moved on.
        let moved = shared.random.chance(10);
        shared.first_available = first_available.map(|first| if moved { first + 20 } else { first });
        Ok(Response::new(SubscribeReplayInfoResponse { first_available }))
    }

    async fn subscribe_deshred(
        &self,
        _: Request<Streaming<SubscribeDeshredRequest>>,
    ) -> Result<Response<Self::SubscribeDeshredStream>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn subscribe_gossip(
        &self,
        _: Request<SubscribeGossipRequest>,
    ) -> Result<Response<Self::SubscribeGossipStream>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn ping(&self, _: Request<PingRequest>) -> Result<Response<PongResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_latest_blockhash(
        &self,
        _: Request<GetLatestBlockhashRequest>,
    ) -> Result<Response<GetLatestBlockhashResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_block_height(
        &self,
        _: Request<GetBlockHeightRequest>,
    ) -> Result<Response<GetBlockHeightResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_slot(&self, _: Request<GetSlotRequest>) -> Result<Response<GetSlotResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn is_blockhash_valid(
        &self,
        _: Request<IsBlockhashValidRequest>,
    ) -> Result<Response<IsBlockhashValidResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_version(
        &self,
        _: Request<GetVersionRequest>,
    ) -> Result<Response<GetVersionResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }
}
