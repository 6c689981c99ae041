from django.db import migrations

# A person's verdict on a held hour is a fact like an answer: written once, with what was seen.
TRIGGERS = """
CREATE TRIGGER ledger_review AFTER INSERT ON submission_review FOR EACH ROW EXECUTE FUNCTION ledger_note('review');
CREATE TRIGGER ledger_changed AFTER UPDATE ON submission_review FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON submission_review FOR EACH ROW EXECUTE FUNCTION ledger_note_change();
"""
GONE = """
DROP TRIGGER ledger_review ON submission_review;
DROP TRIGGER ledger_changed ON submission_review;
DROP TRIGGER ledger_deleted ON submission_review;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_terms"), ("review", "0001_initial")]

    operations = [migrations.RunSQL(TRIGGERS, reverse_sql=GONE)]
