-- The double-entry ledger of the compute token.
--
-- Every movement is two or more entries that sum to zero for each mint. Accounts:
--   real tokens      circulating, escrow, dues, stake, locked, unbonding, stake_dues, buyback, treasury
--                    (dues are paid from a job's vault, stake_dues from the stake vault)
--   counter-accounts genesis (negative: the supply at initialisation), minted (negative),
--                    burned (positive)
--   a right          unclaimed (what providers may mint) against accrued (its negative)
-- So the sum of the real ones = -genesis - minted - burned is the mint's supply, but for what strangers
-- burned of their own, which no event tells: the supply is less by that (snapshots.burned_elsewhere);
-- and the stake vault holds stake + locked + unbonding + stake_dues, a job's vault its escrow + dues.

CREATE TABLE ledger (
    slot BIGINT NOT NULL,
    signature base58 NOT NULL,
    instruction INTEGER NOT NULL,
    inner_index INTEGER NOT NULL,
    -- Number within the event, from 0.
    entry INTEGER NOT NULL,
    at BIGINT NOT NULL,
    account TEXT NOT NULL CHECK (account IN (
        'circulating', 'escrow', 'dues', 'stake', 'locked', 'unbonding', 'stake_dues', 'buyback',
        'treasury', 'genesis', 'minted', 'burned', 'unclaimed', 'accrued'
    )),
    -- The provider of stake and of unclaimed, the job of an escrow, the wallet of a due; else ''.
    owner TEXT COLLATE "C" NOT NULL,
    -- The job whose vault or terms hold it; else ''.
    job TEXT COLLATE "C" NOT NULL,
    mint base58 NOT NULL,
    amount wide NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (slot, signature, instruction, inner_index, entry)
);
CREATE INDEX ledger_by_owner ON ledger (owner, account, slot);

-- Running sums of the ledger.
CREATE TABLE balances (
    account TEXT NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    job TEXT COLLATE "C" NOT NULL,
    mint base58 NOT NULL,
    balance wide NOT NULL,
    PRIMARY KEY (account, owner, job, mint)
);
CREATE INDEX balances_by_job ON balances (job);
-- A balance of zero has no row; this finds those to remove.
CREATE INDEX balances_zero ON balances (account) WHERE balance = 0;

-- Entries of one event are written by one statement, and that statement fails unless they, with
-- whatever the event already had, sum to zero for each mint. The same goes for removing them.
CREATE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken RECORD;
BEGIN
    SELECT l.slot, l.signature, l.instruction, l.inner_index, l.mint, sum(l.amount) AS rest INTO broken
    FROM ledger l
    JOIN (SELECT DISTINCT slot, signature, instruction, inner_index FROM changed) c
        USING (slot, signature, instruction, inner_index)
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(l.amount) <> 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger entries of event (%, %, %, %) leave % of mint %',
            broken.slot, broken.signature, broken.instruction, broken.inner_index, broken.rest, broken.mint
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_insert AFTER INSERT ON ledger
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ledger_must_balance();
CREATE TRIGGER ledger_delete AFTER DELETE ON ledger
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ledger_must_balance();

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger entries are never changed' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER ledger_update BEFORE UPDATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

-- Supply as the events have it, without what strangers burned of their own.
CREATE VIEW supply AS
SELECT
    c.mint,
    c.decimals,
    c.genesis_supply AS genesis,
    coalesce(-sum(b.balance) FILTER (WHERE b.account = 'minted'), 0)::wide AS minted,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'burned'), 0)::wide AS burned,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'circulating'), 0)::wide AS circulating,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'escrow'), 0)::wide AS escrow,
    coalesce(sum(b.balance) FILTER (WHERE b.account IN ('dues', 'stake_dues')), 0)::wide AS dues,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'stake'), 0)::wide AS stake,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'locked'), 0)::wide AS locked,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'unbonding'), 0)::wide AS unbonding,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'treasury'), 0)::wide AS treasury,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'buyback'), 0)::wide AS buyback,
    coalesce(sum(b.balance) FILTER (WHERE b.account = 'unclaimed'), 0)::wide AS unclaimed
FROM config c
LEFT JOIN balances b ON b.mint = c.mint
GROUP BY c.mint, c.decimals, c.genesis_supply;

-- What the chain's own accounts held at a finalized slot. One row a check.
CREATE TABLE snapshots (
    slot BIGINT PRIMARY KEY,
    checked_at TIMESTAMPTZ NOT NULL,
    supply u64 NOT NULL,
    stake_vault u64 NOT NULL,
    -- Sum over the vaults of all jobs that are not reclaimed.
    job_vaults wide NOT NULL,
    -- The treasury wallet's own token account; 0 if there is none.
    treasury u64 NOT NULL,
    -- genesis + minted - burned - supply: what strangers burned of their own tokens.
    burned_elsewhere wide NOT NULL
);

-- Tables against chain at that slot. A deficit means that something is wrong and fails readiness;
-- a surplus is a gift or a stranger's burn and is only recorded.
CREATE TABLE reconciliations (
    slot BIGINT NOT NULL,
    -- 'supply', 'stake_vault', 'job_vaults', 'job_vault:<job>' (only if in deficit), 'sequence:<account>'.
    subject TEXT COLLATE "C" NOT NULL,
    expected wide NOT NULL,
    found wide NOT NULL,
    -- 'equal', 'surplus' or 'deficit'.
    verdict TEXT NOT NULL CHECK (verdict IN ('equal', 'surplus', 'deficit')),
    PRIMARY KEY (slot, subject)
);
