from django.db import migrations

# Facts are taken down by triggers, in the transaction of the row that they are about: no code path can forget one, and
# a row that somebody changes by hand leaves a fact too. Sealing them is ledger.operations.seal.
FUNCTIONS = """
-- What is reported of a work, by whom, from when: everything but the secret and what moves with every send.
CREATE FUNCTION ledger_terms(config compliance_config) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(config) - '{password,made_until,next_send_at}'::text[]
$$;

CREATE FUNCTION ledger_version(terms jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(terms::text, 'UTF8')), 'hex')
$$;

-- Takes down a fact. `fact` is the row; of a change, {table, operation, by, before, after}.
CREATE FUNCTION ledger_note(kind text, fact jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    about jsonb := CASE kind WHEN 'change' THEN coalesce(fact->'after', fact->'before') ELSE fact END;
    duty compliance_data;
    config compliance_config;
    source compliance_source;
BEGIN
    IF about ? 'submission_id' THEN
        SELECT * INTO duty FROM compliance_data WHERE id = (about->>'submission_id')::uuid;
    ELSIF about ? 'obligation_id' THEN
        duty := jsonb_populate_record(NULL::compliance_data, about);
    END IF;
    SELECT * INTO config FROM compliance_config
     WHERE id = coalesce(duty.config_id, (about->>'config_id')::uuid, CASE WHEN about ? 'work_code' THEN (about->>'id')::uuid END);
    SELECT * INTO source FROM compliance_source WHERE code = coalesce(config.source_id, about->>'source_id', about->>'code');
    IF kind = 'move' AND fact->>'new' IN ('PENDING', 'HELD') AND NOT fact ? 'backfilled' THEN
        fact := fact || jsonb_build_object('document', duty.document, 'evidence', duty.evidence);
    END IF;
    IF kind IN ('move', 'request', 'judgement') AND NOT fact ? 'backfilled' THEN
        fact := fact || jsonb_build_object('versions', jsonb_build_object(
            'config', ledger_version(ledger_terms(config)), 'source', ledger_version(to_jsonb(source))));
    END IF;
    INSERT INTO ledger_pending (transaction, kind, work, submission, slot_at, row) VALUES (
        pg_current_xact_id()::text::bigint, kind, coalesce(source.code || coalesce('/' || config.work_code, ''), 'unknown'), duty.id,
        coalesce(duty.slot_at, (about->>'slot_at')::timestamptz), fact);
END $$;

CREATE FUNCTION ledger_added() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
BEGIN
    PERFORM ledger_note(TG_ARGV[0], to_jsonb(NEW));
    RETURN NULL;
END $$;

-- A recorded row was changed or deleted: nothing in this system does that, so whoever did it is named by his login.
CREATE FUNCTION ledger_changed() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
BEGIN
    PERFORM ledger_note('change', jsonb_build_object('table', TG_TABLE_NAME, 'operation', TG_OP,
        'by', 'database:' || session_user, 'before', to_jsonb(OLD) - 'password',
        'after', CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(NEW) - 'password' END));
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_attempt_changed() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
BEGIN
    IF OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL
        AND (OLD.submission_id, OLD.number, OLD.started_at, OLD.url, OLD.request_headers, OLD.request_body, OLD.request_mac)
          = (NEW.submission_id, NEW.number, NEW.started_at, NEW.url, NEW.request_headers, NEW.request_body, NEW.request_mac)
    THEN
        PERFORM ledger_note('answer', to_jsonb(NEW));
    ELSE
        PERFORM ledger_note('change', jsonb_build_object('table', TG_TABLE_NAME, 'operation', TG_OP,
            'by', 'database:' || session_user, 'before', to_jsonb(OLD), 'after', to_jsonb(NEW)));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_config_written() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
DECLARE
    terms jsonb := ledger_terms(NEW);
    rewritten boolean := TG_OP = 'UPDATE' AND OLD.password <> NEW.password;
BEGIN
    IF TG_OP = 'INSERT' OR rewritten OR terms <> ledger_terms(OLD) THEN
        PERFORM ledger_note('config', terms || jsonb_build_object(
            'version', ledger_version(terms), 'password_rewritten', rewritten,
            'at', CASE TG_OP WHEN 'INSERT' THEN NEW.created_at END,
            'by', CASE TG_OP WHEN 'INSERT' THEN NEW.created_by ELSE 'database:' || session_user END));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_source_written() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
BEGIN
    PERFORM ledger_note('source', to_jsonb(NEW) || jsonb_build_object(
        'version', ledger_version(to_jsonb(NEW)), 'by', 'database:' || session_user));
    RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER ledger_added AFTER INSERT ON submission_move FOR EACH ROW EXECUTE FUNCTION ledger_added('move');
CREATE TRIGGER ledger_added AFTER INSERT ON submission_attempt FOR EACH ROW EXECUTE FUNCTION ledger_added('request');
CREATE TRIGGER ledger_added AFTER INSERT ON receipt FOR EACH ROW EXECUTE FUNCTION ledger_added('receipt');
-- An attempt that is entered with its answer, as an upload by hand.
CREATE TRIGGER ledger_answered AFTER INSERT ON submission_attempt FOR EACH ROW WHEN (NEW.finished_at IS NOT NULL)
    EXECUTE FUNCTION ledger_added('answer');
CREATE TRIGGER ledger_changed AFTER UPDATE ON submission_attempt FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION ledger_attempt_changed();

-- A held submission is judged again without a move: its evidence is another one.
CREATE TRIGGER ledger_judged AFTER UPDATE ON compliance_data FOR EACH ROW
    WHEN (OLD.status = NEW.status AND (OLD.document, OLD.evidence, OLD.held_reason) IS DISTINCT FROM (NEW.document, NEW.evidence, NEW.held_reason))
    EXECUTE FUNCTION ledger_added('judgement');

CREATE TRIGGER ledger_explained AFTER UPDATE ON obligation FOR EACH ROW
    WHEN (OLD.outcome = 'open' AND NEW.outcome = 'explained') EXECUTE FUNCTION ledger_added('explanation');
CREATE TRIGGER ledger_changed AFTER UPDATE ON obligation FOR EACH ROW
    WHEN (OLD.slot_at <> NEW.slot_at OR OLD.due_at <> NEW.due_at OR OLD.deadline_at <> NEW.deadline_at OR (OLD.outcome <> 'open'
        AND (OLD.outcome, OLD.closed_at, OLD.cause, OLD.note, OLD.explained_by) IS DISTINCT FROM (NEW.outcome, NEW.closed_at, NEW.cause, NEW.note, NEW.explained_by)))
    EXECUTE FUNCTION ledger_changed();

CREATE TRIGGER ledger_written AFTER INSERT OR UPDATE ON compliance_config FOR EACH ROW EXECUTE FUNCTION ledger_config_written();
CREATE TRIGGER ledger_written AFTER INSERT ON compliance_source FOR EACH ROW EXECUTE FUNCTION ledger_source_written();
CREATE TRIGGER ledger_rewritten AFTER UPDATE ON compliance_source FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION ledger_source_written();

CREATE TRIGGER ledger_changed AFTER UPDATE ON submission_move FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION ledger_changed();
CREATE TRIGGER ledger_changed AFTER UPDATE ON receipt FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION ledger_changed();
CREATE TRIGGER ledger_deleted AFTER DELETE ON submission_move FOR EACH ROW EXECUTE FUNCTION ledger_changed();
CREATE TRIGGER ledger_deleted AFTER DELETE ON submission_attempt FOR EACH ROW EXECUTE FUNCTION ledger_changed();
CREATE TRIGGER ledger_deleted AFTER DELETE ON receipt FOR EACH ROW EXECUTE FUNCTION ledger_changed();
CREATE TRIGGER ledger_deleted AFTER DELETE ON compliance_data FOR EACH ROW EXECUTE FUNCTION ledger_changed();
CREATE TRIGGER ledger_deleted AFTER DELETE ON obligation FOR EACH ROW EXECUTE FUNCTION ledger_changed();
CREATE TRIGGER ledger_deleted AFTER DELETE ON compliance_config FOR EACH ROW EXECUTE FUNCTION ledger_changed();
CREATE TRIGGER ledger_deleted AFTER DELETE ON compliance_source FOR EACH ROW EXECUTE FUNCTION ledger_changed();
"""

