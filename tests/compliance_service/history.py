"""Hours of a work that ended long ago, written by SQL."""

from datetime import datetime
from typing import Any

from django.db import connection

ENDED = """
INSERT INTO obligation (config_id, slot_at, due_at, deadline_at, outcome, closed_at, waiting_for, cause, note,
                        explained_by, evidence, rules_version)
SELECT %(config)s, at, at + interval '1 hour', at + interval '7 days', 'receipt', %(now)s, '', '', '', '', '{}', 1
  FROM generate_series(1, %(ended)s) hour
 CROSS JOIN LATERAL (SELECT %(until)s::timestamptz - hour * interval '1 hour' AS at) slot;
INSERT INTO compliance_data (id, obligation_id, config_id, slot_at, status, held_reason, error_reason, document,
                             evidence, confirmed_at, taken_at, created_at)
SELECT gen_random_uuid(), duty.id, config_id, slot_at, 'CONFIRMED', '', '', '{}', '{}', %(now)s, %(now)s, %(now)s
  FROM obligation duty
 WHERE outcome = 'receipt' AND NOT EXISTS (SELECT FROM compliance_data data WHERE data.obligation_id = duty.id);
ANALYZE obligation; ANALYZE compliance_data; ANALYZE compliance_config; ANALYZE obligation_month;
"""


def make_history(config: Any, *, ended: int, until: datetime, now: datetime) -> int:
    """The hours before `until`, each with its confirmed submission. Gives the id of an open duty."""
    with connection.cursor() as cursor:
        cursor.execute(ENDED, {"config": config.id, "ended": ended, "until": until, "now": now})
        cursor.execute("SELECT min(id) FROM obligation WHERE outcome = 'open'")
        (duty,) = cursor.fetchone()
    return int(duty)
