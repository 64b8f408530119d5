//! A network in the VM, its model, and everybody in it. What is played is played on both.

use crate::compare;
use crate::random::Random;
use crate::spec::arithmetic::N;
use crate::spec::entities::{Buyback, Config, Holding, Price, Totals};
use crate::spec::step::Step;
use crate::spec::{Refused, Spec};
use settlement_interface::accounts::Layout;
use settlement_interface::change::Change;
use settlement_interface::events::Event;
use settlement_interface::instructions::StableNetwork;
use settlement_interface::panel::Panel;
use settlement_interface::parameters::Parameters;
use settlement_interface::receipt::domain;
use settlement_interface::{Address, ID, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tests::{CLUSTER, COIN, Expected, PROGRAMS, Trace, World};

/// How often each step was accepted and refused.
pub type Counts = BTreeMap<String, (u64, u64)>;

/// A consumer's wallet and its session key, and a provider's authority.
#[derive(Clone, Copy, Debug)]
pub struct Party {
    pub consumer: Address,
    pub session: Address,
    pub provider: Address,
}

pub struct Market {
    pub world: World,
    pub spec: Spec,
    pub rail: StableNetwork,
    pub random: Random,
    /// Decides on changed copies; a series of its own, so that they do not move the other.
    pub mutants: Random,
    pub seed: u64,
    /// Transactions sent in all, those of drains included.
    pub played: u64,
    /// Those of the market alone.
    pub steps: u64,
    /// Whether what is played is part of a drain and counted as such.
    pub draining: bool,
    /// How often everybody got out.
    pub drains: u64,
    pub keys: BTreeMap<Address, Keypair>,
    pub parties: Vec<Party>,
    /// Keys of registered meters and the wallets that stake for them.
    pub meters: Vec<(Address, Address)>,
    pub arbiters: Vec<Address>,
    pub panel: Panel,
    pub stranger: Address,
    pub payers: Vec<Address>,
    /// Whose key is lost: no step of its own is generated.
    pub lost: Option<Address>,
    /// Executions that receipts commit to, by root.
    pub traces: BTreeMap<[u8; 32], Trace>,
    /// Sent to vaults by strangers.
    pub gifts: BTreeMap<Address, N>,
    /// Jobs that were closed, and when they had been opened.
    pub gone: Vec<(Address, i64)>,
    /// Number of the last event of each entity.
    pub sequences: BTreeMap<Address, u64>,
    pub counts: Counts,
    /// Why single steps were refused, and how often.
    pub reasons: BTreeMap<String, u64>,
    /// First bytes of every instruction that went through, and how often.
    pub carried: BTreeMap<[u8; 8], u64>,
    /// What happened, by name of the event.
    pub happened: BTreeMap<&'static str, u64>,
    pub log: VecDeque<String>,
}

/// Short terms, so that every state is reached often.
pub fn short() -> Parameters {
    Parameters {
        grace: 600,
        receipt_grace: 3_600,
        min_lead: 0,
        case_window: 3_600,
        accept_window: 3_600,
        dispute_window: 3_600,
        unbonding: 86_400,
        halt_max: 86_400,
        epoch_len: 7_200,
        timelock: 3_600,
        change_expiry: 43_200,
        meter_bond: 5_000_000_000,
        arbiter_bond: 5_000_000_000,
        ..Parameters::DEFAULT
    }
}

const FUNDS: u64 = 20_000_000_000_000;
const DOLLARS: u64 = 1_000_000_000_000;

impl Market {
    pub fn new(seed: u64) -> Self {
        let program = PROGRAMS[usize::try_from(seed % 2).unwrap()];
        let mut world = World::with(short());
        let extensions: &[_] = if program == PROGRAMS[1] { &COIN } else { &[] };
        world.set_coin(program, 6, extensions);
        // Whose signatures are there is said by the message; receipts are verified all the same.
        world.svm = std::mem::take(&mut world.svm)
            .with_sigverify(false)
            .with_blockhash_check(false)
            .with_transaction_history(0)
            .with_log_bytes_limit(Some(0));
        let mut keys = BTreeMap::new();
        let mut holder = |world: &mut World| {
            let key = world.holder(FUNDS);
            let wallet = key.pubkey();
            keys.insert(wallet, key);
            wallet
        };
        let parties: Vec<_> = (0..3)
            .map(|_| Party {
                consumer: holder(&mut world),
                session: holder(&mut world),
                provider: holder(&mut world),
            })
            .collect();
        let meters: Vec<_> = (0..2).map(|_| (holder(&mut world), holder(&mut world))).collect();
        let arbiters: Vec<_> = (0..3).map(|_| holder(&mut world)).collect();
        let stranger = holder(&mut world);
        world.give(&stranger, 10 * FUNDS);
        let payers = vec![holder(&mut world), holder(&mut world)];
        for key in [world.admin.insecure_clone(), world.guardian.insecure_clone()] {
            world.give(&key.pubkey(), 0);
            world.svm.airdrop(&key.pubkey(), 100_000_000_000).unwrap();
            keys.insert(key.pubkey(), key);
        }
        let treasury = world.treasury;
        world.give(&treasury, 0);
        let rail = world.coin(program);
        let mut spec = genesis(&world, program);
        for (address, account) in
            [PROGRAMS[0], PROGRAMS[1]].iter().flat_map(|owner| world.svm.get_program_accounts(owner))
        {
            if account.data.len() >= 165 && address != spec.stable_mint {
                let key = |at: usize| Address::new_from_array(account.data[at..at + 32].try_into().unwrap());
                let amount = u64::from_le_bytes(account.data[64..72].try_into().unwrap());
                spec.tokens.insert(
                    address,
                    Holding { mint: key(0), owner: key(32), amount: amount.into(), frozen: false },
                );
            }
        }
        for wallet in keys.keys() {
            spec.lamports.insert(*wallet, world.lamports(wallet).into());
        }
        let mut market = Self {
            rail,
            panel: Panel::of(2, &arbiters).unwrap(),
            world,
            spec,
            random: Random(seed),
            mutants: Random(!seed),
            seed,
            played: 0,
            steps: 0,
            draining: false,
            drains: 0,
            keys,
            parties,
            meters,
            arbiters,
            stranger,
            payers,
            lost: None,
            traces: BTreeMap::new(),
            gifts: BTreeMap::new(),
            gone: Vec::new(),
            sequences: BTreeMap::new(),
            counts: Counts::new(),
            reasons: BTreeMap::new(),
            carried: BTreeMap::new(),
            happened: BTreeMap::new(),
            log: VecDeque::new(),
        };
        for (address, account) in market.world.svm.get_program_accounts(&ID) {
            // Genesis was not watched: what it counted to is where numbers go on.
            let read = |read: Option<u64>| read.unwrap_or(0);
            let sequence =
                read(settlement_interface::accounts::Config::read(&account.data).map(|found| found.sequence))
                    + read(
                        settlement_interface::accounts::Price::read(&account.data)
                            .map(|found| found.sequence),
                    )
                    + read(
                        settlement_interface::accounts::Totals::read(&account.data)
                            .map(|found| found.sequence),
                    )
                    + read(
                        settlement_interface::accounts::Buyback::read(&account.data)
                            .map(|found| found.sequence),
                    );
            market.sequences.insert(address, sequence);
        }
        market.agree(None);
        market.open_rail();
        market.settle_in();
        market
    }

    /// The stablecoin is named by a change; then everybody has some.
    fn open_rail(&mut self) {
        let (by, payer) = (self.spec.config.admin, self.payers[0]);
        let change = Change::stable_mint(self.rail.mint);
        self.must(Step::QueueChange { by, payer, index: 0, change });
        self.pass(short().timelock, true);
        self.must(Step::OpenRail { by, payer, index: 0, rent_payer: payer });
        let treasury = self.spec.config.treasury;
        for wallet in self.keys.keys().copied().chain([treasury]).collect::<Vec<_>>() {
            let amount = if wallet == treasury { 0 } else { DOLLARS };
            let account = self.world.dollars_of(&wallet, amount);
            let holding =
                Holding { mint: self.rail.mint, owner: wallet, amount: amount.into(), frozen: false };
            self.spec.tokens.insert(account, holding);
        }
        self.agree(None);
    }

    /// Everybody registers and stakes.
    fn settle_in(&mut self) {
        let payer = self.payers[0];
        for party in self.parties.clone() {
            let Party { consumer, provider, .. } = party;
            self.must(Step::RegisterConsumer { payer, wallet: consumer });
            self.must(Step::RegisterProvider {
                payer,
                by: provider,
                hash: [7; 32],
                rates: Default::default(),
            });
            self.must(Step::Stake {
                by: provider,
                provider: pda::provider(&provider),
                amount: 1_000_000_000_000,
            });
        }
        for (key, authority) in self.meters.clone() {
            self.must(Step::RegisterMeter { payer, key, by: authority });
            self.must(Step::Vouch { by: authority, party: pda::meter(&key), amount: 50_000_000_000 });
        }
        for wallet in self.arbiters.clone() {
            self.must(Step::RegisterArbiter { payer, by: wallet });
            self.must(Step::Vouch { by: wallet, party: pda::arbiter(&wallet), amount: 500_000_000_000 });
        }
        for count in [2usize, 3, 4, 5, 6, 8, 9, 12, 15, 17, 20, 25, 31, 33, 40] {
            for from in [0, 1, count / 2, count - 1, count] {
                let trace = Trace::differing_from(count, from);
                self.traces.insert(trace.root(), trace);
            }
        }
    }

    pub fn must(&mut self, step: Step) {
        let said = format!("{step:?}");
        assert!(self.play(vec![step]), "refused, but must go through: {said}\n{}", self.history());
    }

    pub fn transaction(&self, all: &[Instruction]) -> Message {
        let limit = {
            let mut data = vec![2];
            data.extend_from_slice(&1_400_000u32.to_le_bytes());
            let program_id = Address::from_str_const("ComputeBudget111111111111111111111111111111");
            Instruction { program_id, accounts: vec![], data }
        };
        let all: Vec<_> = all.iter().cloned().chain([limit]).collect();
        Message::new(&all, Some(&self.world.bank.pubkey()))
    }

    /// Sends instructions; their events, or why they were refused.
    pub fn send(&mut self, all: &[Instruction]) -> (Message, Result<Vec<Event>, Expected>) {
        let message = self.transaction(all);
        let sent = self.world.send_unsigned(&message);
        (message, sent.map(|sent| sent.events).map_err(|refusal| refusal.reason))
    }

    /// Plays steps in one transaction, in the VM and in the model, and compares. Says whether they were
    /// accepted.
    pub fn play(&mut self, steps: Vec<Step>) -> bool {
        let mut instructions = Vec::new();
        for step in &steps {
            self.build(step, &mut instructions);
        }
        let mut next = self.spec.clone();
        let verdict = steps.iter().try_for_each(|step| next.apply(step));
        let names: Vec<_> = steps.iter().map(Step::name).collect();
        self.played += 1;
        self.steps += u64::from(!self.draining);
        self.note(format!("{} at {} slot {}: {steps:?}", self.played, self.spec.now, self.spec.slot));
        let (message, outcome) = self.send(&instructions);
        let name = match (self.draining, names.as_slice()) {
            (true, _) => "in a drain",
            (false, [name]) => name.as_str(),
            (false, _) => "several at once",
        };
        let count = self.counts.entry(name.to_owned()).or_default();
        match (&verdict, &outcome) {
            (Ok(()), Ok(_)) => count.0 += 1,
            (Err(expected), Err(found)) if agrees(expected, found) => {
                count.1 += 1;
                if let [name] = names.as_slice() {
                    *self.reasons.entry(format!("{name}: {found:?}")).or_default() += 1;
                }
            }
            _ => panic!("the model says {verdict:?}, the program {outcome:?}\n{}", self.history()),
        }
        if let Ok(events) = outcome {
            let closed = self.spec.jobs.iter().filter(|(job, _)| !next.jobs.contains_key(*job));
            self.gone.extend(closed.map(|(job, found)| (*job, i64::try_from(found.opened_at).unwrap())));
            self.spec = next;
            for instruction in instructions.iter().filter(|instruction| instruction.program_id == ID) {
                let first = *instruction.data.first_chunk::<8>().unwrap();
                *self.carried.entry(first).or_default() += 1;
            }
            self.number(&events);
        }
        let touched: BTreeSet<_> = message.account_keys.iter().copied().collect();
        self.agree(Some(&touched));
        if self.played.is_multiple_of(32) {
            self.agree(None);
            crate::promises::check(self);
        }
        verdict.is_ok()
    }

    /// Every entity's events are numbered without a gap.
    fn number(&mut self, events: &[Event]) {
        for event in events {
            *self.happened.entry(event.name()).or_default() += 1;
            for touched in event.touched() {
                let last = self.sequences.entry(touched.entity).or_default();
                *last += 1;
                assert_eq!(*last, touched.sequence, "a gap in the events of {}", touched.entity);
            }
        }
        // What was closed is opened anew, if at all, at another time: jobs and epochs never, bids do.
        let there: Vec<_> = events
            .iter()
            .flat_map(Event::touched)
            .map(|touched| touched.entity)
            .filter(|entity| self.world.svm.get_balance(entity).unwrap_or(0) == 0)
            .collect();
        for entity in there {
            self.sequences.remove(&entity);
        }
    }

    /// Model and program agree on these accounts, or on all.
    pub fn agree(&self, only: Option<&BTreeSet<Address>>) {
        let found = compare::differences(self, only);
        if found.is_empty() {
            return;
        }
        let lines: Vec<_> = found
            .iter()
            .map(|(entity, field, model, program)| {
                format!("{entity}.{field}: model {model}, program {program}")
            })
            .collect();
        panic!("model and program differ\n{}\n{}", lines.join("\n"), self.history());
    }

    pub fn note(&mut self, line: String) {
        // Hashes are long and say little.
        let parts = line.split('[').map(|part| match part.split_once(']') {
            Some((numbers, rest))
                if numbers.len() > 60 && !numbers.contains(|at: char| at.is_alphabetic()) =>
            {
                format!("..]{rest}")
            }
            _ => part.to_owned(),
        });
        self.log.push_back(parts.collect::<Vec<_>>().join("["));
        if self.log.len() > 20 {
            self.log.pop_front();
        }
    }

    /// What was played last, and how to play it again.
    pub fn history(&self) -> String {
        let lines: Vec<_> = self.log.iter().cloned().collect();
        format!("TALLY_SEED={} step {}; the last steps:\n{}", self.seed, self.played, lines.join("\n"))
    }
}

/// Whether a refusal is one of those that the model names; framework and token programs speak for
/// themselves.
fn agrees(expected: &Refused, found: &Expected) -> bool {
    match found {
        Expected::Program(error) => expected.0.contains(error),
        Expected::Instruction(_) => expected.0.is_empty(),
        Expected::Transaction(_) => false,
    }
}

/// The model of a network that has just started.
fn genesis(world: &World, stable_program: Address) -> Spec {
    let parameters = short();
    let now = N::from(world.now());
    let rent = N::from(world.svm.minimum_balance_for_rent_exemption(0)) / 128;
    Spec {
        now,
        slot: world.slot().into(),
        feed: Some(world.price),
        rent,
        mint: world.network.mint,
        stable_mint: world.coin_mint(),
        stable_program,
        domain: domain(&CLUSTER),
        config: Config {
            admin: world.admin.pubkey(),
            pending_admin: Address::default(),
            guardian: world.guardian.pubkey(),
            treasury: world.treasury,
            stable: false,
            parameters,
            paused_until: 0,
            pauses: Vec::new(),
            consumers: 0,
            providers: 0,
            meters: 0,
            arbiters: 0,
            changes: 0,
        },
        price: Price { seen_at: now, ..Price::default() },
        totals: Totals::default(),
        buyback: Buyback::default(),
        supply: world.supply().into(),
        consumers: BTreeMap::new(),
        providers: BTreeMap::new(),
        meters: BTreeMap::new(),
        arbiters: BTreeMap::new(),
        jobs: BTreeMap::new(),
        bids: BTreeMap::new(),
        cases: BTreeMap::new(),
        disputes: BTreeMap::new(),
        epochs: BTreeMap::new(),
        credits: BTreeMap::new(),
        changes: BTreeMap::new(),
        tokens: BTreeMap::new(),
        lamports: BTreeMap::new(),
    }
}
