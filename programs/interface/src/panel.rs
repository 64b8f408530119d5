//! The arbiters who rule on the one step that a dispute comes down to: k of n, named by a hash in the
//! terms that both sides signed.

use crate::hash::hashv;
use crate::{Address, SettlementError};
use bytemuck::{Pod, Zeroable};

/// Most arbiters on a panel.
pub const MEMBERS: usize = 7;
/// Tag of the hash; another form of panel gets another tag.
pub const TAG: &[u8; 14] = b"tally panel v1";

/// A panel.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(
    feature = "anchor",
    derive(anchor_lang::IdlType, anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize)
)]
pub struct Panel {
    /// The arbiters' wallets in ascending order; zero behind the last.
    pub members: [Address; MEMBERS],
    /// Equal votes that decide: more than half, so that never both sides have won.
    pub k: u8,
    /// How many arbiters there are.
    pub n: u8,
}

impl Panel {
    /// Of these wallets, put in order; `None` if they are no panel.
    pub fn of(k: u8, wallets: &[Address]) -> Option<Self> {
        let mut panel = Self { k, n: u8::try_from(wallets.len()).ok()?, ..Self::default() };
        panel.members.get_mut(..wallets.len())?.copy_from_slice(wallets);
        panel.members.get_mut(..wallets.len())?.sort_unstable();
        panel.validate().ok().map(|()| panel)
    }

    /// Its arbiters.
    pub fn wallets(&self) -> &[Address] {
        self.members.get(..usize::from(self.n)).unwrap_or_default()
    }

    /// Refuses what is no panel: `1 <= n <= 7`, `n / 2 < k <= n`, wallets distinct and in order.
    pub fn validate(&self) -> Result<(), SettlementError> {
        let wallets = self.wallets();
        let rest = self.members.get(wallets.len()..).unwrap_or_default();
        let in_order = wallets.is_sorted_by(|a, b| a < b)
            && wallets.iter().all(|wallet| *wallet != Address::default())
            && rest.iter().all(|wallet| *wallet == Address::default());
        let decides = u16::from(self.k).saturating_mul(2) > u16::from(self.n) && self.k <= self.n;
        if wallets.is_empty() || !in_order || !decides {
            return Err(SettlementError::PanelForm);
        }
        Ok(())
    }

    /// `sha256("tally panel v1" ‖ k ‖ n ‖ wallets)`: what the terms name.
    pub fn hash(&self) -> [u8; 32] {
        let wallets: &[u8] = bytemuck::cast_slice(self.wallets());
        hashv(&[TAG, &[self.k, self.n], wallets])
    }

    /// The place of a wallet among the arbiters.
    pub fn place(&self, wallet: &Address) -> Option<usize> {
        self.wallets().iter().position(|member| member == wallet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wallet(number: u8) -> Address {
        Address::new_from_array([number; 32])
    }

    #[test]
    fn more_than_half_of_one_to_seven_distinct_wallets_are_a_panel() {
        for n in 1..=7u8 {
            let wallets: Vec<Address> = (1..=n).rev().map(wallet).collect();
            for k in 0..=8 {
                let panel = Panel::of(k, &wallets);
                assert_eq!(panel.is_some(), k * 2 > n && k <= n, "{k} of {n}");
                let Some(panel) = panel else { continue };
                assert_eq!(panel.place(&wallet(n)), Some(usize::from(n) - 1));
                assert_eq!(panel.place(&wallet(n + 1)), None);
            }
        }
        assert!(Panel::of(1, &[]).is_none());
        assert!(Panel::of(5, &[1, 2, 3, 4, 5, 6, 7, 8].map(wallet)).is_none());
        assert!(Panel::of(2, &[1, 1].map(wallet)).is_none());
        assert!(Panel::of(1, &[wallet(0)]).is_none());
    }

    #[test]
    fn order_length_and_what_is_behind_are_part_of_the_form() {
        let panel = Panel::of(2, &[1, 2, 3].map(wallet)).unwrap();
        let mut other = panel;
        other.members.swap(0, 1);
        assert_eq!(other.validate(), Err(SettlementError::PanelForm));
        let mut other = panel;
        other.members[5] = wallet(9);
        assert_eq!(other.validate(), Err(SettlementError::PanelForm));
        for n in [0, 2, 4, 8, 255] {
            assert_eq!(Panel { n, ..panel }.validate(), Err(SettlementError::PanelForm), "{n}");
        }
    }

    #[test]
    fn the_hash_is_of_tag_k_n_and_wallets() {
        let panel = Panel::of(2, &[3, 1, 2].map(wallet)).unwrap();
        let bytes = [TAG.as_slice(), &[2, 3], &[1; 32], &[2; 32], &[3; 32]].concat();
        assert_eq!(panel.hash(), hashv(&[&bytes]));
        assert_ne!(panel.hash(), Panel { k: 3, ..panel }.hash());
    }
}
