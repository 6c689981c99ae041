"""Works with a backlog of submissions that are ready to be sent, written by SQL."""

from datetime import datetime

from django.db import connection, transaction

from shared.db.fields import EncryptedTextField

WORKS = """
INSERT INTO point (id, code, name, deleted, updated_at)
SELECT md5('p' || n)::uuid, 'P' || n, 'Pozo', false, %(start)s FROM generate_series(1, %(works)s) n;
INSERT INTO compliance_config (id, point_id, source_id, work_code, standard, informant_rut, company_rut, password,
                               terms, is_shadow, is_by_hand, start_date, end_date, is_active, stopped_reason,
                               created_at, created_by)
SELECT md5('c' || n)::uuid, md5('p' || n)::uuid, 'DGA', 'OB-0601-' || n, 'MAYOR', '12345678-5', '76000000-0',
       %(password)s, '{}', false, false, %(start)s, %(end)s, false, '', %(start)s, 'bench'
  FROM generate_series(1, %(works)s) n;
"""
# The hours before the start, all of them ready: none is fresh, so each work sends them in their order.
BACKLOG = """
INSERT INTO obligation (config_id, slot_at, due_at, deadline_at, outcome, waiting_for, cause, note, explained_by,
                        evidence, rules_version)
SELECT md5('c' || n)::uuid, at, at + interval '1 hour', at + interval '7 days', 'open', '', '', '', '', '{}', 1
  FROM generate_series(1, %(works)s) n, generate_series(1, %(each)s) hour
 CROSS JOIN LATERAL (SELECT date_trunc('hour', %(start)s::timestamptz) - (hour + 1) * interval '1 hour' AS at) slot;
INSERT INTO compliance_data (id, obligation_id, config_id, slot_at, status, held_reason, error_reason, document,
                             evidence, next_attempt_at, created_at)
SELECT gen_random_uuid(), id, config_id, slot_at, 'PENDING', '', '',
       jsonb_build_object('caudal', '12.35', 'totalizador', '1010', 'nivelFreaticoDelPozo', '9.85',
           'fechaMedicion', to_char(slot_at AT TIME ZONE INTERVAL '-04:00', 'YYYY-MM-DD'),
           'horaMedicion', to_char(slot_at AT TIME ZONE INTERVAL '-04:00', 'HH24:MI:SS')), '{}', %(start)s, %(start)s
  FROM obligation;
UPDATE compliance_config SET is_active = true;
ANALYZE;
"""


def make_works(*, works: int, each: int, start: datetime, end: datetime | None = None) -> None:
    """`end`: no duty from then on."""
    password = EncryptedTextField().get_prep_value("synthetic-secret")
    said = {"works": works, "each": each, "start": start, "end": end, "password": password}
    for statement in (WORKS, BACKLOG):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, said)