# What was there before the ledger. Which evidence an old move was made of is not known any more: it is taken down once
# for each submission, as it stands today.
BEFORE = """
SET LOCAL statement_timeout = 0;
SELECT ledger_note('source', to_jsonb(source) || jsonb_build_object('version', ledger_version(to_jsonb(source))))
  FROM compliance_source source ORDER BY code;
SELECT ledger_note('config', ledger_terms(config) || jsonb_build_object(
       'version', ledger_version(ledger_terms(config)), 'password_rewritten', false, 'backfilled', true,
       'at', created_at, 'by', created_by))
  FROM compliance_config config ORDER BY created_at, id;
SELECT ledger_note(kind, fact || '{"backfilled": true}') FROM (
    SELECT at, 1 AS rank, id, 'move' AS kind, to_jsonb(move) AS fact FROM submission_move move
    UNION ALL SELECT started_at, 2, id, 'request', to_jsonb(attempt) FROM submission_attempt attempt
    UNION ALL SELECT finished_at, 3, id, 'answer', to_jsonb(attempt) FROM submission_attempt attempt WHERE finished_at IS NOT NULL
    UNION ALL SELECT received_at, 4, id, 'receipt', to_jsonb(receipt) FROM receipt
    UNION ALL SELECT closed_at, 5, id, 'explanation', to_jsonb(duty) FROM obligation duty WHERE outcome = 'explained'
) facts ORDER BY at, rank, id;
SELECT ledger_note('judgement', to_jsonb(data) || '{"backfilled": true}')
  FROM compliance_data data ORDER BY created_at, id;
"""

