from django.db import migrations

# Who changed a source's row, and when; a change that does not say so was made by hand, and its login is named.
FUNCTION = """
CREATE FUNCTION ledger_note_source() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
DECLARE
    is_said boolean := NEW.changed_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.changed_at IS DISTINCT FROM NEW.changed_at);
BEGIN
    INSERT INTO ledger_pending (transaction, kind, row)
    VALUES (pg_current_xact_id()::text::bigint, 'source', to_jsonb(NEW) - '{changed_at,changed_by}'::text[]
        || jsonb_build_object('at', CASE WHEN is_said THEN NEW.changed_at END, 'by', CASE
            WHEN is_said THEN NEW.changed_by WHEN TG_OP = 'UPDATE' THEN 'database:' || session_user END));
    RETURN NULL;
END $$;
"""
GONE = """
DROP TRIGGER ledger_source ON compliance_source;
DROP TRIGGER ledger_source_changed ON compliance_source;
"""
TRIGGERS = """
CREATE TRIGGER ledger_source AFTER INSERT ON compliance_source FOR EACH ROW EXECUTE FUNCTION {function};
CREATE TRIGGER ledger_source_changed AFTER UPDATE ON compliance_source FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION {function};
"""
FORWARD = FUNCTION + GONE + TRIGGERS.format(function="ledger_note_source()")
BACK = GONE + TRIGGERS.format(function="ledger_note('source')") + "DROP FUNCTION ledger_note_source();"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_statements"), ("authorities", "0010_source_changes")]

    operations = [migrations.RunSQL(FORWARD, reverse_sql=BACK)]
