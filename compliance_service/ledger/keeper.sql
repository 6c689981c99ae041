-- Gives the ledger to a role that nobody logs in as. The service keeps its right to read and to add, and can no longer take
-- the triggers away, put functions of its own in their place, or drop the tables.
--
-- Once, by a superuser, in the database of the service, after `migrate`:
--     psql "$ADMIN_DATABASE_URL" -f compliance_service/ledger/keeper.sql
-- Twice changes nothing. Before a release that changes these tables, a superuser takes it back, and runs this again after:
--     DROP EVENT TRIGGER ledger_stays;
--     ALTER TABLE compliance.ledger_entry OWNER TO compliance; ALTER TABLE compliance.ledger_root OWNER TO compliance;
--     ALTER FUNCTION compliance.ledger_refuse() OWNER TO compliance; ALTER FUNCTION compliance.ledger_follows() OWNER TO compliance;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'compliance_keeper') THEN
        CREATE ROLE compliance_keeper NOLOGIN;
    END IF;
END $$;

ALTER TABLE compliance.ledger_entry OWNER TO compliance_keeper;
ALTER TABLE compliance.ledger_root OWNER TO compliance_keeper;
ALTER FUNCTION compliance.ledger_refuse() OWNER TO compliance_keeper;
ALTER FUNCTION compliance.ledger_follows() OWNER TO compliance_keeper;
GRANT USAGE ON SCHEMA compliance TO compliance_keeper;
REVOKE ALL ON compliance.ledger_entry, compliance.ledger_root FROM compliance;
GRANT SELECT, INSERT ON compliance.ledger_entry, compliance.ledger_root TO compliance;

-- The owner of a schema may drop what is in it, whoever owns that.
CREATE OR REPLACE FUNCTION public.ledger_stays() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Also a trigger, a constraint or a column of theirs: each is named with its table.
    IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects()
                WHERE object_identity ~ '\mcompliance\.ledger_(entry|root|refuse|follows)\M') THEN
        RAISE EXCEPTION 'the ledger is append-only: % is refused', TG_TAG USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'ledger_stays') THEN
        CREATE EVENT TRIGGER ledger_stays ON sql_drop EXECUTE FUNCTION public.ledger_stays();
    END IF;
END $$;
