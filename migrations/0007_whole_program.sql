-- The rest of the program: changes of the configuration, auctions, the stable rail and its buyback,
-- meters and arbiters, outage cases, disputes. Columns that are new have defaults; `indexer rebuild` fills
-- those of rows that were there before.

UPDATE schema_version SET version = 2;

ALTER TABLE config
    ADD COLUMN stable_mint base58,
    ADD COLUMN stable_program base58,
    ADD COLUMN meters BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN arbiters BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN changes BIGINT NOT NULL DEFAULT 0;

ALTER TABLE providers
    -- What the provider signed once for jobs to come; NULL for none.
    ADD COLUMN standing_offer JSONB;
CREATE INDEX providers_that_offer ON providers (provider) WHERE standing_offer IS NOT NULL;

ALTER TABLE jobs
    -- 'session' or 'registered'.
    ADD COLUMN meter_kind TEXT NOT NULL DEFAULT 'session',
    -- Hash of the arbiter panel; NULL if the job is not verifiable.
    ADD COLUMN panel hash32,
    -- End of bidding; NULL for an offer to a named provider.
    ADD COLUMN bid_end BIGINT,
    ADD COLUMN open_acceptance BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN bids BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN best_bid base58,
    ADD COLUMN best_rate u64 NOT NULL DEFAULT 0,
    -- Accepted and waiting for its dispute window, micro-dollars: accepted = settled + outstanding + pending.
    ADD COLUMN pending u64 NOT NULL DEFAULT 0,
    -- Of the take what is the treasury's; stable rail only.
    ADD COLUMN treasury_take u64 NOT NULL DEFAULT 0,
    ADD COLUMN cases BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN open_cases BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN open_disputes BIGINT NOT NULL DEFAULT 0,
    -- Units missed in times that were judged: penalised or excused.
    ADD COLUMN penalised_units u64 NOT NULL DEFAULT 0,
    ADD COLUMN waits_until BIGINT;

CREATE TABLE changes (
    entity base58 PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    -- A word, as `ChangeKind::name` has it.
    kind TEXT NOT NULL,
    -- 'waiting', 'applied', 'cancelled' or, closed after its time, 'expired'.
    state TEXT NOT NULL,
    queued_by base58 NOT NULL,
    queued_at BIGINT NOT NULL,
    applies_from BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by base58,
    -- By the kind, one of the two; what it replaced once it is applied.
    parameters JSONB,
    address base58,
    previous_parameters JSONB,
    previous_address base58,
    -- What it may replace: the sha256 of the parameters, or the address.
    base hash32 NOT NULL,
    rent_payer base58 NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);

CREATE TABLE bids (
    bid base58 PRIMARY KEY,
    job base58 NOT NULL,
    provider base58 NOT NULL,
    number BIGINT NOT NULL,
    -- The last rate bid, micro-dollars per unit of the job.
    rate u64 NOT NULL,
    -- Locked by it; 0 once withdrawn, with the job once accepted.
    bond u64 NOT NULL,
    -- The job's when it was placed, in the job's mint.
    escrow u64 NOT NULL,
    -- 'standing', 'withdrawn' or 'accepted'.
    state TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    closed_at BIGINT,
    rent_payer base58 NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);
CREATE INDEX bids_by_job ON bids (job, number);

-- The Dutch auction of the stable rail's take. Dollars are micro-dollars. One row once the rail is open.
CREATE TABLE buyback (
    entity base58 PRIMARY KEY,
    vault base58 NOT NULL,
    rounds BIGINT NOT NULL,
    lot u64 NOT NULL,
    remaining u64 NOT NULL,
    started_at BIGINT,
    ticked_at BIGINT,
    elapsed BIGINT NOT NULL,
    sold u64 NOT NULL,
    burned u64 NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);

-- Meters and arbiters.
CREATE TABLE third_parties (
    entity base58 PRIMARY KEY,
    -- 'meter' or 'arbiter'.
    role TEXT NOT NULL,
    -- What a meter signs receipts with; NULL for an arbiter.
    key base58,
    wallet base58 NOT NULL,
    number BIGINT NOT NULL,
    stake u64 NOT NULL,
    unbonding u64 NOT NULL,
    unbonding_at BIGINT,
    -- What open cases or rulings hold of the rest; a meter's cases share it, so that it may be more.
    locked u64 NOT NULL,
    upheld BIGINT NOT NULL,
    overturned BIGINT NOT NULL,
    rulings BIGINT NOT NULL,
    registered_at BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL,
    UNIQUE (role, number)
);

