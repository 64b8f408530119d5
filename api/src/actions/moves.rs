//! What a transaction moves, by the meaning of its instructions.
//!
//! A move is stated before anything is simulated; [`super::check`] holds the simulation against it. What
//! leaves the wallet that signs is stated as it will be, or as the most that it can be.

use crate::units::{Amount, amount};
use serde::Serialize;
use settlement_interface::Address;
use tally_client::amounts::SOL_DECIMALS;
use tally_client::facts::Currency;
use utoipa::ToSchema;

/// What is done with an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MoveKind {
    /// Changes hands now.
    Pay,
    /// Is created now.
    Mint,
    /// Is destroyed now.
    Burn,
    /// Stays in the stake vault and cannot be withdrawn until it is released; may be lost.
    Lock,
    /// Is locked no longer; stays in the stake vault.
    Unlock,
    /// Is booked as owed; a later transaction, which anyone may send, pays it.
    Due,
    /// Keeps an account on chain, or comes back from one that is closed.
    Rent,
    /// The network's, for carrying the transaction.
    Fee,
}

/// How certain an amount is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// This and no other.
    Exact,
    /// This or less.
    Most,
    /// This or more.
    Least,
    /// About this: it depends on a price that may change until the transaction lands.
    About,
}

/// What is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asset {
    /// SOL; amounts are lamports.
    Sol,
    /// A token of the network; amounts are base units.
    Token(Currency),
}

impl Asset {
    /// The mint; `None` for SOL.
    pub fn mint(&self) -> Option<Address> {
        match self {
            Self::Sol => None,
            Self::Token(currency) => Some(currency.mint),
        }
    }

    fn decimals(&self) -> u32 {
        match self {
            Self::Sol => SOL_DECIMALS,
            Self::Token(currency) => currency.decimals,
        }
    }

    /// A signed amount of it.
    pub fn amount(&self, base: impl Into<i128>) -> Amount {
        amount(base, self.decimals())
    }

    /// An amount of it in words.
    pub fn say(&self, base: impl Into<i128>) -> String {
        let name = match self {
            Self::Sol => "SOL",
            Self::Token(currency) => currency.name,
        };
        format!("{} {name}", self.amount(base).decimal)
    }

    /// What it is.
    pub fn name(&self) -> TokenName {
        match self {
            Self::Sol => TokenName::Sol,
            // The one that the client library calls dollars.
            Self::Token(currency) if currency.name == "dollars" => TokenName::Stable,
            Self::Token(_) => TokenName::Compute,
        }
    }
}

/// What may be taken of an amount later, without another signature of its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// The most of it, base units.
    pub most: u64,
    /// When and for what.
    pub why: String,
}

/// One amount that is moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// What is done.
    pub kind: MoveKind,
    /// What is moved.
    pub asset: Asset,
    /// How much, base units or lamports.
    pub amount: u64,
    /// How certain that is.
    pub bound: Bound,
    /// Where it comes from: a wallet, or an account of the program; `None` if it is created.
    pub from: Option<Address>,
    /// Where it goes; `None` if it is destroyed, or goes to the network.
    pub to: Option<Address>,
    /// What for.
    pub reason: String,
    /// What may be taken of it later.
    pub later: Option<Later>,
}

impl Move {
    fn new(kind: MoveKind, asset: Asset, amount: u64, ends: [Option<Address>; 2], reason: &str) -> Self {
        let [from, to] = ends;
        Self { kind, asset, amount, bound: Bound::Exact, from, to, reason: reason.to_owned(), later: None }
    }

    /// Tokens that change hands.
    pub fn pay(currency: Currency, amount: u64, from: Address, to: Address, reason: &str) -> Self {
        Self::new(MoveKind::Pay, Asset::Token(currency), amount, [Some(from), Some(to)], reason)
    }

    /// Tokens that are created for somebody.
    pub fn mint(currency: Currency, amount: u64, to: Address, reason: &str) -> Self {
        Self::new(MoveKind::Mint, Asset::Token(currency), amount, [None, Some(to)], reason)
    }

