-- How rows lie on disk. Nothing that readers see changes, and running it again changes nothing.

-- A job's row is changed by most of its events. Room on its page for the next version spares an entry in each of its indexes.
ALTER TABLE jobs SET (fillfactor = 60);
ALTER TABLE providers SET (fillfactor = 60);
ALTER TABLE balances SET (fillfactor = 60);

-- What is larger than a quarter of a page is compressed whenever it is written, which takes longer than writing it: from half
-- a page on, and by the faster method where the server has it.
ALTER TABLE jobs SET (toast_tuple_target = 4080);
DO $$
DECLARE
    part REGCLASS;
BEGIN
    -- A table that is divided stores nothing itself; what is made of it later has its columns' method, and the rest from who makes it.
    FOR part IN
        SELECT c.oid FROM pg_class c
        WHERE c.relkind = 'r' AND (c.oid = 'events'::regclass OR c.oid IN (SELECT relid FROM pg_partition_tree('events')))
    LOOP
        EXECUTE format('ALTER TABLE %s SET (toast_tuple_target = 4080)', part);
    END LOOP;
    BEGIN
        ALTER TABLE jobs ALTER COLUMN parameters SET COMPRESSION lz4, ALTER COLUMN image SET COMPRESSION lz4;
        FOR part IN SELECT 'events'::regclass UNION SELECT relid FROM pg_partition_tree('events') LOOP
            EXECUTE format('ALTER TABLE %s ALTER COLUMN body SET COMPRESSION lz4, ALTER COLUMN data SET COMPRESSION lz4', part);
        END LOOP;
    EXCEPTION WHEN feature_not_supported THEN
        NULL; -- the server was built without it
    END;
END $$;
