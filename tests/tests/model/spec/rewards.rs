//! Claims and the quality rebate.

use super::arithmetic::{floor, share_down};
use super::step::n;
use super::{ELSEWHERE, Refused, Spec, Verdict, all};
use settlement_interface::SettlementError as E;
use settlement_interface::{Address, pda};

impl Spec {
    pub fn claim(&mut self, authority: Address) -> Verdict {
        let address = self.provider_of(&authority)?;
        let amount = self.providers[&address].claimable;
        all(&[(amount > 0, E::NothingToClaim)])?;
        let to = self.associated(&authority);
        self.payable(&to, &authority)?;
        let provider = self.providers.get_mut(&address).unwrap();
        provider.claimable = 0;
        provider.minted += amount;
        self.mint_to(&to, amount);
        Ok(())
    }

    pub fn claim_rebate(&mut self, authority: Address, epoch: u64, rent_payer: Address) -> Verdict {
        let address = pda::provider(&authority);
        let (at, credit_at) = (pda::epoch(epoch), pda::credit(epoch, &address));
        let credit = self.credits.get(&credit_at).ok_or(ELSEWHERE)?.clone();
        let present = self.epoch_index();
        all(&[(rent_payer == credit.rent_payer, E::WrongRentPayer), (n(epoch) < present, E::EpochRunning)])?;
        let epoch = self.epochs.get_mut(&at).unwrap();
        let pool = share_down(epoch.take, epoch.rebate_bps);
        // Of these networks the product fits; otherwise this would stop the test.
        let amount = if epoch.weight == 0 { 0 } else { floor(pool * credit.weight, epoch.weight) };
        epoch.rebated += amount;
        epoch.claimed += 1;
        self.providers.get_mut(&address).unwrap().minted += amount;
        if amount > 0 {
            let to = self.associated(&authority);
            self.payable(&to, &authority)?;
            self.mint_to(&to, amount);
        }
        self.credits.remove(&credit_at);
        self.refund_rent(&credit_at, &rent_payer);
        Ok(())
    }

    pub fn close_epoch(&mut self, epoch: u64, rent_payer: Address) -> Verdict {
        let at = pda::epoch(epoch);
        let found = self.epochs.get(&at).ok_or(ELSEWHERE)?;
        let present = self.epoch_index();
        if n(epoch) >= present {
            return Err(Refused(vec![E::EpochRunning, E::CreditsRemain]));
        }
        all(&[
            (found.claimed == found.credits, E::CreditsRemain),
            (rent_payer == found.rent_payer, E::WrongRentPayer),
        ])?;
        self.epochs.remove(&at);
        self.refund_rent(&at, &rent_payer);
        Ok(())
    }
}
