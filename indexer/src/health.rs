//! Whether the figures can be relied on: one set of facts, one judgement. `/readyz`, `/metrics` and
//! `indexer status` ask here and nowhere else, so that they say the same.
//!
//! *Failing* means that figures are old or contradict the chain: do not use them. *Degraded* means
//! that they are right as far as they go, and that something is known to be missing or not yet proved.
//! `/readyz` is 503 for both and says which.

use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;

/// Seconds without news of the chain's head after which the tables count as stale.
pub const STALE_S: u64 = 120;
/// How long the database may take to tell the facts.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// Shortest age, in seconds, at which a comparison with the chain counts as old.
const OLD_COMPARISON_S: u64 = 600;

/// What health follows from, as the database tells it at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The last slots indexed and final; `None` before an indexer has claimed the database.
    pub finalized: Option<u64>,
    /// The last slots indexed.
    pub confirmed: Option<u64>,
    /// The chain's finalized head as the indexer last saw it.
    pub head_finalized: Option<u64>,
    /// The same, confirmed.
    pub head_confirmed: Option<u64>,
    /// Seconds since it saw it.
    pub seen_ago: Option<u64>,
    /// Seconds from the cluster's time of the last final slot indexed to the present.
    pub lag_seconds: Option<u64>,
    /// Stored events that wait for others before them.
    pub waiting: u64,
    /// Gaps in the numbers of entities' events.
    pub gaps: u64,
    /// Events that could not be read.
    pub undecodable: u64,
    /// Events that contradict their predecessors.
    pub contradictions: u64,
    /// Whether the network is initialised, so that there is something to compare.
    pub initialised: bool,
    /// Slot of the last comparison with the chain.
    pub compared_slot: Option<u64>,
    /// Seconds since it.
    pub compared_ago: Option<u64>,
    /// Subjects of it in which chain and tables differ.
    pub differences: u64,
    /// The first few of their names.
    pub differing: Vec<String>,
}

impl Facts {
    /// Slots between the last final slot indexed and the finalized head.
    pub fn lag_slots(&self) -> Option<u64> {
        Some(self.head_finalized?.saturating_sub(self.finalized?))
    }

    /// Bytes that could not be read, or that contradict what came before.
    pub fn dead_letters(&self) -> u64 {
        self.undecodable.saturating_add(self.contradictions)
    }
}

/// From where on something counts as wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Slots behind the finalized head.
    pub max_lag_slots: u64,
    /// Seconds between two comparisons with the chain; 0 if there are none.
    pub reconcile_interval_s: u64,
}

/// How good or bad something is, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Figures are recent, complete and equal the chain.
    Ready,
    /// Right as far as they go, but something is missing or not proved.
    Degraded,
    /// Old, or contradicted by the chain.
    Failing,
}

impl State {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// How bad it is.
    pub state: State,
    /// A word for machines.
    pub code: &'static str,
    /// What it is and where to look.
    pub text: String,
}

/// The judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// As bad as the worst reason.
    pub state: State,
    /// All that is wrong, worst first.
    pub reasons: Vec<Reason>,
}

impl Health {
    fn of(mut reasons: Vec<Reason>) -> Self {
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.state));
        let state = reasons.first().map_or(State::Ready, |worst| worst.state);
        Self { state, reasons }
    }

    /// The judgement where the database cannot be asked.
    pub fn without_database(why: &str) -> Self {
        let text = format!("the database does not answer ({why})");
        Self::of(vec![Reason { state: State::Failing, code: "database", text }])
    }

    /// For people: a line for the state, and one for each reason.
    pub fn text(&self) -> String {
        let mut text = format!("{:<15}{}\n", "health", self.state.name());
        for reason in &self.reasons {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{:<15}{}: {}", "", reason.state.name(), reason.text);
        }
        text
    }

    /// All of it in one line.
    pub fn line(&self) -> String {
        let texts: Vec<&str> = self.reasons.iter().map(|reason| reason.text.as_str()).collect();
        if texts.is_empty() {
            return self.state.name().to_owned();
        }
        format!("{}: {}", self.state.name(), texts.join("; "))
    }
}

