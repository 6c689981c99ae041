from django.db import migrations

# Facts are taken down by triggers, in the transaction of the row that they are about: no code path can forget one, and
# a row that somebody changes by hand leaves a fact too. They only copy the row (20 µs); ledger.operations.seal does the rest.
FUNCTIONS = """
CREATE FUNCTION ledger_note() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
BEGIN
    INSERT INTO ledger_pending (transaction, kind, row)
    VALUES (pg_current_xact_id()::text::bigint, TG_ARGV[0], row_to_json(NEW));
    RETURN NULL;
END $$;

-- A recorded row was changed or deleted: nothing in this system does that, so whoever did it is named by his login.
CREATE FUNCTION ledger_note_change() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
BEGIN
    INSERT INTO ledger_pending (transaction, kind, row)
    VALUES (pg_current_xact_id()::text::bigint, 'change', json_build_object(
        'table', TG_TABLE_NAME, 'operation', TG_OP, 'by', 'database:' || session_user,
        'before', to_jsonb(OLD) - 'password', 'after', CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(NEW) - 'password' END));
    RETURN NULL;
END $$;

-- The terms of a work: everything but the secret and what moves with every send.
CREATE FUNCTION ledger_note_config() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
DECLARE
    is_new boolean := TG_OP = 'INSERT';
BEGIN
    INSERT INTO ledger_pending (transaction, kind, row)
    VALUES (pg_current_xact_id()::text::bigint, 'config', to_jsonb(NEW) - '{password,made_until,next_send_at}'::text[]
        || jsonb_build_object('password_rewritten', NOT is_new AND OLD.password <> NEW.password,
            'at', CASE WHEN is_new THEN NEW.created_at END,
            'by', CASE WHEN is_new THEN NEW.created_by ELSE 'database:' || session_user END));
    RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER ledger_move AFTER INSERT ON submission_move FOR EACH ROW EXECUTE FUNCTION ledger_note('move');
CREATE TRIGGER ledger_receipt AFTER INSERT ON receipt FOR EACH ROW EXECUTE FUNCTION ledger_note('receipt');

CREATE TRIGGER ledger_read_back AFTER INSERT ON receipt_read_back FOR EACH ROW EXECUTE FUNCTION ledger_note('read_back');
CREATE TRIGGER ledger_incident AFTER INSERT ON receipt_incident FOR EACH ROW EXECUTE FUNCTION ledger_note('incident');
CREATE TRIGGER ledger_incident_changed AFTER UPDATE ON receipt_incident FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION ledger_note('incident');

CREATE TRIGGER ledger_request AFTER INSERT ON submission_attempt FOR EACH ROW EXECUTE FUNCTION ledger_note('request');
-- An attempt that is entered with its answer, as an upload by hand.
CREATE TRIGGER ledger_request_answered AFTER INSERT ON submission_attempt FOR EACH ROW WHEN (NEW.finished_at IS NOT NULL)
    EXECUTE FUNCTION ledger_note('answer');
CREATE TRIGGER ledger_answer AFTER UPDATE ON submission_attempt FOR EACH ROW
    WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION ledger_note('answer');
CREATE TRIGGER ledger_changed AFTER UPDATE ON submission_attempt FOR EACH ROW
    WHEN ((OLD.finished_at IS NOT NULL AND OLD.* IS DISTINCT FROM NEW.*)
        OR ROW(OLD.id, OLD.submission_id, OLD.number, OLD.started_at, OLD.url, OLD.request_headers, OLD.request_body, OLD.request_mac)
            IS DISTINCT FROM ROW(NEW.id, NEW.submission_id, NEW.number, NEW.started_at, NEW.url, NEW.request_headers, NEW.request_body, NEW.request_mac))
    EXECUTE FUNCTION ledger_note_change();

-- What is to be sent, or why it is held, and the measurements that it was made of.
CREATE TRIGGER ledger_judgement AFTER INSERT ON compliance_data FOR EACH ROW EXECUTE FUNCTION ledger_note('judgement');
CREATE TRIGGER ledger_judged_again AFTER UPDATE OF document, evidence, held_reason ON compliance_data FOR EACH ROW
    WHEN ((OLD.document, OLD.evidence, OLD.held_reason) IS DISTINCT FROM (NEW.document, NEW.evidence, NEW.held_reason))
    EXECUTE FUNCTION ledger_note('judgement');

CREATE TRIGGER ledger_explanation AFTER UPDATE OF outcome ON obligation FOR EACH ROW
    WHEN (OLD.outcome = 'open' AND NEW.outcome = 'explained') EXECUTE FUNCTION ledger_note('explanation');
CREATE TRIGGER ledger_changed AFTER UPDATE ON obligation FOR EACH ROW
    WHEN (OLD.slot_at <> NEW.slot_at OR OLD.due_at <> NEW.due_at OR OLD.deadline_at <> NEW.deadline_at OR (OLD.outcome <> 'open'
        AND (OLD.outcome, OLD.closed_at, OLD.cause, OLD.note, OLD.explained_by) IS DISTINCT FROM (NEW.outcome, NEW.closed_at, NEW.cause, NEW.note, NEW.explained_by)))
    EXECUTE FUNCTION ledger_note_change();

CREATE TRIGGER ledger_config AFTER INSERT ON compliance_config FOR EACH ROW EXECUTE FUNCTION ledger_note_config();
-- Every column but made_until and next_send_at, which move with every send: tests/compliance_service/ledger/test_hooks.py.
CREATE TRIGGER ledger_config_changed AFTER UPDATE OF id, point_id, source_id, work_code, standard, informant_rut, company_rut, password,
        start_date, end_date, is_active, stopped_at, stopped_reason, created_at, created_by ON compliance_config FOR EACH ROW
    WHEN ((to_jsonb(OLD) - '{made_until,next_send_at}'::text[]) <> (to_jsonb(NEW) - '{made_until,next_send_at}'::text[]))
    EXECUTE FUNCTION ledger_note_config();
CREATE TRIGGER ledger_source AFTER INSERT ON compliance_source FOR EACH ROW EXECUTE FUNCTION ledger_note('source');
CREATE TRIGGER ledger_source_changed AFTER UPDATE ON compliance_source FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION ledger_note('source');

CREATE TRIGGER ledger_changed AFTER UPDATE ON submission_move FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION ledger_note_change();
-- Not when it is next read back, nor what the last reading said: each reading is a fact of its own.
CREATE TRIGGER ledger_changed AFTER UPDATE ON receipt FOR EACH ROW
    WHEN ((OLD.id, OLD.source_id, OLD.voucher, OLD.submission_id, OLD.attempt_id, OLD.by_duplicate, OLD.received_at)
        IS DISTINCT FROM (NEW.id, NEW.source_id, NEW.voucher, NEW.submission_id, NEW.attempt_id, NEW.by_duplicate, NEW.received_at))
    EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_changed AFTER UPDATE ON receipt_read_back FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON submission_move FOR EACH ROW EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON submission_attempt FOR EACH ROW EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON receipt FOR EACH ROW EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON receipt_read_back FOR EACH ROW EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON receipt_incident FOR EACH ROW EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON compliance_data FOR EACH ROW EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON obligation FOR EACH ROW EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON compliance_config FOR EACH ROW EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON compliance_source FOR EACH ROW EXECUTE FUNCTION ledger_note_change();
"""

