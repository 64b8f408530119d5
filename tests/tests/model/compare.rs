//! The model against the accounts of the VM, field by field.

use crate::market::Market;
use crate::spec::arithmetic::N;
use crate::spec::entities::{Bucket, Judged};
use settlement_interface::accounts::{self, Layout};
use settlement_interface::math::Wide;
use settlement_interface::{Address, ID, pda};
use solana_account::ReadableAccount;
use std::fmt::{Debug, Display, Formatter};

/// A value that both sides have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    Number(N),
    Bytes([u8; 32]),
}

trait Plain {
    fn plain(self) -> Value;
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Plain for $kind {
            fn plain(self) -> Value { Value::Number(N::from(self)) }
        }
    )*};
}
numbers!(u8, u16, u32, u64, i32, i64, N, bool);

impl Plain for Address {
    fn plain(self) -> Value {
        Value::Bytes(self.to_bytes())
    }
}

impl Plain for [u8; 32] {
    fn plain(self) -> Value {
        Value::Bytes(self)
    }
}

impl Plain for Wide {
    fn plain(self) -> Value {
        Value::Number(N::try_from(self.get()).unwrap())
    }
}

/// What an account is called where it differs; put into words only then.
#[derive(Clone, Copy)]
struct Name(&'static str, Address);

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

/// What differs: entity, field, the model's value and the program's.
pub type Difference = (String, String, String, String);

/// A comparison under way.
pub struct Comparison<'a> {
    market: &'a Market,
    found: Vec<Difference>,
    /// Accounts of the program that the model knows.
    known: usize,
}

/// Compares fields of one name; says what else the account has, so that a new field cannot be forgotten.
macro_rules! same {
    ($to:expr, $name:expr, $kind:ident, $model:expr, $account:expr;
     [$($field:ident),* $(,)?]; [$($other:ident),* $(,)?]) => {{
        #[allow(unused_variables, reason = "what is compared otherwise is named all the same")]
        let accounts::$kind { $($field,)* $($other,)* } = $account;
        $($to.field($name, stringify!($field), $model.$field.plain(), (*$field).plain());)*
    }};
}

