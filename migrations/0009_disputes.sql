-- Disputes have numbers of their own. `indexer rebuild` fills the column for jobs that are stored already.
ALTER TABLE jobs ADD COLUMN disputes BIGINT NOT NULL DEFAULT 0;
