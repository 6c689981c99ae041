"""The daily report of the specification: at 07:00 in Chile, what each work owed the day before, and its fate."""

from datetime import datetime, time, timedelta

from django.db import connection

from shared.clock import CHILE, REGULATOR_TIME

REPORT_AT = time(7)
MAKE = """
INSERT INTO daily_report (config_id, date, due, receipts, explained, open, made_at)
SELECT config.id, %(date)s, day.due, day.receipts, day.explained, day.open, %(now)s
  FROM compliance_config config
 CROSS JOIN LATERAL (
    SELECT count(*) AS due, count(*) FILTER (WHERE outcome = 'receipt') AS receipts,
           count(*) FILTER (WHERE outcome = 'explained') AS explained, count(*) FILTER (WHERE outcome = 'open') AS open
      FROM obligation WHERE config_id = config.id AND slot_at >= %(start)s AND slot_at < %(end)s
 ) day
 WHERE day.due > 0
    ON CONFLICT ON CONSTRAINT daily_report_once DO NOTHING
"""


def make_daily_reports(now: datetime) -> int:
    """Makes yesterday's where missing, from 07:00 on; says how many. It stays, even if the day's sums change."""
    if now.astimezone(CHILE).time() < REPORT_AT:
        return 0
    today = now.astimezone(REGULATOR_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    start = today - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(MAKE, {"date": start.date(), "start": start, "end": today, "now": now})
        return int(cursor.rowcount)
