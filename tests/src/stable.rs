//! A network with a stablecoin, of either token program, and jobs that are paid in it.

use crate::job::{Actors, JobFixture, order};
use crate::outcome::{Outcome, Sent};
use crate::world::{World, keypair};
use settlement_interface::accounts::{Buyback, Consumer, Party};
use settlement_interface::instructions::{JobKeys, StableNetwork, verify_receipt};
use settlement_interface::parameters::Parameters;
use settlement_interface::receipt::Receipt;
use settlement_interface::terms::{Order, RAIL_STABLE};
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Escrow of a usual job on this rail: 100 USD.
pub const DOLLARS: u64 = 100_000_000;
/// Both token programs, the older one first.
pub const PROGRAMS: [Address; 2] = [pda::TOKEN_PROGRAM, pda::TOKEN_2022_PROGRAM];
/// Extensions of the stablecoin under Token-2022: metadata pointer, metadata.
pub const COIN: [(u16, usize); 2] = [(18, 64), (19, 120)];

const KIND_MINT: u8 = 1;
const KIND_ACCOUNT: u8 = 2;
const IMMUTABLE_OWNER: u16 = 7;

/// The usual order, on the stable rail.
pub fn stable_order(now: i64, meter: &Address) -> Order {
    Order { rail: RAIL_STABLE, convert_by: 0, ..order(now, meter) }
}

/// Data with Token-2022's extensions behind it, or plain without any.
fn extended(mut data: Vec<u8>, kind: u8, extensions: &[(u16, usize)]) -> Vec<u8> {
    if extensions.is_empty() {
        return data;
    }
    data.resize(165, 0);
    data.push(kind);
    for (extension, length) in extensions {
        data.extend_from_slice(&extension.to_le_bytes());
        data.extend_from_slice(&u16::try_from(*length).unwrap().to_le_bytes());
        data.resize(data.len() + length, 0);
    }
    data
}

impl World {
    /// A network whose stablecoin is one of this token program, with the extensions of [`COIN`] if it can
    /// have any.
    pub fn stable(program: Address) -> Self {
        Self::stable_with(program, Parameters::DEFAULT)
    }

    pub fn stable_with(program: Address, parameters: Parameters) -> Self {
        let mut world = Self::before_genesis();
        let extensions: &[_] = if program == pda::TOKEN_2022_PROGRAM { &COIN } else { &[] };
        world.set_coin(program, 6, extensions);
        let genesis = world.genesis(parameters);
        let initialize =
            world.coin(program).initialize(&world.admin.pubkey(), &world.admin.pubkey(), &genesis);
        let admin = world.admin.insecure_clone();
        world.must(&[initialize], &[&admin]);
        world
    }

    /// Address of the stablecoin's mint.
    pub fn coin_mint(&self) -> Address {
        keypair(6).pubkey()
    }

    /// Builders for this network with the stablecoin of this program.
    pub fn coin(&self, program: Address) -> StableNetwork {
        StableNetwork { network: self.network, mint: self.coin_mint(), token_program: program }
    }

    /// The same, of the stablecoin that the network has.
    pub fn rail(&self) -> StableNetwork {
        self.coin(self.config().stable_program)
    }

    /// Writes the stablecoin's mint, with a freeze authority as every issuer has.
    pub fn set_coin(&mut self, program: Address, decimals: u8, extensions: &[(u16, usize)]) {
        let (mint, issuer) = (self.coin_mint(), keypair(8).pubkey());
        self.set_mint(&mint, Some(issuer), Some(issuer), decimals, 1 << 60);
        let mut account = self.svm.get_account(&mint).unwrap();
        account.owner = program;
        account.data = extended(account.data, KIND_MINT, extensions);
        self.svm.set_account(mint, account).unwrap();
    }

    /// Writes an account of the stablecoin; one of Token-2022 has an immutable owner, as associated
    /// accounts have.
    pub fn set_dollars(&mut self, address: &Address, owner: &Address, amount: u64) {
        let (mint, program) = (self.coin_mint(), self.config().stable_program);
        self.set_tokens(address, &mint, owner, amount);
        let mut account = self.svm.get_account(address).unwrap();
        account.owner = program;
        if program == pda::TOKEN_2022_PROGRAM {
            account.data = extended(account.data, KIND_ACCOUNT, &[(IMMUTABLE_OWNER, 0)]);
        }
        self.svm.set_account(*address, account).unwrap();
    }

    /// Writes the balance of an account that exists, as if somebody had sent or taken the difference.
    pub fn set_amount(&mut self, address: &Address, amount: u64) {
        let mut account = self.svm.get_account(address).unwrap();
        account.data[64..72].copy_from_slice(&amount.to_le_bytes());
        self.svm.set_account(*address, account).unwrap();
    }

    /// Freezes or thaws an account, as the issuer can.
    pub fn set_frozen(&mut self, address: &Address, frozen: bool) {
        let mut account = self.svm.get_account(address).unwrap();
        account.data[108] = 1 + u8::from(frozen);
        self.svm.set_account(*address, account).unwrap();
    }

