from django.db import migrations

# How a work's data leave, and whether they do, are terms of it.
COLUMNS = """id, point_id, source_id, work_code, standard, informant_rut, company_rut, password, terms,
        start_date, end_date, is_active, stopped_at, stopped_reason, created_at, created_by"""
TRIGGER = """
DROP TRIGGER ledger_config_changed ON compliance_config;
CREATE TRIGGER ledger_config_changed AFTER UPDATE OF {columns} ON compliance_config FOR EACH ROW
    WHEN ((to_jsonb(OLD) - '{{made_until,next_send_at}}'::text[]) <> (to_jsonb(NEW) - '{{made_until,next_send_at}}'::text[]))
    EXECUTE FUNCTION ledger_note_config();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_reviews"), ("obligations", "0006_ways")]

    operations = [
        migrations.RunSQL(
            TRIGGER.format(columns=f"{COLUMNS}, is_shadow, is_by_hand"), reverse_sql=TRIGGER.format(columns=COLUMNS)
        )
    ]
