//! A meter or an arbiter: their stakes follow the same rules.

use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Arbiter, Layout, Meter, Vouched};

/// A third party's account, opened for writing.
pub enum ThirdParty {
    Meter(Account<Meter>),
    Arbiter(Account<Arbiter>),
}

impl ThirdParty {
    /// Opens an account of the program, told apart by its discriminator; refuses any other kind.
    pub fn load(account: &UncheckedAccount) -> Result<Self> {
        let view = *account.account();
        require!(view.owned_by(&crate::ID), SettlementError::NotThirdParty);
        let kind = view.try_borrow()?.first_chunk::<8>().copied();
        // SAFETY: every instruction declares this account mutable, so that by Anchor's check of duplicates
        // it is no other declared account; each kind is loaded with the check of its discriminator.
        unsafe {
            match kind {
                Some(<Meter as Layout>::DISCRIMINATOR) => Ok(Self::Meter(Account::load_mut(view)?)),
                Some(<Arbiter as Layout>::DISCRIMINATOR) => Ok(Self::Arbiter(Account::load_mut(view)?)),
                _ => Err(SettlementError::NotThirdParty.into()),
            }
        }
    }

    /// The wallet that may ask the stake back and is paid.
    pub fn wallet(&self) -> Address {
        match self {
            Self::Meter(meter) => meter.authority,
            Self::Arbiter(arbiter) => arbiter.wallet,
        }
    }

    /// Its stake and its count of events.
    pub fn parts(&mut self) -> (&mut Vouched, &mut u64) {
        match self {
            Self::Meter(meter) => {
                let Meter { vouched, sequence, .. } = &mut **meter;
                (vouched, sequence)
            }
            Self::Arbiter(arbiter) => {
                let Arbiter { vouched, sequence, .. } = &mut **arbiter;
                (vouched, sequence)
            }
        }
    }
}
