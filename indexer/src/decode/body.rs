//! Events as JSON, for readers: every field by its name. Amounts and other 64- and 128-bit numbers
//! are strings, since JSON's readers cut them; times and small numbers are numbers; addresses are
//! base58, hashes hexadecimal, codes the words that the interface gives them.

use crate::fold::HALT_BATCH;
use serde_json::{Map, Value, json};
use settlement_interface::accounts::{
    Bucket, CAUSE_NO_DIFFERENCE, CAUSE_NO_RULING, CAUSE_RULED, CAUSE_TURN_MISSED, JobState, MARK_HALT,
    MARK_NO_SHOW, OUTCOME_CHALLENGER_LOST, OUTCOME_NOBODY, OUTCOME_PROVIDER_LOST, Party, REASON_BY_CONSUMER,
    REASON_BY_PROVIDER, REASON_DISPUTE, REASON_END, REASON_LAPSED, REASON_SILENCE, RateEntry, StandingOffer,
};
use settlement_interface::change::ChangeKind;
use settlement_interface::events::{
    BY_BID, BY_OFFER, BY_STANDING_OFFER, BatchAccepted, EVIDENCE_ABSENCE, EVIDENCE_RECEIPTS, Event,
    HALT_MINIMUM, HALT_NOTHING, Quoted, Touched,
};
use settlement_interface::math::Wide;
use settlement_interface::oracle::Halt;
use settlement_interface::panel::Panel;
use settlement_interface::parameters::Parameters;
use settlement_interface::rules::{Stage, rail_bit};
use settlement_interface::terms::{METER_REGISTERED, METER_SESSION, Order, RAIL_STABLE, RAIL_TOKEN, Terms};
use settlement_interface::{Address, SettlementError};

trait Field {
    fn json(&self) -> Value;
}

macro_rules! object {
    ($this:expr, $($name:ident),* $(,)?) => {{
        let mut map = Map::new();
        $(map.insert(stringify!($name).into(), $this.$name.json());)*
        Value::Object(map)
    }};
}

macro_rules! field {
    ($($kind:ty, $this:ident => $value:expr;)*) => {
        $(impl Field for $kind {
            fn json(&self) -> Value {
                let $this = self;
                $value
            }
        })*
    };
}

field! {
    u64, this => Value::from(this.to_string());
    u32, this => Value::from(*this);
    u16, this => Value::from(*this);
    u8, this => Value::from(*this);
    i64, this => Value::from(*this);
    i32, this => Value::from(*this);
    Wide, this => Value::from(this.get().to_string());
    Address, this => Value::from(this.to_string());
    [u8; 32], this => Value::from(hex::encode(this));
    [RateEntry; settlement_interface::accounts::RATES], this => rates(this);
    [Touched; 1], this => entities(this);
    [Touched; 2], this => entities(this);
    [Touched; 3], this => entities(this);
    [Touched; 4], this => entities(this);
    [Touched; 5], this => entities(this);
    StandingOffer, this => standing_offer(this);
    Bucket, this => object!(this, usd, since, slot, root, steps, receipt);
    Panel, this => panel(this);
    Quoted, this => object!(this, spot, confidence, average, burn, mint, publish_time, slot, exponent, scale);
    Parameters, this => parameters(this);
    Terms, this => object!(this, consumer, provider, mint, order, parameters);
}

impl Field for Order {
    fn json(&self) -> Value {
        let mut value = object!(
            self,
            meter,
            spec_hash,
            panel,
            budget,
            rate,
            unit,
            unit_cap,
            min_price,
            bid_end,
            offer_by,
            start_by,
            end_by,
            convert_by,
            silence_max,
            hardware,
            sla_bps,
        );
        value["rail"] = rail(self.rail).into();
        value["verifiable"] = (self.verifiable != 0).into();
        value["open_acceptance"] = (self.open_acceptance != 0).into();
        value
    }
}

/// A standing offer; `null` for none.
pub fn standing_offer(offer: &StandingOffer) -> Value {
    if *offer == StandingOffer::NONE {
        return Value::Null;
    }
    let mut value = object!(
        offer,
        meter,
        panel,
        parameters,
        floor_rate,
        min_budget,
        max_budget,
        max_unit_cap,
        max_bond,
        min_lead,
        max_duration,
        until,
        max_jobs,
        hardware,
        max_sla_bps,
        min_cover_bps,
    );
    let taken = [RAIL_TOKEN, RAIL_STABLE].into_iter().filter(|code| offer.rails & rail_bit(*code) != 0);
    value["rails"] = taken.map(rail).collect();
    value
}