# What was there before the ledger, in the order in which it happened. Which evidence an old move was made of is not
# known any more: it is taken down once for each submission, as it stands today.
BEFORE = """
SET LOCAL statement_timeout = 0;
INSERT INTO ledger_pending (transaction, kind, row)
SELECT 0, kind, fact || '{"backfilled": true}' FROM (
    SELECT '-infinity'::timestamptz AS at, 0 AS rank, code AS id, 'source' AS kind, to_jsonb(source) AS fact FROM compliance_source source
    UNION ALL SELECT created_at, 1, id::text, 'config', to_jsonb(config) - '{password,made_until,next_send_at}'::text[]
        || jsonb_build_object('at', created_at, 'by', created_by) FROM compliance_config config
    UNION ALL SELECT created_at, 2, id::text, 'judgement', to_jsonb(data) FROM compliance_data data
    UNION ALL SELECT at, 3, lpad(id::text, 20), 'move', to_jsonb(move) FROM submission_move move
    UNION ALL SELECT started_at, 4, lpad(id::text, 20), 'request', to_jsonb(attempt) FROM submission_attempt attempt
    UNION ALL SELECT finished_at, 5, lpad(id::text, 20), 'answer', to_jsonb(attempt) FROM submission_attempt attempt WHERE finished_at IS NOT NULL
    UNION ALL SELECT received_at, 6, lpad(id::text, 20), 'receipt', to_jsonb(receipt) FROM receipt
    UNION ALL SELECT at, 7, lpad(id::text, 20), 'read_back', to_jsonb(reading) FROM receipt_read_back reading
    UNION ALL SELECT coalesce(closed_at, opened_at), 8, lpad(id::text, 20), 'incident', to_jsonb(incident) FROM receipt_incident incident
    UNION ALL SELECT closed_at, 9, lpad(id::text, 20), 'explanation', to_jsonb(duty) FROM obligation duty WHERE outcome = 'explained'
) facts ORDER BY at, rank, id;
"""

