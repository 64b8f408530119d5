-- Sums by the hour of the whole network: `revenue_hourly` without the provider. What a reader of a month's revenue sums are
-- then hours, and not hours times providers.
CREATE TABLE network_hourly (
    hour BIGINT NOT NULL,
    rail TEXT NOT NULL,
    hardware INTEGER NOT NULL,
    fees_usd wide NOT NULL,
    supply_side_usd wide NOT NULL,
    holders_usd wide NOT NULL,
    treasury_usd wide NOT NULL,
    rebated_usd wide NOT NULL,
    burned wide NOT NULL,
    burned_converted wide NOT NULL,
    burned_in_kind wide NOT NULL,
    burned_slashed wide NOT NULL,
    take wide NOT NULL,
    earned wide NOT NULL,
    paid_in_kind wide NOT NULL,
    minted wide NOT NULL,
    claimed wide NOT NULL,
    rebated wide NOT NULL,
    slashed wide NOT NULL,
    compensated wide NOT NULL,
    cancel_fees wide NOT NULL,
    deposited wide NOT NULL,
    refunded wide NOT NULL,
    units wide NOT NULL,
    conversions BIGINT NOT NULL,
    receipts BIGINT NOT NULL,
    jobs_opened BIGINT NOT NULL,
    jobs_accepted BIGINT NOT NULL,
    jobs_closed BIGINT NOT NULL,
    jobs_failed BIGINT NOT NULL,
    jobs_cancelled BIGINT NOT NULL,
    burned_buyback wide NOT NULL,
    buyback_usd wide NOT NULL,
    dollars_deposited wide NOT NULL,
    dollars_refunded wide NOT NULL,
    dollars_cancel_fees wide NOT NULL,
    PRIMARY KEY (hour, rail, hardware)
);
INSERT INTO network_hourly (hour, rail, hardware,
    fees_usd, supply_side_usd, holders_usd, treasury_usd, rebated_usd, burned, burned_converted, burned_in_kind,
    burned_slashed, take, earned, paid_in_kind, minted, claimed, rebated, slashed, compensated, cancel_fees,
    deposited, refunded, units, conversions, receipts, jobs_opened, jobs_accepted, jobs_closed, jobs_failed,
    jobs_cancelled, burned_buyback, buyback_usd, dollars_deposited, dollars_refunded, dollars_cancel_fees
) SELECT hour, rail, hardware,
    sum(fees_usd), sum(supply_side_usd), sum(holders_usd), sum(treasury_usd), sum(rebated_usd), sum(burned),
    sum(burned_converted), sum(burned_in_kind), sum(burned_slashed), sum(take), sum(earned), sum(paid_in_kind),
    sum(minted), sum(claimed), sum(rebated), sum(slashed), sum(compensated), sum(cancel_fees), sum(deposited),
    sum(refunded), sum(units), sum(conversions), sum(receipts), sum(jobs_opened), sum(jobs_accepted),
    sum(jobs_closed), sum(jobs_failed), sum(jobs_cancelled), sum(burned_buyback), sum(buyback_usd),
    sum(dollars_deposited), sum(dollars_refunded), sum(dollars_cancel_fees)
FROM revenue_hourly GROUP BY hour, rail, hardware;

