//! Mints and token accounts, written as SPL Token lays them out.

use crate::world::World;
use settlement_interface::{Address, pda};
use solana_account::Account;
use solana_signer::Signer;

const FROZEN: u8 = 2;

fn option(key: Option<Address>) -> Vec<u8> {
    let tag = u32::from(key.is_some()).to_le_bytes();
    [tag.as_slice(), key.unwrap_or_default().as_ref()].concat()
}

fn token_owned(data: Vec<u8>) -> Account {
    Account { lamports: 10_000_000, data, owner: pda::TOKEN_PROGRAM, executable: false, rent_epoch: u64::MAX }
}

impl World {
    /// Writes a mint.
    pub fn set_mint(
        &mut self,
        address: &Address,
        mint_authority: Option<Address>,
        freeze_authority: Option<Address>,
        decimals: u8,
        supply: u64,
    ) {
        let mut data = option(mint_authority);
        data.extend_from_slice(&supply.to_le_bytes());
        data.extend_from_slice(&[decimals, 1]);
        data.extend_from_slice(&option(freeze_authority));
        self.svm.set_account(*address, token_owned(data)).unwrap();
    }

    /// Writes a token account.
    pub fn set_tokens(&mut self, address: &Address, mint: &Address, owner: &Address, amount: u64) {
        let mut data = Vec::with_capacity(165);
        data.extend_from_slice(mint.as_ref());
        data.extend_from_slice(owner.as_ref());
        data.extend_from_slice(&amount.to_le_bytes());
        data.extend_from_slice(&option(None));
        data.push(1);
        data.resize(165, 0);
        self.svm.set_account(*address, token_owned(data)).unwrap();
    }

    /// Changes a byte of a token account: its state, say.
    pub fn freeze(&mut self, address: &Address) {
        let mut account = self.svm.get_account(address).unwrap();
        account.data[108] = FROZEN;
        self.svm.set_account(*address, account).unwrap();
    }

    /// A wallet's associated account of the compute token.
    pub fn associated(&self, wallet: &Address) -> Address {
        pda::associated_token(wallet, &self.network.mint)
    }

    /// Moves tokens from the bank to a wallet's associated account, opening it.
    pub fn give(&mut self, wallet: &Address, amount: u64) {
        let account = self.associated(wallet);
        let has = self.svm.get_account(&account).map_or(0, |_| self.tokens(&account));
        let mint = self.network.mint;
        self.set_tokens(&account, &mint, wallet, has + amount);
        let bank = self.bank.pubkey();
        let bank_account = self.associated(&bank);
        let left = self.tokens(&bank_account) - amount;
        self.set_tokens(&bank_account, &mint, &bank, left);
    }

    /// Tokens in an account; 0 if there is none.
    pub fn tokens(&self, address: &Address) -> u64 {
        let account = self.svm.get_account(address).filter(|account| account.data.len() == 165);
        account.map_or(0, |account| u64::from_le_bytes(account.data[64..72].try_into().unwrap()))
    }

    /// Tokens in a wallet's associated account.
    pub fn balance(&self, wallet: &Address) -> u64 {
        self.tokens(&self.associated(wallet))
    }

    /// Supply of the compute token.
    pub fn supply(&self) -> u64 {
        let mint = self.svm.get_account(&self.network.mint).unwrap();
        u64::from_le_bytes(mint.data[36..44].try_into().unwrap())
    }
}
