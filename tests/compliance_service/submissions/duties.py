"""What two workers share in the database, done and looked at for `test_two_workers.py`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from compliance_service.ledger.check import check
from compliance_service.ledger.operations import seal
from compliance_service.ledger.queries import head
from compliance_service.obligations.models import Cause, Obligation
from compliance_service.obligations.operations import explain
from compliance_service.obligations.sums import Period, sums, total
from compliance_service.receipts.models import Receipt
from compliance_service.review.operations import Decision, Item, Reviewer, review
from compliance_service.review.queries import Wanted, queue
from compliance_service.review.verdicts import Action
from compliance_service.submissions.decision import TAKEN
from compliance_service.submissions.models import Attempt, ComplianceData, Move
from compliance_service.submissions.operations import recover
from compliance_service.submissions.prepare import prepare
from compliance_service.submissions.queries import being_sent
from compliance_service.submissions.states import SENDABLE, Status, may_move
from tests.compliance_service.conftest import SLOT, Telemetry
from tests.compliance_service.submissions.desk import Desk, Key
from tests.compliance_service.submissions.workers import Gate, Worker

WORKS = ("OB-0601-101", "OB-0601-102")
HOURS = 3
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAUSE, GAP = timedelta(minutes=5), timedelta(seconds=1)
LONG_AGO = SLOT - 365 * DAY
BY = "user:ops@example.cl"


class Duties:
    """The hours of some works. `sent_again`: what came to the regulator after we had read that it has it."""

    def __init__(self, configs: Mapping[str, Any], desk: Desk, workers: Sequence[Worker]) -> None:
        self.configs, self.desk, self.workers = configs, desk, workers
        self.sent_again: list[Key] = []
        self._owner: dict[Key, Worker | None] = {}
        self._taken: set[Key] = set()
        self._dead: Counter[Key] = Counter()
        self._owed: dict[int, bool] = {}
        self._ready: dict[Worker | None, dict[UUID, set[UUID]]] = {}
        desk.answered = self._answered

    # --- what is done

    def prepare(self, now: datetime, telemetry: Telemetry) -> None:
        prepare(now, read=telemetry.read)

    def recover(self, now: datetime) -> None:
        recover(now)

    def decide(self, action: str, now: datetime) -> None:
        """About the oldest hour that is held: with the voucher that the regulator's page shows, where it shows one."""
        for waiting in queue(Wanted(None), after=None, limit=1):
            key = waiting.submission.config.work_code, waiting.submission.slot_at
            item = Item(waiting.submission.id, waiting.held.seen, {}, self.desk.vouchers().get(key, ""))
            decision = Decision(Action(action), "visto en terreno", Cause.OTHER, Reviewer(BY, now))
            review(decision=decision, items=[item], now=now)

    def explain(self, work: str, slot: datetime, now: datetime) -> None:
        leave = being_sent(self.configs[work].id)
        said: dict[str, Any] = {"cause": Cause.OTHER, "note": "x", "by": BY, "now": now}
        explain(config_id=self.configs[work].id, start=slot, end=slot + HOUR, leave=leave, **said)

    # --- who sends what

    def about_to_look(self, worker: Worker | None, now: datetime) -> None:
        """What it will find: a work with more than one hour that could be sent now has to pause after one."""
        self._taken = {_key(attempt.submission) for attempt in _attempts().filter(meaning__in=TAKEN)}
        rows = ComplianceData.objects.filter(status__in=[status.value for status in SENDABLE])
        rows = rows.filter(next_attempt_at__lte=now, obligation__outcome="open")
        ready = self._ready[worker] = {}
        for config, submission in rows.values_list("config_id", "id"):
            ready.setdefault(config, set()).add(submission)

    def claimed(self, worker: Worker | None) -> None:
        """After a step of a worker's: which attempts are its own (None: of whole looks, which nothing stops)."""
        for attempt in _attempts().exclude(id__in=self._owed).order_by("id"):
            ready = self._ready[worker][attempt.submission.config_id]
            self._owed[attempt.id] = len(ready - {attempt.submission_id}) > 0
            self._owner[_key(attempt.submission)] = worker
            if worker:
                worker.flights += 1

    def never_left(self, worker: Worker) -> None:
        """It died between its claim and its bytes."""
        self._dead.update(self._under_way(worker))

    def _answered(self, key: Key) -> None:
        if key in self._taken:
            self.sent_again.append(key)
        if worker := self._owner.get(key):
            worker.answered()

    # --- what is looked at

    def attempts(self) -> Counter[Key]:
        return Counter(_key(attempt.submission) for attempt in _attempts())

    def left(self) -> Counter[Key]:
        """What came to the regulator, and what has its row and is about to leave, or never will."""
        waiting = [key for worker in self.workers if worker.at is Gate.BYTES for key in self._under_way(worker)]
        return Counter(self.desk.came) + self._dead + Counter(waiting)

    def _under_way(self, worker: Worker) -> list[Key]:
        return [key for key, owner in self._owner.items() if owner is worker][-worker.flights :]

    def check_moves(self) -> None:
        told: dict[UUID, list[Move]] = {}
        for move in Move.objects.order_by("id"):
            told.setdefault(move.submission_id, []).append(move)
        for row in ComplianceData.objects.all():
            first, *others = told.pop(row.id)
            assert (first.old, first.new in {Status.PENDING, Status.HELD}) == ("", True)
            for before, after in pairwise([first, *others]):
                assert before.new == after.old
                assert may_move(Status(after.old), Status(after.new))
            assert row.status == (others or [first])[-1].new
        assert told == {}

    def check_pauses(self) -> None:
        by_work: dict[UUID, list[Attempt]] = {}
        attempts = list(_attempts().order_by("started_at", "id"))
        for attempt in attempts:
            by_work.setdefault(attempt.submission.config_id, []).append(attempt)
        for mine in by_work.values():
            for before, after in pairwise(mine):
                assert not self._owed[before.id] or after.started_at - before.started_at >= PAUSE
        by_hour: dict[UUID, datetime] = {}
        for attempt in attempts:
            assert attempt.started_at - by_hour.get(attempt.submission_id, LONG_AGO) >= DAY
            by_hour[attempt.submission_id] = attempt.started_at
        assert all(after.started_at - before.started_at >= GAP for before, after in pairwise(attempts))

    def check_receipts(self) -> None:
        there = self.desk.vouchers()
        for receipt in Receipt.objects.select_related("submission__config", "submission__obligation"):
            assert receipt.voucher == there[_key(receipt.submission)]
            assert receipt.submission.status == Status.CONFIRMED
        confirmed = ComplianceData.objects.filter(status=Status.CONFIRMED)
        assert confirmed.count() == Receipt.objects.count()

    def check_book(self, now: datetime) -> None:
        found = sums(configs=None, period=Period(SLOT, now), now=now)
        whole = [total(months) for months in found.values()]
        outcomes = Counter(Obligation.objects.filter(slot_at__lt=now).values_list("outcome", flat=True))
        assert all(one.closes for one in whole)
        assert sum(one.due for one in whole) == outcomes.total()
        assert sum(one.receipts for one in whole) == outcomes["receipt"]
        assert sum(one.explained for one in whole) == outcomes["explained"]

    def check_ledger(self, now: datetime) -> None:
        seal(now)
        assert check(1, head()[0].seq).problems == []

    def ends(self) -> list[str]:
        """By hour: how its duty ended, or the state of its submission."""
        rows = Obligation.objects.order_by("config_id", "slot_at").values_list("outcome", "submission__status")
        return [status if outcome == "open" else outcome for outcome, status in rows]


def _attempts() -> QuerySet[Attempt]:
    return Attempt.objects.select_related("submission__config")


def _key(submission: ComplianceData) -> Key:
    return submission.config.work_code, submission.slot_at
