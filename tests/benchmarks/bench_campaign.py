"""A backlog of 50,000 submissions: whether it drains as fast as the pacing rules allow, and no work waits for ever.

On a virtual clock, through the product's own sender, against DGA's simulator in a process of its own. What the rules
allow: five minutes between two sends of a work, a second between any two of ours. `BENCH_SUBMISSIONS` makes it smaller.
"""

import logging
import os
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db import connection

from deploy.native.checks.servers import own_servers
from shared.db.bootstrap import bootstrap
from tests.benchmarks.campaign.simulator import simulate
from tests.benchmarks.campaign.works import make_works
from tests.benchmarks.figures import say

SUBMISSIONS = int(os.environ.get("BENCH_SUBMISSIONS", "50000"))
WORKS = 200
START = datetime(2026, 5, 13, 14, tzinfo=UTC)
SENDS = """
SELECT attempt.started_at, submission.config_id
  FROM submission_attempt attempt JOIN compliance_data submission ON submission.id = attempt.submission_id
"""
PAUSE, GAP = timedelta(minutes=5), timedelta(seconds=1)


def main() -> None:
    with own_servers() as servers, tempfile.TemporaryDirectory(prefix="stack-bench-") as folder:
        os.environ |= servers.environment("compliance") | {"DJANGO_SETTINGS_MODULE": "compliance_service.settings"}
        password = os.environ["DATABASE_URL"].split(":")[2].split("@")[0]
        bootstrap(admin_url=os.environ["ADMIN_DATABASE_URL"], database="stack", roles={"compliance": password})
        django.setup()
        logging.disable(logging.INFO)  # a line for each submission would be most of what is measured
        call_command("migrate", verbosity=0)
        measure(Path(folder))


def measure(folder: Path) -> None:
    from django.conf import settings

    each = SUBMISSIONS // WORKS
    with simulate(folder, works=WORKS) as url:
        settings.DGA_BASE_URL, settings.OUTBOUND_ALLOW = f"{url}/api/v1", ["127.0.0.1"]
        make_works(works=WORKS, each=each, start=START)
        began = time.monotonic()
        looks = drain()
        report(each, looks, time.monotonic() - began)


def drain() -> int:
    """Looks at every instant at which something may be sent, until nothing is left."""
    from compliance_service.ledger.concealment import concealer
    from compliance_service.receipts.operations import keep_receipts
    from compliance_service.submissions.queries import next_wake
    from compliance_service.submissions.send import send_due

    now, looks, conceal = START, 0, concealer(START)
    while (wake := next_wake(now)) is not None:
        now = max(wake, now)
        looks += 1
        if not send_due(now, keep=keep_receipts, conceal=conceal):
            now += GAP
    return looks


def report(each: int, looks: int, seconds: float) -> None:
    sent = each * WORKS
    from compliance_service.submissions.plan import drained_at

    bound = drained_at([each] * WORKS, pause=PAUSE, gap=GAP, now=START) - START
    sends = _ask(SENDS)
    receipts = len(_ask("SELECT 1 FROM receipt"))
    by_work: dict[Any, list[datetime]] = {}
    for at, work in sends:
        by_work.setdefault(work, []).append(at)
    say("submissions", sent, "")
    say("receipts", receipts, "", at_least=sent)
    say("sent twice", len(sends) - sent, "", at_most=0)
    say("the planner's bound", bound.total_seconds() / 3600, "h")
    say("drained in, of the bound", (sends[-1][0] - START) / bound, "×", at_most=1.01)
    say("most that one work is ahead of another", ahead(sends), "sends", at_most=2)
    say("least between two sends of a work", min(map(least, by_work.values())), "s", at_least=PAUSE.total_seconds())
    say("least between two sends of ours", least([at for at, _ in sends]), "s", at_least=GAP.total_seconds())
    say("looks", looks, "")
    say("submissions, the whole path", sent / seconds, "/s")


def least(times: Sequence[datetime]) -> float:
    return min(((later - earlier).total_seconds() for earlier, later in pairwise(times)), default=float("inf"))


def ahead(sends: Sequence[tuple[datetime, Any]]) -> int:
    """The most, at any instant, by which the work that sent most is ahead of the one that sent least."""
    counts = dict.fromkeys((work for _, work in sends), 0)
    levels = Counter(counts.values())
    most = 0
    for _, work in sends:
        levels[counts[work]] -= 1
        counts[work] += 1
        levels[counts[work]] += 1
        reached = [level for level, many in levels.items() if many]
        most = max(most, max(reached) - min(reached))
    return most


def _ask(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"{query} ORDER BY 1")
        return list(cursor.fetchall())


if __name__ == "__main__":
    main()
