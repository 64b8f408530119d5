-- Less to write for each event. Nothing that readers see changes.

-- A signature has 88 bytes, and an index that holds it has hardly anything else. Rows of one transaction are few: that far an
-- index leads, and the rest is sorted when it is read.
CREATE INDEX events_by_place ON events (slot, tx_index);
DROP INDEX events_in_order;
CREATE INDEX events_by_name_and_place ON events (name, slot, tx_index);
DROP INDEX events_by_name;
CREATE INDEX conversions_by_place ON conversions (slot, tx_index);
DROP INDEX conversions_in_order;
CREATE INDEX conversions_by_provider_and_place ON conversions (provider, slot, tx_index);
DROP INDEX conversions_by_provider;
-- Which entities an event changed says the event itself, too; by slot they are looked for, and taken back.
CREATE INDEX event_entities_by_slot ON event_entities (slot);
DROP INDEX event_entities_by_event;

-- Addresses are ASCII, so that their letters are their bytes, which need not be told apart to be counted.
ALTER DOMAIN base58 ADD CONSTRAINT base58_length CHECK (octet_length(VALUE) BETWEEN 32 AND 88) NOT VALID;
ALTER DOMAIN base58 DROP CONSTRAINT base58_check;

-- Balances are summed by account in one pass: an index that knows a balance makes each change of it one of every index.
DROP INDEX balances_zero;
DROP INDEX balances_that_hold;
