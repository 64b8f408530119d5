-- Back-fill that several indexers share. Nothing that readers see changes; both tables are empty once history is in.

-- The part of history that is being brought in.
CREATE TABLE backfill (
    program base58 PRIMARY KEY,
    -- Slots above this one, through that one; all of them were final when it began.
    after_slot BIGINT NOT NULL,
    through_slot BIGINT NOT NULL,
    -- Everything in this slot and above it is listed, down to this transaction; NULL at the head. Listing goes from the
    -- newest to the oldest.
    cursor_slot BIGINT,
    cursor_signature base58,
    -- Whether all of it is listed, and the last slot of its last range then; NULL if there is none.
    listed BOOLEAN NOT NULL DEFAULT FALSE,
    last_slot BIGINT,
    begun_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Its transactions, in ranges of whole slots. Whoever is free takes the lowest that nobody works on.
CREATE TABLE backfill_ranges (
    first_slot BIGINT PRIMARY KEY,
    -- Names it for its worker: a list that is made anew may have another range at the same slot.
    id BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE,
    last_slot BIGINT NOT NULL,
    transactions INTEGER NOT NULL,
    -- One element for each transaction; its place in the block is NULL where the node does not say it.
    slots BIGINT[] NOT NULL,
    signatures TEXT[] COLLATE "C" NOT NULL,
    places INTEGER[] NOT NULL,
    -- Who fetches it, since when, and until when that counts.
    worker TEXT,
    since TIMESTAMPTZ,
    until TIMESTAMPTZ,
    tries INTEGER NOT NULL DEFAULT 0,
    -- Why the last try failed.
    trouble TEXT,
    -- Its blocks as in a recording, once fetched. A range goes with its last row folded.
    blocks BYTEA
);
-- It is compressed already.
ALTER TABLE backfill_ranges ALTER COLUMN blocks SET STORAGE EXTERNAL;
CREATE INDEX backfill_ranges_fetched ON backfill_ranges (first_slot) WHERE blocks IS NOT NULL;
