"""What the ledger costs: taking facts down, sealing, exporting, verifying; and whether it grows with history.

Submissions are written by SQL, a few hundred in a transaction, as the pipeline would: decided, sent, answered. Each
is then three entries of seven facts.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import django
from django.core.management import call_command
from django.db import connection, transaction

from deploy.native.checks.servers import own_servers
from deploy.native.state import ROOT
from shared.db.bootstrap import bootstrap
from tests.benchmarks.figures import say

WORKS = 200
SUBMISSIONS = 34_000  # of each half: 102,000 entries
TOGETHER = 250  # in a transaction
FACTS = 7  # of a submission: judgement, three moves, request, answer, receipt
NOW = datetime(2026, 5, 13, 14, tzinfo=UTC)
WORKS_MADE = """
INSERT INTO point (id, code, name, deleted, updated_at)
SELECT md5('p' || n)::uuid, 'P' || n, 'Pozo', false, %(now)s FROM generate_series(1, %(works)s) n;
INSERT INTO compliance_config (id, point_id, source_id, work_code, standard, informant_rut, company_rut, password,
                               terms, is_shadow, is_by_hand, start_date, is_active, stopped_reason, created_at,
                               created_by)
SELECT md5('c' || n)::uuid, md5('p' || n)::uuid, 'DGA', 'OB-0601-' || n, 'MAYOR', '12345678-5', '76000000-0', 'x',
       '{}', false, false, %(now)s, true, '', %(now)s, 'bench' FROM generate_series(1, %(works)s) n;
"""
DUTIES = """
INSERT INTO obligation (id, config_id, slot_at, due_at, deadline_at, outcome, waiting_for, cause, note,
                        explained_by, evidence, rules_version)
SELECT n, md5('c' || 1 + n %% %(works)s)::uuid, at, at + interval '1 hour', at + interval '7 days', 'open',
       '', '', '', '', '{}', 1
  FROM generate_series(%(first)s, %(last)s) n
 CROSS JOIN LATERAL (SELECT %(now)s + n / %(works)s * interval '1 hour' AS at) slot;
"""
DECIDED = """
INSERT INTO compliance_data (id, obligation_id, config_id, slot_at, status, held_reason, error_reason, document,
                             evidence, next_attempt_at, created_at)
SELECT md5('s' || id)::uuid, id, config_id, slot_at, 'PENDING', '', '',
       jsonb_build_object('caudal', '12.35', 'totalizador', '1010', 'nivelFreaticoDelPozo', '9.85',
                          'fechaMedicion', '2024-05-13', 'horaMedicion', '10:00:00'),
       (SELECT jsonb_object_agg(name, jsonb_build_object('time', slot_at, 'value', 12.345, 'quality', 1,
                   'reasons', '[]'::jsonb, 'config_version', 3, 'known_since', slot_at))
          FROM unnest(ARRAY['flow', 'total', 'water_table']) name), slot_at, slot_at
  FROM obligation WHERE id BETWEEN %(first)s AND %(last)s;
INSERT INTO submission_move (submission_id, old, new, at, by, reason)
SELECT md5('s' || n)::uuid, '', 'PENDING', %(now)s, 'system', '' FROM generate_series(%(first)s, %(last)s) n;
"""
SENT = """
INSERT INTO submission_move (submission_id, old, new, at, by, reason)
SELECT md5('s' || n)::uuid, 'PENDING', 'SENT', %(now)s, 'system', '' FROM generate_series(%(first)s, %(last)s) n;
INSERT INTO submission_attempt (id, submission_id, number, started_at, url, request_headers, request_body, request_mac,
                                response_headers, response_body, meaning, message)
SELECT n, md5('s' || n)::uuid, 1, %(now)s, 'https://regulator.example.cl/api/v1/mediciones/subterraneas',
       jsonb_build_object('Content-Type', 'application/json', 'codigoObra', 'OB-0601-' || n %% %(works)s,
                          'timeStampOrigen', '2024-05-13T10:02:00-0000'),
       convert_to('{"autenticacion":{"password":"hmac-sha256:1:' || repeat('a', 64) || '","rutEmpresa":"76000000-0",'
           || '"rutUsuario":"12345678-5"},"medicionSubterranea":{"caudal":"12.35","fechaMedicion":"2024-05-13",'
           || '"horaMedicion":"10:00:00","nivelFreaticoDelPozo":"9.85","totalizador":"' || n || '"}}', 'UTF8'),
       convert_to('hmac-sha256:1:' || repeat('b', 64), 'UTF8'), '{}', '', '', ''
  FROM generate_series(%(first)s, %(last)s) n;
