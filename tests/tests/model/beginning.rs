//! How a market begins: the network in the VM, its model, everybody in it.

use crate::classes::Coverage;
use crate::market::{Counts, Market, Party};
use crate::random::Random;
use crate::spec::Spec;
use crate::spec::arithmetic::N;
use crate::spec::entities::{Buyback, Config, Holding, Price, Totals};
use crate::spec::step::Step;
use settlement_interface::accounts::Layout;
use settlement_interface::change::Change;
use settlement_interface::panel::Panel;
use settlement_interface::parameters::Parameters;
use settlement_interface::receipt::domain;
use settlement_interface::{Address, ID, pda};
use solana_signer::Signer;
use std::collections::{BTreeMap, VecDeque};
use tests::{CLUSTER, COIN, PROGRAMS, Trace, World};

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
            coverage: Coverage::default(),
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
        market.agree();
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
        self.agree();
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
