//! The network's configuration: its admin, pauses, and changes behind a timelock.

use super::arithmetic::{DAY, N};
use super::entities::Waiting;
use super::step::n;
use super::{ELSEWHERE, Refused, Spec, Verdict, all};
use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{self, Layout};
use settlement_interface::change::{Change, ChangeKind};
use settlement_interface::parameters::Parameters;
use settlement_interface::{Address, pda};

const NOBODY: Address = Address::new_from_array([0; 32]);

/// The table of bounds of the design, written down once more.
fn within_bounds(p: &Parameters) -> bool {
    let (min, hour, day) = (60, 3_600, 86_400);
    let range = |value: i64, least: i64, most: i64| (least..=most).contains(&value);
    let share = |value: u16, least: u16, most: u16| (least..=most).contains(&value);
    range(p.grace, 10 * min, day)
        && range(p.receipt_grace, hour, 7 * day)
        && range(p.min_lead, 0, day)
        && range(p.case_window, hour, 7 * day)
        && range(p.accept_window, hour, 7 * day)
        && range(p.dispute_window, hour, 14 * day)
        && range(p.unbonding, day, 30 * day)
        && range(p.halt_max, day, 14 * day)
        && range(p.epoch_len, min, 366 * day)
        && range(p.timelock, hour, 30 * day)
        && range(p.change_expiry, hour, 30 * day)
        && range(p.pause_max, 0, 7 * day)
        && (1..=1_000_000_000_000_000_000).contains(&p.meter_bond)
        && (1..=1_000_000_000_000_000_000).contains(&p.arbiter_bond)
        && (10..=600).contains(&p.max_age)
        && share(p.take_bps, 1, 2_000)
        && share(p.rebate_bps, 0, 2_500)
        && share(p.bond_bps, 100, 5_000)
        && share(p.no_show_bps, 0, 10_000)
        && p.harmed_bps.saturating_add(p.reporter_bps) <= 9_500
        && share(p.cancel_bps, 0, 1_000)
        && share(p.max_conf_bps, 1, 500)
        && share(p.max_deviation_bps, 100, 2_000)
        && share(p.treasury_bps, 0, 5_000)
        && share(p.outage_bps, 0, 10_000)
        && share(p.sla_penalty_bps, 0, 10_000)
        && share(p.report_bond_bps, 100, 10_000)
        && share(p.challenge_bond_bps, 1_000, 10_000)
        && share(p.panel_bps, 100, 5_000)
        && share(p.mass_bps, 500, 10_000)
        && p.k <= 4
        && u32::from(p.k) * u32::from(p.max_conf_bps) <= 2_000
        && p.case_window >= p.receipt_grace
        && (p.outage_bps == 0 || p.outage_bps >= p.sla_penalty_bps)
        && p.reserved == [0; 3]
}

impl Spec {
    pub fn propose_admin(&mut self, by: Address, proposed: Address) -> Verdict {
        all(&[(by == self.config.admin, E::NotAdmin)])?;
        self.config.pending_admin = proposed;
        Ok(())
    }

    pub fn accept_admin(&mut self, by: Address) -> Verdict {
        all(&[(by == self.config.pending_admin, E::NotProposedAdmin)])?;
        self.config.admin = by;
        self.config.pending_admin = NOBODY;
        Ok(())
    }

    /// Any 30 days hold at most `pause_max` of pauses.
    pub fn pause(&mut self, by: Address, seconds: N) -> Verdict {
        let now = self.now;
        let config = &mut self.config;
        let until = now + seconds;
        let since = until - 30 * DAY;
        let used: N = config.pauses.iter().map(|(from, until)| (until - from.max(&since)).max(0)).sum();
        all(&[
            (by == config.admin || by == config.guardian, E::NotGuardian),
            (seconds > 0, E::ZeroAmount),
            (now >= config.paused_until, E::PausedAlready),
            (used + seconds <= n(config.parameters.pause_max), E::PauseBudget),
        ])?;
        config.pauses.retain(|(from, ended)| ended > from.max(&since));
        // Eight are remembered; of more, the latest is counted as if it had ended where this one begins.
        if config.pauses.len() == 8 {
            let latest = config.pauses.iter().enumerate().max_by_key(|(_, pause)| pause.1).unwrap().0;
            let (from, ended) = config.pauses.remove(latest);
            config.pauses.push((now - (ended - from), until));
        } else {
            config.pauses.push((now, until));
        }
        config.paused_until = until;
        Ok(())
    }

    pub fn unpause(&mut self, by: Address) -> Verdict {
        let now = self.now;
        all(&[(by == self.config.admin, E::NotAdmin), (self.paused(), E::NotPaused)])?;
        for (_, until) in &mut self.config.pauses {
            *until = now.min(*until);
        }
        self.config.paused_until = 0;
        Ok(())
    }

    pub fn resume(&mut self) -> Verdict {
        all(&[(self.config.paused_until != 0 && !self.paused(), E::NotPaused)])?;
        self.config.paused_until = 0;
        Ok(())
    }