    /// A wallet's dollars account, opened with `amount` in it.
    pub fn dollars_of(&mut self, wallet: &Address, amount: u64) -> Address {
        let account = self.rail().associated(wallet);
        self.set_dollars(&account, wallet, amount);
        account
    }

    /// Dollars in an account; 0 if there is none.
    pub fn dollars(&self, address: &Address) -> u64 {
        let account = self.svm.get_account(address).filter(|account| account.data.len() >= 165);
        account.map_or(0, |account| u64::from_le_bytes(account.data[64..72].try_into().unwrap()))
    }

    pub fn auction(&self) -> Buyback {
        self.read(&pda::buyback())
    }
}

impl JobFixture {
    /// Offered with an order of its own on the stable rail.
    pub fn stable_as(world: &mut World, edit: impl FnOnce(&mut Order), amount: u64) -> Self {
        let actors = Actors::new(world);
        let mut order = stable_order(world.now(), &actors.session.pubkey());
        edit(&mut order);
        let (wallet, provider) = (actors.consumer.pubkey(), actors.provider_address());
        let source = world.dollars_of(&wallet, 10 * DOLLARS);
        let nonce = world.read::<Consumer>(&pda::consumer(&wallet)).next_nonce;
        let bank = world.bank.pubkey();
        let open = world.rail().open_job(&bank, &wallet, &source, &provider, nonce, &order, amount);
        world.must(&[open], &[&actors.consumer]);
        Self { keys: JobKeys::new(&wallet, nonce, &provider), actors, nonce }
    }

    pub fn stable_offered(world: &mut World) -> Self {
        Self::stable_as(world, |_| (), DOLLARS)
    }

    pub fn stable_assigned(world: &mut World) -> Self {
        let job = Self::stable_offered(world);
        job.accept(world).expect("accept_offer");
        job
    }

    pub fn stable_running(world: &mut World) -> Self {
        Self::stable_running_with(world, DOLLARS)
    }

    pub fn stable_running_with(world: &mut World, amount: u64) -> Self {
        let job = Self::stable_as(world, |_| (), amount);
        job.accept(world).expect("accept_offer");
        job.start(world).expect("start_job");
        job
    }

    /// Closed, with one hour of work on one GPU settled: 2 USD; everything still due.
    pub fn stable_closed(world: &mut World) -> Self {
        let job = Self::stable_running(world);
        world.until(world.now() + 3_600);
        job.pay(world, 3_600_000).expect("settle_stable");
        job.end(world);
        job
    }

    /// From Running to Closed, by the consumer and time.
    pub fn end(&self, world: &mut World) -> Sent {
        self.close(world, &self.actors.consumer).expect("close_job");
        world.until(world.now() + world.config().parameters.receipt_grace + 1);
        self.advance(world);
        self.advance(world)
    }

    /// The two instructions that pay for a receipt signed by `signer`, the Ed25519 one first.
    pub fn paying(&self, world: &World, receipt: &Receipt, signer: &Keypair) -> [Instruction; 2] {
        let message = receipt.encode();
        let signature = signer.sign_message(&message);
        let verify = verify_receipt(&signer.pubkey(), signature.as_array(), &message);
        [verify, world.rail().settle(&self.authority(), &self.keys.job, 0)]
    }

    /// Accepts and pays for cumulative `units` through now.
    pub fn pay(&self, world: &mut World, units: u64) -> Outcome {
        let receipt = self.receipt(world, units);
        let instructions = self.paying(world, &receipt, &self.actors.session);
        world.send(&instructions, &[&self.actors.provider])
    }

    /// The same in Closing: through the moment at which it began.
    #[track_caller]
    pub fn settle_late(&self, world: &mut World, units: u64) -> Sent {
        let mut receipt = self.receipt(world, units);
        receipt.through = self.read(world).closing_at;
        let instructions = self.paying(world, &receipt, &self.actors.session);
        world.must(&instructions, &[&self.actors.provider])
    }

    /// Pays a party's dollars.
    pub fn collect(&self, world: &mut World, party: Party, wallet: &Address) -> Outcome {
        world.send(&[world.rail().withdraw(&self.keys, party, wallet)], &[])
    }

    /// The wallet of a party on the stable rail.
    pub fn wallet_of(&self, world: &World, party: Party) -> Address {
        match party {
            Party::Consumer => self.wallet(),
            Party::Provider => self.authority(),
            Party::Treasury => world.treasury,
            Party::Buyback => pda::config(),
            Party::Reporter => self.read(world).reporter,
        }
    }

    pub fn stable_topping_up(&self, world: &World, amount: u64, budget: u64) -> Instruction {
        let source = world.rail().associated(&self.wallet());
        world.rail().top_up(&self.wallet(), &source, &self.keys.job, amount, budget)
    }

    pub fn stable_reclaiming(&self, world: &World) -> Instruction {
        world.rail().reclaim_job(&self.keys.job, &self.wallet(), &world.bank.pubkey())
    }
}
