//! Changes of the network's configuration: what can be changed, and within which bounds.
//!
//! A change waits for the timelock that was in force when it was queued and expires some time after
//! that; its bounds are checked when it is queued and again when it is applied. It says what it
//! replaces, and is refused once that is no longer in force: so a change that waited can never
//! silently undo one that was applied meanwhile.
//!
//! The stablecoin is named once and then stays: opening its rail takes accounts of its own, so that change
//! is applied by an instruction of its own, `open_stable_rail`.
//!
//! What is *not* here can never be changed: the mint, the pinned feed and the cluster, which receipts
//! and prices of running jobs depend on without having them in their terms, and `epoch_len`, by which
//! epochs get their addresses (a closed one would come back under another meaning). The admin hands
//! over in two steps of its own.

use crate::accounts::Config;
use crate::parameters::Parameters;
use crate::{Address, SettlementError};
use bytemuck::Zeroable;

/// What a change replaces. Codes never change.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// All parameters together; jobs that are open keep theirs.
    Parameters = 1,
    /// Who may pause besides the admin; zero for nobody.
    Guardian = 2,
    /// The wallet that the treasury's share goes to.
    Treasury = 3,
    /// The stablecoin's mint, where there is none yet: opens the stable rail.
    StableMint = 4,
}

impl ChangeKind {
    /// Every kind, in order of code.
    pub const ALL: [Self; 4] = [Self::Parameters, Self::Guardian, Self::Treasury, Self::StableMint];

    /// The kind of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }

    /// A word for it, as the API serves it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::Guardian => "guardian",
            Self::Treasury => "treasury",
            Self::StableMint => "stable_mint",
        }
    }
}

/// The argument of `queue_change`. What does not belong to the kind is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "anchor",
    derive(anchor_lang::IdlType, anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize)
)]
pub struct Change {
    /// The new parameters, if the kind is parameters.
    pub parameters: Parameters,
    /// The new address, if the kind is one of an address.
    pub address: Address,
    /// Code of [`ChangeKind`].
    pub kind: u8,
}

impl Change {
    /// A change of all parameters.
    pub fn parameters(parameters: Parameters) -> Self {
        Self { parameters, address: NOBODY, kind: ChangeKind::Parameters as u8 }
    }

    /// A change of the guardian.
    pub fn guardian(address: Address) -> Self {
        Self { parameters: Parameters::zeroed(), address, kind: ChangeKind::Guardian as u8 }
    }

    /// A change of the treasury's wallet.
    pub fn treasury(address: Address) -> Self {
        Self { parameters: Parameters::zeroed(), address, kind: ChangeKind::Treasury as u8 }
    }

    /// The naming of the stablecoin.
    pub fn stable_mint(address: Address) -> Self {
        Self { parameters: Parameters::zeroed(), address, kind: ChangeKind::StableMint as u8 }
    }

    /// The kind, if the change is one that `config` can take: within all bounds, and nothing in it
    /// that does not belong to its kind.
    pub fn validate(&self, config: &Config) -> Result<ChangeKind, SettlementError> {
        let kind = ChangeKind::from_code(self.kind).ok_or(SettlementError::UnknownChange)?;
        let own = match kind {
            ChangeKind::Parameters => self.address == NOBODY,
            ChangeKind::Guardian | ChangeKind::Treasury | ChangeKind::StableMint => {
                self.parameters == Parameters::zeroed()
            }
        };
        if !own {
            return Err(SettlementError::UnknownChange);
        }
        match kind {
            ChangeKind::Parameters => {
                self.parameters.validate()?;
                if self.parameters.epoch_len != config.parameters.epoch_len {
                    return Err(SettlementError::EpochLengthFixed);
                }
            }
            ChangeKind::Guardian => {}
            ChangeKind::Treasury if self.address == NOBODY => return Err(SettlementError::NoTreasury),
            ChangeKind::Treasury => {}
            // What else the mint must be is judged by its account, when the rail opens.
            ChangeKind::StableMint if config.stable_mint != NOBODY => {
                return Err(SettlementError::StableMintSet);
            }
            ChangeKind::StableMint if self.address == NOBODY => return Err(SettlementError::NoStableMint),
            ChangeKind::StableMint if self.address == config.mint => {
                return Err(SettlementError::StableMintIsCompute);
            }
            ChangeKind::StableMint => {}
        }
        Ok(kind)
    }