    /// Tokens that are destroyed.
    pub fn burn(currency: Currency, amount: u64, from: Address, reason: &str) -> Self {
        Self::new(MoveKind::Burn, Asset::Token(currency), amount, [Some(from), None], reason)
    }

    /// Stake of a provider that something holds from now on.
    pub fn lock(currency: Currency, amount: u64, provider: Address, by: Address, reason: &str) -> Self {
        Self::new(MoveKind::Lock, Asset::Token(currency), amount, [Some(provider), Some(by)], reason)
    }

    /// Stake of a provider that something holds no longer.
    pub fn unlock(currency: Currency, amount: u64, by: Address, provider: Address, reason: &str) -> Self {
        Self::new(MoveKind::Unlock, Asset::Token(currency), amount, [Some(by), Some(provider)], reason)
    }

    /// Tokens that are owed to a wallet from now on.
    pub fn due(currency: Currency, amount: u64, from: Address, to: Address, reason: &str) -> Self {
        Self::new(MoveKind::Due, Asset::Token(currency), amount, [Some(from), Some(to)], reason)
    }

    /// Lamports that an account holds, or held. Who creates one where somebody has sent lamports before
    /// pays less.
    pub fn rent(lamports: u64, from: Address, to: Address, reason: &str) -> Self {
        Self::new(MoveKind::Rent, Asset::Sol, lamports, [Some(from), Some(to)], reason)
    }

    /// Lamports for the network.
    pub fn fee(lamports: u64, from: Address, reason: &str) -> Self {
        Self::new(MoveKind::Fee, Asset::Sol, lamports, [Some(from), None], reason)
    }

    /// The same, how certain it is said.
    pub fn bound(self, bound: Bound) -> Self {
        Self { bound, ..self }
    }

    /// The same, of which so much may be taken later.
    pub fn later(self, most: u64, why: impl Into<String>) -> Self {
        Self { later: Some(Later { most, why: why.into() }), ..self }
    }

    /// Whether it changes what a wallet or a vault holds, rather than what is booked.
    pub fn changes_balances(&self) -> bool {
        match self.kind {
            MoveKind::Pay | MoveKind::Mint | MoveKind::Burn | MoveKind::Rent | MoveKind::Fee => true,
            MoveKind::Lock | MoveKind::Unlock | MoveKind::Due => false,
        }
    }

    /// As it is answered.
    pub fn told(&self) -> ActionMove {
        let address = |address: Option<Address>| address.map(|address| address.to_string());
        ActionMove {
            kind: self.kind,
            token: self.asset.name(),
            mint: address(self.asset.mint()),
            amount: self.asset.amount(self.amount),
            bound: self.bound,
            from: address(self.from),
            to: address(self.to),
            reason: self.reason.clone(),
            later: self
                .later
                .as_ref()
                .map(|later| ActionLater { most: self.asset.amount(later.most), reason: later.why.clone() }),
        }
    }
}

/// Which token an amount is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenName {
    /// SOL, in lamports.
    Sol,
    /// The network's compute token, in base units.
    Compute,
    /// The network's stablecoin, in base units, which are micro-dollars.
    Stable,
}

/// An amount that a transaction moves.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActionMove {
    /// What is done with it.
    #[schema(inline)]
    pub kind: MoveKind,
    /// Which token it is of.
    #[schema(inline)]
    pub token: TokenName,
    /// That token's mint; null for SOL.
    pub mint: Option<String>,
    /// How much.
    pub amount: Amount,
    /// How certain that is. What leaves the wallet that signs is `exact` or `most`, but for what a wallet
    /// adds to the fee that sets its own price.
    #[schema(inline)]
    pub bound: Bound,
    /// Where it comes from: a wallet, or an account of the program; null if it is created.
    pub from: Option<String>,
    /// Where it goes; null if it is destroyed, or goes to the network.
    pub to: Option<String>,
    /// What for.
    pub reason: String,
    /// What may be taken of it later, without another signature of its owner; null for nothing.
    pub later: Option<ActionLater>,
}

/// What may be taken of an amount later.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActionLater {
    /// The most of it.
    pub most: Amount,
    /// When and for what.
    pub reason: String,
}
