"""A year of 200 hourly works with faults, on a virtual clock: how long it takes, and whether it grows with history.

Through the product's own pipeline (duties, decisions, sends, receipts, ledger), in two processes as in production,
against DGA's simulator in one of its own, which loses answers, sends pages and refuses. `BENCH_DAYS` and `BENCH_WORKS`
make it smaller; what is left of the year is then reckoned from the last day.
"""

import logging
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import django
import httpx
from django.core.management import call_command

from deploy.native.checks.servers import own_servers
from shared.db.bootstrap import bootstrap
from tests.benchmarks.campaign.ask import ask
from tests.benchmarks.campaign.simulator import simulate
from tests.benchmarks.campaign.twice import TWICE
from tests.benchmarks.figures import say

DAYS, WORKS = int(os.environ.get("BENCH_DAYS", "365")), int(os.environ.get("BENCH_WORKS", "200"))
YEAR_MINUTES = 20
# An empty body comes after storing: an answer that is lost, without the seconds that a client would wait for it.
FAULTS = {"html_502": 0.05, "html_403": 0.01, "empty_body": 0.05}
START = datetime(2025, 1, 1, 4, tzinfo=UTC)


def main() -> None:
    with own_servers() as servers, tempfile.TemporaryDirectory(prefix="stack-bench-") as folder:
        os.environ |= servers.environment("compliance") | {"DJANGO_SETTINGS_MODULE": "compliance_service.settings"}
        password = os.environ["DATABASE_URL"].split(":")[2].split("@")[0]
        bootstrap(admin_url=os.environ["ADMIN_DATABASE_URL"], database="stack", roles={"compliance": password})
        django.setup()
        logging.disable(logging.WARNING)
        call_command("migrate", verbosity=0)
        with simulate(Path(folder), works=WORKS) as url:
            from django.conf import settings

            settings.DGA_BASE_URL, settings.OUTBOUND_ALLOW = f"{url}/api/v1", ["127.0.0.1"]
            measure(url)


def measure(url: str) -> None:
    from tests.benchmarks.campaign.pair import pair, pass_hours
    from tests.benchmarks.campaign.works import make_works

    httpx.post(f"{url}/_sim/faults", json=FAULTS, trust_env=False).raise_for_status()
    make_works(works=WORKS, each=0, start=START)
    costs: list[float] = []
    with pair() as mates:
        began = time.monotonic()
        for hour, _ in enumerate(pass_hours(mates, START, DAYS * 24), start=1):
            if hour % 24 == 0:
                costs.append(time.monotonic() - began)
                began = time.monotonic()
    report(costs)


def report(costs: list[float]) -> None:
    ((due, receipts),) = ask("SELECT sum(due), sum(receipts) FROM obligation_month")
    ((ended,),) = ask("SELECT count(*) FROM obligation WHERE outcome = 'receipt'")
    ((twice,),) = ask(TWICE)
    ((unsealed,),) = ask("SELECT count(*) FROM ledger_pending")
    year = sum(costs) + costs[-1] * (365 - len(costs))
    say("days", len(costs), "")
    say("duties made", float(due), "")
    say("receipts", float(receipts), "")
    say("the book and its rows differ by", float(receipts - ended), "", at_most=0)
    say("sent again after an acceptance", float(twice), "", at_most=0)
    say("facts that are not sealed", float(unsealed), "", at_most=0)
    say("duties a second, whole path", float(receipts) / sum(costs), "/s")
    say("a year at this rate", year / 60 * 200 / WORKS, "min", at_most=YEAR_MINUTES)
    say("the last day beside the second", costs[-1] / costs[min(1, len(costs) - 1)], "×", at_most=1.3)


if __name__ == "__main__":
    main()
