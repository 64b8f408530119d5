-- Cheaper writing. Nothing that readers see changes.

-- Transactions that wrote, so that an indexer knows whether what it remembers is still what is stored.
ALTER TABLE writers ADD COLUMN writes BIGINT NOT NULL DEFAULT 0;

-- What a statement adds to an event, or takes from it, sums to zero for each mint. So by induction do all
-- entries of the event, as they did before, and those that were there need not be read again.
CREATE OR REPLACE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken RECORD;
BEGIN
    SELECT slot, signature, instruction, inner_index, mint, sum(amount) AS rest INTO broken
    FROM changed
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(amount) <> 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger entries of event (%, %, %, %) leave % of mint %',
            broken.slot, broken.signature, broken.instruction, broken.inner_index,
            CASE TG_OP WHEN 'DELETE' THEN -broken.rest ELSE broken.rest END, broken.mint
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- Rows as they were come with the notes from now on, not in them; those of an older indexer still do.
CREATE OR REPLACE FUNCTION spread_notes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entities_before (kind, entity, ordinal, slot, before, dues)
    SELECT
        note ->> 'kind', note ->> 'entity', n.ordinal, n.slot,
        nullif(note -> 'row', 'null'), coalesce(note -> 'dues', '[]')
    FROM noted n
    CROSS JOIN LATERAL jsonb_array_elements(n.images -> 'entities') AS note
    WHERE note ? 'row';
    RETURN NULL;
END $$;

-- Both live for seconds: compressing what is larger than a quarter of a page takes longer than writing it.
ALTER TABLE undo SET (toast_tuple_target = 8160);
ALTER TABLE entities_before SET (toast_tuple_target = 8160);
