//! The network's parameters, their defaults and the bounds that no admin can exceed.

use crate::{Address, SettlementError};
use bytemuck::{Pod, Zeroable};

/// Seconds in a day.
pub const DAY: i64 = 86_400;
/// Seconds in an hour.
pub const HOUR: i64 = 3_600;
/// A minute.
pub const MINUTE: i64 = 60;

/// What is set at initialisation, and by changes behind a timelock ([`crate::change`]), always within
/// [`Parameters::validate`]. Jobs copy what concerns them when they are opened, so a change reaches only
/// jobs that are opened later.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(
    feature = "anchor",
    derive(anchor_lang::IdlType, anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize)
)]
pub struct Parameters {
    /// Seconds (and slots) between `mark` and a penalty.
    pub grace: i64,
    /// Seconds after closing or rotation during which earlier receipts count.
    pub receipt_grace: i64,
    /// Least seconds between acceptance and `start_by`.
    pub min_lead: i64,
    /// Seconds to answer a case, and after closing to open one; at least `receipt_grace`.
    pub case_window: i64,
    /// Seconds after an auction's end in which its best bid may be accepted.
    pub accept_window: i64,
    /// Seconds that receipts of verifiable jobs stay pending.
    pub dispute_window: i64,
    /// Seconds from `request_unstake` to `withdraw_stake`.
    pub unbonding: i64,
    /// Seconds for which a halt must stand on a job's record before it may end in kind.
    pub halt_max: i64,
    /// Seconds of an epoch; fixed at start.
    pub epoch_len: i64,
    /// Seconds a queued change waits before it may be applied.
    pub timelock: i64,
    /// Seconds after that wait in which it may be applied; then it has expired. (Counted from the end of
    /// the wait, so that no choice of the two leaves changes that can never be applied.)
    pub change_expiry: i64,
    /// Seconds of pause allowed in any 30 days.
    pub pause_max: i64,
    /// Least free stake of a registered meter when a job names it, base units of the compute token.
    pub meter_bond: u64,
    /// Least free stake of an arbiter when it rules, base units of the compute token.
    pub arbiter_bond: u64,
    /// Oldest price accepted, in seconds.
    pub max_age: u32,
    /// Protocol's share of what is burned (token rail) or paid (stable rail), basis points.
    pub take_bps: u16,
    /// Share of an epoch's take that quality rebates may mint back, basis points.
    pub rebate_bps: u16,
    /// Provider's bond as a share of the escrow, basis points.
    pub bond_bps: u16,
    /// Share of the bond lost by not starting, basis points.
    pub no_show_bps: u16,
    /// Share of a penalty that goes to the harmed consumer, basis points.
    pub harmed_bps: u16,
    /// Share of a penalty that goes to a reporter who is no party, basis points.
    pub reporter_bps: u16,
    /// Share of the escrow that a consumer owes for cancelling after acceptance, basis points.
    pub cancel_bps: u16,
    /// Widest confidence interval accepted, basis points of the price.
    pub max_conf_bps: u16,
    /// Farthest that a price may lie from its average, basis points of the average.
    pub max_deviation_bps: u16,
    /// Treasury's share of the stable rail's take, basis points.
    pub treasury_bps: u16,
    /// Share of the bond lost if all that a job promises was missed in unanswered outages or absences; less
    /// in proportion. Basis points; none, so that outages are not reported, or at least `sla_penalty_bps`.
    pub outage_bps: u16,
    /// Share of the bond lost at close if all that was promised was missed; less in proportion. Basis points.
    pub sla_penalty_bps: u16,
    /// Bond of whoever reports an outage, as a share of the penalty, basis points.
    pub report_bond_bps: u16,
    /// Bond of whoever disputes a receipt, as a share of the job's bond, or of the bond that the terms would ask
    /// for all that is pending if that is more, basis points.
    pub challenge_bond_bps: u16,
    /// Share of the loser's bond that the panel which ruled divides, basis points.
    pub panel_bps: u16,
    /// Share of what would burn of all locked bonds that recent penalties may have burned before further ones
    /// wait, once, basis points.
    pub mass_bps: u16,
    /// How many confidence intervals a conversion gives away: burn price below, mint price above.
    pub k: u8,
    /// Room for parameters to come; zero.
    pub reserved: [u8; 3],
}

/// What the network starts with: the argument of `initialize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "anchor",
    derive(anchor_lang::IdlType, anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize)
)]
pub struct Genesis {
    /// Parameters, within their bounds.
    pub parameters: Parameters,
    /// May pause; zero for nobody.
    pub guardian: Address,
    /// Wallet of the treasury.
    pub treasury: Address,
    /// Genesis hash of this cluster; a wrong one makes every receipt invalid.
    pub cluster: [u8; 32],
    /// Pyth feed id of the compute token in USD.
    pub feed_id: [u8; 32],
    /// Shard of the push feed.
    pub feed_shard: u16,
}