    /// What of the configuration a change of this kind replaces, in the same form.
    fn in_force(&self, kind: ChangeKind) -> Change {
        match kind {
            ChangeKind::Parameters => Change::parameters(self.config.parameters),
            ChangeKind::Guardian => Change::guardian(self.config.guardian),
            ChangeKind::Treasury => Change::treasury(self.config.treasury),
            ChangeKind::StableMint => {
                Change::stable_mint(if self.config.stable { self.stable_mint } else { NOBODY })
            }
        }
    }

    fn kind_of(&self, change: &Change) -> Result<ChangeKind, Refused> {
        let unknown = Refused(vec![E::UnknownChange]);
        let kind = ChangeKind::from_code(change.kind).ok_or(unknown.clone())?;
        let nothing: Parameters = bytemuck::Zeroable::zeroed();
        let own = match kind {
            ChangeKind::Parameters => change.address == NOBODY,
            ChangeKind::Guardian | ChangeKind::Treasury | ChangeKind::StableMint => {
                change.parameters == nothing
            }
        };
        if !own {
            return Err(unknown);
        }
        match kind {
            ChangeKind::Parameters => all(&[
                (within_bounds(&change.parameters), E::ParameterOutOfBounds),
                (change.parameters.epoch_len == self.config.parameters.epoch_len, E::EpochLengthFixed),
            ])?,
            ChangeKind::Treasury => all(&[(change.address != NOBODY, E::NoTreasury)])?,
            ChangeKind::StableMint => all(&[
                (!self.config.stable, E::StableMintSet),
                (change.address != NOBODY, E::NoStableMint),
                (change.address != self.mint, E::StableMintIsCompute),
            ])?,
            ChangeKind::Guardian => {}
        }
        Ok(kind)
    }

    pub fn queue_change(&mut self, by: Address, payer: Address, index: u64, change: Change) -> Verdict {
        if n(index) != self.config.changes {
            return Err(ELSEWHERE);
        }
        all(&[(by == self.config.admin, E::NotAdmin)])?;
        let kind = self.kind_of(&change)?;
        self.create(&payer, pda::change(index), accounts::ConfigChange::LEN)?;
        let applies_from = self.now + n(self.config.parameters.timelock);
        let waiting = Waiting {
            rent_payer: payer,
            queued_by: by,
            change,
            replaces: self.in_force(kind),
            index: n(index),
            queued_at: self.now,
            applies_from,
            expires_at: applies_from + n(self.config.parameters.change_expiry),
        };
        self.changes.insert(pda::change(index), waiting);
        self.config.changes += 1;
        Ok(())
    }

    /// The change, if its time has come and what it replaces is still in force.
    fn ripe(&self, by: Address, index: u64, rent_payer: Address) -> Result<(Change, ChangeKind), Refused> {
        let address = pda::change(index);
        let waiting = self.changes.get(&address).ok_or(ELSEWHERE)?.clone();
        all(&[
            (by == self.config.admin, E::NotAdmin),
            (rent_payer == waiting.rent_payer, E::WrongRentPayer),
            (self.now >= waiting.applies_from, E::ChangeWaits),
            (self.now <= waiting.expires_at, E::ChangeExpired),
        ])?;
        let kind = self.kind_of(&waiting.change)?;
        all(&[(self.in_force(kind) == waiting.replaces, E::ChangeSuperseded)])?;
        Ok((waiting.change, kind))
    }

    pub fn apply_change(&mut self, by: Address, index: u64, rent_payer: Address) -> Verdict {
        let address = pda::change(index);
        let (change, kind) = self.ripe(by, index, rent_payer)?;
        match kind {
            ChangeKind::Parameters => self.config.parameters = change.parameters,
            ChangeKind::Guardian => self.config.guardian = change.address,
            ChangeKind::Treasury => self.config.treasury = change.address,
            ChangeKind::StableMint => all(&[(false, E::OpensRail)])?,
        }
        self.changes.remove(&address);
        self.refund_rent(&address, &rent_payer);
        Ok(())
    }

    /// Names the stablecoin, once: the buyback gets its account and its vault.
    pub fn open_rail(&mut self, by: Address, payer: Address, index: u64, rent_payer: Address) -> Verdict {
        if self.config.stable {
            return Err(ELSEWHERE);
        }
        let address = pda::change(index);
        let (change, kind) = self.ripe(by, index, rent_payer)?;
        all(&[(kind == ChangeKind::StableMint, E::OpensRail)])?;
        all(&[(change.address == self.stable_mint, E::WrongMint)])?;
        self.config.stable = true;
        self.create(&payer, pda::buyback(), accounts::Buyback::LEN)?;
        self.open_vault(&payer, pda::buyback_vault(), pda::config(), self.stable_mint)?;
        self.changes.remove(&address);
        self.refund_rent(&address, &rent_payer);
        Ok(())
    }

    pub fn cancel_change(&mut self, by: Address, index: u64, rent_payer: Address) -> Verdict {
        let address = pda::change(index);
        let waiting = self.changes.get(&address).ok_or(ELSEWHERE)?;
        all(&[
            (self.now > waiting.expires_at || by == self.config.admin, E::NotAdmin),
            (rent_payer == waiting.rent_payer, E::WrongRentPayer),
        ])?;
        self.changes.remove(&address);
        self.refund_rent(&address, &rent_payer);
        Ok(())
    }
}
