import django.db.models.deletion
from django.db import migrations, models

# Duties that end together are counted together. Months are locked in the order in which those that are made are
# (obligation_count_made), so that two workers never wait for each other.
BY_STATEMENT = """
DROP TRIGGER obligation_count_ended ON obligation;
CREATE OR REPLACE FUNCTION obligation_count_ended() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    WITH ended AS (
        SELECT later.config_id, date_trunc('month', later.slot_at AT TIME ZONE INTERVAL '-04:00')::date AS month,
               sum((later.outcome = 'receipt')::int - (earlier.outcome = 'receipt')::int) AS receipts,
               sum((later.outcome = 'explained')::int - (earlier.outcome = 'explained')::int) AS explained
          FROM later JOIN earlier USING (id)
         WHERE earlier.outcome <> later.outcome AND earlier.slot_at = later.slot_at
           AND earlier.config_id = later.config_id
         GROUP BY 1, 2
    ), held AS (
        SELECT kept.id, ended.receipts, ended.explained FROM obligation_month kept JOIN ended USING (config_id, month)
         ORDER BY config_id, month FOR UPDATE OF kept
    )
    UPDATE obligation_month kept SET receipts = kept.receipts + held.receipts, explained = kept.explained + held.explained
      FROM held WHERE kept.id = held.id;
    RETURN NULL;
END $$;
CREATE TRIGGER obligation_count_ended AFTER UPDATE ON obligation REFERENCING OLD TABLE AS earlier NEW TABLE AS later
    FOR EACH STATEMENT EXECUTE FUNCTION obligation_count_ended();
"""
BY_ROW = """
DROP TRIGGER obligation_count_ended ON obligation;
CREATE OR REPLACE FUNCTION obligation_count_ended() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE obligation_month
       SET receipts = receipts + (NEW.outcome = 'receipt')::int - (OLD.outcome = 'receipt')::int,
           explained = explained + (NEW.outcome = 'explained')::int - (OLD.outcome = 'explained')::int
     WHERE config_id = NEW.config_id AND month = date_trunc('month', NEW.slot_at AT TIME ZONE INTERVAL '-04:00')::date;
    RETURN NULL;
END $$;
CREATE TRIGGER obligation_count_ended AFTER UPDATE OF outcome ON obligation FOR EACH ROW
    WHEN (OLD.outcome <> NEW.outcome AND OLD.slot_at = NEW.slot_at AND OLD.config_id = NEW.config_id)
    EXECUTE FUNCTION obligation_count_ended();
"""


class Migration(migrations.Migration):
    dependencies = [("obligations", "0007_incomplete_stamp")]

    operations = [
        migrations.RunSQL(BY_STATEMENT, reverse_sql=BY_ROW),
        # A check for each row of the largest tables; its own index is the beginning of obligation_slot_once.
        migrations.AlterField(
            model_name="obligation",
            name="config",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="obligations",
                to="obligations.complianceconfig",
            ),
        ),
    ]