GONE = """
DROP TRIGGER ledger_added ON submission_move;
DROP TRIGGER ledger_added ON submission_attempt;
DROP TRIGGER ledger_added ON receipt;
DROP TRIGGER ledger_answered ON submission_attempt;
DROP TRIGGER ledger_judged ON compliance_data;
DROP TRIGGER ledger_explained ON obligation;
DROP TRIGGER ledger_written ON compliance_config;
DROP TRIGGER ledger_written ON compliance_source;
DROP TRIGGER ledger_rewritten ON compliance_source;
DROP TRIGGER ledger_changed ON submission_attempt;
DROP TRIGGER ledger_changed ON obligation;
DROP TRIGGER ledger_changed ON submission_move;
DROP TRIGGER ledger_changed ON receipt;
DROP TRIGGER ledger_deleted ON submission_move;
DROP TRIGGER ledger_deleted ON submission_attempt;
DROP TRIGGER ledger_deleted ON receipt;
DROP TRIGGER ledger_deleted ON compliance_data;
DROP TRIGGER ledger_deleted ON obligation;
DROP TRIGGER ledger_deleted ON compliance_config;
DROP TRIGGER ledger_deleted ON compliance_source;
DROP FUNCTION ledger_source_written(), ledger_config_written(), ledger_attempt_changed(), ledger_changed(), ledger_added(),
    ledger_note(text, jsonb), ledger_version(jsonb), ledger_terms(compliance_config);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
        ("authorities", "0002_shipped_sources"),
        ("obligations", "0001_initial"),
        ("submissions", "0001_initial"),
        ("receipts", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS + TRIGGERS, reverse_sql=GONE),
        migrations.RunSQL(BEFORE, reverse_sql=migrations.RunSQL.noop),
    ]