fn entities(touched: &[Touched]) -> Value {
    let used = touched.iter().filter(|one| **one != Touched::NOTHING);
    used.map(|one| json!({ "entity": one.entity.to_string(), "sequence": one.sequence })).collect()
}

/// A rate card: its used entries.
pub fn rates(entries: &[RateEntry]) -> Value {
    let used = entries.iter().filter(|entry| entry.rate != 0 || entry.hardware != 0);
    used.map(|entry| json!({ "hardware": entry.hardware, "rate": entry.rate.to_string() })).collect()
}

/// The network's parameters by name, every one a number.
pub fn parameters(all: &Parameters) -> Value {
    let named = all.bounds().map(|(name, value, ..)| (name.to_owned(), Value::from(value)));
    Value::Object(named.into_iter().collect())
}

/// A word for a job's state; the code itself for one of a later version.
pub fn state(code: u64) -> String {
    let known = u8::try_from(code).ok().and_then(JobState::from_code);
    known.map_or_else(|| code.to_string(), |state| state.name().into())
}

/// A word for a party.
pub fn party(code: u64) -> String {
    let known = u8::try_from(code).ok().and_then(Party::from_code);
    known.map_or_else(|| code.to_string(), |party| party.name().into())
}

/// A word for what a change of the configuration replaces.
pub fn change_kind(code: u64) -> String {
    let known = u8::try_from(code).ok().and_then(ChangeKind::from_code);
    known.map_or_else(|| code.to_string(), |kind| kind.name().into())
}

/// What a change replaces or replaces it with: the parameters or the address, by its kind.
fn put_change(value: &mut Value, prefix: &str, parameters: &Parameters, address: &Address, kind: u64) {
    value["kind"] = change_kind(kind).into();
    if kind == ChangeKind::Parameters as u64 {
        value[format!("{prefix}parameters")] = parameters.json();
    } else {
        value[format!("{prefix}address")] = address.json();
    }
}

/// A word for what is marked; `None` for nothing.
pub fn mark(code: u64) -> Option<String> {
    match u8::try_from(code) {
        Ok(0) => None,
        Ok(MARK_NO_SHOW) => Some("no_show".into()),
        Ok(MARK_HALT) => Some("halt".into()),
        _ => Some(code.to_string()),
    }
}

/// A word for what brought the provider's consent.
pub fn accepted_by(code: u64) -> String {
    match code {
        BY_OFFER => "offer".into(),
        BY_BID => "bid".into(),
        BY_STANDING_OFFER => "standing_offer".into(),
        _ => code.to_string(),
    }
}

/// A word for why a job closes or was cancelled; `None` for neither.
pub fn reason(code: u64) -> Option<String> {
    let word = match u8::try_from(code) {
        Ok(0) => return None,
        Ok(REASON_BY_CONSUMER) => "by_consumer",
        Ok(REASON_BY_PROVIDER) => "by_provider",
        Ok(REASON_END) => "end",
        Ok(REASON_SILENCE) => "silence",
        Ok(REASON_LAPSED) => "lapsed",
        Ok(REASON_DISPUTE) => "dispute",
        _ => return Some(code.to_string()),
    };
    Some(word.into())
}

/// A panel: how many of whom decide.
pub fn panel(panel: &Panel) -> Value {
    let wallets: Vec<String> = panel.wallets().iter().map(Address::to_string).collect();
    json!({ "k": panel.k, "wallets": wallets })
}

/// A word for what a dispute waits for; the code itself for one of a later version.
pub fn stage(code: u64) -> String {
    let known = u8::try_from(code).ok().and_then(Stage::from_code);
    known.map_or_else(|| code.to_string(), |stage| stage.name().into())
}

/// A word for how a dispute ended; `None` while it has not.
pub fn outcome(code: u64) -> Option<String> {
    let word = match u8::try_from(code) {
        Ok(0) => return None,
        Ok(OUTCOME_PROVIDER_LOST) => "provider_lost",
        Ok(OUTCOME_CHALLENGER_LOST) => "challenger_lost",
        Ok(OUTCOME_NOBODY) => "nobody",
        _ => return Some(code.to_string()),
    };
    Some(word.into())
}

