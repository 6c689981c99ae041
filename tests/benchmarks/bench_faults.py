"""A campaign of 100,000 submissions with everything going wrong, and the same with two senders that others use.

The regulator (DGA's simulator, a process of its own) loses 5 % of its answers after storing, answers 5 % with a 502,
has bursts of 403, and calls some duplicates without their voucher. Two workers look at once and are killed at any
moment, the database crashes in the middle of a look, and Redis is away for a third of the time. On a virtual clock; a
database whose commits wait for the disk. `BENCH_SUBMISSIONS` makes it smaller.
"""

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
import httpx
from django.core.management import call_command
from django.db import connection

from deploy.native.checks.servers import Servers, own_servers
from deploy.native.state import ROOT
from shared.clock import REGULATOR_TIME
from shared.db.bootstrap import bootstrap
from tests.benchmarks.campaign.ask import ask
from tests.benchmarks.campaign.baselines import Naive, vouchers
from tests.benchmarks.campaign.log import Seen, seen, voucher_of
from tests.benchmarks.campaign.simulator import simulate
from tests.benchmarks.campaign.twice import TWICE
from tests.benchmarks.campaign.workers import Look, Trouble, Worker, look, run, seal_all
from tests.benchmarks.figures import say

SUBMISSIONS = int(os.environ.get("BENCH_SUBMISSIONS", "100000"))
WORKS = min(200, max(SUBMISSIONS // 20, 1))
HOURS = SUBMISSIONS // WORKS
START = datetime(2025, 1, 1, 4, tzinfo=UTC)
HOUR, DAY, LOOK_AT = timedelta(hours=1), timedelta(days=1), timedelta(minutes=2)
SETTLES_IN = 10 * 24  # hours after the last one: a lost answer is found again on the next day, or the one after
FAULTS: dict[str, Any] = {
    "timeout_after_storing": 0.05,
    "html_502": 0.05,
    "html_403": {"rate": 1, "every_s": 26_434, "for_s": 240},  # four minutes of every seven hours and a bit
    "duplicate_without_voucher": 0.1,
}
KILLS, CRASHES = (0.08, 0.005) if SUBMISSIONS > 10_000 else (0.2, 0.1)  # in each look; a small one has few
KILLED_BASELINE = 0.001  # of the answers: about as many as die with our workers
GAP = """
SELECT coalesce(min(gap), interval '1 day') FROM (
    SELECT started_at - lag(started_at) OVER (ORDER BY started_at) AS gap FROM submission_attempt) gaps
"""
OPEN = "SELECT count(*) FROM obligation WHERE outcome = 'open'"


def main() -> None:
    ours = campaign()
    others = {"naive retry": baseline(reads_duplicates=False), "and duplicates read": baseline(reads_duplicates=True)}
    table({"Stack VPS": ours} | others)


def campaign() -> Seen:
    with own_servers(durable=True) as servers, tempfile.TemporaryDirectory(prefix="stack-bench-") as folder:
        os.environ |= servers.environment("compliance") | {"DJANGO_SETTINGS_MODULE": "compliance_service.settings"}
        password = os.environ["DATABASE_URL"].split(":")[2].split("@")[0]
        bootstrap(admin_url=os.environ["ADMIN_DATABASE_URL"], database="stack", roles={"compliance": password})
        django.setup()
        logging.disable(logging.CRITICAL)  # errors are made on purpose
        call_command("migrate", verbosity=0)
        with regulator(Path(folder)) as url:
            from django.conf import settings

            settings.DGA_BASE_URL, settings.OUTBOUND_ALLOW = f"{url}/api/v1", ["127.0.0.1"]
            began = time.monotonic()
            end, trouble, workers = drive(servers)
            seconds = time.monotonic() - began
            httpx.get(f"{url}/_sim/stats", trust_env=False)
            answered = by_a_person(Path(folder), end)
            kept = [voucher for (voucher,) in ask("SELECT voucher FROM receipt")]
            ((again,),) = ask(TWICE)
            found = seen(Path(folder), kept, again=again)
        report(found, end, seconds, answered)
        say("workers killed", sum(worker.kills for worker in workers), "")
        say("workers that died by themselves", sum(worker.deaths for worker in workers), "", at_most=0)
        say("crashes of the database", trouble.crashed, "")
        return found


@contextmanager
def regulator(folder: Path) -> Iterator[str]:
    with simulate(folder, works=WORKS) as url:
        httpx.post(f"{url}/_sim/faults", json=FAULTS, trust_env=False).raise_for_status()
        yield url


def drive(servers: Servers) -> tuple[datetime, Trouble, list[Worker]]:
    """Hour by hour; trouble ends with the last duty, and the hours after it settle what is in doubt."""
    from tests.benchmarks.campaign.works import make_works

    make_works(works=WORKS, each=0, start=START, end=START + HOURS * HOUR)
    connection.close()  # what is forked must not share it
    workers = [Worker(), Worker()]
    trouble = Trouble(servers.crash_postgres, KILLS, CRASHES)
    now = START
    for hour in range(HOURS + SETTLES_IN):
        if hour in (HOURS // 3, 2 * HOURS // 3):
            servers.running["redis"].end() if hour == HOURS // 3 else servers.running["redis"].start()
        begins = START + hour * HOUR
        now = begins + LOOK_AT
        while now < begins + HOUR:
            now = _next(run(workers, look, now, trouble if hour < HOURS else None), now)
        now = begins + HOUR
        run(workers[:1], seal_all, now, None)
        if hour >= HOURS and hour % 24 == 0 and not _still_sending():
            break
    return now, trouble, workers


def _next(found: list[Look], now: datetime) -> datetime:
    """The first instant at which a row falls due; a minute on where nobody could say."""
    times = [one.wake for one in found if one.wake]
    if len(times) < len(found) or not found:
        return now + HOUR if found and not any(one.failed for one in found) else now + timedelta(minutes=1)
    return max(min(times), now + timedelta(seconds=0 if any(one.sent for one in found) else 1))


def _still_sending() -> bool:
    query = "SELECT count(*) FROM compliance_data WHERE status NOT IN ('CONFIRMED', 'HELD')"
    ((count,),) = ask(query)
    connection.close()
    return bool(count)


def by_a_person(folder: Path, now: datetime) -> int:
    """What is held for want of a voucher gets the one that a person finds in the regulator's pages; says how many."""
    from compliance_service.ledger.operations import seal
    from compliance_service.review.operations import Decision, Item, Reviewer, review
    from compliance_service.review.queries import Wanted, queue
    from compliance_service.review.verdicts import Action

    there = voucher_of(folder)
    by = Reviewer("user:ops@example.cl", now)
    decision = Decision(Action.ACCEPT, "comprobante visto en el sitio de la DGA", "", by)
    done = 0
    while held := queue(Wanted(None), after=None, limit=500):
        items = [Item(one.submission.id, one.held.seen, {}, there[_place(one.submission)]) for one in held]
        verdicts = review(decision=decision, items=items, now=now)
        done += sum(verdict == "accepted" for _, verdict in verdicts)
        if any(verdict != "accepted" for _, verdict in verdicts):
            break
    seal(now)
    return done


def _place(submission: Any) -> tuple[str, str]:
    return submission.config.work_code, f"{submission.slot_at.astimezone(REGULATOR_TIME):%Y-%m-%d %H:%M:%S}"


def report(found: Seen, end: datetime, seconds: float, answered: int) -> None:
    from compliance_service.obligations.sums import Period, sums, total

    book = [total(months) for months in sums(configs=None, period=Period(START, end), now=end).values()]
    due, receipts = sum(one.due for one in book), sum(one.receipts for one in book)
    ((open_,),) = ask(OPEN)
    ((gap,),) = ask(GAP)
    say("submissions", due, "", at_least=WORKS * HOURS)
    say("sent again after an acceptance", found.again, "", at_most=0)
    say("sent twice within a day", found.same_day, "", at_most=0)
    say("lost: not at the regulator", due - found.stored, "", at_most=0)
    say("vouchers recovered", 100 * (found.stored - found.unknown) / max(found.stored, 1), "%", at_least=100)
    say("vouchers that the regulator never gave", found.wrong, "", at_most=0)
    say("of them with a person's help", answered, "")
    say("the book: due less receipts", due - receipts, "", at_most=0)
    say("works whose book does not close", sum(not one.closes for one in book), "", at_most=0)
    say("duties left open", open_, "", at_most=0)
    say("what the ledger's verifier objects to", verify(end), "", at_most=0)
    say("least between two sends of ours", gap.total_seconds(), "s", at_least=1)
    say("submissions, the whole path", due / seconds, "/s")


def verify(now: datetime) -> int:
    """What `scripts/verify-ledger` says of an export of the whole chain: 0 is well."""
    from compliance_service.ledger.export import export

    with tempfile.NamedTemporaryFile(suffix=".ndjson") as file:
        file.writelines(export([""], now=now))
        file.flush()
        command = [sys.executable, str(ROOT / "scripts" / "verify-ledger"), file.name]
        return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode


def baseline(*, reads_duplicates: bool) -> Seen:
    with tempfile.TemporaryDirectory(prefix="stack-bench-") as folder, regulator(Path(folder)) as url:
        sender = Naive(url, reads_duplicates, KILLED_BASELINE)
        sender.run(works=WORKS, hours=HOURS, start=START, quiet_hours=SETTLES_IN)
        httpx.get(f"{url}/_sim/stats", trust_env=False)
        return seen(Path(folder), list(vouchers(sender)), again=sender.again)


ROWS = {
    "sends": "sends",
    "sent again after reading that it is there": "again",
    "sends of what was stored already, known or not": "stored_before",
    "sent twice within a day": "same_day",
    "never stored": "lost",
    "stored, and the sender has no voucher": "unknown",
}


def table(found: dict[str, Seen]) -> None:
    of = f"of {WORKS * HOURS:,} submissions"
    sys.stdout.write(f"\n{of:52}" + "".join(f"{name:>22}" for name in found) + "\n")
    for title, name in ROWS.items():
        cells = [WORKS * HOURS - one.stored if name == "lost" else getattr(one, name) for one in found.values()]
        sys.stdout.write(f"{title:52}" + "".join(f"{cell:>22,}" for cell in cells) + "\n")


if __name__ == "__main__":
    main()