impl Comparison<'_> {
    fn field(&mut self, name: impl Display, field: impl Display, model: Value, program: Value) {
        self.holds(name, field, model, program);
    }

    fn holds<T: Debug + PartialEq>(&mut self, name: impl Display, field: impl Display, model: T, program: T) {
        if model != program {
            let values = (format!("{model:?}"), format!("{program:?}"));
            self.found.push((name.to_string(), field.to_string(), values.0, values.1));
        }
    }

    /// The account of an entity, once its lamports and its sequence number were compared.
    fn account<T: Layout>(&mut self, address: &Address, sequence: impl Fn(&T) -> u64) -> Option<(Name, T)> {
        self.known += 1;
        let name = Name(T::NAME, *address);
        let Some(found) = self.market.world.get::<T>(address) else {
            self.found.push((name.to_string(), "account".into(), "there".into(), "missing".into()));
            return None;
        };
        let expected = self.market.sequences.get(address).copied().unwrap_or(0);
        self.field(name, "sequence", expected.plain(), sequence(&found).plain());
        Some((name, found))
    }

    fn singletons(&mut self) {
        let spec = &self.market.spec;
        if let Some((name, config)) = self.account::<accounts::Config>(&pda::config(), |found| found.sequence)
        {
            same!(self, name, Config, spec.config, &config;
                [admin, pending_admin, guardian, treasury, paused_until, consumers, providers, meters,
                 arbiters, changes];
                [mint, stable_mint, stable_program, feed, feed_id, cluster, receipt_domain, parameters,
                 genesis_supply, initialized_at, pauses, sequence, feed_shard, decimals, bump,
                 stake_vault_bump, buyback_vault_bump, reserved]);
            let coin = if spec.config.stable { spec.stable_mint } else { Address::default() };
            self.holds(name, "stable_mint", coin, config.stable_mint);
            self.holds(name, "parameters", spec.config.parameters, config.parameters);
            for (from, until) in &spec.config.pauses {
                let kept = config
                    .pauses
                    .iter()
                    .any(|pause| (N::from(pause.from), N::from(pause.until)) == (*from, *until));
                self.holds(name, "pauses", (from, until, true), (from, until, kept));
            }
        }
        if let Some((name, price)) = self.account::<accounts::Price>(&pda::price(), |found| found.sequence) {
            same!(self, name, Price, spec.price, &price;
                [spot, confidence, average, publish_time, slot, seen_at, exponent]; [sequence, bump, reserved]);
        }
        if let Some((name, totals)) = self.account::<accounts::Totals>(&pda::totals(), |found| found.sequence)
        {
            same!(self, name, Totals, spec.totals, &totals;
                [locked, counted_from, burned, penalties, burned_before, penalties_before]; [sequence, bump, reserved]);
        }
        if !spec.config.stable {
            return;
        }
        if let Some((name, buyback)) =
            self.account::<accounts::Buyback>(&pda::buyback(), |found| found.sequence)
        {
            same!(self, name, Buyback, spec.buyback, &buyback;
                [lot, left, started_at, ticked_at, elapsed, rounds, sold, burned]; [sequence, bump, reserved]);
        }
    }

    fn parties(&mut self) {
        let spec = &self.market.spec;
        for (wallet, model) in &spec.consumers {
            let Some((name, found)) =
                self.account::<accounts::Consumer>(&pda::consumer(wallet), |found| found.sequence)
            else {
                continue;
            };
            same!(self, name, Consumer, model, &found;
                [wallet, index, next_nonce, registered_at]; [sequence, bump, reserved]);
        }
        for (address, model) in &spec.providers {
            let Some((name, found)) = self.account::<accounts::Provider>(address, |found| found.sequence)
            else {
                continue;
            };
            same!(self, name, Provider, model, &found;
                [authority, metadata_hash, index, stake, locked, unbonding, unbonding_at, claimable, earned,
                 minted, burned, take, slashed, settled, good, bad, decayed_at, jobs_accepted, jobs_failed,
                 jobs_open, registered_at];
                [rates, standing, sequence, bump, reserved]);
            self.holds(name, "rates", model.rates, found.rates);
            self.holds(name, "standing", model.standing, found.standing);
        }
        for (address, model) in &spec.meters {
            let Some((name, found)) = self.account::<accounts::Meter>(address, |found| found.sequence) else {
                continue;
            };
            same!(self, name, Meter, model, &found;
                [key, authority, index, registered_at, upheld, overturned]; [vouched, sequence, bump, reserved]);
            same!(self, name, Vouched, model.vouched, &found.vouched; [stake, unbonding, available_at, locked]; []);
        }
        for (address, model) in &spec.arbiters {
            let Some((name, found)) = self.account::<accounts::Arbiter>(address, |found| found.sequence)
            else {
                continue;
            };
            same!(self, name, Arbiter, model, &found;
                [wallet, index, registered_at, rulings]; [vouched, sequence, bump, reserved]);
            same!(self, name, Vouched, model.vouched, &found.vouched; [stake, unbonding, available_at, locked]; []);
        }
    }

    fn jobs(&mut self) {
        let spec = &self.market.spec;
        for (address, model) in &spec.jobs {
            let Some((name, found)) = self.account::<accounts::Job>(address, |found| found.sequence) else {
                continue;
            };
            same!(self, name, Job, model, &found;
                [terms_hash, vault, rent_payer, meter, previous_meter, reporter, nonce, opened_at, best_bid,
                 best_rate, accepted_at, started_at, rotated_at, rotated_slot, closing_at, closing_slot, ended_at,
                 heard_at, waits_until, service_at, service_slot, funded, escrow, bond, slashed,
                 bonded_escrow, judged_units, judged_until, accepted_budget, blamed, units, through, receipts, accepted, settled, recorded,
                 burned, take, treasury_take, earned, cases, open_cases, disputes, open_disputes, disputed, steps, bids, mark,
                 reason, waited, meter_authority];
                [terms, judged, marked_at, marked_slot, pending, dues, state, sequence, bump, vault_bump, reserved]);
            self.field(name, "state", (model.state as u8).plain(), found.state.plain());
            if model.mark != 0 {
                self.field(name, "marked_at", model.marked_at.plain(), found.marked_at.plain());
                self.field(name, "marked_slot", model.marked_slot.plain(), found.marked_slot.plain());
            }
            if model.terms != found.terms {
                self.holds(name, "terms", model.terms, found.terms);
            }
            for (which, bucket, found) in
                [("old", &model.old, found.pending[0]), ("young", &model.young, found.pending[1])]
            {
                let found = Bucket {
                    usd: found.usd.into(),
                    since: found.since.into(),
                    slot: found.slot.into(),
                    root: found.root,
                    steps: found.steps.into(),
                    receipt: found.receipt.into(),
                };
                if *bucket != found {
                    self.holds(name, which, bucket, &found);
                }
            }
            let judged: Vec<_> = found
                .judged
                .iter()
                .filter(|time| time.missed > 0)
                .map(|time| Judged { from: time.from.into(), to: time.to.into(), missed: time.missed.into() })
                .collect();
            if model.judged != judged {
                self.holds(name, "judged", &model.judged, &judged);
            }
            for (at, due) in found.dues.iter().enumerate() {
                let model = model.dues.get(at).copied().unwrap_or_default();
                self.field(name, format_args!("dues[{at}].escrow"), model.escrow.plain(), due.escrow.plain());
                self.field(name, format_args!("dues[{at}].stake"), model.stake.plain(), due.stake.plain());
            }
        }
        for (address, model) in &spec.bids {
            let Some((name, found)) = self.account::<accounts::Bid>(address, |found| found.sequence) else {
                continue;
            };
            same!(self, name, Bid, model, &found;
                [job, provider, rent_payer, rate, bond, escrow, placed_at, index]; [sequence, bump, reserved]);
        }
    }

    fn disagreements(&mut self) {
        let spec = &self.market.spec;
        for (address, model) in &spec.cases {
            let Some((name, found)) = self.account::<accounts::Case>(address, |found| found.sequence) else {
                continue;
            };
            same!(self, name, Case, model, &found;
                [job, reporter, rent_payer, index, opened_at, opened_slot, from, to, units, missed, penalty, bond, due, pledged,
                 known, marked_at, marked_slot];
                [sequence, state, bump, reserved]);
            self.holds(name, "upheld", model.upheld, found.state == accounts::CASE_UPHELD);
        }
        for (address, model) in &spec.disputes {
            let Some((name, found)) = self.account::<accounts::Dispute>(address, |found| found.sequence)
            else {
                continue;
            };
            same!(self, name, Dispute, model, &found;
                [job, authority, challenger, rent_payer, provider_root, challenger_root, agreed, provider_step,
                 challenger_step, revealed, index, receipt, steps, lo, hi, rounds, opened_at, opened_slot, turn_at, turn_slot,
                 marked_at, marked_slot, bond, arbiter_stake, fee, refund, outcome, cause];
                [sequence, panel, for_provider, for_challenger, unpaid, held, stage, bump, reserved]);
            let bits = |places: &[usize]| places.iter().fold(0u8, |bits, place| bits | 1 << place);
            self.field(name, "for_provider", bits(&model.for_provider).plain(), found.for_provider.plain());
            self.field(
                name,
                "for_challenger",
                bits(&model.for_challenger).plain(),
                found.for_challenger.plain(),
            );
            self.field(name, "held", bits(&model.held).plain(), found.held.plain());
            self.field(name, "unpaid", bits(&model.unpaid).plain(), found.unpaid.plain());
            self.field(name, "stage", (model.stage as u8).plain(), found.stage.plain());
            self.holds(name, "panel", model.panel, found.panel);
        }
    }

    fn rewards(&mut self) {
        let spec = &self.market.spec;
        for (address, model) in &spec.epochs {
            let Some((name, found)) = self.account::<accounts::Epoch>(address, |found| found.sequence) else {
                continue;
            };
            same!(self, name, Epoch, model, &found;
                [rent_payer, index, take, weight, rebated, credits, claimed, rebate_bps]; [sequence, bump, reserved]);
        }
        for (address, model) in &spec.credits {
            let Some((name, found)) = self.account::<accounts::Credit>(address, |found| found.sequence)
            else {
                continue;
            };
            same!(self, name, Credit, model, &found;
                [provider, rent_payer, epoch, take, weight]; [sequence, bump, reserved]);
        }
        for (address, model) in &spec.changes {
            let Some((name, found)) = self.account::<accounts::ConfigChange>(address, |found| found.sequence)
            else {
                continue;
            };
            same!(self, name, ConfigChange, model, &found;
                [rent_payer, queued_by, index, queued_at, applies_from, expires_at];
                [address, base, parameters, sequence, kind, bump, reserved]);
            self.holds(name, "change", model.change, found.change());
        }
    }

    fn balances(&mut self) {
        let (spec, svm) = (&self.market.spec, &self.market.world.svm);
        for (address, model) in &spec.tokens {
            let found = svm.accounts_db().get_account_ref(address).map(|account| {
                let data = account.data();
                (u64::from_le_bytes(data[64..72].try_into().unwrap()), data[108] == 2)
            });
            let expected = Some((u64::try_from(model.amount).unwrap(), model.frozen));
            if found != expected {
                self.holds(Name("tokens", *address), "amount, frozen", expected, found);
            }
        }
        for (address, lamports) in &spec.lamports {
            let found = svm.get_balance(address).unwrap_or(0);
            self.field(Name("lamports", *address), "balance", lamports.plain(), found.plain());
        }
        self.field("mint", "supply", spec.supply.plain(), self.market.world.supply().plain());
    }
}

/// What differs among all accounts.
pub fn differences(market: &Market) -> Vec<Difference> {
    let mut comparison = Comparison { market, found: Vec::new(), known: 0 };
    comparison.singletons();
    comparison.parties();
    comparison.jobs();
    comparison.disagreements();
    comparison.rewards();
    comparison.balances();
    let there = market.world.svm.accounts_db().inner.values().filter(|account| *account.owner() == ID);
    let there = there.filter(|account| !account.data().is_empty()).count();
    comparison.holds("accounts of the program", "count", comparison.known, there);
    comparison.found
}
