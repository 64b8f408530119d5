-- What operators watch: events that are missing and are read again, and accounts that differ from the tables.
-- None of this follows from `events`; each table here is about how far the checks have come.

-- Numbers of an entity's events that are missing, and the slots in which they must be. The indexer reads those
-- slots again; a row goes when the numbers are there.
CREATE TABLE gaps (
    entity base58 NOT NULL,
    -- First and last of the missing numbers.
    first_missing BIGINT NOT NULL,
    last_missing BIGINT NOT NULL,
    -- Slot of the last event before the gap, and of the first after it: the missing ones lie between, both included.
    after_slot BIGINT NOT NULL,
    before_slot BIGINT NOT NULL,
    -- 'events': a later event waits. 'account': the account on chain counts more.
    found_by TEXT NOT NULL CHECK (found_by IN ('events', 'account')),
    found_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- How often the slots were read again, when last, and what came of it.
    tries INTEGER NOT NULL DEFAULT 0,
    tried_at TIMESTAMPTZ,
    outcome TEXT,
    PRIMARY KEY (entity, first_missing)
);

-- Accounts that were found to differ from their rows and have not been found equal since.
CREATE TABLE differences (
    -- The account's table.
    kind TEXT NOT NULL,
    entity base58 NOT NULL,
    -- Slot at which it was last found.
    slot BIGINT NOT NULL,
    found_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- Numbers of events, by the row and by the account; 0 where there is none.
    expected wide NOT NULL,
    found wide NOT NULL,
    -- Which fields differ, in words.
    detail TEXT NOT NULL,
    PRIMARY KEY (kind, entity)
);

-- How far the comparison of accounts has come. One row.
CREATE TABLE sweep (
    singleton BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (singleton),
    -- What changed through this slot was compared after it changed.
    changed_through BIGINT NOT NULL,
    -- Where the rotation over all accounts is: a table, and the last address compared in it.
    kind TEXT NOT NULL,
    after_entity TEXT COLLATE "C" NOT NULL,
    -- When the rotation last came to its end; NULL before.
    completed_at TIMESTAMPTZ
);

-- More about a difference than two numbers can tell.
ALTER TABLE reconciliations ADD COLUMN detail TEXT;
-- `subject` is also 'job_vaults:dollars' (vaults that hold the stablecoin; 'job_vaults' are those of the compute
-- token), 'accounts' (how many were compared and how many of them equal their rows) and 'account:<table>:<address>' (one
-- that does not, whose two numbers are those of its last events).

-- `job_vaults` is the sum over vaults of the compute token, this one over vaults of the stablecoin, micro-dollars.
ALTER TABLE snapshots ADD COLUMN job_vaults_stable wide;