GONE = """
DROP TRIGGER ledger_move ON submission_move;
DROP TRIGGER ledger_receipt ON receipt;
DROP TRIGGER ledger_read_back ON receipt_read_back;
DROP TRIGGER ledger_incident ON receipt_incident;
DROP TRIGGER ledger_incident_changed ON receipt_incident;
DROP TRIGGER ledger_changed ON receipt_read_back;
DROP TRIGGER ledger_deleted ON receipt_read_back;
DROP TRIGGER ledger_deleted ON receipt_incident;
DROP TRIGGER ledger_request ON submission_attempt;
DROP TRIGGER ledger_request_answered ON submission_attempt;
DROP TRIGGER ledger_answer ON submission_attempt;
DROP TRIGGER ledger_changed ON submission_attempt;
DROP TRIGGER ledger_judgement ON compliance_data;
DROP TRIGGER ledger_judged_again ON compliance_data;
DROP TRIGGER ledger_explanation ON obligation;
DROP TRIGGER ledger_changed ON obligation;
DROP TRIGGER ledger_config ON compliance_config;
DROP TRIGGER ledger_config_changed ON compliance_config;
DROP TRIGGER ledger_source ON compliance_source;
DROP TRIGGER ledger_source_changed ON compliance_source;
DROP TRIGGER ledger_changed ON submission_move;
DROP TRIGGER ledger_changed ON receipt;
DROP TRIGGER ledger_deleted ON submission_move;
DROP TRIGGER ledger_deleted ON submission_attempt;
DROP TRIGGER ledger_deleted ON receipt;
DROP TRIGGER ledger_deleted ON compliance_data;
DROP TRIGGER ledger_deleted ON obligation;
DROP TRIGGER ledger_deleted ON compliance_config;
DROP TRIGGER ledger_deleted ON compliance_source;
DROP FUNCTION ledger_note(), ledger_note_change(), ledger_note_config();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
        ("authorities", "0002_shipped_sources"),
        ("obligations", "0001_initial"),
        ("submissions", "0001_initial"),
        ("receipts", "0002_read_back"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS + TRIGGERS, reverse_sql=GONE),
        migrations.RunSQL(BEFORE, reverse_sql=migrations.RunSQL.noop),
    ]