-- Outages that were reported.
CREATE TABLE cases (
    entity base58 PRIMARY KEY,
    job base58 NOT NULL,
    provider base58 NOT NULL,
    -- Its number among the job's cases, which disputes share.
    number BIGINT NOT NULL,
    reporter base58 NOT NULL,
    -- 'receipts' or 'absence'.
    evidence TEXT NOT NULL,
    -- 'open', 'marked', 'answered', 'upheld' or, closed, 'paid'.
    state TEXT NOT NULL,
    gap_from BIGINT NOT NULL,
    gap_to BIGINT NOT NULL,
    units u64 NOT NULL,
    missed u64 NOT NULL,
    penalty u64 NOT NULL,
    -- The reporter's, while it is at risk.
    bond u64 NOT NULL,
    -- slashed = harmed + reported + burned.
    slashed u64 NOT NULL,
    harmed u64 NOT NULL,
    reported u64 NOT NULL,
    burned u64 NOT NULL,
    -- What the reporter is due now.
    due u64 NOT NULL,
    -- Pledged of the meter's stake while it is open, and taken of it because its words were overturned.
    pledged u64 NOT NULL,
    meter_slashed u64 NOT NULL,
    bad_usd u64 NOT NULL,
    opened_at BIGINT NOT NULL,
    marked_at BIGINT,
    decided_at BIGINT,
    closed_at BIGINT,
    rent_payer base58 NOT NULL,
    opened_slot BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);
CREATE INDEX cases_by_job ON cases (job, number);
CREATE INDEX cases_by_provider ON cases (provider, opened_slot, entity);

CREATE TABLE disputes (
    dispute base58 PRIMARY KEY,
    job base58 NOT NULL,
    provider base58 NOT NULL,
    authority base58 NOT NULL,
    challenger base58 NOT NULL,
    number BIGINT NOT NULL,
    receipt BIGINT NOT NULL,
    provider_root hash32 NOT NULL,
    challenger_root hash32 NOT NULL,
    steps BIGINT NOT NULL,
    -- Last step known to be equal, first known to differ, midpoints compared.
    lo BIGINT NOT NULL,
    hi BIGINT NOT NULL,
    rounds BIGINT NOT NULL,
    -- A word, as `Stage::name` has it.
    stage TEXT NOT NULL,
    -- 'provider_lost', 'challenger_lost' or 'nobody', and why; NULL while it is open.
    outcome TEXT,
    cause TEXT,
    panel JSONB NOT NULL,
    votes_for_provider INTEGER NOT NULL,
    votes_for_challenger INTEGER NOT NULL,
    bond u64 NOT NULL,
    arbiter_stake u64 NOT NULL,
    pending u64 NOT NULL,
    void_usd u64 NOT NULL,
    slashed u64 NOT NULL,
    -- To each arbiter who ruled with the majority.
    fee u64 NOT NULL,
    to_consumer u64 NOT NULL,
    to_provider u64 NOT NULL,
    refund u64 NOT NULL,
    -- What arbiters and challenger are due now.
    due u64 NOT NULL,
    bad_usd u64 NOT NULL,
    opened_at BIGINT NOT NULL,
    turn_at BIGINT NOT NULL,
    marked_at BIGINT,
    resolved_at BIGINT,
    closed_at BIGINT,
    rent_payer base58 NOT NULL,
    opened_slot BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);
CREATE INDEX disputes_by_job ON disputes (job, number);
CREATE INDEX disputes_by_provider ON disputes (provider, opened_slot, dispute);

-- What receipts of verifiable jobs commit to.
CREATE TABLE commitments (
    job base58 NOT NULL,
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    at BIGINT NOT NULL,
    -- The receipt's number among the job's.
    receipt BIGINT NOT NULL,
    root hash32 NOT NULL,
    steps BIGINT NOT NULL,
    -- Charged by it and pending from then on.
    usd u64 NOT NULL,
    PRIMARY KEY (job, slot, signature, instruction, inner_index)
);
CREATE INDEX commitments_in_order ON commitments (job, receipt);

-- Dollars sold for compute tokens, which burned.
CREATE TABLE buyback_fills (
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    tx_index INTEGER NOT NULL,
    at BIGINT NOT NULL,
    round BIGINT NOT NULL,
    buyer base58 NOT NULL,
    destination base58 NOT NULL,
    lot u64 NOT NULL,
    paid u64 NOT NULL,
    burned u64 NOT NULL,
    remaining u64 NOT NULL,
    -- Asking price, basis points of `worth`: a mantissa of 10^exponent USD per whole token.
    factor_bps INTEGER NOT NULL,
    worth u64 NOT NULL,
    exponent INTEGER NOT NULL,
    PRIMARY KEY (slot, signature, instruction, inner_index)
);

