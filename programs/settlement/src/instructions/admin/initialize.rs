use super::stable_rail;
use crate::emit::{emit, touch};
use crate::guards::{self, same};
use crate::tokens;
use alloc::boxed::Box;
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token_interface::TokenInterface;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Layout, Price, Totals};
use settlement_interface::events::Initialized;
use settlement_interface::oracle::PYTH_PUSH_ORACLE;
use settlement_interface::parameters::Genesis;
use settlement_interface::pda::{STAKE_VAULT, SYSTEM_PROGRAM, TOKEN_PROGRAM, UPGRADEABLE_LOADER};
use settlement_interface::receipt::DOMAIN_TAG;

/// First four bytes of a program data account (`UpgradeableLoaderState::ProgramData`).
const PROGRAM_DATA: [u8; 4] = [3, 0, 0, 0];
/// Most decimals of the compute token: with Pyth's exponent of -8 the scale is then at most 13.
const MAX_DECIMALS: u8 = 11;
/// Fewest decimals: with fewer, rounding a receipt up to one base unit would be felt.
const MIN_DECIMALS: u8 = 6;

/// Creates the network. Signed by the program's upgrade authority, who becomes its admin.
#[event_cpi]
#[derive(Accounts)]
pub struct Initialize {
    /// The program's upgrade authority; becomes admin.
    pub authority: Signer,
    /// Pays the rent of the accounts that are created.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The program's data account, which names its upgrade authority.
    /// CHECK: its address and owner are checked.
    pub program_data: UncheckedAccount,
    /// The network's configuration.
    #[account(init, payer = payer, space = Config::LEN, seeds = [b"config"], bump)]
    pub config: Account<Config>,
    /// The last qualifying price.
    #[account(init, payer = payer, space = Price::LEN, seeds = [b"price"], bump)]
    pub price: Account<Price>,
    /// Sums over all jobs.
    #[account(init, payer = payer, space = Totals::LEN, seeds = [b"totals"], bump)]
    pub totals: Account<Totals>,
    /// Holds all stake.
    /// CHECK: created here at its canonical address.
    #[account(mut, seeds = [b"stake_vault"], bump)]
    pub stake_vault: UncheckedAccount,
    /// The compute token: SPL Token, minted by `config` alone, freezable by nobody.
    pub mint: Account<Mint>,
    /// The push feed of `feed_shard` and `feed_id`; need not exist yet.
    /// CHECK: only its address matters here.
    pub feed: UncheckedAccount,
    /// The stablecoin; the system program for none yet.
    /// CHECK: judged by its owner and bytes.
    pub stable_mint: UncheckedAccount,
    /// The buyback's account.
    /// CHECK: created here at its canonical address if there is a stablecoin.
    #[account(mut, seeds = [b"buyback"], bump)]
    pub buyback: UncheckedAccount,
    /// Holds what buybacks sell.
    /// CHECK: created here at its canonical address if there is a stablecoin.
    #[account(mut, seeds = [b"buyback_vault"], bump)]
    pub buyback_vault: UncheckedAccount,
    /// SPL Token.
    pub token_program: Program<Token>,
    /// The stablecoin's token program.
    pub stable_program: Interface<'static, TokenInterface>,
    /// The system program.
    pub system_program: Program<System>,
}

impl Initialize {
    fn validate(&self, genesis: &Genesis) -> Result<()> {
        let Self { authority, payer: _, program_data, config, mint, feed, .. } = self;
        // price, totals, stake_vault: created here at addresses that Anchor derived.
        upgrade_authority_signed(program_data, authority.address())?;
        genesis.parameters.validate()?;
        require!(genesis.treasury != Address::default(), SettlementError::NoTreasury);
        require!(mint.mint_authority() == Some(config.address()), SettlementError::MintAuthority);
        require!(!mint.has_freeze_authority(), SettlementError::FreezeAuthority);
        require!((MIN_DECIMALS..=MAX_DECIMALS).contains(&mint.decimals()), SettlementError::MintDecimals);
        let shard = genesis.feed_shard.to_le_bytes();
        let (expected, _) = anchor_lang::find_program_address(&[&shard, &genesis.feed_id], &PYTH_PUSH_ORACLE);
        same(feed.address(), &expected, SettlementError::FeedAddress)
    }
}