-- The database keeps them, whoever writes the others: an indexer of before this migration does not know them.
CREATE FUNCTION add_to_network_hourly() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO network_hourly AS n (hour, rail, hardware,
            fees_usd, supply_side_usd, holders_usd, treasury_usd, rebated_usd, burned, burned_converted,
            burned_in_kind, burned_slashed, take, earned, paid_in_kind, minted, claimed, rebated, slashed,
            compensated, cancel_fees, deposited, refunded, units, conversions, receipts, jobs_opened, jobs_accepted,
            jobs_closed, jobs_failed, jobs_cancelled, burned_buyback, buyback_usd, dollars_deposited,
            dollars_refunded, dollars_cancel_fees
        ) SELECT hour, rail, hardware,
            sum(fees_usd), sum(supply_side_usd), sum(holders_usd), sum(treasury_usd), sum(rebated_usd), sum(burned),
            sum(burned_converted), sum(burned_in_kind), sum(burned_slashed), sum(take), sum(earned),
            sum(paid_in_kind), sum(minted), sum(claimed), sum(rebated), sum(slashed), sum(compensated),
            sum(cancel_fees), sum(deposited), sum(refunded), sum(units), sum(conversions), sum(receipts),
            sum(jobs_opened), sum(jobs_accepted), sum(jobs_closed), sum(jobs_failed), sum(jobs_cancelled),
            sum(burned_buyback), sum(buyback_usd), sum(dollars_deposited), sum(dollars_refunded),
            sum(dollars_cancel_fees)
        FROM new_rows GROUP BY hour, rail, hardware
        ON CONFLICT (hour, rail, hardware) DO UPDATE SET
            fees_usd = n.fees_usd + EXCLUDED.fees_usd,
            supply_side_usd = n.supply_side_usd + EXCLUDED.supply_side_usd,
            holders_usd = n.holders_usd + EXCLUDED.holders_usd,
            treasury_usd = n.treasury_usd + EXCLUDED.treasury_usd,
            rebated_usd = n.rebated_usd + EXCLUDED.rebated_usd, burned = n.burned + EXCLUDED.burned,
            burned_converted = n.burned_converted + EXCLUDED.burned_converted,
            burned_in_kind = n.burned_in_kind + EXCLUDED.burned_in_kind,
            burned_slashed = n.burned_slashed + EXCLUDED.burned_slashed, take = n.take + EXCLUDED.take,
            earned = n.earned + EXCLUDED.earned, paid_in_kind = n.paid_in_kind + EXCLUDED.paid_in_kind,
            minted = n.minted + EXCLUDED.minted, claimed = n.claimed + EXCLUDED.claimed,
            rebated = n.rebated + EXCLUDED.rebated, slashed = n.slashed + EXCLUDED.slashed,
            compensated = n.compensated + EXCLUDED.compensated, cancel_fees = n.cancel_fees + EXCLUDED.cancel_fees,
            deposited = n.deposited + EXCLUDED.deposited, refunded = n.refunded + EXCLUDED.refunded,
            units = n.units + EXCLUDED.units, conversions = n.conversions + EXCLUDED.conversions,
            receipts = n.receipts + EXCLUDED.receipts, jobs_opened = n.jobs_opened + EXCLUDED.jobs_opened,
            jobs_accepted = n.jobs_accepted + EXCLUDED.jobs_accepted,
            jobs_closed = n.jobs_closed + EXCLUDED.jobs_closed, jobs_failed = n.jobs_failed + EXCLUDED.jobs_failed,
            jobs_cancelled = n.jobs_cancelled + EXCLUDED.jobs_cancelled,
            burned_buyback = n.burned_buyback + EXCLUDED.burned_buyback,
            buyback_usd = n.buyback_usd + EXCLUDED.buyback_usd,
            dollars_deposited = n.dollars_deposited + EXCLUDED.dollars_deposited,
            dollars_refunded = n.dollars_refunded + EXCLUDED.dollars_refunded,
            dollars_cancel_fees = n.dollars_cancel_fees + EXCLUDED.dollars_cancel_fees;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO network_hourly AS n (hour, rail, hardware,
            fees_usd, supply_side_usd, holders_usd, treasury_usd, rebated_usd, burned, burned_converted,
            burned_in_kind, burned_slashed, take, earned, paid_in_kind, minted, claimed, rebated, slashed,
            compensated, cancel_fees, deposited, refunded, units, conversions, receipts, jobs_opened, jobs_accepted,
            jobs_closed, jobs_failed, jobs_cancelled, burned_buyback, buyback_usd, dollars_deposited,
            dollars_refunded, dollars_cancel_fees
        ) SELECT hour, rail, hardware,
            -sum(fees_usd), -sum(supply_side_usd), -sum(holders_usd), -sum(treasury_usd), -sum(rebated_usd),
            -sum(burned), -sum(burned_converted), -sum(burned_in_kind), -sum(burned_slashed), -sum(take),
            -sum(earned), -sum(paid_in_kind), -sum(minted), -sum(claimed), -sum(rebated), -sum(slashed),
            -sum(compensated), -sum(cancel_fees), -sum(deposited), -sum(refunded), -sum(units), -sum(conversions),
            -sum(receipts), -sum(jobs_opened), -sum(jobs_accepted), -sum(jobs_closed), -sum(jobs_failed),
            -sum(jobs_cancelled), -sum(burned_buyback), -sum(buyback_usd), -sum(dollars_deposited),
            -sum(dollars_refunded), -sum(dollars_cancel_fees)
        FROM old_rows GROUP BY hour, rail, hardware
        ON CONFLICT (hour, rail, hardware) DO UPDATE SET
            fees_usd = n.fees_usd + EXCLUDED.fees_usd,
            supply_side_usd = n.supply_side_usd + EXCLUDED.supply_side_usd,
            holders_usd = n.holders_usd + EXCLUDED.holders_usd,
            treasury_usd = n.treasury_usd + EXCLUDED.treasury_usd,
            rebated_usd = n.rebated_usd + EXCLUDED.rebated_usd, burned = n.burned + EXCLUDED.burned,
            burned_converted = n.burned_converted + EXCLUDED.burned_converted,
            burned_in_kind = n.burned_in_kind + EXCLUDED.burned_in_kind,
            burned_slashed = n.burned_slashed + EXCLUDED.burned_slashed, take = n.take + EXCLUDED.take,
            earned = n.earned + EXCLUDED.earned, paid_in_kind = n.paid_in_kind + EXCLUDED.paid_in_kind,
            minted = n.minted + EXCLUDED.minted, claimed = n.claimed + EXCLUDED.claimed,
            rebated = n.rebated + EXCLUDED.rebated, slashed = n.slashed + EXCLUDED.slashed,
            compensated = n.compensated + EXCLUDED.compensated, cancel_fees = n.cancel_fees + EXCLUDED.cancel_fees,
            deposited = n.deposited + EXCLUDED.deposited, refunded = n.refunded + EXCLUDED.refunded,
            units = n.units + EXCLUDED.units, conversions = n.conversions + EXCLUDED.conversions,
            receipts = n.receipts + EXCLUDED.receipts, jobs_opened = n.jobs_opened + EXCLUDED.jobs_opened,
            jobs_accepted = n.jobs_accepted + EXCLUDED.jobs_accepted,
            jobs_closed = n.jobs_closed + EXCLUDED.jobs_closed, jobs_failed = n.jobs_failed + EXCLUDED.jobs_failed,
            jobs_cancelled = n.jobs_cancelled + EXCLUDED.jobs_cancelled,
            burned_buyback = n.burned_buyback + EXCLUDED.burned_buyback,
            buyback_usd = n.buyback_usd + EXCLUDED.buyback_usd,
            dollars_deposited = n.dollars_deposited + EXCLUDED.dollars_deposited,
            dollars_refunded = n.dollars_refunded + EXCLUDED.dollars_refunded,
            dollars_cancel_fees = n.dollars_cancel_fees + EXCLUDED.dollars_cancel_fees;
    END IF;
    -- Hours in which nothing is left go when those of providers do, which is after a block has left the chain.
    IF TG_OP = 'DELETE' THEN
        DELETE FROM network_hourly WHERE
            fees_usd = 0 AND supply_side_usd = 0 AND holders_usd = 0 AND treasury_usd = 0 AND rebated_usd = 0
            AND burned = 0 AND burned_converted = 0 AND burned_in_kind = 0 AND burned_slashed = 0 AND take = 0
            AND earned = 0 AND paid_in_kind = 0 AND minted = 0 AND claimed = 0 AND rebated = 0 AND slashed = 0
            AND compensated = 0 AND cancel_fees = 0 AND deposited = 0 AND refunded = 0 AND units = 0
            AND conversions = 0 AND receipts = 0 AND jobs_opened = 0 AND jobs_accepted = 0 AND jobs_closed = 0
            AND jobs_failed = 0 AND jobs_cancelled = 0 AND burned_buyback = 0 AND buyback_usd = 0
            AND dollars_deposited = 0 AND dollars_refunded = 0 AND dollars_cancel_fees = 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER network_hourly_inserted AFTER INSERT ON revenue_hourly
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION add_to_network_hourly();
CREATE TRIGGER network_hourly_updated AFTER UPDATE ON revenue_hourly
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION add_to_network_hourly();
CREATE TRIGGER network_hourly_deleted AFTER DELETE ON revenue_hourly
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION add_to_network_hourly();
CREATE FUNCTION empty_network_hourly() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM network_hourly;
    RETURN NULL;
END $$;
CREATE TRIGGER network_hourly_emptied AFTER TRUNCATE ON revenue_hourly
    FOR EACH STATEMENT EXECUTE FUNCTION empty_network_hourly();

-- As of the finalized slot, as `revenue_hourly_finalized` is.
CREATE VIEW network_hourly_finalized AS
SELECT
    r.hour, r.rail, r.hardware,
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
FROM network_hourly r
LEFT JOIN (
    SELECT hour, rail, hardware, array_agg(amount ORDER BY place) AS amounts
    FROM (
        SELECT
            (sum.s ->> 'hour')::bigint AS hour,
            sum.s ->> 'rail' AS rail,
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
        GROUP BY 1, 2, 3, 4
    ) sums
    GROUP BY 1, 2, 3
) n USING (hour, rail, hardware);

-- Readers of it must not read a schema without it.
UPDATE schema_version SET version = 4;