-- `kind` of a conversion is also 'stable': dollars paid, `earned` and `take` in micro-dollars, nothing burned.
ALTER TABLE conversions
    -- usd = supply_side_usd + holders_usd + treasury_usd.
    ADD COLUMN treasury_usd u64 NOT NULL DEFAULT 0;
CREATE INDEX conversions_by_time ON conversions (at);

-- `kind` of a penalty is also 'outage', 'service' or 'dispute'.
ALTER TABLE slashes
    -- slashed = harmed + reported + panel + burned.
    ADD COLUMN panel u64 NOT NULL DEFAULT 0,
    -- The case or dispute that found it, if it took one.
    ADD COLUMN found_by base58;

-- An outcome is how a job ended or what a penalty said of it before: then a failure of the share of the budget
-- that was missed or disputed, and the job still ends with an outcome of its own.
ALTER TABLE outcomes
    -- 'settled', 'no_show', 'outage', 'service' or 'dispute'.
    ADD COLUMN kind TEXT NOT NULL DEFAULT 'settled',
    -- The case or dispute that found it, if it took one.
    ADD COLUMN found_by base58;
UPDATE outcomes SET kind = 'no_show' WHERE NOT success;

-- The ledger gets accounts: in the stake vault `vouched` and `vouched_unbonding` (of meters and arbiters),
-- `case_bond` and `dispute_bond` (of who reported or challenged, while at risk) and `case_dues` (due through
-- a case or dispute); of the stablecoin, beside `escrow` and `dues`, `buyback` (what its vault holds) against
-- `outside` (its negative: what came from and went to others).
-- Dues of the buyback are owned by the `Buyback`, those of the treasury by the `Config`.
ALTER TABLE ledger DROP CONSTRAINT ledger_account_check;
ALTER TABLE ledger ADD CONSTRAINT ledger_account_check CHECK (account IN (
    'circulating', 'escrow', 'dues', 'stake', 'locked', 'unbonding', 'stake_dues', 'buyback', 'treasury',
    'genesis', 'minted', 'burned', 'unclaimed', 'accrued', 'outside', 'vouched', 'vouched_unbonding',
    'case_bond', 'dispute_bond', 'case_dues'
));

CREATE OR REPLACE VIEW supply AS
SELECT
    c.mint,
    c.decimals,
    c.genesis_supply AS genesis,
    coalesce(-sum(b.balance) FILTER (WHERE b.account = 'minted'), 0)::wide AS minted,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'burned'), 0)::wide AS burned,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'circulating'), 0)::wide AS circulating,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'escrow'), 0)::wide AS escrow,
    coalesce(sum(b.balance) FILTER (WHERE b.account IN ('dues', 'stake_dues')), 0)::wide AS dues,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'stake'), 0)::wide AS stake,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'locked'), 0)::wide AS locked,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'unbonding'), 0)::wide AS unbonding,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'treasury'), 0)::wide AS treasury,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'buyback'), 0)::wide AS buyback,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'unclaimed'), 0)::wide AS unclaimed,
    coalesce(sum(b.balance) FILTER (WHERE b.account IN ('vouched', 'vouched_unbonding')), 0)::wide AS vouched,
    coalesce(sum(b.balance) FILTER (WHERE b.account IN ('case_bond', 'dispute_bond', 'case_dues')), 0)::wide
        AS case_bonds
FROM config c
LEFT JOIN balances b ON b.mint = c.mint
GROUP BY c.mint, c.decimals, c.genesis_supply;

-- What the buyback's vault held at that slot; NULL before the stable rail opened.
ALTER TABLE snapshots ADD COLUMN buyback_vault u64;

-- On the stable rail fees are dollars paid: supply side the providers', holders what buys tokens back to burn
-- them, treasury the rest of the take. What a buyback then paid and burned is listed apart, under the
-- `Buyback` as provider and hardware class -1: it spends the holders' share, it is not revenue again.
-- Deposits, refunds and cancellation fees count compute tokens; those in dollars have columns of their own.
ALTER TABLE revenue_hourly
    ADD COLUMN burned_buyback wide NOT NULL DEFAULT 0,
    ADD COLUMN buyback_usd wide NOT NULL DEFAULT 0,
    ADD COLUMN dollars_deposited wide NOT NULL DEFAULT 0,
    ADD COLUMN dollars_refunded wide NOT NULL DEFAULT 0,
    ADD COLUMN dollars_cancel_fees wide NOT NULL DEFAULT 0;
DO $$
DECLARE
    name TEXT;
BEGIN
    SELECT conname INTO STRICT name FROM pg_constraint
    WHERE conrelid = 'revenue_hourly'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%burned_slashed%';
    EXECUTE format('ALTER TABLE revenue_hourly DROP CONSTRAINT %I', name);
