-- What was read from the chain, before anything is made of it.
--
-- Conventions of all tables:
-- * Addresses, signatures and blockhashes are base58 text, compared byte by byte (COLLATE "C");
--   hashes are lower-case hexadecimal.
-- * Times are Unix seconds of the cluster's clock. Wall-clock times exist only where a column is TIMESTAMPTZ.
-- * Token amounts are base units, USD amounts micro-dollars, both whole numbers: never a float.
-- * An event's key is (slot, signature, instruction, inner_index): the place of its bytes on the chain.
-- * `slot` or an owning entity leads the key of what grows for ever, so that it can be partitioned later.

CREATE DOMAIN base58 AS TEXT COLLATE "C" CHECK (length(VALUE) BETWEEN 32 AND 88);
CREATE DOMAIN hash32 AS TEXT COLLATE "C" CHECK (VALUE ~ '^[0-9a-f]{64}$');
CREATE DOMAIN u64 AS NUMERIC(20, 0) CHECK (VALUE BETWEEN 0 AND 18446744073709551615);
-- Sums, differences and 128-bit weights.
CREATE DOMAIN wide AS NUMERIC(39, 0);

-- Which version of the schema this is. One row; each migration that changes what readers see raises it.
CREATE TABLE schema_version (
    singleton BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (singleton),
    version INTEGER NOT NULL
);
INSERT INTO schema_version (version) VALUES (1);

-- Which deployment this database is about, and how far it has come. One row, which every writing
-- transaction locks, so that transactions take turns.
CREATE TABLE watermark (
    program base58 PRIMARY KEY,
    -- Genesis hash of the cluster.
    cluster base58 NOT NULL,
    -- Where indexing starts: nothing at or below this slot is looked at.
    start_slot BIGINT NOT NULL,
    -- Everything at or below this slot is indexed.
    confirmed_slot BIGINT NOT NULL,
    -- Everything at or below this slot is indexed and will not change.
    finalized_slot BIGINT NOT NULL,
    -- The cluster's time of these two slots, Unix seconds. Of an earlier slot, or unknown, where the node
    -- does not say it; blocks.block_time may then be later.
    confirmed_time BIGINT,
    finalized_time BIGINT,
    CHECK (start_slot <= finalized_slot AND finalized_slot <= confirmed_slot)
);

-- Which start of an indexer may write: the last one. What an earlier one knows of blocks that are not
-- final says nothing about those that a later one stored, so only one may promote and drop them.
CREATE TABLE writers (
    program base58 PRIMARY KEY,
    starts BIGINT NOT NULL
);

-- How the indexer is doing, for those who watch it. The only table about the present moment.
CREATE TABLE indexer_status (
    program base58 PRIMARY KEY,
    -- The chain's head as last seen.
    head_confirmed BIGINT NOT NULL,
    head_finalized BIGINT NOT NULL,
    -- When it was seen.
    seen_at TIMESTAMPTZ NOT NULL,
    -- 'catching_up' or 'live'.
    state TEXT NOT NULL,
    version TEXT NOT NULL
);

-- Blocks that hold transactions of ours.
CREATE TABLE blocks (
    slot BIGINT PRIMARY KEY,
    -- Unknown only where a node no longer serves the block itself.
    blockhash base58,
    parent_slot BIGINT,
    block_time BIGINT,
    status TEXT NOT NULL CHECK (status IN ('confirmed', 'finalized'))
);
CREATE INDEX blocks_unfinalized ON blocks (slot) WHERE status = 'confirmed';

-- Successful transactions that name the program. Failed ones changed nothing and are not kept.
CREATE TABLE transactions (
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    -- Place in the block.
    tx_index INTEGER NOT NULL,
    PRIMARY KEY (slot, signature)
);
CREATE INDEX transactions_by_signature ON transactions (signature);

-- Every event: the truth that all other tables follow from.
CREATE TABLE events (
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    -- Index of the outer instruction, and among the inner instructions under it.
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    tx_index INTEGER NOT NULL,
    name TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- Every field, amounts as strings.
    body JSONB NOT NULL,
    -- As it was in the instruction, tag and discriminator included.
    data BYTEA NOT NULL,
    -- Whether the tables below contain it. An event waits while one before it, by the sequence
    -- numbers of its entities, is missing.
    applied BOOLEAN NOT NULL,
    PRIMARY KEY (slot, signature, instruction, inner_index)
);
-- The signature keeps transactions apart of which no node says where in the block they are.
CREATE INDEX events_in_order ON events (slot, tx_index, signature, instruction, inner_index);
CREATE INDEX events_by_name ON events (name, slot, tx_index, signature, instruction, inner_index);
CREATE INDEX events_waiting ON events (slot) WHERE NOT applied;

-- Which entities an event changed, and its number among the events of each, from 1.
CREATE TABLE event_entities (
    entity base58 NOT NULL,
    sequence BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    PRIMARY KEY (entity, sequence, slot, signature, instruction, inner_index)
);
CREATE INDEX event_entities_by_event ON event_entities (slot, signature, instruction, inner_index);

-- Entities whose sequence numbers have a hole: empty if every event up to the last one was seen.
CREATE VIEW sequence_gaps AS
SELECT entity, count(DISTINCT sequence) AS seen, max(sequence) AS last
FROM event_entities
GROUP BY entity
HAVING count(DISTINCT sequence) <> max(sequence);

-- Bytes of ours that could not be read or that contradict what came before. Any row means that
-- health is degraded. What could not be read is tried again whenever an indexer starts; a contradiction
-- goes when the event can be applied after all.
CREATE TABLE dead_letters (
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    tx_index INTEGER NOT NULL,
    -- 'undecodable': no event of this version. 'contradiction': an event that cannot follow its predecessors.
    kind TEXT NOT NULL CHECK (kind IN ('undecodable', 'contradiction')),
    reason TEXT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (slot, signature, instruction, inner_index)
);

-- How to take back events that are not final: the rows as they were before, and what was added to
-- sums. Newest first; rows go as their slots become final.
CREATE TABLE undo (
    ordinal BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    images JSONB NOT NULL
);
CREATE INDEX undo_by_slot ON undo (slot);
