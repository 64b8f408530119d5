-- Entities as the events leave them: one row an account of the program, updated in place.
--
-- `sequence` is the number of the last event applied, as the account on chain has it. `image` is
-- the same content as the program's own account layout, which the fold continues from; readers use
-- the columns. A time that has not come yet is NULL.

CREATE TABLE config (
    entity base58 PRIMARY KEY,
    admin base58 NOT NULL,
    pending_admin base58,
    guardian base58,
    treasury base58 NOT NULL,
    mint base58 NOT NULL,
    stake_vault base58 NOT NULL,
    feed base58 NOT NULL,
    feed_id hash32 NOT NULL,
    cluster base58 NOT NULL,
    receipt_domain hash32 NOT NULL,
    parameters JSONB NOT NULL,
    epoch_len BIGINT NOT NULL,
    genesis_supply u64 NOT NULL,
    decimals INTEGER NOT NULL,
    initialized_at BIGINT NOT NULL,
    paused_until BIGINT,
    consumers BIGINT NOT NULL,
    providers BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);

-- The last price that qualified: mantissas of 10^exponent USD per whole token. NULL before the first.
CREATE TABLE price (
    entity base58 PRIMARY KEY,
    spot u64,
    confidence u64,
    average u64,
    exponent INTEGER,
    publish_time BIGINT,
    price_slot BIGINT,
    seen_at BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);

CREATE TABLE totals (
    entity base58 PRIMARY KEY,
    locked u64 NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);

CREATE TABLE consumers (
    consumer base58 PRIMARY KEY,
    wallet base58 NOT NULL UNIQUE,
    number BIGINT NOT NULL,
    next_nonce BIGINT NOT NULL,
    registered_at BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);

CREATE TABLE providers (
    provider base58 PRIMARY KEY,
    authority base58 NOT NULL UNIQUE,
    number BIGINT NOT NULL,
    metadata_hash hash32 NOT NULL,
    -- [{"hardware": 1, "rate": "1500000"}], micro-dollars per GPU hour.
    rates JSONB NOT NULL,
    stake u64 NOT NULL,
    locked u64 NOT NULL,
    unbonding u64 NOT NULL,
    unbonding_at BIGINT,
    claimable u64 NOT NULL,
    earned u64 NOT NULL,
    minted u64 NOT NULL,
    burned u64 NOT NULL,
    take u64 NOT NULL,
    slashed u64 NOT NULL,
    settled u64 NOT NULL,
    -- Micro-dollars, halved per 30 whole days as of decayed_at.
    good u64 NOT NULL,
    bad u64 NOT NULL,
    decayed_at BIGINT NOT NULL,
    jobs_accepted BIGINT NOT NULL,
    jobs_failed BIGINT NOT NULL,
    jobs_open BIGINT NOT NULL,
    registered_at BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);
CREATE INDEX providers_by_number ON providers (number);

CREATE TABLE jobs (
    job base58 PRIMARY KEY,
    consumer_wallet base58 NOT NULL,
    provider base58 NOT NULL,
    mint base58 NOT NULL,
    nonce BIGINT NOT NULL,
    -- A word, as `JobState::name` has it.
    state TEXT NOT NULL,
    -- 'token' or 'stable'.
    rail TEXT NOT NULL,
    hardware INTEGER NOT NULL,
    verifiable BOOLEAN NOT NULL,
    sla_bps INTEGER NOT NULL,
    spec_hash hash32 NOT NULL,
    terms_hash hash32 NOT NULL,
    -- The network's parameters when it was opened.
    parameters JSONB NOT NULL,
    take_bps INTEGER NOT NULL,
    vault base58 NOT NULL,
    rent_payer base58 NOT NULL,
    meter base58 NOT NULL,
    previous_meter base58,
    reporter base58,
    budget u64 NOT NULL,
    -- The budget that the provider accepted: what a failure counts; 0 before.
    accepted_budget u64 NOT NULL,
    rate u64 NOT NULL,
    unit u64 NOT NULL,
    unit_cap u64 NOT NULL,
    min_price u64 NOT NULL,
    offer_by BIGINT NOT NULL,
    start_by BIGINT NOT NULL,
    end_by BIGINT NOT NULL,
    convert_by BIGINT NOT NULL,
    silence_max BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    accepted_at BIGINT,
    started_at BIGINT,
    rotated_at BIGINT,
    closing_at BIGINT,
    ended_at BIGINT,
    heard_at BIGINT,
    marked_at BIGINT,
    marked_slot BIGINT,
    reclaimed_at BIGINT,
    -- 'no_show' or 'halt' while a mark stands.
    mark TEXT,
    -- Why it closes or was cancelled: 'by_consumer', 'by_provider', 'end', 'silence', 'lapsed'.
    reason TEXT,
    funded u64 NOT NULL,
    escrow u64 NOT NULL,
    bond u64 NOT NULL,
    units u64 NOT NULL,
    through BIGINT,
    receipts BIGINT NOT NULL,
    -- Micro-dollars: charged by receipts, converted, and the difference that can still be converted.
    accepted u64 NOT NULL,
    settled u64 NOT NULL,
    outstanding u64 NOT NULL,
    burned u64 NOT NULL,
    take u64 NOT NULL,
    earned u64 NOT NULL,
    -- Booked to the consumer and, for a cancellation, to the provider, out of the escrow.
    refund u64 NOT NULL,
    cancel_fee u64 NOT NULL,
    void_usd u64 NOT NULL,
    in_kind_usd u64 NOT NULL,
    in_kind_paid u64 NOT NULL,
    in_kind_burned u64 NOT NULL,
    opened_slot BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);
CREATE INDEX jobs_in_order ON jobs (opened_slot, job);
CREATE INDEX jobs_by_provider ON jobs (provider, opened_slot, job);
CREATE INDEX jobs_by_consumer ON jobs (consumer_wallet, opened_slot, job);
CREATE INDEX jobs_by_state ON jobs (state, opened_slot, job);
CREATE INDEX jobs_with_vaults ON jobs (job) WHERE reclaimed_at IS NULL;

-- What each party of a job is due now, and was paid so far, by the vault that pays it.
CREATE TABLE dues (
    job base58 NOT NULL,
    -- 'consumer', 'provider' or 'reporter'.
    party TEXT NOT NULL,
    wallet base58 NOT NULL,
    escrow u64 NOT NULL,
    stake u64 NOT NULL,
    paid_escrow u64 NOT NULL,
    paid_stake u64 NOT NULL,
    PRIMARY KEY (job, party)
);
CREATE INDEX dues_by_wallet ON dues (wallet, job);

CREATE TABLE epochs (
    entity base58 PRIMARY KEY,
    epoch BIGINT NOT NULL UNIQUE,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    take u64 NOT NULL,
    -- What that take was worth at each conversion's burn price, rounded down each time, micro-dollars.
    take_usd u64 NOT NULL,
    weight wide NOT NULL,
    rebate_bps INTEGER NOT NULL,
    -- What rebates may mint together: floor(take * rebate_bps / 10^4).
    pool u64 NOT NULL,
    rebated u64 NOT NULL,
    credits BIGINT NOT NULL,
    claimed BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL
);

CREATE TABLE credits (
    entity base58 PRIMARY KEY,
    epoch BIGINT NOT NULL,
    provider base58 NOT NULL,
    rent_payer base58 NOT NULL,
    take u64 NOT NULL,
    weight wide NOT NULL,
    -- NULL until claimed; then the account is closed.
    rebate u64,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    image BYTEA NOT NULL,
    UNIQUE (epoch, provider)
);
CREATE INDEX credits_by_provider ON credits (provider, epoch);
