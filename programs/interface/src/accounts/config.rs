//! Singletons and consumers.

use crate::Address;
use crate::parameters::Parameters;
use bytemuck::{Pod, Zeroable};

/// How many past pauses `Config` remembers to bound their sum over any 30 days.
pub const PAUSES: usize = 8;

/// One pause, from when to when (Unix seconds); zeros if unused.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::IdlType))]
pub struct Pause {
    /// Start.
    pub from: i64,
    /// End; set earlier by `unpause`.
    pub until: i64,
}

/// The network. Hot instructions read it and never write it.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Config {
    /// Pauses, unpauses, proposes its successor, queues changes and applies them after their timelock.
    pub admin: Address,
    /// Becomes admin by accepting; zero if nobody is proposed.
    pub pending_admin: Address,
    /// May pause, nothing else; zero for nobody.
    pub guardian: Address,
    /// Wallet that the treasury's share goes to.
    pub treasury: Address,
    /// The compute token, burned and minted; this account is its mint authority.
    pub mint: Address,
    /// The dollar stablecoin; zero until the stable rail opens.
    pub stable_mint: Address,
    /// Token program of the stablecoin: SPL Token or Token-2022; zero until the stable rail opens.
    pub stable_program: Address,
    /// The pinned price account: Pyth's push feed of shard and feed id.
    pub feed: Address,
    /// Feed id inside that account.
    pub feed_id: [u8; 32],
    /// Genesis hash of the cluster, as stated at initialisation.
    pub cluster: [u8; 32],
    /// What every receipt starts with: see [`crate::receipt`].
    pub receipt_domain: [u8; 32],
    /// Parameters that jobs copy when they are opened.
    pub parameters: Parameters,
    /// Supply of the compute token at initialisation, base units.
    pub genesis_supply: u64,
    /// Unix seconds of initialisation.
    pub initialized_at: i64,
    /// Until when opening and accepting is paused, Unix seconds; 0 if it never was or was resumed.
    pub paused_until: i64,
    /// The latest pauses, in no order.
    pub pauses: [Pause; PAUSES],
    /// Consumers registered ever.
    pub consumers: u64,
    /// Providers registered ever.
    pub providers: u64,
    /// Meters registered ever.
    pub meters: u64,
    /// Arbiters registered ever.
    pub arbiters: u64,
    /// Configuration changes queued ever: the index of the next one.
    pub changes: u64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Shard of the push feed.
    pub feed_shard: u16,
    /// Decimals of the compute token.
    pub decimals: u8,
    /// Canonical bump.
    pub bump: u8,
    /// Canonical bump of the stake vault.
    pub stake_vault_bump: u8,
    /// Canonical bump of the buyback vault; 0 until it is opened.
    pub buyback_vault_bump: u8,
    /// Zero.
    pub reserved: [u8; 82],
}

impl Config {
    /// Whether opening and accepting is paused at `now`.
    pub fn is_paused(&self, now: i64) -> bool {
        now < self.paused_until
    }

    /// `floor(now / epoch_len)`; `None` before 1970. Unsigned, because the VM has no signed division.
    #[inline(always)]
    pub fn epoch_index(&self, now: i64) -> Option<u64> {
        u64::try_from(now).ok()?.checked_div(u64::try_from(self.parameters.epoch_len).ok()?)
    }
}

/// The last price that qualified. Mantissas of `10^exponent` USD per whole compute token.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Price {
    /// Price; 0 before the first.
    pub spot: u64,
    /// Half-width of the confidence interval.
    pub confidence: u64,
    /// Moving average.
    pub average: u64,
    /// When it was published, Unix seconds; never goes back.
    pub publish_time: i64,
    /// Slot in which it was last found to qualify.
    pub slot: u64,
    /// Unix seconds at which it was last found to qualify; at initialisation, that moment.
    pub seen_at: i64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Exponent of the mantissas.
    pub exponent: i32,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 3],
}

/// Sums over all jobs, by which penalties wait when much of the network fails at once.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Totals {
    /// Bond locked in jobs, base units: those of bids do not count, for no work stands behind them.
    pub locked: u64,
    /// Since when the next two count, Unix seconds; what becomes of them is in [`crate::rules`].
    pub counted_from: i64,
    /// Burned by penalties since then, base units.
    pub burned: u64,
    /// Penalties since then.
    pub penalties: u64,
    /// Burned by penalties in the span before, base units.
    pub burned_before: u64,
    /// Penalties in the span before.
    pub penalties_before: u64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 31],
}

/// A wallet that opens jobs. Never closed, so that no job address comes back.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Consumer {
    /// The wallet.
    pub wallet: Address,
    /// Its number among consumers, from 0.
    pub index: u64,
    /// Nonce of its next job; the number of jobs opened so far.
    pub next_nonce: u64,
    /// Unix seconds of registration.
    pub registered_at: i64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 31],
}
