-- One row for each event of a kind, with what is worth querying as columns. Never updated; a row goes
-- only if its block leaves the chain before it is final.

CREATE TABLE receipts (
    job base58 NOT NULL,
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    provider base58 NOT NULL,
    -- Number among the job's receipts, from 1.
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    meter base58 NOT NULL,
    units u64 NOT NULL,
    through BIGINT NOT NULL,
    accepted u64 NOT NULL,
    outstanding u64 NOT NULL,
    -- Why nothing was converted: a word of `Halt::name`, 'minimum_price' or 'nothing'; NULL if it was.
    halt TEXT,
    PRIMARY KEY (job, slot, signature, instruction, inner_index)
);
CREATE INDEX receipts_in_order ON receipts (job, number);

-- Work turned into tokens burned and earned, and work paid in kind at the end of a job.
CREATE TABLE conversions (
    job base58 NOT NULL,
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    tx_index INTEGER NOT NULL,
    -- 'converted' or 'in_kind'.
    kind TEXT NOT NULL,
    provider base58 NOT NULL,
    hardware INTEGER NOT NULL,
    at BIGINT NOT NULL,
    usd u64 NOT NULL,
    -- usd = supply_side_usd + holders_usd; the first is rounded down.
    supply_side_usd u64 NOT NULL,
    holders_usd u64 NOT NULL,
    burned u64 NOT NULL,
    take u64 NOT NULL,
    -- Mintable by the provider; in kind: paid to it out of the escrow.
    earned u64 NOT NULL,
    escrow u64 NOT NULL,
    outstanding u64 NOT NULL,
    epoch BIGINT,
    weight wide,
    quality INTEGER,
    -- The price used: mantissas of 10^exponent USD per whole token. NULL in kind.
    spot u64,
    confidence u64,
    average u64,
    burn_price u64,
    mint_price u64,
    exponent INTEGER,
    publish_time BIGINT,
    price_slot BIGINT,
    PRIMARY KEY (job, slot, signature, instruction, inner_index)
);
CREATE INDEX conversions_in_order ON conversions (slot, tx_index, signature, instruction, inner_index);
CREATE INDEX conversions_by_provider ON conversions (provider, slot, tx_index, signature, instruction, inner_index);

-- Prices that qualified, wherever they were used.
CREATE TABLE prices (
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    at BIGINT NOT NULL,
    spot u64 NOT NULL,
    confidence u64 NOT NULL,
    average u64 NOT NULL,
    burn_price u64 NOT NULL,
    mint_price u64 NOT NULL,
    exponent INTEGER NOT NULL,
    publish_time BIGINT NOT NULL,
    price_slot BIGINT NOT NULL,
    PRIMARY KEY (slot, signature, instruction, inner_index)
);

-- Earnings minted.
CREATE TABLE claims (
    provider base58 NOT NULL,
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    at BIGINT NOT NULL,
    wallet base58 NOT NULL,
    amount u64 NOT NULL,
    minted u64 NOT NULL,
    PRIMARY KEY (provider, slot, signature, instruction, inner_index)
);

-- Quality rebates minted.
CREATE TABLE rebates (
    provider base58 NOT NULL,
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    at BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    wallet base58 NOT NULL,
    pool u64 NOT NULL,
    amount u64 NOT NULL,
    -- floor(amount * the epoch's take_usd / its take), micro-dollars.
    usd u64 NOT NULL,
    minted u64 NOT NULL,
    PRIMARY KEY (provider, slot, signature, instruction, inner_index)
);

-- Penalties.
CREATE TABLE slashes (
    provider base58 NOT NULL,
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    job base58 NOT NULL,
    at BIGINT NOT NULL,
    -- 'no_show'.
    kind TEXT NOT NULL,
    consumer_wallet base58 NOT NULL,
    reporter base58,
    refund u64 NOT NULL,
    bond u64 NOT NULL,
    -- slashed = harmed + reported + burned.
    slashed u64 NOT NULL,
    harmed u64 NOT NULL,
    reported u64 NOT NULL,
    burned u64 NOT NULL,
    bad_usd u64 NOT NULL,
    PRIMARY KEY (provider, slot, signature, instruction, inner_index)
);
CREATE INDEX slashes_by_job ON slashes (job);

-- Stake put in, asked back and paid back.
CREATE TABLE stake_moves (
    provider base58 NOT NULL,
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    at BIGINT NOT NULL,
    -- 'staked', 'requested' or 'withdrawn'.
    kind TEXT NOT NULL,
    amount u64 NOT NULL,
    stake u64 NOT NULL,
    PRIMARY KEY (provider, slot, signature, instruction, inner_index)
);

-- Dues paid.
CREATE TABLE payouts (
    job base58 NOT NULL,
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    at BIGINT NOT NULL,
    party TEXT NOT NULL,
    wallet base58 NOT NULL,
    escrow u64 NOT NULL,
    stake u64 NOT NULL,
    PRIMARY KEY (job, slot, signature, instruction, inner_index)
);
CREATE INDEX payouts_by_wallet ON payouts (wallet, slot);

-- How each job ended for its provider: the inputs of its reputation.
CREATE TABLE outcomes (
    provider base58 NOT NULL,
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    job base58 NOT NULL,
    at BIGINT NOT NULL,
    success BOOLEAN NOT NULL,
    -- Settled micro-dollars of a success (in kind included), the accepted budget of a failure.
    usd u64 NOT NULL,
    take_bps INTEGER NOT NULL,
    -- floor(usd * take_bps / 10^4), micro-dollars.
    weight u64 NOT NULL,
    -- The consumer's wallet is the provider's own: the job counts for nothing.
    related BOOLEAN NOT NULL,
    PRIMARY KEY (provider, slot, signature, instruction, inner_index)
);
CREATE INDEX outcomes_by_job ON outcomes (job);
