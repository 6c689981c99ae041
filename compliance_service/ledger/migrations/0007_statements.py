from django.db import migrations

# Rows that come many at once are taken down by one statement of the trigger: a tenth of what a call for each row costs.
FUNCTIONS = """
CREATE FUNCTION ledger_note_added() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
BEGIN
    INSERT INTO ledger_pending (transaction, kind, row)
    SELECT pg_current_xact_id()::text::bigint, TG_ARGV[0], row_to_json(added) FROM added;
    RETURN NULL;
END $$;

-- An attempt that is entered with its answer, as an upload by hand.
CREATE FUNCTION ledger_note_answered() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
BEGIN
    INSERT INTO ledger_pending (transaction, kind, row)
    SELECT pg_current_xact_id()::text::bigint, 'answer', row_to_json(added) FROM added WHERE finished_at IS NOT NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_note_answers() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
BEGIN
    INSERT INTO ledger_pending (transaction, kind, row)
    SELECT pg_current_xact_id()::text::bigint, 'answer', row_to_json(later) FROM later JOIN earlier USING (id)
     WHERE earlier.finished_at IS NULL AND later.finished_at IS NOT NULL;
    RETURN NULL;
END $$;
"""
OF_ROWS = """
DROP TRIGGER ledger_move ON submission_move;
DROP TRIGGER ledger_receipt ON receipt;
DROP TRIGGER ledger_read_back ON receipt_read_back;
DROP TRIGGER ledger_request ON submission_attempt;
DROP TRIGGER ledger_request_answered ON submission_attempt;
DROP TRIGGER ledger_answer ON submission_attempt;
DROP TRIGGER ledger_judgement ON compliance_data;
"""
BY_STATEMENT = """
CREATE TRIGGER ledger_move AFTER INSERT ON submission_move REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_added('move');
CREATE TRIGGER ledger_receipt AFTER INSERT ON receipt REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_added('receipt');
CREATE TRIGGER ledger_read_back AFTER INSERT ON receipt_read_back REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_added('read_back');
CREATE TRIGGER ledger_request AFTER INSERT ON submission_attempt REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_added('request');
CREATE TRIGGER ledger_request_answered AFTER INSERT ON submission_attempt REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_answered();
CREATE TRIGGER ledger_answer AFTER UPDATE ON submission_attempt REFERENCING OLD TABLE AS earlier NEW TABLE AS later
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_answers();
CREATE TRIGGER ledger_judgement AFTER INSERT ON compliance_data REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_added('judgement');
"""
BY_ROW = """
CREATE TRIGGER ledger_move AFTER INSERT ON submission_move FOR EACH ROW EXECUTE FUNCTION ledger_note('move');
CREATE TRIGGER ledger_receipt AFTER INSERT ON receipt FOR EACH ROW EXECUTE FUNCTION ledger_note('receipt');
CREATE TRIGGER ledger_read_back AFTER INSERT ON receipt_read_back FOR EACH ROW EXECUTE FUNCTION ledger_note('read_back');
CREATE TRIGGER ledger_request AFTER INSERT ON submission_attempt FOR EACH ROW EXECUTE FUNCTION ledger_note('request');
CREATE TRIGGER ledger_request_answered AFTER INSERT ON submission_attempt FOR EACH ROW
    WHEN (NEW.finished_at IS NOT NULL) EXECUTE FUNCTION ledger_note('answer');
CREATE TRIGGER ledger_answer AFTER UPDATE ON submission_attempt FOR EACH ROW
    WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION ledger_note('answer');
CREATE TRIGGER ledger_judgement AFTER INSERT ON compliance_data FOR EACH ROW EXECUTE FUNCTION ledger_note('judgement');
"""
GONE = "DROP FUNCTION ledger_note_added(), ledger_note_answered(), ledger_note_answers();"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_rules_and_notices")]

    operations = [migrations.RunSQL(FUNCTIONS + OF_ROWS + BY_STATEMENT, reverse_sql=OF_ROWS + BY_ROW + GONE)]
