//! A network in LiteSVM: the compiled program, its mint, a price that the test sets, a clock that it moves.

use crate::outcome::{Outcome, Sent, judge};
use litesvm::LiteSVM;
use settlement_interface::accounts::{Config, Layout, Price, Totals};
use settlement_interface::events::Event;
use settlement_interface::instructions::Network;
use settlement_interface::oracle::{PYTH_RECEIVER, PriceMessage, encode, push_feed};
use settlement_interface::parameters::{Genesis, Parameters};
use settlement_interface::{Address, ID, pda};
use solana_account::Account;
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::collections::BTreeMap;
use std::path::Path;

/// Genesis hash that the tests' cluster pretends to have.
pub const CLUSTER: [u8; 32] = [0xC1; 32];
/// The compute token's price feed.
pub const FEED_ID: [u8; 32] = [0xFE; 32];
/// When the tests begin, Unix seconds, and in which slot.
const START: i64 = 1_800_000_000;
const START_SLOT: u64 = 1_000_000;
/// Supply of the compute token before the network starts: 1,000,000 tokens of 9 decimals.
pub const GENESIS_SUPPLY: u64 = 1_000_000_000_000_000;

/// A keypair that every run has the same.
pub fn keypair(number: u64) -> Keypair {
    let mut seed = [0x5E; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    Keypair::new_from_array(seed)
}

pub struct World {
    pub svm: LiteSVM,
    /// Upgrade authority, then admin.
    pub admin: Keypair,
    pub guardian: Keypair,
    pub treasury: Address,
    /// Pays fees and rent, and owns the genesis supply.
    pub bank: Keypair,
    pub network: Network,
    pub price: PriceMessage,
    /// What every transaction that went through emitted: its slot, its time and its events.
    pub history: Vec<(u64, i64, Vec<Event>)>,
    next_key: u64,
    /// Makes equal instructions distinct transactions.
    nonce: u64,
}

impl World {
    /// Everything deployed and nothing initialised.
    pub fn before_genesis() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy/settlement.so");
        let program = std::fs::read(&file).unwrap_or_else(|_| {
            panic!("{} is not there; build it by: scripts/build-program", file.display())
        });
        let mut svm = LiteSVM::new().with_precompiles();
        let admin = keypair(1);
        deploy(&mut svm, &program, &admin.pubkey());
        let bank = keypair(3);
        for key in [&admin, &bank] {
            svm.airdrop(&key.pubkey(), 1_000_000_000_000).unwrap();
        }
        let mint = keypair(4).pubkey();
        let feed = push_feed(0, &FEED_ID);
        let price = PriceMessage {
            spot: 200_000_000,
            confidence: 100_000,
            exponent: -8,
            publish_time: START,
            average: 200_000_000,
        };
        let network = Network { mint, feed };
        let treasury = keypair(5).pubkey();
        let mut world = Self {
            svm,
            admin,
            guardian: keypair(2),
            treasury,
            bank,
            network,
            price,
            history: Vec::new(),
            next_key: 100,
            nonce: 0,
        };
        world.set_mint(&mint, Some(pda::config()), None, 9, GENESIS_SUPPLY);
        let bank_tokens = world.associated(&world.bank.pubkey());
        world.set_tokens(&bank_tokens, &mint, &world.bank.pubkey(), GENESIS_SUPPLY);
        world.set_clock(START, START_SLOT);
        world.publish(world.price);
        world
    }

    /// A running network with the default parameters.
    pub fn new() -> Self {
        Self::with(Parameters::DEFAULT)
    }

    /// A running network with these parameters.
    pub fn with(parameters: Parameters) -> Self {
        let mut world = Self::before_genesis();
        let genesis = world.genesis(parameters);
        let initialize = world.initialize(&genesis);
        let admin = world.admin.insecure_clone();
        world.send(&[initialize], &[&admin]).expect("initialize");
        world
    }

    /// The same network in the same state, apart from this one from now on.
    pub fn fork(&self) -> Self {
        Self {
            svm: self.svm.clone(),
            admin: self.admin.insecure_clone(),
            guardian: self.guardian.insecure_clone(),
            bank: self.bank.insecure_clone(),
            history: self.history.clone(),
            ..*self
        }
    }

    /// The argument of `initialize` with these parameters.
    pub fn genesis(&self, parameters: Parameters) -> Genesis {
        Genesis {
            parameters,
            guardian: self.guardian.pubkey(),
            treasury: self.treasury,
            cluster: CLUSTER,
            feed_id: FEED_ID,
            feed_shard: 0,
        }
    }

    /// `initialize`, signed and paid by the upgrade authority.
    pub fn initialize(&self, genesis: &Genesis) -> Instruction {
        self.network.initialize(&self.admin.pubkey(), &self.admin.pubkey(), genesis)
    }

    /// A new wallet with SOL.
    pub fn wallet(&mut self) -> Keypair {
        self.next_key += 1;
        let wallet = keypair(self.next_key);
        self.svm.airdrop(&wallet.pubkey(), 100_000_000_000).unwrap();
        wallet
    }

    /// A new wallet with SOL and `amount` tokens in its associated account.
    pub fn holder(&mut self, amount: u64) -> Keypair {
        let wallet = self.wallet();
        self.give(&wallet.pubkey(), amount);
        wallet
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    pub fn slot(&self) -> u64 {
        self.svm.get_sysvar::<Clock>().slot
    }

    /// Index of the current epoch.
    pub fn epoch(&self) -> u64 {
        self.config().epoch_index(self.now()).unwrap()
    }

    pub fn set_clock(&mut self, now: i64, slot: u64) {
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.unix_timestamp = now;
        clock.slot = slot;
        self.svm.set_sysvar(&clock);
    }

    /// Lets time pass as on a healthy chain, about 2.5 slots a second; the price stays as old as it is.
    pub fn pass(&mut self, seconds: i64) {
        let slots = u64::try_from(seconds).unwrap() * 5 / 2;
        self.set_clock(self.now() + seconds, self.slot() + slots);
    }

    /// Lets time pass until `at`, with the price kept fresh.
    pub fn until(&mut self, at: i64) {
        let seconds = at - self.now();
        self.pass(seconds);
        self.refresh();
    }

    /// Publishes the present price anew, as of now.
    pub fn refresh(&mut self) {
        self.price.publish_time = self.now();
        self.publish(self.price);
    }

    /// Writes a fully verified price update to the pinned feed.
    pub fn publish(&mut self, price: PriceMessage) {
        self.price = price;
        let data = encode(&self.network.feed, &FEED_ID, &price, self.slot());
        self.set_feed(PYTH_RECEIVER, data);
    }

    /// Writes any account to the pinned feed's address.
    pub fn set_feed(&mut self, owner: Address, data: Vec<u8>) {
        let account =
            Account { lamports: 1_000_000_000, data, owner, executable: false, rent_epoch: u64::MAX };
        self.svm.set_account(self.network.feed, account).unwrap();
    }

    /// A transaction of these instructions that the bank pays for.
    pub fn transaction(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> (Transaction, Message) {
        // A compute budget that differs each time keeps equal transactions apart.
        self.nonce += 1;
        let limit = set_compute_unit_limit(1_400_000 - u32::try_from(self.nonce % 100_000).unwrap());
        let all: Vec<_> = instructions.iter().cloned().chain([limit]).collect();
        let mut keys = vec![&self.bank];
        keys.extend(signers.iter().filter(|key| key.pubkey() != self.bank.pubkey()));
        let message = Message::new(&all, Some(&self.bank.pubkey()));
        (Transaction::new(&keys, message.clone(), self.svm.latest_blockhash()), message)
    }

    /// Sends a transaction that the bank pays for.
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Outcome {
        let (transaction, message) = self.transaction(instructions, signers);
        let (slot, now) = (self.slot(), self.now());
        let outcome = judge(self.svm.send_transaction(transaction), &message);
        if let Ok(sent) = &outcome {
            self.history.push((slot, now, sent.events.clone()));
        }
        outcome
    }

    /// What would come of a transaction; nothing is changed.
    pub fn trial(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Outcome {
        let (transaction, message) = self.transaction(instructions, signers);
        judge(self.svm.simulate_transaction(transaction).map(|simulated| simulated.meta), &message)
    }

    /// Sends what must succeed.
    #[track_caller]
    pub fn must(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Sent {
        match self.send(instructions, signers) {
            Ok(sent) => sent,
            Err(refusal) => panic!("refused: {refusal}"),
        }
    }

    /// Sends what must be refused with this error, and proves that no account of the program, no
    /// token and no mint changed.
    #[track_caller]
    pub fn refused(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        expected: impl Into<crate::outcome::Expected>,
    ) {
        let before = self.snapshot();
        match self.send(instructions, signers) {
            Ok(_) => panic!("accepted, but {:?} was expected", expected.into()),
            Err(refusal) => assert_eq!(refusal.reason, expected.into(), "{refusal}"),
        }
        assert_eq!(self.snapshot(), before, "a refusal changed an account");
    }

    /// Lamports of an account; 0 if there is none.
    pub fn lamports(&self, address: &Address) -> u64 {
        self.svm.get_balance(address).unwrap_or(0)
    }

    /// Every account of the program and of both token programs, by address.
    pub fn snapshot(&self) -> BTreeMap<Address, Account> {
        let owners = [ID, pda::TOKEN_PROGRAM, pda::TOKEN_2022_PROGRAM];
        owners.iter().flat_map(|owner| self.svm.get_program_accounts(owner)).collect()
    }

    /// An account of the program.
    pub fn get<T: Layout>(&self, address: &Address) -> Option<T> {
        let account = self.svm.get_account(address)?;
        if account.owner == ID { T::read(&account.data) } else { None }
    }

    /// An account of the program that must exist.
    #[track_caller]
    pub fn read<T: Layout>(&self, address: &Address) -> T {
        self.get(address).unwrap_or_else(|| panic!("no {} at {address}", T::NAME))
    }

    /// All accounts of one kind, by address: the VM gives them in another order every time.
    pub fn all<T: Layout>(&self) -> Vec<(Address, T)> {
        let accounts = self.svm.get_program_accounts(&ID);
        let read = |(address, account): (Address, Account)| Some((address, T::read(&account.data)?));
        let mut all: Vec<_> = accounts.into_iter().filter_map(read).collect();
        all.sort_by_key(|(address, _)| *address);
        all
    }

    pub fn config(&self) -> Config {
        self.read(&pda::config())
    }

    pub fn totals(&self) -> Totals {
        self.read(&pda::totals())
    }

    pub fn last_price(&self) -> Price {
        self.read(&pda::price())
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// Installs the program as the upgradeable loader would, with the data account that names its authority.
fn deploy(svm: &mut LiteSVM, program: &[u8], authority: &Address) {
    let data_address = pda::program_data();
    let account = |data: Vec<u8>, executable| Account {
        lamports: 10_000_000_000,
        data,
        owner: pda::UPGRADEABLE_LOADER,
        executable,
        rent_epoch: u64::MAX,
    };
    svm.set_account(data_address, account(program_data(program, authority), false)).unwrap();
    let mut pointer = vec![2, 0, 0, 0];
    pointer.extend_from_slice(data_address.as_ref());
    svm.set_account(ID, account(pointer, true)).unwrap();
}

/// A program's data account under the upgradeable loader, deployed in slot 0.
pub fn program_data(program: &[u8], authority: &Address) -> Vec<u8> {
    let mut data = vec![3, 0, 0, 0];
    data.extend_from_slice(&0u64.to_le_bytes());
    data.push(1);
    data.extend_from_slice(authority.as_ref());
    data.extend_from_slice(program);
    data
}

/// The compute budget program's `SetComputeUnitLimit`.
fn set_compute_unit_limit(units: u32) -> Instruction {
    let program = Address::from_str_const("ComputeBudget111111111111111111111111111111");
    let mut data = vec![2];
    data.extend_from_slice(&units.to_le_bytes());
    Instruction { program_id: program, accounts: vec![], data }
}

/// The events of a transaction, in order.
pub(crate) fn events(data: impl Iterator<Item = (Address, Vec<u8>)>) -> Vec<Event> {
    data.filter(|(program, _)| *program == ID).filter_map(|(_, data)| Event::decode(&data).unwrap()).collect()
}