/// Decides.
pub fn judge(facts: &Facts, limits: &Limits) -> Health {
    let mut reasons = Vec::new();
    let mut say = |state, code, text: String| reasons.push(Reason { state, code, text });
    let (failing, degraded) = (State::Failing, State::Degraded);
    match (facts.finalized, facts.seen_ago) {
        (Some(_), Some(ago)) if ago <= STALE_S => {}
        (Some(_), Some(ago)) => {
            say(failing, "stale", format!("no news of the chain's head was written for {ago} seconds"));
        }
        _ => say(failing, "nothing", "nothing was indexed yet".into()),
    }
    if let Some(lag) = facts.lag_slots().filter(|lag| *lag > limits.max_lag_slots) {
        say(failing, "lag", format!("the tables are {lag} slots behind the finalized head"));
    }
    if facts.differences > 0 {
        let named = facts.differing.join(", ");
        let count = facts.differences;
        say(
            failing,
            "differences",
            format!("chain and tables differ in {count} subjects ({named}); see the table reconciliations"),
        );
    }
    if facts.gaps > 0 {
        let count = facts.gaps;
        say(degraded, "gaps", format!("events are missing in {count} places; see the table gaps"));
    }
    if facts.waiting > 0 {
        let count = facts.waiting;
        say(degraded, "waiting", format!("{count} events wait for others before them"));
    }
    if facts.undecodable > 0 {
        let count = facts.undecodable;
        say(degraded, "undecodable", format!("{count} events could not be read; see the table dead_letters"));
    }
    if facts.contradictions > 0 {
        let count = facts.contradictions;
        say(
            degraded,
            "contradictions",
            format!("{count} events contradict what came before; see the table dead_letters"),
        );
    }
    if limits.reconcile_interval_s > 0 && facts.initialised {
        let old = limits.reconcile_interval_s.saturating_mul(10).max(OLD_COMPARISON_S);
        match facts.compared_ago {
            None => say(degraded, "not_compared", "the tables were not compared with the chain yet".into()),
            Some(ago) if ago > old => say(
                degraded,
                "not_compared",
                format!("the tables were not compared with the chain for {ago} seconds"),
            ),
            Some(_) => {}
        }
    }
    Health::of(reasons)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fine() -> Facts {
        Facts {
            finalized: Some(100),
            confirmed: Some(110),
            head_finalized: Some(110),
            head_confirmed: Some(120),
            seen_ago: Some(STALE_S),
            initialised: true,
            compared_ago: Some(600),
            ..Facts::default()
        }
    }

    const LIMITS: Limits = Limits { max_lag_slots: 10, reconcile_interval_s: 60 };

    fn codes(facts: &Facts) -> (State, Vec<&'static str>) {
        let health = judge(facts, &LIMITS);
        (health.state, health.reasons.iter().map(|reason| reason.code).collect())
    }

    #[test]
    fn at_every_limit_it_is_ready_and_one_beyond_it_says_so() {
        assert_eq!(codes(&fine()), (State::Ready, vec![]));
        let stale = Facts { seen_ago: Some(STALE_S.saturating_add(1)), ..fine() };
        assert_eq!(codes(&stale), (State::Failing, vec!["stale"]));
        assert_eq!(codes(&Facts { head_finalized: Some(111), ..fine() }), (State::Failing, vec!["lag"]));
        assert_eq!(
            codes(&Facts { compared_ago: Some(601), ..fine() }),
            (State::Degraded, vec!["not_compared"])
        );
        assert_eq!(codes(&Facts { differences: 1, ..fine() }), (State::Failing, vec!["differences"]));
        for (facts, code) in [
            (Facts { gaps: 1, ..fine() }, "gaps"),
            (Facts { waiting: 1, ..fine() }, "waiting"),
            (Facts { undecodable: 1, ..fine() }, "undecodable"),
            (Facts { contradictions: 1, ..fine() }, "contradictions"),
            (Facts { compared_ago: None, ..fine() }, "not_compared"),
        ] {
            assert_eq!(codes(&facts), (State::Degraded, vec![code]));
        }
        assert_eq!(codes(&Facts::default()), (State::Failing, vec!["nothing"]));
    }

    #[test]
    fn what_is_not_compared_by_setting_or_not_there_to_be_compared_is_no_fault() {
        let never = Facts { compared_ago: None, ..fine() };
        let off = Limits { reconcile_interval_s: 0, ..LIMITS };
        assert_eq!(judge(&never, &off).state, State::Ready);
        assert_eq!(codes(&Facts { initialised: false, ..never }), (State::Ready, vec![]));
    }

    #[test]
    fn the_worst_stands_first_and_names_the_whole() {
        let facts = Facts { gaps: 2, differences: 1, differing: vec!["supply".into()], ..fine() };
        let line = judge(&facts, &LIMITS).line();
        assert!(line.starts_with("failing: chain and tables differ in 1 subjects (supply)"), "{line}");
        assert!(line.contains("missing in 2 places"), "{line}");
    }
}