/// As the table of bounds has it; what does not fit is above every bound.
fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

impl Parameters {
    /// The design's defaults.
    pub const DEFAULT: Self = Self {
        grace: HOUR,
        receipt_grace: DAY,
        min_lead: 15 * MINUTE,
        case_window: DAY,
        accept_window: DAY,
        dispute_window: 2 * DAY,
        unbonding: 7 * DAY,
        halt_max: 7 * DAY,
        epoch_len: DAY,
        timelock: 48 * HOUR,
        change_expiry: 14 * DAY,
        pause_max: 72 * HOUR,
        meter_bond: 1_000_000_000_000,
        arbiter_bond: 1_000_000_000_000,
        max_age: 120,
        take_bps: 500,
        rebate_bps: 2_500,
        bond_bps: 1_000,
        no_show_bps: 5_000,
        harmed_bps: 8_000,
        reporter_bps: 500,
        cancel_bps: 200,
        max_conf_bps: 200,
        max_deviation_bps: 1_000,
        treasury_bps: 2_000,
        outage_bps: 10_000,
        sla_penalty_bps: 5_000,
        report_bond_bps: 2_000,
        challenge_bond_bps: 5_000,
        panel_bps: 1_000,
        mass_bps: 1_000,
        k: 1,
        reserved: [0; 3],
    };

    /// Name, value, least and greatest of every parameter that has bounds of its own.
    pub fn bounds(&self) -> [(&'static str, i64, i64, i64); 32] {
        [
            ("grace", self.grace, 10 * MINUTE, DAY),
            ("receipt_grace", self.receipt_grace, HOUR, 7 * DAY),
            ("min_lead", self.min_lead, 0, DAY),
            ("case_window", self.case_window, HOUR, 7 * DAY),
            ("accept_window", self.accept_window, HOUR, 7 * DAY),
            ("dispute_window", self.dispute_window, HOUR, 14 * DAY),
            ("unbonding", self.unbonding, DAY, 30 * DAY),
            ("halt_max", self.halt_max, DAY, 14 * DAY),
            ("epoch_len", self.epoch_len, MINUTE, 366 * DAY),
            ("timelock", self.timelock, HOUR, 30 * DAY),
            ("change_expiry", self.change_expiry, HOUR, 30 * DAY),
            ("pause_max", self.pause_max, 0, 7 * DAY),
            ("meter_bond", signed(self.meter_bond), 1, 1_000_000_000_000_000_000),
            ("arbiter_bond", signed(self.arbiter_bond), 1, 1_000_000_000_000_000_000),
            ("max_age", i64::from(self.max_age), 10, 600),
            ("take_bps", i64::from(self.take_bps), 1, 2_000),
            ("rebate_bps", i64::from(self.rebate_bps), 0, 2_500),
            ("bond_bps", i64::from(self.bond_bps), 100, 5_000),
            ("no_show_bps", i64::from(self.no_show_bps), 0, 10_000),
            ("harmed_bps", i64::from(self.harmed_bps), 0, 9_500),
            ("reporter_bps", i64::from(self.reporter_bps), 0, 9_500),
            ("cancel_bps", i64::from(self.cancel_bps), 0, 1_000),
            ("max_conf_bps", i64::from(self.max_conf_bps), 1, 500),
            ("max_deviation_bps", i64::from(self.max_deviation_bps), 100, 2_000),
            ("treasury_bps", i64::from(self.treasury_bps), 0, 5_000),
            ("outage_bps", i64::from(self.outage_bps), 0, 10_000),
            ("sla_penalty_bps", i64::from(self.sla_penalty_bps), 0, 10_000),
            ("report_bond_bps", i64::from(self.report_bond_bps), 100, 10_000),
            ("challenge_bond_bps", i64::from(self.challenge_bond_bps), 1_000, 10_000),
            ("panel_bps", i64::from(self.panel_bps), 100, 5_000),
            ("mass_bps", i64::from(self.mass_bps), 500, 10_000),
            ("k", i64::from(self.k), 0, 4),
        ]
    }

    /// Sets the parameter of this name, as [`Parameters::bounds`] has it; `None` if there is none, or if
    /// its type cannot hold the value. Bounds are for [`Parameters::validate`].
    pub fn set(&mut self, name: &str, value: i64) -> Option<()> {
        macro_rules! fields {
            ($($field:ident)*) => {
                match name {
                    $(stringify!($field) => self.$field = value.try_into().ok()?,)*
                    _ => return None,
                }
            };
        }
        fields!(grace receipt_grace min_lead case_window accept_window dispute_window unbonding halt_max
            epoch_len timelock change_expiry pause_max meter_bond arbiter_bond max_age take_bps rebate_bps
            bond_bps no_show_bps harmed_bps reporter_bps cancel_bps max_conf_bps max_deviation_bps
            treasury_bps outage_bps sla_penalty_bps report_bond_bps challenge_bond_bps panel_bps mass_bps k);
        Some(())
    }

    /// Name of the first parameter, or sum or product of parameters, out of its bounds.
    pub fn first_out_of_bounds(&self) -> Option<&'static str> {
        let alone =
            self.bounds().into_iter().find(|(_, value, least, greatest)| value < least || value > greatest);
        if let Some((name, ..)) = alone {
            return Some(name);
        }
        if u32::from(self.harmed_bps).saturating_add(u32::from(self.reporter_bps)) > 9_500 {
            return Some("harmed_bps + reporter_bps");
        }
        if u32::from(self.k).saturating_mul(u32::from(self.max_conf_bps)) > 2_000 {
            return Some("k * max_conf_bps");
        }
        // Until the last receipt may come, what it shows may be reported.
        if self.case_window < self.receipt_grace {
            return Some("case_window - receipt_grace");
        }
        // A unit counts once, for whichever is decided first: reporting an outage must not make it cheaper.
        if (1..self.sla_penalty_bps).contains(&self.outage_bps) {
            return Some("outage_bps - sla_penalty_bps");
        }
        (self.reserved != [0; 3]).then_some("reserved")
    }

