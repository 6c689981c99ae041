"""What DGA makes of a measurement that comes in: stored, known already, or refused.

Nothing here knows the web: a server brings the request and carries the reply.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from deploy.simulators.dga import checks, messages
from deploy.simulators.dga.records import Measurement, Records
from deploy.simulators.dga.resources import RESOURCES, Resource
from deploy.simulators.dga.voucher import make_voucher
from deploy.simulators.faults import Faults
from deploy.simulators.scenario import Scenario, Work
from deploy.simulators.web import PAGE_403, PAGE_502

BEFORE_STORING = ("rate_limited", "html_403", "html_502", "slow")
AFTER_STORING = ("timeout_after_storing", "empty_body")
JSON, HTML = "application/json", "text/html"


@dataclass(frozen=True, slots=True)
class Reply:
    """`wait_s`: how long the answer takes. `cut`: after it nothing comes, the connection is closed."""

    status: int
    text: str
    kind: str = JSON
    wait_s: float = 0.0
    cut: bool = False


class Desk:
    def __init__(self, scenario: Scenario, now: Callable[[], datetime], faults: Faults, records: Records) -> None:
        self.scenario = scenario
        self.now = now
        self.faults = faults
        self.records = records
        self._lock = threading.Lock()

    def receive(self, headers: Mapping[str, str], body: Any, resource: Resource) -> Reply:
        """`body`: the JSON that came, None where it is none."""
        sent = body.get(resource.name) if isinstance(body, dict) else None
        row = Measurement.of(resource, headers.get("codigoObra", ""), sent)
        attempt = self.records.attempts(row) + 1
        fault = self._draw(BEFORE_STORING, row, attempt)
        if fault and fault != "slow":
            return self._noted(row, attempt, fault, _kept_out(fault))
        refusal = checks.refusal(headers, body, resource, self.scenario, self.now())
        reply = self._noted(row, attempt, fault, refused(refusal)) if refusal else self._store(row, attempt, fault)
        return replace(reply, wait_s=reply.wait_s + self.faults.seconds(fault)) if fault else reply

    def held(self, work: str, voucher: str, resource: Resource) -> Reply:
        """What is held for a voucher, as a GET gives it."""
        found = self.records.by_voucher(work, voucher)
        if found is None or found.resource != resource.path:
            return refused(messages.NO_SUCH_VOUCHER)
        return _said({"status": "00", "message": "", "data": resource.read_back(found.fields())})

    def register(self, work: Work, company: str) -> int:
        """Knows one more work, until the simulator ends; says how many it knows."""
        with self._lock:
            works = {**self.scenario.works, work.code: work}
            self.scenario = replace(self.scenario, works=works, companies=self.scenario.companies | {company})
        return len(works)

    def _store(self, row: Measurement, attempt: int, fault: str | None) -> Reply:
        """First value wins: a second one for the same hour gets the voucher of the first."""
        voucher = make_voucher(self.scenario.seed, row.work, row.slot)
        is_new = self.records.store(row, voucher, self.now())
        own = "ok_without_voucher" if is_new else "duplicate_without_voucher"
        spoilt = self._draw((*AFTER_STORING, own), row, attempt)
        if spoilt == "timeout_after_storing":
            self.records.note(row, at=self.now(), attempt=attempt, fault=spoilt, status=0)
            return Reply(200, "", wait_s=self.faults.seconds(spoilt), cut=True)
        if spoilt == "empty_body":
            return self._noted(row, attempt, spoilt, Reply(200, ""))
        shown = "" if spoilt == own else voucher
        reply = _accepted(RESOURCES[row.resource], shown) if is_new else refused(messages.duplicate(shown))
        return self._noted(row, attempt, spoilt or fault, reply)

    def _draw(self, kinds: tuple[str, ...], row: Measurement, attempt: int) -> str | None:
        return self.faults.draw(kinds, subject=row.work, key=f"{row.work}|{row.slot}", attempt=attempt)

    def _noted(self, row: Measurement, attempt: int, fault: str | None, reply: Reply) -> Reply:
        self.records.note(row, at=self.now(), attempt=attempt, fault=fault, status=reply.status)
        return reply


def refused(message: str) -> Reply:
    # "400" inside the body is an inference; nobody may depend on it (regulators.md §8, row 2).
    return _said({"status": "400", "message": message, "data": None}, 400)


def _accepted(resource: Resource, voucher: str) -> Reply:
    data = {"numeroComprobante": voucher} if voucher else None
    return _said({"status": "00", "message": resource.accepted, "data": data})


def _said(body: Mapping[str, Any], status: int = 200) -> Reply:
    return Reply(status, json.dumps(body, ensure_ascii=False))


def _kept_out(fault: str) -> Reply:
    if fault == "html_502":
        return Reply(502, PAGE_502, HTML)
    return Reply(403 if fault == "html_403" else 429, PAGE_403, HTML)