/// A word for why a dispute ended so; `None` while it has not.
pub fn cause(code: u64) -> Option<String> {
    let word = match u8::try_from(code) {
        Ok(0) => return None,
        Ok(CAUSE_RULED) => "ruled",
        Ok(CAUSE_TURN_MISSED) => "turn_missed",
        Ok(CAUSE_NO_DIFFERENCE) => "no_difference",
        Ok(CAUSE_NO_RULING) => "no_ruling",
        _ => return Some(code.to_string()),
    };
    Some(word.into())
}

/// A word for why nothing was converted; `None` if it was.
pub fn halt(code: u64) -> Option<String> {
    match code {
        0 => None,
        HALT_MINIMUM => Some("minimum_price".into()),
        HALT_NOTHING => Some("nothing".into()),
        HALT_BATCH => Some("batch".into()),
        _ => {
            let known = Halt::ALL.into_iter().find(|halt| *halt as u64 == code);
            Some(known.map_or_else(|| code.to_string(), |halt| halt.name().into()))
        }
    }
}

/// A word for whose key signs receipts.
pub fn meter_kind(code: u8) -> String {
    match code {
        METER_SESSION => "session".into(),
        METER_REGISTERED => "registered".into(),
        _ => code.to_string(),
    }
}

/// A word for a rail.
pub fn rail(code: u8) -> &'static str {
    match code {
        RAIL_TOKEN => "token",
        RAIL_STABLE => "stable",
        _ => "unknown",
    }
}

/// A word for what an outage is shown by.
pub fn evidence(code: u64) -> String {
    match u8::try_from(code) {
        Ok(EVIDENCE_RECEIPTS) => "receipts".into(),
        Ok(EVIDENCE_ABSENCE) => "absence".into(),
        _ => code.to_string(),
    }
}

/// A batch: what was accepted by job, and why the rest was not.
fn batch(batch: &BatchAccepted) -> Value {
    let mut value = object!(batch, at, meter, through);
    value["entities"] = entities(&batch.entities);
    let accepted = batch.entities.iter().zip(&batch.entries).map(|(touched, entry)| {
        let mut value = object!(entry, index, units, accepted, outstanding);
        value["job"] = touched.entity.json();
        value
    });
    value["entries"] = accepted.collect();
    let skipped = batch.skipped.iter().map(|skip| {
        let known = u32::try_from(skip.reason).ok().and_then(SettlementError::from_code);
        let reason = known.map_or_else(|| skip.reason.to_string(), |error| error.name().into());
        json!({ "job": skip.job.to_string(), "reason": reason })
    });
    value["skipped"] = skipped.collect();
    value
}