END $$;
ALTER TABLE revenue_hourly ADD CONSTRAINT revenue_hourly_burned
    CHECK (burned = burned_converted + burned_in_kind + burned_slashed + burned_buyback);

-- A note's sums are a list: a batch adds to those of many providers.
CREATE OR REPLACE VIEW revenue_hourly_finalized AS
SELECT
    r.hour, r.rail, r.provider, r.hardware,
    (r.fees_usd - coalesce(n.amounts[1], 0))::wide AS fees_usd,
    (r.supply_side_usd - coalesce(n.amounts[2], 0))::wide AS supply_side_usd,
    (r.holders_usd - coalesce(n.amounts[3], 0))::wide AS holders_usd,
    (r.treasury_usd - coalesce(n.amounts[4], 0))::wide AS treasury_usd,
    (r.rebated_usd - coalesce(n.amounts[5], 0))::wide AS rebated_usd,
    (r.burned - coalesce(n.amounts[6], 0))::wide AS burned,
    (r.burned_converted - coalesce(n.amounts[7], 0))::wide AS burned_converted,
    (r.burned_in_kind - coalesce(n.amounts[8], 0))::wide AS burned_in_kind,
    (r.burned_slashed - coalesce(n.amounts[9], 0))::wide AS burned_slashed,
    (r.take - coalesce(n.amounts[10], 0))::wide AS take,
    (r.earned - coalesce(n.amounts[11], 0))::wide AS earned,
    (r.paid_in_kind - coalesce(n.amounts[12], 0))::wide AS paid_in_kind,
    (r.minted - coalesce(n.amounts[13], 0))::wide AS minted,
    (r.claimed - coalesce(n.amounts[14], 0))::wide AS claimed,
    (r.rebated - coalesce(n.amounts[15], 0))::wide AS rebated,
    (r.slashed - coalesce(n.amounts[16], 0))::wide AS slashed,
    (r.compensated - coalesce(n.amounts[17], 0))::wide AS compensated,
    (r.cancel_fees - coalesce(n.amounts[18], 0))::wide AS cancel_fees,
    (r.deposited - coalesce(n.amounts[19], 0))::wide AS deposited,
    (r.refunded - coalesce(n.amounts[20], 0))::wide AS refunded,
    (r.units - coalesce(n.amounts[21], 0))::wide AS units,
    (r.conversions - coalesce(n.amounts[22], 0))::bigint AS conversions,
    (r.receipts - coalesce(n.amounts[23], 0))::bigint AS receipts,
    (r.jobs_opened - coalesce(n.amounts[24], 0))::bigint AS jobs_opened,
    (r.jobs_accepted - coalesce(n.amounts[25], 0))::bigint AS jobs_accepted,
    (r.jobs_closed - coalesce(n.amounts[26], 0))::bigint AS jobs_closed,
    (r.jobs_failed - coalesce(n.amounts[27], 0))::bigint AS jobs_failed,
    (r.jobs_cancelled - coalesce(n.amounts[28], 0))::bigint AS jobs_cancelled,
    (r.burned_buyback - coalesce(n.amounts[29], 0))::wide AS burned_buyback,
    (r.buyback_usd - coalesce(n.amounts[30], 0))::wide AS buyback_usd,
    (r.dollars_deposited - coalesce(n.amounts[31], 0))::wide AS dollars_deposited,
    (r.dollars_refunded - coalesce(n.amounts[32], 0))::wide AS dollars_refunded,
    (r.dollars_cancel_fees - coalesce(n.amounts[33], 0))::wide AS dollars_cancel_fees
FROM revenue_hourly r
LEFT JOIN (
    SELECT hour, rail, provider, hardware, array_agg(amount ORDER BY place) AS amounts
    FROM (
        SELECT
            (sum.s ->> 'hour')::bigint AS hour,
            sum.s ->> 'rail' AS rail,
            sum.s ->> 'provider' AS provider,
            (sum.s ->> 'hardware')::integer AS hardware,
            value.place,
            sum(value.amount::numeric) AS amount
        FROM watermark w
        JOIN undo u ON u.slot > w.finalized_slot
        CROSS JOIN LATERAL jsonb_array_elements(
            CASE jsonb_typeof(u.images -> 'sums')
                WHEN 'array' THEN u.images -> 'sums'
                WHEN 'object' THEN jsonb_build_array(u.images -> 'sums')
                ELSE '[]'::jsonb
            END
        ) AS sum (s)
        CROSS JOIN LATERAL
            jsonb_array_elements_text(sum.s -> 'values') WITH ORDINALITY AS value (amount, place)
        GROUP BY 1, 2, 3, 4, 5
    ) sums
    GROUP BY 1, 2, 3, 4
) n USING (hour, rail, provider, hardware);
