-- Which indexer may write, of several that run on one database. Nothing that readers see changes.

-- One row, written by whoever holds the lease or takes it: apart from `writers`, whose row is locked as long as a
-- batch is written, so that a long one does not keep its own writer from staying in office.
CREATE TABLE lease (
    program base58 PRIMARY KEY,
    -- Who holds it: host, process and number of the connection pool in it; NULL after it was given back.
    holder TEXT,
    -- Number by which the holder writes (`writers.starts`).
    start BIGINT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    -- By this server's clock. After it, anybody may take over.
    until TIMESTAMPTZ NOT NULL,
    -- The connection that prolongs it. Once it is gone, anybody may take over as well: a process that is killed
    -- leaves none behind, and a server that took over from another one has none.
    backend INTEGER NOT NULL,
    backend_start TIMESTAMPTZ
);
