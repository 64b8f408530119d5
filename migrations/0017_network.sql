-- Sums by the hour of the whole network: `revenue_hourly` without the provider. What a reader of a month's revenue sums are
-- then hours, and not hours times providers.
CREATE TABLE network_hourly (LIKE revenue_hourly INCLUDING CONSTRAINTS);
ALTER TABLE network_hourly DROP COLUMN provider, ADD PRIMARY KEY (hour, rail, hardware);

-- What is not final adds to the sums of an hour; `place` counts the columns that are sums, from 1. A note's sums are a list, of
-- one in notes of long ago.
CREATE VIEW hours_not_final AS
SELECT
    (sum.s ->> 'hour')::bigint AS hour,
    sum.s ->> 'rail' AS rail,
    sum.s ->> 'provider' AS provider,
    (sum.s ->> 'hardware')::integer AS hardware,
    value.place,
    value.amount::numeric AS amount
FROM watermark w
JOIN undo u ON u.slot > w.finalized_slot
CROSS JOIN LATERAL jsonb_array_elements(
    CASE jsonb_typeof(u.images -> 'sums')
        WHEN 'array' THEN u.images -> 'sums'
        WHEN 'object' THEN jsonb_build_array(u.images -> 'sums')
        ELSE '[]'::jsonb
    END
) AS sum (s)
CROSS JOIN LATERAL jsonb_array_elements_text(sum.s -> 'values') WITH ORDINALITY AS value (amount, place);

-- What follows says the same of each column that is a sum, in the order of `revenue_hourly`, which is that of a note's.
DO $$
DECLARE
    names TEXT;
    sums TEXT;
    additions TEXT;
    zeros TEXT;
    final TEXT;
    change RECORD;
    rollup RECORD;
BEGIN
    SELECT
        string_agg(quote_ident(name), ', ' ORDER BY place),
        string_agg(format('sum(sign * %I)', name), ', ' ORDER BY place),
        string_agg(format('%1$I = n.%1$I + EXCLUDED.%1$I', name), ', ' ORDER BY place),
        string_agg(format('%I = 0', name), ' AND ' ORDER BY place),
        string_agg(
            format('(r.%1$I - coalesce(n.amounts[%2$s], 0))::%3$s AS %1$I', name, place, kind), ', ' ORDER BY place
        )
    INTO STRICT names, sums, additions, zeros, final
    FROM (
        SELECT attname AS name, row_number() OVER (ORDER BY attnum) AS place, format_type(atttypid, NULL) AS kind
        FROM pg_attribute
        WHERE attrelid = 'network_hourly'::regclass AND attnum > 0 AND NOT attisdropped
            AND attname NOT IN ('hour', 'rail', 'hardware')
    ) columns;

    EXECUTE format(
        'INSERT INTO network_hourly (hour, rail, hardware, %s)
         SELECT hour, rail, hardware, %s FROM (SELECT 1 AS sign, * FROM revenue_hourly) r GROUP BY hour, rail, hardware',
        names, sums
    );

    -- The database keeps them, whoever writes the others: an indexer of before this migration does not know them. Hours in
    -- which nothing is left go when those of providers do, which is after a block has left the chain.
    FOR change IN SELECT * FROM (VALUES
        ('insert', 'NEW TABLE AS new_rows', 'SELECT 1 AS sign, * FROM new_rows', ''),
        (
            'update', 'NEW TABLE AS new_rows OLD TABLE AS old_rows',
            'SELECT 1 AS sign, * FROM new_rows UNION ALL SELECT -1, * FROM old_rows', ''
        ),
        (
            'delete', 'OLD TABLE AS old_rows', 'SELECT -1 AS sign, * FROM old_rows',
            'DELETE FROM network_hourly WHERE ' || zeros || ';'
        )
    ) AS changes (event, tables, changed, prune)
    LOOP
        EXECUTE format(
            'CREATE FUNCTION network_hourly_%1$s() RETURNS TRIGGER LANGUAGE plpgsql AS $body$
             BEGIN
                INSERT INTO network_hourly AS n (hour, rail, hardware, %2$s)
                SELECT hour, rail, hardware, %3$s FROM (%4$s) c GROUP BY hour, rail, hardware
                ON CONFLICT (hour, rail, hardware) DO UPDATE SET %5$s;
                %6$s
                RETURN NULL;
             END $body$',
            change.event, names, sums, change.changed, additions, change.prune
        );
        EXECUTE format(
            'CREATE TRIGGER network_hourly_%1$s AFTER %1$s ON revenue_hourly REFERENCING %2$s
             FOR EACH STATEMENT EXECUTE FUNCTION network_hourly_%1$s()',
            change.event, change.tables
        );
    END LOOP;

    FOR rollup IN SELECT * FROM (VALUES
        ('revenue_hourly', ARRAY['hour', 'rail', 'provider', 'hardware']),
        ('network_hourly', ARRAY['hour', 'rail', 'hardware'])
    ) AS rollups (name, keys)
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE VIEW %1$s_finalized AS
             SELECT r.%2$s, %3$s FROM %1$s r
             LEFT JOIN (
                SELECT %4$s, array_agg(amount ORDER BY place) AS amounts
                FROM (SELECT %4$s, place, sum(amount) AS amount FROM hours_not_final GROUP BY %4$s, place) sums
                GROUP BY %4$s
             ) n USING (%4$s)',
            rollup.name, array_to_string(rollup.keys, ', r.'), final, array_to_string(rollup.keys, ', ')
        );
    END LOOP;
END $$;

CREATE FUNCTION network_hourly_truncate() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM network_hourly;
    RETURN NULL;
END $$;
CREATE TRIGGER network_hourly_truncate AFTER TRUNCATE ON revenue_hourly
    FOR EACH STATEMENT EXECUTE FUNCTION network_hourly_truncate();

-- Readers of it must not read a schema without it.
UPDATE schema_version SET version = 4;