/// The event as JSON.
pub fn body(event: &Event) -> Value {
    match event {
        Event::Initialized(e) => object!(
            e,
            entities,
            at,
            admin,
            guardian,
            treasury,
            mint,
            stake_vault,
            feed,
            feed_id,
            cluster,
            receipt_domain,
            parameters,
            genesis_supply,
            decimals,
        ),
        Event::AdminProposed(e) => object!(e, entities, at, admin, proposed),
        Event::AdminAccepted(e) => object!(e, entities, at, previous, admin),
        Event::Paused(e) => object!(e, entities, at, by, until),
        Event::Unpaused(e) => object!(e, entities, at, by),
        Event::Resumed(e) => object!(e, entities, at, ended),
        Event::ChangeQueued(e) => {
            let mut value = object!(e, entities, at, by, rent_payer, base, index, applies_from, expires_at);
            put_change(&mut value, "", &e.parameters, &e.address, e.kind);
            value
        }
        Event::ChangeApplied(e) => {
            let mut value = object!(e, entities, at, by, rent_payer, index, lamports);
            put_change(&mut value, "previous_", &e.previous_parameters, &e.previous_address, e.kind);
            put_change(&mut value, "", &e.parameters, &e.address, e.kind);
            value
        }
        Event::ChangeCancelled(e) => {
            let mut value = object!(e, entities, at, by, rent_payer, index, expires_at, lamports);
            value["kind"] = change_kind(e.kind).into();
            value
        }
        Event::PriceObserved(e) => object!(e, entities, at, quoted),
        Event::ConsumerRegistered(e) => object!(e, entities, at, consumer, wallet, index),
        Event::ProviderRegistered(e) => {
            object!(e, entities, at, provider, authority, metadata_hash, rates, index)
        }
        Event::ProviderUpdated(e) => object!(e, entities, at, provider, metadata_hash, rates),
        Event::Staked(e) => object!(e, entities, at, provider, from, amount, stake),
        Event::UnstakeRequested(e) => object!(e, entities, at, provider, amount, unbonding, available_at),
        Event::StakeWithdrawn(e) => object!(e, entities, at, provider, to, amount, stake),
        Event::JobOpened(e) => {
            let mut value =
                object!(e, entities, at, job, vault, rent_payer, terms, terms_hash, nonce, escrow);
            value["state"] = state(e.state).into();
            value
        }
        Event::JobToppedUp(e) => object!(e, entities, at, job, amount, escrow, budget, terms_hash),
        Event::JobAccepted(e) => {
            let mut value = object!(
                e,
                entities,
                at,
                job,
                provider,
                terms_hash,
                escrow,
                budget,
                rate,
                unit,
                bond,
                locked,
                provider_locked,
                quoted,
            );
            value["by"] = accepted_by(e.by).into();
            value["bid"] = (e.bid != Address::default()).then(|| e.bid.to_string()).into();
            value["hardware"] = e.hardware.into();
            value
        }
        Event::BidPlaced(e) => object!(
            e,
            entities,
            at,
            job,
            bid,
            provider,
            rent_payer,
            terms_hash,
            index,
            rate,
            escrow,
            bond,
            locked,
            provider_locked,
            best_bid,
            best_rate,
        ),
        Event::BidWithdrawn(e) => {
            let mut value =
                object!(e, entities, at, job, bid, provider, bond, provider_locked, lamports, rent_payer);
            value["closed"] = (e.closed != 0).into();
            value
        }
        Event::StandingOfferSet(e) => object!(e, entities, at, provider, offer),
        Event::BondToppedUp(e) => {
            object!(e, entities, at, job, provider, amount, bond, asked, bonded_escrow, provider_locked)
        }
        Event::JobStarted(e) => object!(e, entities, at, job, excused),
        Event::MeterRotated(e) => object!(e, entities, at, job, previous, meter),
        Event::ReceiptAccepted(e) => {
            let mut value =
                object!(e, entities, at, job, meter, index, units, through, accepted, outstanding);
            value["halt"] = halt(e.halt).into();
            value
        }
        Event::Converted(e) => object!(
            e,
            entities,
            at,
            job,
            provider,
            usd,
            burned,
            take,
            earned,
            escrow,
            outstanding,
            claimable,
            epoch,
            weight,
            quality,
            rebate_bps,
            credit_payer,
            quoted,
        ),
        Event::JobMarked(e) => {
            let mut value = object!(e, entities, at, job, by, slot);
            value["mark"] = mark(e.mark).into();
            value
        }
        Event::JobCancelled(e) => {
            let mut value = object!(e, entities, at, job, refund, fee, bond);
            value["reason"] = reason(e.reason).into();
            value
        }
        Event::JobFailed(e) => object!(
            e, entities, at, job, provider, reporter, refund, bond, slashed, harmed, reported, burned, stake,
            bad,
        ),
        Event::JobClosing(e) => {
            let mut value = object!(e, entities, at, job);
            value["reason"] = reason(e.reason).into();
            value
        }
        Event::JobSettling(e) => object!(e, entities, at, job, outstanding),
        Event::MeterRegistered(e) => object!(e, entities, at, meter, key, authority, index),
        Event::ArbiterRegistered(e) => object!(e, entities, at, arbiter, wallet, index),
        Event::StakeVouched(e) => object!(e, entities, at, party, from, amount, stake),
        Event::UnvouchRequested(e) => object!(e, entities, at, party, amount, unbonding, available_at),
        Event::VouchedWithdrawn(e) => object!(e, entities, at, party, to, amount, stake),
        Event::JobHeld(e) => object!(e, entities, at, job, slot, outstanding, promised, missed),
        Event::ServiceCredited(e) => object!(
            e, entities, at, job, provider, promised, missed, slashed, harmed, burned, bond, stake, bad
        ),
        Event::CaseMarked(e) => object!(e, entities, at, job, case, slot),
        Event::CaseAnswered(e) => {
            object!(
                e,
                entities,
                at,
                job,
                case,
                meter,
                from,
                to,
                units,
                bond,
                penalty,
                pledged,
                slashed,
                harmed,
                burned,
                meter_stake,
                rent_payer,
                lamports
            )
        }
        Event::PenaltyDelayed(e) => {
            object!(e, entities, at, job, case, until, excused, burned, penalties, locked)
        }
        Event::CaseUpheld(e) => object!(
            e, entities, at, job, case, provider, meter, slashed, harmed, reported, burned, returned,
            penalty, bond, stake, pledged, missed, bad
        ),
        Event::CaseWithdrawn(e) => object!(e, entities, at, job, case, wallet, amount, rent_payer, lamports),
        Event::CaseOpened(e) => {
            let mut value = object!(
                e,
                entities,
                at,
                job,
                case,
                reporter,
                rent_payer,
                index,
                from,
                to,
                units,
                missed,
                penalty,
                bond,
                meter,
                pledged,
                meter_stake
            );
            value["evidence"] = evidence(e.evidence).into();
            value
        }
        Event::BatchAccepted(e) => batch(e),
        Event::JobClosed(e) => object!(
            e,
            entities,
            at,
            job,
            provider,
            refund,
            bond,
            void,
            in_kind_usd,
            in_kind_paid,
            in_kind_burned,
            recorded,
        ),
        Event::DueWithdrawn(e) => {
            let mut value = object!(e, entities, at, job, wallet, escrow, stake);
            value["party"] = party(e.party).into();
            value
        }
        Event::JobReclaimed(e) => object!(e, entities, at, job, rent_payer, stray, lamports),
        Event::Claimed(e) => object!(e, entities, at, provider, wallet, amount, minted),
        Event::RebateClaimed(e) => {
            object!(e, entities, at, provider, wallet, epoch, pool, amount, minted, rent_payer)
        }
        Event::EpochClosed(e) => {
            object!(e, entities, at, epoch, take, rebated, credits, rent_payer, lamports)
        }
        Event::StableOpened(e) => object!(e, entities, at, mint, token_program, buyback, vault),
        Event::StableSettled(e) => object!(
            e,
            entities,
            at,
            job,
            provider,
            usd,
            earned,
            buyback,
            treasury,
            escrow,
            outstanding,
            settled,
            take,
        ),
        Event::BuybackTicked(e) => {
            object!(e, entities, at, round, lot, left, elapsed, factor_bps, quoted)
        }
        Event::BuybackFilled(e) => object!(
            e,
            entities,
            at,
            buyer,
            destination,
            round,
            lot,
            paid,
            burned,
            left,
            elapsed,
            factor_bps,
            worth,
            total_sold,
            total_burned,
            quoted,
        ),
        Event::PendingMoved(e) => {
            object!(e, entities, at, job, receipt, root, steps, added, released, old, young)
        }
        Event::DisputeOpened(e) => object!(
            e,
            entities,
            at,
            job,
            dispute,
            provider,
            challenger,
            rent_payer,
            slot,
            index,
            receipt,
            provider_root,
            challenger_root,
            steps,
            pending,
            bond,
            job_bond,
            arbiter_stake,
            panel,
        ),
        Event::StepRevealed(e) => {
            let mut value = object!(e, entities, at, dispute, by, slot, index, step, lo, hi, rounds);
            value["stage"] = stage(e.stage).into();
            value["outcome"] = outcome(e.outcome).into();
            value
        }
        Event::TurnMarked(e) => {
            let mut value = object!(e, entities, at, dispute, slot);
            value["stage"] = stage(e.stage).into();
            value
        }
        Event::Ruled(e) => {
            let mut value =
                object!(e, entities, at, dispute, arbiter, votes_for_provider, votes_for_challenger, locked);
            value["for_provider"] = (e.for_provider != 0).into();
            value["stage"] = stage(e.stage).into();
            value
        }
        Event::ArbiterReleased(e) => object!(e, entities, at, dispute, arbiter, amount, locked),
        Event::DisputeResolved(e) => {
            let mut value = object!(
                e,
                entities,
                at,
                job,
                dispute,
                provider,
                void,
                slashed,
                bond,
                arbiters,
                fee,
                to_consumer,
                to_provider,
                refund,
                stake,
                bad,
                accepted,
                old,
                young,
            );
            value["outcome"] = outcome(e.outcome).into();
            value["cause"] = cause(e.cause).into();
            value["state"] = state(e.state).into();
            value
        }
        Event::DisputeWithdrawn(e) => object!(e, entities, at, dispute, wallet, member, amount),
        Event::DisputeClosed(e) => object!(e, entities, at, dispute, rent_payer, lamports),
    }
}