"""
ANSWERED = """
UPDATE submission_attempt
   SET finished_at = started_at, response_status = 200, meaning = 'accepted',
       message = 'Medición subterránea ingresada correctamente',
       response_headers = '{"content-type": "application/json", "date": "Mon, 13 May 2024 14:02:01 GMT"}',
       response_body = convert_to('{"status":"00","message":"Medición subterránea ingresada correctamente",'
           || '"data":{"numeroComprobante":"' || md5('v' || id) || '"}}', 'UTF8')
 WHERE id BETWEEN %(first)s AND %(last)s;
INSERT INTO submission_move (submission_id, old, new, at, by, reason)
SELECT md5('s' || n)::uuid, 'SENT', 'CONFIRMED', %(now)s, 'system', 'accepted'
  FROM generate_series(%(first)s, %(last)s) n;
INSERT INTO receipt (source_id, voucher, submission_id, attempt_id, by_duplicate, received_at)
SELECT 'DGA', md5('v' || n), md5('s' || n)::uuid, n, false, %(now)s FROM generate_series(%(first)s, %(last)s) n;
"""
# The highest weight of the process itself: a child's resource usage would begin with its parent's.
RUN_AND_WEIGH = """
import runpy, sys
try:
    runpy.run_path(sys.argv.pop(1), run_name="__main__")
except SystemExit as end:
    assert not end.code, "verify-ledger does not find the file intact"
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
HOOKED = ("submission_move", "submission_attempt", "receipt", "compliance_data", "obligation")


def main() -> None:
    with own_servers() as servers, tempfile.TemporaryDirectory(prefix="stack-bench-") as folder:
        os.environ |= servers.environment("compliance") | {"DJANGO_SETTINGS_MODULE": "compliance_service.settings"}
        password = os.environ["DATABASE_URL"].split(":")[2].split("@")[0]
        bootstrap(admin_url=os.environ["ADMIN_DATABASE_URL"], database="stack", roles={"compliance": password})
        django.setup()
        call_command("migrate", verbosity=0)
        _run(WORKS_MADE, 0, 0)
        measure(Path(folder) / "libro.ndjson")


def measure(file: Path) -> None:
    plain = _write(0, hooks=False)
    hooked = _write(1)
    say("taking a fact down", (hooked - plain) / SUBMISSIONS / FACTS * 1e6, "µs", at_most=60)
    first = _seal()
    _write(2)
    second = _seal()
    entries = int(_ask("SELECT count(*) FROM ledger_entry"))
    say("entries", entries, "")
    say("entries sealed", 1 / first, "/s", at_least=10_000)
    say("sealing with history doubled", second / first, "×", at_most=1.1)
    say("an entry on disk, with its indexes", _ask("SELECT pg_total_relation_size('ledger_entry')") / entries, "bytes")
    say("entries exported", entries / _timed(lambda: call_command("export_ledger", "--output", str(file))), "/s")
    seconds, memory = _verify(file)
    say("entries verified by verify-ledger", entries / seconds, "/s", at_least=50_000)
    say("memory of verify-ledger", memory, "MiB", at_most=64)
    say("entries checked against the tables", entries / _timed(lambda: call_command("verify_ledger")), "/s")


def _write(half: int, *, hooks: bool = True) -> float:
    """Writes one half's submissions; says how long the rows with hooks took. Without hooks they are gone again."""
    if not hooks:
        _hooks("DISABLE")
    seconds = 0.0
    for start in range(half * SUBMISSIONS, (half + 1) * SUBMISSIONS, TOGETHER):
        _run(DUTIES, start, start + TOGETHER - 1)
        began = time.monotonic()
        for statement in (DECIDED, SENT, ANSWERED):
            _run(statement, start, start + TOGETHER - 1)
        seconds += time.monotonic() - began
    if not hooks:
        _run("TRUNCATE receipt, submission_attempt, submission_move, compliance_data, obligation", 0, 0)
        _hooks("ENABLE")
    return seconds


def _hooks(do: str) -> None:
    for table in HOOKED:
        _run(f"ALTER TABLE {table} {do} TRIGGER USER", 0, 0)


def _run(statement: str, first: int, last: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"now": NOW, "works": WORKS, "first": first, "last": last})


def _ask(query: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return float(cursor.fetchone()[0])


def _seal() -> float:
    """Seals what is pending; seconds for an entry, of the batch that only a tenth was faster than: others work here."""
    from compliance_service.ledger import operations

    costs: list[float] = []
    append = operations._append

    def timed(*taken: object) -> int:
        began = time.monotonic()
        count = append(*taken)  # type: ignore[arg-type]  # what it was called with
        costs.append((time.monotonic() - began) / count)
        return count

    operations._append = timed
    operations.seal(NOW)
    operations._append = append
    return quantiles(costs, n=10)[0]


def _verify(file: Path) -> tuple[float, float]:
    """Seconds and MiB that the script takes."""
    began = time.monotonic()
    command = [sys.executable, "-I", "-c", RUN_AND_WEIGH, str(ROOT / "scripts" / "verify-ledger"), str(file)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return time.monotonic() - began, int(said.splitlines()[-1]) / 1024


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
