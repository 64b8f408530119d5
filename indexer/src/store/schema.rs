//! The tables that the indexer writes: the columns that make the key first (their number stands
//! behind the name), each with its type as in the migrations. Columns that say what never changes once a row
//! is there come again behind `fixed`.

use super::table::Table;

macro_rules! tables {
    ($(
        $constant:ident $name:ident $key:literal {
            $($column:ident $kind:ident),* $(,)?
            $(; fixed $($fixed:ident),* $(,)?)?
        }
    )*) => {
        $(
            #[doc = concat!("The table `", stringify!($name), "`.")]
            pub const $constant: Table = Table {
                name: stringify!($name),
                key: $key,
                columns: &[$((stringify!($column), stringify!($kind)),)*],
                fixed: &[$($(stringify!($fixed),)*)?],
            };
        )*
    };
}

tables! {
    BLOCKS blocks 1 {
        slot bigint, blockhash base58, parent_slot bigint, block_time bigint, status text
    }

    TRANSACTIONS transactions 2 {
        slot bigint, signature base58, tx_index integer
    }

    EVENTS events 4 {
        slot bigint, signature base58, instruction integer, inner_index integer, tx_index integer,
        name text, at bigint, body jsonb, data bytea, applied boolean
    }

    EVENT_ENTITIES event_entities 6 {
        entity base58, sequence bigint, slot bigint, signature base58, instruction integer,
        inner_index integer
    }

    DEAD_LETTERS dead_letters 4 {
        slot bigint, signature base58, instruction integer, inner_index integer, tx_index integer,
        kind text, reason text, data bytea
    }

    UNDO undo 1 {
        ordinal bigint, slot bigint, signature base58, instruction integer, inner_index integer, images jsonb
    }

    ENTITIES_BEFORE entities_before 3 {
        kind text, entity base58, ordinal bigint, slot bigint, before jsonb, dues jsonb
    }

    CONFIG config 1 {
        entity base58, admin base58, pending_admin base58, guardian base58, treasury base58, mint base58,
        stake_vault base58, feed base58, feed_id hash32, cluster base58, receipt_domain hash32,
        parameters jsonb, epoch_len bigint, genesis_supply u64, decimals integer, initialized_at bigint,
        paused_until bigint, consumers bigint, providers bigint, stable_mint base58, stable_program base58,
        meters bigint, arbiters bigint, changes bigint, sequence bigint, slot bigint, image bytea
    }

    PRICE price 1 {
        entity base58, spot u64, confidence u64, average u64, exponent integer, publish_time bigint,
        price_slot bigint, seen_at bigint, sequence bigint, slot bigint, image bytea
    }

    TOTALS totals 1 {
        entity base58, locked u64, sequence bigint, slot bigint, image bytea
    }

    CONSUMERS consumers 1 {
        consumer base58, wallet base58, number bigint, next_nonce bigint, registered_at bigint,
        sequence bigint, slot bigint, image bytea
    }

    PROVIDERS providers 1 {
        provider base58, authority base58, number bigint, metadata_hash hash32, rates jsonb, stake u64,
        locked u64, unbonding u64, unbonding_at bigint, claimable u64, earned u64, minted u64, burned u64,
        take u64, slashed u64, settled u64, good u64, bad u64, decayed_at bigint, jobs_accepted bigint,
        jobs_failed bigint, jobs_open bigint, registered_at bigint, standing_offer jsonb, sequence bigint, slot bigint,
        image bytea
    }

    JOBS jobs 1 {
        job base58, consumer_wallet base58, provider base58, mint base58, nonce bigint, state text,
        rail text, hardware integer, verifiable boolean, sla_bps integer, spec_hash hash32,
        terms_hash hash32, parameters jsonb, take_bps integer, vault base58, rent_payer base58,
        meter base58, previous_meter base58, reporter base58, budget u64, accepted_budget u64, rate u64, unit u64, unit_cap u64,
        min_price u64, offer_by bigint, start_by bigint, end_by bigint, convert_by bigint,
        silence_max bigint, opened_at bigint, accepted_at bigint, started_at bigint, rotated_at bigint,
        closing_at bigint, ended_at bigint, heard_at bigint, marked_at bigint, marked_slot bigint,
        reclaimed_at bigint, mark text, reason text, funded u64, escrow u64, bond u64, units u64,
        through bigint, receipts bigint, accepted u64, settled u64, outstanding u64, burned u64, take u64,
        earned u64, refund u64, cancel_fee u64, void_usd u64, in_kind_usd u64, in_kind_paid u64,
        in_kind_burned u64, meter_kind text, panel hash32, bid_end bigint, open_acceptance boolean, bids bigint,
        best_bid base58, best_rate u64, pending u64, treasury_take u64, cases bigint, open_cases bigint, disputes bigint,
        open_disputes bigint, penalised_units u64, waits_until bigint, opened_slot bigint, sequence bigint, slot bigint, image bytea;
        fixed consumer_wallet, mint, nonce, rail, verifiable, sla_bps, spec_hash, parameters, take_bps, vault,
        rent_payer, unit_cap, min_price, offer_by, start_by, end_by, convert_by, silence_max, opened_at,
        meter_kind, panel, bid_end, open_acceptance, opened_slot
    }

    DUES dues 2 {
        job base58, party text, wallet base58, escrow u64, stake u64, paid_escrow u64, paid_stake u64
    }

    EPOCHS epochs 1 {
        entity base58, epoch bigint, starts_at bigint, ends_at bigint, take u64, take_usd u64, weight wide,
        rebate_bps integer, pool u64, rebated u64, credits bigint, claimed bigint, sequence bigint,
        slot bigint, image bytea
    }

    CREDITS credits 1 {
        entity base58, epoch bigint, provider base58, rent_payer base58, take u64, weight wide, rebate u64,
        sequence bigint, slot bigint, image bytea
    }

    CHANGES changes 1 {
        entity base58, number bigint, kind text, state text, queued_by base58, queued_at bigint,
        applies_from bigint, expires_at bigint, decided_at bigint, decided_by base58, parameters jsonb,
        address base58, previous_parameters jsonb, previous_address base58, base hash32, rent_payer base58,
        sequence bigint, slot bigint, image bytea
    }

    BIDS bids 1 {
        bid base58, job base58, provider base58, number bigint, rate u64, bond u64, escrow u64, state text,
        placed_at bigint, closed_at bigint, rent_payer base58, sequence bigint, slot bigint, image bytea
    }

    BUYBACK buyback 1 {
        entity base58, vault base58, rounds bigint, lot u64, remaining u64, started_at bigint,
        ticked_at bigint, elapsed bigint, sold u64, burned u64, sequence bigint, slot bigint, image bytea
    }

    THIRD_PARTIES third_parties 1 {
        entity base58, role text, key base58, wallet base58, number bigint, stake u64, unbonding u64,
        unbonding_at bigint, locked u64, upheld bigint, overturned bigint, rulings bigint, registered_at bigint,
        sequence bigint, slot bigint, image bytea
    }

    CASES cases 1 {
        entity base58, job base58, provider base58, number bigint, reporter base58, evidence text, state text,
        gap_from bigint, gap_to bigint, units u64, missed u64, penalty u64, bond u64, slashed u64,
        harmed u64, reported u64, burned u64, due u64, pledged u64, meter_slashed u64, bad_usd u64, opened_at bigint, marked_at bigint,
        decided_at bigint, closed_at bigint, rent_payer base58, opened_slot bigint, sequence bigint,
        slot bigint, image bytea
    }

    DISPUTES disputes 1 {
        dispute base58, job base58, provider base58, authority base58, challenger base58, number bigint,
        receipt bigint, provider_root hash32, challenger_root hash32, steps bigint, lo bigint, hi bigint,
        rounds bigint, stage text, outcome text, cause text, panel jsonb, votes_for_provider integer,
        votes_for_challenger integer, bond u64, arbiter_stake u64, pending u64, void_usd u64, slashed u64,
        fee u64, to_consumer u64, to_provider u64, refund u64, due u64, bad_usd u64, opened_at bigint,
        turn_at bigint, marked_at bigint, resolved_at bigint, closed_at bigint, rent_payer base58,
        opened_slot bigint, sequence bigint, slot bigint, image bytea
    }

    COMMITMENTS commitments 5 {
        job base58, slot bigint, signature base58, instruction integer, inner_index integer, at bigint,
        receipt bigint, root hash32, steps bigint, usd u64
    }

    BUYBACK_FILLS buyback_fills 4 {
        slot bigint, signature base58, instruction integer, inner_index integer, tx_index integer, at bigint,
        round bigint, buyer base58, destination base58, lot u64, paid u64, burned u64, remaining u64,
        factor_bps integer, worth u64, exponent integer
    }

    RECEIPTS receipts 5 {
        job base58, slot bigint, signature base58, instruction integer, inner_index integer,
        provider base58, number bigint, at bigint, meter base58, units u64, through bigint, accepted u64,
        outstanding u64, halt text
    }

    CONVERSIONS conversions 5 {
        job base58, slot bigint, signature base58, instruction integer, inner_index integer,
        tx_index integer, kind text, provider base58, hardware integer, at bigint, usd u64,
        supply_side_usd u64, holders_usd u64, burned u64, take u64, earned u64, escrow u64, outstanding u64,
        epoch bigint, weight wide, quality integer, spot u64, confidence u64, average u64, burn_price u64,
        mint_price u64, exponent integer, publish_time bigint, price_slot bigint, treasury_usd u64
    }

    PRICES prices 4 {
        slot bigint, signature base58, instruction integer, inner_index integer, at bigint, spot u64,
        confidence u64, average u64, burn_price u64, mint_price u64, exponent integer, publish_time bigint,
        price_slot bigint
    }

    CLAIMS claims 5 {
        provider base58, slot bigint, signature base58, instruction integer, inner_index integer, at bigint,
        wallet base58, amount u64, minted u64
    }

    REBATES rebates 5 {
        provider base58, slot bigint, signature base58, instruction integer, inner_index integer, at bigint,
        epoch bigint, wallet base58, pool u64, amount u64, usd u64, minted u64
    }

    SLASHES slashes 5 {
        provider base58, slot bigint, signature base58, instruction integer, inner_index integer,
        job base58, at bigint, kind text, consumer_wallet base58, reporter base58, refund u64, bond u64,
        slashed u64, harmed u64, reported u64, burned u64, bad_usd u64,
        panel u64, found_by base58
    }

    STAKE_MOVES stake_moves 5 {
        provider base58, slot bigint, signature base58, instruction integer, inner_index integer, at bigint,
        kind text, amount u64, stake u64
    }

    PAYOUTS payouts 5 {
        job base58, slot bigint, signature base58, instruction integer, inner_index integer, at bigint,
        party text, wallet base58, escrow u64, stake u64
    }

    OUTCOMES outcomes 5 {
        provider base58, slot bigint, signature base58, instruction integer, inner_index integer,
        job base58, at bigint, success boolean, usd u64, take_bps integer, weight u64, related boolean,
        kind text, found_by base58
    }

    LEDGER ledger 5 {
        slot bigint, signature base58, instruction integer, inner_index integer, entry integer, at bigint,
        account text, owner text, job text, mint base58, amount wide
    }

    BALANCES balances 4 {
        account text, owner text, job text, mint base58, balance wide
    }

    REVENUE_HOURLY revenue_hourly 4 {
        provider base58, hour bigint, rail text, hardware integer, fees_usd wide, supply_side_usd wide,
        holders_usd wide, treasury_usd wide, rebated_usd wide, burned wide, burned_converted wide,
        burned_in_kind wide, burned_slashed wide, take wide, earned wide, paid_in_kind wide, minted wide,
        claimed wide, rebated wide, slashed wide, compensated wide, cancel_fees wide, deposited wide,
        refunded wide, units wide, conversions bigint, receipts bigint, jobs_opened bigint,
        jobs_accepted bigint, jobs_closed bigint, jobs_failed bigint, jobs_cancelled bigint, burned_buyback wide,
        buyback_usd wide, dollars_deposited wide, dollars_refunded wide, dollars_cancel_fees wide
    }

    RECONCILIATIONS reconciliations 2 {
        slot bigint, subject text, expected wide, found wide, verdict text, detail text
    }
}

/// Tables with at most one row an event and owner, which go with the event.
pub const FACTS: [&Table; 11] = [
    &RECEIPTS,
    &CONVERSIONS,
    &PRICES,
    &CLAIMS,
    &REBATES,
    &SLASHES,
    &STAKE_MOVES,
    &PAYOUTS,
    &OUTCOMES,
    &COMMITMENTS,
    &BUYBACK_FILLS,
];