    /// Puts a valid change into force.
    pub fn apply(&self, kind: ChangeKind, config: &mut Config) {
        match kind {
            ChangeKind::Parameters => config.parameters = self.parameters,
            ChangeKind::Guardian => config.guardian = self.address,
            ChangeKind::Treasury => config.treasury = self.address,
            ChangeKind::StableMint => config.stable_mint = self.address,
        }
    }

    /// What is in force now of what a change of this kind replaces, in the same form.
    pub fn in_force(kind: ChangeKind, config: &Config) -> Self {
        match kind {
            ChangeKind::Parameters => Self::parameters(config.parameters),
            ChangeKind::Guardian => Self::guardian(config.guardian),
            ChangeKind::Treasury => Self::treasury(config.treasury),
            ChangeKind::StableMint => Self::stable_mint(config.stable_mint),
        }
    }

    /// What a waiting change has as its `base` if this, of [`Change::in_force`], was in force when it
    /// was queued: the sha256 of the parameters, or the address. A change whose base is another than
    /// what is in force now is superseded.
    #[cfg(feature = "std")]
    pub fn base(&self) -> [u8; 32] {
        use sha2::Digest;
        match ChangeKind::from_code(self.kind) {
            Some(ChangeKind::Parameters) => sha2::Sha256::digest(bytemuck::bytes_of(&self.parameters)).into(),
            _ => self.address.to_bytes(),
        }
    }
}

const NOBODY: Address = Address::new_from_array([0; 32]);

#[cfg(test)]
mod tests {
    use super::*;

    const SOMEBODY: Address = Address::new_from_array([7; 32]);

    fn config() -> Config {
        Config { parameters: Parameters::DEFAULT, treasury: SOMEBODY, ..Config::zeroed() }
    }

    #[test]
    fn a_change_within_bounds_is_put_into_force_and_nothing_else() {
        let lower = Parameters { take_bps: 1, ..Parameters::DEFAULT };
        for change in [
            Change::parameters(lower),
            Change::guardian(SOMEBODY),
            Change::guardian(NOBODY),
            Change::treasury(SOMEBODY),
            Change::stable_mint(SOMEBODY),
        ] {
            let mut after = config();
            let kind = change.validate(&after).unwrap();
            let before = Change::in_force(kind, &after);
            change.apply(kind, &mut after);
            assert_eq!(Change::in_force(kind, &after), change);
            before.apply(kind, &mut after);
            assert_eq!(after, config());
        }
    }

    #[test]
    fn what_no_admin_can_change_is_refused() {
        let refused = |change: Change, error| assert_eq!(change.validate(&config()), Err(error));
        refused(Change { kind: 0, ..Change::guardian(SOMEBODY) }, SettlementError::UnknownChange);
        refused(Change { kind: 5, ..Change::guardian(SOMEBODY) }, SettlementError::UnknownChange);
        let both = Change { address: SOMEBODY, ..Change::parameters(Parameters::DEFAULT) };
        refused(both, SettlementError::UnknownChange);
        refused(
            Change { parameters: Parameters::DEFAULT, ..Change::guardian(SOMEBODY) },
            SettlementError::UnknownChange,
        );
        refused(Change::treasury(NOBODY), SettlementError::NoTreasury);
        refused(Change::stable_mint(NOBODY), SettlementError::NoStableMint);
        let named = Config { stable_mint: SOMEBODY, mint: Address::new_from_array([8; 32]), ..config() };
        let again = |address| Change::stable_mint(address).validate(&named);
        assert_eq!(again(SOMEBODY), Err(SettlementError::StableMintSet));
        let none = Config { stable_mint: NOBODY, ..named };
        let own = Change::stable_mint(none.mint).validate(&none);
        assert_eq!(own, Err(SettlementError::StableMintIsCompute));
        refused(Change::parameters(Parameters::zeroed()), SettlementError::ParameterOutOfBounds);
        let longer = Parameters { epoch_len: Parameters::DEFAULT.epoch_len + 1, ..Parameters::DEFAULT };
        refused(Change::parameters(longer), SettlementError::EpochLengthFixed);
    }
}
