-- What is still good enough for this schema, so that a new version can be taken back, and old and new run beside each other: the
-- last migration that an indexer must know to write it, and the version that a reader must know to read it. A migration that
-- only adds leaves both as they are; one that takes away raises them. Indexers of before this one do not ask.
ALTER TABLE schema_version
    ADD COLUMN oldest_writer BIGINT NOT NULL DEFAULT 18,
    ADD COLUMN oldest_reader INTEGER NOT NULL DEFAULT 4;
