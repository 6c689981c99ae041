"""A million measurements as a file of each format: how much memory it takes, how long, and how soon it begins to come.

Each format in a process of its own, as a worker that has answered nothing yet: what its libraries weigh counts too.
`bench export [FORMAT …]`.
"""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import django
from django.core.management import call_command

from deploy.native.checks.servers import own_servers
from deploy.native.state import ROOT
from shared.db.bootstrap import bootstrap
from tests.benchmarks.figures import say

ROWS = 1_000_000
SERIES = 4  # of minutes, half a year each
POINT = UUID(int=7)
VARIABLES = ("flow", "level", "temperature", "water_table")
START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
FILL = """
INSERT INTO measurement (point_id, variable, time, value, quality, reasons, source_id, config_version, known_since)
SELECT %(point)s, variable, %(start)s + n * interval '1 minute', 10 + 5 * sin(n / 700.0), 1 + n %% 4,
       CASE WHEN n %% 4 = 0 THEN 0 ELSE 1 + (n %% 5) * 16 END, %(point)s, 1, %(start)s + n * interval '1 minute'
  FROM unnest(%(variables)s) variable, generate_series(0, %(rows)s - 1) n;
INSERT INTO measurement_latest (point_id, variable, time, value, quality, reasons, source_id, config_version)
SELECT %(point)s, variable, %(start)s, 1, 1, 0, %(point)s, 1 FROM unnest(%(variables)s) variable;
"""


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        export_one(sys.argv[2])
        return
    with own_servers() as servers:
        os.environ |= servers.environment("telemetry") | {"DJANGO_SETTINGS_MODULE": "telemetry_service.settings"}
        password = os.environ["DATABASE_URL"].split(":")[2].split("@")[0]
        bootstrap(admin_url=os.environ["ADMIN_DATABASE_URL"], database="stack", roles={"telemetry": password})
        os.environ["STATEMENT_TIMEOUT_MS"] = "0"
        django.setup()
        call_command("migrate", verbosity=0)
        _fill()
        from telemetry_service.measurements.files.export import FORMATS

        for form in sys.argv[1:] or FORMATS:
            _report(form)


def _fill() -> None:
    from django.db import connection

    from shared.db.partitions import ensure_months

    ensure_months(connection, "measurement", START.date(), END.date())
    asked = {"point": POINT, "variables": list(VARIABLES), "start": START, "rows": ROWS // SERIES}
    with connection.cursor() as cursor:
        cursor.execute(FILL, asked)
        cursor.execute("VACUUM (ANALYZE) measurement")


def _report(form: str) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.bench_export", "--one", form]
    said = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    say(f"{form}: memory for {said['rows']:,} rows", said["peak_mib"], "MiB", at_most=100)
    say("  the worker before", said["before_mib"], "MiB")
    say("  until it begins to come", said["first_s"], "s")
    say("  of the time for all of it", 100 * said["first_s"] / said["seconds"], "%", at_most=20)
    say("  rows", said["rows"] / said["seconds"], "/s")
    say("  size", said["bytes"] / 2**20, "MiB")


def export_one(form: str) -> None:
    """In a process of its own: prints what it took as JSON."""
    django.setup()
    from django.urls import get_resolver

    from telemetry_service.measurements.files.export import export
    from telemetry_service.measurements.queries import Wanted, units

    _ = get_resolver().url_patterns, units()  # as a worker that has been asked for something
    wanted = Wanted([POINT], sorted(VARIABLES), START, END, [])
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before, began, first_s, size = _status("VmRSS"), time.monotonic(), 0.0, 0
    for piece in export(wanted, codes={str(POINT): "OB-1"}, form=form, now=END + timedelta(days=1)):
        first_s = first_s or time.monotonic() - began
        size += len(piece)
    said = {"peak_mib": _status("VmHWM") - before, "before_mib": before, "first_s": first_s, "bytes": size}
    sys.stdout.write(json.dumps(said | {"rows": ROWS, "seconds": time.monotonic() - began}))


def _status(name: str) -> float:
    """MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main()