/// Refuses unless `authority` is what the program's data account names as upgrade authority.
fn upgrade_authority_signed(program_data: &UncheckedAccount, authority: &Address) -> Result<()> {
    let (expected, _) = anchor_lang::find_program_address(&[crate::ID.as_ref()], &UPGRADEABLE_LOADER);
    same(program_data.address(), &expected, SettlementError::NotUpgradeAuthority)?;
    require!(program_data.account().owned_by(&UPGRADEABLE_LOADER), SettlementError::NotUpgradeAuthority);
    let data = program_data.account().try_borrow()?;
    // tag (4), slot (8), Some (1), authority (32)
    let named = data
        .strip_prefix(PROGRAM_DATA.as_slice())
        .and_then(|rest| rest.get(8..))
        .and_then(|rest| rest.strip_prefix(&[1]))
        .and_then(|rest| rest.first_chunk::<32>());
    require!(named == Some(authority.as_array()), SettlementError::NotUpgradeAuthority);
    Ok(())
}

pub(crate) fn handler(ctx: &mut Context<Initialize>, genesis: Genesis) -> Result<()> {
    let (now, _) = guards::now()?;
    let bumps = (ctx.bumps.config, ctx.bumps.price, ctx.bumps.totals, ctx.bumps.stake_vault);
    ctx.accounts.validate(&genesis)?;
    let stable_bumps = (ctx.bumps.buyback, ctx.bumps.buyback_vault);
    let Initialize {
        authority,
        payer,
        config,
        price,
        totals,
        stake_vault,
        mint,
        feed,
        stable_mint,
        buyback,
        buyback_vault,
        stable_program,
        event_authority,
        ..
    } = &mut ctx.accounts;

    tokens::open_vault(
        payer.account(),
        stake_vault,
        mint.cpi_handle(),
        config.address(),
        &[STAKE_VAULT, &[bumps.3]],
    )?;

    config.admin = *authority.address();
    config.guardian = genesis.guardian;
    config.treasury = genesis.treasury;
    config.mint = *mint.address();
    config.feed = *feed.address();
    config.feed_id = genesis.feed_id;
    config.cluster = genesis.cluster;
    let id = crate::ID;
    config.receipt_domain =
        anchor_lang::solana_program::hash::hashv(&[DOMAIN_TAG, &genesis.cluster, id.as_ref()]).to_bytes();
    config.parameters = genesis.parameters;
    config.genesis_supply = mint.supply();
    config.initialized_at = now;
    config.feed_shard = genesis.feed_shard;
    config.decimals = mint.decimals();
    config.bump = bumps.0;
    config.stake_vault_bump = bumps.3;
    price.seen_at = now;
    price.bump = bumps.1;
    totals.bump = bumps.2;

    let config_address = *config.address();
    let price_address = *price.address();
    let totals_address = *totals.address();
    let event = Box::new(Initialized {
        entities: [
            touch(&config_address, &mut config.sequence)?,
            touch(&price_address, &mut price.sequence)?,
            touch(&totals_address, &mut totals.sequence)?,
        ],
        at: now,
        admin: config.admin,
        guardian: config.guardian,
        treasury: config.treasury,
        mint: config.mint,
        stake_vault: *stake_vault.address(),
        feed: config.feed,
        feed_id: config.feed_id,
        cluster: config.cluster,
        receipt_domain: config.receipt_domain,
        parameters: config.parameters,
        genesis_supply: config.genesis_supply,
        decimals: u64::from(config.decimals),
    });
    emit(event_authority, ctx.bumps.event_authority, event.as_ref())?;
    if *stable_mint.address() == SYSTEM_PROGRAM {
        // Without a stablecoin there is nothing that this account could say.
        return same(stable_program.address(), &TOKEN_PROGRAM, SettlementError::WrongTokenProgram);
    }
    let rail = stable_rail::Opening {
        config,
        payer: payer.account(),
        mint: stable_mint,
        buyback,
        buyback_vault,
        token_program: stable_program.address(),
        bumps: stable_bumps,
    };
    let event = rail.run(now)?;
    emit(event_authority, ctx.bumps.event_authority, &event)
}
