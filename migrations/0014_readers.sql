-- Readers see why an amount differs (`reconciliations.detail`, migration 10): one that knows it must not read a
-- schema without it, and one that does not must be replaced first.
UPDATE schema_version SET version = 3;
