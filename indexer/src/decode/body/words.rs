//! Words for codes, as the interface has them; the code itself for one of a later version.

use crate::fold::HALT_BATCH;
use settlement_interface::accounts::{
    CAUSE_NO_DIFFERENCE, CAUSE_NO_RULING, CAUSE_RULED, CAUSE_TURN_MISSED, JobState, MARK_HALT, MARK_NO_SHOW,
    OUTCOME_CHALLENGER_LOST, OUTCOME_NOBODY, OUTCOME_PROVIDER_LOST, Party, REASON_BY_CONSUMER,
    REASON_BY_PROVIDER, REASON_DISPUTE, REASON_END, REASON_LAPSED, REASON_SILENCE,
};
use settlement_interface::change::ChangeKind;
use settlement_interface::events::{
    BY_BID, BY_OFFER, BY_STANDING_OFFER, EVIDENCE_ABSENCE, EVIDENCE_RECEIPTS, HALT_MINIMUM, HALT_NOTHING,
};
use settlement_interface::oracle::Halt;
use settlement_interface::rules::Stage;
use settlement_interface::terms::{METER_REGISTERED, METER_SESSION, RAIL_STABLE, RAIL_TOKEN};

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
