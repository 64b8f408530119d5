-- What readers need to answer as of the finalized slot, although tables of entities and sums are
-- updated in place and hold what is only confirmed.
--
-- * An entity whose row has a `slot` at or below the finalized one is as its row says. Of any other,
--   the oldest row of `entities_before` above the finalized slot says how it was.
-- * A balance is its row less the ledger's entries above the finalized slot.
-- * An hour's sums are in `revenue_hourly_finalized`.

-- What entities were before each event that is not final; follows from `undo`, note by note.
CREATE TABLE entities_before (
    -- The entity's table.
    kind TEXT NOT NULL,
    entity base58 NOT NULL,
    -- The note's, so that the oldest has the smallest.
    ordinal BIGINT NOT NULL,
    -- Of the event that changed the entity.
    slot BIGINT NOT NULL,
    -- The row as JSON by names of columns, without its image; NULL if the entity did not exist.
    before JSONB,
    -- A job's rows of `dues`, likewise.
    dues JSONB NOT NULL,
    PRIMARY KEY (kind, entity, ordinal)
);
CREATE INDEX entities_before_by_slot ON entities_before (kind, slot);
CREATE INDEX entities_before_by_note ON entities_before (ordinal);

CREATE FUNCTION spread_notes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entities_before (kind, entity, ordinal, slot, before, dues)
    SELECT
        note ->> 'kind', note ->> 'entity', n.ordinal, n.slot,
        nullif(note -> 'row', 'null'), coalesce(note -> 'dues', '[]')
    FROM noted n
    CROSS JOIN LATERAL jsonb_array_elements(n.images -> 'entities') AS note;
    RETURN NULL;
END $$;

CREATE FUNCTION forget_notes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM entities_before b USING gone g WHERE b.ordinal = g.ordinal;
    RETURN NULL;
END $$;

CREATE FUNCTION forget_all_notes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM entities_before;
    RETURN NULL;
END $$;

CREATE TRIGGER undo_insert AFTER INSERT ON undo
    REFERENCING NEW TABLE AS noted FOR EACH STATEMENT EXECUTE FUNCTION spread_notes();
CREATE TRIGGER undo_delete AFTER DELETE ON undo
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_notes();
CREATE TRIGGER undo_truncate AFTER TRUNCATE ON undo
    FOR EACH STATEMENT EXECUTE FUNCTION forget_all_notes();

-- A note's sums are in the order of the columns here.
CREATE VIEW revenue_hourly_finalized AS
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
    (r.jobs_cancelled - coalesce(n.amounts[28], 0))::bigint AS jobs_cancelled
FROM revenue_hourly r
LEFT JOIN (
    SELECT hour, rail, provider, hardware, array_agg(amount ORDER BY place) AS amounts
    FROM (
        SELECT
            (u.images -> 'sums' ->> 'hour')::bigint AS hour,
            u.images -> 'sums' ->> 'rail' AS rail,
            u.images -> 'sums' ->> 'provider' AS provider,
            (u.images -> 'sums' ->> 'hardware')::integer AS hardware,
            value.place,
            sum(value.amount::numeric) AS amount
        FROM watermark w
        JOIN undo u ON u.slot > w.finalized_slot
        CROSS JOIN LATERAL
            jsonb_array_elements_text(u.images -> 'sums' -> 'values') WITH ORDINALITY AS value (amount, place)
        WHERE jsonb_typeof(u.images -> 'sums') = 'object'
        GROUP BY 1, 2, 3, 4, 5
    ) sums
    GROUP BY 1, 2, 3, 4
) n USING (hour, rail, provider, hardware);

-- Sums of balances read only what is not zero: jobs that have ended hold nothing.
CREATE INDEX balances_that_hold ON balances (mint, account) INCLUDE (balance) WHERE balance <> 0;
-- Slot ranges of series.
CREATE INDEX blocks_by_time ON blocks (block_time, slot);