    /// `sha256` of their bytes: what a standing offer names.
    #[cfg(feature = "std")]
    pub fn hash(&self) -> [u8; 32] {
        use sha2::Digest;
        sha2::Sha256::digest(bytemuck::bytes_of(self)).into()
    }

    /// Refuses parameters out of bounds.
    pub fn validate(&self) -> Result<(), SettlementError> {
        match self.first_out_of_bounds() {
            None => Ok(()),
            Some(_) => Err(SettlementError::ParameterOutOfBounds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_bounds() {
        assert_eq!(Parameters::DEFAULT.first_out_of_bounds(), None);
    }

    #[test]
    fn every_parameter_is_set_by_its_name_and_no_other() {
        for (name, _, least, greatest) in Parameters::DEFAULT.bounds() {
            for wanted in [least, greatest] {
                let mut changed = Parameters::DEFAULT;
                changed.set(name, wanted).unwrap();
                let pairs = changed.bounds().into_iter().zip(Parameters::DEFAULT.bounds());
                for ((other, value, ..), (_, before, ..)) in pairs {
                    assert_eq!(value, if other == name { wanted } else { before }, "{name}: {other}");
                }
            }
        }
        let mut same = Parameters::DEFAULT;
        assert_eq!((same.set("takes", 1), same.set("take_bps", -1), same.set("k", 256)), (None, None, None));
        assert_eq!(same, Parameters::DEFAULT);
    }

    #[test]
    fn sums_and_products_are_bounded_too() {
        let sum = Parameters { harmed_bps: 9_000, reporter_bps: 501, ..Parameters::DEFAULT };
        assert_eq!(sum.first_out_of_bounds(), Some("harmed_bps + reporter_bps"));
        let product = Parameters { k: 4, max_conf_bps: 500, ..Parameters::DEFAULT };
        assert_eq!(product.first_out_of_bounds(), None);
        let product = Parameters { k: 4, max_conf_bps: 501, ..Parameters::DEFAULT };
        assert_eq!(product.first_out_of_bounds(), Some("max_conf_bps"));
        let windows = Parameters { case_window: 7_200, receipt_grace: 7_200, ..Parameters::DEFAULT };
        assert_eq!(windows.first_out_of_bounds(), None);
        let windows = Parameters { receipt_grace: 7_201, ..windows };
        assert_eq!(windows.first_out_of_bounds(), Some("case_window - receipt_grace"));
        let missed = Parameters { outage_bps: 5_000, sla_penalty_bps: 5_000, ..Parameters::DEFAULT };
        assert_eq!(missed.first_out_of_bounds(), None);
        let missed = Parameters { outage_bps: 4_999, ..missed };
        assert_eq!(missed.first_out_of_bounds(), Some("outage_bps - sla_penalty_bps"));
        assert_eq!(Parameters { outage_bps: 0, ..missed }.first_out_of_bounds(), None);
        assert_eq!(
            Parameters { reserved: [1; 3], ..Parameters::DEFAULT }.validate(),
            Err(SettlementError::ParameterOutOfBounds)
        );
    }
}
