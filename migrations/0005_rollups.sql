-- Sums by hour of the cluster's clock, provider and hardware class. Days and months are sums of hours.
--
-- Revenue, in micro-dollars, as DefiLlama names it:
--   fees_usd         all that consumers pay for work: settled by conversions or paid in kind
--   supply_side_usd  of it what providers earned, at the mint price, rounded down
--   holders_usd      fees_usd - supply_side_usd on the token rail: burned and not minted back
--   treasury_usd     the treasury's share (stable rail; 0 on the token rail)
-- so fees = supply side + holders + treasury. Quality rebates later mint a part of the holders' share
-- to providers: rebated, rebated_usd. Deposits are never revenue; cancellation fees and penalties are
-- moved in tokens at no price and are listed apart.
CREATE TABLE revenue_hourly (
    -- Unix seconds at which the hour starts.
    hour BIGINT NOT NULL,
    -- 'token' or 'stable'.
    rail TEXT NOT NULL,
    provider base58 NOT NULL,
    -- -1 for what belongs to no job: claims and rebates.
    hardware INTEGER NOT NULL,
    fees_usd wide NOT NULL,
    supply_side_usd wide NOT NULL,
    holders_usd wide NOT NULL,
    treasury_usd wide NOT NULL,
    rebated_usd wide NOT NULL,
    -- Base units. burned is the sum of burned by conversions, in kind, and of slashed bonds.
    burned wide NOT NULL,
    burned_converted wide NOT NULL,
    burned_in_kind wide NOT NULL,
    burned_slashed wide NOT NULL,
    take wide NOT NULL,
    earned wide NOT NULL,
    paid_in_kind wide NOT NULL,
    -- minted = claimed + rebated.
    minted wide NOT NULL,
    claimed wide NOT NULL,
    rebated wide NOT NULL,
    -- Taken from bonds, and of it what became due to harmed consumers and to reporters.
    slashed wide NOT NULL,
    compensated wide NOT NULL,
    cancel_fees wide NOT NULL,
    deposited wide NOT NULL,
    refunded wide NOT NULL,
    -- Compute units receipted, summed whatever their kind.
    units wide NOT NULL,
    -- Payments in kind included, as in the table of that name.
    conversions BIGINT NOT NULL,
    receipts BIGINT NOT NULL,
    jobs_opened BIGINT NOT NULL,
    jobs_accepted BIGINT NOT NULL,
    jobs_closed BIGINT NOT NULL,
    jobs_failed BIGINT NOT NULL,
    jobs_cancelled BIGINT NOT NULL,
    PRIMARY KEY (provider, hour, rail, hardware),
    CHECK (fees_usd = supply_side_usd + holders_usd + treasury_usd),
    CHECK (burned = burned_converted + burned_in_kind + burned_slashed),
    CHECK (minted = claimed + rebated)
);
CREATE INDEX revenue_hourly_in_order ON revenue_hourly (hour);
